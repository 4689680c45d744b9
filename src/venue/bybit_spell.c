/* bybit_spell.c - what a Bybit symbol says of itself.
 *
 * Why    A bare recording has no metadata; and a recording of several product lines
 *        in one file must not give a linear row the units of an inverse one.
 * Input  The symbol alone:
 *          BTCUSDT BTCUSDC        spot, and linear perpetual
 *          BTCPERP                linear perpetual in USDC
 *          BTC-27DEC24            linear dated in USDC
 *          BTCUSDT-27DEC24        linear dated in USDT
 *          BTCUSD                 inverse perpetual, contracts of 1 USD
 *          BTCUSDU23 BTCUSD0624   inverse dated (month letter and year; the alias
 *                                 with month and day of 2021 and 2022)
 *          BTC-27DEC24-60000-C    option, also with -USDT behind: never ours
 *          ETHBTC BTCEUR          spot
 * Limits A pair BTCUSDT says nothing of spot or linear: the venue asked decides.
 *        BTCUSD-27DEC24 is in no sheet; it is no symbol until metadata names it.
 */
#include "venue/bybit.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* Letters, digits and the dash, and bytes of other alphabets: other venues list
 * coins in Chinese, so a symbol in UTF-8 is no surprise. */
static bool
is_symbol(struct slice s)
{
	if (s.count == 0 || s.count >= LIMIT_symbol_bytes_max)
		return false;
	for (size_t i = 0; i < s.count; i++) {
		char c = s.at[i];

		if (!is_digit(c) && !is_letter(c) && !(c >= 'a' && c <= 'z') && c != '-' &&
		    (unsigned char)c < 0x80)
			return false;
	}
	return true;
}

/* "27DEC24", "6JAN23" */
static bool
is_date(struct slice s)
{
	size_t days = s.count - 5;

	if (s.count < 6 || s.count > 7)
		return false;
	for (size_t i = 0; i < days; i++)
		if (!is_digit(s.at[i]))
			return false;
	return is_letter(s.at[days]) && is_letter(s.at[days + 1]) &&
	       is_letter(s.at[days + 2]) && is_digit(s.at[days + 3]) &&
	       is_digit(s.at[days + 4]);
}

/* "U23", or "0624": the letters are those that futures exchanges use for months. */
static bool
is_usd_date(struct slice s)
{
	if (s.count == 3)
		return memchr("FGHJKMNQUVXZ", s.at[0], 12) != NULL && is_digit(s.at[1]) &&
		       is_digit(s.at[2]);
	if (s.count != 4)
		return false;
	for (size_t i = 0; i < 4; i++)
		if (!is_digit(s.at[i]))
			return false;
	return true;
}

/* Takes `tail` off the end of s, if something stays before it. */
static bool
strip(struct slice *s, struct slice tail)
{
	if (s->count <= tail.count || !slice_ends(*s, tail))
		return false;
	s->count -= tail.count;
	return true;
}

static enum bybit_spelling
dashed(struct slice symbol, struct slice *base, struct slice *quote)
{
	struct slice rest = symbol;
	struct slice head = slice_cut(&rest, '-');
	struct slice date = slice_cut(&rest, '-');

	if (head.count == 0 || !is_date(date))
		return BYBIT_NO_SYMBOL;
	if (rest.count > 0) {
		struct slice strike = slice_cut(&rest, '-');
		struct slice right = slice_cut(&rest, '-');

		if (strike.count > 0 && (slice_is(right, "C") || slice_is(right, "P")))
			return BYBIT_OPTION;
		return BYBIT_NO_SYMBOL;
	}
	if (symbol.at[symbol.count - 1] == '-')
		return BYBIT_NO_SYMBOL;
	*quote = SLICE("USDC");
	if (strip(&head, SLICE("USDT")))
		*quote = SLICE("USDT");
	else if (slice_ends(head, SLICE("USD")))
		return BYBIT_NO_SYMBOL;
	*base = head;
	return BYBIT_DASH_DATED;
}

