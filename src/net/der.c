/* der.c - the elements of DER, one after the other.
 *
 * Why    Policy looks at certificates before and beside the libraries, on both the
 *        same way.
 * Input  bytes of a peer: everything is checked against what holds it.
 * Limits no recursion and no loops but over bytes that are there.
 */
#include "net/der.h"
#include <stddef.h>

bool
der_any(struct slice *in, uint8_t *tag, struct slice *body, struct slice *whole)
{
	size_t head = 2, count;

	if (in->count < 2 || (der_byte(*in, 0) & 0x1f) == 0x1f)
		return false;
	count = der_byte(*in, 1);
	if (count >= 0x80) {
		size_t digits = count & 0x7f;

		if (digits < 1 || digits > 3 || in->count < 2 + digits)
			return false;
		count = 0;
		for (size_t i = 0; i < digits; i++)
			count = count << 8 | der_byte(*in, 2 + i);
		/* One number, one way to write it: else two walks may disagree. */
		if (count < 0x80 || count >> 8 * (digits - 1) == 0)
			return false;
		head += digits;
	}
	if (count > in->count - head)
		return false;
	*tag = der_byte(*in, 0);
	*body = slice_of(in->at + head, count);
	if (whole)
		*whole = slice_of(in->at, head + count);
	*in = slice_after(*in, head + count);
	return true;
}

static bool
take(struct slice *in, uint8_t tag, struct slice *body, struct slice *whole)
{
	uint8_t is;

	return der_peek(*in) == tag && der_any(in, &is, body, whole);
}

bool
der_next(struct slice *in, uint8_t tag, struct slice *body)
{
	return take(in, tag, body, NULL);
}

bool
der_whole(struct slice *in, uint8_t tag, struct slice *whole)
{
	struct slice body;

	return take(in, tag, &body, whole);
}

bool
der_magnitude(struct slice *in, struct slice *bytes)
{
	struct slice rest = *in, body;

	if (!der_next(&rest, DER_INTEGER, &body) || body.count == 0 ||
	    der_byte(body, 0) >= 0x80)
		return false;
	if (der_byte(body, 0) == 0) {
		if (body.count > 1 && der_byte(body, 1) < 0x80)
			return false;
		body = slice_after(body, 1);
	}
	*bytes = body;
	*in = rest;
	return true;
}

bool
der_bytes(struct slice *in, struct slice *bytes)
{
	struct slice rest = *in, body;

	if (!der_next(&rest, DER_BITS, &body) || body.count == 0 || der_byte(body, 0) != 0)
		return false;
	*bytes = slice_after(body, 1);
	*in = rest;
	return true;
}

/* --- time ------------------------------------------------------------------- */

/* Days since 1970 of a date in the Gregorian calendar, for years 1 and later:
 * years are counted from March on, so that the odd day is the last one.  (Howard
 * Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.) */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2;
	era = year / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool
two_digits(struct slice s, size_t index, int64_t *value)
{
	unsigned tens = der_byte(s, index) - (unsigned)'0';
	unsigned ones = der_byte(s, index + 1) - (unsigned)'0';

	if (tens > 9 || ones > 9)
		return false;
	*value = tens * 10 + ones;
	return true;
}

bool
der_time(struct slice *in, int64_t *unix_s)
{
	static const int8_t month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct slice rest = *in, s;
	int64_t part[7]; /* century, year, month, day, hour, minute, second */
	bool leap;
	uint8_t tag;

	if (!der_any(&rest, &tag, &s, NULL))
		return false;
	if (!(tag == DER_UTC_TIME && s.count == 13) &&
	    !(tag == DER_GENERALIZED_TIME && s.count == 15))
		return false;
	if (s.at[s.count - 1] != 'Z')
		return false;
	for (size_t i = tag == DER_UTC_TIME ? 1 : 0, at = 0; i < 7; i++, at += 2)
		if (!two_digits(s, at, &part[i]))
			return false;
	if (tag == DER_UTC_TIME)
		part[0] = part[1] >= 50 ? 19 : 20; /* RFC 5280, 4.1.2.5.1 */
	part[1] += part[0] * 100;
	leap = part[1] % 4 == 0 && (part[1] % 100 != 0 || part[1] % 400 == 0);
	if (part[1] < 1 || part[2] < 1 || part[2] > 12 || part[3] < 1 ||
	    part[3] > month_days[part[2] - 1] || (part[2] == 2 && part[3] == 29 && !leap) ||
	    part[4] > 23 || part[5] > 59 || part[6] > 59)
		return false;
	*unix_s = days_of(part[1], part[2], part[3]) * 86400 + part[4] * 3600 + part[5] * 60 +
	          part[6];
	*in = rest;
	return true;
}
