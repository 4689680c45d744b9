/* slice.c - cutting and copying views of bytes. */
#include "base/slice.h"
#include "base/check.h"

bool
slice_same_word(struct slice a, struct slice b)
{
	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (slice_lower(a.at[i]) != slice_lower(b.at[i]))
			return false;
	return true;
}

struct slice
slice_trim(struct slice s)
{
	while (s.count > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = slice_after(s, 1);
	while (s.count > 0 && (s.at[s.count - 1] == ' ' || s.at[s.count - 1] == '\t'))
		s.count--;
	return s;
}

struct slice
slice_cut(struct slice *s, char mark)
{
	struct slice head = *s;
	const char *found = NULL;

	if (s->count > 0)
		found = memchr(s->at, mark, s->count);
	if (found == NULL) {
		*s = (struct slice){ NULL, 0 };
		return head;
	}
	head.count = (size_t)(found - s->at);
	*s = slice_after(*s, head.count + 1);
	return head;
}

bool
slice_copy(struct slice s, char *to, size_t size)
{
	size_t count;

	ASSERT(size > 0);
	count = s.count < size ? s.count : size - 1;
	if (count > 0)
		memcpy(to, s.at, count);
	to[count] = '\0';
	return count == s.count;
}
