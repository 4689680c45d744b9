/* conn.c - the states of a connection, and who is told.
 *
 * Why    A link, a poll and a Telegram call want the same: bytes to and from a name,
 *        or a reason why not, in bounded time.
 * Input  endpoints; what dns, the race, the proxy, TLS and the socket say.
 * Output open, bytes, closed.
 *
 *            READY                READY             READY              READY
 *   RESOLVE ───────> CONNECT ───────────> PROXY ───────────> SECURE ──────────> OPEN
 *      │               │ ^                  │                  │ │                │
 *      │               │ └──────────────────┼──── AGAIN ───────┘ │                │
 *      v               v                    v                    v                v
 *   CLOSED <─────────────────────── END, DEADLINE ────────────────────────────────┘
 *
 * Limits what the states do is conn_stage.c's.  What is closed is settled in the next turn,
 *        from one timer: nothing is freed under the feet of whoever is being called.
 */
#include "net/conn_internal.h"
#include "base/check.h"
#include "base/text.h"
#include "net/dns_local.h"
#include "sys/tcp.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const int64_t ms = 1000000;

static const struct {
	const char *name;
	int32_t stay_max_ms;   /* where the options say 0 */
} about[CONN_STATE_COUNT] = {
	[CONN_IDLE]    = { "idle", 0 },
	[CONN_RESOLVE] = { "resolve", 5000 },
	[CONN_CONNECT] = { "connect", 5000 },
	[CONN_PROXY]   = { "proxy", 8000 },
	[CONN_SECURE]  = { "tls", 8000 },
	[CONN_OPEN]    = { "open", 30000 },  /* only while the peer does not read */
	[CONN_CLOSED]  = { "closed", 0 },    /* settled in the next turn */
};

/* The whole machine: [state][input] -> next state. */
static const uint8_t next[CONN_STATE_COUNT][CONN_INPUT_COUNT] = {
	/*                   READY         AGAIN         END          DEADLINE     */
	[CONN_IDLE]    = { CONN_RESOLVE, CONN_IDLE,    CONN_CLOSED, CONN_CLOSED },
	[CONN_RESOLVE] = { CONN_CONNECT, CONN_RESOLVE, CONN_CLOSED, CONN_CLOSED },
	[CONN_CONNECT] = { CONN_PROXY,   CONN_CONNECT, CONN_CLOSED, CONN_CLOSED },
	[CONN_PROXY]   = { CONN_SECURE,  CONN_PROXY,   CONN_CLOSED, CONN_CLOSED },
	[CONN_SECURE]  = { CONN_OPEN,    CONN_CONNECT, CONN_CLOSED, CONN_CLOSED },
	[CONN_OPEN]    = { CONN_OPEN,    CONN_OPEN,    CONN_CLOSED, CONN_CLOSED },
	[CONN_CLOSED]  = { CONN_CLOSED,  CONN_CLOSED,  CONN_CLOSED, CONN_CLOSED },
};

const char *
conn_reason_text(enum conn_reason reason)
{
	static const char *const text[] = {
#define X(name, text) text,
		CONN_REASONS(X)
#undef X
	};

	return reason >= 0 && reason < CONN_REASON_COUNT ? text[reason] : "unknown";
}

/* --- deadlines --------------------------------------------------------------------------- */

/* What to say of a state that took too long. */
static void
say_late(struct conn *c, int32_t stay_ms)
{
	char words[CONN_DETAIL_BYTES / 2];
	struct text t = text_init(words, sizeof words - 1);

	switch ((enum conn_state)c->state) {
	case CONN_CONNECT:
		conn_race_words(&c->race, &t);
		break;
	case CONN_PROXY:
		text_format(&t, "the proxy %s is silent", c->via.host);
		break;
	case CONN_SECURE:
		text_str(&t, "the handshake is not over");
		break;
	default:
		text_str(&t, "no answer");
		break;
	}
	words[t.count] = '\0';
	conn_fail(c, CONN_REASON_TIMEOUT, "%s took longer than %d ms: %s", about[c->state].name,
	          (int)stay_ms, words);
}

static void
on_deadline(void *context, struct now now)
{
	struct conn *c = context;

	(void)now;
	c->timer = 0;
	if (c->state == CONN_OPEN && c->write_error != 0)
		conn_fail(c, CONN_REASON_RESET, "%s", tcp_words(c->write_error));
	else if (c->state == CONN_OPEN)
		conn_fail(c, CONN_REASON_FULL, "the peer read nothing for %d ms",
		          (int)c->net->stay_max_ms[CONN_OPEN]);
	else
		say_late(c, c->net->stay_max_ms[c->state]);
}

