/* Goal: a line is never wider than its columns, and nothing from outside reaches the
 *       terminal as anything but letters.
 * Method: texts written by hand, good and hostile, in tables; widths as a terminal
 *       draws them: Chinese two columns, marks over letters none. */
#include "app/cells.h"
#include "check.h"

static char raw[4096];
static struct text text;

static struct cells
begin(size_t columns, bool colour, bool unicode)
{
	memset(raw, 0, sizeof raw);
	text = text_init(raw, sizeof raw - 1);
	return cells_init(&text, columns, colour, unicode);
}

static void
what_a_terminal_would_obey_becomes_a_question_mark(void)
{
	static const struct { const char *text, *unicode, *ascii; } row[] = {
		{ "BTC", "BTC", "BTC" },
		{ "a\033[31mb", "a?[31mb", "a?[31mb" },
		{ "a\r\n\tb\a\x7f", "a???b??", "a???b??" },
		{ "\xc2\x9b" "31m", "?31m", "?31m" },             /* C1: the 8 bit escape */
		{ "a\xe2\x80\xae" "b", "a?b", "a?b" },            /* right to left from here */
		{ "\xe2\x81\xa7x", "?x", "?x" },                  /* isolate */
		{ "\xff\xfe", "??", "??" },
		{ "\xc0\xaf", "??", "??" },                       /* overlong / */
		{ "\xe0\x80\xaf", "???", "???" },                 /* the same in three bytes */
		{ "\xf0\x80\x80\xaf", "????", "????" },
		{ "\xed\xa0\x80", "???", "???" },                 /* a surrogate */
		{ "\xf4\x90\x80\x80", "????", "????" },           /* beyond 10ffff */
		{ "a\xe5\xb8", "a??", "a??" },                    /* cut */
		{ "\xe5\xb8\x81" "x", "\xe5\xb8\x81" "x", "?x" },
		{ "e\xcc\x81", "e", "e?" },                       /* an accent over e */
		{ "\xe2\x80\x8bx", "x", "?x" },                   /* no width at all */
		{ "\xc3\xa9", "\xc3\xa9", "?" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct cells c = begin(40, true, true);

		cells_str(&c, row[i].text);
		CHECK_TEXT(raw, row[i].unicode);
		c = begin(40, true, false);
		cells_str(&c, row[i].text);
		CHECK_TEXT(raw, row[i].ascii);
		CHECK(c.at == strlen(row[i].ascii));
	}
}

static void
widths_are_those_of_the_terminal(void)
{
	static const struct { const char *text; size_t width; } row[] = {
		{ "", 0 },
		{ "BTC", 3 },
		{ "\xe5\xb8\x81\xe5\xae\x89", 4 },  /* two characters of Chinese */
		{ "e\xcc\x81", 1 },
		{ "\xf0\x9f\x90\xb8", 2 },          /* a frog */
		{ "\xef\xbc\xa1", 2 },              /* full-width A */
		{ "\xe2\x80\xa6", 1 },              /* the ellipsis */
		{ "\xed\x95\x9c", 2 },              /* Hangul */
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct cells c = begin(40, false, true);

		CHECK(cells_width(&c, slice_str(row[i].text)) == row[i].width);
	}
}

static void
fields_are_exactly_as_wide_as_they_should_be(void)
{
	static const struct { const char *text; size_t width; bool right; const char *unicode, *ascii; } row[] = {
		{ "BTC", 6, false, "BTC   |", "BTC   |" },
		{ "BTC", 6, true, "   BTC|", "   BTC|" },
		{ "BTC", 3, false, "BTC|", "BTC|" },
		{ "1000SATS", 6, false, "1000S\xe2\x80\xa6|", "1000S~|" },
		{ "1000SATS", 6, true, "1000S\xe2\x80\xa6|", "1000S~|" },
		{ "", 2, true, "  |", "  |" },
		/* Half of a Chinese character cannot be shown: a blank takes its place. */
		{ "\xe5\xb8\x81\xe5\xae\x89\xe5\xae\x89", 4, false, "\xe5\xb8\x81\xe2\x80\xa6 |", "??? |" },
		{ "x", 0, false, "|", "|" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (int unicode = 0; unicode < 2; unicode++) {
			struct cells c = begin(40, false, unicode);

			if (row[i].right)
				cells_right(&c, slice_str(row[i].text), row[i].width);
			else
				cells_left(&c, slice_str(row[i].text), row[i].width);
			CHECK(c.at == row[i].width);
			cells_str(&c, "|");
			CHECK_TEXT(raw, unicode ? row[i].unicode : row[i].ascii);
		}
	}
}

static void
nothing_is_written_beyond_the_last_column(void)
{
	struct cells c = begin(5, false, true);

	cells_str(&c, "abcdefgh");
	CHECK_TEXT(raw, "abcde");
	cells_pad(&c, 3);
	cells_right(&c, SLICE("x"), 9);
	CHECK_TEXT(raw, "abcde");
	c = begin(5, false, true);
	cells_str(&c, "abcd\xe5\xb8\x81");
	CHECK_TEXT(raw, "abcd");
}

static void
sentences_break_between_words(void)
{
	static const struct { const char *words; size_t columns, indent, lines; const char *want; } row[] = {
		{ "one two three", 20, 2, 9, "one two three\n" },
		{ "one two three", 7, 2, 9, "one two\n  three\n" },
		{ "one two three", 8, 2, 9, "one two\n  three\n" },
		{ "one two three four", 8, 2, 2, "one two\n  three~\n" },
		{ "one two", 7, 2, 1, "one two\n" },
		{ "one two three", 7, 2, 1, "one tw~\n" },
		{ "/a/very/long/path", 6, 2, 9, "/a/ver\n  y/lo\n  ng/p\n  ath\n" },
		{ "at /a/very/long/path", 8, 0, 9, "at\n/a/very/\nlong/pat\nh\n" },
		{ "", 8, 2, 9, "\n" },
		{ "abc", 1, 5, 9, "a\nb\nc\n" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct cells c = begin(row[i].columns, false, false);

		cells_words(&c, slice_str(row[i].words), row[i].indent, row[i].lines);
		CHECK_TEXT(raw, row[i].want);
	}
}

static void
a_character_that_fits_no_line_ends_the_sentence(void)
{
	struct cells c = begin(1, false, true);

	cells_words(&c, SLICE("\xe5\xb8\x81 x"), 0, 9);
	CHECK_TEXT(raw, "\n");
}

static void
paint_is_only_there_with_colour_and_ends_with_the_line(void)
{
	struct cells c = begin(20, true, false);

	cells_paint(&c, CELLS_WARN);
	cells_str(&c, "! a");
	cells_paint(&c, CELLS_PLAIN);
	cells_str(&c, " b");
	cells_end(&c);
	CHECK_TEXT(raw, "\033[33m! a\033[0m b\n");

	c = begin(20, true, false);
	cells_paint(&c, CELLS_BAD);
	cells_str(&c, "-1");
	cells_end(&c);
	CHECK_TEXT(raw, "\033[31m-1\033[0m\n");

	/* Old figures are dim, whatever they would be. */
	c = begin(20, true, false);
	c.faint = true;
	cells_str(&c, "x");
	cells_paint(&c, CELLS_GOOD);
	cells_str(&c, "+1");
	cells_paint(&c, CELLS_PLAIN);
	cells_str(&c, " y");
	cells_end(&c);
	CHECK_TEXT(raw, "\033[2mx+1 y\033[0m\n");

	c = begin(20, false, false);
	c.faint = true;
	cells_paint(&c, CELLS_GOOD);
	cells_str(&c, "+1");
	cells_end(&c);
	CHECK_TEXT(raw, "+1\n");
}

int
main(void)
{
	what_a_terminal_would_obey_becomes_a_question_mark();
	widths_are_those_of_the_terminal();
	fields_are_exactly_as_wide_as_they_should_be();
	nothing_is_written_beyond_the_last_column();
	sentences_break_between_words();
	a_character_that_fits_no_line_ends_the_sentence();
	paint_is_only_there_with_colour_and_ends_with_the_line();
	return CHECK_END("cells");
}
