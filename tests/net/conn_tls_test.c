/* Goal: over TLS, with both libraries, the owner sees one connection: open once, all
 * bytes, one end with its reason.
 * Method: OpenSSL as the server (tls_peer.py) behind a socket of ours, which cuts, drips,
 * stalls and resets. */
#include "net/conn_tls_world.h"

static void
bytes_go_both_ways(enum tls_backend backend)
{
	static char block[16000];
	struct owner *o;
	char want[64];
	size_t sent = 0;

	start("cert=p256");
	o = opened(backend);
	snprintf(want, sizeof want, "127.0.0.1:%d TLS 1.%d AES-128-GCM", port_of(listener),
	         backend == TLS_MBEDTLS ? 3 : 2);
	CHECK(strncmp(o->about, want, strlen(want)) == 0);
	CHECK(conn_output_room(o->conn) >= CONN_OUTPUT_BYTES);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)(i * 7 % 251);
	for (int i = 0; i < 20; i++) { /* the server says everything back */
		bool taken = false;

		SERVE_UNTIL((taken = conn_send(o->conn, slice_of(block, sizeof block))));
		CHECK(taken);
		sent += sizeof block;
	}
	SERVE_UNTIL(o->got_count == sent || o->closed);
	CHECK(o->got_count == sent);
	for (size_t i = 0; i < 20; i++)
		CHECK(memcmp(o->got + i * sizeof block, block, sizeof block) == 0);
	CHECK(conn_bytes_in(o->conn) == sent);
	/* An end with its close_notify, behind the last bytes. */
	give(peer_ask("do write 1000"), 0);
	give(peer_ask("do shutdown"), 0);
	UNTIL(o->closed);
	CHECK(o->got_count == sent + 1000);
	CHECK(o->reason == CONN_REASON_ENDED);
	CHECK_TEXT(o->detail, "closed by the peer");
	finish();
}

static void
our_goodbye_is_heard(enum tls_backend backend)
{
	struct owner *o;
	struct slice told;

	start("cert=p256");
	o = opened(backend);
	close_by_owner(o);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_ASKED);
	serve_once(0);
	told = peer_ask("tell");
	CHECK(slice_ends(told, SLICE("error=close_notify")));
	finish();
}

static void
a_cut_is_no_end(enum tls_backend backend)
{
	struct owner *o;

	start("cert=p256");
	o = opened(backend);
	give(peer_ask("do write 100"), 0);
	hang_up();
	UNTIL(o->closed);
	CHECK(o->got_count == 100);
	CHECK(o->reason == CONN_REASON_TLS);
	CHECK(strncmp(o->detail, "truncated: ", 11) == 0);
	finish();
	start("cert=p256");
	o = opened(backend);
	reset(server);
	server = -1;
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_RESET);
	CHECK_TEXT(o->detail, "connection reset");
	finish();
}

/* Gone before it said anything, in the middle, after k bytes of its first answer; with
 * FIN or RST. */
static void
cuts_in_the_handshake_are_told(enum tls_backend backend)
{
	static const struct { int bytes; bool resets; enum conn_reason reason; } row[] = {
		{ 0, false, CONN_REASON_TLS }, { 1, false, CONN_REASON_TLS },
		{ 200, false, CONN_REASON_TLS }, { 0, true, CONN_REASON_RESET },
		{ 200, true, CONN_REASON_RESET },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct conn_endpoint to;
		struct owner *o = fresh(0);
		char hello[4096];
		struct slice answer;
		ssize_t got = -1;

		start("cert=p256");
		to = secure_to(backend);
		CHECK(open_to(o, &to));
		server = accepted(listener);
		UNTIL((got = read(server, hello, sizeof hello)) > 0);
		CHECK(got > 0);
		answer = peer_put(slice_of(hello, (size_t)got));
		CHECK(answer.count > 200);
		give(slice_of(answer.at, (size_t)row[i].bytes), 0);
		if (row[i].resets) {
			reset(server);
			server = -1;
		} else {
			hang_up();
		}
		UNTIL(o->closed);
		CHECK(o->opened == 0);
		CHECK(o->reason == row[i].reason);
		CHECK(strstr(o->detail, row[i].resets ? "connection reset during the TLS handshake"
		                                      : "truncated: ") != NULL);
		CHECK(net_stats(net)->second_try_count == 0);
		finish();
	}
}

