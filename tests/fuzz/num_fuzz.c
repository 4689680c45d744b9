/* num_fuzz.c - any text: num_double takes what the grammar takes and gives what
 * strtod gives, shifted or not; what text_double writes of it reads back as the
 * same double; whole numbers agree with strtoll.
 *
 * The first byte is the shift.
 */
#include "base/num.h"
#include "base/text.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The grammar by hand: -? digits (. digits)? ([eE] [+-]? digits)? */
static const char *
digits(const char *at)
{
	const char *start = at;

	while (*at >= '0' && *at <= '9')
		at++;
	return at == start ? NULL : at;
}

/* Where the number ends and where its exponent's text begins. */
static const char *
number(const char *at, const char **exponent_out)
{
	at = digits(*at == '-' ? at + 1 : at);
	if (at != NULL && *at == '.')
		at = digits(at + 1);
	*exponent_out = at;
	if (at != NULL && (*at == 'e' || *at == 'E')) {
		at++;
		at = digits(*at == '+' || *at == '-' ? at + 1 : at);
	}
	return at;
}

static void
check_double(const char *text, size_t size, int shift10)
{
	const char *exponent, *end = number(text, &exponent);
	double got = -1, want, again;
	long long exponent10 = 0;
	char written[64], *copy;
	struct text t = text_init(written, sizeof written);
	bool ok = num_double(slice_of(text, size), shift10, &got);

	if (end == NULL || end != text + size) {
		MUST(!ok);
		return;
	}
	if (*exponent != '\0')
		exponent10 = strtoll(exponent + 1, NULL, 10);
	/* strtod of some libraries counts the exponent in an int. */
	if (exponent10 > 100000000 || exponent10 < -100000000)
		return;
	copy = malloc(size + 40);
	sprintf(copy, "%.*se%lld", (int)(exponent - text), text, exponent10 + shift10);
	want = strtod(copy, NULL);
	free(copy);
	MUST(ok == !!isfinite(want));
	if (!ok)
		return;
	MUST(memcmp(&got, &want, sizeof got) == 0);
	text_double(&t, got);
	MUST(!t.cut);
	MUST(num_double(text_slice(&t), 0, &again));
	MUST(again == got);
	if (got != 0 && fabs(got) >= 1e-9 && fabs(got) < 1e17)
		MUST(memchr(written, 'e', t.count) == NULL);
}

static void
check_whole(const char *text, size_t size)
{
	const char *end = digits(*text == '-' ? text + 1 : text);
	bool grammar = end != NULL && end == text + size;
	long long want;
	int64_t i64 = -1;
	uint64_t u64 = 1;

	errno = 0;
	want = strtoll(text, NULL, 10);
	MUST(num_int64(slice_of(text, size), &i64) == (grammar && errno == 0));
	if (grammar && errno == 0)
		MUST(i64 == want);
	errno = 0;
	MUST(num_uint64(slice_of(text, size), &u64) ==
	     (grammar && *text != '-' && (strtoull(text, NULL, 10), errno == 0)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	check_double(text, size - 1, data[0] % 61 - 30);
	check_double(text, size - 1, 0);
	check_whole(text, size - 1);
	free(text);
	return 0;
}
