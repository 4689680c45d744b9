/* tls_name_fuzz.c - any name of a certificate against any host.
 *
 * Properties: the same answer as a second, plainer rule; letters' case means nothing;
 * a byte that no host has matches nothing; a list matches when one of its entries
 * does; what is listed for people is printable.
 *
 * Input: the host, a zero byte, the pattern.
 */
#include "net/der.h"
#include "net/tls_name.h"
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool holds)
{
	if (!holds)
		abort();
}

/* Letters, digits, '-' and '_' in labels of 1 to 63. */
static bool
is_plain(const char *s)
{
	size_t label;

	for (;;) {
		label = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
		if (label < 1 || label > 63)
			return false;
		s += label;
		if (*s == 0)
			return true;
		if (*s++ != '.')
			return false;
	}
}

/* The rule once more, on terminated copies. */
static bool
rule(const char *pattern, size_t count, const char *name)
{
	const char *dot = strchr(name, '.');

	if (strlen(pattern) != count)
		return false;
	if (strncmp(pattern, "*.", 2) != 0)
		return is_plain(pattern) && strcasecmp(pattern, name) == 0;
	return dot && dot != name && is_plain(pattern + 2) && strchr(pattern + 2, '.') &&
	       strcasecmp(pattern + 1, dot) == 0;
}

static void
check_list(const struct tls_host *host, const char *pattern, size_t count, bool want)
{
	char list[300], shown[400];
	struct text out = text_init(shown, sizeof shown);

	if (count > 120)
		return;
	/* An address, the pattern as e-mail, the pattern as a name. */
	memcpy(list, "\x87\x04\xc0\x00\x02\x07\x81", 7);
	list[7] = (char)count;
	memcpy(list + 8, pattern, count);
	list[8 + count] = (char)0x82;
	list[9 + count] = (char)count;
	memcpy(list + 10 + count, pattern, count);
	need(tls_name_matches(slice_of(list, 10 + 2 * count), host) == want);
	need(!tls_name_matches(slice_of(list + 6, 2 + count), host));
	tls_name_list(&out, slice_of(list, 10 + 2 * count));
	for (size_t i = 0; i < out.count; i++)
		need(shown[i] >= ' ' && shown[i] <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *zero = size ? memchr(data, 0, size) : NULL;
	struct slice text, in;
	struct tls_host host;
	char *pattern;
	size_t count;
	bool got;

	if (!zero)
		return 0;
	text = slice_of((const char *)data, (size_t)(zero - (const char *)data));
	count = size - text.count - 1;
	pattern = calloc(1, count + 1);
	memcpy(pattern, zero + 1, count);
	/* The entries as a peer sends them. */
	in = slice_of(pattern, count);
	if (tls_host_read(text, &host)) {
		need(strlen(host.name) < TLS_HOST_BYTES && strlen(host.name) > 0);
		(void)tls_name_matches(in, &host);
		got = tls_name_dns_matches(slice_of(pattern, count), slice_str(host.name));
		need(got == rule(pattern, count, host.name));
		if (host.address_bytes == 0)
			check_list(&host, pattern, count, got);
		for (size_t i = 0; i < count; i++)
			if (pattern[i] >= 'a' && pattern[i] <= 'z')
				pattern[i] = (char)(pattern[i] - 'a' + 'A');
		need(got == tls_name_dns_matches(slice_of(pattern, count), slice_str(host.name)));
	}
	free(pattern);
	return 0;
}
