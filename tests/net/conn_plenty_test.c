/* Goal: many connections one after the other leave nothing behind, two at once share a
 * turn fairly, and want of descriptors, timers or watchers is a reason like others.
 * Method: a thousand cycles, a flood beside one byte, limits set to almost nothing. */
#include "net/conn_world.h"
#include <sys/resource.h>

static void
a_thousand_cycles_leave_nothing_behind(void)
{
	int listener = listening("127.0.0.1", 0), descriptors = 0, fd;
	struct conn_endpoint nobody = plain_to("127.0.0.1", 1), silent = plain_to("silent.x", 1);
	uint32_t watchers = 0, timers = 0;

	setup();
	for (int i = 0; i < 1000; i++) {
		struct owner *o = &owners[0];

		memset(o, 0, offsetof(struct owner, got));
		o->got_count = 0;
		o->greets = NULL;
		o->closes_on_open = o->closes_on_bytes = false;
		if (i % 5 == 4) { /* refused, or closed while the name is asked */
			CHECK(open_to(o, i % 2 ? &nobody : &silent));
			if (i % 2 == 0)
				close_by_owner(o);
		} else {
			fd = open_pair(o, listener);
			if (i % 5 == 0)
				close_by_owner(o);
			if (i % 5 == 1)
				reset(fd);
			else
				close(fd);
		}
		UNTIL(o->closed);
		CHECK(o->closed == 1);
		if (i == 100) {
			descriptors = open_descriptors();
			watchers = loop.watcher_count;
			timers = loop.timers.count;
		}
	}
	CHECK(net_stats(net)->conn_count == 0);
	CHECK(net_stats(net)->conn_max_count == 1);
	CHECK(net_stats(net)->opened_count == 800);
	CHECK(open_descriptors() <= descriptors);
	CHECK(loop.watcher_count <= watchers);
	CHECK(loop.timers.count <= timers);
	teardown();
	close(listener);
}

static void
a_flood_does_not_starve_the_other(void)
{
	int listener = listening("127.0.0.1", 0), loud, quiet, big = 4 << 20;
	struct owner *a = fresh(0), *b = fresh(1);
	static char flood[1 << 20];
	uint64_t before;

	setup();
	loud = open_pair(a, listener);
	quiet = open_pair(b, listener);
	CHECK(setsockopt(a->conn->fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof big) == 0);
	CHECK(setsockopt(loud, SOL_SOCKET, SO_SNDBUF, &big, sizeof big) == 0);
	for (int round = 0; round < 20; round++) {
		while (write(loud, flood, sizeof flood) > 0)
			;
		CHECK(write(quiet, "q", 1) == 1);
		usleep(1000);
		a->got_count = 0;
		before = conn_bytes_in(a->conn);
		turn();
		/* One turn: a bounded part of the flood, and all of the other. */
		CHECK(conn_bytes_in(a->conn) > before);
		CHECK(conn_bytes_in(a->conn) - before <= CONN_TURN_BYTES);
		CHECK(b->got_count == (size_t)round + 1);
	}
	close_by_owner(a);
	close_by_owner(b);
	UNTIL(a->closed && b->closed);
	close(loud);
	close(quiet);
	teardown();
	close(listener);
}

static void
never(void *context, struct now now)
{
	(void)context;
	(void)now;
	CHECK(false);
}

static void
without_resources_it_is_told_so(void)
{
	int listener = listening("127.0.0.1", 0);
	struct conn_endpoint to = plain_to("127.0.0.1", port_of(listener));
	struct rlimit limit, tight;
	struct owner *o;
	uint64_t taken[64];
	int count = 0;

	/* Descriptors. */
	setup();
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	tight = limit;
	tight.rlim_cur = 3;
	o = fresh(0);
	CHECK(open_to(o, &to));
	CHECK(setrlimit(RLIMIT_NOFILE, &tight) == 0);
	UNTIL(o->closed);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(o->reason == CONN_REASON_RESOURCES);
	CHECK(strstr(o->detail, "no free descriptor") != NULL);
	teardown();
	setup_with(CONNS, 128, 16);
	/* Timers: none at all, then one less than it takes, for each number. */
	while (count < 64 && (taken[count] = timer_set(&loop.timers, INT64_MAX - 1, "taken",
	                                               never, NULL)) != 0)
		count++;
	for (int left = count; left < 64; left++)
		taken[left] = 0;
	for (int free_count = 0; free_count < 4; free_count++) {
		o = fresh(0);
		CHECK(open_to(o, &to));
		UNTIL(o->closed || o->opened);
		if (o->opened) {
			close(accepted(listener));
			CHECK(free_count >= 2);
		}
		UNTIL(o->closed);
		CHECK(o->closed == 1);
		CHECK(o->reason == (o->opened ? CONN_REASON_ENDED : CONN_REASON_RESOURCES));
		if (count > 0)
			timer_cancel(&loop.timers, taken[--count]);
	}
	while (count > 0)
		timer_cancel(&loop.timers, taken[--count]);
	teardown();
	/* Watchers: the resolver's own socket took the only one. */
	setup_with(2, 1, 32);
	o = fresh(0);
	{
		struct conn_endpoint silent = plain_to("silent.test", 1);
		struct owner *other = fresh(1);

		CHECK(open_to(other, &silent));
		turn();
		CHECK(open_to(o, &to));
		UNTIL(o->closed && other->closed);
		CHECK(o->reason == CONN_REASON_RESOURCES);
		CHECK(strstr(o->detail, "no free watcher") != NULL);
	}
	teardown();
	close(listener);
}

int
main(void)
{
	world_begin();
	a_thousand_cycles_leave_nothing_behind();
	a_flood_does_not_starve_the_other();
	without_resources_it_is_told_so();
	world_end();
	return CHECK_END("conn_plenty");
}
