/* binance_fast.c - the hot messages in the key orders that Binance really sends.
 *
 * Why    Nine of ten messages are aggTrade, trade or bookTicker, and their members
 *        always stand in the same few orders.  A reader that expects those bytes
 *        needs a tenth of the time of one that finds members by name.
 * Input  Bare or in the combined envelope, without a blank:
 *          aggTrade    spot and 2021 e,E,s,a,p,q,f,l,T,m,M; futures e,E,a,s,…;
 *                      2026 with nq behind q and st behind m
 *          trade       spot e,E,s,t,p,q,T,m,M; futures e,E,T,s,t,p,q,X,m,st
 *          bookTicker  e,u,s,ps,b,B,a,A,T,E,st; 2022 u,e,…; spot u,s,b,B,a,A
 *        Only X MARKET, only this product line's st, only symbols already known.
 * Output What binance_decode_any gives, to the last bit: the tests and the fuzzer
 *        compare them.  Every byte is checked; anything else (an escape, a sign, a
 *        number beyond 2^53, another order, a time of zero) steps aside before
 *        anything was touched.
 * Maths  A decimal is an integer mantissa up to 2^53 and a power of ten up to 10^22:
 *        one multiplication or division gives the nearest double (num.h).
 * Limits The last byte is a '}', which no number contains: loops over digits look
 *        for no end.
 */
#include "venue/binance.h"
#include "venue/binance_scan.h"

/* d * 10^shift10; false when that is not one exact step. */
SCAN_INLINE bool
value_of(const struct scan_decimal *d, int shift10, double *out)
{
	static const double power[] = {
		1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	};
	int exponent10 = shift10 - d->scale;

	if (exponent10 < -22 || exponent10 > 22)
		return false;
	*out = exponent10 <= 0 ? (double)d->mantissa / power[-exponent10]
	                       : (double)d->mantissa * power[exponent10];
	return true;
}

/* Milliseconds have thirteen digits until the year 2286. */
enum { TIME_DIGITS = 13, UNEXPECTED = 16 };

SCAN_INLINE bool
take_bool(struct scan *s, bool *out)
{
	*out = false;
	if (SCAN_TAKE(s, "false"))
		return true;
	*out = true;
	return SCAN_TAKE(s, "true");
}

/* A time that is there: ns, or 0 with false. */
SCAN_INLINE bool
take_time(struct scan *s, int64_t *ns, int room)
{
	uint64_t value;

	*ns = 0;
	if (!scan_whole(s, &value, TIME_DIGITS, room))
		return false;
	*ns = binance_time_ns((int64_t)value);
	return *ns > 0;
}

/* An id that counts, with its text. */
SCAN_INLINE bool
take_id(struct scan *s, struct binance_print *print, int room)
{
	print->id.at = s->at;
	if (!scan_whole(s, &print->number, UNEXPECTED, room))
		return false;
	print->id.count = (size_t)(s->at - print->id.at);
	return true;
}

/* A number that nobody reads, with the end of the message perhaps right behind. */
SCAN_INLINE bool
skip_last_whole(struct scan *s)
{
	const char *start = s->at, *at = start;

	while (scan_digit(*at) < 10)
		at++;
	s->at = at;
	return at != start && (*start != '0' || at - start == 1);
}

/* The product line, where the row says it; then the end of the message. */
SCAN_INLINE bool
take_tail(struct scan *s, const struct venue *v, bool wrapped)
{
	if (SCAN_TAKE(s, ",\"st\":1")) {
		if (v->kind != KIND_LINEAR)
			return false;
	} else if (SCAN_TAKE(s, ",\"st\":2")) {
		if (v->kind != KIND_INVERSE)
			return false;
	}
	return SCAN_TAKE(s, "}") && (!wrapped || SCAN_TAKE(s, "}")) && s->at == s->end;
}

/* How long the symbol is if the stream is called after it; UNEXPECTED: who knows. */
SCAN_INLINE unsigned
symbol_bytes(struct slice stream, size_t channel_bytes)
{
	return stream.count > channel_bytes ? (unsigned)(stream.count - channel_bytes)
	                                    : UNEXPECTED;
}

/* What the two kinds of trade do once their bytes are read. */
SCAN_INLINE bool
put_print(const struct venue *v, struct venue_call *call, struct slice symbol,
          struct binance_print *print, const struct scan_decimal *price,
          const struct scan_decimal *size)
{
	uint32_t index = instrument_find(call->table, v->id, symbol);
	struct event_batch *out = call->out;
	const struct instrument *row;
	struct event *ev;

	if (index == 0 || price->mantissa == 0 || size->mantissa == 0)
		return false;
	row = &call->table->at[index];
	if (!value_of(price, -row->multiplier_exp10, &print->price) ||
	    !value_of(size, binance_lots(row), &print->size))
		return false;
	if (row->contract_unit != CONTRACT_NONE)
		return binance_print(v, call, index, print) == DECODE_OK;
	/* The same without a call, for sizes that are coins already.  No overflow:
	 * both are below 2^53 * 10^22. */
	if (out->count >= out->count_max)
		return false;
	ev = &out->at[out->count++];
	*ev = (struct event){
		.kind = EVENT_TRADE,
		.side = print->side,
		.flags = print->flags,
		.venue = v->id,
		.instrument = index,
		.ts_ns = print->ts_ns,
		.recv_ns = call->recv_ns,
		.u.trade = {
			.price = print->price,
			.qty = print->size,
			.usd = row->usd_quote ? print->price * print->size : ABSENT,
			.id = print->id,
			.first_id = print->number,
			.last_id = print->number,
			.id_space = print->number > 0 ? print->id_space : (uint8_t)ID_NONE,
		},
	};
	return true;
}

