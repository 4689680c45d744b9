/* Goal: whatever a peer does, the owner is told once that it is over and why, in time,
 * and may do anything meanwhile.
 * Method: real sockets on loopback, without TLS (see conn_tls_test.c), turn by turn. */
#include "net/conn_world.h"

static void
bytes_go_both_ways(void)
{
	int listener = listening("127.0.0.1", 0), fd;
	struct owner *o = fresh(0);
	char text[64], want[64];

	setup();
	o->greets = "hello";
	fd = open_pair(o, listener);
	snprintf(want, sizeof want, "127.0.0.1:%d", port_of(listener));
	CHECK_TEXT(o->about, want);
	CHECK(read_all(fd, text, 5) == 5);
	CHECK(memcmp(text, "hello", 5) == 0);
	CHECK(write(fd, "abc", 3) == 3);
	UNTIL(o->got_count == 3);
	CHECK(memcmp(o->got, "abc", 3) == 0);
	CHECK(conn_bytes_in(o->conn) == 3);
	/* What comes with the end is delivered before it. */
	CHECK(write(fd, "def", 3) == 3);
	close(fd);
	UNTIL(o->closed);
	CHECK(memcmp(o->got, "abcdef", 6) == 0);
	CHECK(o->reason == CONN_REASON_ENDED);
	CHECK(net_stats(net)->opened_count == 1);
	CHECK(net_stats(net)->closed_count[CONN_REASON_ENDED] == 1);
	CHECK(net_stats(net)->bytes_in == 6);
	CHECK(net_stats(net)->bytes_out == 5);
	teardown();
	close(listener);
}

static void
nobody_there_is_refused(void)
{
	int listener = bound(SOCK_STREAM, "127.0.0.1", 0); /* holds the port, listens not */
	struct owner *o = fresh(0);
	struct conn_endpoint to = plain_to("127.0.0.1", port_of(listener));
	char want[64];

	setup();
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->opened == 0);
	CHECK(o->reason == CONN_REASON_REFUSED);
	snprintf(want, sizeof want, "127.0.0.1:%d connection refused", to.port);
	CHECK_TEXT(o->detail, want);
	/* No way there at all: a link-local address without its interface. */
	o = fresh(0);
	to = plain_to("fe80::1", 9);
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_UNREACHED);
	teardown();
	close(listener);
}

static void
silence_ends_by_the_deadline_of_its_state(void)
{
	struct deaf deaf = deaf_at("127.0.0.1");
	int listener = listening("127.0.0.1", 0), fd;
	struct owner *o;
	struct conn_endpoint to;
	char want[128];
	int64_t begun_ns;

	setup();
	net->stay_max_ms[CONN_RESOLVE] = 1000 + 100; /* a second behind the resolver's */
	net->stay_max_ms[CONN_CONNECT] = 600;
	net->stay_max_ms[CONN_PROXY] = net->stay_max_ms[CONN_SECURE] = 100;
	/* The name server. */
	o = fresh(0);
	to = plain_to("silent.test", 80);
	begun_ns = loop.now.mono_ns; /* what deadlines count from */
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_DNS);
	CHECK(strstr(o->detail, "no name server answered about silent.test within 100 ms") != NULL);
	CHECK(clock_mono_ns() - begun_ns < 1000 * msec);
	/* The address. */
	o = fresh(0);
	to = plain_to("127.0.0.1", port_of(deaf.listener));
	begun_ns = loop.now.mono_ns;
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_TIMEOUT);
	snprintf(want, sizeof want, "connect took longer than 600 ms: 127.0.0.1:%d no answer",
	         to.port);
	CHECK_TEXT(o->detail, want);
	CHECK(clock_mono_ns() - begun_ns >= 600 * msec);
	/* The proxy. */
	o = fresh(0);
	to = plain_to("127.0.0.1", 80);
	snprintf(to.proxy, sizeof to.proxy, "http://127.0.0.1:%d", port_of(listener));
	CHECK(open_to(o, &to));
	fd = accepted(listener);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_TIMEOUT);
	CHECK_TEXT(o->detail, "proxy took longer than 100 ms: the proxy 127.0.0.1 is silent");
	close(fd);
	/* The TLS server. */
	o = fresh(0);
	to = plain_to("127.0.0.1", port_of(listener));
	to.secure = true;
	to.backend = TLS_BEARSSL;
	to.trust = (const void *)memory; /* nobody comes to look at it */
	CHECK(open_to(o, &to));
	fd = accepted(listener);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_TIMEOUT);
	CHECK_TEXT(o->detail, "tls took longer than 100 ms: the handshake is not over");
	close(fd);
	/* Open and quiet is no fault: that is the owner's to judge. */
	o = fresh(0);
	fd = open_pair(o, listener);
	for (int i = 0; i < 300; i++)
		turn();
	CHECK(o->closed == 0);
	close_by_owner(o);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_ASKED);
	close(fd);
	teardown();
	close(listener);
	hear_again(&deaf);
}

