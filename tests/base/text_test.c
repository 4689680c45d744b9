/* text_test.c - what is written is right, short, and within the buffer.
 *
 * Goal: what is written is right and short, and never beyond the buffer.
 * Method: tables by hand; for doubles a brute-force search with printf and strtod
 * for the shortest decimal, over random bit patterns and over what the product
 * writes most: decimals of venues and products of them.
 */
#include "base/text.h"
#include "check.h"
#include <math.h>
#include <stdlib.h>

static uint64_t seed = 42;

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

/* The text of one double, as a C string. */
static const char *
written(double value)
{
	static char buffer[64];
	struct text t = text_init(buffer, sizeof buffer - 1);

	text_double(&t, value);
	CHECK(!t.cut);
	buffer[t.count] = '\0';
	return buffer;
}

static void
doubles_are_written_for_people(void)
{
	static const struct { double value; const char *want; } row[] = {
		{ 0, "0" },
		{ -0.0, "0" },
		{ 1, "1" },
		{ -1, "-1" },
		{ 10, "10" },
		{ 61234.5, "61234.5" },
		{ 734.814, "734.814" },
		{ 0.012, "0.012" },
		{ 0.000012, "0.000012" },
		{ -0.00002, "-0.00002" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 5000, "5000" },
		{ 1e15, "1000000000000000" },
		{ 123456789012345680.0, "123456789012345680" },
		{ 1e17, "100000000000000000" },
		{ 1e18, "1e18" },
		{ -1.5e300, "-1.5e300" },
		{ 1e22, "1e22" },
		{ 1e23, "1e23" },
		{ 1e-9, "0.000000001" },
		{ 1.25e-9, "0.00000000125" },
		{ 1.2345678901234566e-9, "0.0000000012345678901234566" },
		{ 9e-10, "9e-10" },
		{ 1.5e-10, "1.5e-10" },
		{ 5e-324, "5e-324" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ 1.7976931348623157e308, "1.7976931348623157e308" },
		{ 9007199254740992, "9007199254740992" },
		{ 9007199254740991, "9007199254740991" },
		/* The double above 2^56 owns 944 to 960: sixteen digits, ending in 5. */
		{ 72057594037927952.0, "72057594037927950" },
		{ 4503599627370495.5, "4503599627370495.5" },
		{ 0.00001, "0.00001" },
		{ 1e-6, "0.000001" },
		{ 1e-7, "0.0000001" },
		/* 2^-44: sixteen digits fit only above the nearest sixteen. */
		{ 5.684341886080802e-14, "5.684341886080802e-14" },
		{ NAN, "null" },
		{ INFINITY, "null" },
		{ -INFINITY, "null" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK_TEXT(written(row[i].value), row[i].want);
}

/* Digits and exponent of a text written by text_double or printf. */
struct digits { char digit[40]; int count; int exponent10; };

static struct digits
taken_apart(const char *text)
{
	struct digits d = { .count = 0 };
	bool behind_point = false;

	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text == '.') {
			behind_point = true;
		} else if (*text != '-') {
			if (d.count > 0 || *text != '0')
				d.digit[d.count++] = *text;
			d.exponent10 -= behind_point;
		}
	}
	if (*text == 'e')
		d.exponent10 += atoi(text + 1);
	while (d.count > 0 && d.digit[d.count - 1] == '0') {
		d.count--;
		d.exponent10++;
	}
	d.digit[d.count] = '\0';
	return d;
}

/* long double has at least 64 bits: enough to tell neighbours of 17 digits apart. */
static bool
is_nearer(const struct digits *a, const struct digits *b, double value)
{
	char text[80];
	long double x, y;

	snprintf(text, sizeof text, "%se%d", a->digit, a->exponent10);
	x = strtold(text, NULL) - (long double)value;
	snprintf(text, sizeof text, "%se%d", b->digit, b->exponent10);
	y = strtold(text, NULL) - (long double)value;
	return fabsl(x) < fabsl(y);
}

/* The fewest digits that read back, by trying: for each count the nearest
 * decimal of printf and its two neighbours. */
static struct digits
shortest(double value)
{
	struct digits best = { .count = 0 };
	char text[64], changed[80];
	uint64_t nearest;
	int exponent10;

	for (int count = 1; count <= 17 && best.count == 0; count++) {
		snprintf(text, sizeof text, "%.*e", count - 1, fabs(value));
		nearest = 0;
		for (const char *at = text; *at != 'e'; at++)
			nearest = *at == '.' ? nearest : nearest * 10 + (uint64_t)(*at - '0');
		exponent10 = atoi(strchr(text, 'e') + 1) - (count - 1);
		/* The nearest first: where two are equally near, its even digit wins. */
		for (int i = 0; i < 3; i++) {
			struct digits candidate;

			snprintf(changed, sizeof changed, "%llue%d",
			         (unsigned long long)(nearest + (uint64_t)(i == 2 ? -1 : i)),
			         exponent10);
			if (strtod(changed, NULL) != fabs(value))
				continue;
			candidate = taken_apart(changed);
			if (best.count == 0 || is_nearer(&candidate, &best, fabs(value)))
				best = candidate;
		}
	}
	return best;
}

