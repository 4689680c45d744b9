/* make_cert.h - for tests: certificates as DER, any field wrong, signed by nobody.
 *
 * Our reader and our policy look at no signature, so these need no key.  (Real ones,
 * for the libraries, come from tls_ca.py.)
 */
#ifndef TESTS_NET_MAKE_CERT_H
#define TESTS_NET_MAKE_CERT_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Zero in a field is the usual: see make_cert. */
struct make {
	const char *subject, *issuer;   /* common names; issuer NULL: its own */
	struct slice issuer_name;       /* instead: a whole name */
	const char *begin, *end;        /* UTCTime of 13 bytes, or GeneralizedTime of 15 */
	struct slice names;             /* entries of subjectAltName; empty: none */
	struct slice key;               /* a whole SubjectPublicKeyInfo */
	struct slice signature_oid;
	struct slice extra;             /* further extensions, whole */
	const char *key_id, *issuer_key_id;
	bool ca;
	int path_max;                   /* with ca: 0 says nothing, n says n - 1 */
	int use;                        /* bits of keyUsage's first byte; 0: not said */
	int purpose;                    /* 1 server, 2 client, 3 any, 4 both; 0: not said */
	int version;                    /* 1: no version and no extensions; 0: 3 */
};

struct maker {
	char *at;
	size_t count;
};

static inline void
make_put(struct maker *m, struct slice s)
{
	if (s.count != 0)
		memmove(m->at + m->count, s.at, s.count);
	m->count += s.count;
}

/* Wraps what was put since `from` into an element. */
static inline void
make_wrap(struct maker *m, size_t from, uint8_t tag)
{
	const size_t count = m->count - from;
	const size_t head = count < 0x80 ? 2 : count < 0x100 ? 3 : 4;
	unsigned char *at = (unsigned char *)m->at + from;

	memmove(at + head, at, count);
	at[0] = tag;
	if (head == 2)
		at[1] = (unsigned char)count;
	else if (head == 3)
		at[1] = 0x81, at[2] = (unsigned char)count;
	else
		at[1] = 0x82, at[2] = (unsigned char)(count >> 8), at[3] = (unsigned char)count;
	m->count += head;
}

static inline void
make_element(struct maker *m, uint8_t tag, struct slice body)
{
	const size_t from = m->count;

	make_put(m, body);
	make_wrap(m, from, tag);
}

static inline void
make_name(struct maker *m, const char *common)
{
	const size_t from = m->count;

	make_element(m, 0x06, SLICE("\x55\x04\x03"));
	make_element(m, 0x0c, slice_str(common));
	make_wrap(m, from, 0x30);
	make_wrap(m, from, 0x31);
	make_wrap(m, from, 0x30);
}

/* Wraps what was put since `from` into OCTET STRING and extension 2.5.29.n. */
static inline void
make_extension(struct maker *m, size_t from, uint8_t n)
{
	const char oid[] = { 0x06, 0x03, 0x55, 0x1d, (char)n };
	char value[4096];
	size_t count;

	make_wrap(m, from, 0x04);
	count = m->count - from;
	memcpy(value, m->at + from, count);
	m->count = from;
	make_put(m, slice_of(oid, sizeof oid));
	make_put(m, slice_of(value, count));
	make_wrap(m, from, 0x30);
}

static inline void
make_ca(struct maker *m, int path_max)
{
	const size_t from = m->count;
	const char limit = (char)(path_max - 1);

	make_put(m, SLICE("\x01\x01\xff"));
	if (path_max != 0)
		make_element(m, 0x02, slice_of(&limit, 1));
	make_wrap(m, from, 0x30);
	make_extension(m, from, 0x13);
}

static inline void
make_use(struct maker *m, int use)
{
	const char bits[] = { 0, (char)use };
	const size_t from = m->count;

	make_element(m, 0x03, slice_of(bits, 2));
	make_extension(m, from, 0x0f);
}

static inline void
make_purpose(struct maker *m, int purpose)
{
	const size_t from = m->count;

	if (purpose == 2 || purpose == 4)
		make_element(m, 0x06, SLICE("\x2b\x06\x01\x05\x05\x07\x03\x02"));
	if (purpose == 1 || purpose == 4)
		make_element(m, 0x06, SLICE("\x2b\x06\x01\x05\x05\x07\x03\x01"));
	if (purpose == 3)
		make_element(m, 0x06, SLICE("\x55\x1d\x25\x00"));
	make_wrap(m, from, 0x30);
	make_extension(m, from, 0x25);
}