/* The owner closes in each state: told once, later, and nothing stays behind. */
static void
the_owner_may_close_in_every_state(void)
{
	struct deaf deaf = deaf_at("127.0.0.1");
	int listener = listening("127.0.0.1", 0), fd = -1;

	for (int state = CONN_RESOLVE; state <= CONN_OPEN; state++) {
		struct conn_endpoint to = plain_to("127.0.0.1", port_of(listener));
		struct owner *o = fresh(0);

		setup();
		if (state == CONN_RESOLVE)
			to = plain_to("silent.test", 80);
		if (state == CONN_CONNECT)
			to = plain_to("127.0.0.1", port_of(deaf.listener));
		if (state == CONN_PROXY)
			snprintf(to.proxy, sizeof to.proxy, "socks5://127.0.0.1:%d", to.port);
		to.secure = state == CONN_SECURE;
		to.backend = TLS_MBEDTLS;
		to.trust = (const void *)memory;
		CHECK(open_to(o, &to));
		if (state >= CONN_PROXY)
			fd = accepted(listener);
		for (int i = 0; i < 8; i++)
			turn();
		CHECK(o->conn->state == state);
		close_by_owner(o);
		close_by_owner(o); /* twice is harmless */
		CHECK(o->closed == 0);
		CHECK(!conn_send(o->conn, SLICE("x")));
		CHECK(conn_output_room(o->conn) == 0);
		turn();
		CHECK(o->closed == 1);
		CHECK(o->reason == CONN_REASON_ASKED);
		for (int i = 0; i < 8; i++)
			turn();
		CHECK(o->closed == 1);
		if (state >= CONN_PROXY)
			close(fd);
		teardown();
	}
	close(listener);
	hear_again(&deaf);
}

static void
a_reset_is_told_as_one(void)
{
	int listener = listening("127.0.0.1", 0), fd;
	struct owner *o = fresh(0);

	setup();
	fd = open_pair(o, listener);
	reset(fd);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_RESET);
	CHECK_TEXT(o->detail, "connection reset");
	/* The same while we write: what it said before is heard. */
	o = fresh(0);
	fd = open_pair(o, listener);
	CHECK(write(fd, "last words", 10) == 10);
	usleep(1000);
	reset(fd);
	usleep(1000);
	(void)conn_send(o->conn, SLICE("x"));
	(void)conn_send(o->conn, SLICE("y"));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_RESET);
	teardown();
	close(listener);
}

static void
half_closed_is_over_after_its_last_byte(void)
{
	int listener = listening("127.0.0.1", 0), fd;
	struct owner *o = fresh(0);
	static char big[200000];
	size_t put = 0;

	setup();
	memset(big, 'b', sizeof big);
	fd = open_pair(o, listener);
	while (put < sizeof big) {
		ssize_t n = write(fd, big + put, sizeof big - put);

		if (n > 0)
			put += (size_t)n;
		turn();
	}
	CHECK(shutdown(fd, SHUT_WR) == 0);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_ENDED);
	CHECK(o->got_count == sizeof big);
	close(fd);
	teardown();
	close(listener);
}

