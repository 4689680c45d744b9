/* num.c - decimals to the nearest double, by the shortest way that is exact.
 *
 * A text is read once into sign, integer mantissa of at most 19 digits, and
 * power of ten.  Then one of three ways, each of which gives the same double:
 *
 *   short   mantissa <= 2^53, |exponent| <= 22: both are exact doubles, so one
 *           multiplication or division rounds once (Clinger 1990).
 *   wide    mantissa < 2^64, |exponent| <= 19: the quotient or product in 128
 *           bit integers, what is left over kept as a sticky bit, rounded once.
 *           A mantissa with digits beyond the 19th lies between m and m + 1; if
 *           both round to the same double that is the answer.
 *   long    strtod on a copy "DIGITSeEXPONENT": no radix character, so no
 *           locale.  A double and the middle between two doubles have at most
 *           767 significant digits; digits beyond that only say "a bit more",
 *           for which a single 1 stands.
 */
#include "base/num.h"
#include "base/check.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MANTISSA_DIGITS_MAX = 19, /* 10^19 < 2^64 */
	LONG_DIGITS_MAX = 770,
	/* Exponents are clamped here, far beyond what any text can bring back
	 * into the range of doubles by its count of digits. */
	EXPONENT_LIMIT = 1000000000,
};

/* Every whole number up to here is a double. */
static const uint64_t mantissa_max = (uint64_t)1 << 53;

static const double pow10_double[] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static const uint64_t pow10_uint[] = {
	1u,
	10u,
	100u,
	1000u,
	10000u,
	100000u,
	1000000u,
	10000000u,
	100000000u,
	1000000000u,
	10000000000u,
	100000000000u,
	1000000000000u,
	10000000000000u,
	100000000000000u,
	1000000000000000u,
	10000000000000000u,
	100000000000000000u,
	1000000000000000000u,
	10000000000000000000u,
};

/* A number's text taken apart. */
struct decimal {
	bool negative;
	bool more;          /* digits that are not zero follow the mantissa */
	uint64_t mantissa;  /* the first digits, at most 19 */
	int64_t exponent10; /* of the mantissa */
	int64_t said10;     /* the exponent as it stands behind the "e" */
	struct slice whole; /* digits before the point */
	struct slice part;  /* digits behind it */
};

/* 0 to 9, or something larger for what is no digit. */
static inline uint64_t
digit_of(char c)
{
	return (uint64_t)(unsigned char)c - '0';
}

static inline bool
is_digit(char c)
{
	return digit_of(c) < 10;
}

/* More than 19 digits: read again with care.  Many are leading zeros, or zeros
 * at the end, and lose nothing. */
static void
read_long(struct decimal *d)
{
	const struct slice half[2] = { d->whole, d->part };
	int64_t dropped = 0;
	int count = 0;

	d->mantissa = 0;
	for (int h = 0; h < 2; h++) {
		for (size_t i = 0; i < half[h].count; i++) {
			unsigned digit = (unsigned)(half[h].at[i] - '0');

			if (count == 0 && digit == 0)
				continue;
			if (count < MANTISSA_DIGITS_MAX) {
				d->mantissa = d->mantissa * 10 + digit;
				count++;
			} else {
				d->more |= digit != 0;
				dropped++;
			}
		}
	}
	d->exponent10 = d->said10 - (int64_t)d->part.count + dropped;
}

/* Reads the exponent behind an "e"; NULL when there is none. */
static const char *
read_exponent(const char *at, const char *end, int64_t *out)
{
	const char *start;
	bool negative = false;
	int64_t value = 0;

	if (at < end && (*at == '-' || *at == '+'))
		negative = *at++ == '-';
	for (start = at; at < end && is_digit(*at); at++) {
		if (value < EXPONENT_LIMIT)
			value = value * 10 + (*at - '0');
	}
	*out = negative ? -value : value;
	return at == start ? NULL : at;
}

