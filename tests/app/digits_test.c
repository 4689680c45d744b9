/* Goal: every figure on the board reads as digits.h says it does, at the edges too:
 *       carries, signs, zeros, what is not known, what is absurdly large.
 * Method: tables of values and the texts that the rules of the header give. */
#include "app/digits.h"
#include "check.h"
#include <float.h>
#include <math.h>

struct row { double value; const char *want; };

#define CASES(ROWS, CALL)                                                      \
	for (size_t i = 0; i < sizeof (ROWS) / sizeof (ROWS)[0]; i++) {        \
		char raw[DIGITS_BYTES + 1] = "";                               \
		struct text t = text_init(raw, sizeof raw - 1);                \
		double value = (ROWS)[i].value;                                \
                                                                               \
		CALL;                                                          \
		CHECK(!t.cut);                                                 \
		raw[t.count] = '\0';                                           \
		CHECK_TEXT(raw, (ROWS)[i].want);                               \
	}

static void
a_price_has_seven_digits_and_its_whole_part(void)
{
	static const struct row row[] = {
		{ 61234.5, "61,234.5" },
		{ 61234, "61,234" },
		{ 61234.567, "61,234.57" },
		{ 123456.789, "123,456.8" },
		{ 1234567.89, "1,234,568" },
		{ 98765432.1, "98,765,432" },
		{ 123456789, "123,456,789" },
		{ 1234567890, "1.2e9" },       /* 13 columns with its commas */
		{ 999.99999999, "1,000" },     /* carried into another digit */
		{ 999999.96, "1,000,000" },
		{ 100, "100" },
		{ 3456.78, "3,456.78" },
		{ 1, "1" },
		{ 0.5, "0.5" },
		{ 0.00001234, "0.00001234" },
		{ 0.000012345678, "0.0000123457" }, /* 12 columns: one digit less */
		{ 0.0000000123456, "0.0000000123" },
		{ 0.00000000123456, "1.2e-9" }, /* three digits would not fit */
		{ 1e-300, "1.0e-300" },
		{ 1e300, "1.0e300" },
		{ DBL_MAX, "1.8e308" },
		{ 0, "0" },
		{ -0.0, "0" },
		{ -12.5, "-12.5" },
		{ NAN, "-" },
		{ INFINITY, "-" },
	};

	CASES(row, digits_price(&t, value, 12));
}

static void
a_narrow_column_takes_digits_not_the_point(void)
{
	static const struct row row[] = {
		{ 61234.56, "61,234.6" },
		{ 123456.78, "123,457" },
		{ 1234567, "1.2e6" },
		{ 0.123456789, "0.123457" },
		{ 0.000123456, "0.000123" },
	};

	CASES(row, digits_price(&t, value, 8));
}

static void
short_figures_carry_into_the_next_unit(void)
{
	static const struct row row[] = {
		{ 0, "0" },
		{ -0.0, "0" },
		{ 0.4, "0" },
		{ 0.6, "1" },
		{ 734.2, "734" },
		{ 999.4, "999" },
		{ 999.6, "1.0k" },
		{ 1000, "1.0k" },
		{ 1234, "1.2k" },
		{ 99940, "99.9k" },
		{ 99960, "100k" },
		{ 450000, "450k" },
		{ 999400, "999k" },
		{ 999600, "1.0M" },
		{ 45e6, "45.0M" },
		{ 5.6e9, "5.6B" },
		{ 1.5e12, "1.5T" },
		{ 999.4e12, "999T" },
		{ 1.25e18, "1.2e18" }, /* 1.25 is exact in binary: to even */
		{ -1200000.5, "-1.2M" },
		{ -0.4, "0" },
		{ -999.6, "-1.0k" },
		{ DBL_MAX, "1.8e308" },
		{ -DBL_MAX, "-1.8e308" },
		{ NAN, "-" },
		{ -INFINITY, "-" },
	};

	CASES(row, digits_short(&t, value, false));
}

