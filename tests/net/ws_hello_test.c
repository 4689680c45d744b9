/* Goal: our request is what RFC 6455 4.1 wants; its answer opens the link only when all of
 * it is right; a refusal keeps status, headers and the first of its body.
 * Method: the RFC's sample nonce and answer, spoilt in one place a row, fed whole, byte by
 * byte and cut at each length. */
#include "ws_world.h"

#define START "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static void
the_request_is_as_the_rfc_says(void)
{
	static const char want[] =
		"GET /ws/btcusdt@trade?a=b HTTP/1.1\r\nHost: stream.example.com:9443\r\n"
		"User-Agent: tidewatch\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		"X-More: 1\r\nOrigin: https://example.com\r\n\r\n";
	struct ws *w = ws_open(world_pool, "stream.example.com:9443", "/ws/btcusdt@trade?a=b",
	                       "X-More: 1\r\nOrigin: https://example.com\r\n", 1000);

	CHECK(ws_state(w) == WS_OPENING);
	CHECK(slice_equal(ws_output(w), SLICE(want)));
	/* Nothing else may go out before the answer. */
	CHECK(ws_send_text(w, SLICE("x")) == ERR_UNAVAILABLE);
	CHECK(ws_send_ping(w, SLICE("x")) == ERR_UNAVAILABLE);
	CHECK(ws_close(w, 1000) == ERR_UNAVAILABLE);
	/* In pieces as a socket takes it. */
	for (size_t i = 0; i < sizeof want - 1; i++) {
		CHECK(ws_output(w).at[0] == want[i]);
		ws_sent(w, 1);
	}
	CHECK(ws_output(w).count == 0);
	ws_free(w);
}

static void
bytes_that_no_request_has_are_refused(void)
{
	static const struct { const char *host, *path, *header; } row[] = {
		{ "", "/", NULL }, { "a b", "/", NULL }, { "a\r\nX: y", "/", NULL }, { "a\xc3\xa4", "/", NULL },
		{ "a", "", NULL }, { "a", "x", NULL }, { "a", "/x y", NULL }, { "a", "/\n", NULL }, { "a", "/\x7f", NULL },
		{ "a", "/", "X: y" }, { "a", "/", "\r\n" }, { "a", "/", "X: y\r\n\r\n" }, { "a", "/", "X: y\n" },
		{ "a", "/", "X: y\r" }, { "a", "/", "X: \x01\r\n" },
	};
	static char path[20000];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct ws *w = ws_open(world_pool, row[i].host, row[i].path, row[i].header, 1000);

		CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_HANDSHAKE);
		CHECK(ws_output(w).count == 0);
		ws_free(w);
	}
	memset(path, '/', sizeof path - 1);
	{
		struct ws *w = ws_open(world_pool, "a", path, NULL, 1000);

		CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_HANDSHAKE);
		CHECK_TEXT(ws_detail(w), "the request is too long");
		ws_free(w);
	}
}

/* --- answers -------------------------------------------------------------------------------- */

