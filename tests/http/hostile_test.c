/* Goal: nobody who asks slowly, reads slowly, asks too often or opens too many connections
 * keeps others from an answer, or makes the loop spin.
 * Method: real sockets with small kernel buffers; time is moved, not waited for; the
 * server's counts say why. */
#include "http/world.h"
#include <signal.h>
#include <sys/resource.h>

#define HOST "Host: localhost\r\n"
#define SMALL "GET /small HTTP/1.1\r\n" HOST "\r\n"
#define LARGE "GET /large?4000000 HTTP/1.1\r\n" HOST "\r\n" /* more than the kernel takes */

static struct heard heard;

static void
hear(int fd)
{
	memset(&heard, 0, sizeof heard);
	world_hear(fd, &heard);
}

/* A peer that asks for much and reads nothing; its place in the kernel is small. */
static int
slow_reader(void)
{
	int fd = world_connect_with(false, 4096);

	world_say(fd, LARGE);
	world_turn(4);
	return fd;
}

static void
a_head_that_trickles_has_an_end(void)
{
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = world_connect();
	world_turn(2);
	/* Eight bytes, a second each: none of them buys time. */
	for (int i = 0; i < 8; i++) {
		CHECK(send(fd, &"GET /sma"[i], 1, 0) == 1);
		world_turn(2);
		CHECK(world.server.stats.late_count == 0);
		world_pass(1000);
	}
	CHECK(world.server.stats.late_count == 0);
	world_pass(2100);
	CHECK(world.server.stats.late_count == 1);
	hear(fd);
	CHECK(world_status(&heard) == 408);
	CHECK(strstr(heard.at, "Connection: close\r\n") != NULL);
	CHECK(heard.ended == 1);
	/* We wait for the peer's end for a moment only. */
	CHECK(world.server.open_count == 1);
	world_pass(2000);
	CHECK(world.server.open_count == 0);
	close(fd);
	world_end();
}

static void
an_idle_connection_is_closed_without_a_word(void)
{
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = world_connect();
	world_say(fd, SMALL);
	hear(fd);
	CHECK(world_status(&heard) == 200);
	world_pass(57000);
	CHECK(world.server.open_count == 1);
	world_say(fd, SMALL);
	hear(fd);
	CHECK(world_status(&heard) == 200);
	world_pass(57000);
	CHECK(world.server.open_count == 1);
	world_pass(3100);
	CHECK(world.server.open_count == 0);
	hear(fd);
	CHECK(heard.count == 0 && heard.ended == 1);
	CHECK(world.server.stats.late_count == 0);
	close(fd);
	world_end();
}

static void
a_reader_that_stalls_is_dropped(void)
{
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = slow_reader();
	CHECK(world.server.out_lent_count == 1);
	world_pass(7000);
	CHECK(world.server.stats.stalled_count == 0);
	world_pass(3100);
	CHECK(world.server.stats.stalled_count == 1);
	CHECK(world.server.open_count == 0);
	CHECK(world.server.out_lent_count == 0);
	close(fd);
	world_end();
}

/* Who reads a little now and then has progress, but not for ever. */
static void
a_reader_that_trickles_has_two_minutes(void)
{
	char some[4096];
	int fd, seconds = 0;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = slow_reader();
	while (world.server.open_count == 1 && seconds < 300) {
		size_t got = 0;

		for (int i = 0; i < 500 && got < 20000 && world.server.open_count == 1; i++) {
			ssize_t one = recv(fd, some, 4096, 0);

			got += one > 0 ? (size_t)one : 0;
			CHECK(loop_turn(&world.loop, 1000000) == ERR_NONE);
		}
		CHECK(got >= 20000 || world.server.open_count == 0);
		world_pass(5000);
		seconds += 5;
	}
	CHECK(seconds >= 60 && seconds <= 125); /* what reading took is not in it */
	CHECK(world.server.stats.stalled_count == 1);
	close(fd);
	world_end();
}