/* Takes the text apart; false when it is no number of our grammar. */
static bool
read_decimal(struct slice text, struct decimal *d)
{
	const char *at = text.at, *end, *start;
	uint64_t mantissa = 0;

	/* Before anything is added to an address that may be NULL. */
	if (text.count == 0)
		return false;
	end = at + text.count;
	d->more = false;
	d->said10 = 0;
	d->part = (struct slice){ NULL, 0 };
	d->negative = *at == '-';
	at += d->negative;

	/* Wraps beyond 19 digits; read_long then does it again. */
	start = at;
	while (at < end && is_digit(*at))
		mantissa = mantissa * 10 + (unsigned)(*at++ - '0');
	d->whole = slice_of(start, (size_t)(at - start));
	if (d->whole.count == 0)
		return false;
	if (at < end && *at == '.') {
		start = ++at;
		while (at < end && is_digit(*at))
			mantissa = mantissa * 10 + (unsigned)(*at++ - '0');
		d->part = slice_of(start, (size_t)(at - start));
		if (d->part.count == 0)
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at = read_exponent(at + 1, end, &d->said10);
		if (at == NULL)
			return false;
	}
	if (at != end)
		return false;

	d->mantissa = mantissa;
	d->exponent10 = d->said10 - (int64_t)d->part.count;
	if (d->whole.count + d->part.count > MANTISSA_DIGITS_MAX)
		read_long(d);
	return true;
}

/* mantissa * 10^exponent10, rounded once; mantissa > 0, |exponent10| <= 19. */
static double
wide(uint64_t mantissa, int exponent10)
{
	__extension__ unsigned __int128 value = mantissa;
	uint64_t divisor, quotient, high;
	int shift = 0, drop;
	bool sticky = false;

	if (exponent10 >= 0) {
		/* Exact; cut to 64 bits if it is longer. */
		value *= pow10_uint[exponent10];
		high = (uint64_t)(value >> 64);
		if (high != 0) {
			shift = 64 - __builtin_clzll(high);
			sticky = (uint64_t)value << (64 - shift) != 0;
			value >>= shift;
		}
		quotient = (uint64_t)value;
	} else {
		/* Dividend of 127 bits, divisor of 64: a quotient of 63 or 64. */
		divisor = pow10_uint[-exponent10];
		drop = __builtin_clzll(mantissa) + 63;
		value <<= drop;
		shift = __builtin_clzll(divisor);
		divisor <<= shift;
		quotient = (uint64_t)(value / divisor);
		sticky = value != (__extension__ (unsigned __int128)quotient) * divisor;
		shift -= drop;
	}
	/* At least 62 bits wherever a rest was cut off, so the sticky bit stands
	 * well below the bit that decides, and the conversion rounds once. */
	return ldexp((double)(quotient | sticky), shift);
}

/* Any decimal, by strtod on a copy without a radix character.  Not for a peer's
 * 1 MB of digits: beyond LONG_DIGITS_MAX only "more" counts. */
static double
longest(const struct decimal *d, int shift10)
{
	const struct slice half[2] = { d->whole, d->part };
	char copy[LONG_DIGITS_MAX + 32];
	int64_t exponent10 = d->said10 - (int64_t)d->part.count + shift10;
	size_t count = 0;
	bool more = false;

	for (int h = 0; h < 2; h++) {
		for (size_t i = 0; i < half[h].count; i++) {
			char digit = half[h].at[i];

			if (count == 0 && digit == '0')
				continue;
			if (count < LONG_DIGITS_MAX) {
				copy[count++] = digit;
			} else {
				more |= digit != '0';
				exponent10++;
			}
		}
	}
	if (more) {
		copy[count++] = '1';
		exponent10--;
	}
	/* Zero or infinite for certain: 10^-1200 with 771 digits, 10^400. */
	if (exponent10 < -2 * LONG_DIGITS_MAX)
		return 0;
	if (exponent10 > 400)
		return (double)INFINITY;
	snprintf(copy + count, sizeof copy - count, "e%d", (int)exponent10);
	return strtod(copy, NULL);
}

