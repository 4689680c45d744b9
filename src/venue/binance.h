/* binance.h - what the files of the Binance adapter share; no other file includes it.
 *
 *   binance.c        the three venues; a websocket message of any key order: which
 *                    envelope, which channel, which product line
 *   binance_row.c    fields of rows, of both roads: numbers, times, instruments
 *   binance_trade.c  aggTrade, trade, blockTrade, forceOrder, and REST trades
 *   binance_quote.c  mark and index prices, tickers, book top, bars, contractInfo
 *   binance_rest.c   REST rows: which endpoint, which fields
 *   binance_meta.c   exchangeInfo and fundingInfo
 *   binance_spell.c  what a symbol says of itself
 *   binance_fast.c   the hot messages in the key orders that Binance really sends
 *
 * The product line of an adapter is v->kind: KIND_SPOT, KIND_LINEAR (USD-M),
 * KIND_INVERSE (COIN-M).
 */
#ifndef VENUE_BINANCE_H
#define VENUE_BINANCE_H
#include "base/json.h"
#include "market/event.h"
#include "market/instrument.h"
#include "venue/venue.h"

/* --- rows --------------------------------------------------------------------- */

/* Where the member of a row stands: websocket rows name their fields by one
 * letter, of either case, and a few by two. */
enum { BINANCE_ap = 59, BINANCE_st, BINANCE_ps, BINANCE_ct, BINANCE_cs, BINANCE_CELLS };
#define BINANCE_CELL(letter) ((unsigned char)(letter) & 63u)

/* The members of one object.  JSON_NONE: not sent. */
struct binance_row {
	struct json_value cell[BINANCE_CELLS];
};

/* The members that only stand at the top of a message. */
struct binance_top {
	struct json_value stream, data, id, result, error, code, msg, last_update_id;
};

/* Reads all members of the object; top may be NULL.  False: broken JSON. */
bool binance_row_read(struct binance_row *row, struct binance_top *top,
                      struct slice object);

static inline const struct json_value *
binance_cell(const struct binance_row *row, char letter)
{
	return &row->cell[BINANCE_CELL(letter)];
}

/* null and "" say the same as a member that is not there. */
static inline bool
binance_is_sent(const struct json_value *v)
{
	return v->type != JSON_NONE && v->type != JSON_NULL &&
	       !(v->type == JSON_STRING && v->text.count == 0);
}

/* Is it the string `literal`? */
#define binance_is(v, literal) ((v)->type == JSON_STRING && slice_is((v)->text, literal))

/* Readers of fields keep the first error in *bad (DECODE_OK before) and then give
 * ABSENT, 0 or false, so code reads straight down and looks once at the end. */

/* Any number; ABSENT when it was not sent. */
double binance_number(const struct json_value *v, int shift10, enum decode *bad);

/* A quantity, never negative; ABSENT when it was not sent.  0 is a value. */
double binance_quantity(const struct json_value *v, int shift10, enum decode *bad);

/* A price, never negative; ABSENT when it was not sent or is 0, which is how
 * Binance says that there is none. */
double binance_price(const struct json_value *v, int shift10, enum decode *bad);

/* A number that must be there and above zero. */
double binance_positive(const struct json_value *v, int shift10, enum decode *bad);

/* ns since 1970; 0 when it was not sent or is 0. */
int64_t binance_time(const struct json_value *v, enum decode *bad);

/* The first of the two that says something. */
int64_t binance_time_of(const struct json_value *first, const struct json_value *second,
                        enum decode *bad);

bool binance_bool(const struct json_value *v, enum decode *bad);

/* An id that counts, with its text. */
uint64_t binance_id(const struct json_value *v, struct slice *text, enum decode *bad);

/* A word of the venue with its escapes resolved, "" when it was not sent.  False
 * when it does not fit, has a NUL in it or is no string. */
bool binance_word(const struct json_value *v, char *to, size_t size);

/* What `st` says: OK (ours, or nothing is said), OTHER_PRODUCT or SHAPE.  Sets *said
 * when something is said. */
enum decode binance_line(const struct venue *v, const struct json_value *st, bool *said);

