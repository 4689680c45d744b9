/* tape.c - kinds and heads of tapes; see the header. */
#include "tape/tape.h"
#include <string.h>

static const char *const kind_name[TAPE_KIND_COUNT] = {
	[TAPE_NONE] = "none",
	[TAPE_HEAD] = "head",
	[TAPE_CONFIG] = "config",
	[TAPE_INSTRUMENT] = "instrument",
	[TAPE_FRAME] = "frame",
	[TAPE_BODY] = "body",
	[TAPE_LINK] = "link",
	[TAPE_GAP] = "gap",
	[TAPE_WATCH] = "watch",
	[TAPE_RULES] = "rules",
};

const char *
tape_kind_name(enum tape_kind kind)
{
	return (unsigned)kind < TAPE_KIND_COUNT ? kind_name[kind] : "unknown";
}

struct slice
tape_head_value(struct slice head, const char *key)
{
	struct slice name = slice_str(key);

	while (head.count > 0) {
		struct slice line = slice_cut(&head, '\n');

		if (slice_starts(line, name) && line.count > name.count &&
		    line.at[name.count] == '=')
			return slice_after(line, name.count + 1);
	}
	return (struct slice){ 0 };
}

void
tape_names_learn(struct tape_names *names, struct slice head)
{
	const struct slice mark = SLICE("venue.");

	while (head.count > 0) {
		struct slice name = slice_cut(&head, '\n');
		struct slice number;
		unsigned id = 0;

		if (!slice_starts(name, mark))
			continue;
		name = slice_after(name, mark.count);
		number = slice_cut(&name, '=');
		/* An id is one byte: up to three digits, the rest is not ours. */
		if (number.count == 0 || number.count > 3)
			continue;
		for (size_t i = 0; i < number.count && id < 1000; i++)
			id = number.at[i] >= '0' && number.at[i] <= '9'
			             ? id * 10 + (unsigned)(number.at[i] - '0') : 1000;
		if (id == 0 || id > 255 || name.count == 0 ||
		    name.count >= sizeof names->venue[id].text)
			continue;
		slice_copy(name, names->venue[id].text, sizeof names->venue[id].text);
	}
}
