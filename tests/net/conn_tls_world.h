/* conn_tls_world.h - for tests of connections over TLS: OpenSSL behind a socket of ours.
 *
 * conn_stage.c is included so that certificates are judged at the time of their tests.
 */
#ifndef TESTS_NET_CONN_TLS_WORLD_H
#define TESTS_NET_CONN_TLS_WORLD_H
#include "net/tls.h"
static struct tls *open_in_time(struct tls_pool *pool, const struct tls_options *options);
#define tls_open open_in_time
#include "net/conn_stage.c"
#undef tls_open
#include "net/conn_world.h"
#include "net/tls_peer.h"

static struct tls *
open_in_time(struct tls_pool *pool, const struct tls_options *options)
{
	struct tls_options timely = *options;

	timely.wall_ns = PEER_WALL_NS;
	return tls_open(pool, &timely);
}

static int listener, server; /* -1: nobody is connected */

static struct conn_endpoint
secure_to(enum tls_backend backend)
{
	struct conn_endpoint to = plain_to("good.example", port_of(listener));

	to.secure = true;
	to.backend = backend;
	to.trust = peer_trust;
	return to;
}

static void
start(const char *serve)
{
	setup();
	listener = listening("127.0.0.1", 0);
	server = -1;
	write_hosts("127.0.0.1 good.example other.example\n");
	peer_ask("serve %s", serve);
}

static void
finish(void)
{
	if (server >= 0)
		close(server);
	close(listener);
	teardown();
}

/* All of it, while the client reads. */
static void
give(struct slice bytes, size_t piece)
{
	int64_t until_ns = clock_mono_ns() + 3000 * msec;

	while (bytes.count > 0 && server >= 0 && clock_mono_ns() < until_ns) {
		size_t count = piece == 0 || piece > bytes.count ? bytes.count : piece;
		ssize_t put = send(server, bytes.at, count, MSG_NOSIGNAL);

		if (put < 0 && errno != EAGAIN)
			return;
		if (put > 0)
			bytes = slice_after(bytes, (size_t)put);
		turn();
	}
}

/* One breath of the server: takes what came and answers.  False: nothing came. */
static bool
serve_once(size_t piece)
{
	static char cipher[65536];
	ssize_t got;

	if (server < 0)
		server = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (server < 0)
		return false;
	got = read(server, cipher, sizeof cipher);
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		close(server);
		server = -1;
	}
	if (got <= 0)
		return false;
	give(peer_put(slice_of(cipher, (size_t)got)), piece);
	return true;
}

#define SERVE_UNTIL(condition)                                                 \
	for (int64_t end_ns_ = clock_mono_ns() + 5000 * msec;                  \
	     !(condition) && clock_mono_ns() < end_ns_;) {                     \
		serve_once(0);                                                 \
		turn();                                                        \
	}

static void
hang_up(void)
{
	close(server);
	server = -1;
}

static inline struct owner *
opened(enum tls_backend backend)
{
	const struct conn_endpoint to = secure_to(backend);
	struct owner *o = fresh(0);

	CHECK(open_to(o, &to));
	SERVE_UNTIL(o->opened || o->closed);
	if (!o->opened)
		printf("%s: %s\n", conn_reason_text(o->reason), o->detail);
	CHECK(o->opened == 1);
	/* The server hears our Finished too, or its hanging up would be a reset. */
	for (int quiet = 0; quiet < 5; quiet++) {
		if (serve_once(0))
			quiet = 0;
		turn();
	}
	return o;
}
#endif