/* The instrument of a row of this product line; st is where the row may name it.
 * 0 with *bad set: OTHER_PRODUCT, UNKNOWN_SYMBOL, SHAPE.  Nothing is counted. */
uint32_t binance_instrument(const struct venue *v, struct venue_call *call,
                            const struct json_value *symbol, const struct json_value *st,
                            enum decode *bad);

/* The same for a bare symbol.  is_ours: the row said so; else the spelling may
 * speak against it. */
uint32_t binance_symbol(const struct venue *v, struct venue_call *call,
                        struct slice symbol, bool is_ours, enum decode *bad);

/* The same where a row has a pair and a contract type instead of a symbol. */
uint32_t binance_pair(const struct venue *v, struct venue_call *call, struct slice pair,
                      struct slice contract_type, bool is_ours, enum decode *bad);

/* 10^n coins is what the venue counts; contracts in dollars are dollars, however
 * many coins a lot has. */
static inline int
binance_lots(const struct instrument *row)
{
	return row->contract_unit == CONTRACT_USD ? 0 : row->multiplier_exp10;
}

/* Volume of a ticker or bar: v and q of the venue (COIN-M: contracts and coins,
 * else coins and quote). */
void binance_volumes(const struct instrument *row, const struct json_value *v,
                     const struct json_value *q, double *qty, double *usd,
                     enum decode *bad);

/* Seconds of "1m", "4h", ...; 0 for what has no fixed length or is no interval. */
int32_t binance_interval_s(struct slice text);

/* --- events of both roads ------------------------------------------------------- */

struct binance_print {
	double price, size; /* per coin; in the venue's unit times 10^lots */
	int64_t ts_ns;
	struct slice id;
	uint64_t number;    /* of the id; 0: it proves nothing */
	uint8_t side, flags, id_space;
};

/* Puts the trade; price and size are finite and above zero. */
static inline enum decode
binance_print(const struct venue *v, struct venue_call *call, uint32_t instrument,
              const struct binance_print *print)
{
	const struct instrument *row = &call->table->at[instrument];
	double qty = instrument_coins(row, print->size, print->price);
	double usd = instrument_usd(row, print->size, print->price, qty);
	struct event *ev;

	/* A tiny price can make more coins than a double holds. */
	if (isinf(qty) || isinf(usd))
		return DECODE_NUMBER;
	ev = venue_event(v, call, EVENT_TRADE, instrument);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->side = print->side;
	ev->flags = print->flags;
	ev->ts_ns = print->ts_ns;
	ev->u.trade.price = print->price;
	ev->u.trade.qty = qty;
	ev->u.trade.usd = usd;
	ev->u.trade.id = print->id;
	ev->u.trade.first_id = print->number;
	ev->u.trade.last_id = print->number;
	ev->u.trade.id_space = print->number > 0 ? print->id_space : (uint8_t)ID_NONE;
	return DECODE_OK;
}

/* A book top from prices per coin and sizes in the venue's unit times 10^lots; a
 * side with a price or size of 0 is empty. */
static inline enum decode
binance_put_top(const struct venue *v, struct venue_call *call, uint32_t instrument,
                int64_t ts_ns, double bid, double bid_size, double ask, double ask_size)
{
	const struct instrument *row = &call->table->at[instrument];
	bool has_bid = bid > 0 && bid_size > 0, has_ask = ask > 0 && ask_size > 0;
	double bid_qty = has_bid ? instrument_coins(row, bid_size, bid) : ABSENT;
	double ask_qty = has_ask ? instrument_coins(row, ask_size, ask) : ABSENT;
	struct event *ev;

	if (isinf(bid_qty) || isinf(ask_qty))
		return DECODE_NUMBER;
	ev = venue_event(v, call, EVENT_TOP, instrument);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->ts_ns = ts_ns;
	ev->u.top.bid = has_bid ? bid : ABSENT;
	ev->u.top.bid_qty = bid_qty;
	ev->u.top.ask = has_ask ? ask : ABSENT;
	ev->u.top.ask_qty = ask_qty;
	return DECODE_OK;
}

