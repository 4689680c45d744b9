/* Goal: a connection goes through a proxy, or says what the proxy said.
 * Method: a proxy on loopback that speaks by a table, step by step. */
#include "net/conn_world.h"

#define BYTES(literal) literal, sizeof(literal) - 1
#define CONNECT "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n"

struct step { const char *hears; size_t hears_count; const char *says; size_t says_count; };

static void
proxies_are_passed_or_told(void)
{
	static const struct {
		const char *scheme;
		struct step step[3];
		bool hangs_up;
		enum conn_reason reason; /* ASKED: it opens, and we close */
		const char *detail;      /* is in it */
		const char *got;
	} row[] = {
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("HTTP/1.1 200 OK\r\n\r\n") } }, false,
		  CONN_REASON_ASKED, "", "" },
		{ "http://ann:pw@", { { BYTES(CONNECT "Proxy-Authorization: Basic YW5uOnB3\r\n\r\n"),
		  BYTES("HTTP/1.1 200 OK\r\n\r\n") } }, false, CONN_REASON_ASKED, "", "" },
		/* The server behind it speaks first, in the same packet. */
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("HTTP/1.1 200 OK\r\n\r\nwelcome") } },
		  false, CONN_REASON_ASKED, "", "welcome" },
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("HTTP/1.1 407 Login\r\n\r\n") } }, false,
		  CONN_REASON_PROXY, "proxy_wants_login: the proxy wants user and password", "" },
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("HTTP/1.1 403 No\r\n\r\n") } }, false,
		  CONN_REASON_PROXY, "proxy_denied", "" },
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("\0\1garbage") } }, false,
		  CONN_REASON_PROXY, "proxy_answer_broken", "" },
		{ "http://", { { BYTES(CONNECT "\r\n"), BYTES("HTTP/1.1 2") } }, true,
		  CONN_REASON_PROXY, "proxy_ended: the proxy hung up in the middle", "" },
		{ "http://", { { BYTES(CONNECT "\r\n"), "", 0 } }, true,
		  CONN_REASON_PROXY, "proxy_ended: the proxy hung up before", "" },
		{ "socks5://", { { BYTES("\5\1\0"), BYTES("\5\0") },
		  { BYTES("\5\1\0\1\177\0\0\1\0\120"), BYTES("\5\0\0\1\0\0\0\0\0\0hi") } }, false,
		  CONN_REASON_ASKED, "", "hi" },
		{ "socks5://ann:pw@", { { BYTES("\5\2\0\2"), BYTES("\5\2") },
		  { BYTES("\1\3ann\2pw"), BYTES("\1\0") },
		  { BYTES("\5\1\0\1\177\0\0\1\0\120"), BYTES("\5\0\0\1\0\0\0\0\0\0") } }, false,
		  CONN_REASON_ASKED, "", "" },
		{ "socks5://ann:pw@", { { BYTES("\5\2\0\2"), BYTES("\5\2") },
		  { BYTES("\1\3ann\2pw"), BYTES("\1\1") } }, false,
		  CONN_REASON_PROXY, "proxy_login_refused", "" },
		{ "socks5://", { { BYTES("\5\1\0"), BYTES("\5\0") },
		  { BYTES("\5\1\0\1\177\0\0\1\0\120"), BYTES("\5\5") } }, false,
		  CONN_REASON_PROXY, "connection refused", "" },
	};
	int listener = listening("127.0.0.1", 0);

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct conn_endpoint to = plain_to("127.0.0.1", 80);
		struct owner *o = fresh(0);
		char text[512], want[64];
		int fd;

		setup();
		snprintf(to.proxy, sizeof to.proxy, "%s127.0.0.1:%d", row[i].scheme,
		         port_of(listener));
		CHECK(open_to(o, &to));
		fd = accepted(listener);
		for (const struct step *s = row[i].step; s < row[i].step + 3 && s->hears; s++) {
			size_t count = read_all(fd, text, s->hears_count);

			CHECK(slice_equal(slice_of(text, count), slice_of(s->hears, s->hears_count)));
			CHECK(write(fd, s->says, s->says_count) == (ssize_t)s->says_count);
		}
		if (row[i].hangs_up)
			close(fd);
		UNTIL(o->opened || o->closed);
		CHECK((row[i].reason == CONN_REASON_ASKED) == (o->opened == 1));
		if (o->opened) {
			snprintf(want, sizeof want, "via proxy 127.0.0.1:%d", port_of(listener));
			CHECK_TEXT(o->about, want);
			CHECK(write(fd, "!", 1) == 1);
			UNTIL(o->got_count == strlen(row[i].got) + 1);
			CHECK(memcmp(o->got, row[i].got, strlen(row[i].got)) == 0);
			close_by_owner(o);
		}
		UNTIL(o->closed);
		CHECK(o->reason == row[i].reason);
		if (strstr(o->detail, row[i].detail) == NULL)
			printf("row %zu: %s\n", i, o->detail);
		CHECK(strstr(o->detail, row[i].detail) != NULL);
		if (!row[i].hangs_up)
			close(fd);
		teardown();
	}
	close(listener);
}

static void
a_proxy_that_is_not_there_is_told_as_one(void)
{
	int closed = bound(SOCK_STREAM, "127.0.0.1", 0);
	struct conn_endpoint to = plain_to("127.0.0.1", 80);
	struct owner *o = fresh(0);

	setup();
	snprintf(to.proxy, sizeof to.proxy, "http://127.0.0.1:%d", port_of(closed));
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_REFUSED);
	CHECK(strstr(o->detail, "the proxy: 127.0.0.1:") == o->detail);
	o = fresh(0);
	snprintf(to.proxy, sizeof to.proxy, "http://silent.test:80");
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_DNS);
	CHECK(strstr(o->detail, "the proxy: no name server answered") == o->detail);
	teardown();
	close(closed);
}

int
main(void)
{
	world_begin();
	proxies_are_passed_or_told();
	a_proxy_that_is_not_there_is_told_as_one();
	world_end();
	return CHECK_END("conn_proxy");
}
