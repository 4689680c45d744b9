/* board_table.c - see the header. */
#include "app/board_table.h"
#include "app/digits.h"
#include "base/check.h"
#include <math.h>
#include <string.h>

enum { COLUMNS_MAX = 12, NAME_GROWS_MAX = 8, CELL_BYTES = BOARD_WORDS_BYTES };

struct column {
	const char *head;
	uint8_t width;
	uint8_t rank; /* the highest goes first; 0 and 1 stay */
	bool left;
};

enum coin_column {
	COIN_NAME, COIN_PRICE, COIN_CHANGE, COIN_DELTA, COIN_VOLUME, COIN_LONG, COIN_SHORT,
	COIN_AGE, COIN_TRADES, COIN_COLUMNS,
};

static const struct column coin_column[COIN_COLUMNS] = {
	[COIN_NAME]   = { "",          8, 0, true },
	[COIN_PRICE]  = { "price",    12, 1, false },
	[COIN_CHANGE] = { "change",    9, 2, false },
	[COIN_DELTA]  = { "delta",     8, 3, false },
	[COIN_VOLUME] = { "volume",    8, 6, false },
	[COIN_LONG]   = { "liq long",  9, 4, false }, /* one without the other would mislead */
	[COIN_SHORT]  = { "liq short", 9, 4, false },
	[COIN_AGE]    = { "age",       7, 5, false },
	[COIN_TRADES] = { "trades",    9, 7, false },
};

enum link_column {
	LINK_VENUE, LINK_NUMBER, LINK_STATE, LINK_FRAMES, LINK_LAG, LINK_AGE, LINK_STREAMS,
	LINK_SILENT, LINK_GAPS, LINK_RESTARTS, LINK_ABOUT, LINK_COLUMNS,
};

static const struct column link_column[LINK_COLUMNS] = {
	[LINK_VENUE]    = { "venue",    15, 0, true },
	[LINK_NUMBER]   = { "link",      4, 1, false },
	[LINK_STATE]    = { "state",    11, 1, true },
	[LINK_FRAMES]   = { "frames/s",  8, 4, false },
	[LINK_LAG]      = { "lag",       7, 5, false },
	[LINK_AGE]      = { "age",       7, 2, false },
	[LINK_STREAMS]  = { "streams",   7, 7, false },
	[LINK_SILENT]   = { "silent",    6, 3, false },
	[LINK_GAPS]     = { "gaps",      5, 6, false },
	[LINK_RESTARTS] = { "restarts",  8, 8, false },
	[LINK_ABOUT]    = { "about",    30, 9, true },
};

/* What of a table is shown, and how wide; 0: not. */
struct layout {
	const struct column *column;
	int count;
	size_t width[COLUMNS_MAX];
};

static size_t
layout_width(const struct layout *l)
{
	size_t width = 0;

	for (int i = 0; i < l->count; i++)
		if (l->width[i] > 0)
			width += l->width[i] + (width > 0 ? 1 : 0);
	return width;
}

static struct layout
layout_fit(const struct column *column, int count, size_t columns)
{
	struct layout l = { .column = column, .count = count };
	size_t spare;

	ASSERT(count <= COLUMNS_MAX);
	for (int i = 0; i < count; i++)
		l.width[i] = column[i].width;
	for (int rank = COLUMNS_MAX; rank > 1 && layout_width(&l) > columns; rank--)
		for (int i = 0; i < count; i++)
			if (column[i].rank == rank)
				l.width[i] = 0;
	if (layout_width(&l) < columns) {
		spare = columns - layout_width(&l);
		l.width[0] += spare < NAME_GROWS_MAX ? spare : NAME_GROWS_MAX;
	}
	return l;
}

/* A cell of the column, with the blank before it. */
static void
put_cell(struct cells *c, const struct layout *l, int column, struct slice s,
         enum cells_paint paint)
{
	if (l->width[column] == 0)
		return;
	if (c->at > 0)
		cells_pad(c, 1);
	cells_paint(c, paint);
	if (l->column[column].left)
		cells_left(c, s, l->width[column]);
	else
		cells_right(c, s, l->width[column]);
	cells_paint(c, CELLS_PLAIN);
}

