/* cells.c - see the header.
 *
 * Widths are the blocks of Unicode 15 that terminals draw in two columns, as coarse
 * as they need to be for names of coins: CJK, Hangul, full-width forms, emoji.
 */
#include "app/cells.h"
#include "base/check.h"
#include <string.h>

enum { REPLACEMENT = '?' };

static const struct { uint32_t first, final; } wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x23e9, 0x23f3 }, { 0x25fd, 0x25fe },
	{ 0x2614, 0x2615 }, { 0x2648, 0x2653 }, { 0x267f, 0x267f }, { 0x2693, 0x2693 },
	{ 0x26a1, 0x26a1 }, { 0x26aa, 0x26ab }, { 0x26bd, 0x26be }, { 0x26c4, 0x26c5 },
	{ 0x26ce, 0x26ce }, { 0x26d4, 0x26d4 }, { 0x26ea, 0x26ea }, { 0x26f2, 0x26f5 },
	{ 0x26fa, 0x26fd }, { 0x2705, 0x2705 }, { 0x270a, 0x270b }, { 0x2728, 0x2728 },
	{ 0x274c, 0x274e }, { 0x2753, 0x2757 }, { 0x2795, 0x2797 }, { 0x27b0, 0x27bf },
	{ 0x2b1b, 0x2b1c }, { 0x2b50, 0x2b55 }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf },
	{ 0xa960, 0xa97c }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe10, 0xfe19 },
	{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x16fe0, 0x18dff },
	{ 0x1aff0, 0x1b2ff }, { 0x1f004, 0x1f004 }, { 0x1f0cf, 0x1f0cf }, { 0x1f18e, 0x1f19a },
	{ 0x1f1e6, 0x1f320 }, { 0x1f32d, 0x1faff }, { 0x20000, 0x3fffd },
};

/* Marks over other characters, joiners, selectors of a form. */
static const struct { uint32_t first, final; } without_width[] = {
	{ 0x00ad, 0x00ad }, { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a },
	{ 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200d },
	{ 0x2060, 0x2064 }, { 0x20d0, 0x20ff }, { 0x302a, 0x302d }, { 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef },
};

/* What would make the terminal do something: C0, C1, line separators, the marks
 * that turn the direction of writing, tags, and characters of private meaning. */
static bool
is_refused(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x206f) || (c >= 0xe000 && c <= 0xf8ff) ||
	       (c >= 0xfff0 && c <= 0xffff) || (c >= 0xe0000 && c <= 0xe00ff) ||
	       c > 0xe01ef;
}

/* The character at the beginning of `s` and how many bytes it takes; broken bytes
 * are one 0xfffd each.  Overlong forms, surrogates and what is beyond 10ffff are
 * broken. */
static uint32_t
first_of(struct slice s, size_t *bytes_out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)s.at;
	size_t count;
	uint32_t c;

	*bytes_out = 1;
	if (at[0] < 0x80)
		return at[0];
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0xfffd;
	count = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (count > s.count)
		return 0xfffd;
	c = at[0] & (0x7fu >> count);
	for (size_t i = 1; i < count; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (at[i] & 0x3f);
	}
	if (c < least[count] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0xfffd;
	*bytes_out = count;
	return c;
}

struct glyph {
	struct slice text; /* empty: nothing is to be shown */
	size_t width;
	size_t bytes;      /* of the source */
};

static struct glyph
glyph_of(const struct cells *c, struct slice s)
{
	static const char replacement[] = { REPLACEMENT };
	struct glyph g = { { replacement, 1 }, 1, 1 };
	uint32_t code = first_of(s, &g.bytes);

	if (code >= 0x20 && code < 0x7f) {
		g.text = slice_of(s.at, 1);
		return g;
	}
	if (!c->unicode || is_refused(code))
		return g;
	g.text = slice_of(s.at, g.bytes);
	for (size_t i = 0; i < sizeof without_width / sizeof without_width[0]; i++)
		if (code >= without_width[i].first && code <= without_width[i].final)
			return (struct glyph){ { NULL, 0 }, 0, g.bytes };
	for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
		if (code >= wide[i].first && code <= wide[i].final)
			g.width = 2;
	return g;
}

struct cells
cells_init(struct text *out, size_t columns, bool colour, bool unicode)
{
	ASSERT(columns > 0);
	return (struct cells){ .out = out, .columns = columns, .colour = colour,
	                       .unicode = unicode, .begin = out->count };
}

