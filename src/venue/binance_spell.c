/* binance_spell.c - what a Binance symbol says of itself.
 *
 * Why    A bare recording has no metadata; and a recording of several product lines
 *        in one file must not give a COIN-M row the units of a USD-M one.
 * Input  The symbol alone:
 *          BTCUSDT         spot, and USD-M perpetual
 *          BTCUSDT_260925  USD-M dated
 *          BTCUSD_PERP     COIN-M perpetual, contracts of 100 USD (BTC) or 10 (others)
 *          BTCUSD_260925   COIN-M dated, the same contracts
 * Limits A pair BTCUSDT says nothing of spot or USD-M: the venue asked decides.
 *        The coin that margins a contract, and the funding interval, are not spelled:
 *        both stay unknown until metadata says them.
 */
#include "venue/binance.h"

/* "260925" */
static bool
is_date(struct slice s)
{
	if (s.count != 6)
		return false;
	for (size_t i = 0; i < s.count; i++)
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
	return true;
}

enum binance_spelling
binance_spelling(struct slice symbol, struct slice *base, struct slice *quote)
{
	const struct slice usd = SLICE("USD");
	struct slice tail = symbol, pair = slice_cut(&tail, '_');
	bool has_tail = pair.count < symbol.count;

	if (has_tail && !is_date(tail) && !slice_is(tail, "PERP"))
		return BINANCE_NO_SYMBOL;
	if (has_tail && slice_ends(pair, usd) && pair.count > usd.count) {
		*base = slice_of(pair.at, pair.count - usd.count);
		*quote = usd;
		return is_date(tail) ? BINANCE_COIN_DATED : BINANCE_COIN_PERP;
	}
	if ((has_tail && !is_date(tail)) || !instrument_split(pair, base, quote))
		return BINANCE_NO_SYMBOL;
	return has_tail ? BINANCE_PAIR_DATED : BINANCE_PAIR;
}

bool
binance_is_foreign(const struct venue *v, struct slice symbol)
{
	struct slice base, quote;
	enum binance_spelling spelling = binance_spelling(symbol, &base, &quote);

	switch (spelling) {
	case BINANCE_PAIR:
		return v->kind == KIND_INVERSE;
	case BINANCE_PAIR_DATED:
		return v->kind != KIND_LINEAR;
	case BINANCE_COIN_PERP:
	case BINANCE_COIN_DATED:
		return v->kind != KIND_INVERSE;
	default:
		return false;
	}
}

bool
binance_spell(const struct venue *v, struct instrument *row)
{
	struct slice base, quote;
	enum binance_spelling spelling = binance_spelling(slice_str(row->symbol), &base, &quote);

	if (spelling == BINANCE_NO_SYMBOL || binance_is_foreign(v, slice_str(row->symbol)))
		return false;
	/* BTCUSD is the pair of COIN-M contracts; USD-M quotes in stable coins. */
	if (v->kind == KIND_LINEAR && slice_is(quote, "USD"))
		return false;
	instrument_set_base(row, base);
	instrument_set_quote(row, quote);
	row->kind = v->kind;
	if (spelling == BINANCE_PAIR_DATED || spelling == BINANCE_COIN_DATED)
		row->kind = KIND_DATED;
	if (v->kind == KIND_INVERSE) {
		row->contract_unit = CONTRACT_USD;
		row->contract_size = slice_is(base, "BTC") ? 100 : 10;
	}
	return true;
}
