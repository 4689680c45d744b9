/* selftest.c - see the header. */
#include "feed/selftest.h"

#define SECOND_NS ((int64_t)1000000000)

static const int64_t top_age_max_ns = 2 * SECOND_NS;
static const int64_t hour_ns = 3600 * SECOND_NS;
static const uint32_t side_count_min = 2000, liq_count_min = 50, trades_min = 1000;
static const double times_off_max = 20;

static bool
set(struct selftest *s, uint32_t doubt, bool on)
{
	uint32_t before = s->doubts;

	s->doubts = on ? before | doubt : before & ~doubt;
	return s->doubts != before;
}

/* Enough seen: is it more wrong than right?  Then half is forgotten. */
static bool
judge(struct selftest *s, uint32_t doubt, uint32_t *count, uint32_t *right, uint32_t count_min)
{
	bool wrong;

	if (*count < count_min)
		return false;
	wrong = (uint64_t)*right * 10 < (uint64_t)*count * 3;
	*count /= 2;
	*right /= 2;
	return set(s, doubt, wrong);
}

static bool
on_side(struct selftest *s, const struct selftest_cell *c, const struct event *ev)
{
	double price = ev->u.trade.price;

	if (c->top_ns == 0 || ev->recv_ns - c->top_ns > top_age_max_ns || price == c->mid ||
	    (ev->side != SIDE_BUY && ev->side != SIDE_SELL))
		return false;
	s->side_count++;
	s->side_right += (price > c->mid) == (ev->side == SIDE_BUY);
	return judge(s, DOUBT_AGGRESSOR, &s->side_count, &s->side_right, side_count_min);
}

static bool
on_volume(struct selftest *s, struct selftest_cell *c, const struct event *ev)
{
	double own, day = (double)c->day_usd;
	bool changed = false;

	if (is_absent(ev->u.trade.usd))
		return false;
	if (c->hour_ns != 0 && ev->recv_ns - c->hour_ns >= hour_ns) {
		/* A silence is not an hour's trading: only a sum of about one is judged. */
		own = c->own_usd * 24;
		if (day > 0 && c->trades >= trades_min && ev->recv_ns - c->hour_ns < 2 * hour_ns) {
			bool wrong = own > day * times_off_max || own * times_off_max < day;

			if (wrong)
				s->volume_bad = ev->instrument;
			if (wrong || s->volume_bad == ev->instrument)
				changed = set(s, DOUBT_VOLUME, wrong);
		}
		c->hour_ns = 0;
	}
	if (c->hour_ns == 0) {
		c->hour_ns = ev->recv_ns;
		c->own_usd = 0;
		c->trades = 0;
	}
	c->own_usd += ev->u.trade.usd;
	c->trades++;
	return changed;
}

static bool
on_trade(struct selftest *s, struct selftest_cell *c, const struct event *ev)
{
	int64_t minute = ev->recv_ns / (60 * SECOND_NS);
	bool changed;

	if ((ev->flags & FLAGS_OFF_BOOK) != 0)
		return false;
	if (minute != c->minute) {
		c->price_before = minute == c->minute + 1 ? c->price : 0;
		c->minute = minute;
	}
	c->price = ev->u.trade.price;
	changed = (ev->flags & FLAG_RPI) == 0 && on_side(s, c, ev);
	return on_volume(s, c, ev) || changed;
}

static bool
on_liquidation(struct selftest *s, const struct selftest_cell *c, const struct event *ev)
{
	if (c->price_before == 0 || c->price == c->price_before ||
	    ev->recv_ns / (60 * SECOND_NS) != c->minute)
		return false;
	s->liq_count++;
	s->liq_right += (c->price < c->price_before) == (ev->side == SIDE_LONG);
	return judge(s, DOUBT_LIQUIDATION, &s->liq_count, &s->liq_right, liq_count_min);
}

bool
selftest_event(struct selftest *s, struct selftest_cell *c, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_TOP:
		c->top_ns = is_absent(ev->u.top.bid) || is_absent(ev->u.top.ask) ? 0 : ev->recv_ns;
		c->mid = (ev->u.top.bid + ev->u.top.ask) / 2;
		return false;
	case EVENT_TICKER:
		c->day_usd = is_absent(ev->u.ticker.usd) ? 0 : (float)ev->u.ticker.usd;
		return false;
	case EVENT_TRADE:
		return on_trade(s, c, ev);
	case EVENT_LIQUIDATION:
		return on_liquidation(s, c, ev);
	default:
		return false;
	}
}

const char *
selftest_text(uint32_t doubts)
{
	if ((doubts & DOUBT_AGGRESSOR) != 0)
		return "Buyers and sellers seem to be swapped here: most buys trade below the middle "
		       "of the book. Do not trust delta and CVD of this venue.";
	if ((doubts & DOUBT_LIQUIDATION) != 0)
		return "Long and short liquidations seem to be swapped here: most longs die in rising "
		       "minutes. Do not trust the liquidation sides of this venue.";
	if ((doubts & DOUBT_VOLUME) != 0)
		return "Our volume of an hour and the venue's own of 24 h are more than twenty times "
		       "apart: a unit is wrong. Do not trust sizes of this venue.";
	return "";
}
