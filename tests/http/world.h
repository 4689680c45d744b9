/* world.h - a server on a loop, and peers of it on real sockets, all in one thread.
 *
 * Time is not waited for: world_pass() moves the moments that the server remembers
 * back, which to it is the same, and lets it look at its deadlines.  Real time passes
 * besides, so a test leaves seconds between what is too early and what is due. */
#ifndef TESTS_HTTP_WORLD_H
#define TESTS_HTTP_WORLD_H
#include "check.h"
#include "http/server.h"
#include "http/server_inside.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WORLD_OUT_BYTES = 4 << 20, WORLD_CONNECTIONS = 6, WORLD_OUTS = 2 };

struct world {
	struct arena arena;
	struct loop loop;
	struct server server;
	struct server_options options;
	char directory[64], path[96];
	uint64_t handled;       /* calls of the handler */
};

static struct world world;
static char world_memory[32 << 20];

/* /small, /large?N (N bytes), /long (does not fit), /echo (path, query, a header). */
static inline void
world_handler(void *context, const struct request *q, struct now now, struct reply *r)
{
	struct world *w = context;

	(void)now;
	w->handled++;
	if (slice_is(q->path, "/livez") || slice_is(q->path, "/small")) {
		reply_words(r, 200, "ok");
	} else if (slice_is(q->path, "/json")) {
		r->status = 200;
		r->content_type = REPLY_JSON;
		text_str(&r->body, "{}\n");
	} else if (slice_is(q->path, "/large")) {
		r->status = 200;
		for (long i = 0, count = atol(q->query.at); i < count; i++)
			text_char(&r->body, (char)('a' + i % 26));
	} else if (slice_is(q->path, "/long")) {
		r->status = 200;
		while (!r->body.cut)
			text_char(&r->body, 'x');
	} else if (slice_is(q->path, "/echo")) {
		r->status = 200;
		text_put(&r->body, q->query);
		text_char(&r->body, '|');
		text_put(&r->body, request_header(q, "X-Echo"));
	}
}

static inline void
world_begin(void)
{
	memset(&world, 0, sizeof world);
	memset(world_memory, 0, sizeof world_memory);
	arena_init(&world.arena, world_memory, sizeof world_memory);
	CHECK(loop_open(&world.loop, &world.arena, 64, 8) == ERR_NONE);
	snprintf(world.directory, sizeof world.directory, "/tmp/tidewatch-http-XXXXXX");
	CHECK(mkdtemp(world.directory) != NULL);
	snprintf(world.path, sizeof world.path, "%s/tidewatch.sock", world.directory);
	world.options = (struct server_options){
		.listen_host = "127.0.0.1",
		.unix_path = world.path,
		.token = "",
		.connection_count_max = WORLD_CONNECTIONS,
		.out_count_max = WORLD_OUTS,
		.out_bytes_max = WORLD_OUT_BYTES,
	};
}

static inline enum err
world_open(void)
{
	return server_open(&world.server, &world.options, &world.loop, world_handler, &world,
	                   &world.arena, NULL);
}

static inline void
world_end(void)
{
	char lock[128];

	server_close(&world.server);
	loop_close(&world.loop);
	CHECK(access(world.path, F_OK) < 0);
	snprintf(lock, sizeof lock, "%s.lock", world.path);
	unlink(lock);
	CHECK(rmdir(world.directory) == 0);
}

static inline void
world_turn(int turns)
{
	while (turns-- > 0)
		CHECK(loop_turn(&world.loop, 0) == ERR_NONE);
}

/* So much time passes. */
static inline void
world_pass(int64_t ms)
{
	struct server *s = &world.server;

	for (uint32_t i = 0; i < s->conn_count_max; i++) {
		s->conn[i].entered_ns -= ms * 1000000;
		s->conn[i].deadline_ns -= ms * 1000000;
	}
	for (int i = 0; i < 2; i++)
		s->port[i].resume_ns -= ms * 1000000;
	timer_move(&world.loop.timers, s->timer, world.loop.now.mono_ns);
	world_turn(3);
}

/* --- peers ---------------------------------------------------------------------- */

/* `receive_bytes`: of the peer's kernel buffer; 0: as it is. */
static inline int
world_connect_with(bool is_unix, int receive_bytes)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(world.server.tcp_port),
	                          .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (receive_bytes > 0)
		CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) == 0);
	memcpy(un.sun_path, world.path, sizeof world.path);
	CHECK(fd >= 0);
	CHECK((is_unix ? connect(fd, (void *)&un, sizeof un) : connect(fd, (void *)&v4, sizeof v4)) == 0);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	return fd;
}

static inline int
world_connect(void)
{
	return world_connect_with(false, 0);
}

static inline void
world_say(int fd, const char *text)
{
	CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* What the peer has got so far, terminated; `*ended`: and no more will come (1), or the
 * connection was reset (2). */
struct heard { char at[1 << 16]; size_t count; int ended; };

static inline void
world_hear(int fd, struct heard *h)
{
	/* Until nothing has come for a while: longer when nothing came yet, as a machine under
	 * load may take its time. */
	for (int quiet = 0; !h->ended && quiet < (h->count > 0 ? 4 : 20); quiet++) {
		ssize_t got = 0;

		CHECK(loop_turn(&world.loop, 500000) == ERR_NONE);
		while (h->count < sizeof h->at - 1 &&
		       (got = recv(fd, h->at + h->count, sizeof h->at - 1 - h->count, 0)) > 0) {
			h->count += (size_t)got;
			quiet = 0;
		}
		if (h->count == sizeof h->at - 1)
			break;
		if (got == 0)
			h->ended = 1;
		else if (errno != EAGAIN)
			h->ended = 2;
	}
	h->at[h->count] = '\0';
}

static inline int
world_status(const struct heard *h)
{
	return h->count > 12 && memcmp(h->at, "HTTP/1.1 ", 9) == 0 ? atoi(h->at + 9) : -1;
}

static inline const char *
world_body(const struct heard *h)
{
	const char *end = strstr(h->at, "\r\n\r\n");

	return end == NULL ? "" : end + 4;
}

/* One request on a connection of its own. */
static inline int
world_ask(bool is_unix, const char *request, struct heard *h)
{
	int fd = world_connect_with(is_unix, 0);

	memset(h, 0, sizeof *h);
	world_say(fd, request);
	world_hear(fd, h);
	close(fd);
	world_turn(2);
	return world_status(h);
}
#endif
