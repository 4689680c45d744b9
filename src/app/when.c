/* when.c - see the header. */
#include "app/when.h"
#include "base/num.h"

static const int64_t second_ns = 1000000000;
static const int64_t seconds_max = 9223372035; /* times 1e9, and a fraction, fit */

/* Reads exactly `count` digits from the front. */
static bool
digits(struct slice *s, size_t count, int64_t *out)
{
	*out = 0;
	if (s->count < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (s->at[i] < '0' || s->at[i] > '9')
			return false;
		*out = *out * 10 + (s->at[i] - '0');
	}
	*s = slice_after(*s, count);
	return true;
}

static bool
mark(struct slice *s, char c)
{
	if (s->count == 0 || s->at[0] != c)
		return false;
	*s = slice_after(*s, 1);
	return true;
}

/* ".5" to nanoseconds; nothing there is 0. */
static bool
fraction(struct slice *s, int64_t *ns)
{
	int64_t unit = second_ns / 10;
	size_t count = 0;

	*ns = 0;
	if (!mark(s, '.'))
		return true;
	for (; s->count > 0 && s->at[0] >= '0' && s->at[0] <= '9'; count++) {
		*ns += (s->at[0] - '0') * unit;
		unit /= 10;
		*s = slice_after(*s, 1);
	}
	return count > 0;
}

static bool
seconds(struct slice s, int64_t *ns)
{
	struct slice whole = s;
	int64_t value, part;

	while (s.count > 0 && s.at[0] >= '0' && s.at[0] <= '9')
		s = slice_after(s, 1);
	whole.count -= s.count;
	if (whole.count == 0 || !num_int64(whole, &value) || value > seconds_max)
		return false;
	if (!fraction(&s, &part) || s.count > 0)
		return false;
	*ns = value * second_ns + part;
	return true;
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01, by counting: there are less than 300 years to count. */
static bool
days_of(int64_t year, int64_t month, int64_t day, int64_t *out)
{
	static const uint8_t length[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t days = 0;

	if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > length[month - 1] + (month == 2 && is_leap(year)))
		return false;
	for (int64_t y = 1970; y < year; y++)
		days += is_leap(y) ? 366 : 365;
	for (int64_t m = 1; m < month; m++)
		days += length[m - 1] + (m == 2 && is_leap(year));
	*out = days + day - 1;
	return true;
}

static bool
zone(struct slice *s, int64_t *offset_s)
{
	int64_t hours, minutes, sign;

	*offset_s = 0;
	if (mark(s, 'Z') || mark(s, 'z'))
		return true;
	sign = mark(s, '+') ? 1 : mark(s, '-') ? -1 : 0;
	if (sign == 0 || !digits(s, 2, &hours) || !mark(s, ':') || !digits(s, 2, &minutes))
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return hours < 24 && minutes < 60;
}

static bool
date(struct slice s, int64_t *ns)
{
	int64_t year, month, day, days, hour, minute, second, part, offset_s;

	if (!digits(&s, 4, &year) || !mark(&s, '-') || !digits(&s, 2, &month) ||
	    !mark(&s, '-') || !digits(&s, 2, &day) || !days_of(year, month, day, &days))
		return false;
	if (!mark(&s, 'T') && !mark(&s, 't') && !mark(&s, ' '))
		return false;
	if (!digits(&s, 2, &hour) || !mark(&s, ':') || !digits(&s, 2, &minute) ||
	    !mark(&s, ':') || !digits(&s, 2, &second) || !fraction(&s, &part))
		return false;
	if (hour > 23 || minute > 59 || second > 60 || !zone(&s, &offset_s) || s.count > 0)
		return false;
	second += days * 86400 + hour * 3600 + minute * 60 - offset_s;
	if (second < 0 || second > seconds_max)
		return false;
	*ns = second * second_ns + part;
	return true;
}

bool
when_read(struct slice text, struct when *out)
{
	out->relative = mark(&text, '+');
	if (out->relative)
		return seconds(text, &out->ns);
	return seconds(text, &out->ns) || date(text, &out->ns);
}
