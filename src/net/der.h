/* der.h - walks DER (X.690), the notation of certificates, without copying.
 *
 * A `struct slice` is what is left to read; der_next takes one element off its
 * front.  Only what DER allows is read: definite lengths in their shortest form and
 * one-byte tags, up to 16 MB.  A failed read leaves the slice as it was.
 */
#ifndef NET_DER_H
#define NET_DER_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BITS = 0x03,
	DER_OCTETS = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,       /* [n] of a primitive */
	DER_CONTEXT_HOLDS = 0xa0, /* [n] of other elements */
};

static inline uint8_t
der_byte(struct slice s, size_t index)
{
	return (uint8_t)s.at[index];
}

/* The tag at the front, 0 at the end. */
static inline uint8_t
der_peek(struct slice in)
{
	return in.count == 0 ? 0 : der_byte(in, 0);
}

/* Takes the next element.  `body` is what it holds; `whole`, if not NULL, the same
 * with tag and length. */
bool der_any(struct slice *in, uint8_t *tag, struct slice *body, struct slice *whole);

/* The same when it must have this tag. */
bool der_next(struct slice *in, uint8_t tag, struct slice *body);
bool der_whole(struct slice *in, uint8_t tag, struct slice *whole);

/* A positive INTEGER's bytes without leading zeros; zero is no bytes.  False when
 * negative or longer than it must be. */
bool der_magnitude(struct slice *in, struct slice *bytes);

/* A BIT STRING of whole bytes. */
bool der_bytes(struct slice *in, struct slice *bytes);

/* UTCTime or GeneralizedTime as RFC 5280 has them (Zulu, whole seconds). */
bool der_time(struct slice *in, int64_t *unix_s);
#endif
