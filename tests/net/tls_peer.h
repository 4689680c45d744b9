/* tls_peer.h - for tests: the server of tls_peer.py, and a client of ours against it.
 *
 * One Python process a test, asked over pipes; every step is a question and its
 * answer, so nothing waits for a clock.  Without Python or OpenSSL 3 the test ends
 * with exit code 77 and the reason.
 */
#ifndef TESTS_NET_TLS_PEER_H
#define TESTS_NET_TLS_PEER_H
#include "base/slice.h"
#include "check.h"
#include "net/tls_internal.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* 2026-11-25T12:00:00Z, as in tls_ca.py. */
#define PEER_WALL_NS ((int64_t)1795608000 * 1000000000)

static FILE *peer_to, *peer_from;
static char peer_bytes[1 << 20];

static void
peer_skip(const char *reason)
{
	printf("no TLS server to test against: %s\n", reason);
	exit(77);
}

static void
peer_begin(void)
{
	int to[2], from[2];
	char line[256] = "";

	signal(SIGPIPE, SIG_IGN);
	if (pipe(to) || pipe(from))
		abort();
	fflush(stdout);
	if (fork() == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execlp("python3", "python3", "-B", "tests/net/tls_peer.py", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	peer_to = fdopen(to[1], "w");
	peer_from = fdopen(from[0], "r");
	if (!fgets(line, sizeof line, peer_from))
		peer_skip("python3 does not run");
	if (strncmp(line, "ready", 5) != 0)
		peer_skip(line);
}

/* The answer is valid until the next question. */
static struct slice
peer_answer(void)
{
	char line[64];
	size_t count;

	fflush(peer_to);
	if (!fgets(line, sizeof line, peer_from) || sscanf(line, "ok %zu", &count) != 1 ||
	    count >= sizeof peer_bytes || fread(peer_bytes, 1, count, peer_from) != count) {
		printf("the test's own server is gone\n");
		exit(1);
	}
	peer_bytes[count] = 0;
	return slice_of(peer_bytes, count);
}

static struct slice __attribute__((format(printf, 1, 2), unused))
peer_ask(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vfprintf(peer_to, format, list);
	va_end(list);
	fputc('\n', peer_to);
	return peer_answer();
}

static struct slice
peer_put(struct slice cipher)
{
	fprintf(peer_to, "put %zu\n", cipher.count);
	fwrite(cipher.at, 1, cipher.count, peer_to);
	return peer_answer();
}

/* --- the client --------------------------------------------------------------------- */

static const enum tls_backend both[] = { TLS_MBEDTLS, TLS_BEARSSL };

static struct tls_pool *peer_pool;
static struct tls_trust *peer_trust;
static char peer_memory[4 << 20] __attribute__((aligned(64)));
static struct arena peer_arena;

static void
peer_entropy(void *to, size_t count)
{
	if (getrandom(to, count, 0) != (ssize_t)count)
		abort();
}

/* A pool of three, and the peer's roots as trust. */
static void
peer_boot(void)
{
	char why[256];

	peer_begin();
	arena_init(&peer_arena, peer_memory, sizeof peer_memory);
	if (tls_pool_init(&peer_pool, &peer_arena, 3) != ERR_NONE ||
	    tls_trust_init(&peer_trust, peer_ask("trust"), NULL, 0, &peer_arena, why,
	                   sizeof why) != ERR_NONE) {
		printf("boot: %s\n", why);
		exit(1);
	}
}

/* Servers that share a name but not their keys: each row of a table begins anew. */
static void
peer_forget_sessions(void)
{
	memset(peer_pool->sessions.session, 0,
	       TLS_SESSIONS_MAX * sizeof peer_pool->sessions.session[0]);
}

static struct tls *
peer_open(enum tls_backend backend, const char *host)
{
	const struct tls_options options = {
		.backend = backend,
		.trust = peer_trust,
		.host = host,
		.wall_ns = PEER_WALL_NS,
		.entropy = peer_entropy,
	};

	return tls_open(peer_pool, &options);
}

/* What the client was told, one after the other. */
struct heard {
	char at[1 << 18];
	size_t count;
	int call_count;
};

static struct heard heard;

static void
hear(void *context, struct slice plain)
{
	struct heard *h = context;

	h->call_count++;
	if (h->count + plain.count <= sizeof h->at)
		memcpy(h->at + h->count, plain.at, plain.count);
	h->count += plain.count;
}

/* Gives the client bytes in pieces; 0: all at once. */
static void
peer_feed(struct tls *t, struct slice cipher, size_t piece)
{
	while (cipher.count != 0) {
		size_t count = piece == 0 || piece > cipher.count ? cipher.count : piece;
		/* Exactly as long as it is, so that a read behind its end is seen. */
		char *copy = malloc(count);

		memcpy(copy, cipher.at, count);
		tls_receive(t, slice_of(copy, count), hear, &heard);
		free(copy);
		cipher = slice_after(cipher, count);
	}
}

/* To and fro until neither has anything to say. */
static void
peer_talk(struct tls *t, size_t piece)
{
	for (int turn = 0; turn < 32; turn++) {
		struct slice out = tls_output(t), answer;

		if (piece != 0 && out.count > piece)
			out.count = piece;
		answer = peer_put(out);
		tls_sent(t, out.count);
		peer_feed(t, answer, piece);
		if (piece != 0)
			turn = 0;
		if (out.count == 0 && answer.count == 0)
			break;
	}
}
#endif