size_t
cells_width(const struct cells *c, struct slice s)
{
	size_t width = 0;

	while (s.count > 0) {
		struct glyph g = glyph_of(c, s);

		width += g.width;
		s = slice_after(s, g.bytes);
	}
	return width;
}

/* Puts what fits in `room` columns of the line; returns what was left out. */
static struct slice
put_some(struct cells *c, struct slice s, size_t room)
{
	if (c->faint)
		cells_paint(c, CELLS_FAINT);
	if (room > c->columns - c->at)
		room = c->columns - c->at;
	while (s.count > 0) {
		struct glyph g = glyph_of(c, s);

		if (g.width > room)
			break;
		text_put(c->out, g.text);
		room -= g.width;
		c->at += g.width;
		s = slice_after(s, g.bytes);
	}
	return s;
}

void
cells_put(struct cells *c, struct slice s)
{
	put_some(c, s, c->columns);
}

void
cells_str(struct cells *c, const char *s)
{
	cells_put(c, slice_str(s));
}

void
cells_pad(struct cells *c, size_t count)
{
	for (; count > 0 && c->at < c->columns; count--, c->at++)
		text_char(c->out, ' ');
}

const char *
cells_more(const struct cells *c)
{
	return c->unicode ? "\u2026" : "...";
}

void
cells_left(struct cells *c, struct slice s, size_t width)
{
	size_t end = c->at + width;

	if (width == 0)
		return;
	if (cells_width(c, s) > width) {
		put_some(c, s, width - 1);
		cells_str(c, c->unicode ? "\u2026" : "~");
	} else {
		cells_put(c, s);
	}
	if (c->at < end)
		cells_pad(c, end - c->at);
}

void
cells_right(struct cells *c, struct slice s, size_t width)
{
	size_t used = cells_width(c, s);

	if (used < width)
		cells_pad(c, width - used);
	cells_left(c, s, used < width ? used : width);
}

void
cells_paint(struct cells *c, enum cells_paint paint)
{
	static const char *const code[] = {
		[CELLS_PLAIN] = "\033[0m",
		[CELLS_HEAD] = "\033[1m",
		[CELLS_GOOD] = "\033[32m",
		[CELLS_BAD] = "\033[31m",
		[CELLS_WARN] = "\033[33m",
		[CELLS_STRONG] = "\033[1m",
		[CELLS_FAINT] = "\033[2m",
	};

	ASSERT(paint < sizeof code / sizeof code[0]);
	if (c->faint)
		paint = CELLS_FAINT;
	if (!c->colour || paint == c->painted)
		return;
	if (c->painted != CELLS_PLAIN)
		text_str(c->out, code[CELLS_PLAIN]);
	if (paint != CELLS_PLAIN)
		text_str(c->out, code[paint]);
	c->painted = (uint8_t)paint;
}

void
cells_end(struct cells *c)
{
	if (c->painted != CELLS_PLAIN)
		text_str(c->out, "\033[0m");
	c->painted = CELLS_PLAIN;
	while (c->out->count > c->begin && c->out->at[c->out->count - 1] == ' ')
		c->out->count--;
	text_char(c->out, '\n');
	c->begin = c->out->count;
	c->at = 0;
	c->lines++;
}

void
cells_words(struct cells *c, struct slice s, size_t indent, size_t lines_max)
{
	uint8_t paint = c->painted;
	bool is_first = true; /* word of the line */
	size_t line = 1;

	if (indent >= c->columns)
		indent = 0;
	while (s.count > 0) {
		struct slice rest = s, word = slice_cut(&rest, ' ');
		size_t blank = is_first ? 0 : 1;

		if (line == lines_max) {
			size_t width = cells_width(c, s), room = c->columns - c->at;

			cells_left(c, s, width < room ? width : room);
			break;
		}
		if (c->at + blank + cells_width(c, word) <= c->columns) {
			cells_pad(c, blank);
			cells_put(c, word);
			is_first = false;
			s = rest;
			continue;
		}
		/* Longer than any line: cut where the line ends. */
		if (is_first) {
			struct slice left = put_some(c, word, c->columns);

			/* Not even one character fits: there is nothing to wait for. */
			if (left.count == word.count)
				break;
			s = slice_after(s, word.count - left.count);
		}
		cells_end(c);
		cells_pad(c, indent);
		cells_paint(c, (enum cells_paint)paint);
		is_first = true;
		line++;
	}
	cells_end(c);
}
