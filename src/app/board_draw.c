/* board_draw.c - see the header. */
#include "app/board_draw.h"
#include "app/board_table.h"
#include "app/cells.h"
#include "app/digits.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	WORDS_BYTES = 1024,
	PIECES_MAX = 6,
	AWAY_LINES_MAX = 4,    /* of the reason, and of the cure */
	TROUBLE_LINES_MAX = 2, /* of each */
	WATCH_COLUMNS_MIN = 16, /* with its word */
};

static const char no_figures[] = "No figures from the daemon: ";

/* --- lines of pieces ---------------------------------------------------------------- */

/* A line made of pieces two blanks apart; where it is too long, those of the highest
 * rank go. */
struct piece {
	char raw[WORDS_BYTES];
	struct text text;
	uint8_t rank, paint;
	bool gone;
};

struct pieces {
	struct piece at[PIECES_MAX];
	int count;
};

static struct text *
piece_add(struct pieces *p, int rank, enum cells_paint paint)
{
	struct piece *to = &p->at[p->count++];

	to->text = text_init(to->raw, sizeof to->raw);
	to->rank = (uint8_t)rank;
	to->paint = (uint8_t)paint;
	to->gone = false;
	return &to->text;
}

static size_t
pieces_width(const struct pieces *p, const struct cells *c)
{
	size_t width = 0;

	for (int i = 0; i < p->count; i++)
		if (!p->at[i].gone)
			width += cells_width(c, text_slice(&p->at[i].text)) + (width > 0 ? 2 : 0);
	return width;
}

static void
pieces_put(struct pieces *p, struct cells *c)
{
	for (int rank = PIECES_MAX; rank > 0 && pieces_width(p, c) > c->columns; rank--)
		for (int i = 0; i < p->count; i++)
			if (p->at[i].rank == rank)
				p->at[i].gone = true;
	for (int i = 0; i < p->count; i++) {
		if (p->at[i].gone)
			continue;
		if (c->at > 0)
			cells_pad(c, 2);
		cells_paint(c, (enum cells_paint)p->at[i].paint);
		cells_put(c, text_slice(&p->at[i].text));
		cells_paint(c, CELLS_PLAIN);
	}
}

/* --- the parts ----------------------------------------------------------------------- */

static void
put_sentence(struct cells *c, const char *first, const char *words, size_t lines_max)
{
	char raw[WORDS_BYTES];
	struct text t = text_init(raw, sizeof raw - 1);

	text_str(&t, first);
	text_str(&t, words);
	cells_paint(c, CELLS_WARN);
	cells_str(c, "! ");
	cells_words(c, text_slice(&t), 2, lines_max);
}

/* The daemon does not answer: that, what to do, and how old the rest is. */
static void
put_away(struct cells *c, const struct board *now, const struct board_view *view)
{
	char raw[WORDS_BYTES];
	struct text t = text_init(raw, sizeof raw);

	if (view->trouble == NULL)
		return;
	put_sentence(c, no_figures, view->trouble, AWAY_LINES_MAX);
	if (view->cure != NULL) {
		cells_str(c, "  ");
		cells_words(c, slice_str(view->cure), 2, AWAY_LINES_MAX);
	}
	if (now == NULL)
		return;
	text_str(&t, "the figures below are ");
	digits_age(&t, view->old_ms);
	text_str(&t, " old");
	cells_str(c, "  ");
	cells_words(c, text_slice(&t), 2, 1);
}

/* "3 of 9 links live" and the like: why it is not ready, as far as this answer says. */
static void
put_why(struct text *out, const struct board *b)
{
	unsigned up = 0, live = 0;

	for (uint32_t i = 0; i < b->venue_count; i++)
		up += strcmp(b->venue[i].state, "up") == 0;
	for (uint32_t i = 0; i < b->link_count; i++)
		live += strcmp(b->link[i].state, "live") == 0;
	text_format(out, "%u of %u venue%s up, %u of %u link%s live", up,
	            (unsigned)b->venues_told, b->venues_told == 1 ? "" : "s", live,
	            (unsigned)b->links_told, b->links_told == 1 ? "" : "s");
}

