/* conn_stage.c - what a connection does in each of its states.
 *
 * Input  the endpoint, judged; what the resolver, the race and the TLS library say.
 * Output conn_step when a stage is over, conn_fail with a sentence when it cannot be.
 * Limits a stage that a connection does not need (no proxy, no TLS) is over at once.
 *        The state itself is changed by conn.c alone.
 */
#include "net/conn_internal.h"
#include "base/check.h"
#include "base/text.h"
#include "sys/entropy.h"
#include "sys/tcp.h"
#include <string.h>

static const int64_t ms = 1000000;

/* The kernel's deadline is behind ours, which has the better word for a peer that does
 * not read. */
static const int32_t tcp_extra_ms = 1000;

static void
on_won(void *context, int fd, int index)
{
	struct conn *c = context;
	struct net *n = c->net;
	const int64_t now_ns = n->loop->now.mono_ns;

	c->fd = fd;
	c->won = index;
	/* Those before it had their chance. */
	for (int i = 0; i < index; i++)
		conn_memory_lost(&n->memory, c->race.port, &c->race.address[i], now_ns);
	conn_memory_won(&n->memory, c->via.kind ? c->via.host : c->host, c->race.port,
	                &c->race.address[index], now_ns);
	tcp_tune(fd, n->stay_max_ms[CONN_OPEN] + tcp_extra_ms);
	c->wanted = LOOP_READ;
	if (loop_watch(n->loop, fd, c->wanted, "connection", conn_on_ready, c, &c->handle) !=
	    ERR_NONE)
		conn_fail(c, CONN_REASON_RESOURCES, "no free watcher");
	else
		conn_step(c, CONN_IN_READY);
}

static void
on_lost(void *context)
{
	struct conn *c = context;
	char words[CONN_DETAIL_BYTES - 64];
	struct text t = text_init(words, sizeof words - 1);

	for (int i = 0; i < c->race.begun_count; i++)
		conn_memory_lost(&c->net->memory, c->race.port, &c->race.address[i],
		                 c->net->loop->now.mono_ns);
	conn_race_words(&c->race, &t);
	words[t.count] = '\0';
	conn_fail(c, conn_race_reason(&c->race), "%s%s", c->via.kind ? "the proxy: " : "", words);
}

void
conn_stage_connect(struct conn *c)
{
	const char *host = c->via.kind ? c->via.host : c->host;

	c->race = (struct conn_race){
		.port = c->via.kind ? c->via.port : c->port,
		.count = c->address_count,
		.won = on_won,
		.lost = on_lost,
		.context = c,
	};
	memcpy(c->race.address, c->address, sizeof c->address);
	conn_memory_order(&c->net->memory, host, c->race.port, c->race.address, c->race.count,
	                  c->net->loop->now.mono_ns);
	if (!conn_race_begin(&c->race, c->net->loop))
		conn_fail(c, CONN_REASON_RESOURCES, "no free timer");
}

static void
on_resolved(void *context, enum err err, const char *why, const struct dns_address *address,
            int count)
{
	struct conn *c = context;

	c->ticket = 0;
	if (err != ERR_NONE) {
		conn_fail(c, CONN_REASON_DNS, "%s%s", c->via.kind ? "the proxy: " : "", why);
		return;
	}
	ASSERT(count > 0);
	ASSERT(count <= DNS_ADDRESSES_MAX);
	for (int i = 0; i < count && !c->secure && c->via.kind == PROXY_NONE; i++) {
		char words[64];
		struct text t = text_init(words, sizeof words - 1);

		if (conn_memory_is_private(&address[i]))
			continue;
		tcp_text(&t, address[i].family, address[i].at, c->port);
		words[t.count] = '\0';
		conn_fail(c, CONN_REASON_PLAIN, "%s is %s, which is neither loopback nor private: "
		          "what goes there wants TLS", c->host, words);
		return;
	}
	memcpy(c->address, address, (size_t)count * sizeof *address);
	c->address_count = count;
	conn_step(c, CONN_IN_READY);
}

void
conn_stage_resolve(struct conn *c)
{
	c->ticket = dns_ask(c->net->dns, c->via.kind ? c->via.host : c->host,
	                    (c->net->stay_max_ms[CONN_RESOLVE] - CONN_RESOLVE_EXTRA_MS) * ms, on_resolved,
	                    c);
	if (c->ticket == 0)
		conn_fail(c, CONN_REASON_RESOURCES, "too many names are being asked");
}

void
conn_stage_proxy(struct conn *c)
{
	if (c->via.kind == PROXY_NONE) {
		conn_step(c, CONN_IN_READY);
		return;
	}
	proxy_init(&c->proxy, &c->via, c->host, c->port);
	conn_flush(c);
}

void
conn_stage_secure(struct conn *c)
{
	const struct net *n = c->net;

	if (!c->secure) {
		conn_step(c, CONN_IN_READY);
		return;
	}
	c->remembered = !c->second_try &&
	                conn_memory_has_no_tls13(&n->memory, c->host, c->port, n->loop->now.mono_ns);
	c->tls = tls_open(n->tls, &(struct tls_options){
		.backend = (enum tls_backend)c->backend,
		.trust = c->trust,
		.host = c->host,
		.wall_ns = n->loop->now.wall_ns,
		.entropy = entropy_fill,
		.no_tls13 = c->second_try || c->remembered,
	});
	if (c->tls == NULL)
		conn_fail(c, CONN_REASON_RESOURCES, "no place for another TLS connection");
	else if (tls_state(c->tls) == TLS_ENDED)
		conn_fail(c, CONN_REASON_TLS, "%s: %s", tls_reason_text(tls_reason(c->tls)),
		          tls_detail(c->tls));
	else
		conn_flush(c);
}

void
conn_stage_open(struct conn *c)
{
	struct net *n = c->net;
	struct text t = text_init(c->about, sizeof c->about - 1);

	if (c->via.kind != PROXY_NONE)
		text_str(&t, "via proxy ");
	tcp_text(&t, c->race.address[c->won].family, c->race.address[c->won].at, c->race.port);
	if (c->tls != NULL)
		text_format(&t, " %s", tls_about(c->tls));
	c->about[t.count] = '\0';
	if (c->second_try)
		conn_memory_no_tls13(&n->memory, c->host, c->port, true, n->loop->now.mono_ns);
	c->opened_ns = n->loop->now.mono_ns;
	n->stats.opened_count++;
	c->owner.on_open(c->owner.context);
}

/* Connects once more: the first try is as if it had not been. */
void
conn_stage_again(struct conn *c)
{
	c->second_try = true;
	c->net->stats.second_try_count++;
	conn_let_go(c);
	conn_stage_connect(c);
}
