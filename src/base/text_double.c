/* text_double.c - the shortest decimal that is still the same double.
 *
 * A double is f * 2^e with f < 2^53.  We look for the decimal with the
 * fewest digits that num_double reads back as the same double, and among those
 * for the nearest one.
 *
 *   short  at most 15 digits and 22 decimals: m = round(v * 10^d) is the only
 *          candidate (the product errs by less than 1/4), and v == m / 10^d
 *          proves it, because that division rounds as the reader does.
 *   wide   16 or 17 digits for 1e-6 <= v < 1e17: f * 10^d < 2^127, so the whole
 *          comparison is done in 128-bit integers, exactly.
 *   long   what is left (tiny, huge): printf and num_double until they agree.
 */
#include "base/num.h"
#include "base/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DIGITS_MAX = 20,       /* of any mantissa here: 2^64 */
	DOUBLE_DIGITS_MAX = 17,
	POINT_MIN = -9,        /* 10^-9 <= v < 10^18 is written without exponent */
	POINT_MAX = 17,
};

/* digits * 10^exponent10; the last digit is not 0, except for the number 0. */
struct shortest {
	uint64_t digits;
	int exponent10;
};

static struct shortest
without_zeros(uint64_t digits, int exponent10)
{
	while (digits != 0 && digits % 100000000 == 0) {
		digits /= 100000000;
		exponent10 += 8;
	}
	while (digits != 0 && digits % 10 == 0) {
		digits /= 10;
		exponent10++;
	}
	return (struct shortest){ digits, exponent10 };
}

/* The largest n with 10^n <= value, for 1e-15 <= value < 1e17; 10^n as a double
 * where it is none exactly. */
static int
magnitude(double value)
{
	uint64_t bits;
	int n;

	/* floor(log10(2^e)) for the exponents in question: 1233 / 4096 is log10(2)
	 * to five digits. */
	memcpy(&bits, &value, sizeof bits);
	n = ((int)(bits >> 52) - 1023) * 1233 >> 12;
	if (value >= num_pow10(n + 1))
		n++;
	return n;
}

static bool
try_short(double value, struct shortest *out)
{
	int decimals;
	int64_t rounded;
	double power;

	/* Outside, 10^decimals would not be exact. */
	if (value < 1e-15 || value >= 1e15)
		return false;
	decimals = 14 - magnitude(value);
	if (decimals > 22)
		decimals = 22;
	power = num_pow10(decimals);
	rounded = (int64_t)(value * power + 0.5);
	if ((double)rounded / power != value)
		return false;
	*out = without_zeros((uint64_t)rounded, -decimals);
	return true;
}

/* The best decimal of 15, 16 or 17 digits, in units of 2^-shift * 10^-decimals.
 * Below a power of two the next double is only half as far away; that changes
 * nothing for the 76 powers of this range, each of which the test tries. */
static bool
try_wide(double value, struct shortest *out)
{
	__extension__ unsigned __int128 exact, half_gap, candidate, rest, step;
	uint64_t bits, fraction, digits;
	int binary, decimals, shift = 0;

	if (value < 1e-6 || value >= 1e17)
		return false;
	memcpy(&bits, &value, sizeof bits);
	fraction = bits & (((uint64_t)1 << 52) - 1);
	fraction |= (uint64_t)1 << 52;
	binary = (int)(bits >> 52) - 1075;
	decimals = DOUBLE_DIGITS_MAX - 1 - magnitude(value);

	half_gap = 1;
	for (int i = 0; i < decimals; i++)
		half_gap *= 10;
	exact = half_gap * fraction;
	if (binary > 0) {
		exact <<= binary;
		half_gap <<= binary;
	} else {
		shift = -binary;
	}

	for (unsigned cut = 100; cut > 0; cut /= 10) {
		digits = (uint64_t)(exact >> shift) / cut;
		candidate = (__extension__ (unsigned __int128)digits * cut) << shift;
		step = (__extension__ (unsigned __int128)cut) << shift;
		rest = exact - candidate;
		if (2 * rest > step || (2 * rest == step && digits % 2 == 1)) {
			digits++;
			rest = step - rest;
		}
		/* Half a gap away is a tie, and ties are read to the even f. */
		if (2 * rest < half_gap || (2 * rest == half_gap && fraction % 2 == 0)) {
			*out = without_zeros(digits * cut, -decimals);
			return true;
		}
	}
	return false;
}