static void
put_head(struct cells *c, const struct layout *l, const char *first)
{
	for (int i = 0; i < l->count; i++)
		put_cell(c, l, i, slice_str(i == 0 ? first : l->column[i].head), CELLS_HEAD);
	cells_end(c);
}

/* The sign says it, the colour repeats it. */
static enum cells_paint
sign_paint(struct slice figure)
{
	if (figure.count > 1 && figure.at[0] == '+')
		return CELLS_GOOD;
	if (figure.count > 1 && figure.at[0] == '-')
		return CELLS_BAD;
	return CELLS_PLAIN;
}

static enum cells_paint
liquidated_paint(double usd)
{
	return usd > 0 ? CELLS_STRONG : CELLS_PLAIN;
}

/* --- coins ----------------------------------------------------------------------- */

static void
put_coin(struct cells *c, const struct layout *l, const struct board_coin *coin)
{
	for (int i = 0; i < l->count; i++) {
		char raw[CELL_BYTES];
		struct text t = text_init(raw, sizeof raw);
		enum cells_paint paint = CELLS_PLAIN;

		switch ((enum coin_column)i) {
		case COIN_NAME:
			text_str(&t, coin->name);
			break;
		case COIN_PRICE:
			digits_price(&t, coin->price, coin_column[COIN_PRICE].width);
			break;
		case COIN_CHANGE:
			digits_percent(&t, coin->change);
			paint = sign_paint(text_slice(&t));
			break;
		case COIN_DELTA:
			digits_short(&t, coin->delta_usd, true);
			paint = sign_paint(text_slice(&t));
			break;
		case COIN_VOLUME:
			digits_short(&t, coin->volume_usd, false);
			break;
		case COIN_LONG:
			digits_short(&t, coin->liquidated_long_usd, false);
			paint = liquidated_paint(coin->liquidated_long_usd);
			break;
		case COIN_SHORT:
			digits_short(&t, coin->liquidated_short_usd, false);
			paint = liquidated_paint(coin->liquidated_short_usd);
			break;
		case COIN_AGE:
			digits_age(&t, coin->age_ms);
			break;
		case COIN_TRADES:
			digits_count(&t, coin->trades);
			break;
		case COIN_COLUMNS:
			break;
		}
		put_cell(c, l, i, text_slice(&t), paint);
	}
	cells_end(c);
}

/* "last 5 m", which fits the narrowest first column. */
static void
put_window(struct text *out, unsigned s)
{
	if (s % 3600 == 0)
		text_format(out, "last %u h", s / 3600);
	else if (s % 60 == 0)
		text_format(out, "last %u m", s / 60);
	else
		text_format(out, "last %u s", s);
}

size_t
board_table_coin_rows(const struct board *b)
{
	/* A list that was longer than its room ends in a line that says so. */
	return b->coins_told == 0 ? 1 : b->coins_kept + (b->coins_told > b->coins_kept);
}

void
board_table_coins(struct cells *c, const struct board *b, size_t rows)
{
	struct layout l = layout_fit(coin_column, COIN_COLUMNS, c->columns);
	size_t shown = b->coins_kept;
	char raw[DIGITS_BYTES + 16];
	struct text t = text_init(raw, sizeof raw - 1);

	/* Price and age are of now, the rest of this window. */
	if (b->window_s > 0 && b->window_s < 1e6)
		put_window(&t, (unsigned)b->window_s);
	else
		text_str(&t, "coin");
	raw[t.count] = '\0';
	put_head(c, &l, raw);
	if (rows == 0)
		return;
	if (b->coins_told == 0) {
		cells_str(c, "no coin has traded yet");
		cells_end(c);
		return;
	}
	if (b->coins_told > rows || b->coins_told > shown)
		shown = shown < rows - 1 ? shown : rows - 1;
	for (size_t i = 0; i < shown; i++)
		put_coin(c, &l, &b->coin[i]);
	if (shown < b->coins_told) {
		t.count = 0;
		text_format(&t, "%s %zu more", cells_more(c), (size_t)b->coins_told - shown);
		cells_put(c, text_slice(&t));
		cells_end(c);
	}
}

