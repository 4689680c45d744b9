/* bybit_fast.c - publicTrade in the key orders that Bybit really sends.
 *
 * Why    Trades are nearly all that a link carries.  The any-order decoder looks at
 *        every byte two or three times; here a literal is compared, a number is read
 *        where it must stand, and nothing is looked for.
 * Input  head   {"topic":"publicTrade.SYM","type":"snapshot","ts":N,"data":[
 *               {"topic":"publicTrade.SYM","ts":N,"type":"snapshot","data":[
 *        row    {"T":N,"s":"SYM","S":"Buy","v":"N","p":"N","L":"WORD","i":"ID","BT":false
 *               {"i":"ID","T":N,"p":"N","v":"N","S":"Buy","s":"SYM","BT":false
 *               the first also without L; then, as they came up in 2025,
 *               ,"RPI":false and ,"seq":N, either, both or none, and }
 *        foot   ]}
 * Output What bybit_decode_any gives, event for event (tests/venue/bybit_fast_test.c
 *        and tests/fuzz/bybit_fuzz.c hold the two together).
 * Limits Every byte is checked.  What is spelled in another way, or is wrong, or needs
 *        a decision (an unknown symbol, a size of zero, a number of more than 53
 *        bits, no room) is left to the other decoder, and nothing was touched.
 */
#include "venue/bybit.h"

/* What is read of one row, numbers in our units. */
struct row {
	int64_t ts_ns;
	double price, size;
	struct slice id;
	uint8_t side;
	uint8_t flags;
};

/* The shifts of the instrument, and how its symbol is spelled: the first eight bytes
 * of SYM" are one word, of which mask says how much is meant. */
struct lot {
	struct slice symbol;
	uint64_t head, mask;
	int price_shift10, size_shift10;
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the first byte of a word is its lowest");

static const double pow10_exact[] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* --- eight bytes at a time ------------------------------------------------------- */

#define ONES (UINT64_MAX / 255)
#define TOPS (ONES * 128)

static inline uint64_t
load8(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof word);
	return word;
}

/* The top bit of each byte that equals c.  Above the first that does others may be
 * set as well (the subtraction borrows), below it none: the lowest one is right. */
static inline uint64_t
find(uint64_t word, char c)
{
	uint64_t x = word ^ ONES * (unsigned char)c;

	return (x - ONES) & ~x & TOPS;
}

/* The top bit of each byte that may not stand in a string as it is, or is no ASCII;
 * again only the lowest one is certain, which is enough to know that there is none. */
static inline uint64_t
find_odd(uint64_t word)
{
	return find(word, '"') | find(word, '\\') |
	       ((((word - ONES * 0x20) & ~word) | word) & TOPS);
}

/* The bits below the lowest one of a find that found something. */
static inline uint64_t
below(uint64_t found)
{
	return (found & -found) - 1;
}

/* Zero if all eight bytes are digits: the high half of each must be 3, also after 6
 * was added to it. */
static inline uint64_t
not_digits(uint64_t word)
{
	return ((word & ONES * 0xf0) | ((word + ONES * 6) & ONES * 0xf0) >> 4) ^ ONES * 0x33;
}

/* The number that eight digits are: pairs, then fours, then all (known as SWAR; from
 * Daniel Lemire, "Quickly parsing eight digits", 2018). */
