/* Goal: a server that only TLS 1.2 alone can reach is reached by a second try inside of one
 * connection, remembered while that helps, and forgotten when it does not.
 * Method: OpenSSL as the server (tls_peer.py) behind a socket of ours, made to sign in the
 * one way that mbedTLS cannot verify in TLS 1.2. */
#include "net/conn_tls_world.h"

/* A server that signs with PSS in TLS 1.2, which mbedTLS cannot verify: a new one is
 * begun whenever somebody connects. */
static const char *const stubborn = "max=12 sigalgs=RSA-PSS+SHA256:RSA+SHA256 prefer=1";

static int
connections_until_open(struct owner *o, const struct conn_endpoint *to, const char *serve)
{
	int count = 0;

	CHECK(open_to(o, to));
	for (int64_t end_ns = clock_mono_ns() + 5000 * msec;
	     !o->opened && !o->closed && clock_mono_ns() < end_ns;) {
		const bool was_there = server >= 0;

		if (!was_there)
			peer_ask("serve %s", serve);
		serve_once(0);
		count += !was_there && server >= 0;
		turn();
	}
	return count;
}

static void
a_server_that_fears_tls13_is_reached_and_remembered(void)
{
	struct conn_endpoint to;
	struct owner *o = fresh(0);

	start(stubborn);
	peer_forget_sessions();
	to = secure_to(TLS_MBEDTLS);
	CHECK(connections_until_open(o, &to, stubborn) == 2);
	CHECK(o->opened == 1); /* the owner saw one connection */
	CHECK(o->closed == 0);
	CHECK(strstr(o->about, " TLS 1.2 ") != NULL);
	CHECK(net_stats(net)->second_try_count == 1);
	CHECK(net_stats(net)->opened_count == 1);
	close_by_owner(o);
	UNTIL(o->closed);
	hang_up();
	/* Remembered: one try. */
	o = fresh(0);
	CHECK(connections_until_open(o, &to, stubborn) == 1);
	CHECK(o->opened == 1);
	CHECK(net_stats(net)->second_try_count == 1);
	close_by_owner(o);
	UNTIL(o->closed);
	hang_up();
	/* It learned TLS 1.3 and forgot 1.2: what was remembered fails once, and is forgotten. */
	o = fresh(0);
	(void)connections_until_open(o, &to, "min=13");
	CHECK(o->closed == 1);
	CHECK(o->reason == CONN_REASON_TLS);
	hang_up();
	o = fresh(0);
	CHECK(connections_until_open(o, &to, "min=13") == 1);
	CHECK(o->opened == 1);
	CHECK(strstr(o->about, " TLS 1.3 ") != NULL);
	close_by_owner(o);
	UNTIL(o->closed);
	finish();
}

/* The second try fails too: told once, nothing is remembered. */
static void
a_second_try_is_the_last(void)
{
	struct conn_endpoint to;
	struct owner *o = fresh(0);

	start("max=12 sigalgs=RSA-PSS+SHA256");
	to = secure_to(TLS_MBEDTLS);
	CHECK(connections_until_open(o, &to, "max=12 sigalgs=RSA-PSS+SHA256") == 2);
	CHECK(o->opened == 0);
	CHECK(o->closed == 1);
	CHECK(o->reason == CONN_REASON_TLS);
	CHECK(net_stats(net)->second_try_count == 1);
	CHECK(!conn_memory_has_no_tls13(&net->memory, "good.example", to.port,
	                                loop.now.mono_ns));
	finish();
}

/* Closed by the owner while the second try is under way. */
static void
the_second_try_can_be_closed(void)
{
	struct conn_endpoint to;
	struct owner *o = fresh(0);

	start(stubborn);
	to = secure_to(TLS_MBEDTLS);
	CHECK(open_to(o, &to));
	SERVE_UNTIL(net_stats(net)->second_try_count == 1);
	CHECK(o->conn->state == CONN_CONNECT);
	close_by_owner(o);
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_ASKED);
	finish();
}

int
main(void)
{
	/* Of tls_peer.h, for those who have no socket. */
	(void)peer_open;
	(void)peer_talk;
	(void)both;
	world_begin();
	peer_boot();
	a_server_that_fears_tls13_is_reached_and_remembered();
	a_second_try_is_the_last();
	the_second_try_can_be_closed();
	world_end();
	return CHECK_END("conn_again");
}
