/* instrument.c - the table of instruments, and what their names say.
 *
 * Why    Every row of every message names its instrument by text; the rest of
 *        the program knows it by a small number.  That look-up happens a few
 *        thousand times a second, so it reads eight bytes at a time.
 * Input  Metadata rows (instrument_put), symbols (instrument_find).
 * Maths  hash = sum of word_i * odd_i, folded and multiplied once more; the top
 *        bits choose the slot.  Open addressing, linear probing, at most half
 *        full, nothing is ever removed.
 * Limits A symbol is 1 to 31 bytes without NUL; longer is unknown.  All memory
 *        is taken by instrument_table_init.
 */
#include "market/instrument.h"
#include "base/check.h"
#include "market/event.h"
#include <string.h>

_Static_assert(LIMIT_symbol_bytes_max == 4 * sizeof(uint64_t),
               "a key is four words");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "short words are put together low byte first");

/* A multiplier beyond 10^12 is a name; venues have 10^3 to 10^6 (2026-11). */
enum { MULTIPLIER_EXP10_MIN = 3, MULTIPLIER_EXP10_MAX = 12 };

/* Without arena there is one empty slot: everything is unknown. */
static uint32_t no_slot[1];

struct key { uint64_t word[4]; };

static inline uint64_t
load8(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

/* 1 to 7 bytes, low byte first, the rest zero.  Reads none beyond the end: the
 * two halves overlap instead, and say the same where they do. */
static inline uint64_t
load_few(const char *at, size_t count)
{
	uint32_t low, high;

	if (count >= 4) {
		memcpy(&low, at, sizeof low);
		memcpy(&high, at + count - 4, sizeof high);
		return low | (uint64_t)high << (8 * (count - 4));
	}
	return (uint64_t)(unsigned char)at[0] |
	       (uint64_t)(unsigned char)at[count / 2] << (8 * (count / 2)) |
	       (uint64_t)(unsigned char)at[count - 1] << (8 * (count - 1));
}

/* The symbol, padded with zeros: what instrument.symbol holds. */
static inline struct key
key_of(struct slice symbol)
{
	struct key key = { { 0, 0, 0, 0 } };
	size_t whole = symbol.count / 8, rest = symbol.count % 8;

	for (size_t i = 0; i < whole; i++)
		key.word[i] = load8(symbol.at + i * 8);
	if (rest == 0)
		return key;
	if (whole == 0)
		key.word[0] = load_few(symbol.at, rest);
	else
		key.word[whole] = load8(symbol.at + symbol.count - 8) >> (8 * (8 - rest));
	return key;
}

static inline uint32_t
key_hash(const struct key *key, uint8_t venue)
{
	/* The venue has a factor of its own: added to a word it would make
	 * "A" on venue 2 the same as "B" on venue 1. */
	uint64_t h = key->word[0] * 0x9e3779b97f4a7c15u +
	             key->word[1] * 0xc2b2ae3d27d4eb4fu +
	             key->word[2] * 0x165667b19e3779f9u +
	             key->word[3] * 0x27d4eb2f165667c5u + venue * 0xd6e8feb86659fd93u;

	/* The last byte of a word only moved the top bits: bring them down,
	 * then let everything move the top again. */
	h = (h ^ h >> 32) * 0x9fb21c651e98df25u;
	return (uint32_t)(h >> 32);
}

static inline bool
is_row(const struct instrument *row, const struct key *key, uint8_t venue)
{
	uint64_t differs = (load8(row->symbol) ^ key->word[0]) |
	                   (load8(row->symbol + 8) ^ key->word[1]) |
	                   (load8(row->symbol + 16) ^ key->word[2]) |
	                   (load8(row->symbol + 24) ^ key->word[3]);

	return differs == 0 && row->venue == venue;
}

/* The slot that holds the key, or the free one where it belongs.  There is one:
 * at most half of them are taken. */
static inline uint32_t
slot_of(const struct instrument_table *t, const struct key *key, uint8_t venue)
{
	uint32_t i = key_hash(key, venue) & t->slot_mask;

	while (t->slot[i] != 0 && !is_row(&t->at[t->slot[i]], key, venue))
		i = (i + 1) & t->slot_mask;
	return i;
}

void
instrument_table_init(struct instrument_table *t, struct arena *boot, uint32_t count_max)
{
	uint32_t slot_count = 2;

	ASSERT(count_max > 0);
	ASSERT(count_max <= LIMIT_instruments_max);
	while (slot_count < count_max * 2)
		slot_count *= 2;
	memset(t, 0, sizeof *t);
	t->at = arena_take(boot, "instruments", (size_t)count_max + 1, sizeof t->at[0]);
	t->slot = arena_take(boot, "instruments", slot_count, sizeof t->slot[0]);
	t->count = 1;
	if (t->at == NULL || t->slot == NULL) {
		/* Boot will refuse the configuration with the numbers; until
		 * then the table is merely full. */
		t->slot = no_slot;
		return;
	}
	t->count_max = count_max;
	t->slot_mask = slot_count - 1;
	t->at[0].contract_size = t->at[0].tick = t->at[0].step = ABSENT;
}

uint32_t
instrument_find(const struct instrument_table *t, uint8_t venue, struct slice symbol)
{
	struct key key;

	/* A last byte of zero would look like padding. */
	if (symbol.count == 0 || symbol.count >= LIMIT_symbol_bytes_max ||
	    symbol.at[symbol.count - 1] == '\0')
		return 0;
	key = key_of(symbol);
	return t->slot[slot_of(t, &key, venue)];
}

uint32_t
instrument_put(struct instrument_table *t, const struct instrument *row)
{
	struct instrument copy = *row;
	size_t count = strnlen(copy.symbol, sizeof copy.symbol);
	struct key key;
	uint32_t i, index;

	if (count == 0 || count == sizeof copy.symbol) {
		t->refused_count++;
		return 0;
	}
	memset(copy.symbol + count, 0, sizeof copy.symbol - count);
	copy.coin[sizeof copy.coin - 1] = '\0';
	copy.quote[sizeof copy.quote - 1] = '\0';
	copy.settle[sizeof copy.settle - 1] = '\0';
	copy.status[sizeof copy.status - 1] = '\0';
	key = key_of(slice_of(copy.symbol, count));
	i = slot_of(t, &key, copy.venue);
	index = t->slot[i];
	if (index == 0) {
		if (t->count > t->count_max) {
			t->refused_count++;
			return 0;
		}
		index = t->count++;
		t->slot[i] = index;
	}
	t->at[index] = copy;
	return index;
}

/* --- names -------------------------------------------------------------------- */

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* n of a text that is 10^n within the bounds, else 0. */
static int
power_of_ten(struct slice digits)
{
	if (digits.count < MULTIPLIER_EXP10_MIN + 1 ||
	    digits.count > MULTIPLIER_EXP10_MAX + 1 || digits.at[0] != '1')
		return 0;
	for (size_t i = 1; i < digits.count; i++)
		if (digits.at[i] != '0')
			return 0;
	return (int)digits.count - 1;
}

/* Cuts the multiplier off `base` and returns its exponent, 0 if there is none. */
static int
cut_multiplier(struct slice *base)
{
	const char *at = base->at;
	size_t count = base->count, head = 0, tail = 0;
	int exp10;

	while (head < count && is_digit(at[head]))
		head++;
	while (tail < count - head && is_digit(at[count - 1 - tail]))
		tail++;
	exp10 = power_of_ten(slice_of(at, head));
	if (exp10 > 0 && head < count) {
		*base = slice_of(at + head, count - head);
		return exp10;
	}
	/* Behind, as Bybit does: SHIB1000.  One letter and a number is a name. */
	exp10 = power_of_ten(slice_of(at + count - tail, tail));
	if (exp10 > 0 && head == 0 && count - tail >= 2 && is_letter(at[0]) &&
	    is_letter(at[count - tail - 1])) {
		*base = slice_of(at, count - tail);
		return exp10;
	}
	/* 1MBABYDOGE, but 1MX and 1M1 are names. */
	if (count >= 5 && at[0] == '1' && at[1] == 'M' && is_letter(at[2]) &&
	    is_letter(at[3]) && is_letter(at[4])) {
		*base = slice_of(at + 2, count - 2);
		return 6;
	}
	return 0;
}

/* A name that does not fit is left unknown: a cut one could be another's.  `name`
 * may be a view of `to` itself. */
static void
copy_name(struct slice name, char *to, size_t size)
{
	if (name.count >= size)
		name.count = 0;
	if (name.count > 0)
		memmove(to, name.at, name.count);
	memset(to + name.count, 0, size - name.count);
}

void
instrument_set_base(struct instrument *row, struct slice base)
{
	row->multiplier_exp10 = (int8_t)cut_multiplier(&base);
	copy_name(base, row->coin, sizeof row->coin);
}

void
instrument_set_quote(struct instrument *row, struct slice quote)
{
	copy_name(quote, row->quote, sizeof row->quote);
	quote = slice_str(row->quote);
	row->usd_quote = slice_is(quote, "USDT") || slice_is(quote, "USDC") ||
	                 slice_is(quote, "USD") || slice_is(quote, "FDUSD") ||
	                 slice_is(quote, "USD1");
}

/* What the venues of exchanges/ quote in, and have quoted in.  The order is of
 * no importance: the longest that fits is taken. */
static const struct slice quotes[] = {
#define QUOTE(name) { name, sizeof(name) - 1 }
	QUOTE("USDT"), QUOTE("USDC"), QUOTE("FDUSD"), QUOTE("USD1"), QUOTE("USD"),
	QUOTE("BUSD"), QUOTE("TUSD"), QUOTE("USDP"), QUOTE("USDE"), QUOTE("USDS"),
	QUOTE("DAI"),  QUOTE("EUR"),  QUOTE("EURI"), QUOTE("GBP"),  QUOTE("TRY"),
	QUOTE("BRL"),  QUOTE("JPY"),  QUOTE("AUD"),  QUOTE("RUB"),  QUOTE("UAH"),
	QUOTE("ZAR"),  QUOTE("PLN"),  QUOTE("RON"),  QUOTE("ARS"),  QUOTE("COP"),
	QUOTE("MXN"),  QUOTE("CZK"),  QUOTE("NGN"),  QUOTE("IDRT"), QUOTE("BIDR"),
	QUOTE("BTC"),  QUOTE("ETH"),  QUOTE("BNB"),  QUOTE("SOL"),  QUOTE("XRP"),
	QUOTE("DOGE"), QUOTE("TRX"),  QUOTE("MNT"),  QUOTE("BRZ"),  QUOTE("PAX"),
	QUOTE("VAI"),
#undef QUOTE
};

bool
instrument_split(struct slice symbol, struct slice *base, struct slice *quote)
{
	size_t longest = 0;

	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
		if (quotes[i].count > longest && quotes[i].count < symbol.count &&
		    slice_ends(symbol, quotes[i]))
			longest = quotes[i].count;
	if (longest == 0)
		return false;
	*base = slice_of(symbol.at, symbol.count - longest);
	*quote = slice_after(symbol, symbol.count - longest);
	return true;
}

const char *
instrument_kind_name(enum instrument_kind kind)
{
	static const char *const name[KIND_COUNT] = {
		[KIND_NONE]    = NULL,
		[KIND_SPOT]    = "spot",
		[KIND_LINEAR]  = "linear",
		[KIND_INVERSE] = "inverse",
		[KIND_DATED]   = "dated",
	};

	ASSERT(kind < KIND_COUNT);
	return name[kind];
}

/* --- units -------------------------------------------------------------------- */

double
instrument_coins(const struct instrument *row, double contracts, double price)
{
	switch (row->contract_unit) {
	case CONTRACT_USD:
		/* A price of zero is none.  The comparison also sorts out NaN. */
		if (!(price > 0))
			return ABSENT;
		return contracts * row->contract_size / price;
	case CONTRACT_COIN:
		return contracts * row->contract_size;
	default:
		return contracts;
	}
}

double
instrument_usd(const struct instrument *row, double contracts, double price, double qty)
{
	if (!row->usd_quote)
		return ABSENT;
	if (row->contract_unit == CONTRACT_USD && !is_absent(contracts))
		return contracts * row->contract_size;
	return price * qty;
}
