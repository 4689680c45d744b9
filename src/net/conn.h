/* conn.h - one connection to somewhere: name, address, proxy, TLS, bytes.
 *
 *   RESOLVE ─> CONNECT ─> [PROXY] ─> [SECURE] ─> OPEN ─> CLOSED
 *                 ^                     │
 *                 └── once more, TLS 1.2 alone ──┘
 *
 * Happy eyeballs (RFC 8305, in short): the family that won last time for this host
 * goes first, the next address starts 250 ms later, the first that connects wins;
 * addresses that failed lately go last.  Every state has a deadline; whatever happens
 * the owner is told once, on_closed.
 *
 * Plain ws:// and http:// are for loopback and private addresses only: all addresses
 * that a name resolves to are judged here (base/reach.h says which they are).  Through a
 * proxy, which resolves the name itself, plain goes to such an address written as digits
 * only.
 *
 * A server that a TLS 1.3 ClientHello frightens is tried once more with TLS 1.2 alone;
 * when that opens, the host is remembered for a day.  The owner sees one connection.
 */
#ifndef NET_CONN_H
#define NET_CONN_H
#include "net/dns.h"
#include "net/tls.h"
#include "sys/loop.h"

#define CONN_REASONS(X)                                                        \
	X(NONE,      "none")                                                   \
	X(ASKED,     "asked")          /* conn_close by the owner */            \
	X(DNS,       "dns")            /* no address; also none in time */      \
	X(REFUSED,   "refused")        /* connection refused */                 \
	X(UNREACHED, "unreachable")                                            \
	X(TIMEOUT,   "timeout")        /* the state's deadline; named in detail */ \
	X(PLAIN,     "plain_to_public_address")                                \
	X(PROXY,     "proxy")          /* reason and sentence in detail */      \
	X(TLS,       "tls")            /* the same; also an end without close_notify */ \
	X(ENDED,     "ended_by_peer")                                          \
	X(RESET,     "reset")                                                  \
	X(FULL,      "output_full")    /* the peer does not read */             \
	X(RESOURCES, "no_resources")

enum conn_reason {
#define X(name, text) CONN_REASON_##name,
	CONN_REASONS(X)
#undef X
	CONN_REASON_COUNT
};

const char *conn_reason_text(enum conn_reason reason);

struct conn_endpoint {
	char host[DNS_NAME_BYTES];    /* without brackets */
	uint16_t port;
	bool secure;                  /* TLS */
	enum tls_backend backend;
	const struct tls_trust *trust; /* kept; of this endpoint's CA file, or the common one */
	char proxy[512];              /* "http://user:pw@host:port", "socks5://...", "" none */
};

/* 0: 5000, 5000, 8000, 8000, 30000.  stall_ms: how long a peer may leave our bytes
 * unread, and an open connection our bytes unacknowledged. */
struct conn_timeouts { int32_t dns_ms, connect_ms, proxy_ms, tls_ms, stall_ms; };

/* All of them come from the loop, later than the call that caused them, one at a time.
 * Inside of each any conn_ function may be called, for this connection and others. */
struct conn_owner {
	void (*on_open)(void *context);
	/* `bytes` valid only during the call, followed by 32 readable bytes. */
	void (*on_bytes)(void *context, struct slice bytes, struct now now);
	/* The last that is heard of it: `c` is nobody's now, its place may be taken again
	 * at once.  `detail` is a sentence, valid only during the call. */
	void (*on_closed)(void *context, enum conn_reason reason, const char *detail);
	/* The output, which was too full for a conn_send, is empty now.  May be NULL. */
	void (*on_room)(void *context);
	void *context;
};

struct conn;
struct net;

/* What an empty output takes in one conn_send. */
enum { CONN_OUTPUT_BYTES = 16384 };

/* Everything connections share: loop, dns, TLS slots, one receive buffer, entropy.
 * The loop needs two timers a connection and one more (dns.h wants its own), and a
 * watcher for each address being tried (up to eight a connection, one as a rule).
 * entropy_open() comes before. */
enum err net_open(struct net **net_out, struct loop *loop, struct dns *dns,
                  int conn_count_max, const struct conn_timeouts *timeouts,
                  struct arena *boot);

/* Whoever is still connected is told so from inside, with ASKED.  Before dns_close. */
void net_close(struct net *n);

/* NULL: all taken.  Callbacks come from later turns, never from this call.  `to` and
 * `owner` are copied. */
struct conn *conn_open(struct net *n, const struct conn_endpoint *to,
                       const struct conn_owner *owner);

/* Takes all or nothing; false: the output is full or the connection is not open. */
bool conn_send(struct conn *c, struct slice bytes);
size_t conn_output_room(const struct conn *c);

/* Says goodbye and lets go; on_bytes comes no more, on_closed(ASKED) from a later turn.
 * What was sent and not yet taken by the kernel gets one more chance. */
void conn_close(struct conn *c);

/* "192.0.2.7:443 TLS 1.3 AES-128-GCM", for status pages; "" before it is open. */
const char *conn_about(const struct conn *c);
int64_t conn_opened_ns(const struct conn *c); /* monotonic; 0: not open */
uint64_t conn_bytes_in(const struct conn *c); /* as given to on_bytes */

struct net_stats {
	uint32_t conn_count;                    /* now */
	uint32_t conn_max_count;                /* at once, ever */
	uint64_t refused_count;                 /* conn_open without a place */
	uint64_t opened_count;
	uint64_t closed_count[CONN_REASON_COUNT];
	uint64_t second_try_count;              /* with TLS 1.2 alone */
	uint64_t bytes_in, bytes_out;           /* of the sockets */
	uint64_t read_count;
};
const struct net_stats *net_stats(const struct net *n);
#endif