static void
put_header(struct cells *c, const struct board *b)
{
	struct pieces p = { .count = 0 };
	struct text *t;
	const double mb = 1024 * 1024; /* as limits.memory_mb counts */
	size_t used;

	t = piece_add(&p, 1, CELLS_HEAD);
	text_format(t, "tidewatch %s", b->version);
	t = piece_add(&p, 0, b->ready ? CELLS_GOOD : CELLS_WARN);
	if (b->ready) {
		text_format(t, "%s, ready", b->state);
	} else {
		text_format(t, "! %s, not ready: ", b->state);
		put_why(t, b);
	}
	if (b->started_ns > 0 && b->now_ns >= b->started_ns) {
		t = piece_add(&p, 3, CELLS_PLAIN);
		text_str(t, "up ");
		digits_span(t, (double)(b->now_ns - b->started_ns) / 1e9);
	}
	t = piece_add(&p, 2, CELLS_PLAIN);
	if (b->rss_bytes >= 0)
		text_format(t, "%.1f", fmin(b->rss_bytes / mb, 1e6));
	else
		text_char(t, '-');
	if (b->limit_bytes >= 0)
		text_format(t, "/%.0f", fmin(b->limit_bytes / mb, 1e6));
	text_str(t, " MB");
	pieces_put(&p, c);
	used = c->at;
	if (used + 2 + WATCH_COLUMNS_MIN <= c->columns && b->coins_text[0] != '\0') {
		struct slice coins = slice_str(b->coins_text);
		size_t width;

		cells_str(c, "  watch ");
		width = cells_width(c, coins);
		cells_left(c, coins, width < c->columns - c->at ? width : c->columns - c->at);
	}
	cells_end(c);
}

static void
put_footer(struct cells *c, const struct board *b, bool keys)
{
	struct pieces p = { .count = 0 };
	struct text *t;

	t = piece_add(&p, 1, CELLS_PLAIN);
	text_str(t, "gaps ");
	digits_count(t, b->gaps);
	if (b->gaps > 0 && b->gaps_filled >= 0) {
		text_str(t, ", filled ");
		digits_count(t, b->gaps_filled);
	}
	t = piece_add(&p, 4, CELLS_PLAIN);
	text_str(t, "duplicates ");
	digits_count(t, b->duplicates);
	if (b->unreadable > 0) {
		t = piece_add(&p, 2, CELLS_WARN);
		text_str(t, "! unreadable ");
		digits_count(t, b->unreadable);
	}
	t = piece_add(&p, 3, CELLS_PLAIN);
	if (strcmp(b->tape.state, "recording") == 0) {
		text_str(t, "tape recording ");
		digits_bytes(t, b->tape.stored_bytes);
	} else if (strcmp(b->tape.state, "failed") == 0) {
		p.at[p.count - 1].rank = 1;
		p.at[p.count - 1].paint = CELLS_WARN;
		text_str(t, "! tape failed");
	} else {
		text_format(t, "tape %s", b->tape.state[0] != '\0' ? b->tape.state : "-");
	}
	if (keys)
		text_str(piece_add(&p, 5, CELLS_PLAIN), "q quits");
	pieces_put(&p, c);
	cells_end(c);
}

/* At most `lines_max` lines; what did not fit is counted in the last one. */
static void
put_troubles(struct cells *c, const struct board *b, size_t lines_max)
{
	size_t end = c->lines + lines_max;
	char raw[WORDS_BYTES];
	struct text none = text_init(NULL, 0);
	uint32_t count = board_table_trouble(b, UINT32_MAX, &none);

	if (lines_max == 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct text t = text_init(raw, sizeof raw - 1);
		size_t room = end - c->lines;

		if (room == 1 && i + 1 < count) {
			snprintf(raw, sizeof raw, "%u things more are wrong", (unsigned)(count - i));
			put_sentence(c, raw, "", 1);
			return;
		}
		board_table_trouble(b, i, &t);
		raw[t.count] = '\0';
		/* The last line is kept for the count of the others. */
		if (i + 1 < count)
			room--;
		put_sentence(c, raw, "", room < TROUBLE_LINES_MAX ? room : TROUBLE_LINES_MAX);
	}
}