/* A slow reader that does read gets every byte, right. */
static void
a_large_answer_arrives_whole(void)
{
	static char some[100000];
	uint64_t total = 0, wrong = 0;
	bool in_body = false;
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int is_unix = 0; is_unix < 2; is_unix++) {
		fd = world_connect_with(is_unix, 4096);
		world_say(fd, LARGE);
		total = wrong = 0;
		in_body = false;
		for (int quiet = 0; quiet < 50 && total < 4000000; quiet++) {
			ssize_t got = recv(fd, some, sizeof some, 0), at = 0;

			if (got > 0 && !in_body) {
				char *end = memmem(some, (size_t)got, "\r\n\r\n", 4);

				CHECK(end != NULL);
				at = end == NULL ? got : end + 4 - some;
				in_body = true;
			}
			for (; at < got; at++, total++)
				wrong += some[at] != (char)('a' + total % 26);
			if (got > 0)
				quiet = 0;
			CHECK(loop_turn(&world.loop, 1000000) == ERR_NONE);
		}
		CHECK(total == 4000000);
		CHECK(wrong == 0);
		CHECK(world.server.out_lent_count == 0);
		world_say(fd, SMALL);
		hear(fd);
		CHECK(world_status(&heard) == 200);
		close(fd);
		world_turn(2);
	}
	world_end();
}

static void
slow_readers_cost_large_answers_only(void)
{
	int fd[WORLD_OUTS], other;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int i = 0; i < WORLD_OUTS; i++)
		fd[i] = slow_reader();
	CHECK(world.server.out_lent_count == WORLD_OUTS);
	other = world_connect();
	world_say(other, LARGE);
	hear(other);
	CHECK(world_status(&heard) == 503);
	CHECK(strstr(heard.at, "Retry-After: 1\r\n") != NULL);
	CHECK(strstr(heard.at, "Connection: keep-alive\r\n") != NULL);
	world_say(other, SMALL);
	hear(other);
	CHECK(world_status(&heard) == 200);
	world_say(other, "HEAD /large?4000000 HTTP/1.1\r\n" HOST "\r\n");
	hear(other);
	CHECK(world_status(&heard) == 200);
	CHECK(world.server.stats.busy_count == 1);
	/* One goes, and there is room again. */
	close(fd[0]);
	world_turn(3);
	CHECK(world.server.out_lent_count == WORLD_OUTS - 1);
	world_say(other, LARGE);
	hear(other);
	CHECK(world_status(&heard) == 200);
	for (int i = 1; i < WORLD_OUTS; i++)
		close(fd[i]);
	close(other);
	world_turn(4);
	CHECK(world.server.out_lent_count == 0);
	CHECK(world.server.open_count == 0);
	world_end();
}

/* Answers of every size around the one that waits with its connection. */
static void
answers_of_every_size_are_whole(void)
{
	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int i = 0; i < WORLD_OUTS; i++)
		(void)slow_reader();
	for (int size = SERVER_SMALL_BYTES - REPLY_HEAD_BYTES_MAX - 2; size <= SERVER_SMALL_BYTES; size++) {
		char request[128];
		bool is_small = size <= SERVER_SMALL_BYTES - REPLY_HEAD_BYTES_MAX;

		snprintf(request, sizeof request, "GET /large?%d HTTP/1.1\r\n" HOST "\r\n", size);
		CHECK(world_ask(false, request, &heard) == (is_small ? 200 : 503));
		CHECK(!is_small || strlen(world_body(&heard)) == (size_t)size);
	}
	world_end();
}

/* An answer that waits with its connection, while others are written into the same room. */
static void
a_small_answer_that_waits_stays_as_it_was(void)
{
	enum { COUNT = 300, BODY = 3000 };
	static char other_request[2200], got[COUNT * (BODY + 400)];
	const struct server_conn *c = NULL;
	size_t count = 0, bodies = 0;
	int fd;

	memset(other_request, 'Z', sizeof other_request - 1);
	memcpy(other_request, "GET /echo?", 10);
	strcpy(other_request + 2100, " HTTP/1.1\r\n" HOST "\r\n");
	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = world_connect_with(true, 0);
	/* In one piece: the kernel counts small ones as large. */
	got[0] = '\0';
	for (int i = 0; i < COUNT; i++)
		strcat(got, "GET /large?3000 HTTP/1.1\r\n" HOST "\r\n");
	world_say(fd, got);
	for (int i = 0; i < 2 * COUNT; i++) {
		world_turn(1);
		for (uint32_t k = 0; k < world.server.conn_count_max; k++)
			if (world.server.conn[k].state == SERVER_ANSWER)
				c = &world.server.conn[k];
	}
	CHECK(c != NULL && c->state == SERVER_ANSWER && c->lent == 0 && c->out_count > 0);
	CHECK(world.server.out_lent_count == 0);
	CHECK(world_ask(false, other_request, &heard) == 200);
	CHECK(strstr(heard.at, "ZZZZ") != NULL);
	for (int quiet = 0; quiet < 50; quiet++) {
		ssize_t one = recv(fd, got + count, sizeof got - count, 0);

		if (one > 0)
			quiet = 0;
		count += one > 0 ? (size_t)one : 0;
		CHECK(loop_turn(&world.loop, 1000000) == ERR_NONE);
	}
	for (char *at = got; (at = memmem(at, count - (size_t)(at - got), "\r\n\r\nabcd", 8)) != NULL; at++)
		bodies++;
	CHECK(bodies == COUNT);
	CHECK(memchr(got, 'Z', count) == NULL);
	close(fd);
	world_end();
}