static void
a_peer_that_reads_slowly_is_waited_for(void)
{
	int listener = listening("127.0.0.1", 0), fd, small = 4096;
	struct owner *o = fresh(0);
	static char want[1 << 22], got[1 << 22];
	size_t sent = 0, count = 0;
	char block[1000];

	setup();
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
	fd = open_pair(o, listener);
	CHECK(conn_output_room(o->conn) == CONN_OUTPUT_BYTES);
	/* Longer than ever fits: refused, and nothing of it taken. */
	CHECK(!conn_send(o->conn, slice_of(want, CONN_OUTPUT_BYTES + 1)));
	while (sent + sizeof block < sizeof want) {
		for (size_t i = 0; i < sizeof block; i++)
			block[i] = (char)((sent + i) * 7 % 251);
		if (!conn_send(o->conn, slice_of(block, sizeof block)))
			break;
		memcpy(want + sent, block, sizeof block);
		sent += sizeof block;
	}
	CHECK(sent + sizeof block < sizeof want); /* the kernel's buffers have an end */
	CHECK(conn_output_room(o->conn) < sizeof block);
	for (int i = 0; i < 20; i++)
		turn();
	CHECK(o->rooms == 0);
	CHECK(o->closed == 0);
	count = 0;
	for (int64_t until = clock_mono_ns() + 3000 * msec; count < sent && clock_mono_ns() < until;) {
		ssize_t n = read(fd, got + count, 512);

		if (n > 0)
			count += (size_t)n;
		if (n <= 0 || count % 8192 == 0)
			turn();
	}
	CHECK(count == sent);
	CHECK(memcmp(got, want, count) == 0);
	UNTIL(o->rooms == 1);
	CHECK(o->rooms == 1);
	CHECK(conn_output_room(o->conn) == CONN_OUTPUT_BYTES);
	CHECK(o->closed == 0);
	close_by_owner(o);
	UNTIL(o->closed);
	close(fd);
	teardown();
	close(listener);
}

static void
a_peer_that_never_reads_is_given_up(void)
{
	int listener = listening("127.0.0.1", 0), fd, small = 4096;
	struct owner *o = fresh(0);
	static char block[CONN_OUTPUT_BYTES];
	int64_t begun_ns;

	setup();
	net->stay_max_ms[CONN_OPEN] = 150;
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
	fd = open_pair(o, listener);
	while (conn_send(o->conn, slice_of(block, sizeof block)))
		;
	begun_ns = loop.now.mono_ns;
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_FULL);
	CHECK_TEXT(o->detail, "the peer read nothing for 150 ms");
	CHECK(clock_mono_ns() - begun_ns >= 150 * msec);
	CHECK(o->rooms == 0);
	close(fd);
	teardown();
	close(listener);
}

static void
a_peer_that_writes_slowly_is_heard(void)
{
	int listener = listening("127.0.0.1", 0), fd;
	struct owner *o = fresh(0);
	static const char text[] = "one byte at a time";

	setup();
	fd = open_pair(o, listener);
	for (size_t i = 0; i < sizeof text - 1; i++) {
		CHECK(write(fd, text + i, 1) == 1);
		UNTIL(o->got_count == i + 1);
	}
	CHECK(memcmp(o->got, text, sizeof text - 1) == 0);
	close(fd);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_ENDED);
	teardown();
	close(listener);
}