static void
one_byte_at_a_time_is_enough(enum tls_backend backend)
{
	const char *const serve[] = { "cert=p256", "cert=rsa max=12" };

	for (int i = 0; i < 2; i++) {
		struct conn_endpoint to;
		struct owner *o = fresh(0);

		start(serve[i]);
		to = secure_to(backend);
		o->greets = "echo";
		CHECK(open_to(o, &to));
		for (int64_t end_ns = clock_mono_ns() + 10000 * msec;
		     o->got_count < 4 && !o->closed && clock_mono_ns() < end_ns;) {
			serve_once(1);
			turn();
		}
		CHECK(o->opened == 1);
		CHECK(o->got_count == 4);
		CHECK(memcmp(o->got, "echo", 4) == 0);
		close_by_owner(o);
		UNTIL(o->closed);
		finish();
	}
}

/* In TLS 1.2 the server's Finished and its first bytes may come in one packet: open
 * comes first, and everything may be done inside. */
static void
bytes_behind_the_last_handshake_message_come_after_open(enum tls_backend backend)
{
	for (int closes = 0; closes < 2; closes++) {
		struct conn_endpoint to;
		struct owner *o = fresh(0);
		static char all[65536], cipher[65536];
		size_t count = 0;

		start("cert=p256 max=12 tickets=0");
		peer_forget_sessions();
		to = secure_to(backend);
		o->greets = "hi";
		o->closes_on_open = closes == 1;
		CHECK(open_to(o, &to));
		server = accepted(listener);
		/* Hello; key exchange and Finished: the second answer is the last. */
		for (int flight = 0; flight < 2; flight++) {
			struct slice answer;
			ssize_t got = -1;

			UNTIL((got = read(server, cipher, sizeof cipher)) > 0);
			CHECK(got > 0);
			answer = peer_put(slice_of(cipher, (size_t)got));
			while (flight == 1 && answer.count == 0) { /* came in two packets */
				UNTIL((got = read(server, cipher, sizeof cipher)) > 0);
				CHECK(got > 0);
				if (got <= 0)
					break;
				answer = peer_put(slice_of(cipher, (size_t)got));
			}
			memcpy(all, answer.at, answer.count);
			count = answer.count;
			if (flight == 0)
				give(slice_of(all, count), 0);
		}
		CHECK(o->opened == 0);
		{
			struct slice more = peer_ask("do write 100");

			memcpy(all + count, more.at, more.count);
			count += more.count;
		}
		CHECK(send(server, all, count, MSG_NOSIGNAL) == (ssize_t)count);
		UNTIL(closes ? o->closed : o->got_count == 100);
		CHECK(o->opened == 1);
		CHECK(o->got_count == (closes ? 0u : 100u));
		if (!closes) {
			SERVE_UNTIL(o->got_count == 102); /* our greeting came back */
			CHECK(memcmp(o->got + 100, "hi", 2) == 0);
			o->closes_on_bytes = true; /* inside of tls_receive */
			give(peer_ask("do write 50000"), 0);
			UNTIL(o->closed);
			CHECK(o->bytes_calls < 6);
		}
		CHECK(o->reason == CONN_REASON_ASKED);
		finish();
	}
}

static void
certificates_are_judged(enum tls_backend backend)
{
	static const struct { const char *serve, *host, *detail; } row[] = {
		{ "cert=expired", "good.example", "certificate_expired: " },
		{ "cert=p256", "other.example", "certificate_for_another_name: " },
		{ "cert=unknown", "good.example", "unknown_issuer: " },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct conn_endpoint to;
		struct owner *o = fresh(0);

		start(row[i].serve);
		to = secure_to(backend);
		snprintf(to.host, sizeof to.host, "%s", row[i].host);
		CHECK(open_to(o, &to));
		SERVE_UNTIL(o->closed);
		CHECK(o->opened == 0);
		CHECK(o->reason == CONN_REASON_TLS);
		CHECK(strncmp(o->detail, row[i].detail, strlen(row[i].detail)) == 0);
		CHECK(net_stats(net)->second_try_count == 0);
		finish();
	}
}