static inline uint64_t
eight_digits(uint64_t word)
{
	word -= ONES * '0';
	word = word * 10 + (word >> 8);
	return ((word & 0x000000ff000000ff) * 0x000f424000000064 +
	        (word >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
}

/* --- the pieces ---------------------------------------------------------------------
 * Each moves *at behind what it read, or leaves it somewhere and says false. */

static inline bool
skip(const char **at, const char *end, const char *text, size_t count)
{
	if ((size_t)(end - *at) < count || memcmp(*at, text, count) != 0)
		return false;
	*at += count;
	return true;
}

#define SKIP(at, end, literal) skip((at), (end), (literal), sizeof(literal) - 1)

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* A whole number as JSON spells it, up to 18 digits, no zero before others. */
static inline bool
read_whole(const char **at, const char *end, uint64_t *out)
{
	const char *p = *at;
	uint64_t value = 0;

	if (p == end || *p == '0')
		return false;
	if (end - p >= 8 && not_digits(load8(p)) == 0) {
		value = eight_digits(load8(p));
		p += 8;
	}
	while (p < end && is_digit(*p))
		value = value * 10 + (unsigned)(*p++ - '0');
	if (p == *at || p - *at > 18)
		return false;
	*at = p;
	*out = value;
	return true;
}

/* Milliseconds have 13 digits from 2001 to 2286. */
static inline bool
read_time(const char **at, const char *end, int64_t *ns)
{
	const char *p = *at;
	uint64_t ms;

	if (end - p > 13 && *p != '0' &&
	    (not_digits(load8(p)) | not_digits(load8(p + 5))) == 0) {
		ms = eight_digits(load8(p)) * 100000 + eight_digits(load8(p + 5)) % 100000;
		*at = p + 13;
	} else if (!read_whole(at, end, &ms)) {
		return false;
	}
	if (ms > INT64_MAX / 1000000)
		return false;
	*ns = (int64_t)ms * 1000000;
	return true;
}

/* Mantissa and power of ten are exact doubles, so that one operation gives the
 * nearest one, as base/num says. */
static inline bool
scale(uint64_t mantissa, int exponent10, double *out)
{
	if (mantissa == 0 || mantissa > (uint64_t)1 << 53 || exponent10 < -22 ||
	    exponent10 > 22)
		return false;
	*out = exponent10 < 0 ? (double)mantissa / pow10_exact[-exponent10]
	                      : (double)mantissa * pow10_exact[exponent10];
	return true;
}

/* A decimal above zero of any length up to 18 digits, and the quote behind it. */
static bool
read_long_decimal(const char **at, const char *end, int shift10, double *out)
{
	const char *p = *at, *point;
	uint64_t mantissa = 0;
	ptrdiff_t digits, part = 0;

	while (p < end && is_digit(*p))
		mantissa = mantissa * 10 + (unsigned)(*p++ - '0');
	digits = p - *at;
	if (digits == 0)
		return false;
	if (p < end && *p == '.') {
		point = ++p;
		while (p < end && is_digit(*p))
			mantissa = mantissa * 10 + (unsigned)(*p++ - '0');
		part = p - point;
		if (part == 0)
			return false;
	}
	/* Up to 18 digits nothing has wrapped. */
	if (p == end || *p != '"' || digits + part > 18)
		return false;
	*at = p + 1;
	return scale(mantissa, shift10 - (int)part, out);
}

/* The same; nearly all are at most eight bytes, with a point somewhere inside.  They
 * are read without a loop: the point is closed up, zeros are put in front. */
static inline bool
read_decimal(const char **at, const char *end, int shift10, double *out)
{
	const char *p = *at;
	uint64_t word, quote, point, low;
	int bytes, part = 0;

	if (end - p < 9)
		return read_long_decimal(at, end, shift10, out);
	word = load8(p);
	quote = find(word, '"');
	if (quote != 0)
		bytes = __builtin_ctzll(quote) / 8;
	else if (p[8] == '"')
		bytes = 8;
	else
		return read_long_decimal(at, end, shift10, out);
	if (bytes == 0)
		return false;
	*at = p + bytes + 1;
	/* Only what is before the quote, at the upper end. */
	word <<= 8 * (8 - bytes);
	point = find(word, '.');
	if (point != 0) {
		int place = __builtin_ctzll(point) / 8;

		part = 7 - place;
		/* A digit before the point and one behind it. */
		if (part == 0 || part == bytes - 1)
			return false;
		low = below(point) >> 7;
		word = (word & low) << 8 | (word & ~low & ~((low + 1) * 0xff));
		bytes--;
	}
	word |= bytes < 8 ? ONES * '0' >> 8 * bytes : 0;
	if (not_digits(word) != 0)
		return false;
	return scale(eight_digits(word), shift10 - part, out);
}

/* A string that needs no look inside, up to 15 bytes, and the quote behind it. */
static inline bool
skip_word(const char **at, const char *end)
{
	uint64_t quote, odd;

	for (int half = 0; half < 2; half++) {
		if (end - *at < 8)
			return false;
		odd = find_odd(load8(*at));
		quote = find(load8(*at), '"');
		if (quote != 0) {
			*at += __builtin_ctzll(quote) / 8 + 1;
			return (odd & below(quote)) == 0;
		}
		if (odd != 0)
			return false;
		*at += 8;
	}
	return false;
}

/* An id and the quote behind it. */
static inline bool
read_id(const char **at, const char *end, struct slice *out)
{
	enum { UUID_BYTES = 36 };
	const char *p = *at;

	if (end - p > UUID_BYTES && p[UUID_BYTES] == '"' &&
	    (find_odd(load8(p)) | find_odd(load8(p + 8)) | find_odd(load8(p + 16)) |
	     find_odd(load8(p + 24)) | find_odd(load8(p + UUID_BYTES - 8))) == 0) {
		p += UUID_BYTES;
	} else {
		while (p < end && (is_digit(*p) || *p == '-' || (*p >= 'a' && *p <= 'z') ||
		                   (*p >= 'A' && *p <= 'Z')))
			p++;
		if (p == end || *p != '"')
			return false;
	}
	*out = slice_of(*at, (size_t)(p - *at));
	*at = p + 1;
	return true;
}

static inline bool
read_side(const char **at, const char *end, uint8_t *side)
{
	if (SKIP(at, end, "Buy\"")) {
		*side = SIDE_BUY;
		return true;
	}
	*side = SIDE_SELL;
	return SKIP(at, end, "Sell\"");
}

static inline bool
read_flag(const char **at, const char *end, uint8_t bit, uint8_t *flags)
{
	if (SKIP(at, end, "false"))
		return true;
	*flags |= bit;
	return SKIP(at, end, "true");
}

/* The symbol and the quote behind it. */
static inline bool
skip_symbol(const char **at, const char *end, const struct lot *lot)
{
	const char *p = *at;
	size_t count = lot->symbol.count;

	if ((size_t)(end - p) < count + 8 || ((load8(p) ^ lot->head) & lot->mask) != 0)
		return false;
	*at = p + count + 1;
	return count < 8 || (memcmp(p, lot->symbol.at, count) == 0 && p[count] == '"');
}

/* {"T":N,"s":"SYM","S":"Buy","v":"N","p":"N","L":"WORD","i":"ID" */
static inline bool
read_derivative(const char **at, const char *end, const struct lot *lot, struct row *row)
{
	if (!SKIP(at, end, "{\"T\":") || !read_time(at, end, &row->ts_ns) ||
	    !SKIP(at, end, ",\"s\":\"") || !skip_symbol(at, end, lot) ||
	    !SKIP(at, end, ",\"S\":\"") || !read_side(at, end, &row->side) ||
	    !SKIP(at, end, ",\"v\":\"") ||
	    !read_decimal(at, end, lot->size_shift10, &row->size) ||
	    !SKIP(at, end, ",\"p\":\"") ||
	    !read_decimal(at, end, lot->price_shift10, &row->price))
		return false;
	if (SKIP(at, end, ",\"L\":\"") && !skip_word(at, end))
		return false;
	return SKIP(at, end, ",\"i\":\"") && read_id(at, end, &row->id);
}

/* {"i":"ID","T":N,"p":"N","v":"N","S":"Buy","s":"SYM" */
static inline bool
read_spot(const char **at, const char *end, const struct lot *lot, struct row *row)
{
	return SKIP(at, end, "{\"i\":\"") && read_id(at, end, &row->id) &&
	       SKIP(at, end, ",\"T\":") && read_time(at, end, &row->ts_ns) &&
	       SKIP(at, end, ",\"p\":\"") &&
	       read_decimal(at, end, lot->price_shift10, &row->price) &&
	       SKIP(at, end, ",\"v\":\"") &&
	       read_decimal(at, end, lot->size_shift10, &row->size) &&
	       SKIP(at, end, ",\"S\":\"") && read_side(at, end, &row->side) &&
	       SKIP(at, end, ",\"s\":\"") && skip_symbol(at, end, lot);
}

static inline bool
read_row(const char **at, const char *end, const struct lot *lot, struct row *row)
{
	uint64_t sequence;

	row->flags = 0;
	if (end - *at > 2 && (*at)[2] == 'T') {
		if (!read_derivative(at, end, lot, row))
			return false;
	} else if (!read_spot(at, end, lot, row)) {
		return false;
	}
	/* Nearly all rows are neither, and say both. */
	if (!SKIP(at, end, ",\"BT\":false,\"RPI\":false")) {
		if (!SKIP(at, end, ",\"BT\":") ||
		    !read_flag(at, end, FLAG_BLOCK, &row->flags))
			return false;
		if (SKIP(at, end, ",\"RPI\":") && !read_flag(at, end, FLAG_RPI, &row->flags))
			return false;
	}
	if (SKIP(at, end, ",\"seq\":") && !read_whole(at, end, &sequence))
		return false;
	return SKIP(at, end, "}");
}

/* The message up to the first row; the symbol as it stands in the topic. */
static inline bool
read_head(const char **at, const char *end, struct slice *symbol)
{
	const char *p;
	uint64_t ts;

	if (!SKIP(at, end, "{\"topic\":\"publicTrade."))
		return false;
	for (p = *at; p < end && *p != '"'; p++)
		if ((unsigned char)*p <= ' ' || *p == '\\')
			return false;
	*symbol = slice_of(*at, (size_t)(p - *at));
	*at = p;
	if (SKIP(at, end, "\",\"type\":\"snapshot\",\"ts\":"))
		return read_whole(at, end, &ts) && SKIP(at, end, ",\"data\":[");
	return SKIP(at, end, "\",\"ts\":") && read_whole(at, end, &ts) &&
	       SKIP(at, end, ",\"type\":\"snapshot\",\"data\":[");
}

/* False: there was no room, or the product of two numbers is beyond a double. */
static inline bool
put(const struct venue *v, struct venue_call *call, uint32_t index, const struct row *row)
{
	const struct instrument *in = &call->table->at[index];
	double qty = instrument_coins(in, row->size, row->price);
	double usd = instrument_usd(in, row->size, row->price, qty);
	struct event *ev;

	if (isinf(qty) || isinf(usd))
		return false;
	ev = venue_event(v, call, EVENT_TRADE, index);
	if (ev == NULL)
		return false;
	ev->side = row->side;
	ev->flags = row->flags;
	ev->ts_ns = row->ts_ns;
	ev->u.trade.price = row->price;
	ev->u.trade.qty = qty;
	ev->u.trade.usd = usd;
	ev->u.trade.id = row->id;
	ev->u.trade.id_space = ID_NONE;
	return true;
}

static bool
read_message(const struct venue *v, struct venue_call *call, struct slice msg)
{
	const char *at = msg.at, *end = msg.at + msg.count;
	const struct instrument *in;
	struct lot lot;
	struct row row;
	uint32_t index;

	if (!read_head(&at, end, &lot.symbol))
		return false;
	index = instrument_find(call->table, v->id, lot.symbol);
	if (index == 0)
		return false;
	in = &call->table->at[index];
	lot.price_shift10 = -in->multiplier_exp10;
	lot.size_shift10 = in->contract_unit == CONTRACT_USD ? 0 : in->multiplier_exp10;
	/* read_head saw more than seven bytes behind the symbol. */
	lot.head = load8(lot.symbol.at);
	lot.mask = lot.symbol.count < 7 ? ((uint64_t)1 << 8 * (lot.symbol.count + 1)) - 1
	                                : UINT64_MAX;
	do {
		if (!read_row(&at, end, &lot, &row) || !put(v, call, index, &row))
			return false;
	} while (SKIP(&at, end, ","));
	return SKIP(&at, end, "]}") && at == end;
}

bool
bybit_fast_trades(const struct venue *v, struct venue_call *call, struct slice msg)
{
	uint32_t count = call->out->count;

	if (read_message(v, call, msg))
		return true;
	call->out->count = count;
	return false;
}
