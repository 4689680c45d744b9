/* tls_internal.h - what tls.c and the two libraries behind it share.
 *
 * tls.c owns the slot, the state, the output and the words; a library sees bytes.
 * Each has one table of functions.  They call back into tls.c to put cipher bytes
 * out, to judge certificates, to say that the handshake is over, and to end.
 *
 *        tls.h
 *   ┌──────┴───────┐  struct tls_library   ┌───────────────┐
 *   │    tls.c     ├──────────────────────>│ tls_mbedtls.c │──> base/heap
 *   │              │<──────────────────────┤ tls_bearssl.c │
 *   └──────────────┘  tls_put, tls_judge,  └───────────────┘
 *                     tls_opened, tls_end
 */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H
#include "base/heap.h"
#include "base/text.h"
#include "net/tls.h"
#include "net/tls_name.h"
#include "net/tls_policy.h"
#include "net/tls_session.h"

enum {
	TLS_RECORD_BYTES = 16384,
	/* We send requests: small records are enough, and cost 12 KB less a slot.
	 * mbedTLS's output buffer of 4096 holds 4095 in 1.3 (content type, padding to
	 * multiples of 16). */
	TLS_SEND_RECORD_BYTES = 4080,
	/* Header, explicit nonce, content type, padding, tag: 5 + 8 + 1 + 15 + 16 at
	 * most, rounded up. */
	TLS_RECORD_EXTRA = 64,
	/* Five full records: more than 16 KB of plain bytes at once. */
	TLS_OUTPUT_BYTES = 5 * (TLS_SEND_RECORD_BYTES + TLS_RECORD_EXTRA),
	TLS_DETAIL_BYTES = 384,
	TLS_ABOUT_BYTES = 64,
};

struct tls_library {
	const char *name;
	/* Builds the library's objects in the slot's heap and starts the handshake.
	 * `session`: to resume, or empty.  May call tls_end. */
	void (*open)(struct tls *t, struct slice session);
	/* All of `cipher`, until t->state is TLS_ENDED. */
	void (*receive)(struct tls *t, struct slice cipher, tls_sink *sink, void *context);
	/* `plain` is at most TLS_SEND_RECORD_BYTES, the output has room for it, the state
	 * is TLS_OPEN.  False: nothing was sent. */
	bool (*send)(struct tls *t, struct slice plain);
	void (*close)(struct tls *t);   /* close_notify */
	void (*free)(struct tls *t);    /* before the heap is wiped; all or nothing is built */
};

extern const struct tls_library tls_mbedtls, tls_bearssl;

struct tls {
	struct tls_pool *pool;
	struct tls *next_free;
	const struct tls_library *library;
	const struct tls_trust *trust;
	tls_entropy *entropy;
	int64_t wall_ns;
	struct tls_host host;
	bool taken;
	uint8_t backend;        /* enum tls_backend */
	uint8_t state, reason;  /* enum tls_state, enum tls_reason */
	bool no_tls13, try_12;
	bool begun;             /* the peer's first byte was seen */
	bool offered_session;
	bool judged_good;       /* certificates came and the policy took them */
	uint8_t verdict;        /* enum tls_reason of a policy that did not */
	int64_t until_s;        /* the certificates under this session */
	char detail[TLS_DETAIL_BYTES];
	char about[TLS_ABOUT_BYTES];
	size_t out_head, out_count, out_reached;
	char *out;              /* [TLS_OUTPUT_BYTES] */
	void *own;              /* the library's, in the heap */
	struct heap heap;
};

struct tls_pool {
	char *slot;
	int count_max;
	struct tls *free;
	struct tls_sessions sessions;
	/* Lent during one call; nothing here outlives it. */
	char plain[TLS_RECORD_BYTES + TLS_SLACK_BYTES];
	struct tls_path path;
};

/* Once, from tls_pool_init; more often is harmless.  False: it cannot work. */
bool tls_mbedtls_boot(void);

/* --- tls.c for the libraries ------------------------------------------------------ */

/* The first end counts; every later one is ignored. */
void tls_end(struct tls *t, enum tls_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* All or nothing; false: no room. */
bool tls_put(struct tls *t, const void *bytes, size_t count);
size_t tls_put_room(const struct tls *t);

/* The policy's word on what the server sent; path: in pool->path.  When it is not
 * TLS_REASON_NONE the library makes its handshake fail and calls tls_end_refused. */
enum tls_reason tls_judge(struct tls *t, const struct tls_chain *chain);
void tls_end_refused(struct tls *t);

/* The handshake is over.  version: 0x0303 or 0x0304; group: its IANA number, 0: not
 * told.  Ends instead when no certificate was judged and no session was offered. */
void tls_opened(struct tls *t, int version, int suite, int group);

void tls_keep_session(struct tls *t, struct slice session);

/* --- tls_words.c ------------------------------------------------------------------ */

/* Ends with an alert's number and name; some numbers have a better reason. */
void tls_end_alert(struct tls *t, int number);

/* By IANA's numbers.  NULL: not one of ours. */
const char *tls_suite_text(int suite);

/* With a blank in front; "" where there is nothing to say. */
const char *tls_group_text(int group);
#endif
