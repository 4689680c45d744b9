/* digits.c - see the header. */
#include "app/digits.h"
#include "base/check.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PRICE_DIGITS_MAX = 7 };

static const char unknown[] = "-";

/* Is there a digit other than 0 in it? */
static bool
is_zero(const char *digits)
{
	return digits[strspn(digits, "-+0.,")] == '\0';
}

/* "1.2e-15": an exponent without the plus and the zeros that printf gives it. */
static void
put_exponent(struct text *out, double value)
{
	char raw[32];
	const char *e;

	snprintf(raw, sizeof raw, "%.1e", value);
	e = strchr(raw, 'e');
	if (e == NULL) { /* infinite */
		text_str(out, unknown);
		return;
	}
	text_put(out, slice_of(raw, (size_t)(e - raw)));
	text_char(out, 'e');
	if (e[1] == '-')
		text_char(out, '-');
	text_str(out, e + 2 + strspn(e + 2, "0"));
}

/* A decimal without exponent, its whole digits in groups of three. */
static void
put_grouped(struct text *out, const char *decimal)
{
	size_t whole;

	if (*decimal == '-') {
		text_char(out, '-');
		decimal++;
	}
	whole = strcspn(decimal, ".");
	for (size_t i = 0; i < whole; i++) {
		if (i > 0 && (whole - i) % 3 == 0)
			text_char(out, ',');
		text_char(out, decimal[i]);
	}
	text_str(out, decimal + whole);
}

/* "61,234.5" of at most so many significant digits, whole digits all there. */
static void
price_of_digits(struct text *out, double price, int digits)
{
	int decimals = digits - 1 - (int)floor(log10(fabs(price)));
	char raw[64];
	size_t count;

	if (decimals < 0)
		decimals = 0;
	snprintf(raw, sizeof raw, "%.*f", decimals, price);
	count = strlen(raw);
	if (decimals > 0) {
		while (raw[count - 1] == '0')
			count--;
		if (raw[count - 1] == '.')
			count--;
		raw[count] = '\0';
	}
	put_grouped(out, raw);
}

void
digits_price(struct text *out, double price, size_t width)
{
	ASSERT(width >= 8);
	if (!isfinite(price)) {
		text_str(out, unknown);
		return;
	}
	if (price == 0) {
		text_char(out, '0');
		return;
	}
	/* The bounds keep snprintf's decimal small; beyond them nothing would fit. */
	if (fabs(price) >= 1e-15 && fabs(price) < 1e15) {
		for (int digits = PRICE_DIGITS_MAX; digits >= 3; digits--) {
			char raw[64];
			struct text t = text_init(raw, sizeof raw);

			price_of_digits(&t, price, digits);
			if (t.count > width || t.cut)
				continue;
			text_put(out, text_slice(&t));
			return;
		}
	}
	put_exponent(out, price);
}

/* "45.0M": a magnitude, in units of 1000 whose names are given. */
static void
put_scaled(struct text *out, double magnitude, const char *const *unit, size_t unit_count)
{
	double scaled = magnitude;

	for (size_t i = 0; i < unit_count; i++, scaled /= 1000) {
		int decimals = i > 0 && scaled < 99.95 ? 1 : 0;

		/* 999.6 k would read 1000k: the next unit says it. */
		if (scaled >= 999.5)
			continue;
		text_format(out, "%.*f%s", decimals, scaled, unit[i]);
		return;
	}
	put_exponent(out, magnitude);
}

void
digits_short(struct text *out, double value, bool sign)
{
	static const char *const unit[] = { "", "k", "M", "B", "T" };
	char raw[64];
	struct text t = text_init(raw, sizeof raw - 1);

	if (!isfinite(value)) {
		text_str(out, unknown);
		return;
	}
	put_scaled(&t, fabs(value), unit, sizeof unit / sizeof unit[0]);
	raw[t.count] = '\0';
	if (value < 0 && !is_zero(raw))
		text_char(out, '-');
	else if (sign && !is_zero(raw))
		text_char(out, '+');
	text_put(out, text_slice(&t));
}

void
digits_percent(struct text *out, double fraction)
{
	double percent = fraction * 100;
	char raw[32];

	if (!isfinite(percent)) {
		text_str(out, unknown);
		return;
	}
	if (fabs(percent) >= 999999.5) {
		text_char(out, percent < 0 ? '-' : '+');
		put_exponent(out, fabs(percent));
		text_char(out, '%');
		return;
	}
	snprintf(raw, sizeof raw, "%.*f", fabs(percent) < 99.995 ? 2 : 0, fabs(percent));
	if (!is_zero(raw))
		text_char(out, percent < 0 ? '-' : '+');
	text_str(out, raw);
	text_char(out, '%');
}

void
digits_age(struct text *out, double ms)
{
	double size = fabs(ms), s = size / 1000;

	if (!isfinite(ms)) {
		text_str(out, unknown);
		return;
	}
	/* A lag may be negative: their clock is ahead of ours. */
	if (ms <= -1)
		text_char(out, '-');
	if (size < 1000)
		text_format(out, "%.0f ms", floor(size));
	else if (size < 10000)
		text_format(out, "%.1f s", floor(size / 100) / 10);
	else if (s < 60)
		text_format(out, "%.0f s", floor(s));
	else if (s < 3600)
		text_format(out, "%.0f m", floor(s / 60));
	else if (s < 2 * 86400)
		text_format(out, "%.0f h", floor(s / 3600));
	else if (s < 1e4 * 86400)
		text_format(out, "%.0f d", floor(s / 86400));
	else
		text_str(out, ">9999 d");
}

void
digits_span(struct text *out, double seconds)
{
	double s;

	if (!isfinite(seconds)) {
		text_str(out, unknown);
		return;
	}
	s = seconds < 0 ? 0 : floor(seconds);
	if (s < 60)
		text_format(out, "%.0f s", s);
	else if (s < 3600)
		text_format(out, "%.0f m %.0f s", floor(s / 60), fmod(s, 60));
	else if (s < 86400)
		text_format(out, "%.0f h %.0f m", floor(s / 3600), floor(fmod(s, 3600) / 60));
	else if (s < 1e6 * 86400)
		text_format(out, "%.0f d %.0f h", floor(s / 86400), floor(fmod(s, 86400) / 3600));
	else
		text_str(out, ">999999 d");
}

void
digits_rate(struct text *out, double per_s)
{
	if (!isfinite(per_s))
		text_str(out, unknown);
	else if (per_s > 0 && per_s < 9.95)
		text_format(out, "%.1f", per_s);
	else
		digits_short(out, per_s, false);
}

void
digits_bytes(struct text *out, double bytes)
{
	static const char *const unit[] = { " B", " kB", " MB", " GB", " TB", " PB" };

	if (!isfinite(bytes) || bytes < 0)
		text_str(out, unknown);
	else
		put_scaled(out, bytes, unit, sizeof unit / sizeof unit[0]);
}

void
digits_count(struct text *out, double count)
{
	char raw[32];

	if (!isfinite(count)) {
		text_str(out, unknown);
	} else if (fabs(count) >= 1e15) {
		put_exponent(out, count);
	} else {
		snprintf(raw, sizeof raw, "%.0f", count == 0 ? 0 : count);
		put_grouped(out, raw);
	}
}