static void
is_shortest(double value)
{
	const char *text = written(value);
	struct digits got = taken_apart(text), want = shortest(value);
	bool plain = fabs(value) >= 1e-9 && fabs(value) < 1e18;

	CHECK(strtod(text, NULL) == value);
	CHECK(got.count == want.count);
	CHECK(got.exponent10 == want.exponent10);
	CHECK_TEXT(got.digit, want.digit);
	CHECK((strchr(text, 'e') == NULL) == plain);
}

static void
doubles_are_as_short_as_can_be(void)
{
	uint64_t bits;
	double value, scale;

	for (int n = 0; n < 20000; n++) {
		bits = next_random();
		memcpy(&value, &bits, sizeof value);
		if (isfinite(value) && value != 0)
			is_shortest(value);
		/* The range of prices, volumes, rates: all ways meet here. */
		scale = ldexp(1, (int)below(110) - 45);
		is_shortest((1 + (double)(bits >> 12) / 4503599627370496.0) * scale);
		/* A venue's decimal, and price times quantity. */
		value = (double)below(100000000) / pow(10, below(9));
		if (value > 0) {
			is_shortest(value);
			is_shortest(value * (1 + below(100000)) / 1000);
		}
	}
	for (int e = -1074; e <= 1023; e++) {
		/* A power of two has its lower neighbour at half the distance. */
		is_shortest(ldexp(1, e));
		is_shortest(nextafter(ldexp(1, e), 0) == 0 ? 1 : nextafter(ldexp(1, e), 0));
		is_shortest(nextafter(ldexp(1, e), INFINITY));
	}
	for (int e = -323; e <= 308; e++) {
		value = pow(10, e);
		is_shortest(value);
		is_shortest(nextafter(value, INFINITY));
		if (nextafter(value, 0) > 0)
			is_shortest(nextafter(value, 0));
	}
}

static void
integers_are_written_whole(void)
{
	static const struct { int64_t value; const char *want; } row[] = {
		{ 0, "0" }, { 7, "7" }, { -7, "-7" }, { 10, "10" }, { 99, "99" }, { 100, "100" },
		{ 12345, "12345" }, { -120, "-120" },
		{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};
	char buffer[32];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text t = text_init(buffer, sizeof buffer - 1);

		text_int(&t, row[i].value);
		buffer[t.count] = '\0';
		CHECK_TEXT(buffer, row[i].want);
	}
	struct text t = text_init(buffer, sizeof buffer - 1);
	text_uint(&t, UINT64_MAX);
	buffer[t.count] = '\0';
	CHECK_TEXT(buffer, "18446744073709551615");
}

