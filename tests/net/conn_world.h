/* conn_world.h - for tests of connections: a loop, a resolver, an owner that checks
 * what it is told, and sockets on loopback at ports of the kernel's choice.
 *
 * Half of every test is its teardown: no place, watcher, timer or descriptor may be
 * left.  dns.c is included to give it a hosts file of our own.
 */
#ifndef TESTS_NET_CONN_WORLD_H
#define TESTS_NET_CONN_WORLD_H
#include "net/dns.c"
#include "check.h"
#include "net/conn_internal.h"
#include "sys/tcp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const int64_t msec = 1000000;

enum { CONNS = 8, FDS = 1024 };

static _Alignas(64) char memory[4 << 20];
static struct loop loop;
static struct dns *dns;
static struct net *net;
static char hosts_path[] = "/tmp/conn_test_hosts_XXXXXX";
static int silent_dns;
static int descriptors_before;

/* --- the world -------------------------------------------------------------------------- */

static inline int
open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < FDS; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static uint16_t
port_of(int fd)
{
	union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } a;
	socklen_t size = sizeof a;

	CHECK(getsockname(fd, &a.any, &size) == 0);
	return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

static inline int
bound(int kind, const char *address, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	const bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int failed;

	if (!is_v4)
		CHECK(inet_pton(AF_INET6, address, &v6.sin6_addr) == 1);
	failed = is_v4 ? bind(fd, (void *)&v4, sizeof v4) : bind(fd, (void *)&v6, sizeof v6);
	if (failed != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline int
listening(const char *address, uint16_t port)
{
	int fd = bound(SOCK_STREAM, address, port);

	if (fd >= 0)
		CHECK(listen(fd, 64) == 0);
	return fd;
}

/* Times that nothing on loopback takes, on a busy machine either; a test that waits for
 * one makes it short. */
static inline void
setup_with(int conn_count_max, uint32_t watchers, uint32_t timers)
{
	static struct arena boot;
	const struct conn_timeouts timeouts = {
		.dns_ms = 2000, .connect_ms = 2000, .proxy_ms = 3000, .tls_ms = 5000, .stall_ms = 3000,
	};
	char servers[64], why[128];

	descriptors_before = open_descriptors();
	silent_dns = bound(SOCK_DGRAM, "127.0.0.1", 0);
	snprintf(servers, sizeof servers, "127.0.0.1:%d", port_of(silent_dns));
	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(loop_open(&loop, &boot, watchers, timers) == ERR_NONE);
	CHECK(dns_open(&dns, &loop, servers, DNS_HEAP_BYTES, &boot, why, sizeof why) == ERR_NONE);
	dns->hosts_path = hosts_path;
	CHECK(net_open(&net, &loop, dns, conn_count_max, &timeouts, &boot) == ERR_NONE);
	arena_seal(&boot);
}

static inline void
setup(void)
{
	setup_with(CONNS, 128, 128);
}

/* After it nothing may be left: that is half of every test. */
static inline void
teardown(void)
{
	const uint32_t timers = loop.timers.count;

	CHECK(net->stats.conn_count == 0);
	/* The net's own, and perhaps what the resolver still waits for. */
	CHECK(timers == 1 + (dns->ares.timer != 0));
	net_close(net);
	dns_close(dns);
	close(silent_dns);
	CHECK(loop.watcher_count == 0);
	CHECK(loop.timers.count == 0);
	loop_close(&loop);
	CHECK(open_descriptors() == descriptors_before);
}

/* --- an owner ---------------------------------------------------------------------------- */

struct owner {
	struct conn *conn;
	int opened, closed, rooms, bytes_calls;
	enum conn_reason reason;
	char detail[512];
	char about[128];
	char got[1 << 20];
	size_t got_count;
	const char *greets;          /* sent in on_open */
	bool closes_on_open, closes_on_bytes;
	struct owner *closes_other;  /* in on_bytes */
	const struct conn_endpoint *reopens; /* in on_closed */
	bool inside;                 /* a call of ours is going on: no callback may come */
};

static inline struct conn_owner owner_of(struct owner *o);

static inline void
on_open(void *context)
{
	struct owner *o = context;

	CHECK(!o->inside);
	CHECK(o->opened == 0);
	CHECK(o->bytes_calls == 0);
	o->opened++;
	snprintf(o->about, sizeof o->about, "%s", conn_about(o->conn));
	CHECK(conn_opened_ns(o->conn) == loop.now.mono_ns);
	if (o->greets != NULL)
		CHECK(conn_send(o->conn, slice_str(o->greets)));
	if (o->closes_on_open)
		conn_close(o->conn);
}

static inline void
on_bytes(void *context, struct slice bytes, struct now now)
{
	struct owner *o = context;
	volatile char sum = 0;

	CHECK(!o->inside);
	CHECK(o->opened == 1);
	CHECK(o->closed == 0);
	CHECK(bytes.count > 0);
	CHECK(now.mono_ns == loop.now.mono_ns);
	/* 32 more are readable. */
	for (size_t i = 0; i < 32; i++)
		sum = (char)(sum + bytes.at[bytes.count + i]);
	o->bytes_calls++;
	for (size_t i = 0; i < bytes.count && o->got_count < sizeof o->got; i++)
		o->got[o->got_count++] = bytes.at[i];
	if (o->closes_on_bytes)
		conn_close(o->conn);
	if (o->closes_other != NULL)
		conn_close(o->closes_other->conn);
}

static inline void
on_closed(void *context, enum conn_reason reason, const char *detail)
{
	struct owner *o = context;

	CHECK(!o->inside);
	CHECK(o->closed == 0);
	CHECK(reason != CONN_REASON_NONE);
	CHECK(detail[0] != '\0');
	o->closed++;
	o->reason = reason;
	snprintf(o->detail, sizeof o->detail, "%s", detail);
	o->conn = NULL;
	if (o->reopens != NULL) {
		const struct conn_owner again = owner_of(o);

		o->closed = o->opened = o->bytes_calls = 0;
		o->conn = conn_open(net, o->reopens, &again);
		o->reopens = NULL;
		CHECK(o->conn != NULL);
	}
}

static inline void
on_room(void *context)
{
	struct owner *o = context;

	CHECK(!o->inside);
	CHECK(o->opened == 1);
	CHECK(o->closed == 0);
	o->rooms++;
}

static inline struct conn_owner
owner_of(struct owner *o)
{
	return (struct conn_owner){ on_open, on_bytes, on_closed, on_room, o };
}

static struct owner owners[CONNS + 1];

static inline struct owner *
fresh(int index)
{
	struct owner *o = &owners[index];

	memset(o, 0, sizeof *o);
	return o;
}

static inline struct conn_endpoint
plain_to(const char *host, uint16_t port)
{
	struct conn_endpoint to = { .port = port };

	snprintf(to.host, sizeof to.host, "%s", host);
	return to;
}

static inline bool
open_to(struct owner *o, const struct conn_endpoint *to)
{
	const struct conn_owner owner = owner_of(o);

	o->inside = true;
	o->conn = conn_open(net, to, &owner);
	o->inside = false;
	return o->conn != NULL;
}

static inline void
close_by_owner(struct owner *o)
{
	o->inside = true;
	conn_close(o->conn);
	o->inside = false;
}

static inline void
turn(void)
{
	CHECK(loop_turn(&loop, 1000000) == ERR_NONE);
}

/* Goes round until it is over, 3 s at most. */
#define UNTIL(condition)                                                       \
	for (int64_t until_ns_ = clock_mono_ns() + 3000 * msec;                  \
	     !(condition) && clock_mono_ns() < until_ns_;)                     \
	turn()

static inline int
accepted(int listener)
{
	int fd = -1;

	UNTIL((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
	CHECK(fd >= 0);
	return fd;
}

static inline size_t
read_all(int fd, char *to, size_t size)
{
	size_t count = 0;
	ssize_t got;

	for (int i = 0; i < 50 && count < size; i++) {
		while (count < size && (got = read(fd, to + count, size - count)) > 0)
			count += (size_t)got;
		turn();
	}
	return count;
}

static inline void
reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
	close(fd);
}

/* A connection that is open on both sides. */
static inline int
open_pair(struct owner *o, int listener)
{
	const struct conn_endpoint to = plain_to("127.0.0.1", port_of(listener));
	int fd;

	CHECK(open_to(o, &to));
	fd = accepted(listener);
	UNTIL(o->opened);
	CHECK(o->opened == 1);
	return fd;
}

static inline void
write_hosts(const char *text)
{
	int fd = open(hosts_path, O_WRONLY | O_TRUNC);

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* A port whose queue is full drops what knocks: silence, as behind a firewall. */
struct deaf { int listener, knock[16]; int count; };

static inline struct deaf
deaf_at(const char *address)
{
	struct deaf d = { .listener = bound(SOCK_STREAM, address, 0) };
	struct dns_address a;

	CHECK(listen(d.listener, 0) == 0);
	CHECK(dns_is_literal(address, &a));
	for (d.count = 0; d.count < 16;) {
		int fd = tcp_connect(a.family, a.at, port_of(d.listener));

		CHECK(fd >= 0);
		d.knock[d.count++] = fd;
		usleep(2000);
		if (tcp_connected(fd) == EINPROGRESS)
			break;
	}
	return d;
}

static inline void
hear_again(struct deaf *d)
{
	for (int i = 0; i < d->count; i++)
		close(d->knock[i]);
	close(d->listener);
}

/* First and last in main(): the hosts file. */
static inline void
world_begin(void)
{
	int fd = mkstemp(hosts_path);

	CHECK(fd >= 0);
	close(fd);
}

static inline void
world_end(void)
{
	unlink(hosts_path);
}

#endif
