/* num_test.c - decimals become the nearest double.
 *
 * Goal: a decimal becomes the nearest double, always, and nothing else is a number.
 * Method: tables worked out by hand for the grammar and the edges; for the
 * rounding a differential test against the C library's strtod, which is exact, on
 * random decimals made around everything that can go wrong: long mantissas,
 * middles between two doubles, subnormals, shifts.
 */
#include "base/num.h"
#include "check.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { TEXT_MAX = 4096 };

static uint64_t seed = 20261125;

/* xorshift64star: the same cases on every machine. */
static uint64_t
next_random(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 2685821657736338717u;
}

static unsigned
below(unsigned limit)
{
	return (unsigned)(next_random() >> 33) % limit;
}

static bool
same(double a, double b)
{
	return memcmp(&a, &b, sizeof a) == 0;
}

/* strtod knows no shift: it is told as an exponent behind the text's own. */
static double
expected(const char *text, int shift10)
{
	char copy[TEXT_MAX + 32];
	const char *e = strpbrk(text, "eE");
	size_t count = e != NULL ? (size_t)(e - text) : strlen(text);
	long exponent10 = e != NULL ? strtol(e + 1, NULL, 10) : 0;

	snprintf(copy, sizeof copy, "%.*se%ld", (int)count, text, exponent10 + shift10);
	return strtod(copy, NULL);
}

static void
agrees(const char *text, int shift10)
{
	double got = -12345, want = expected(text, shift10);
	bool ok = num_double(slice_str(text), shift10, &got);

	if (!isfinite(want)) {
		CHECK(!ok);
		CHECK(got == -12345);
		return;
	}
	CHECK(ok);
	CHECK(same(got, want));
	if (!ok || !same(got, want))
		printf("  %.200s shift %d: got %.17g want %.17g\n", text, shift10, got, want);
}

static void
plain_decimals_are_read(void)
{
	static const struct { const char *text; int shift10; double want; } row[] = {
		{ "0", 0, 0 },
		{ "1", 0, 1 },
		{ "-1", 0, -1 },
		{ "0.0", 0, 0 },
		{ "61234.50", 0, 61234.5 },
		{ "007.50", 0, 7.5 },
		{ "00", 0, 0 },
		{ "0.1", 0, 0.1 },
		{ "-0.00002", 0, -0.00002 },
		{ "1e3", 0, 1000 },
		{ "1E+3", 0, 1000 },
		{ "15e-1", 0, 1.5 },
		{ "1e0000000000000000000003", 0, 1000 },
		{ "0e999999999999999999", 0, 0 },
		{ "9007199254740993", 0, 9007199254740992.0 }, /* a middle: to even */
		{ "9007199254740993.0000000000000000000000000001", 0, 9007199254740994.0 },
		{ "9007199254740995", 0, 9007199254740996.0 },
		{ "18446744073709551615", 0, 18446744073709551616.0 },
		{ "123456789012.12345678", 0, 123456789012.12345678 },
		/* The shift moves the point of the text, not of a rounded double. */
		{ "0.01230", -3, 0.0000123 },
		{ "0.012", -3, 0.000012 },
		{ "5", 3, 5000 },
		{ "0.1", 1, 1 },
		{ "0.7", 30, 7e29 },
		{ "3", -30, 3e-30 },
		{ "1e-30", 30, 1 },
		{ "1e-999999999999", 0, 0 },
		{ "4.9e-324", 0, 4.9406564584124654e-324 },
		{ "2.2250738585072011e-308", 0, 2.2250738585072011e-308 },
		{ "1.7976931348623157e308", 0, DBL_MAX },
		{ "17976931348623157", 30, 1.7976931348623157e46 },
	};
	double got;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		got = -12345;
		CHECK(num_double(slice_str(row[i].text), row[i].shift10, &got));
		CHECK(same(got, row[i].want));
		if (!same(got, row[i].want))
			printf("  %s: got %.17g\n", row[i].text, got);
	}
	CHECK(num_double(SLICE("-0"), 0, &got));
	CHECK(got == 0 && signbit(got));
}