void
conn_stay(struct conn *c, int32_t stay_ms)
{
	struct timers *timers = &c->net->loop->timers;
	const int64_t at_ns = c->net->loop->now.mono_ns + stay_ms * ms;

	if (stay_ms == 0) {
		timer_cancel(timers, c->timer);
		c->timer = 0;
	} else if (!timer_move(timers, c->timer, at_ns)) {
		c->timer = timer_set(timers, at_ns, about[c->state].name, on_deadline, c);
		if (c->timer == 0)
			conn_fail(c, CONN_REASON_RESOURCES, "no free timer");
	}
}

/* --- the end ----------------------------------------------------------------------------- */

/* Drops the descriptor and the place; then the owner is told, who may take it again. */
static void
settle(struct conn *c)
{
	struct net *n = c->net;
	const struct conn_owner owner = c->owner;
	const enum conn_reason reason = (enum conn_reason)c->reason;
	char detail[CONN_DETAIL_BYTES];

	ASSERT(c->state == CONN_CLOSED);
	memcpy(detail, c->detail, sizeof detail);
	conn_let_go(c);
	n->stats.closed_count[reason]++;
	n->stats.conn_count--;
	c->taken = false;
	c->next = n->free;
	n->free = c;
	owner.on_closed(owner.context, reason, detail);
}

static void
on_settle(void *context, struct now now)
{
	struct net *n = context;
	struct conn *c = n->closed;

	(void)now;
	/* Its cell was given back just now: this cannot be refused. */
	n->settle_timer = timer_set(&n->loop->timers, INT64_MAX - 1, "settle", on_settle, n);
	n->closed = n->closed_last = NULL;
	while (c != NULL) {
		struct conn *following = c->next;

		settle(c);
		c = following;
	}
}

static void
begin_closed(struct conn *c)
{
	struct net *n = c->net;

	dns_forget(n->dns, c->ticket);
	c->ticket = 0;
	conn_race_stop(&c->race);
	if (c->fd >= 0)
		loop_forget(n->loop, c->handle);
	c->next = NULL;
	if (n->closed_last != NULL)
		n->closed_last->next = c;
	else
		n->closed = c;
	n->closed_last = c;
	timer_move(&n->loop->timers, n->settle_timer, n->loop->now.mono_ns);
}

/* --- the machine ------------------------------------------------------------------------- */

static void
enter(struct conn *c, enum conn_state to)
{
	const bool again = c->state == CONN_SECURE && to == CONN_CONNECT;

	ASSERT(to < CONN_STATE_COUNT);
	ASSERT(to != CONN_IDLE);
	c->state = (uint8_t)to;
	conn_stay(c, to == CONN_OPEN ? 0 : c->net->stay_max_ms[to]);
	if (c->state != to)
		return; /* without a deadline nothing is begun */
	switch (to) {
	case CONN_RESOLVE:
		conn_stage_resolve(c);
		break;
	case CONN_CONNECT:
		if (again)
			conn_stage_again(c);
		else
			conn_stage_connect(c);
		break;
	case CONN_PROXY:
		conn_stage_proxy(c);
		break;
	case CONN_SECURE:
		conn_stage_secure(c);
		break;
	case CONN_OPEN:
		conn_stage_open(c);
		break;
	case CONN_CLOSED:
		begin_closed(c);
		break;
	case CONN_IDLE:
	case CONN_STATE_COUNT:
		break;
	}
}

void
conn_step(struct conn *c, enum conn_input in)
{
	enum conn_state to;

	ASSERT(c->taken);
	ASSERT(c->state < CONN_STATE_COUNT);
	ASSERT(in < CONN_INPUT_COUNT);
	to = (enum conn_state)next[c->state][in];
	if (to != (enum conn_state)c->state)
		enter(c, to);
}

void
conn_fail(struct conn *c, enum conn_reason reason, const char *format, ...)
{
	va_list list;

	if (c->state == CONN_CLOSED)
		return;
	c->reason = (uint8_t)reason;
	va_start(list, format);
	vsnprintf(c->detail, sizeof c->detail, format, list);
	va_end(list);
	/* What was remembered does not help any more: begin with everything next time. */
	if (c->state == CONN_SECURE && c->remembered && reason != CONN_REASON_ASKED)
		conn_memory_no_tls13(&c->net->memory, c->host, c->port, false,
		                     c->net->loop->now.mono_ns);
	conn_step(c, reason == CONN_REASON_TIMEOUT ? CONN_IN_DEADLINE : CONN_IN_END);
}

/* --- what the owner calls ---------------------------------------------------------------- */

