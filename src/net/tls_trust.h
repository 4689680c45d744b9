/* tls_trust.h - who is believed, as seen from inside the room.
 *
 * A root is found by its name alone, when a chain asks for it, and read then: the
 * 150 that are built in cost no memory but their bytes in the binary.
 */
#ifndef NET_TLS_TRUST_H
#define NET_TLS_TRUST_H
#include "net/tls.h"
#include "net/tls_name.h"

/* Roots that share one name are few; more are not looked at. */
enum { TLS_ROOTS_SAME_NAME_MAX = 4 };

struct tls_root {
	struct slice der;          /* lives as long as the trust */
	int64_t distrust_after_s;  /* what was issued later is not believed; 0: no such date */
};

/* Roots whose subject is `name`, byte by byte; returns how many, at most
 * TLS_ROOTS_SAME_NAME_MAX. */
int tls_trust_find(const struct tls_trust *trust, struct slice name, struct tls_root *root);

/* The digest of a SubjectPublicKeyInfo that pins are made of. */
enum { TLS_PIN_BYTES = 32 };
void tls_trust_digest(struct slice bytes, uint8_t digest[TLS_PIN_BYTES]);

bool tls_trust_has_pins(const struct tls_trust *trust, const char *host);
bool tls_trust_has_pin(const struct tls_trust *trust, const char *host,
                       const uint8_t digest[TLS_PIN_BYTES]);
#endif