/* --- links ----------------------------------------------------------------------- */

static bool
is_live(const struct board_link *l)
{
	return strcmp(l->state, "live") == 0;
}

static bool
is_well(const struct board_link *l)
{
	return is_live(l) && !(l->silent > 0);
}

static const struct board_venue *
venue_of(const struct board *b, const struct board_link *l)
{
	for (uint32_t i = 0; i < b->venue_count; i++)
		if (strcmp(b->venue[i].name, l->venue) == 0)
			return &b->venue[i];
	return NULL;
}

static bool
is_first_of_venue(const struct board *b, const struct board_link *l)
{
	for (const struct board_link *other = b->link; other < l; other++)
		if (strcmp(other->venue, l->venue) == 0)
			return false;
	return true;
}

static void
put_link(struct cells *c, const struct layout *l, const struct board *now,
         const struct board *before, const struct board_link *link)
{
	const struct board_venue *v = is_first_of_venue(now, link) ? venue_of(now, link) : NULL;

	for (int i = 0; i < l->count; i++) {
		char raw[CELL_BYTES + 4];
		struct text t = text_init(raw, sizeof raw);
		enum cells_paint paint = CELLS_PLAIN;

		switch ((enum link_column)i) {
		case LINK_VENUE:
			text_str(&t, link->venue);
			break;
		case LINK_NUMBER:
			digits_count(&t, link->number);
			break;
		case LINK_STATE:
			if (!is_live(link))
				paint = CELLS_WARN;
			text_str(&t, is_live(link) ? "" : "! ");
			text_str(&t, link->state);
			break;
		case LINK_FRAMES:
			digits_rate(&t, board_frames_per_s(now, before, link));
			break;
		case LINK_LAG:
			digits_age(&t, link->lag_ms);
			break;
		case LINK_AGE:
			digits_age(&t, link->age_ms);
			break;
		case LINK_STREAMS:
			digits_count(&t, link->streams);
			break;
		case LINK_SILENT:
			if (link->silent > 0)
				paint = CELLS_WARN;
			text_str(&t, link->silent > 0 ? "! " : "");
			digits_count(&t, link->silent);
			break;
		case LINK_GAPS:
			if (v != NULL)
				digits_count(&t, v->gaps);
			break;
		case LINK_RESTARTS:
			digits_count(&t, link->restarts);
			break;
		case LINK_ABOUT:
			text_str(&t, link->about);
			break;
		case LINK_COLUMNS:
			break;
		}
		put_cell(c, l, i, text_slice(&t), paint);
	}
	cells_end(c);
}

size_t
board_table_link_rows(const struct board *b)
{
	return b->links_told == 0 ? 1 : b->link_count + (b->links_told > b->link_count);
}

/* The links from `shown` on were not shown, in the order: not well, well. */
static void
put_more_links(struct cells *c, const struct board *b, uint32_t shown)
{
	uint32_t live = 0, unwell = 0;
	char raw[96];
	struct text t = text_init(raw, sizeof raw);

	for (uint32_t i = 0; i < b->link_count; i++) {
		live += is_live(&b->link[i]);
		unwell += !is_well(&b->link[i]);
	}
	text_format(&t, "%s %u more", cells_more(c), (unsigned)(b->links_told - shown));
	/* Of those that were not even kept nothing is known. */
	if (b->links_told == b->link_count && unwell <= shown)
		text_str(&t, ", all live");
	else if (b->links_told == b->link_count)
		text_format(&t, ", of all %u are %u live", (unsigned)b->links_told, (unsigned)live);
	cells_put(c, text_slice(&t));
	cells_end(c);
}

