/* bybit_trade.c - what was traded and who was liquidated, in any key order.
 *
 * Input  The rows of publicTrade and allLiquidation messages and of the REST list
 *        recent-trade.
 * Output EVENT_TRADE with the taker's side, EVENT_LIQUIDATION with the side of the
 *        position that died.
 * Size   Linear and spot: coins.  Inverse: contracts of 1 USD; coins = v / p.
 * Side   publicTrade S is the taker.  allLiquidation S is the POSITION: "Buy" means
 *        that a long died (Bybit's documents, read 2026-07-24) - the opposite of
 *        Binance, whose side is that of the forced order.
 * Ids    UUIDs on derivatives, numbers that do not count by one on spot: texts to
 *        tell twice-told trades by, no proof of a gap.
 * Limits A row that is not whole drops its message; a row of another product line
 *        or an unknown symbol is skipped and counted for itself.
 */
#include "venue/bybit.h"

/* Price per coin, coins, and dollars, of `size` in the venue's unit. */
static enum decode
sized(const struct instrument *row, const struct json_value *price_text,
      const struct json_value *size_text, double *price, double *qty, double *usd)
{
	double size;
	int lots = row->multiplier_exp10;
	enum decode err = bybit_positive(price_text, -lots, price);

	/* Contracts in dollars are dollars, however many coins a lot has. */
	if (err == DECODE_OK)
		err = bybit_positive(size_text, row->contract_unit == CONTRACT_USD ? 0 : lots,
		                     &size);
	if (err != DECODE_OK)
		return err;
	*qty = instrument_coins(row, size, *price);
	*usd = instrument_usd(row, size, *price, *qty);
	/* A tiny price can make more coins than a double holds. */
	return isinf(*qty) || isinf(*usd) ? DECODE_NUMBER : DECODE_OK;
}

/* False is what is not sent: older messages have no RPI.  But a word we do not
 * know must not turn a block trade into an ordinary one. */
static enum decode
flag(const struct json_value *v, uint8_t bit, uint8_t *flags)
{
	if (v->type == JSON_TRUE)
		*flags |= bit;
	else if (v->type != JSON_FALSE && v->type != JSON_NULL && v->type != JSON_NONE)
		return DECODE_SHAPE;
	return DECODE_OK;
}

static bool
is_string(const struct json_value *v)
{
	return v->type == JSON_STRING;
}

/* The word for Buy or Sell; SIDE_NONE: neither. */
static enum side
side_of(const struct json_value *v, enum side buy, enum side sell)
{
	if (!is_string(v))
		return SIDE_NONE;
	if (slice_is(v->text, "Buy"))
		return buy;
	return slice_is(v->text, "Sell") ? sell : SIDE_NONE;
}

enum decode
bybit_trade(const struct venue *v, struct venue_call *call, const struct bybit_trade *trade)
{
	enum side side = side_of(&trade->side, SIDE_BUY, SIDE_SELL);
	const struct json_value *id = &trade->id;
	double price, qty, usd;
	uint8_t flags = 0;
	int64_t ts_ns;
	uint32_t index;
	struct event *ev;
	enum decode err;

	if (!is_string(&trade->symbol) || side == SIDE_NONE || id->escaped ||
	    (id->type != JSON_STRING && id->type != JSON_NUMBER && id->type != JSON_NONE))
		return DECODE_SHAPE;
	err = flag(&trade->block, FLAG_BLOCK, &flags);
	if (err == DECODE_OK)
		err = flag(&trade->rpi, FLAG_RPI, &flags);
	if (err == DECODE_OK)
		err = bybit_time(&trade->time, &ts_ns);
	if (err != DECODE_OK)
		return err;

	err = bybit_instrument(v, call, &trade->symbol, &index);
	if (err != DECODE_OK)
		return err;
	err = sized(&call->table->at[index], &trade->price, &trade->size, &price, &qty, &usd);
	if (err != DECODE_OK)
		return err;
	ev = venue_event(v, call, EVENT_TRADE, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->side = (uint8_t)side;
	ev->flags = flags;
	ev->ts_ns = ts_ns;
	ev->u.trade.price = price;
	ev->u.trade.qty = qty;
	ev->u.trade.usd = usd;
	ev->u.trade.id = id->text;
	ev->u.trade.first_id = 0;
	ev->u.trade.last_id = 0;
	ev->u.trade.id_space = ID_NONE;
	return DECODE_OK;
}

static enum decode
trade_row(const struct venue *v, struct venue_call *call, struct slice text)
{
	struct bybit_trade trade = { 0 };
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;

	while (json_member(&r, &key, &value)) {
		if (key.count == 1) {
			switch (key.at[0]) {
			case 'T': trade.time = value; break;
			case 's': trade.symbol = value; break;
			case 'S': trade.side = value; break;
			case 'v': trade.size = value; break;
			case 'p': trade.price = value; break;
			case 'i': trade.id = value; break;
			default: break; /* L, the tick direction */
			}
		} else if (slice_is(key, "BT")) {
			trade.block = value;
		} else if (slice_is(key, "RPI")) {
			trade.rpi = value;
		}
	}
	return json_ok(&r) ? bybit_trade(v, call, &trade) : DECODE_JSON;
}

static enum decode
liquidation_row(const struct venue *v, struct venue_call *call, struct slice text)
{
	struct json_value time = { 0 }, symbol = { 0 }, word = { 0 };
	struct json_value size = { 0 }, price_text = { 0 };
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;
	double price, qty, usd;
	int64_t ts_ns;
	enum side side;
	uint32_t index;
	struct event *ev;
	enum decode err;

	while (json_member(&r, &key, &value)) {
		if (key.count != 1)
			continue;
		switch (key.at[0]) {
		case 'T': time = value; break;
		case 's': symbol = value; break;
		case 'S': word = value; break;
		case 'v': size = value; break;
		case 'p': price_text = value; break;
		default: break;
		}
	}
	if (!json_ok(&r))
		return DECODE_JSON;
	side = side_of(&word, SIDE_LONG, SIDE_SHORT);
	if (!is_string(&symbol) || side == SIDE_NONE)
		return DECODE_SHAPE;
	err = bybit_time(&time, &ts_ns);
	if (err != DECODE_OK)
		return err;
	err = bybit_instrument(v, call, &symbol, &index);
	if (err != DECODE_OK)
		return err;
	err = sized(&call->table->at[index], &price_text, &size, &price, &qty, &usd);
	if (err != DECODE_OK)
		return err;
	ev = venue_event(v, call, EVENT_LIQUIDATION, index);
	if (ev == NULL)
		return DECODE_TOO_MANY;
	ev->side = (uint8_t)side;
	ev->ts_ns = ts_ns;
	ev->u.liquidation.price = price;
	ev->u.liquidation.qty = qty;
	ev->u.liquidation.usd = usd;
	ev->u.liquidation.price_kind = PRICE_BANKRUPTCY;
	return DECODE_OK;
}

enum decode
bybit_trades(const struct venue *v, struct venue_call *call, const struct bybit_message *m)
{
	return bybit_rows(v, call, &m->data, trade_row);
}

/* Spot has no positions, so it has none to liquidate. */
enum decode
bybit_liquidations(const struct venue *v, struct venue_call *call,
                   const struct bybit_message *m)
{
	if (v->kind == KIND_SPOT)
		return DECODE_OTHER_PRODUCT;
	return bybit_rows(v, call, &m->data, liquidation_row);
}
