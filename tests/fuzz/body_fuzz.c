/* body_fuzz.c - any long answer: the records hold the elements that the answer has, each
 * record is good JSON with its list at the same path, and how the answer is cut into parts
 * changes nothing, the next page included.
 *
 * The first byte is the path, the second how the body is cut.  Blanks stand before the
 * rest, so that it is long: a short answer is one record as it came.  FUZZING makes the
 * sizes of body.h small.
 */
#include "feed/body.h"
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = { "", "symbols", "result.list" };

struct seen { char *at; size_t count, count_max; bool whole; };

static void
note(struct seen *s, struct slice element)
{
	MUST(s->count + element.count + sizeof element.count <= s->count_max);
	memcpy(s->at + s->count, &element.count, sizeof element.count);
	memcpy(s->at + s->count + sizeof element.count, element.at, element.count);
	s->count += sizeof element.count + element.count;
}

static const char *path;
static char element_memory[BODY_ELEMENT_BYTES * 2];

static void
on_element(void *context, struct slice element)
{
	note(context, element);
}

static void
on_part(void *context, struct slice part)
{
	struct jsonlist list;

	MUST(part.count <= BODY_RECORD_BYTES);
	jsonlist_init(&list, path, element_memory, sizeof element_memory, on_element, context);
	jsonlist_feed(&list, part);
	MUST(jsonlist_end(&list));
}

static bool
read_in(struct body *b, struct seen *s, struct slice text, size_t step, char *cursor)
{
	struct slice c;
	bool good;

	b->context = s;
	s->count = 0;
	body_begin(b, path, "nextPageCursor");
	for (size_t at = 0; at < text.count; at += step)
		body_feed(b, slice_of(text.at + at, text.count - at < step ? text.count - at
		                                                           : step));
	good = body_end(b);
	c = body_cursor(b);
	MUST(c.count < LIMIT_page_cursor_bytes);
	memset(cursor, 0, LIMIT_page_cursor_bytes);
	if (c.count > 0)
		memcpy(cursor, c.at, c.count);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[1 << 18], whole_memory[1 << 21], parts_memory[1 << 21],
	            plain_memory[1 << 21], long_text[BODY_SMALL_BYTES + 70000];
	struct arena arena;
	struct body body;
	struct seen whole = { whole_memory, 0, sizeof whole_memory, false };
	struct seen parts = { parts_memory, 0, sizeof parts_memory, false };
	struct seen plain = { plain_memory, 0, sizeof plain_memory, false };
	char cursor[LIMIT_page_cursor_bytes], cursor_parts[LIMIT_page_cursor_bytes];
	static char plain_element[BODY_ELEMENT_BYTES];
	struct jsonlist list;
	struct slice text;
	bool good, plain_good;
	size_t step;

	if (size < 2 || size > 65000)
		return 0;
	path = paths[data[0] % 3];
	step = (size_t)data[1] % 61 + 1;
	memset(long_text, ' ', BODY_SMALL_BYTES + 1);
	memcpy(long_text + BODY_SMALL_BYTES + 1, data + 2, size - 2);
	text = slice_of(long_text, BODY_SMALL_BYTES + 1 + size - 2);

	memset(memory, 0, sizeof memory);
	arena_init(&arena, memory, sizeof memory);
	MUST(body_init(&body, &arena, on_part, NULL));
	good = read_in(&body, &whole, text, text.count, cursor);
	MUST(read_in(&body, &parts, text, step, cursor_parts) == good);
	MUST(whole.count == parts.count);
	MUST(memcmp(whole.at, parts.at, whole.count) == 0);
	MUST(memcmp(cursor, cursor_parts, sizeof cursor) == 0);

	jsonlist_init(&list, path, plain_element, sizeof plain_element, on_element, &plain);
	jsonlist_feed(&list, text);
	plain_good = jsonlist_end(&list);
	MUST(!good || plain_good);
	MUST(plain.count == whole.count);
	MUST(memcmp(plain.at, whole.at, plain.count) == 0);
	return 0;
}
