/* Goal: we say to a proxy what RFC 9110, 1928 and 1929 want, understand each of its
 * answers, leave alone what is not its own, and end with a sentence otherwise.
 * Method: tables of answers written from the RFCs, each fed whole, one byte at a time
 * and cut at every length. */
#include "net/proxy.h"
#include "check.h"

/* --- what stands in the configuration --------------------------------------------- */

static void
urls_are_read_or_refused(void)
{
	static const struct {
		const char *text;
		bool good;
		int kind;
		const char *host;
		int port;
		const char *user, *password; /* NULL: none */
	} row[] = {
		{ "", true, PROXY_NONE, "", 0, NULL, NULL },
		{ "http://proxy.example:3128", true, PROXY_HTTP, "proxy.example", 3128, NULL, NULL },
		{ "http://proxy.example", true, PROXY_HTTP, "proxy.example", 80, NULL, NULL },
		{ "http://proxy.example:3128/", true, PROXY_HTTP, "proxy.example", 3128, NULL, NULL },
		{ "socks5://127.0.0.1", true, PROXY_SOCKS5, "127.0.0.1", 1080, NULL, NULL },
		{ "socks5://[::1]:9050", true, PROXY_SOCKS5, "::1", 9050, NULL, NULL },
		{ "socks5://[::1]", true, PROXY_SOCKS5, "::1", 1080, NULL, NULL },
		{ "http://ann:secret@p:1", true, PROXY_HTTP, "p", 1, "ann", "secret" },
		{ "http://ann@p:1", true, PROXY_HTTP, "p", 1, "ann", "" },
		{ "http://ann:@p:1", true, PROXY_HTTP, "p", 1, "ann", "" },
		{ "http://ann:a%40b%3Ac%25@p:1", true, PROXY_HTTP, "p", 1, "ann", "a@b:c%" },
		{ "http://ann:a@b@p:65535", true, PROXY_HTTP, "p", 65535, "ann", "a@b" },
		{ "socks5://a%3ab:c:d@p", true, PROXY_SOCKS5, "p", 1080, "a:b", "c:d" },
		/* a ':' in the user would move the border in Basic */
		{ "http://a%3ab:c@p:1", false, 0, NULL, 0, NULL, NULL },
		{ "https://p:1", false, 0, NULL, 0, NULL, NULL },
		{ "socks4://p:1", false, 0, NULL, 0, NULL, NULL },
		{ "p:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://", false, 0, NULL, 0, NULL, NULL },
		{ "http://:3128", false, 0, NULL, 0, NULL, NULL },
		{ "http://p:", false, 0, NULL, 0, NULL, NULL },
		{ "http://p:0", false, 0, NULL, 0, NULL, NULL },
		{ "http://p:65536", false, 0, NULL, 0, NULL, NULL },
		{ "http://p:12x", false, 0, NULL, 0, NULL, NULL },
		{ "http://p:-1", false, 0, NULL, 0, NULL, NULL },
		{ "http://p/x:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://p\r\nX: y:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://[::1:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://[::1]x:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://:pw@p:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://a:%4@p:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://a:%zz@p:1", false, 0, NULL, 0, NULL, NULL },
		{ "http://a:x%00y@p:1", false, 0, NULL, 0, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char sentence[128];
		struct text why = text_init(sentence, sizeof sentence);
		struct proxy_url u;
		bool good = proxy_url_read(slice_str(row[i].text), &u, &why);

		if (good != row[i].good)
			printf("in row %zu: %s\n", i, row[i].text);
		CHECK(good == row[i].good);
		CHECK(good == (why.count == 0));
		if (!good || !row[i].good)
			continue;
		CHECK(u.kind == row[i].kind);
		CHECK(u.port == row[i].port);
		CHECK_TEXT(u.host, row[i].host);
		CHECK(u.has_user == (row[i].user != NULL));
		CHECK_TEXT(u.user, row[i].user ? row[i].user : "");
		CHECK_TEXT(u.password, row[i].password ? row[i].password : "");
	}
}

static void
words_of_256_bytes_are_refused_and_of_255_taken(void)
{
	char text[700];
	struct proxy_url u;

	for (int count = 255; count <= 256; count++) {
		struct text t = text_init(text, sizeof text), why = text_init(NULL, 0);

		text_str(&t, "socks5://u:");
		for (int i = 0; i < count; i++)
			text_char(&t, 'x');
		text_str(&t, "@h:1");
		CHECK(proxy_url_read(text_slice(&t), &u, &why) == (count == 255));
	}
	CHECK(strlen(u.password) == 255 || u.kind != PROXY_NONE);
}

/* --- what we say -------------------------------------------------------------------- */

static struct proxy_url url;
static struct proxy engine;

static void
begin(const char *text, const char *host, uint16_t port)
{
	struct text why = text_init(NULL, 0);

	CHECK(proxy_url_read(slice_str(text), &url, &why));
	proxy_init(&engine, &url, host, port);
	CHECK(engine.state == PROXY_WAITING);
}

static bool
says(const void *bytes, size_t count)
{
	struct slice out = proxy_output(&engine);
	bool same = slice_equal(out, slice_of(bytes, count));

	if (!same)
		printf("says %zu bytes, expected %zu\n", out.count, count);
	proxy_sent(&engine, out.count);
	return same;
}

#define SAYS(literal) says(literal, sizeof(literal) - 1)

static void
hear(const char *bytes, size_t count)
{
	CHECK(proxy_receive(&engine, slice_of(bytes, count)) <= count);
}

#define HEAR(literal) hear(literal, sizeof(literal) - 1)

static void
an_http_proxy_is_asked_to_connect(void)
{
	begin("http://p:1", "api.example.com", 443);
	CHECK(SAYS("CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n"));
	begin("http://p:1", "2001:db8::1", 9443);
	CHECK(SAYS("CONNECT [2001:db8::1]:9443 HTTP/1.1\r\nHost: [2001:db8::1]:9443\r\n\r\n"));
	/* The example of RFC 7617, section 2. */
	begin("http://Aladdin:open%20sesame@p:1", "h", 1);
	CHECK(SAYS("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n"
	           "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
	/* One padding byte and none. */
	begin("http://a:bcd@p:1", "h", 1);
	CHECK(SAYS("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n"
	           "Proxy-Authorization: Basic YTpiY2Q=\r\n\r\n"));
	begin("http://a:b%ffcd@p:1", "h", 1);
	CHECK(SAYS("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n"
	           "Proxy-Authorization: Basic YTpi/2Nk\r\n\r\n"));
}

static void
the_longest_request_fits(void)
{
	char text[600], name[DNS_NAME_BYTES];
	struct text t = text_init(text, sizeof text), why = text_init(NULL, 0);

	text_str(&t, "http://");
	for (int i = 0; i < 255; i++)
		text_char(&t, 'u');
	text_char(&t, ':');
	for (int i = 0; i < 255; i++)
		text_char(&t, 'p');
	text_str(&t, "@p:1");
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	CHECK(proxy_url_read(text_slice(&t), &url, &why));
	proxy_init(&engine, &url, name, 65535);
	/* Two places of 253 + 6, the words around, 511 bytes in base64 = 684. */
	CHECK(proxy_output(&engine).count == 8 + 259 + 17 + 259 + 2 + 27 + 684 + 2 + 2);
	url.kind = PROXY_SOCKS5;
	proxy_init(&engine, &url, name, 65535);
	HEAR("\5\2");
	HEAR("\1\0");
	/* Greeting, login and request, nothing of it sent yet. */
	CHECK(proxy_output(&engine).count == 4 + 513 + 5 + 253 + 2);
}

static void
socks5_goes_step_by_step(void)
{
	/* RFC 1928: version, methods; version, CONNECT, 0, name of 11 bytes, port 443. */
	begin("socks5://p", "example.com", 443);
	CHECK(SAYS("\5\1\0"));
	HEAR("\5\0");
	CHECK(SAYS("\5\1\0\3\13example.com\1\273"));
	HEAR("\5\0\0\1\177\0\0\1\20\1");
	CHECK(engine.state == PROXY_OPEN);
	/* Addresses as what they are. */
	begin("socks5://p", "192.0.2.7", 80);
	CHECK(SAYS("\5\1\0"));
	HEAR("\5\0");
	CHECK(SAYS("\5\1\0\1\300\0\2\7\0\120"));
	begin("socks5://p", "::1", 80);
	CHECK(SAYS("\5\1\0"));
	HEAR("\5\0");
	CHECK(SAYS("\5\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\120"));
	/* RFC 1929: version 1, user, password. */
	begin("socks5://ann:pw@p", "h", 1);
	CHECK(SAYS("\5\2\0\2"));
	HEAR("\5\2");
	CHECK(SAYS("\1\3ann\2pw"));
	HEAR("\1\0");
	CHECK(SAYS("\5\1\0\3\1h\0\1"));
	/* It may do without the login. */
	begin("socks5://ann:pw@p", "h", 1);
	CHECK(SAYS("\5\2\0\2"));
	HEAR("\5\0");
	CHECK(SAYS("\5\1\0\3\1h\0\1"));
}

/* --- what it answers ------------------------------------------------------------------ */

static const char *const http = "http://p:1", *const http_user = "http://a:b@p:1",
	*const socks = "socks5://p:1", *const socks_user = "socks5://a:b@p:1";

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct answer {
	const char *const *url;
	const char *bytes;
	size_t count;
	size_t own_count; /* of these, the proxy's; the rest is the tunnel's */
	int state;
	int reason;
	const char *says; /* is in the sentence */
} answer[] = {
	{ &http, BYTES("HTTP/1.1 200 Connection established\r\n\r\n"), 39, PROXY_OPEN, 0, "" },
	{ &http, BYTES("HTTP/1.0 200\r\n\r\n"), 16, PROXY_OPEN, 0, "" },
	{ &http, BYTES("HTTP/1.1 299 x\n\nabc"), 16, PROXY_OPEN, 0, "" },
	/* A CONNECT that went well has no body, whatever is said. */
	{ &http, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), 38, PROXY_OPEN, 0, "" },
	{ &http, BYTES("HTTP/1.1 200 OK\r\nA: b\r\nC:\r\n\r\n\r\n"), 29, PROXY_OPEN, 0, "" },
	{ &http, BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), 44, PROXY_OPEN, 0,
	  "" },
	{ &http, BYTES("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), 0, PROXY_FAILED,
	  PROXY_REASON_LOGIN, "wants user and password (407 Proxy Authentication Required)" },
	{ &http_user, BYTES("HTTP/1.1 407 No\r\n\r\n"), 0, PROXY_FAILED, PROXY_REASON_PASSWORD,
	  "refused user and password (407 No)" },
	{ &http, BYTES("HTTP/1.1 403 Forbidden\r\n\r\n"), 0, PROXY_FAILED, PROXY_REASON_DENIED,
	  "(403 Forbidden)" },
	{ &http, BYTES("HTTP/1.1 302 Found\r\n"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "302" },
	{ &http, BYTES("HTTP/1.1 101 Switching\r\n"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "101" },
	{ &http, BYTES("HTTP/1.1 502 Bad\33[31m Gateway\r\n"), 0, PROXY_FAILED,
	  PROXY_REASON_UNREACHED, "(502 Bad?[31m Gateway)" },
	{ &http, BYTES("HTTP/1.1 504 \r\n"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "504" },
	{ &http, BYTES("HTTP/1.1 099 x\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "none" },
	{ &http, BYTES("HTTP/1.1 2000 x\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "status line" },
	{ &http, BYTES("HTTP/1.1 20\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "status line" },
	{ &http, BYTES("HTTP/1.1\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "status line" },
	{ &http, BYTES("HTTP/1.x"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "HTTP/1.x" },
	{ &http, BYTES("HTTP/2 "), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "not answer in HTTP" },
	{ &http, BYTES("SSH-2.0-x\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "\"S\"" },
	{ &http, BYTES("\5\0"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "not answer in HTTP" },
	{ &http, BYTES("\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "" },

	{ &socks, BYTES("\5\0\5\0\0\1\1\2\3\4\0\1"), 12, PROXY_OPEN, 0, "" },
	{ &socks, BYTES("\5\0\5\0\0\1\1\2\3\4\0\1tunnel"), 12, PROXY_OPEN, 0, "" },
	{ &socks, BYTES("\5\0\5\0\0\3\2hh\0\1\5"), 11, PROXY_OPEN, 0, "" },
	{ &socks, BYTES("\5\0\5\0\0\3\0\0\1x"), 9, PROXY_OPEN, 0, "" },
	{ &socks, BYTES("\5\0\5\0\0\4\1\2\3\4\1\2\3\4\1\2\3\4\1\2\3\4\0\1x"), 24, PROXY_OPEN, 0,
	  "" },
	{ &socks_user, BYTES("\5\2\1\0\5\0\0\1\1\2\3\4\0\1x"), 14, PROXY_OPEN, 0, "" },
	{ &socks_user, BYTES("\5\2\5\0\5\0\0\1\1\2\3\4\0\1x"), 14, PROXY_OPEN, 0, "" },
	{ &socks, BYTES("\5\377"), 0, PROXY_FAILED, PROXY_REASON_LOGIN, "wants user" },
	{ &socks_user, BYTES("\5\377"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "neither" },
	{ &socks_user, BYTES("\5\2\1\1"), 0, PROXY_FAILED, PROXY_REASON_PASSWORD, "refused" },
	/* Never say a password that nobody gave us. */
	{ &socks, BYTES("\5\2"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "method 2" },
	{ &socks, BYTES("\5\1"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "method 1" },
	{ &socks, BYTES("\4\132"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "SOCKS5" },
	{ &socks, BYTES("HTTP/1.1 400 Bad Request\r\n"), 0, PROXY_FAILED, PROXY_REASON_BROKEN,
	  "\"H\"" },
	{ &socks, BYTES("\5\0\4"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "SOCKS5" },
	{ &socks, BYTES("\5\0\5\0\0\2\1"), 0, PROXY_FAILED, PROXY_REASON_BROKEN, "kind 2" },
	/* Two bytes are enough to refuse. */
	{ &socks, BYTES("\5\0\5\1"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "general failure" },
	{ &socks, BYTES("\5\0\5\2"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "rules" },
	{ &socks, BYTES("\5\0\5\3"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "network" },
	{ &socks, BYTES("\5\0\5\4"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "host unr" },
	{ &socks, BYTES("\5\0\5\5"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "refused" },
	{ &socks, BYTES("\5\0\5\6"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "TTL" },
	{ &socks, BYTES("\5\0\5\7"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "CONNECT" },
	{ &socks, BYTES("\5\0\5\10"), 0, PROXY_FAILED, PROXY_REASON_DENIED, "address" },
	{ &socks, BYTES("\5\0\5\11"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "unknown reply, 9" },
	{ &socks, BYTES("\5\0\5\377"), 0, PROXY_FAILED, PROXY_REASON_UNREACHED, "255" },
};

static size_t
feed(const struct answer *a, size_t count, size_t piece)
{
	size_t taken = 0;

	begin(*a->url, "h", 1);
	for (size_t at = 0; at < count; at += piece) {
		size_t n = count - at < piece ? count - at : piece;
		size_t got = proxy_receive(&engine, slice_of(a->bytes + at, n));

		taken += got;
		if (got < n)
			break;
	}
	return taken;
}

static void
every_answer_is_understood_however_it_is_cut(void)
{
	for (size_t i = 0; i < sizeof answer / sizeof answer[0]; i++) {
		const struct answer *a = &answer[i];
		bool good = true;

		for (size_t piece = 1; piece <= a->count; piece++) {
			size_t taken = feed(a, a->count, piece);

			good &= engine.state == a->state;
			good &= engine.reason == a->reason;
			good &= strstr(engine.detail, a->says) != NULL;
			good &= a->state != PROXY_OPEN || taken == a->own_count;
		}
		if (!good)
			printf("row %zu: state %d, %s: %s\n", i, engine.state,
			       proxy_reason_text((enum proxy_reason)engine.reason), engine.detail);
		CHECK(good);
		/* An answer that ends too early never opens, and says so. */
		for (size_t cut = 0; a->state == PROXY_OPEN && cut < a->own_count; cut++) {
			feed(a, cut, a->count);
			good &= engine.state == PROXY_WAITING;
			proxy_receive_end(&engine);
			good &= engine.state == PROXY_FAILED;
			good &= engine.reason == PROXY_REASON_TRUNCATED;
			good &= (strstr(engine.detail, "before it said") != NULL) == (cut == 0);
		}
		CHECK(good);
	}
}

static void
a_failed_engine_stays_so(void)
{
	begin(socks, "h", 1);
	HEAR("\5\377");
	CHECK(engine.reason == PROXY_REASON_LOGIN);
	HEAR("\5\0\5\0\0\1\1\2\3\4\0\1");
	proxy_receive_end(&engine);
	CHECK(engine.state == PROXY_FAILED);
	CHECK(engine.reason == PROXY_REASON_LOGIN);
	begin(http, "h", 1);
	HEAR("HTTP/1.1 200 x\r\n\r\n");
	proxy_receive_end(&engine); /* the tunnel's affair now */
	CHECK(engine.state == PROXY_OPEN);
	CHECK(proxy_receive(&engine, SLICE("abc")) == 0);
}

static void
answers_without_end_are_cut_off(void)
{
	static const struct { const char *head, *body; size_t rounds; } row[] = {
		{ "HTTP/1.1 200 ", "x", 600 },                       /* the line */
		{ "HTTP/1.1 200 OK\r\n", "X: y\r\n", 3000 },         /* headers */
		{ "HTTP/1.1 200 OK\r\nX", "yyyyyyyy", 3000 },        /* one header */
		{ "", "HTTP/1.1 100 Continue\r\n\r\n", 1000 },       /* 1xx for ever */
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t rounds = 0;

		begin(http, "h", 1);
		hear(row[i].head, strlen(row[i].head));
		for (; rounds < row[i].rounds && engine.state == PROXY_WAITING; rounds++)
			hear(row[i].body, strlen(row[i].body));
		CHECK(engine.state == PROXY_FAILED);
		CHECK(engine.reason == PROXY_REASON_LONG);
		CHECK(rounds < row[i].rounds);
	}
}

static void
output_leaves_in_pieces(void)
{
	struct slice out;
	char seen[128];
	size_t count = 0;

	begin(http, "h", 1);
	while ((out = proxy_output(&engine)).count > 0) {
		seen[count++] = out.at[0];
		proxy_sent(&engine, 1);
	}
	seen[count] = '\0';
	CHECK_TEXT(seen, "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n");
}

static void
reasons_have_texts(void)
{
	CHECK_TEXT(proxy_reason_text(PROXY_REASON_NONE), "none");
	CHECK_TEXT(proxy_reason_text(PROXY_REASON_TRUNCATED), "proxy_ended");
	CHECK_TEXT(proxy_reason_text(PROXY_REASON_COUNT), "unknown");
}

int
main(void)
{
	urls_are_read_or_refused();
	words_of_256_bytes_are_refused_and_of_255_taken();
	an_http_proxy_is_asked_to_connect();
	the_longest_request_fits();
	socks5_goes_step_by_step();
	every_answer_is_understood_however_it_is_cut();
	a_failed_engine_stays_so();
	answers_without_end_are_cut_off();
	output_leaves_in_pieces();
	reasons_have_texts();
	return CHECK_END("proxy");
}