static void
what_is_no_number_is_refused(void)
{
	static const char *row[] = {
		"", "-", "+1", ".5", "5.", "-.5", "1.e5", "e5", "1e", "1e+", "1e-", "1e5.0",
		" 1", "1 ", "1,5", "1.2.3", "--1", "0x10", "inf", "Infinity", "nan", "NaN",
		"1_000", "1f", "null", "1e400", "-1e400", "1.8e308", "1e99999999999999999999",
		"1\t", "\xd9\xa1", "1-", "1e5-",
	};
	double got = 77;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(!num_double(slice_str(row[i]), 0, &got));
		CHECK(got == 77);
	}
	/* A zero byte is no end. */
	CHECK(!num_double(slice_of("1\0" "2", 3), 0, &got));
	CHECK(!num_double((struct slice){ NULL, 0 }, 0, &got));
	/* Only the shift makes it too large. */
	CHECK(num_double(SLICE("1e300"), 0, &got));
	CHECK(!num_double(SLICE("1e300"), 9, &got));
	/* The bytes behind the slice do not count. */
	CHECK(num_double(slice_of("12345", 2), 0, &got));
	CHECK(got == 12);
}

/* Digits with a point somewhere, maybe an exponent. */
static void
make_decimal(char *to, unsigned digits_max, int exponent_max)
{
	unsigned digits = 1 + below(digits_max);
	unsigned point = below(digits + 1);
	unsigned style = below(4); /* 1: ends in zeros, 2: begins with them */
	unsigned zeros = below(digits);

	if (below(4) == 0)
		*to++ = '-';
	if (point == 0)
		*to++ = '0';
	for (unsigned i = 0; i < digits; i++) {
		bool zero = (style == 1 && i >= zeros) || (style == 2 && i < zeros);

		if (i == point)
			*to++ = '.';
		*to++ = (char)('0' + (zero ? 0 : below(10)));
	}
	if (exponent_max > 0 && below(2) == 0)
		to += sprintf(to, "e%d",
		              (int)below(2u * (unsigned)exponent_max + 1) - exponent_max);
	*to = '\0';
}

static void
random_decimals_agree_with_strtod(void)
{
	static const struct { int rounds; unsigned digits_max; int exponent_max; } row[] = {
		{ 60000, 15, 0 },  /* what venues send */
		{ 60000, 24, 0 },  /* 24 h volumes, and a little more */
		{ 30000, 20, 40 },
		{ 30000, 40, 340 },
		{ 300, 1200, 340 }, /* beyond the digits any middle has */
	};
	char text[TEXT_MAX];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (int n = 0; n < row[i].rounds; n++) {
			make_decimal(text, row[i].digits_max, row[i].exponent_max);
			agrees(text, below(2) == 0 ? 0 : (int)below(61) - 30);
		}
	}
}

/* The exact middle between a double and the next, and a hair beside it. */
static void
middles_are_rounded_to_even(void)
{
	char text[TEXT_MAX];
	uint64_t bits;
	size_t count;
	double value;

	for (int n = 0; n < 3000; n++) {
		/* Two thirds of them in the range of prices and volumes. */
		bits = next_random() & ~((uint64_t)1 << 63);
		if (n % 3 != 0)
			bits = (bits & (((uint64_t)1 << 52) - 1)) |
			       (uint64_t)(1023 - 40 + (int)below(100)) << 52;
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value) || nextafter(value, INFINITY) > DBL_MAX)
			continue;
		/* long double has 64 bits of mantissa on x86-64 and 113 on arm64:
		 * enough for the middle, and printf is exact. */
		snprintf(text, sizeof text, "%.1100Lf",
		         ((long double)value + (long double)nextafter(value, INFINITY)) / 2);
		agrees(text, 0);
		/* Without the zeros behind it; then one more digit far behind. */
		count = strlen(text);
		while (text[count - 1] == '0' && text[count - 2] != '.')
			count--;
		text[count] = '\0';
		agrees(text, 0);
		strcat(text, "00000000000000000000000000000000000001");
		agrees(text, 0);
	}
}