/* Milliseconds, or microseconds where a spot link asked for them, as ns; -1 for
 * what is neither: 10^14 ms are the year 5138, 10^14 us are 1973. */
static inline int64_t
binance_time_ns(int64_t value)
{
	if (value < 0)
		return -1;
	if (value >= 100000000000000)
		return value <= INT64_MAX / 1000 ? value * 1000 : -1;
	return value <= INT64_MAX / 1000000 ? value * 1000000 : -1;
}

/* Websocket rows; `row` is whole.  Their result is of this row alone. */
enum decode binance_agg_trade(const struct venue *v, struct venue_call *call,
                              const struct binance_row *row);
enum decode binance_trade(const struct venue *v, struct venue_call *call,
                          const struct binance_row *row);
enum decode binance_block_trade(const struct venue *v, struct venue_call *call,
                                const struct binance_row *row);
enum decode binance_force_order(const struct venue *v, struct venue_call *call,
                                const struct binance_row *row);
enum decode binance_mark(const struct venue *v, struct venue_call *call,
                         const struct binance_row *row);
enum decode binance_index(const struct venue *v, struct venue_call *call,
                          const struct binance_row *row);
enum decode binance_ticker(const struct venue *v, struct venue_call *call,
                           const struct binance_row *row);
enum decode binance_book_top(const struct venue *v, struct venue_call *call,
                             const struct binance_row *row);
enum decode binance_kline(const struct venue *v, struct venue_call *call,
                          const struct binance_row *row);
enum decode binance_continuous_kline(const struct venue *v, struct venue_call *call,
                                     const struct binance_row *row);
enum decode binance_contract_info(const struct venue *v, struct venue_call *call,
                                  const struct binance_row *row);

/* What both roads make of a row's fields, once its instrument and time are known.
 * price: last, open, high, low; volume: v and q. */
enum decode binance_put_ticker(const struct venue *v, struct venue_call *call,
                               uint32_t instrument, int64_t ts_ns,
                               const struct json_value price[4],
                               const struct json_value volume[2]);

/* side: bid price and size, ask price and size. */
enum decode binance_read_top(const struct venue *v, struct venue_call *call,
                             uint32_t instrument, int64_t ts_ns,
                             const struct json_value side[4]);

/* price: open, high, low, close; volume: v, q, V and Q. */
enum decode binance_put_bar(const struct venue *v, struct venue_call *call,
                            uint32_t instrument, int64_t open_ns, int32_t interval_s,
                            const struct json_value price[4],
                            const struct json_value volume[4], bool is_final);

/* --- metadata ------------------------------------------------------------------- */

/* Whose spelling is it? */
enum binance_spelling {
	BINANCE_NO_SYMBOL,
	BINANCE_PAIR,       /* BTCUSDT: spot, or a USD-M perpetual */
	BINANCE_PAIR_DATED, /* BTCUSDT_260925: USD-M */
	BINANCE_COIN_PERP,  /* BTCUSD_PERP: COIN-M */
	BINANCE_COIN_DATED, /* BTCUSD_260925: COIN-M */
};

enum binance_spelling binance_spelling(struct slice symbol, struct slice *base,
                                       struct slice *quote);
bool binance_spell(const struct venue *v, struct instrument *row);

/* Does the spelling belong to another product line and to none of ours? */
bool binance_is_foreign(const struct venue *v, struct slice symbol);

enum decode binance_exchange_info(const struct venue *v, struct venue_call *call,
                                  struct slice element);
enum decode binance_funding_info(const struct venue *v, struct venue_call *call,
                                 struct slice element);

/* --- roads ---------------------------------------------------------------------- */

enum decode binance_body(const struct venue *v, struct venue_call *call,
                         struct slice asked, struct slice element);
const char *binance_list(const struct venue *v, struct slice asked);

/* The any-order decoder for every channel. */
enum decode binance_decode_any(const struct venue *v, struct venue_call *call,
                               struct slice msg);

/* Decodes msg if it is a hot message in one of the known shapes and gives what
 * binance_decode_any would give.  False: nothing was touched, ask the other. */
bool binance_fast(const struct venue *v, struct venue_call *call, struct slice msg);
#endif
