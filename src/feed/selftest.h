/* selftest.h - silent lies, noticed while running: a side that is turned round, a unit
 * that is wrong.
 *
 *   aggressor    trades between a fresh bid and ask: a taker who buys pays the ask.  Of
 *                2000 trades less than 30 % on the right side of the mid: inverted.
 *   liquidation  longs die when the price falls: of 50 liquidations less than 30 % on
 *                the right side of the price a minute or two before: inverted.
 *   volume       an hour's own sum, times 24, against the venue's rolling 24 h: off by
 *                more than 20 times is no hour of the day, it is a wrong multiplier.
 *
 * (Thresholds: exchanges/README.md traps 3, 4, 7; wrong units are 10 to 10000 times off.)
 * Counts are halved at each verdict, so a fault that ends is forgotten.  Pure: times come
 * with the events.
 */
#ifndef FEED_SELFTEST_H
#define FEED_SELFTEST_H
#include "base/arena.h"
#include "market/event.h"
#include <stdint.h>

enum selftest_doubt {
	DOUBT_NONE = 0,
	DOUBT_AGGRESSOR = 1,
	DOUBT_LIQUIDATION = 2,
	DOUBT_VOLUME = 4,
};

/* Of one instrument. */
struct selftest_cell {
	int64_t top_ns;       /* receipt of the last book top */
	int64_t minute;       /* of the present price */
	int64_t hour_ns;      /* receipt at which the own sum began; 0: not yet */
	double mid;
	double price, price_before; /* last, and of a minute or two before */
	double own_usd;
	float day_usd;        /* the venue's 24 h */
	uint32_t trades;
};

/* Of one venue. */
struct selftest {
	uint32_t side_count, side_right;
	uint32_t liq_count, liq_right;
	uint32_t doubts;      /* enum selftest_doubt, added up */
	uint32_t volume_bad;  /* instrument of DOUBT_VOLUME */
};

/* True: a doubt came or went. */
bool selftest_event(struct selftest *s, struct selftest_cell *c, const struct event *ev);

/* The sentence for a person; "" for none. */
const char *selftest_text(uint32_t doubts);
#endif