static double
nearest(const struct decimal *d, int shift10)
{
	int64_t exponent10 = d->exponent10 + shift10;
	double value, next;

	if (d->mantissa == 0)
		return 0;
	if (d->mantissa <= mantissa_max && !d->more) {
		if (exponent10 <= 0 && exponent10 >= -22)
			return (double)d->mantissa / pow10_double[-exponent10];
		if (exponent10 > 0 && exponent10 <= 22)
			return (double)d->mantissa * pow10_double[exponent10];
	}
	if (exponent10 >= -19 && exponent10 <= 19) {
		value = wide(d->mantissa, (int)exponent10);
		if (!d->more)
			return value;
		/* The mantissa has 19 digits here: m + 1 does not wrap. */
		next = wide(d->mantissa + 1, (int)exponent10);
		if (value == next)
			return value;
	}
	return longest(d, shift10);
}

/* Everything that is not short, or not a number. */
static __attribute__((noinline)) bool
any_double(struct slice text, int shift10, double *out)
{
	struct decimal d;
	double value;

	if (!read_decimal(text, &d))
		return false;
	value = nearest(&d, shift10);
	if (!isfinite(value))
		return false;
	*out = d.negative ? -value : value;
	return true;
}

/* The short way, which is nearly every number of a market: digits, maybe a point
 * and digits, at most 19 of them.  The two halves are read apart, because each
 * digit waits for the one before it, and two short chains run side by side. */
bool
num_double(struct slice text, int shift10, double *out)
{
	const char *at = text.at, *end, *start;
	uint64_t whole = 0, part = 0, digit;
	size_t whole_count, part_count = 0;
	bool negative;
	int exponent10;
	double value;

	ASSERT(shift10 >= -30);
	ASSERT(shift10 <= 30);
	/* A sign, 19 digits, a point: what is longer, or nothing, goes the other
	 * way. */
	if (text.count - 1 > MANTISSA_DIGITS_MAX + 1)
		return any_double(text, shift10, out);
	end = at + text.count;
	negative = *at == '-';
	at += negative;
	start = at;
	for (; at < end && (digit = digit_of(*at)) < 10; at++)
		whole = whole * 10 + digit;
	whole_count = (size_t)(at - start);
	if (at < end && *at == '.') {
		start = ++at;
		for (; at < end && (digit = digit_of(*at)) < 10; at++)
			part = part * 10 + digit;
		part_count = (size_t)(at - start);
		/* "5." is no number. */
		if (part_count == 0)
			return false;
	}
	exponent10 = shift10 - (int)part_count;
	if (at != end || whole_count == 0 || whole_count + part_count > MANTISSA_DIGITS_MAX ||
	    exponent10 < -22 || exponent10 > 22)
		return any_double(text, shift10, out);
	whole = whole * pow10_uint[part_count] + part;
	if (whole > mantissa_max)
		return any_double(text, shift10, out);
	value = (double)(int64_t)whole;
	value = exponent10 <= 0 ? value / pow10_double[-exponent10]
	                        : value * pow10_double[exponent10];
	*out = negative ? -value : value;
	return true;
}

/* The digits of a whole number; false when there are none, or something else, or
 * more than 64 bits hold. */
static bool
read_digits(const char *at, const char *end, uint64_t *out)
{
	uint64_t value = 0;

	if (at == end)
		return false;
	for (; at < end; at++) {
		unsigned digit = (unsigned)(*at - '0');

		if (!is_digit(*at))
			return false;
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool
num_uint64(struct slice text, uint64_t *out)
{
	return text.count > 0 && read_digits(text.at, text.at + text.count, out);
}

bool
num_int64(struct slice text, int64_t *out)
{
	bool negative = text.count > 0 && text.at[0] == '-';
	uint64_t value;

	if (negative)
		text = slice_after(text, 1);
	if (!num_uint64(text, &value))
		return false;
	if (value > (uint64_t)INT64_MAX + negative)
		return false;
	/* Negated before it becomes signed, so that -2^63 is no special case. */
	*out = (int64_t)(negative ? 0 - value : value);
	return true;
}

double
num_pow10(int n)
{
	struct decimal d = { .mantissa = 1, .whole = SLICE("1") };

	if (n >= 0 && n <= 22)
		return pow10_double[n];
	if (n < 0 && n >= -22)
		return 1 / pow10_double[-n];
	if (n > EXPONENT_LIMIT)
		n = EXPONENT_LIMIT;
	if (n < -EXPONENT_LIMIT)
		n = -EXPONENT_LIMIT;
	d.exponent10 = d.said10 = n;
	return nearest(&d, 0);
}
