/* event.h - one fact from a venue, in our words and units.
 *
 * Units, everywhere: price in quote currency per coin; qty in coins (never
 * contracts, never thousands of coins); usd = price * qty where the quote counts
 * as a dollar (instrument.h), else ABSENT; times in ns since 1970, venue time in
 * ts_ns, our receipt in recv_ns, 0 where there is none; funding a fraction per
 * funding interval; shares and ratios are fractions.
 *
 * A number the venue did not send is ABSENT, never 0: ask is_absent().
 * An event is a value.  `id` is a view into the message it came from and is valid
 * as long as that message is; copy what you keep.  EVENT_NONE is zeroed memory.
 */
#ifndef MARKET_EVENT_H
#define MARKET_EVENT_H
#include "base/slice.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#define ABSENT ((double)NAN)

static inline bool
is_absent(double value)
{
	return value != value;
}

enum event_kind {
	EVENT_NONE,
	EVENT_TRADE,
	EVENT_LIQUIDATION,
	EVENT_MARK,
	EVENT_OI,
	EVENT_TICKER,
	EVENT_TOP,
	EVENT_RATIO,
	EVENT_BAR,
	EVENT_INSTRUMENT, /* a row of the venue's metadata: read the instrument table */
	EVENT_STATUS,
	EVENT_KIND_COUNT
};

/* A trade has the taker's side, a liquidation the side of the position that
 * died.  A venue's own words for either end in its decoder. */
enum side {
	SIDE_NONE, /* unknown, or without meaning on this print */
	SIDE_BUY,
	SIDE_SELL,
	SIDE_LONG,
	SIDE_SHORT,
	SIDE_COUNT
};

/* Prints that are no ordinary match in the book.  All but RPI stay out of
 * aggressor figures, windows and last price. */
enum event_flag {
	FLAG_BLOCK = 1,
	FLAG_RPI = 2,
	FLAG_ADL = 4,
	FLAG_INSURANCE = 8,
	FLAG_OTHER = 16,
};
#define FLAGS_OFF_BOOK (FLAG_BLOCK | FLAG_ADL | FLAG_INSURANCE | FLAG_OTHER)

enum price_kind { PRICE_NONE, PRICE_FILL, PRICE_BANKRUPTCY, PRICE_KIND_COUNT };

/* A venue may tell the same trades twice: one by one, and aggregated.  Each way
 * has ids of its own, and only one of them may be counted. */
enum id_space { ID_NONE, ID_TRADE, ID_AGGREGATE };

enum ratio_kind {
	RATIO_NONE,
	RATIO_GLOBAL_ACCOUNT,
	RATIO_TOP_ACCOUNT,
	RATIO_TOP_POSITION,
	RATIO_TAKER,
	RATIO_KIND_COUNT
};

enum status_what {
	STATUS_NONE,
	STATUS_UP,
	STATUS_DOWN,
	STATUS_SILENT,
	STATUS_GAP,
	STATUS_FILLED,
	STATUS_RESUBSCRIBED,
	STATUS_WHAT_COUNT
};

struct event {
	uint8_t kind;        /* enum event_kind */
	uint8_t side;        /* enum side */
	uint8_t flags;       /* enum event_flag, added up */
	uint8_t venue;       /* id of venue/table.def */
	uint32_t instrument; /* index in the instrument table; 0: the whole venue */
	int64_t ts_ns;
	int64_t recv_ns;
	union {
		struct {
			double price, qty, usd;
			struct slice id; /* the venue's trade id as text; may be empty */
			/* Ids that count up by one per instrument and id_space: this
			 * print covers first_id..last_id.  0 where there are none. */
			uint64_t first_id, last_id;
			uint8_t id_space; /* enum id_space */
		} trade;
		struct {
			double price, qty, usd;
			uint8_t price_kind;
		} liquidation;
		struct {
			double mark, index, funding;
			int32_t funding_interval_h; /* 0: unknown */
			int64_t next_funding_ns;
		} mark;
		struct { double qty, usd; } oi; /* every contract counted once */
		struct { double last, open, high, low, qty, usd; } ticker; /* 24 h, rolling */
		struct { double bid, bid_qty, ask, ask_qty; } top;
		struct { double long_share; uint8_t ratio_kind; } ratio;
		struct {
			double open, high, low, close;
			double qty, usd, buy_qty, buy_usd; /* buy_*: taker bought */
			int32_t interval_s;
			bool final; /* the bar is over; ts_ns is its open time */
		} bar;
		struct {
			uint8_t what;           /* enum status_what */
			uint64_t from_id, to_id; /* of a gap; 0: none */
			struct slice reason;
		} status;
	} u;
};

/* Where a decoder puts its events: an array of the caller, filled in order.  A
 * message that fails half-way puts none: the decoder sets count back. */
struct event_batch {
	struct event *at;
	uint32_t count;
	uint32_t count_max;
};

/* The words of the NDJSON contract: "trade", "buy", "fill", "taker", "gap", ...
 * NULL for the NONE of each, except EVENT_NONE, which is "none". */
const char *event_kind_name(enum event_kind kind);
const char *event_side_name(enum side side);
const char *event_price_kind_name(enum price_kind kind);
const char *event_ratio_kind_name(enum ratio_kind kind);
const char *event_status_name(enum status_what what);
#endif
