/* cells.h - writes lines for a terminal and knows how wide they are.
 *
 * A line never gets wider than `columns` and never holds a byte that a terminal would
 * obey: what comes from outside (reasons, names) is looked at here, once.  Controls,
 * broken UTF-8 and marks that turn the direction of writing become "?", Chinese and
 * the like count two columns, marks that stand over other characters none and are
 * left out.  Without `unicode` everything beyond ASCII is "?".
 *
 * The only escapes are those of cells_paint, and only with `colour`.
 */
#ifndef APP_CELLS_H
#define APP_CELLS_H
#include "base/text.h"

/* Always beside a word or a sign that says the same. */
enum cells_paint {
	CELLS_PLAIN,
	CELLS_HEAD,    /* names of columns: bold */
	CELLS_GOOD,    /* green: up, bought, ready */
	CELLS_BAD,     /* red: down, sold */
	CELLS_WARN,    /* yellow, behind a "!" */
	CELLS_STRONG,  /* bold: somebody was liquidated */
	CELLS_FAINT,   /* dim: old */
};

struct cells {
	struct text *out;
	size_t columns;
	size_t at;       /* columns written of the present line */
	size_t lines;    /* ended */
	size_t begin;    /* of the present line, in `out` */
	bool colour;
	bool unicode;
	bool faint;      /* everything is dim: no other paint */
	uint8_t painted; /* enum cells_paint that is on */
};

struct cells cells_init(struct text *out, size_t columns, bool colour, bool unicode);

/* How many columns a text would take. */
size_t cells_width(const struct cells *c, struct slice s);

/* What does not fit in the line is left out. */
void cells_put(struct cells *c, struct slice s);
void cells_str(struct cells *c, const char *s);
void cells_pad(struct cells *c, size_t count);

/* A field of so many columns; a text that is too long ends in an ellipsis. */
void cells_left(struct cells *c, struct slice s, size_t width);
void cells_right(struct cells *c, struct slice s, size_t width);

/* "…" or "...". */
const char *cells_more(const struct cells *c);

void cells_paint(struct cells *c, enum cells_paint paint);

/* Ends the line (and its paint), without blanks at its end. */
void cells_end(struct cells *c);

/* A sentence over as many lines as it needs, at most `lines_max`: broken between
 * words, within one only where it is longer than a line.  Lines behind the first
 * begin at `indent`.  The last one is ended. */
void cells_words(struct cells *c, struct slice s, size_t indent, size_t lines_max);
#endif