void
board_table_links(struct cells *c, const struct board *now, const struct board *before,
                  size_t rows)
{
	struct layout l = layout_fit(link_column, LINK_COLUMNS, c->columns);
	bool all = rows >= board_table_link_rows(now) && now->links_told == now->link_count;
	uint32_t room, shown = 0;

	put_head(c, &l, link_column[LINK_VENUE].head);
	if (rows == 0)
		return;
	if (now->links_told == 0) {
		cells_str(c, "no link yet");
		cells_end(c);
		return;
	}
	room = all || rows - 1 > now->link_count ? now->link_count : (uint32_t)(rows - 1);
	for (int pass = all ? 1 : 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < now->link_count && shown < room; i++) {
			if (!all && is_well(&now->link[i]) != (pass == 1))
				continue;
			put_link(c, &l, now, before, &now->link[i]);
			shown++;
		}
	}
	if (shown < now->links_told)
		put_more_links(c, now, shown);
}

/* --- what is wrong, in words ------------------------------------------------------- */

struct trouble {
	uint32_t index, count;
	struct text *out;
};

/* Is this the one that is wanted?  Then its words are to be written. */
static bool
trouble_is(struct trouble *t)
{
	return t->count++ == t->index;
}

static void
trouble_of_venue(struct trouble *t, const struct board_venue *v)
{
	bool is_up = strcmp(v->state, "up") == 0;

	if ((is_up && v->trouble[0] == '\0') || !trouble_is(t))
		return;
	text_str(t->out, v->name);
	if (!is_up)
		text_format(t->out, " is %s%s", v->state,
		            strcmp(v->state, "partly") == 0 ? " up" : "");
	if (v->trouble[0] != '\0')
		text_format(t->out, ": %s", v->trouble);
}

static void
trouble_of_figures(struct trouble *t, const struct board_venue *v)
{
	if (v->doubt[0] != '\0' && trouble_is(t))
		text_format(t->out, "%s may be wrong: %s", v->name, v->doubt);
	if (v->unfilled > 0 && trouble_is(t)) {
		text_format(t->out, "%s: ", v->name);
		digits_count(t->out, v->unfilled);
		text_str(t->out, v->unfilled == 1 ? " gap is not filled, its trades are missing"
		                                  : " gaps are not filled, their trades are missing");
	}
}

static void
trouble_of_link(struct trouble *t, const struct board_link *l)
{
	if (is_live(l) || l->reason[0] == '\0' || !trouble_is(t))
		return;
	text_format(t->out, "%s link ", l->venue);
	digits_count(t->out, l->number);
	text_format(t->out, ": %s, %s", l->state, l->reason);
	if (l->tries > 0) {
		text_str(t->out, ", tried ");
		digits_count(t->out, l->tries);
		text_str(t->out, l->tries == 1 ? " time" : " times");
	}
}

uint32_t
board_table_trouble(const struct board *b, uint32_t index, struct text *out)
{
	struct trouble t = { index, 0, out };

	if (strcmp(b->tape.state, "failed") == 0 && trouble_is(&t))
		text_format(out, "the tape failed and records nothing%s%s",
		            b->tape.reason[0] != '\0' ? ": " : "", b->tape.reason);
	for (uint32_t i = 0; i < b->venue_count; i++)
		trouble_of_venue(&t, &b->venue[i]);
	for (uint32_t i = 0; i < b->venue_count; i++)
		trouble_of_figures(&t, &b->venue[i]);
	for (uint32_t i = 0; i < b->link_count; i++)
		trouble_of_link(&t, &b->link[i]);
	if (b->tape.dropped > 0 && trouble_is(&t)) {
		text_str(out, "the tape lost ");
		digits_count(out, b->tape.dropped);
		text_str(out, b->tape.dropped == 1 ? " record" : " records");
	}
	return t.count;
}
