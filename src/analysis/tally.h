/* tally.h - what each coin did lately: price, volume, delta, liquidations.
 *
 * The figures of the live board.  All venues and products of a coin are one sum; a
 * window of TALLY_WINDOW_S slides in slots of TALLY_SLOT_S, so it covers between
 * WINDOW - SLOT and WINDOW.  Sums are whole units of 1e-4 usd, rounded once per event:
 * exact in any order.
 *
 *   volume    usd of all trades in the book (those with FLAGS_OFF_BOOK are left out)
 *   delta     usd bought by takers less usd sold by takers
 *   liquidated  usd of positions that died, long and short, as venues tell them
 *   price     the last trade on the leading market: of those that traded within the
 *             last minute the first in the order linear, spot, inverse, then by venue
 *             (dated contracts never).  One price, not one that jumps between venues.
 *   change    price over the price at the beginning of the window (or the first that
 *             is known, while it is younger), less one
 *
 * An event goes to the slot of its own time (ts_ns, else recv_ns), so what a filled
 * gap brings late stands where it belongs; older than the window is not counted, newer
 * than `now` counts as now.  No clock: tally_tick brings the time.
 */
#ifndef ANALYSIS_TALLY_H
#define ANALYSIS_TALLY_H
#include "base/arena.h"
#include "market/event.h"
#include "market/instrument.h"

enum { TALLY_WINDOW_S = 300, TALLY_SLOT_S = 5, TALLY_SLOTS = TALLY_WINDOW_S / TALLY_SLOT_S };

struct tally_sums {
	int64_t buy_e4, sell_e4, other_e4; /* usd * 10^4; other: trades without a side */
	int64_t long_e4, short_e4;         /* liquidated */
	uint32_t trade_count;
};

struct tally_coin {
	char name[LIMIT_symbol_bytes_max];
	double price;            /* ABSENT: none yet */
	int64_t price_ns;        /* receipt of the last price */
	int64_t event_ns;        /* receipt of the last trade or liquidation */
	uint16_t lead;           /* rank of the market that gave the price */
	struct tally_sums window;
	struct tally_sums slot[TALLY_SLOTS];
	double open[TALLY_SLOTS]; /* price when the slot began; ABSENT: none then */
};

struct tally {
	struct tally_coin *coin; /* [coin_count_max] */
	uint32_t coin_count, coin_count_max;
	uint16_t *of;            /* [instrument]: coin + 1; 0: not asked yet */
	uint32_t instrument_count_max;
	int64_t slot;            /* number of the present slot; 0: no tick yet */
	uint64_t no_room_count;  /* events of coins without a place */
};

/* Memory from the arena. */
void tally_init(struct tally *t, struct arena *boot, uint32_t coin_count_max,
                uint32_t instrument_count_max);

/* To be called before the events of a turn; wall_ns never goes back. */
void tally_tick(struct tally *t, int64_t wall_ns);

void tally_event(struct tally *t, const struct instrument_table *table,
                 const struct event *ev);

/* usd in whole 1e-4, to the nearest; what is no amount (absent, negative, beyond
 * 1e12) is 0. */
int64_t tally_usd_e4(double usd);

/* A sum that a lying venue drives out of range wraps; it never traps. */
static inline int64_t
tally_plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t
tally_minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* ABSENT while no slot began with a price. */
double tally_change(const struct tally *t, const struct tally_coin *c);

/* Forgets the coins for which `keep` says no, so that their places are free. */
typedef bool tally_keep(void *context, struct slice coin);
void tally_forget(struct tally *t, tally_keep *keep, void *context);
#endif