/* Behind {"e":"aggTrade","E": */
SCAN_INLINE bool
agg_trade(struct scan *s, const struct venue *v, struct venue_call *call,
          struct slice stream)
{
	struct binance_print print = { .id_space = ID_AGGREGATE };
	struct scan_decimal price, size;
	const unsigned expected = symbol_bytes(stream, sizeof "@aggTrade" - 1);
	struct slice symbol;
	const char *start;
	unsigned size_bytes, digits;
	bool maker, best;

	if (scan_skip_whole(s, TIME_DIGITS, 6) == 0)
		return false;
	if (SCAN_NEXT(s, ",\"a\":")) {
		if (!take_id(s, &print, 6) || !SCAN_NEXT(s, ",\"s\":\"") ||
		    !scan_text(s, &symbol, expected, 7) || !SCAN_NEXT(s, "\",\"p\":\""))
			return false;
	} else {
		if (!SCAN_NEXT(s, ",\"s\":\"") || !scan_text(s, &symbol, expected, 6) ||
		    !SCAN_NEXT(s, "\",\"a\":") || !take_id(s, &print, 6) ||
		    !SCAN_NEXT(s, ",\"p\":\""))
			return false;
	}
	if (!scan_decimal(s, &price, 7) || !SCAN_NEXT(s, "\",\"q\":\""))
		return false;
	start = s->at;
	if (!scan_decimal(s, &size, 8))
		return false;
	/* Mostly the same as q, as l is mostly as long as f. */
	size_bytes = (unsigned)(s->at - start);
	if (SCAN_NEXT(s, "\",\"nq\":\"") && !scan_skip_decimal(s, size_bytes, 6))
		return false;
	if (!SCAN_NEXT(s, "\",\"f\":"))
		return false;
	digits = scan_skip_whole(s, UNEXPECTED, 5);
	if (digits == 0 || !SCAN_NEXT(s, ",\"l\":") || scan_skip_whole(s, digits, 5) == 0 ||
	    !SCAN_NEXT(s, ",\"T\":") || !take_time(s, &print.ts_ns, 5) ||
	    !SCAN_NEXT(s, ",\"m\":") || !take_bool(s, &maker))
		return false;
	if (SCAN_TAKE(s, ",\"M\":") && !take_bool(s, &best))
		return false;
	if (!take_tail(s, v, stream.count > 0))
		return false;
	print.side = maker ? SIDE_SELL : SIDE_BUY;
	return put_print(v, call, symbol, &print, &price, &size);
}

/* Behind {"e":"trade","E":; futures have T here, spot behind q. */
SCAN_INLINE bool
trade(struct scan *s, const struct venue *v, struct venue_call *call, struct slice stream)
{
	struct binance_print print = { .id_space = ID_TRADE };
	struct scan_decimal price, size;
	const unsigned expected = symbol_bytes(stream, sizeof "@trade" - 1);
	struct slice symbol;
	bool maker, best, early;

	if (scan_skip_whole(s, TIME_DIGITS, 6) == 0)
		return false;
	early = SCAN_NEXT(s, ",\"T\":");
	if (early && !take_time(s, &print.ts_ns, 6))
		return false;
	if (!SCAN_NEXT(s, ",\"s\":\"") || !scan_text(s, &symbol, expected, 6) ||
	    !SCAN_NEXT(s, "\",\"t\":") || !take_id(s, &print, 6) ||
	    !SCAN_NEXT(s, ",\"p\":\"") || !scan_decimal(s, &price, 7) ||
	    !SCAN_NEXT(s, "\",\"q\":\"") || !scan_decimal(s, &size, 6))
		return false;
	if (early) {
		(void)SCAN_TAKE(s, "\",\"X\":\"MARKET");
		if (!SCAN_TAKE(s, "\",\"m\":") || !take_bool(s, &maker))
			return false;
	} else {
		if (!SCAN_NEXT(s, "\",\"T\":") || !take_time(s, &print.ts_ns, 5) ||
		    !SCAN_NEXT(s, ",\"m\":") || !take_bool(s, &maker))
			return false;
		if (SCAN_TAKE(s, ",\"M\":") && !take_bool(s, &best))
			return false;
	}
	if (!take_tail(s, v, stream.count > 0))
		return false;
	print.side = maker ? SIDE_SELL : SIDE_BUY;
	return put_print(v, call, symbol, &print, &price, &size);
}