static void
what_is_no_tls_is_told(enum tls_backend backend)
{
	struct owner *o = fresh(0);
	struct conn_endpoint to;

	start("cert=p256");
	to = secure_to(backend);
	CHECK(open_to(o, &to));
	server = accepted(listener);
	give(SLICE("HTTP/1.1 400 Bad Request\r\n\r\n"), 0);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_TLS);
	CHECK(strncmp(o->detail, "broken_record: ", 15) == 0);
	finish();
	/* Garbage later. */
	start("cert=p256");
	o = opened(backend);
	give(SLICE("\x17\x03\x03\x00\x20garbage garbage garbage garbage "), 0);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_TLS);
	finish();
}

static void
sessions_are_resumed_after_a_reconnect(enum tls_backend backend)
{
	struct owner *o;

	start(backend == TLS_MBEDTLS ? "cert=p256" : "cert=p256 max=12 tickets=0");
	peer_ask("serve cert=p256 max=12 tickets=0");
	o = opened(backend);
	CHECK(strstr(o->about, "resumed") == NULL);
	close_by_owner(o);
	UNTIL(o->closed);
	serve_once(0);
	hang_up();
	peer_ask("serve cert=p256 max=12 tickets=0");
	o = opened(backend);
	CHECK(strstr(o->about, "resumed") != NULL);
	close_by_owner(o);
	UNTIL(o->closed);
	finish();
}

static void
a_peer_that_never_reads_is_given_up(enum tls_backend backend)
{
	static char block[4000];
	struct owner *o;
	int small = 4096, count = 0;

	start("cert=p256");
	CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
	o = opened(backend);
	while (conn_send(o->conn, slice_of(block, sizeof block)) && count < 5000)
		count++;
	CHECK(count < 5000);
	net->stay_max_ms[CONN_OPEN] = 150;
	conn_stay(o->conn, 150);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_FULL);
	finish();
}

static void
it_works_behind_a_proxy(enum tls_backend backend)
{
	static const char answer[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct owner *o = fresh(0);
	struct conn_endpoint to;
	char text[512], want[256];
	size_t count;

	start("cert=p256");
	to = secure_to(backend);
	to.port = 443;
	snprintf(to.host, sizeof to.host, "good.example");
	snprintf(to.proxy, sizeof to.proxy, "http://127.0.0.1:%d", port_of(listener));
	CHECK(open_to(o, &to));
	server = accepted(listener);
	count = read_all(server, text, sizeof text);
	/* The name goes to the proxy as it is: nobody looks it up here. */
	snprintf(want, sizeof want,
	         "CONNECT good.example:443 HTTP/1.1\r\nHost: good.example:443\r\n\r\n");
	CHECK(slice_equal(slice_of(text, count), slice_str(want)));
	CHECK(write(server, answer, sizeof answer - 1) == sizeof answer - 1);
	SERVE_UNTIL(o->opened || o->closed);
	CHECK(o->opened == 1);
	snprintf(want, sizeof want, "via proxy 127.0.0.1:%d TLS 1.", port_of(listener));
	CHECK(strncmp(o->about, want, strlen(want)) == 0);
	close_by_owner(o);
	UNTIL(o->closed);
	finish();
}

int
main(void)
{
	static void (*const test[])(enum tls_backend) = {
		bytes_go_both_ways,
		our_goodbye_is_heard,
		a_cut_is_no_end,
		cuts_in_the_handshake_are_told,
		one_byte_at_a_time_is_enough,
		bytes_behind_the_last_handshake_message_come_after_open,
		certificates_are_judged,
		what_is_no_tls_is_told,
		sessions_are_resumed_after_a_reconnect,
		a_peer_that_never_reads_is_given_up,
		it_works_behind_a_proxy,
	};

	/* Of tls_peer.h, for those who have no socket. */
	(void)peer_open;
	(void)peer_talk;
	world_begin();
	peer_boot();
	for (size_t i = 0; i < sizeof test / sizeof test[0]; i++)
		for (size_t k = 0; k < sizeof both / sizeof both[0]; k++)
			test[i](both[k]);
	world_end();
	return CHECK_END("conn_tls");
}