static inline void
make_extensions(struct maker *m, const struct make *how)
{
	const size_t from = m->count;
	size_t at;

	if (how->ca)
		make_ca(m, how->path_max);
	if (how->names.count != 0) {
		at = m->count;
		make_element(m, 0x30, how->names);
		make_extension(m, at, 0x11);
	}
	if (how->use != 0)
		make_use(m, how->use);
	if (how->purpose != 0)
		make_purpose(m, how->purpose);
	if (how->key_id) {
		at = m->count;
		make_element(m, 0x04, slice_str(how->key_id));
		make_extension(m, at, 0x0e);
	}
	if (how->issuer_key_id) {
		at = m->count;
		make_element(m, 0x80, slice_str(how->issuer_key_id));
		make_wrap(m, at, 0x30);
		make_extension(m, at, 0x23);
	}
	make_put(m, how->extra);
	if (m->count != from) {
		make_wrap(m, from, 0x30);
		make_wrap(m, from, 0xa3);
	}
}

/* A P-256 key whose point is made of one letter. */
static inline void
make_p256(struct maker *m)
{
	const size_t from = m->count;
	char point[66];

	make_element(m, 0x06, SLICE("\x2a\x86\x48\xce\x3d\x02\x01"));
	make_element(m, 0x06, SLICE("\x2a\x86\x48\xce\x3d\x03\x01\x07"));
	make_wrap(m, from, 0x30);
	memset(point, 'p', sizeof point);
	point[0] = 0;
	point[1] = 4;
	make_element(m, 0x03, slice_of(point, sizeof point));
	make_wrap(m, from, 0x30);
}

/* An RSA key of `bits`, exponent of `exponent_bytes`, written to `to`. */
static inline struct slice
make_rsa(char *to, int bits, size_t exponent_bytes)
{
	struct maker m = { to, 0 };
	char number[2048];
	const size_t count = (size_t)(bits + 7) / 8;
	size_t from;

	make_element(&m, 0x06, SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"));
	make_put(&m, SLICE("\x05\x00"));
	make_wrap(&m, 0, 0x30);
	from = m.count;
	make_put(&m, slice_of("", 1)); /* no bit of the BIT STRING is unused */
	memset(number, 0x55, sizeof number);
	number[0] = 0;
	number[1] = (char)(1 << (bits + 7) % 8);
	/* A zero in front where the first bit would be a sign. */
	if (bits % 8 == 0)
		make_element(&m, 0x02, slice_of(number, count + 1));
	else
		make_element(&m, 0x02, slice_of(number + 1, count));
	memset(number, 0x01, sizeof number);
	make_element(&m, 0x02, slice_of(number, exponent_bytes));
	make_wrap(&m, from + 1, 0x30);
	make_wrap(&m, from, 0x03);
	make_wrap(&m, 0, 0x30);
	return slice_of(to, m.count);
}

static inline void
make_moment(struct maker *m, const char *text)
{
	make_element(m, strlen(text) == 13 ? 0x17 : 0x18, slice_str(text));
}

static inline void
make_algorithm(struct maker *m, const struct make *how)
{
	const size_t from = m->count;

	make_element(m, 0x06, how->signature_oid.count != 0
	                              ? how->signature_oid
	                              : SLICE("\x2a\x86\x48\xce\x3d\x04\x03\x02"));
	make_wrap(m, from, 0x30);
}

static inline struct slice
make_cert(char *to, const struct make *how)
{
	struct maker m = { to, 0 };
	size_t from;

	if (how->version != 1)
		make_put(&m, SLICE("\xa0\x03\x02\x01\x02"));
	make_put(&m, SLICE("\x02\x01\x07"));
	make_algorithm(&m, how);
	if (how->issuer_name.count != 0)
		make_put(&m, how->issuer_name);
	else
		make_name(&m, how->issuer ? how->issuer : how->subject);
	from = m.count;
	make_moment(&m, how->begin ? how->begin : "260101000000Z");
	make_moment(&m, how->end ? how->end : "270101000000Z");
	make_wrap(&m, from, 0x30);
	make_name(&m, how->subject);
	if (how->key.count != 0)
		make_put(&m, how->key);
	else
		make_p256(&m);
	if (how->version != 1)
		make_extensions(&m, how);
	make_wrap(&m, 0, 0x30);
	make_algorithm(&m, how);
	make_element(&m, 0x03, SLICE("\0signed by nobody"));
	make_wrap(&m, 0, 0x30);
	return slice_of(to, m.count);
}
#endif
