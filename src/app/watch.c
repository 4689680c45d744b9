/* watch.c - see the header. */
#include "app/watch.h"

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
watch_set(struct watch_list *w, struct slice list)
{
	struct slice rest = list;

	if (list.count >= sizeof w->list)
		return false;
	for (size_t i = 0; i < list.count; i++)
		w->list[i] = upper(list.at[i]);
	w->list[list.count] = '\0';
	w->all = list.count == 0;
	rest = slice_of(w->list, list.count);
	while (rest.count > 0) {
		struct slice name = slice_cut(&rest, ',');

		if (slice_is(name, "ALL") || slice_starts(name, SLICE("TOP:")))
			w->all = true;
	}
	return true;
}

bool
watch_has(const struct watch_list *w, struct slice coin)
{
	struct slice rest = slice_str(w->list);

	if (w->all)
		return true;
	while (rest.count > 0) {
		struct slice name = slice_cut(&rest, ',');

		while (name.count > 0 && name.at[0] == ' ')
			name = slice_after(name, 1);
		while (name.count > 0 && name.at[name.count - 1] == ' ')
			name.count--;
		if (slice_equal(name, coin))
			return true;
	}
	return false;
}