static const struct answer {
	const char *bytes;
	enum ws_reason reason; /* NONE: it opens */
	const char *detail;
} answers[] = {
	{ START UPGRADE CONNECTION ACCEPT "\r\n", WS_REASON_NONE, "" },
	{ "HTTP/1.1 101\r\n" UPGRADE CONNECTION ACCEPT "\r\n", WS_REASON_NONE, "" },
	{ START "UPGRADE: WebSocket\r\nconnection:upgrade\r\nSEC-WEBSOCKET-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\r\n",
	  WS_REASON_NONE, "" },
	{ START "Date: x\r\n" UPGRADE "Connection: keep-alive, Upgrade\r\nSet-Cookie: a=b;c\r\n" ACCEPT "Server:\r\n\r\n",
	  WS_REASON_NONE, "" },
	{ START UPGRADE "Connection: keep-alive\r\nConnection: upgrade\r\n" ACCEPT "\r\n", WS_REASON_NONE, "" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" START UPGRADE CONNECTION ACCEPT "\r\n",
	  WS_REASON_NONE, "" },
	{ "HTTP/1.1 101 X\n" "Upgrade: websocket\n" "Connection: Upgrade\n"
	  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n", WS_REASON_NONE, "" },

	{ START CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Upgrade: websocket\"" },
	{ START "Upgrade: h2c\r\n" CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Upgrade: websocket\"" },
	{ START "Upgrade: websockets\r\n" CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Upgrade: websocket\"" },
	{ START UPGRADE ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Connection: Upgrade\"" },
	{ START UPGRADE "Connection: close\r\n" ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Connection: Upgrade\"" },
	{ START UPGRADE "Connection: upgraded\r\n" ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with no \"Connection: Upgrade\"" },
	{ START UPGRADE CONNECTION "\r\n", WS_REASON_HANDSHAKE, "101 with no Sec-WebSocket-Accept" },
	{ START UPGRADE CONNECTION "Sec-WebSocket-Accept:\r\n\r\n", WS_REASON_HANDSHAKE, "101 with Sec-WebSocket-Accept of another key" },
	{ START UPGRADE CONNECTION "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
	  WS_REASON_HANDSHAKE, "101 with Sec-WebSocket-Accept of another key" },
	{ START UPGRADE CONNECTION "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	  WS_REASON_HANDSHAKE, "101 with Sec-WebSocket-Accept of another key" },
	{ START UPGRADE CONNECTION ACCEPT ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 with more than one Sec-WebSocket-Accept" },
	{ "HTTP/1.0 101 X\r\n" UPGRADE CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "101 of HTTP/1.0" },
	{ START UPGRADE CONNECTION ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
	  WS_REASON_EXTENSION, "not asked for: \"Sec-WebSocket-Extensions: permessage-deflate\"" },
	{ START UPGRADE CONNECTION ACCEPT "sec-websocket-protocol: chat\r\n\r\n",
	  WS_REASON_EXTENSION, "not asked for: \"sec-websocket-protocol: chat\"" },
	{ START UPGRADE CONNECTION " folded\r\n" ACCEPT "\r\n", WS_REASON_HANDSHAKE, "no header line: \" folded\"" },
	{ START UPGRADE "nonsense\r\n" CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "no header line: \"nonsense\"" },
	{ START UPGRADE ": x\r\n" CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "no header line: \": x\"" },
	{ START UPGRADE "A: b\rc\r\n" CONNECTION ACCEPT "\r\n", WS_REASON_HANDSHAKE, "no header line: \"A: b?c\"" },
	{ "HTTP/1.1 99 X\r\n\r\n", WS_REASON_HANDSHAKE, "a status line that is none" },
	{ "HTTP/1.1 099 X\r\n\r\n", WS_REASON_HANDSHAKE, "a status line that is none" },
	{ "HTTP/1.1 1010 X\r\n\r\n", WS_REASON_HANDSHAKE, "a status line that is none" },
	{ "HTTP/1.2 101 X\r\n\r\n", WS_REASON_HANDSHAKE, "a status line that is none" },
	{ "HTTP/1.1\r\n\r\n", WS_REASON_HANDSHAKE, "a status line that is none" },
	{ "HTTP/2 101 X", WS_REASON_HANDSHAKE, "the answer is not HTTP/1" },
	{ "\x81\x05Hello", WS_REASON_HANDSHAKE, "the answer is not HTTP/1" },
	{ "\r\n", WS_REASON_HANDSHAKE, "the answer is not HTTP/1" },
	{ "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", WS_REASON_STATUS, "404 Not Found" },
	{ "HTTP/1.1 400\r\nContent-Length: 0\r\n\r\n", WS_REASON_STATUS, "400" },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", WS_REASON_STATUS, "200 OK" },
	{ "HTTP/1.1 302 Found\r\nLocation: wss://elsewhere\r\nContent-Length: 0\r\n\r\n", WS_REASON_STATUS, "302 Found" },
	{ "HTTP/1.1 429 Too\x1b[2JMany\r\nContent-Length: 0\r\n\r\n", WS_REASON_STATUS, "429 Too?[2JMany" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", WS_REASON_STATUS, "204 No Content" },
	{ "HTTP/1.1 403 X\r\nbroken\r\n\r\n", WS_REASON_STATUS, "403 X" },
};

static struct ws *
begin(void)
{
	struct ws *w = ws_open(world_pool, "example.com", "/", NULL, 1000);

	ws_sent(w, ws_output(w).count);
	world_begin();
	return w;
}

static void
an_answer_opens_only_when_all_of_it_is_right(void)
{
	static const size_t cuts[] = { CUT_WHOLE, 1, 2, 3, 13, 40, CUT_RANDOM + 1, CUT_RANDOM + 2 };

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		const struct answer *a = &answers[i];

		for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
			struct ws *w = begin();
			const int failed = check_failed_count;

			world_feed(w, slice_str(a->bytes), cuts[c]);
			CHECK(ws_state(w) == (a->reason == WS_REASON_NONE ? WS_OPEN : WS_ENDED));
			CHECK_TEXT(ws_reason_text(ws_reason(w)), ws_reason_text(a->reason));
			CHECK_TEXT(ws_detail(w), a->detail);
			CHECK(ws_output(w).count == 0);
			if (a->reason == WS_REASON_STATUS)
				CHECK(ws_http_status(w) == atoi(a->bytes + 9));
			ws_free(w);
			CHECK(world_pool->store.used_bytes == 0);
			if (check_failed_count != failed)
				printf("  in answer %zu, cut %zu\n", i, cuts[c]);
		}
	}
}

static void
half_an_answer_waits_and_says_so_at_the_end(void)
{
	static const char bytes[] = START UPGRADE CONNECTION ACCEPT "\r\n";

	for (size_t count = 0; count < sizeof bytes - 1; count++) {
		struct ws *w = begin();

		world_feed(w, slice_of(bytes, count), CUT_WHOLE);
		CHECK(ws_state(w) == WS_OPENING);
		ws_receive_end(w);
		CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_ENDED);
		ws_free(w);
	}
}

static void
frames_may_follow_in_the_same_bytes(void)
{
	static const char bytes[] = START UPGRADE CONNECTION ACCEPT "\r\n"
	                            "\x81\x05Hello\x89\x01p\x01\x01""a\x80\x01""b\x81\x03" "end";

	for (size_t cut = 0; cut < sizeof bytes; cut++) {
		struct ws *w = begin();

		world_feed(w, slice_of(bytes, cut), CUT_WHOLE);
		world_feed(w, slice_of(bytes + cut, sizeof bytes - 1 - cut), CUT_WHOLE);
		CHECK_TEXT(world_text(&world_in), "T(Hello) I(p) T(ab) T(end)");
		ws_free(w);
	}
}

/* --- refusals ---------------------------------------------------------------------------------- */

static const struct refusal {
	const char *bytes;
	int status;
	bool ended;            /* without the end of the connection */
	const char *retry, *body;
} refusals[] = {
	{ "HTTP/1.1 429 Too Many Requests\r\nretry-after: 17\r\nContent-Length: 2\r\n\r\n{}", 429, true, "17", "{}" },
	{ "HTTP/1.1 418 I'm a teapot\r\nRetry-After: 86400\r\nContent-Type: x\r\nContent-Length: 23\r\n\r\n"
	  "{\"code\":-1003,\"msg\":\"\"}", 418, true, "86400", "{\"code\":-1003,\"msg\":\"\"}" },
	{ "HTTP/1.1 451 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nrestr\r\n6\r\nicted \r\n0\r\n\r\n", 451, true, "", "restricted " },
	{ "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<html>blocked", 403, false, "", "<html>blocked" },
	{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n<html>", 403, false, "", "<html>" },
	{ "HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nfirstsecond", 403, true, "", "first" },
	{ "HTTP/1.1 403 Forbidden\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nfirst", 403, true, "", "" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", 503, true, "3", "" },
};

static void
a_refusal_keeps_what_tells_it_apart(void)
{
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		const struct refusal *r = &refusals[i];
		const struct slice all = slice_str(r->bytes);

		for (size_t cut = 0; cut <= all.count; cut++) {
			struct ws *w = begin();
			struct slice retry, body;

			world_feed(w, slice_of(all.at, cut), CUT_WHOLE);
			world_feed(w, slice_after(all, cut), cut % 3);
			CHECK((ws_state(w) == WS_ENDED) == r->ended);
			ws_receive_end(w);
			CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_STATUS);
			CHECK(ws_http_status(w) == r->status);
			retry = ws_http_header(w, "Retry-After");
			body = ws_http_body(w);
			CHECK(slice_equal(retry, slice_str(r->retry)));
			CHECK(slice_equal(body, slice_str(r->body)));
			CHECK(world_in.count == 0);
			ws_free(w);
			CHECK(world_pool->store.used_bytes == 0);
		}
	}
}

static void
of_a_long_body_the_first_bytes_are_kept_and_no_more_is_waited_for(void)
{
	static char body[5000];

	memset(body, 'b', sizeof body);
	for (size_t cut = 0; cut < 3; cut++) {
		struct ws *w = begin();

		world_feed(w, SLICE("HTTP/1.1 403 X\r\n\r\n"), cut);
		world_feed(w, slice_of(body, WS_BODY_BYTES_MAX - 1), cut);
		CHECK(ws_state(w) == WS_OPENING);
		world_feed(w, slice_of(body, sizeof body - WS_BODY_BYTES_MAX), cut);
		CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_STATUS);
		CHECK(ws_http_body(w).count == WS_BODY_BYTES_MAX);
		ws_free(w);
	}
}

static void
a_link_that_opened_was_not_refused(void)
{
	struct ws *w = world_open(1000);

	CHECK(ws_http_status(w) == 101);
	CHECK(ws_http_header(w, "Upgrade").count == 0);
	CHECK(ws_http_body(w).count == 0);
	ws_free(w);
}

int
main(void)
{
	world_boot(WORLD_STORE);
	the_request_is_as_the_rfc_says();
	bytes_that_no_request_has_are_refused();
	an_answer_opens_only_when_all_of_it_is_right();
	half_an_answer_waits_and_says_so_at_the_end();
	frames_may_follow_in_the_same_bytes();
	a_refusal_keeps_what_tells_it_apart();
	of_a_long_body_the_first_bytes_are_kept_and_no_more_is_waited_for();
	a_link_that_opened_was_not_refused();
	return CHECK_END("ws_hello");
}