/* --- floods ------------------------------------------------------------------------ */

static void
idle_connections_make_room(void)
{
	enum { FLOOD = 40 };
	int fd[FLOOD], other;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int i = 0; i < FLOOD; i++)
		fd[i] = world_connect();
	world_turn(5);
	CHECK(world.server.open_count == WORLD_CONNECTIONS);
	/* The unix socket has places of its own. */
	CHECK(world_ask(true, SMALL, &heard) == 200);
	other = world_connect();
	world_say(other, SMALL);
	for (int i = 0; i < 20 && world.handled < 2; i++)
		world_pass(1000);
	hear(other);
	CHECK(world_status(&heard) == 200);
	CHECK(world.server.stats.evicted_count > 0);
	CHECK(world.server.open_count <= WORLD_CONNECTIONS);
	for (int i = 0; i < FLOOD; i++)
		close(fd[i]);
	close(other);
	for (int i = 0; i < 20 && world.server.open_count > 0; i++)
		world_pass(300);
	CHECK(world.server.open_count == 0);
	CHECK(world.server.stats.accepted_count == FLOOD + 2);
	world_end();
}

static void
one_who_comes_costs_one_place(void)
{
	int fd[WORLD_CONNECTIONS + 1];

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int i = 0; i < WORLD_CONNECTIONS; i++) {
		fd[i] = world_connect();
		world_turn(2);
	}
	/* The first of them spoke last. */
	world_pass(2000);
	world_say(fd[0], SMALL);
	hear(fd[0]);
	world_pass(2000);
	fd[WORLD_CONNECTIONS] = world_connect();
	world_turn(4);
	CHECK(world.server.stats.evicted_count == 1);
	CHECK(world.server.open_count == WORLD_CONNECTIONS);
	/* It is the second, which has been idle for longest. */
	hear(fd[1]);
	CHECK(heard.ended == 1);
	for (int i = 0; i <= WORLD_CONNECTIONS; i++) {
		if (i != 1) {
			world_say(fd[i], SMALL);
			hear(fd[i]);
			CHECK(world_status(&heard) == 200);
		}
		close(fd[i]);
	}
	world_end();
}

/* Who is in the middle of something keeps its place; the loop rests meanwhile. */
static void
who_asks_keeps_its_place_and_nothing_spins(void)
{
	int fd[WORLD_CONNECTIONS], other;
	uint64_t turns;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int i = 0; i < WORLD_CONNECTIONS; i++) {
		fd[i] = world_connect();
		world_say(fd[i], "GET /");
	}
	world_turn(10);
	other = world_connect();
	world_say(other, SMALL);
	world_turn(10);
	world_pass(5000);
	CHECK(world.handled == 0);
	CHECK(world.server.stats.full_count > 0);
	CHECK(world.server.stats.evicted_count == 0);
	/* Without a pause every turn would be woken by the one who waits. */
	turns = 0;
	for (int64_t until_ns = clock_mono_ns() + 600000000; clock_mono_ns() < until_ns; turns++)
		CHECK(loop_turn(&world.loop, 1000000000) == ERR_NONE);
	CHECK(turns < 20);
	CHECK(world_ask(true, SMALL, &heard) == 200);
	/* A place becomes free: who waited has it. */
	close(fd[0]);
	world_turn(5);
	hear(other);
	CHECK(world_status(&heard) == 200);
	close(other);
	for (int i = 1; i < WORLD_CONNECTIONS; i++)
		close(fd[i]);
	world_turn(5);
	CHECK(world.server.open_count == 0);
	world_end();
}

static void
without_descriptors_nothing_spins(void)
{
	struct rlimit before, few;
	int fd;
	uint64_t turns;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd = world_connect();
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few = before;
	few.rlim_cur = (rlim_t)fd + 1; /* all that are free below are taken next */
	for (int taken; (taken = dup(fd)) >= 0 && taken < fd;)
		;
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	world_turn(5);
	CHECK(world.server.stats.accept_failed_count == 1);
	CHECK(world.server.open_count == 0);
	turns = 0;
	for (int64_t until_ns = clock_mono_ns() + 400000000; clock_mono_ns() < until_ns; turns++)
		CHECK(loop_turn(&world.loop, 1000000000) == ERR_NONE);
	CHECK(turns < 20);
	CHECK(world.server.stats.accept_failed_count == 1);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	world_pass(1000);
	world_turn(3);
	CHECK(world.server.open_count == 1);
	world_say(fd, SMALL);
	hear(fd);
	CHECK(world_status(&heard) == 200);
	close(fd);
	world_end();
}

