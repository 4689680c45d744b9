/* tls_name.h - is this certificate for that host?  (RFC 6125, the strict half.)
 *
 * Only subjectAltName counts, a common name never.  A host name is matched against
 * dNSName entries, letters' case ignored; a wildcard is the whole leftmost label,
 * stands for exactly one label and has two labels at least behind it.  An address
 * is matched against iPAddress entries, byte by byte, and nothing else.
 */
#ifndef NET_TLS_NAME_H
#define NET_TLS_NAME_H
#include "base/slice.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum { TLS_HOST_BYTES = 256 };

struct tls_host {
	char name[TLS_HOST_BYTES];  /* lower case, without a dot at its end; terminated */
	uint8_t address[16];        /* of a literal */
	uint8_t address_bytes;      /* 4, 16, or 0: a name */
};

/* False: too long, empty, or with bytes that no host has. */
bool tls_host_read(struct slice text, struct tls_host *host);

/* `names`: the entries of a subjectAltName, as in struct cert. */
bool tls_name_matches(struct slice names, const struct tls_host *host);

/* One dNSName against a name in lower case: the heart of it, for tests. */
bool tls_name_dns_matches(struct slice pattern, struct slice name);

/* `"a.example", "*.b.example" and 3 more`, for the sentence. */
void tls_name_list(struct text *out, struct slice names);
#endif