static void
signed_figures_show_a_plus_but_not_on_zero(void)
{
	static const struct row row[] = {
		{ 1200000, "+1.2M" }, { -1200000, "-1.2M" }, { 0, "0" }, { -0.0, "0" },
		{ 0.3, "0" }, { -0.3, "0" }, { NAN, "-" },
	};

	CASES(row, digits_short(&t, value, true));
}

static void
a_change_is_signed_percent(void)
{
	static const struct row row[] = {
		{ 0.0123, "+1.23%" },
		{ -0.0123, "-1.23%" },
		{ 0, "0.00%" },
		{ -0.0, "0.00%" },
		{ -0.00001, "0.00%" },
		{ 0.00006, "+0.01%" },
		{ 0.9999, "+99.99%" },
		{ 0.99996, "+100%" },
		{ 12.345, "+1234%" },
		{ -1, "-100%" },
		{ 9999, "+999900%" },
		{ 1e10, "+1.0e12%" },
		{ NAN, "-" },
		{ DBL_MAX, "-" }, /* its percent is no number any more */
	};

	CASES(row, digits_percent(&t, value));
}

static void
ages_are_cut_and_never_shown_older(void)
{
	static const struct row row[] = {
		{ 0, "0 ms" },
		{ -0.0, "0 ms" },
		{ 40, "40 ms" },
		{ 999.9, "999 ms" },
		{ 1000, "1.0 s" },
		{ 3290, "3.2 s" },
		{ 9999, "9.9 s" },
		{ 10000, "10 s" },
		{ 59999, "59 s" },
		{ 60000, "1 m" },
		{ 299999, "4 m" },
		{ 3599999, "59 m" },
		{ 3600000, "1 h" },
		{ 47.9 * 3600e3, "47 h" },
		{ 48 * 3600e3, "2 d" },
		{ 1e300, ">9999 d" },
		{ -12, "-12 ms" }, /* their clock is ahead of ours */
		{ -0.5, "0 ms" },
		{ -3290, "-3.2 s" },
		{ NAN, "-" },
	};

	CASES(row, digits_age(&t, value));
}

static void
spans_have_two_units(void)
{
	static const struct row row[] = {
		{ 0, "0 s" }, { 59.9, "59 s" }, { 60, "1 m 0 s" }, { 125, "2 m 5 s" },
		{ 3600, "1 h 0 m" }, { 11045, "3 h 4 m" }, { 86399, "23 h 59 m" },
		{ 86400, "1 d 0 h" }, { 455000, "5 d 6 h" }, { -5, "0 s" },
		{ 1e200, ">999999 d" }, { NAN, "-" },
	};

	CASES(row, digits_span(&t, value));
}

static void
rates_bytes_and_counts(void)
{
	static const struct row rate[] = {
		{ 0, "0" }, { 0.04, "0.0" }, { 3.21, "3.2" }, { 9.94, "9.9" }, { 9.96, "10" },
		{ 120.4, "120" }, { 12000, "12.0k" }, { NAN, "-" },
	};
	static const struct row bytes[] = {
		{ 0, "0 B" }, { 734, "734 B" }, { 50000, "50.0 kB" }, { 1.44e9, "1.4 GB" },
		{ 5e15, "5.0 PB" }, { 1e19, "1.0e19" }, { -1, "-" }, { NAN, "-" },
	};
	static const struct row count[] = {
		{ 0, "0" }, { -0.0, "0" }, { 7, "7" }, { 999, "999" }, { 1000, "1,000" },
		{ 1234567, "1,234,567" }, { -1234, "-1,234" }, { 9007199254740992.0, "9.0e15" },
		{ 1e300, "1.0e300" }, { NAN, "-" },
	};

	CASES(rate, digits_rate(&t, value));
	CASES(bytes, digits_bytes(&t, value));
	CASES(count, digits_count(&t, value));
}

int
main(void)
{
	a_price_has_seven_digits_and_its_whole_part();
	a_narrow_column_takes_digits_not_the_point();
	short_figures_carry_into_the_next_unit();
	signed_figures_show_a_plus_but_not_on_zero();
	a_change_is_signed_percent();
	ages_are_cut_and_never_shown_older();
	spans_have_two_units();
	rates_bytes_and_counts();
	return CHECK_END("digits");
}