static void
an_owner_may_do_anything_inside_of_a_call(void)
{
	int listener = listening("127.0.0.1", 0), fd[2];
	const struct conn_endpoint to = plain_to("127.0.0.1", port_of(listener));
	struct owner *a, *b;
	char text[8];

	setup();
	/* Closes in on_open, after it said something: that still goes out. */
	a = fresh(0);
	a->greets = "bye";
	a->closes_on_open = true;
	CHECK(open_to(a, &to));
	fd[0] = accepted(listener);
	UNTIL(a->closed);
	CHECK(a->reason == CONN_REASON_ASKED);
	CHECK(read_all(fd[0], text, 3) == 3);
	close(fd[0]);
	/* Closes in on_bytes; what is left in the socket is not delivered. */
	a = fresh(0);
	a->closes_on_bytes = true;
	fd[0] = open_pair(a, listener);
	{
		static char big[150000];
		ssize_t n = write(fd[0], big, sizeof big);

		CHECK(n > CONN_READ_BYTES);
	}
	UNTIL(a->closed);
	CHECK(a->reason == CONN_REASON_ASKED);
	CHECK(a->bytes_calls == 1);
	close(fd[0]);
	/* Closes the other, which has bytes waiting in the same turn. */
	a = fresh(0);
	b = fresh(1);
	fd[0] = open_pair(a, listener);
	fd[1] = open_pair(b, listener);
	a->closes_other = b;
	CHECK(write(fd[0], "x", 1) == 1);
	CHECK(write(fd[1], "x", 1) == 1);
	usleep(1000);
	UNTIL(b->closed);
	CHECK(b->reason == CONN_REASON_ASKED);
	CHECK(b->bytes_calls == 0);
	CHECK(a->closed == 0);
	a->closes_other = NULL;
	close_by_owner(a);
	UNTIL(a->closed);
	close(fd[0]);
	close(fd[1]);
	teardown();
	/* Opens again in on_closed, with no other place than its own. */
	setup_with(1, 32, 32);
	a = fresh(0);
	b = fresh(1);
	fd[0] = open_pair(a, listener);
	CHECK(!open_to(b, &to));
	CHECK(net_stats(net)->refused_count == 1);
	a->reopens = &to;
	close(fd[0]);
	UNTIL(a->reopens == NULL);
	fd[0] = accepted(listener);
	UNTIL(a->opened);
	CHECK(a->opened == 1);
	CHECK(a->closed == 0);
	close_by_owner(a);
	UNTIL(a->closed);
	CHECK(net_stats(net)->conn_max_count == 1);
	close(fd[0]);
	teardown();
	close(listener);
}

static void
closing_all_tells_all(void)
{
	int listener = listening("127.0.0.1", 0), fd[2];
	struct conn_endpoint to = plain_to("silent.test", 80);

	setup();
	fd[0] = open_pair(fresh(0), listener);
	fd[1] = open_pair(fresh(1), listener);
	CHECK(open_to(fresh(2), &to));
	CHECK(open_to(fresh(3), &to));
	turn();
	close_by_owner(&owners[1]); /* not told yet */
	owners[0].reopens = NULL;
	net_close(net);
	for (int i = 0; i < 4; i++) {
		CHECK(owners[i].closed == 1);
		CHECK(owners[i].reason == CONN_REASON_ASKED);
	}
	CHECK(conn_open(net, &to, &(struct conn_owner){ on_open, on_bytes, on_closed, NULL,
	                                                &owners[4] }) == NULL);
	dns_close(dns);
	close(silent_dns);
	CHECK(loop.watcher_count == 0);
	CHECK(loop.timers.count == 0);
	loop_close(&loop);
	close(fd[0]);
	close(fd[1]);
	CHECK(open_descriptors() == descriptors_before);
	close(listener);
}

static void
what_is_no_endpoint_is_told_so(void)
{
	struct conn_endpoint to;
	struct owner *o;

	setup();
	o = fresh(0);
	to = plain_to("a\r\nX: y", 80);
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_DNS);
	o = fresh(0);
	to = plain_to("", 80);
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_DNS);
	o = fresh(0);
	to = plain_to("h", 80);
	memset(to.host, 'h', sizeof to.host); /* without its end */
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_DNS);
	o = fresh(0);
	to = plain_to("127.0.0.1", 80);
	snprintf(to.proxy, sizeof to.proxy, "ftp://user:secret@x");
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_PROXY);
	CHECK(strstr(o->detail, "secret") == NULL);
	teardown();
}

int
main(void)
{
	world_begin();
	bytes_go_both_ways();
	nobody_there_is_refused();
	silence_ends_by_the_deadline_of_its_state();
	the_owner_may_close_in_every_state();
	a_reset_is_told_as_one();
	half_closed_is_over_after_its_last_byte();
	a_peer_that_reads_slowly_is_waited_for();
	a_peer_that_never_reads_is_given_up();
	a_peer_that_writes_slowly_is_heard();
	an_owner_may_do_anything_inside_of_a_call();
	closing_all_tells_all();
	what_is_no_endpoint_is_told_so();
	world_end();
	return CHECK_END("conn");
}
