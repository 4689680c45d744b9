/* tally.c - sliding sums for each coin; see the header. */
#include "analysis/tally.h"
#include "base/check.h"
#include <string.h>

#define SECOND_NS ((int64_t)1000000000)
static const int64_t slot_ns = TALLY_SLOT_S * SECOND_NS;
static const int64_t lead_quiet_ns = 60 * SECOND_NS;

void
tally_init(struct tally *t, struct arena *boot, uint32_t coin_count_max,
           uint32_t instrument_count_max)
{
	*t = (struct tally){ 0 };
	ASSERT(coin_count_max < UINT16_MAX);
	t->coin = arena_take(boot, "board", coin_count_max, sizeof t->coin[0]);
	t->of = arena_take(boot, "board", instrument_count_max + (size_t)1, sizeof t->of[0]);
	if (t->coin == NULL || t->of == NULL)
		return;
	t->coin_count_max = coin_count_max;
	t->instrument_count_max = instrument_count_max;
}

int64_t
tally_usd_e4(double usd)
{
	if (!(usd >= 0) || usd > 1e12)
		return 0;
	return (int64_t)(usd * 1e4 + 0.5);
}

/* --- coins ------------------------------------------------------------------------------ */

static struct tally_coin *
add_coin(struct tally *t, struct slice name)
{
	struct tally_coin *c;

	if (t->coin_count == t->coin_count_max)
		return NULL;
	c = &t->coin[t->coin_count];
	*c = (struct tally_coin){ .price = ABSENT };
	if (!slice_copy(name, c->name, sizeof c->name))
		return NULL;
	for (int i = 0; i < TALLY_SLOTS; i++)
		c->open[i] = ABSENT;
	t->coin_count++;
	return c;
}

static struct tally_coin *
coin_of(struct tally *t, const struct instrument_table *table, uint32_t instrument)
{
	struct slice name = slice_str(table->at[instrument].coin);
	struct tally_coin *c;

	if (instrument == 0 || instrument > t->instrument_count_max || name.count == 0)
		return NULL;
	if (t->of[instrument] != 0)
		return &t->coin[t->of[instrument] - 1];
	for (uint32_t i = 0; i < t->coin_count; i++)
		if (slice_equal(slice_str(t->coin[i].name), name)) {
			t->of[instrument] = (uint16_t)(i + 1);
			return &t->coin[i];
		}
	c = add_coin(t, name);
	if (c != NULL)
		t->of[instrument] = (uint16_t)(c - t->coin + 1);
	return c;
}

void
tally_forget(struct tally *t, tally_keep *keep, void *context)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->coin_count; i++) {
		if (!keep(context, slice_str(t->coin[i].name)))
			continue;
		if (kept != i)
			t->coin[kept] = t->coin[i];
		kept++;
	}
	t->coin_count = kept;
	memset(t->of, 0, (t->instrument_count_max + (size_t)1) * sizeof t->of[0]);
}

/* --- time ---------------------------------------------------------------------------------- */

static void
take_off(struct tally_sums *from, const struct tally_sums *what)
{
	from->buy_e4 = tally_minus(from->buy_e4, what->buy_e4);
	from->sell_e4 = tally_minus(from->sell_e4, what->sell_e4);
	from->other_e4 = tally_minus(from->other_e4, what->other_e4);
	from->long_e4 = tally_minus(from->long_e4, what->long_e4);
	from->short_e4 = tally_minus(from->short_e4, what->short_e4);
	from->trade_count -= what->trade_count;
}

static int
place_of(int64_t slot)
{
	return (int)(slot % TALLY_SLOTS);
}

static void
begin_slot(struct tally_coin *c, int64_t slot)
{
	int i = place_of(slot);

	take_off(&c->window, &c->slot[i]);
	c->slot[i] = (struct tally_sums){ 0 };
	c->open[i] = c->price;
}