/* An empty side has a price or a size of zero. */
SCAN_INLINE void
put_side(double price, double size, double *price_out, double *qty_out)
{
	bool is_there = price > 0 && size > 0;

	*price_out = is_there ? price : ABSENT;
	*qty_out = is_there ? size : ABSENT;
}

/* As put_print, for a book top. */
SCAN_INLINE bool
put_top(const struct venue *v, struct venue_call *call, struct slice symbol, int64_t ts_ns,
        const struct scan_decimal price[2], const struct scan_decimal size[2])
{
	uint32_t index = instrument_find(call->table, v->id, symbol);
	struct event_batch *out = call->out;
	double bid, bid_size, ask, ask_size;
	const struct instrument *row;
	struct event *ev;

	if (index == 0)
		return false;
	row = &call->table->at[index];
	if (!value_of(&price[0], -row->multiplier_exp10, &bid) ||
	    !value_of(&size[0], binance_lots(row), &bid_size) ||
	    !value_of(&price[1], -row->multiplier_exp10, &ask) ||
	    !value_of(&size[1], binance_lots(row), &ask_size))
		return false;
	if (row->contract_unit != CONTRACT_NONE)
		return binance_put_top(v, call, index, ts_ns, bid, bid_size, ask, ask_size) ==
		       DECODE_OK;
	if (out->count >= out->count_max)
		return false;
	ev = &out->at[out->count++];
	*ev = (struct event){
		.kind = EVENT_TOP,
		.venue = v->id,
		.instrument = index,
		.ts_ns = ts_ns,
		.recv_ns = call->recv_ns,
	};
	put_side(bid, bid_size, &ev->u.top.bid, &ev->u.top.bid_qty);
	put_side(ask, ask_size, &ev->u.top.ask, &ev->u.top.ask_qty);
	return true;
}

/* Behind the update id. */
static bool
book_top(struct scan *s, const struct venue *v, struct venue_call *call,
         struct slice stream)
{
	const unsigned expected = symbol_bytes(stream, sizeof "@bookTicker" - 1);
	struct scan_decimal price[2], size[2];
	struct slice symbol, pair;
	int64_t ts_ns = 0;

	if (!SCAN_NEXT(s, ",\"s\":\"") || !scan_text(s, &symbol, expected, 8))
		return false;
	/* COIN-M's pair is shorter than its symbol. */
	if (SCAN_NEXT(s, "\",\"ps\":\"") &&
	    !scan_text(s, &pair, (unsigned)symbol.count, 7))
		return false;
	if (!SCAN_NEXT(s, "\",\"b\":\"") || !scan_decimal(s, &price[0], 7) ||
	    !SCAN_NEXT(s, "\",\"B\":\"") || !scan_decimal(s, &size[0], 7) ||
	    !SCAN_NEXT(s, "\",\"a\":\"") || !scan_decimal(s, &price[1], 7) ||
	    !SCAN_NEXT(s, "\",\"A\":\"") || !scan_decimal(s, &size[1], 1) ||
	    !SCAN_NEXT(s, "\""))
		return false;
	if (SCAN_TAKE(s, ",\"T\":") && (!take_time(s, &ts_ns, 5) || !SCAN_NEXT(s, ",\"E\":") ||
	                                !skip_last_whole(s)))
		return false;
	if (!take_tail(s, v, stream.count > 0))
		return false;
	return put_top(v, call, symbol, ts_ns, price, size);
}

bool
binance_fast(const struct venue *v, struct venue_call *call, struct slice msg)
{
	struct scan s = { msg.at, msg.at + msg.count };
	struct slice stream = { NULL, 0 };
	bool wrapped;

	if (msg.count == 0 || msg.at[msg.count - 1] != '}')
		return false;
	wrapped = SCAN_TAKE(&s, "{\"stream\":\"");
	/* An empty stream's name would look like none: the other reader has time. */
	if (wrapped && (!scan_text(&s, &stream, UNEXPECTED, 9) || !SCAN_NEXT(&s, "\",\"data\":") ||
	                stream.count == 0))
		return false;
	if (SCAN_TAKE(&s, "{\"e\":\"aggTrade\",\"E\":"))
		return agg_trade(&s, v, call, stream);
	if (SCAN_TAKE(&s, "{\"e\":\"trade\",\"E\":"))
		return trade(&s, v, call, stream);
	if (SCAN_TAKE(&s, "{\"e\":\"bookTicker\",\"u\":"))
		return scan_skip_whole(&s, UNEXPECTED, 6) > 0 && book_top(&s, v, call, stream);
	if (!SCAN_TAKE(&s, "{\"u\":") || scan_skip_whole(&s, UNEXPECTED, 6) == 0)
		return false;
	/* Without `e` only a bare message is known by its members. */
	if (!SCAN_TAKE(&s, ",\"e\":\"bookTicker\"") && wrapped &&
	    !slice_ends(stream, SLICE("@bookTicker")))
		return false;
	return (size_t)(s.end - s.at) > 6 && book_top(&s, v, call, stream);
}
