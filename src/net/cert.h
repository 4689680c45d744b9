/* cert.h - what our policy wants to know of a certificate (X.509, RFC 5280).
 *
 * The fields are slices of the certificate's own bytes and live as long as these.
 * Reading judges the form only: a SHA-1 signature or a key of 512 bits is read and
 * said; whether it is good enough is tls_policy's question.  Nothing here checks a
 * signature: the libraries do.
 */
#ifndef NET_CERT_H
#define NET_CERT_H
#include "base/slice.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum cert_key { CERT_KEY_NONE, CERT_KEY_RSA, CERT_KEY_P256, CERT_KEY_P384, CERT_KEY_OTHER };

/* The digest under the signature.  OTHER: RSA-PSS, EdDSA, or one we never met. */
enum cert_hash {
	CERT_HASH_NONE, CERT_HASH_SHA256, CERT_HASH_SHA384, CERT_HASH_SHA512,
	CERT_HASH_WEAK, CERT_HASH_OTHER,
};

/* Bits of keyUsage, the first one lowest. */
enum { CERT_USE_SIGNATURE = 1 << 0, CERT_USE_CERT_SIGN = 1 << 5 };

struct cert {
	struct slice whole;
	struct slice issuer, subject; /* whole names, compared byte by byte */
	struct slice public_key;      /* whole SubjectPublicKeyInfo: what a pin hashes */
	int64_t not_before_s, not_after_s;
	int version;                  /* 1, 2 or 3 */
	uint8_t key;                  /* enum cert_key */
	uint8_t hash;                 /* enum cert_hash */
	int key_bits;                 /* of RSA's modulus; of the curve */
	struct slice modulus, exponent; /* RSA, without leading zeros */
	struct slice point;           /* P-256 and P-384, uncompressed */
	struct slice names;           /* subjectAltName's entries, at least one; else empty */
	struct slice key_id, issuer_key_id; /* empty: not said */
	bool is_ca;
	int path_max;                 /* CAs allowed below this one; -1: any number */
	bool says_use;
	uint16_t use;                 /* CERT_USE_ bits, where says_use */
	bool says_purpose;
	bool for_servers;             /* serverAuth or any purpose, where says_purpose */
	bool has_unknown_critical;    /* says something essential that we do not know */
};

/* False: `der` is not exactly one certificate, whole and well formed. */
bool cert_read(struct slice der, struct cert *c);

/* The most telling part of a name (common name, else organisation, else unit), as
 * printable ASCII; other bytes become '?'. */
void cert_name_text(struct text *out, struct slice name);

/* What a peer sent, made fit for a log line and a terminal: printable ASCII, at
 * most `count_max` bytes of it. */
void cert_plain_text(struct text *out, struct slice s, size_t count_max);
#endif