void
tally_tick(struct tally *t, int64_t wall_ns)
{
	int64_t slot = wall_ns / slot_ns;

	if (slot <= t->slot)
		return;
	/* After a long sleep all are old: once round is enough. */
	if (t->slot == 0 || slot - t->slot > TALLY_SLOTS)
		t->slot = slot - TALLY_SLOTS;
	while (t->slot < slot) {
		t->slot++;
		for (uint32_t i = 0; i < t->coin_count; i++)
			begin_slot(&t->coin[i], t->slot);
	}
}

double
tally_change(const struct tally *t, const struct tally_coin *c)
{
	/* The oldest slot is the one that goes next. */
	for (int64_t slot = t->slot + 1; slot <= t->slot + TALLY_SLOTS; slot++) {
		double open = c->open[place_of(slot)];

		if (!is_absent(open))
			return c->price / open - 1;
	}
	return ABSENT;
}

/* --- events ----------------------------------------------------------------------------------- */

static uint16_t
rank_of(const struct instrument *row)
{
	static const uint8_t order[KIND_COUNT] = {
		[KIND_LINEAR] = 1, [KIND_SPOT] = 2, [KIND_INVERSE] = 3, [KIND_DATED] = 255,
	};

	return (uint16_t)(order[row->kind] << 8 | row->venue);
}

static void
take_price(struct tally_coin *c, const struct instrument *row, const struct event *ev)
{
	uint16_t rank = rank_of(row);

	if (!row->usd_quote || row->kind == KIND_DATED || !(ev->u.trade.price > 0))
		return;
	if (!is_absent(c->price) && rank > c->lead && ev->recv_ns - c->price_ns < lead_quiet_ns)
		return;
	c->price = ev->u.trade.price;
	c->price_ns = ev->recv_ns;
	c->lead = rank;
}

/* Where the dollars of an event belong; NULL: a side that says nothing here. */
static int64_t *
sum_of(struct tally_sums *s, const struct event *ev)
{
	bool is_trade = ev->kind == EVENT_TRADE;

	switch ((enum side)ev->side) {
	case SIDE_BUY:
		return is_trade ? &s->buy_e4 : NULL;
	case SIDE_SELL:
		return is_trade ? &s->sell_e4 : NULL;
	case SIDE_NONE:
		return is_trade ? &s->other_e4 : NULL;
	case SIDE_LONG:
		return is_trade ? NULL : &s->long_e4;
	case SIDE_SHORT:
		return is_trade ? NULL : &s->short_e4;
	default:
		return NULL;
	}
}

static void
add(struct tally_sums *s, const struct event *ev)
{
	bool is_trade = ev->kind == EVENT_TRADE;
	int64_t *sum = sum_of(s, ev);

	s->trade_count += is_trade;
	if (sum != NULL)
		*sum = tally_plus(*sum, tally_usd_e4(is_trade ? ev->u.trade.usd
		                                              : ev->u.liquidation.usd));
}

void
tally_event(struct tally *t, const struct instrument_table *table, const struct event *ev)
{
	int64_t slot = (ev->ts_ns > 0 ? ev->ts_ns : ev->recv_ns) / slot_ns;
	struct tally_coin *c;

	if ((ev->kind != EVENT_TRADE && ev->kind != EVENT_LIQUIDATION) ||
	    (ev->kind == EVENT_TRADE && (ev->flags & FLAGS_OFF_BOOK) != 0))
		return;
	c = coin_of(t, table, ev->instrument);
	if (c == NULL) {
		t->no_room_count++;
		return;
	}
	c->event_ns = ev->recv_ns;
	slot = slot > t->slot ? t->slot : slot;
	if (slot <= t->slot - TALLY_SLOTS)
		return;
	add(&c->slot[place_of(slot)], ev);
	add(&c->window, ev);
	/* A late trade says what the price was, not what it is. */
	if (ev->kind == EVENT_TRADE && slot >= t->slot - 1)
		take_price(c, &table->at[ev->instrument], ev);
}
