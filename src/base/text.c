/* text.c - text, whole numbers, times, base64 and JSON strings into a bounded buffer.
 *
 * Doubles have a file of their own, text_double.c.
 */
#include "base/text.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>

enum { DIGITS_MAX = 20 }; /* of an integer: 2^64 */

/* Room for `count` more bytes, or NULL: nothing of it is written then. */
static inline char *
room(struct text *t, size_t count)
{
	char *at;

	if (t->cut || count > t->size - t->count) {
		t->cut = true;
		return NULL;
	}
	at = t->at + t->count;
	t->count += count;
	return at;
}

void
text_char(struct text *t, char c)
{
	char *to = room(t, 1);

	if (to != NULL)
		*to = c;
}

void
text_put(struct text *t, struct slice s)
{
	char *to = room(t, s.count);

	if (to != NULL && s.count > 0)
		memcpy(to, s.at, s.count);
}

void
text_str(struct text *t, const char *s)
{
	text_put(t, slice_str(s));
}

/* --- base64 ----------------------------------------------------------------------- */

void
text_base64(struct text *t, struct slice bytes)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *to = room(t, (bytes.count + 2) / 3 * 4);

	if (to == NULL)
		return;
	for (size_t i = 0; i < bytes.count; i += 3, to += 4) {
		const size_t left = bytes.count - i;
		uint32_t three = (uint32_t)(unsigned char)bytes.at[i] << 16;

		if (left > 1)
			three |= (uint32_t)(unsigned char)bytes.at[i + 1] << 8;
		if (left > 2)
			three |= (unsigned char)bytes.at[i + 2];
		to[0] = digit[three >> 18];
		to[1] = digit[three >> 12 & 63];
		to[2] = left > 1 ? digit[three >> 6 & 63] : '=';
		to[3] = left > 2 ? digit[three & 63] : '=';
	}
}

/* --- integers ------------------------------------------------------------------- */

/* Writes the digits so that they end before `end`; returns where they begin. */
static char *
digits_before(char *end, uint64_t value)
{
	static const char pair[] =
		"0001020304050607080910111213141516171819"
		"2021222324252627282930313233343536373839"
		"4041424344454647484950515253545556575859"
		"6061626364656667686970717273747576777879"
		"8081828384858687888990919293949596979899";

	while (value >= 100) {
		end -= 2;
		memcpy(end, pair + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		end -= 2;
		memcpy(end, pair + value * 2, 2);
	} else {
		*--end = (char)('0' + value);
	}
	return end;
}

void
text_uint(struct text *t, uint64_t value)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof digits;
	char *at = digits_before(end, value);

	text_put(t, slice_of(at, (size_t)(end - at)));
}

void
text_int(struct text *t, int64_t value)
{
	char digits[DIGITS_MAX + 1];
	char *end = digits + sizeof digits;
	char *at;

	/* Negated as unsigned, so that -2^63 is no special case. */
	at = digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
	if (value < 0)
		*--at = '-';
	text_put(t, slice_of(at, (size_t)(end - at)));
}

/* --- JSON strings --------------------------------------------------------------- */

/* How many bytes of a UTF-8 character stand at `at`; 0 when it is none.  The
 * table is Unicode 15, D92 table 3-7: no overlong forms, no surrogates. */
static size_t
utf8_bytes(const unsigned char *at, size_t count)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t need;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		need = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		need = 3;
		if (at[0] == 0xe0)
			low = 0xa0;
		if (at[0] == 0xed)
			high = 0x9f;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		need = 4;
		if (at[0] == 0xf0)
			low = 0x90;
		if (at[0] == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if (count < need || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	return need;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void
put_escape(struct text *t, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char code[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	switch (c) {
	case '"':  text_put(t, SLICE("\\\"")); return;
	case '\\': text_put(t, SLICE("\\\\")); return;
	case '\n': text_put(t, SLICE("\\n")); return;
	case '\r': text_put(t, SLICE("\\r")); return;
	case '\t': text_put(t, SLICE("\\t")); return;
	default:   text_put(t, slice_of(code, sizeof code)); return;
	}
}

void
text_json(struct text *t, struct slice s)
{
	const unsigned char *at = (const unsigned char *)s.at;
	size_t i = 0, from, bytes;

	text_char(t, '"');
	while (i < s.count) {
		from = i;
		while (i < s.count && is_plain(at[i]))
			i++;
		text_put(t, slice_of(s.at + from, i - from));
		if (i == s.count)
			break;
		if (at[i] < 0x80) {
			put_escape(t, at[i++]);
			continue;
		}
		bytes = utf8_bytes(at + i, s.count - i);
		if (bytes == 2 && at[i] == 0xc2 && at[i + 1] < 0xa0)
			put_escape(t, at[i + 1]);
		else if (bytes > 0)
			text_put(t, slice_of(s.at + i, bytes));
		else
			text_put(t, SLICE("\xef\xbf\xbd"));
		i += bytes > 0 ? bytes : 1;
	}
	text_char(t, '"');
}

/* --- times ---------------------------------------------------------------------- */

/* `value` with leading zeros to `width` digits. */
static void
put_padded(struct text *t, int64_t value, int width)
{
	char *to = room(t, (size_t)width);

	if (to == NULL)
		return;
	for (int i = width; i-- > 0; value /= 10)
		to[i] = (char)('0' + value % 10);
}

void
text_time(struct text *t, int64_t wall_ns, int digits)
{
	const int64_t second = 1000000000;
	int64_t rest_ns, seconds, days, era, day, year, month;

	ASSERT(digits >= 0);
	ASSERT(digits <= 9);
	/* Floor, also before 1970. */
	rest_ns = wall_ns % second;
	seconds = wall_ns / second;
	if (rest_ns < 0) {
		rest_ns += second;
		seconds--;
	}
	days = seconds / 86400;
	seconds %= 86400;
	if (seconds < 0) {
		seconds += 86400;
		days--;
	}
	/* Civil date of a day count (H. Hinnant, "chrono-compatible low-level date
	 * algorithms"): years begin in March, so the leap day is the last. */
	days += 719468;
	era = days / 146097;
	day = days % 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);

	put_padded(t, year, 4);
	text_char(t, '-');
	put_padded(t, month, 2);
	text_char(t, '-');
	put_padded(t, day + 1, 2);
	text_char(t, 'T');
	put_padded(t, seconds / 3600, 2);
	text_char(t, ':');
	put_padded(t, seconds / 60 % 60, 2);
	text_char(t, ':');
	put_padded(t, seconds % 60, 2);
	if (digits > 0) {
		for (int i = digits; i < 9; i++)
			rest_ns /= 10;
		text_char(t, '.');
		put_padded(t, rest_ns, digits);
	}
	text_char(t, 'Z');
}

/* --- the slow path -------------------------------------------------------------- */

void
text_format(struct text *t, const char *format, ...)
{
	size_t left = t->size - t->count;
	va_list arguments;
	int count;

	if (t->cut)
		return;
	va_start(arguments, format);
	count = vsnprintf(left > 0 ? t->at + t->count : NULL, left, format, arguments);
	va_end(arguments);
	/* vsnprintf ends with a zero byte, which must fit too. */
	if (count < 0 || (size_t)count >= left)
		t->cut = true;
	else
		t->count += (size_t)count;
}

struct slice
text_slice(const struct text *t)
{
	return (struct slice){ t->at, t->count };
}
