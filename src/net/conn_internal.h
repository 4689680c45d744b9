/* conn_internal.h - what conn.c (states), conn_stage.c (their work) and conn_io.c (bytes)
 * share.
 *
 * conn.c alone changes the state; the others do the work of a state, or move bytes, and
 * say what happened by conn_step and conn_fail.
 */
#ifndef NET_CONN_INTERNAL_H
#define NET_CONN_INTERNAL_H
#include "net/conn.h"
#include "net/conn_memory.h"
#include "net/conn_race.h"
#include "net/proxy.h"

enum {
	CONN_READ_BYTES = 65536,
	CONN_SLACK_BYTES = 64,
	/* What one connection may read in a turn before others have theirs. */
	CONN_TURN_BYTES = 4 * CONN_READ_BYTES,
	CONN_DETAIL_BYTES = 768,
	CONN_ABOUT_BYTES = 128,
	/* The resolver tells its own deadline, with a better sentence: ours is behind it. */
	CONN_RESOLVE_EXTRA_MS = 1000,
};

_Static_assert((int)CONN_SLACK_BYTES >= (int)TLS_SLACK_BYTES, "conn.h promises 32");

enum conn_state {
	CONN_IDLE,
	CONN_RESOLVE,
	CONN_CONNECT,
	CONN_PROXY,
	CONN_SECURE,
	CONN_OPEN,
	CONN_CLOSED, /* the owner is told in a later turn */
	CONN_STATE_COUNT
};

enum conn_input {
	CONN_IN_READY,    /* this state has done its work */
	CONN_IN_AGAIN,    /* connect once more */
	CONN_IN_END,      /* it failed, the peer went, or the owner did */
	CONN_IN_DEADLINE,
	CONN_INPUT_COUNT
};

struct conn {
	struct net *net;
	struct conn *next;       /* free or closed ones */
	bool taken;
	uint8_t state;           /* enum conn_state */
	uint8_t reason;          /* enum conn_reason, once it is closed */
	bool receiving;          /* inside tls_receive: nothing is flushed */
	bool wants_room;         /* a conn_send was refused */
	bool second_try;         /* TLS 1.2 alone */
	bool remembered;         /* TLS 1.2 alone, because the memory said so */
	int fd;                  /* -1: none */
	int write_error;         /* errno; what the peer still says is read */
	unsigned wanted;         /* of the loop */
	uint64_t handle;
	uint64_t timer;          /* the state's deadline; open: while output waits */
	uint64_t ticket;         /* of dns */
	int64_t opened_ns;
	uint64_t bytes_in;
	struct conn_owner owner;
	struct tls *tls;
	size_t out_head, out_count;
	char *out;               /* [CONN_OUTPUT_BYTES], of plain connections */
	const struct tls_trust *trust;
	uint8_t backend;
	bool secure;
	uint16_t port;
	int address_count;
	int won;                 /* index into race.address */
	struct dns_address address[DNS_ADDRESSES_MAX];
	struct conn_race race;
	char host[DNS_NAME_BYTES];
	char about[CONN_ABOUT_BYTES];
	char detail[CONN_DETAIL_BYTES];
	struct proxy_url via;
	struct proxy proxy;
};

struct net {
	struct loop *loop;
	struct dns *dns;
	struct tls_pool *tls;
	struct conn *conn;       /* [conn_count_max] */
	int conn_count_max;
	bool closing;
	struct conn *free;
	struct conn *closed, *closed_last; /* whose owners are to be told */
	uint64_t settle_timer;
	int32_t stay_max_ms[CONN_STATE_COUNT];
	struct net_stats stats;
	struct conn_memory memory;
	char *buffer;            /* [CONN_READ_BYTES + CONN_SLACK_BYTES] */
};

/* --- conn.c ------------------------------------------------------------------------------ */

/* The one door to another state. */
void conn_step(struct conn *c, enum conn_input in);

/* Ends it; the first reason stands. */
void conn_fail(struct conn *c, enum conn_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Its deadline, from now on; 0: none. */
void conn_stay(struct conn *c, int32_t ms);

/* --- conn_stage.c ------------------------------------------------------------------------ */

/* Each is called once when its state is entered; SECURE may end in `again`, which is
 * CONNECT with TLS 1.2 alone. */
void conn_stage_resolve(struct conn *c);
void conn_stage_connect(struct conn *c);
void conn_stage_again(struct conn *c);
void conn_stage_proxy(struct conn *c);
void conn_stage_secure(struct conn *c);
void conn_stage_open(struct conn *c);

/* --- conn_io.c --------------------------------------------------------------------------- */

void conn_on_ready(void *context, unsigned ready, struct now now);

/* Gives the kernel what it takes of what waits. */
void conn_flush(struct conn *c);

/* Nothing more is coming or going: drops descriptor and TLS, after one more flush. */
void conn_let_go(struct conn *c);
#endif