static void
every_double_comes_back(void)
{
	char text[64];
	uint64_t bits;
	double value, got;

	for (int n = 0; n < 50000; n++) {
		bits = next_random();
		memcpy(&value, &bits, sizeof value);
		if (n % 10 == 0)
			value = ldexp((double)(bits >> 40), -1074); /* subnormal */
		if (!isfinite(value))
			continue;
		snprintf(text, sizeof text, "%.17g", value);
		got = 0;
		CHECK(num_double(slice_str(text), 0, &got));
		CHECK(same(got, value));
	}
}

static void
very_long_texts_are_read_exactly(void)
{
	enum { COUNT = 300000 };
	char *text = malloc(COUNT + 64);
	double got;

	/* 0.000...0001e300001: zeros and exponent cancel. */
	CHECK(text != NULL);
	memset(text, '0', COUNT);
	text[1] = '.';
	sprintf(text + COUNT, "1e%d", COUNT - 1);
	CHECK(num_double(slice_str(text), 0, &got));
	CHECK(got == 1);
	/* 1000...000e-299999 */
	memset(text, '0', COUNT);
	text[0] = '1';
	sprintf(text + COUNT, "e-%d", COUNT - 1);
	CHECK(num_double(slice_str(text), 0, &got));
	CHECK(got == 1);
	/* 2^53 + 1 exactly is a middle; a 1 three hundred thousand digits later
	 * decides it. */
	memset(text, '0', COUNT);
	memcpy(text, "9007199254740993.", 17);
	text[COUNT] = '\0';
	CHECK(num_double(slice_str(text), 0, &got));
	CHECK(got == 9007199254740992.0);
	text[COUNT - 1] = '1';
	CHECK(num_double(slice_str(text), 0, &got));
	CHECK(got == 9007199254740994.0);
	free(text);
}

static void
whole_numbers_end_at_64_bits(void)
{
	static const struct { const char *text; bool ok; int64_t want; } row[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "0012", true, 12 },
		{ "-7", true, -7 },
		{ "1723161255123000000", true, 1723161255123000000 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "00000000000000000000000000009", true, 9 },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-", false, 0 },
		{ "--1", false, 0 },
		{ "+1", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ " 1", false, 0 },
		{ "12a", false, 0 },
	};
	uint64_t u = 5;
	int64_t got;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		got = 5;
		CHECK(num_int64(slice_str(row[i].text), &got) == row[i].ok);
		CHECK(got == (row[i].ok ? row[i].want : 5));
	}
	CHECK(!num_uint64(SLICE("-1"), &u));
	CHECK(!num_uint64(SLICE("-0"), &u));
	CHECK(!num_uint64(SLICE("18446744073709551616"), &u));
	CHECK(!num_uint64(SLICE(""), &u));
	CHECK(u == 5);
	CHECK(num_uint64(SLICE("18446744073709551615"), &u));
	CHECK(u == UINT64_MAX);
}

static void
powers_of_ten_are_the_nearest(void)
{
	char text[16];

	for (int n = -330; n <= 310; n++) {
		snprintf(text, sizeof text, "1e%d", n);
		CHECK(same(num_pow10(n), strtod(text, NULL)));
	}
	CHECK(num_pow10(INT32_MIN) == 0);
	CHECK(isinf(num_pow10(INT32_MAX)));
}

int
main(void)
{
	plain_decimals_are_read();
	what_is_no_number_is_refused();
	random_decimals_agree_with_strtod();
	middles_are_rounded_to_even();
	every_double_comes_back();
	very_long_texts_are_read_exactly();
	whole_numbers_end_at_64_bits();
	powers_of_ten_are_the_nearest();
	return CHECK_END("base/num");
}