/* How many lines the troubles want. */
static size_t
trouble_lines(const struct cells *c, const struct board *b)
{
	struct text nowhere = text_init(NULL, 0);
	struct cells dry = *c;

	dry.out = &nowhere;
	dry.lines = 0;
	put_troubles(&dry, b, SIZE_MAX / 2);
	return dry.lines;
}

/* --- the whole ------------------------------------------------------------------------- */

/* How many lines each part gets. */
struct share { size_t coins, links, troubles; bool has_coins, has_links, roomy; };

static struct share
share_of(const struct board *b, size_t troubles, size_t rows)
{
	const size_t heads = 2;
	struct share s = { board_table_coin_rows(b), board_table_link_rows(b), troubles, true,
	                   true, true };
	size_t room;

	if (s.coins + s.links + s.troubles + heads + 3 <= rows)
		return s;
	s.roomy = false;
	if (s.coins + s.links + s.troubles + heads <= rows)
		return s;
	/* A quarter, or what the tables leave. */
	room = rows > s.coins + s.links + heads ? rows - s.coins - s.links - heads : 0;
	if (s.troubles > rows / 4)
		s.troubles = room > rows / 4 ? room : rows / 4;
	s.has_links = rows >= s.troubles + heads + 2;
	s.has_coins = rows >= s.troubles + 2;
	room = rows - s.troubles;
	room -= s.has_links ? heads : s.has_coins ? 1 : 0;
	if (!s.has_links) {
		s.coins = s.coins < room ? s.coins : room;
		return s;
	}
	if (s.coins + s.links > room) {
		size_t least = (room + 2) / 3;
		size_t left = room > s.coins ? room - s.coins : 0;

		if (s.links > least)
			s.links = left > least ? left : least;
		if (s.coins > room - s.links)
			s.coins = room - s.links;
	}
	return s;
}

static void
put_board(struct cells *c, const struct board *now, const struct board *before,
          const struct board_view *view, size_t rows)
{
	struct share s;
	size_t begin = c->lines;

	put_header(c, now);
	if (rows == 1)
		return;
	/* Between the header and the last row. */
	s = share_of(now, trouble_lines(c, now), rows == 0 ? SIZE_MAX / 2 : rows - 2);
	if (s.roomy)
		cells_end(c);
	if (s.has_coins)
		board_table_coins(c, now, s.coins);
	if (s.roomy && s.has_links)
		cells_end(c);
	if (s.has_links)
		board_table_links(c, now, before, s.links);
	put_troubles(c, now, s.troubles);
	if (s.roomy && rows == 0)
		cells_end(c);
	while (c->lines - begin + 1 < rows)
		cells_end(c);
	put_footer(c, now, view->keys);
}

static int
clamp(int value, int min, int max)
{
	return value < min ? min : value > max ? max : value;
}

void
board_draw(struct text *out, const struct board *now, const struct board *before,
           const struct board_view *view)
{
	struct cells c = cells_init(out, (size_t)clamp(view->columns, BOARD_DRAW_COLUMNS_MIN,
	                                               BOARD_DRAW_COLUMNS_MAX),
	                            view->colour, view->unicode);
	size_t rows = view->rows <= 0 ? 0 : (size_t)clamp(view->rows, 1, BOARD_DRAW_ROWS_MAX);
	struct text nowhere = text_init(NULL, 0);
	struct cells dry = c;

	/* On a screen that cannot hold even the sentences there is nothing to choose. */
	dry.out = &nowhere;
	put_away(&dry, now, view);
	if (rows > 0 && dry.lines >= rows) {
		put_sentence(&c, no_figures,
		             view->trouble != NULL ? view->trouble : "", rows);
		return;
	}
	put_away(&c, now, view);
	if (now == NULL)
		return;
	c.faint = view->trouble != NULL;
	put_board(&c, now, before, view, rows == 0 ? 0 : rows - c.lines);
}