static void
strings_are_always_valid_json(void)
{
	static const struct { struct slice text; const char *want; } row[] = {
		{ SLICE_INIT(""), "\"\"" },
		{ { NULL, 0 }, "\"\"" },
		{ SLICE_INIT("BTCUSDT"), "\"BTCUSDT\"" },
		{ SLICE_INIT("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"" },
		{ SLICE_INIT("\n\r\t\b\f\x1f\x7f"), "\"\\n\\r\\t\\u0008\\u000c\\u001f\\u007f\"" },
		/* CSI in one character; the first one that is none of these. */
		{ SLICE_INIT("\xc2\x9b" "31m\xc2\xa0"), "\"\\u009b31m\xc2\xa0\"" },
		{ { "a\0b", 3 }, "\"a\\u0000b\"" },
		{ SLICE_INIT("\xe5\xb8\x81\xe5\xae\x89USDT"), "\"\xe5\xb8\x81\xe5\xae\x89USDT\"" },
		{ SLICE_INIT("\xf0\x9f\x90\xb8\xc3\xa9"), "\"\xf0\x9f\x90\xb8\xc3\xa9\"" },
		/* Bytes that are no UTF-8, one mark each: alone, cut, overlong, half
		 * a pair, beyond U+10FFFF. */
		{ SLICE_INIT("\xff" "a"), "\"\xef\xbf\xbd" "a\"" },
		{ SLICE_INIT("\xe5\xb8"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ SLICE_INIT("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ SLICE_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ SLICE_INIT("\xf4\x90\x80\x80"),
		  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ SLICE_INIT("\xe0\x9f\xbf"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	char buffer[128];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text t = text_init(buffer, sizeof buffer - 1);

		text_json(&t, row[i].text);
		buffer[t.count] = '\0';
		CHECK_TEXT(buffer, row[i].want);
	}
}

static void
base64_is_that_of_rfc_4648(void)
{
	static const struct { struct slice bytes; const char *want; } row[] = {
		/* RFC 4648, 10. */
		{ SLICE_INIT(""), "" },
		{ { NULL, 0 }, "" },
		{ SLICE_INIT("f"), "Zg==" },
		{ SLICE_INIT("fo"), "Zm8=" },
		{ SLICE_INIT("foo"), "Zm9v" },
		{ SLICE_INIT("foob"), "Zm9vYg==" },
		{ SLICE_INIT("fooba"), "Zm9vYmE=" },
		{ SLICE_INIT("foobar"), "Zm9vYmFy" },
		/* RFC 7617, 2; RFC 6455, 1.3. */
		{ SLICE_INIT("Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
		{ SLICE_INIT("the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==" },
		/* Every digit once, with bytes that are negative as char. */
		{ SLICE_INIT("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97"
		             "\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf"
		             "\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"),
		  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" },
	};
	char buffer[128];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text t = text_init(buffer, sizeof buffer - 1);

		text_base64(&t, row[i].bytes);
		buffer[t.count] = '\0';
		CHECK_TEXT(buffer, row[i].want);
		/* One byte less than it needs: nothing of it. */
		if (row[i].bytes.count == 0)
			continue;
		t = text_init(buffer, strlen(row[i].want) - 1);
		buffer[0] = '!';
		text_base64(&t, row[i].bytes);
		CHECK(t.cut && t.count == 0 && buffer[0] == '!');
	}
}

static void
times_are_rfc_3339(void)
{
	static const struct { int64_t wall_ns; int digits; const char *want; } row[] = {
		{ 0, 0, "1970-01-01T00:00:00Z" },
		{ 0, 3, "1970-01-01T00:00:00.000Z" },
		/* date -u -d @1723161255 */
		{ 1723161255123456789, 9, "2024-08-08T23:54:15.123456789Z" },
		{ 1723161255123456789, 3, "2024-08-08T23:54:15.123Z" },
		{ 951782400000000000, 0, "2000-02-29T00:00:00Z" },
		{ 951868800000000000, 0, "2000-03-01T00:00:00Z" },
		{ 4107542400000000000, 0, "2100-03-01T00:00:00Z" }, /* 2100 has no leap day */
		{ -1, 9, "1969-12-31T23:59:59.999999999Z" },
		{ -86400000000000, 0, "1969-12-31T00:00:00Z" },
		{ INT64_MAX, 0, "2262-04-11T23:47:16Z" },
		{ INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z" },
	};
	char buffer[64];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text t = text_init(buffer, sizeof buffer - 1);

		text_time(&t, row[i].wall_ns, row[i].digits);
		buffer[t.count] = '\0';
		CHECK_TEXT(buffer, row[i].want);
	}
}

/* Everything a writer can be asked, in one go. */
static void
write_all(struct text *t)
{
	text_char(t, '{');
	text_str(t, "a");
	text_put(t, (struct slice){ NULL, 0 });
	text_put(t, SLICE("bc"));
	text_int(t, -12);
	text_uint(t, 345);
	text_double(t, -0.00123);
	text_double(t, 123.5);
	text_double(t, 1.25e-30);
	text_double(t, 5e16);
	text_json(t, SLICE("x\n\xff"));
	text_time(t, 0, 3);
	text_format(t, "%d%s", 42, "end");
	text_char(t, '}');
}

static void
nothing_is_written_beyond_the_end(void)
{
	char whole[256], part[256];
	struct text t = text_init(whole, sizeof whole);
	size_t count;

	write_all(&t);
	CHECK(!t.cut);
	count = t.count;
	for (size_t size = 0; size <= count + 1; size++) {
		memset(part, '#', sizeof part);
		t = text_init(part, size);
		write_all(&t);
		/* text_format wants its zero byte, but the '}' may take its place. */
		CHECK(t.cut == (size < count));
		CHECK(t.count <= size);
		CHECK(memcmp(part, whole, t.count) == 0);
		for (size_t i = size; i < sizeof part; i++)
			CHECK(part[i] == '#');
	}
}

static void
the_first_failure_is_kept(void)
{
	char buffer[4];
	struct text t = text_init(buffer, sizeof buffer);

	text_str(&t, "abc");
	text_str(&t, "de");
	CHECK(t.cut);
	/* One byte is left, but what follows a hole would be a lie. */
	text_char(&t, 'f');
	text_format(&t, "g");
	text_int(&t, 1);
	CHECK(t.count == 3);
	CHECK(slice_equal(text_slice(&t), SLICE("abc")));
	t = text_init(NULL, 0);
	text_format(&t, "g");
	CHECK(t.cut);
	CHECK(text_slice(&t).count == 0);
}

int
main(void)
{
	doubles_are_written_for_people();
	doubles_are_as_short_as_can_be();
	integers_are_written_whole();
	strings_are_always_valid_json();
	base64_is_that_of_rfc_4648();
	times_are_rfc_3339();
	nothing_is_written_beyond_the_end();
	the_first_failure_is_kept();
	return CHECK_END("base/text");
}
