/* tls_name.c - compares a host with the names of a certificate.
 *
 * Why    Both libraries fall back to the common name and take an address written
 *        as a dNSName; BearSSL knows no iPAddress.
 * Input  our host as configured; the entries of a subjectAltName of a peer.
 * Limits an entry with a byte that no host name has (also a NUL) matches nothing.
 */
#include "net/tls_name.h"
#include "net/cert.h"
#include "net/der.h"
#include <arpa/inet.h>
#include <string.h>

enum { SAN_DNS = DER_CONTEXT | 2, SAN_ADDRESS = DER_CONTEXT | 7 };

/* Letters, digits, '-', '_' and '.'; labels of 1 to 63 bytes. */
static bool
is_host_name(struct slice s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.count; i++) {
		char c = slice_lower(s.at[i]);

		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
		if (++label > 63)
			return false;
	}
	return label != 0;
}

bool
tls_host_read(struct slice text, struct tls_host *host)
{
	*host = (struct tls_host){ .address_bytes = 0 };
	if (slice_ends(text, SLICE(".")))
		text.count--;
	if (!slice_copy(text, host->name, sizeof host->name))
		return false;
	if (memchr(text.at ? text.at : "", 0, text.count))
		return false;
	if (inet_pton(AF_INET, host->name, host->address) == 1)
		host->address_bytes = 4;
	else if (inet_pton(AF_INET6, host->name, host->address) == 1)
		host->address_bytes = 16;
	for (char *c = host->name; *c; c++)
		*c = slice_lower(*c);
	return host->address_bytes != 0 || is_host_name(slice_str(host->name));
}

static bool
same(struct slice pattern, struct slice name)
{
	if (pattern.count != name.count)
		return false;
	for (size_t i = 0; i < name.count; i++)
		if (slice_lower(pattern.at[i]) != name.at[i])
			return false;
	return true;
}

bool
tls_name_dns_matches(struct slice pattern, struct slice name)
{
	struct slice label;

	if (!slice_starts(pattern, SLICE("*.")))
		return is_host_name(pattern) && same(pattern, name);
	pattern = slice_after(pattern, 2);
	/* "*.com" would be half of the net. */
	if (!is_host_name(pattern) || !memchr(pattern.at, '.', pattern.count))
		return false;
	label = slice_cut(&name, '.');
	return label.count != 0 && same(pattern, name);
}

bool
tls_name_matches(struct slice names, const struct tls_host *host)
{
	struct slice body, name = slice_str(host->name);
	struct slice address = slice_of((const char *)host->address, host->address_bytes);
	uint8_t tag;

	while (der_any(&names, &tag, &body, NULL)) {
		if (host->address_bytes != 0) {
			if (tag == SAN_ADDRESS && slice_equal(body, address))
				return true;
		} else if (tag == SAN_DNS && tls_name_dns_matches(body, name)) {
			return true;
		}
	}
	return false;
}

static void
put_entry(struct text *out, uint8_t tag, struct slice body)
{
	char literal[INET6_ADDRSTRLEN];

	if (tag == SAN_DNS) {
		text_char(out, '"');
		cert_plain_text(out, body, 64);
		text_char(out, '"');
	} else if ((body.count == 4 || body.count == 16) &&
	           inet_ntop(body.count == 4 ? AF_INET : AF_INET6, body.at, literal,
	                     sizeof literal)) {
		text_str(out, literal);
	} else {
		text_str(out, "an address that is none");
	}
}

void
tls_name_list(struct text *out, struct slice names)
{
	enum { SHOWN_MAX = 3 };
	struct slice body;
	unsigned count = 0;
	uint8_t tag;

	while (der_any(&names, &tag, &body, NULL)) {
		if (tag != SAN_DNS && tag != SAN_ADDRESS)
			continue;
		if (count++ >= SHOWN_MAX)
			continue;
		if (count > 1)
			text_str(out, ", ");
		put_entry(out, tag, body);
	}
	if (count > SHOWN_MAX)
		text_format(out, " and %u more", count - SHOWN_MAX);
	if (count == 0)
		text_str(out, "no name");
}
