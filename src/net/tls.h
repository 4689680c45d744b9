/* tls.h - a TLS client as an engine: bytes in, bytes out, no socket, no clock.
 *
 *      cipher from the socket                        plain to the reader
 *   ───────────────────────────> tls_receive ──────────────────────────> sink
 *   <─────────────────────────── tls_output  <────────────────────────── tls_send
 *      cipher to the socket                          plain of the writer
 *
 * Two libraries stand behind it, chosen per connection: mbedTLS (TLS 1.3 and 1.2)
 * and BearSSL (1.2).  The policy is ours and the same on both, whatever a library
 * allows by default: TLS 1.2 at least; ECDHE with an AEAD cipher only; names from
 * subjectAltName only (dNSName for names, iPAddress for addresses, a wildcard for
 * one leftmost label); no SHA-1, RSA of 2048 bits at least or P-256/P-384, usage
 * serverAuth where the certificate says any, validity at the time given, up to a
 * root of the trust; SPKI pins on top where the trust has some for the host.
 *
 * A connection that failed or ended stays so: every later call is harmless and
 * says the same.  Nothing a peer sends makes it spin, hang or grow.  What it still
 * wants to say (an alert, close_notify) waits in tls_output.
 *
 * One thread.  Both libraries compute with what the processor has (AES and carry-less
 * multiplication), asked at start.  Certificates are not checked for revocation.
 */
#ifndef NET_TLS_H
#define NET_TLS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum tls_backend { TLS_NONE, TLS_MBEDTLS, TLS_BEARSSL, TLS_BACKEND_COUNT };

/* Why it ended.  The text is the log field, the metric label and, with the detail
 * of tls_detail(), the sentence for a person. */
#define TLS_REASONS(X)                                                         \
	X(NONE,          "none")                                               \
	X(CLOSED,        "closed_by_peer")      /* close_notify */              \
	X(TRUNCATED,     "truncated")           /* the end came without it */   \
	X(EXPIRED,       "certificate_expired")                                \
	X(NOT_YET,       "certificate_not_yet_valid")                          \
	X(NAME,          "certificate_for_another_name")                       \
	X(ISSUER,        "unknown_issuer")      /* no root, or one in between missing */ \
	X(SIGNATURE,     "bad_certificate_signature")                          \
	X(WEAK,          "weak_key_or_hash")                                   \
	X(USAGE,         "certificate_not_for_servers")                        \
	X(PIN,           "pin_mismatch")                                       \
	X(CERTIFICATE,   "broken_certificate")                                 \
	X(VERSION,       "protocol_version")                                   \
	X(CIPHER,        "no_common_cipher")                                   \
	X(ALERT,         "alert_from_peer")                                    \
	X(RECORD,        "broken_record")                                      \
	X(KEY_UPDATE,    "key_update")          /* mbedTLS 3.6 cannot go on */  \
	X(RENEGOTIATION, "renegotiation")                                      \
	X(PROTOCOL,      "unexpected_message")                                 \
	X(MEMORY,        "out_of_memory")                                      \
	X(INTERNAL,      "internal_error")

enum tls_reason {
#define X(name, text) TLS_REASON_##name,
	TLS_REASONS(X)
#undef X
	TLS_REASON_COUNT
};

const char *tls_reason_text(enum tls_reason reason);
const char *tls_backend_text(enum tls_backend backend); /* "mbedtls", "bearssl" */

/* --- trust ------------------------------------------------------------------ */

/* Who is believed.  Made at boot, shared by all connections, read-only then. */
struct tls_trust;

/* The roots built in; or, if ca_pem is not empty, those in it instead (PEM, any
 * number).  pins: "HOST sha256/BASE64" each, of the SubjectPublicKeyInfo of any
 * certificate from the server's own to the root.  ca_pem and pins are copied into
 * the arena.  On failure says why in `why` (why_bytes of at least 1, terminated):
 * ERR_CONFIG, or ERR_FULL when the arena has no room. */