static void
never(void *context, unsigned ready, struct now now)
{
	(void)context;
	(void)ready;
	(void)now;
}

static void
without_watchers_who_comes_is_sent_away(void)
{
	int fd, other, watched = 0, pair[2];
	uint64_t handle;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	CHECK(pipe(pair) == 0);
	for (;;) {
		other = dup(pair[0]);
		if (loop_watch(&world.loop, other, LOOP_READ, "other", never, NULL, &handle) != ERR_NONE)
			break;
		watched++;
	}
	CHECK(watched > 0);
	fd = world_connect();
	world_turn(3);
	hear(fd);
	CHECK(heard.ended != 0);
	CHECK(world.server.stats.accept_failed_count == 1);
	CHECK(world.server.open_count == 0);
	close(fd);
	world_end();
}

/* --- rudeness ---------------------------------------------------------------------- */

static void
who_vanishes_costs_nothing(void)
{
	static const char *const said[] = { "", "GET", SMALL, LARGE, SMALL SMALL SMALL LARGE "GET", "x\n" };
	const struct linger reset = { 1, 0 };

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int after = 0; after < 4; after++) {
		for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
			for (int how = 0; how < 3; how++) {
				int fd = world_connect_with(how == 2, how == 2 ? 0 : 4096);

				world_say(fd, said[i]);
				world_turn(after);
				if (how == 1)
					CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
				close(fd);
				for (int turns = 0; turns < 50 && world.server.open_count > 0; turns++)
					CHECK(loop_turn(&world.loop, 1000000) == ERR_NONE);
				CHECK(world.server.open_count == 0);
				CHECK(world.server.out_lent_count == 0);
			}
		}
	}
	CHECK(world_ask(false, SMALL, &heard) == 200);
	world_end();
}

/* After a refusal the peer goes on sending: it is thrown away, and not for ever. */
static void
what_comes_behind_a_refusal_is_thrown_away(void)
{
	static char flood[65536];
	uint64_t sent = 0;
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	memset(flood, 'x', sizeof flood);
	fd = world_connect();
	world_say(fd, "POST / HTTP/1.1\r\n");
	hear(fd);
	CHECK(world_status(&heard) == 405);
	for (int i = 0; i < 2000 && world.server.open_count > 0; i++) {
		ssize_t put = send(fd, flood, sizeof flood, MSG_NOSIGNAL);

		if (put > 0)
			sent += (uint64_t)put;
		world_turn(1);
	}
	CHECK(world.server.open_count == 0);
	CHECK(world.server.stats.request_count == 0);
	CHECK(sent > 200000);
	close(fd);
	world_end();
}

static void
a_close_in_the_middle_of_everything_leaves_nothing(void)
{
	int fd[4];

	world_begin();
	CHECK(world_open() == ERR_NONE);
	fd[0] = slow_reader();
	fd[1] = world_connect();
	world_say(fd[1], "GET");
	fd[2] = world_connect();
	fd[3] = world_connect_with(true, 0);
	world_say(fd[3], "x\n");
	world_turn(4);
	CHECK(world.server.open_count == 4);
	server_close(&world.server);
	CHECK(world.server.open_count == 0);
	CHECK(world.loop.watcher_count == 0);
	CHECK(timer_next_ns(&world.loop.timers) == INT64_MAX);
	server_close(&world.server); /* twice is fine */
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	world_end();
}

int
main(void)
{
	signal(SIGPIPE, SIG_DFL);
	a_head_that_trickles_has_an_end();
	an_idle_connection_is_closed_without_a_word();
	a_reader_that_stalls_is_dropped();
	a_reader_that_trickles_has_two_minutes();
	a_large_answer_arrives_whole();
	slow_readers_cost_large_answers_only();
	answers_of_every_size_are_whole();
	a_small_answer_that_waits_stays_as_it_was();
	idle_connections_make_room();
	one_who_comes_costs_one_place();
	who_asks_keeps_its_place_and_nothing_spins();
	without_descriptors_nothing_spins();
	without_watchers_who_comes_is_sent_away();
	who_vanishes_costs_nothing();
	what_comes_behind_a_refusal_is_thrown_away();
	a_close_in_the_middle_of_everything_leaves_nothing();
	return CHECK_END("hostile");
}
