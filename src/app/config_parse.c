/* config_parse.c - the lines of a configuration, through inih.
 *
 * inih says what a line is and parts name and value.  It is given one line at a
 * time by next_line(), which sees each line first: what inih would pass over in
 * silence (a line without '=', a section nobody knows, bytes that are no text) is
 * told here, every one of them, and an indented line never continues the one
 * before.
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "app/nearest.h"
#include "base/check.h"
#include <ini.h>
#include <string.h>

/* inih wants three bytes more than the longest line. */
enum { LINE_BYTES_MAX = LIMIT_config_line_bytes_max - 3 };

struct reader {
	struct config_read *read;
	struct slice rest;
	uint32_t line;                        /* number of the line last handed out */
	const struct config_section *section; /* NULL: none yet, or a wrong one */
	bool had_section;
	bool expected;                        /* that line has to be `key = value` */
	struct slice name;
	char name_bytes[CONFIG_NAME_BYTES];
};

static void
line_error(struct reader *p, const char *what)
{
	config_tell(p->read->report, true, "%s:%u: %s", p->read->name, (unsigned)p->line, what);
}

/* "[venues]": which one was meant? */
static void
unknown_section(struct reader *p, struct slice base)
{
	struct nearest n = nearest_to(base);
	const struct config_section *s;
	char what[512] = { 0 };
	struct text t = text_init(what, sizeof what - 1);

	text_str(&t, "unknown section ");
	config_quote(&t, base);
	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++)
		nearest_offer(&n, s->name);
	if (n.best != NULL)
		text_format(&t, "; did you mean [%s%s]?", n.best,
		            config_section_find(slice_str(n.best))->named ? ".NAME" : "");
	text_str(&t, " Sections:");
	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++)
		text_format(&t, " [%s%s]", s->name, s->named ? ".NAME" : "");
	config_tell(p->read->report, p->read->use != CONFIG_FROM_TAPE, "%s:%u: %s",
	            p->read->name, (unsigned)p->line, what);
}

/* `line` begins with '['. */
static void
begin_section(struct reader *p, struct slice line)
{
	struct slice rest = slice_after(line, 1), inside = slice_cut(&rest, ']'), base;
	const struct config_section *s;
	char what[512] = { 0 };
	struct text why = text_init(what, sizeof what - 1);
	uint32_t index;

	p->section = NULL;
	p->had_section = true;
	if (inside.count + 1 == line.count) {
		line_error(p, "the section lacks its closing ]");
		return;
	}
	rest = config_trim(rest);
	if (rest.count > 0 && rest.at[0] != ';' && rest.at[0] != '#') {
		line_error(p, "something stands behind the ] of the section; keys begin on the "
		              "next line");
		return;
	}
	inside = config_trim(inside);
	p->name = inside;
	base = slice_cut(&p->name, '.');
	s = config_section_find(base);
	if (s == NULL) {
		unknown_section(p, base);
		return;
	}
	if (!s->named) {
		if (base.count < inside.count) {
			text_format(&why, "[%s] takes no name", s->name);
			line_error(p, what);
			return;
		}
		p->section = s;
		return;
	}
	if (p->name.count == 0) {
		text_format(&why, "[%s] needs a name: [%s.NAME]", s->name, s->name);
		line_error(p, what);
		return;
	}
	text_format(&why, "[%s]: ", s->name);
	config_quote(&why, p->name);
	text_char(&why, ' ');
	if (!config_name_is_right(p->read->config, s, p->name, &why)) {
		config_tell(p->read->report, p->read->use != CONFIG_FROM_TAPE, "%s:%u: %s",
		            p->read->name, (unsigned)p->line, what);
		return;
	}
	if (!config_begin_name(p->read, s, p->name, &index)) {
		text_format(&why, "is one too many: at most %u of them", s->count_max);
		line_error(p, what);
		return;
	}
	slice_copy(p->name, p->name_bytes, sizeof p->name_bytes);
	p->name = slice_str(p->name_bytes);
	p->section = s;
}

/* Looks at a line before inih does.  False: it is not for inih. */
static bool
look_at(struct reader *p, struct slice line)
{
	char what[128] = { 0 };
	struct text why = text_init(what, sizeof what - 1);

	if (line.count > LINE_BYTES_MAX) {
		text_format(&why, "the line is longer than %d bytes", LINE_BYTES_MAX);
		line_error(p, what);
		return false;
	}
	if (!config_text_is_clean(line, &why)) {
		line_error(p, what);
		return false;
	}
	if (line.count == 0 || line.at[0] == ';' || line.at[0] == '#')
		return true;
	if (line.at[0] == '[') {
		begin_section(p, line);
		return false; /* ours alone: inih cuts long names in silence */
	}
	p->expected = true;
	return true;
}

static void
end_line(struct reader *p)
{
	if (p->expected)
		line_error(p, "is neither [section] nor key = value nor a comment");
	p->expected = false;
}

/* inih's reader: one line a call, as fgets. */
static char *
next_line(char *to, int size, void *context)
{
	struct reader *p = context;
	struct slice line;

	end_line(p);
	if (p->rest.count == 0)
		return NULL;
	line = slice_cut(&p->rest, '\n');
	p->line++;
	if (line.count > 0 && line.at[line.count - 1] == '\r')
		line.count--;
	line = config_trim(line);
	if (!look_at(p, line))
		line.count = 0;
	ASSERT(size >= LIMIT_config_line_bytes_max);
	slice_copy(line, to, (size_t)size);
	return to;
}

/* inih's handler.  Its own idea of the section is cut at some length: ours is used. */
static int
on_pair(void *context, const char *section, const char *name, const char *value, int line)
{
	struct reader *p = context;
	struct config_given g = { .section = p->section, .name = p->name,
	                          .key = slice_str(name), .value = slice_str(value),
	                          .line = p->line };

	(void)section;
	ASSERT((uint32_t)line == p->line);
	p->expected = false;
	if (g.key.count == 0)
		line_error(p, "a key is missing before the =");
	else if (p->section != NULL)
		config_assign(p->read, &g);
	else if (!p->had_section)
		line_error(p, "a key stands before the first [section]");
	return 1;
}

void
config_parse_lines(struct config_read *r, struct slice text)
{
	struct reader p = { .read = r, .rest = text };

	if (slice_starts(text, SLICE("\xef\xbb\xbf")))
		p.rest = slice_after(text, 3);
	if (slice_starts(text, SLICE("\xff\xfe")) || slice_starts(text, SLICE("\xfe\xff"))) {
		p.line = 1;
		line_error(&p, "the file is UTF-16; save it as UTF-8");
		return;
	}
	ini_parse_stream(next_line, &p, on_pair, &p);
}