enum err
net_open(struct net **net_out, struct loop *loop, struct dns *dns, int conn_count_max,
         const struct conn_timeouts *timeouts, struct arena *boot)
{
	struct net *n = arena_take(boot, "connections", 1, sizeof *n);
	struct conn *conn;
	char *out, *buffer;
	const int32_t asked_ms[CONN_STATE_COUNT] = {
		[CONN_RESOLVE] = timeouts->dns_ms,
		[CONN_CONNECT] = timeouts->connect_ms,
		[CONN_PROXY] = timeouts->proxy_ms,
		[CONN_SECURE] = timeouts->tls_ms,
		[CONN_OPEN] = timeouts->stall_ms,
	};
	enum err err;

	ASSERT(conn_count_max > 0);
	*net_out = NULL;
	conn = arena_take(boot, "connections", (size_t)conn_count_max, sizeof *conn);
	out = arena_take(boot, "connection output", (size_t)conn_count_max, CONN_OUTPUT_BYTES);
	buffer = arena_take(boot, "receive buffer", 1, CONN_READ_BYTES + CONN_SLACK_BYTES);
	if (n == NULL || conn == NULL || out == NULL || buffer == NULL)
		return ERR_FULL;
	err = tls_pool_init(&n->tls, boot, conn_count_max);
	if (err != ERR_NONE)
		return err;
	n->loop = loop;
	n->dns = dns;
	n->conn = conn;
	n->conn_count_max = conn_count_max;
	n->buffer = buffer;
	for (int i = 0; i < CONN_STATE_COUNT; i++)
		n->stay_max_ms[i] = asked_ms[i] > 0 ? asked_ms[i] : about[i].stay_max_ms;
	n->stay_max_ms[CONN_RESOLVE] += CONN_RESOLVE_EXTRA_MS;
	for (int i = conn_count_max - 1; i >= 0; i--) {
		conn[i].net = n;
		conn[i].out = out + (size_t)i * CONN_OUTPUT_BYTES;
		conn[i].next = n->free;
		n->free = &conn[i];
	}
	n->settle_timer = timer_set(&loop->timers, INT64_MAX - 1, "settle", on_settle, n);
	if (n->settle_timer == 0)
		return ERR_FULL;
	*net_out = n;
	return ERR_NONE;
}

void
net_close(struct net *n)
{
	n->closing = true;
	for (int i = 0; i < n->conn_count_max; i++)
		if (n->conn[i].taken)
			conn_close(&n->conn[i]);
	timer_cancel(&n->loop->timers, n->settle_timer);
	on_settle(n, n->loop->now);
	timer_cancel(&n->loop->timers, n->settle_timer);
	ASSERT(n->stats.conn_count == 0);
}

/* A name or an address without anything that could end a line of a request. */
static bool
is_host(const char *host)
{
	const size_t count = strnlen(host, DNS_NAME_BYTES);

	for (size_t i = 0; i < count; i++)
		if (host[i] <= ' ' || host[i] > '~')
			return false;
	return count > 0 && count < DNS_NAME_BYTES;
}

/* Judges what the caller wants before anything is asked. */
static void
begin(struct conn *c, const struct conn_endpoint *to)
{
	char words[128];
	struct text why = text_init(words, sizeof words - 1);
	struct dns_address a;

	if (!is_host(to->host)) {
		conn_fail(c, CONN_REASON_DNS, "what should be a host is none");
		return;
	}
	memcpy(c->host, to->host, strlen(to->host) + 1);
	if (!proxy_url_read(slice_of(to->proxy, strnlen(to->proxy, sizeof to->proxy)), &c->via,
	                    &why)) {
		words[why.count] = '\0';
		conn_fail(c, CONN_REASON_PROXY, "%s", words);
		return;
	}
	if (!c->secure && c->via.kind != PROXY_NONE &&
	    !(dns_is_literal(c->host, &a) && conn_memory_is_private(&a)))
		conn_fail(c, CONN_REASON_PLAIN, "%s lies behind a proxy: what goes there wants TLS",
		          c->host);
	else
		conn_step(c, CONN_IN_READY);
}

struct conn *
conn_open(struct net *n, const struct conn_endpoint *to, const struct conn_owner *owner)
{
	struct conn *c = n->free;
	char *out;

	ASSERT(owner->on_open != NULL);
	ASSERT(owner->on_bytes != NULL);
	ASSERT(owner->on_closed != NULL);
	if (c == NULL || n->closing) {
		n->stats.refused_count++;
		return NULL;
	}
	n->free = c->next;
	out = c->out;
	*c = (struct conn){
		.net = n,
		.taken = true,
		.fd = -1,
		.owner = *owner,
		.out = out,
		.trust = to->trust,
		.backend = (uint8_t)to->backend,
		.secure = to->secure,
		.port = to->port,
	};
	if (++n->stats.conn_count > n->stats.conn_max_count)
		n->stats.conn_max_count = n->stats.conn_count;
	begin(c, to);
	return c;
}

void
conn_close(struct conn *c)
{
	if (c->state == CONN_CLOSED)
		return;
	if (c->tls != NULL)
		tls_close(c->tls);
	conn_fail(c, CONN_REASON_ASKED, "closed by us");
}

const char *
conn_about(const struct conn *c)
{
	return c->about;
}

int64_t
conn_opened_ns(const struct conn *c)
{
	return c->opened_ns;
}

uint64_t
conn_bytes_in(const struct conn *c)
{
	return c->bytes_in;
}

const struct net_stats *
net_stats(const struct net *n)
{
	return &n->stats;
}
