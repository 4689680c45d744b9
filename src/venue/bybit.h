/* bybit.h - what the files of the Bybit adapter share; no other file includes it.
 *
 *   bybit.c         a websocket message of any key order: which topic, which product
 *   bybit_trade.c   publicTrade, allLiquidation, and the rows of recent-trade
 *   bybit_ticker.c  tickers with their merged state, open interest
 *   bybit_book.c    the top of the book
 *   bybit_bar.c     klines, pushed and asked for
 *   bybit_rest.c    which REST answer, and its other rows
 *   bybit_spell.c   what a symbol says of itself
 *   bybit_fast.c    publicTrade in the key orders that Bybit really sends
 *
 * The product line of an adapter is v->kind: KIND_SPOT, KIND_LINEAR, KIND_INVERSE.
 */
#ifndef VENUE_BYBIT_H
#define VENUE_BYBIT_H
#include "base/json.h"
#include "base/slice.h"
#include "market/event.h"
#include "market/instrument.h"
#include "venue/venue.h"

/* Whose spelling is it?  BYBIT_PAIR is what spot and linear both spell that way. */
enum bybit_spelling {
	BYBIT_NO_SYMBOL,
	BYBIT_PAIR,       /* BTCUSDT, ETHUSDC */
	BYBIT_SPOT_PAIR,  /* ETHBTC, BTCEUR */
	BYBIT_PERP,       /* BTCPERP: linear, in USDC */
	BYBIT_DASH_DATED, /* BTC-27DEC24, BTCUSDT-27DEC24: linear */
	BYBIT_USD,        /* BTCUSD: inverse */
	BYBIT_USD_DATED,  /* BTCUSDU23, BTCUSD0624: inverse */
	BYBIT_OPTION,     /* BTC-27DEC24-60000-C, also with the quote behind */
};

/* base and quote are views of the symbol (quote: of a literal where the symbol
 * does not say it); both are set for all but BYBIT_NO_SYMBOL and BYBIT_OPTION. */
enum bybit_spelling bybit_spelling(struct slice symbol, struct slice *base,
                                   struct slice *quote);
bool bybit_spell(const struct venue *v, struct instrument *row);

/* The instrument of a symbol, DECODE_OTHER_PRODUCT or DECODE_UNKNOWN_SYMBOL.  Counts
 * nothing: a row of a list is counted by bybit_rows, a message by its result. */
enum decode bybit_instrument(const struct venue *v, struct venue_call *call,
                             const struct json_value *symbol, uint32_t *index_out);

/* The parts of a message that a topic's reader may want.  JSON_NONE: not sent. */
struct bybit_message {
	struct slice topic;
	struct json_value type, ts, cts, data;
};

/* Fields of rows, shifted by 10^shift10.  SHAPE: not sent or no string/number;
 * NUMBER: unreadable or out of range. */
enum decode bybit_number(const struct json_value *v, int shift10, double *out);
enum decode bybit_positive(const struct json_value *v, int shift10, double *out);
/* At least 0. */
enum decode bybit_amount(const struct json_value *v, int shift10, double *out);
/* Of a lot of 10^lots coins, per coin; 0 is ABSENT. */
enum decode bybit_price(const struct json_value *v, int lots, double *out);
/* Milliseconds since 1970, positive. */
enum decode bybit_time(const struct json_value *v, int64_t *ns_out);

/* The same; 0 where the message has none. */
enum decode bybit_message_time(const struct json_value *v, int64_t *ns_out);
/* Snapshot or delta?  False: no message we know how to read. */
bool bybit_message_type(const struct bybit_message *m, bool *is_snapshot);

/* Every row of a list through `row`.  Rows that are not ours are skipped and counted;
 * a bad one ends it, and the caller undoes what was put and counted. */
enum decode bybit_rows(const struct venue *v, struct venue_call *call,
                       const struct json_value *data,
                       enum decode (*row)(const struct venue *, struct venue_call *,
                                          struct slice));

/* What a link remembers of an instrument: prices and amounts per coin, inverse
 * amounts in contracts.  Zeroed memory: nothing is known. */
struct bybit_book {
	double bid, bid_size, ask, ask_size;
	bool known; /* a snapshot came */
};

struct bybit_ticker {
	double mark, index, funding;
	double oi, single, oi_value, single_value;
	double last, open, high, low, volume, turnover;
	struct bybit_book top;
	int64_t next_funding_ns;
	int32_t funding_interval_h;
	bool known;
};

/* Spot keeps the first part only. */
struct bybit_spot_cell {
	uint32_t epoch; /* of the link's state when it was written */
	struct bybit_book book;
};

struct bybit_cell {
	uint32_t epoch;
	struct bybit_book book;
	struct bybit_ticker ticker;
};

/* What this link knows of an instrument: what an earlier subscription told is gone. */
struct bybit_book *bybit_kept_book(const struct venue *v, const struct venue_call *call,
                                   uint32_t instrument);
/* Not for spot, which keeps none. */
struct bybit_ticker *bybit_kept_ticker(const struct venue_call *call, uint32_t instrument);

void bybit_fill_top(struct event *ev, const struct instrument *row,
                    const struct bybit_book *b);

/* One trade as both roads tell it, and the event it makes.  JSON_NONE fields that
 * a product does not send are fine for id, block and rpi only. */
struct bybit_trade {
	struct json_value time, symbol, side, size, price, id, block, rpi;
};
enum decode bybit_trade(const struct venue *v, struct venue_call *call,
                        const struct bybit_trade *trade);

enum decode bybit_trades(const struct venue *v, struct venue_call *call,
                         const struct bybit_message *m);
enum decode bybit_liquidations(const struct venue *v, struct venue_call *call,
                               const struct bybit_message *m);
enum decode bybit_klines(const struct venue *v, struct venue_call *call,
                         const struct bybit_message *m);
enum decode bybit_tickers(const struct venue *v, struct venue_call *call,
                          const struct bybit_message *m);
enum decode bybit_book(const struct venue *v, struct venue_call *call,
                       const struct bybit_message *m);

/* One row of a ticker list: like a snapshot, but without a time and kept nowhere. */
enum decode bybit_ticker_row(const struct venue *v, struct venue_call *call,
                             struct slice row);

/* One row of a REST kline list: an array. */
enum decode bybit_kline_row(const struct venue *v, struct venue_call *call,
                            uint32_t instrument, struct slice interval,
                            struct slice row);

/* One row of the open interest history. */
enum decode bybit_oi_row(const struct venue *v, struct venue_call *call,
                         uint32_t instrument, struct slice row);

size_t bybit_spot_state_bytes(uint32_t instrument_count_max);
size_t bybit_state_bytes(uint32_t instrument_count_max);

enum decode bybit_body(const struct venue *v, struct venue_call *call,
                       struct slice asked, struct slice element);
const char *bybit_list(const struct venue *v, struct slice asked);

/* The any-order decoder for every topic. */
enum decode bybit_decode_any(const struct venue *v, struct venue_call *call,
                             struct slice msg);

/* Decodes msg if it is a publicTrade message in one of the known shapes and gives
 * what bybit_decode_any would give.  False: nothing was touched, ask the other. */
bool bybit_fast_trades(const struct venue *v, struct venue_call *call,
                       struct slice msg);
#endif