static bool
reads_back(uint64_t digits, int exponent10, double value)
{
	char copy[DIGITS_MAX + 16];
	struct text t = text_init(copy, sizeof copy);
	double again;

	text_uint(&t, digits);
	text_char(&t, 'e');
	text_int(&t, exponent10);
	return num_double(text_slice(&t), 0, &again) && again == value;
}

static struct shortest
long_way(double value)
{
	char copy[40];
	uint64_t digits = 0;
	int exponent10 = 0, decimals;

	/* Below the normal range a double has fewer than 15 digits to it. */
	decimals = value < 2.2250738585072014e-308 ? 0 : 14;
	for (; decimals < DOUBLE_DIGITS_MAX; decimals++) {
		const char *at = copy;

		snprintf(copy, sizeof copy, "%.*e", decimals, value);
		digits = 0;
		for (; *at != 'e'; at++) {
			/* Whatever the locale's radix character is, skip it. */
			if (*at >= '0' && *at <= '9')
				digits = digits * 10 + (unsigned)(*at - '0');
		}
		exponent10 = (int)strtol(at + 1, NULL, 10) - decimals;
		if (reads_back(digits, exponent10, value))
			break;
		/* At a power of two the one above may fit where the nearest, on
		 * the narrow side below, does not. */
		if (reads_back(digits + 1, exponent10, value)) {
			digits++;
			break;
		}
	}
	return without_zeros(digits, exponent10);
}

/* Appends bytes, or `count` times '0' where `from` is NULL. */
static char *
put(char *to, const char *from, int count)
{
	if (from != NULL)
		memcpy(to, from, (size_t)count);
	else
		memset(to, '0', (size_t)count);
	return to + count;
}

static void
put_decimal(struct text *t, bool negative, struct shortest d)
{
	/* At most a sign, "0.", eight zeros and 17 digits; built here, so that a
	 * double is written whole or not at all. */
	char digits[DIGITS_MAX], whole[2 * DIGITS_MAX], *to = whole;
	struct text m = text_init(digits, sizeof digits);
	struct text exponent;
	int count, point; /* digits; those before the point */

	text_uint(&m, d.digits);
	count = (int)m.count;
	point = count + d.exponent10;
	if (negative)
		*to++ = '-';
	if (point - 1 < POINT_MIN || point - 1 > POINT_MAX) {
		*to++ = digits[0];
		if (count > 1)
			*to++ = '.';
		to = put(to, digits + 1, count - 1);
		*to++ = 'e';
		exponent = text_init(to, (size_t)(whole + sizeof whole - to));
		text_int(&exponent, point - 1);
		to += exponent.count;
	} else if (point >= count) {
		to = put(to, digits, count);
		to = put(to, NULL, point - count);
	} else if (point > 0) {
		to = put(to, digits, point);
		*to++ = '.';
		to = put(to, digits + point, count - point);
	} else {
		to = put(to, "0.", 2);
		to = put(to, NULL, -point);
		to = put(to, digits, count);
	}
	text_put(t, slice_of(whole, (size_t)(to - whole)));
}

void
text_double(struct text *t, double value)
{
	bool negative = value < 0;
	struct shortest d;

	if (!isfinite(value)) {
		text_put(t, SLICE("null"));
		return;
	}
	if (value == 0) {
		text_char(t, '0');
		return;
	}
	value = fabs(value);
	if (!try_short(value, &d) && !try_wide(value, &d))
		d = long_way(value);
	put_decimal(t, negative, d);
}