enum bybit_spelling
bybit_spelling(struct slice symbol, struct slice *base, struct slice *quote)
{
	*base = *quote = slice_of(NULL, 0);
	if (!is_symbol(symbol))
		return BYBIT_NO_SYMBOL;
	if (memchr(symbol.at, '-', symbol.count) != NULL)
		return dashed(symbol, base, quote);

	*base = symbol;
	*quote = SLICE("USDT");
	if (strip(base, *quote))
		return BYBIT_PAIR;
	*quote = SLICE("USDC");
	if (strip(base, *quote))
		return BYBIT_PAIR;
	if (strip(base, SLICE("PERP")))
		return BYBIT_PERP;
	*quote = SLICE("USD");
	if (strip(base, *quote))
		return BYBIT_USD;
	for (size_t count = 3; count <= 4; count++) {
		struct slice head = symbol;

		if (symbol.count <= count)
			break;
		head.count -= count;
		if (is_usd_date(slice_after(symbol, head.count)) && strip(&head, *quote)) {
			*base = head;
			return BYBIT_USD_DATED;
		}
	}
	if (instrument_split(symbol, base, quote))
		return BYBIT_SPOT_PAIR;
	return BYBIT_NO_SYMBOL;
}

static enum instrument_kind
kind_of(const struct venue *v, enum bybit_spelling spelling)
{
	switch (spelling) {
	case BYBIT_PAIR:
		return v->kind == KIND_INVERSE ? KIND_NONE : (enum instrument_kind)v->kind;
	case BYBIT_SPOT_PAIR:
		return v->kind == KIND_SPOT ? KIND_SPOT : KIND_NONE;
	case BYBIT_PERP:
		return v->kind == KIND_LINEAR ? KIND_LINEAR : KIND_NONE;
	case BYBIT_DASH_DATED:
		return v->kind == KIND_LINEAR ? KIND_DATED : KIND_NONE;
	case BYBIT_USD:
		return v->kind == KIND_INVERSE ? KIND_INVERSE : KIND_NONE;
	case BYBIT_USD_DATED:
		return v->kind == KIND_INVERSE ? KIND_DATED : KIND_NONE;
	case BYBIT_NO_SYMBOL:
	case BYBIT_OPTION:
		break;
	}
	return KIND_NONE;
}

bool
bybit_spell(const struct venue *v, struct instrument *row)
{
	struct slice base, quote;
	struct slice symbol = slice_of(row->symbol, strnlen(row->symbol, sizeof row->symbol));
	enum instrument_kind kind = kind_of(v, bybit_spelling(symbol, &base, &quote));

	if (kind == KIND_NONE)
		return false;
	row->kind = (uint8_t)kind;
	instrument_set_base(row, base);
	instrument_set_quote(row, quote);
	slice_copy(v->kind == KIND_INVERSE ? base : quote, row->settle, sizeof row->settle);
	row->contract_unit = v->kind == KIND_INVERSE ? CONTRACT_USD : CONTRACT_NONE;
	row->contract_size = v->kind == KIND_INVERSE ? 1 : ABSENT;
	row->tick = row->step = ABSENT;
	row->funding_interval_h = 0;
	row->status[0] = '\0';
	return true;
}

enum decode
bybit_instrument(const struct venue *v, struct venue_call *call,
                 const struct json_value *symbol, uint32_t *index_out)
{
	char plain[LIMIT_symbol_bytes_max];
	struct slice name = symbol->text, base, quote;
	enum bybit_spelling spelling;

	if (symbol->escaped) {
		if (!json_unescape(symbol->text, plain, sizeof plain, &name.count))
			return DECODE_UNKNOWN_SYMBOL;
		name.at = plain;
	}
	/* What the venue announced is ours, however it is spelled. */
	*index_out = instrument_find(call->table, v->id, name);
	if (*index_out != 0)
		return DECODE_OK;
	spelling = bybit_spelling(name, &base, &quote);
	if (spelling != BYBIT_NO_SYMBOL && kind_of(v, spelling) == KIND_NONE)
		return DECODE_OTHER_PRODUCT;
	*index_out = venue_instrument(v, call, name);
	if (*index_out != 0)
		return DECODE_OK;
	call->skipped[DECODE_UNKNOWN_SYMBOL]--; /* counted there, but not here */
	return DECODE_UNKNOWN_SYMBOL;
}