enum err tls_trust_init(struct tls_trust **trust_out, struct slice ca_pem,
                        const char *const *pin, int pin_count, struct arena *boot,
                        char *why, size_t why_bytes);

/* --- connections ------------------------------------------------------------ */

struct tls;

/* Room for count_max connections of either backend; a connection's whole heap is
 * its slot.  The plan: bytes a slot, of which those that a connection never needed
 * stay untouched.  TLS 1.3 handshakes going on at once: TLS_SHAKING_MAX, more fail
 * with MEMORY. */
enum { TLS_SLOT_BYTES = 94208, TLS_SHAKING_MAX = 128 };
struct tls_pool;
enum err tls_pool_init(struct tls_pool **pool_out, struct arena *boot, int count_max);

/* Fills `to` with `count` bytes of real entropy; the caller's (sys/entropy.h).  Called
 * some times in a handshake (1 to 10, 32 bytes each, measured) and for nothing
 * afterwards: no generator of ours stands between. */
typedef void tls_entropy(void *to, size_t count);

struct tls_options {
	enum tls_backend backend;
	const struct tls_trust *trust;
	const char *host;    /* name or address literal; copied.  SNI for names */
	int64_t wall_ns;     /* validity of certificates is judged at this time */
	tls_entropy *entropy;
	bool no_tls13;       /* second try: 1.2 alone, without PSS */
};

/* NULL when all slots are taken.  tls_output has the ClientHello at once; a host that
 * is none (empty, longer than 253 bytes, with bytes no host has) has ended already.
 * Sessions of the same host, backend and trust are resumed where the peer allows. */
struct tls *tls_open(struct tls_pool *pool, const struct tls_options *options);
void tls_free(struct tls *t); /* gives the slot back, wiped */

enum tls_state { TLS_HANDSHAKE, TLS_OPEN, TLS_ENDED };

/* Takes all of `cipher`; plain bytes go to the sink in pieces of at most 16 KB, valid
 * only during its call and followed by at least TLS_SLACK_BYTES readable bytes.  The
 * sink may call tls_send and tls_close of any connection, never tls_receive or
 * tls_free of one. */
enum { TLS_SLACK_BYTES = 64 };
typedef void tls_sink(void *context, struct slice plain);
enum tls_state tls_receive(struct tls *t, struct slice cipher, tls_sink *sink, void *context);

/* The socket ended.  Without a close_notify before it the reason is TRUNCATED. */
void tls_receive_end(struct tls *t);

/* Encrypts; returns bytes taken, fewer when the output is full (send it first), none
 * unless it is open.  tls_room: so many at least it would take now; more than 16 KB
 * when nothing waits in the output. */
size_t tls_send(struct tls *t, struct slice plain);
size_t tls_room(const struct tls *t);

/* Cipher bytes waiting for the socket; tls_sent() takes `count` off its front. */
struct slice tls_output(struct tls *t);
void tls_sent(struct tls *t, size_t count);

/* Says close_notify and ends, with reason NONE: nothing can be sent afterwards, and
 * what still comes is not looked at. */
void tls_close(struct tls *t);

enum tls_state tls_state(const struct tls *t);
enum tls_reason tls_reason(const struct tls *t);

/* A sentence for a person: names the issuer that is missing, the names that the
 * certificate is for, the day it expired, the number of the alert. */
const char *tls_detail(const struct tls *t);

/* "TLS 1.3 AES-128-GCM resumed", for status pages, with the group of the key exchange
 * where the library tells (BearSSL); "" before it is open. */
const char *tls_about(const struct tls *t);

/* The handshake failed in a way that a ClientHello of TLS 1.2 alone may cure: open
 * again with no_tls13, once.  False also when this was that second try. */
bool tls_try_again_with_12(const struct tls *t);

/* The most bytes of its slot that this connection ever used, for `status` and tests. */
size_t tls_used_bytes(const struct tls *t);
#endif
