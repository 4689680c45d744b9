/* Goal: only requests that were sent to us by a name of ours, from no other site's page,
 * and with the token where one is set, are let through.
 * Method: a table of ways in, hosts, origins, tokens and what must be answered; the
 * names of the attacks (DNS rebinding, 0.0.0.0) as rows. */
#include "http/gate.h"
#include "base/text.h"
#include "check.h"

static const struct gate_way unix_way = { .is_unix = true };
static const struct gate_way loopback = { .own_count = 4, .own = { 127, 0, 0, 1 } };
static const struct gate_way lan = { .own_count = 4, .own = { 192, 168, 1, 5 } };
static const struct gate_way mapped = { .own_count = 16, .own = { [10] = 255, [11] = 255, 192, 168, 1, 5 } };
static const struct gate_way v6 = { .own_count = 16, .own = { 0xfd, [15] = 7 } };
static const struct gate_way nowhere = { .own_count = 0 };

static int
judge(const char *token, const struct gate_way *way, const char *target, const char *headers)
{
	static struct request r;
	struct gate g;
	struct text t;
	const char *words = "unset";
	size_t room;
	int status;

	CHECK(gate_init(&g, token));
	request_init(&r);
	t.at = request_room(&r, &room);
	t = text_init(t.at, room);
	text_str(&t, "GET ");
	text_str(&t, target);
	text_str(&t, " HTTP/1.1\r\n");
	text_str(&t, headers);
	text_str(&t, "\r\n\r\n");
	request_put(&r, t.count);
	if (request_step(&r) != REQUEST_DONE) {
		printf("no request: %s\n", headers);
		CHECK(false);
		return -1;
	}
	status = gate_judge(&g, way, &r, &words);
	CHECK((status == 0) == (words == NULL));
	return status;
}

static void
a_host_must_be_ours(void)
{
	static const struct { const struct gate_way *way; const char *host; int status; } row[] = {
		{ &loopback, "localhost", 0 },
		{ &loopback, "LocalHost:8080", 0 },
		{ &loopback, "localhost:", 0 },
		{ &loopback, "127.0.0.1:8080", 0 },
		{ &loopback, "127.9.9.9", 0 },
		{ &loopback, "[::1]:8080", 0 },
		{ &loopback, "[::1]", 0 },
		{ &loopback, "[::ffff:127.0.0.1]", 0 },
		{ &loopback, "", 403 },
		{ &loopback, "evil.example", 403 },
		{ &loopback, "evil.example:8080", 403 },
		{ &loopback, "localhost.evil.example", 403 },
		{ &loopback, "127.0.0.1.evil.example", 403 },
		{ &loopback, "evil.localhost", 403 },
		{ &loopback, "localhost@evil.example", 403 },
		{ &loopback, "localhost:80@evil", 403 },
		{ &loopback, "localhost:8080:1", 403 },
		{ &loopback, "localhost:808080", 403 },
		{ &loopback, "localhost:x", 403 },
		{ &loopback, "localhost x", 403 },
		{ &loopback, "localhost,evil.example", 403 },
		{ &loopback, "0.0.0.0:8080", 403 },
		{ &loopback, "[::]", 403 },
		{ &loopback, "127.1", 403 },
		{ &loopback, "2130706433", 403 },
		{ &loopback, "0x7f000001", 403 },
		{ &loopback, "192.168.1.5", 403 },
		{ &loopback, "[::1", 403 },
		{ &loopback, "[::1]8080", 403 },
		{ &loopback, "[127.0.0.1]", 403 },
		{ &loopback, "[localhost]", 403 },
		{ &loopback, "::1", 403 },
		{ &loopback, "[fe80::1%lo]", 403 },
		{ &loopback, "[]", 403 },
		{ &loopback, ":8080", 403 },
		{ &loopback, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 403 },
		{ &lan, "192.168.1.5:8080", 0 },
		{ &lan, "[::ffff:192.168.1.5]", 0 },
		{ &lan, "192.168.1.6", 403 },
		{ &lan, "127.0.0.1", 0 }, /* a container whose port is mapped */
		{ &mapped, "192.168.1.5", 0 },
		{ &mapped, "192.168.1.6", 403 },
		{ &v6, "[fd00::7]:1", 0 },
		{ &v6, "[fd00::8]:1", 403 },
		{ &nowhere, "192.168.1.5", 403 },
		{ &nowhere, "localhost", 0 },
		{ &unix_way, "evil.example", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char header[256];
		int got;

		snprintf(header, sizeof header, "Host: %s", row[i].host);
		got = judge("", row[i].way, "/livez", header);
		CHECK(got == row[i].status);
		if (got != row[i].status)
			printf("  %s: %d\n", row[i].host, got);
	}
	/* The absolute target is what counts, in both directions. */
	CHECK(judge("", &loopback, "http://evil.example/livez", "Host: localhost") == 403);
	CHECK(judge("", &loopback, "http://localhost/livez", "Host: evil.example") == 0);
}

static void
an_origin_must_be_the_host(void)
{
	static const struct { const char *headers; int status; } row[] = {
		{ "Host: localhost:8080\r\nOrigin: http://localhost:8080", 0 },
		{ "Host: LOCALHOST:8080\r\nOrigin: http://localhost:8080", 0 },
		{ "Host: localhost\r\nOrigin: https://localhost", 0 },
		{ "Host: [::1]:8080\r\nOrigin: http://[::1]:8080", 0 },
		{ "Host: localhost:8080\r\nOrigin: http://localhost:9090", 403 },
		{ "Host: localhost:8080\r\nOrigin: http://127.0.0.1:8080", 403 },
		{ "Host: localhost:8080\r\nOrigin: http://evil.example", 403 },
		{ "Host: localhost:8080\r\nOrigin: http://localhost:8080.evil.example", 403 },
		{ "Host: localhost:8080\r\nOrigin: null", 403 },
		{ "Host: localhost:8080\r\nOrigin:", 403 },
		{ "Host: localhost:8080\r\nOrigin: http://", 403 },
		{ "Host: localhost:8080\r\nOrigin: localhost:8080", 403 },
		{ "Host: localhost:8080\r\nOrigin: ftp://localhost:8080", 403 },
		{ "Host: localhost:8080\r\nOrigin: http://localhost:8080\r\nOrigin: http://evil.example", 403 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(judge("", &loopback, "/", row[i].headers) == row[i].status);
	CHECK(judge("", &unix_way, "/", "Host: x\r\nOrigin: http://evil.example") == 0);
}

static void
a_token_is_asked_for_where_one_is_set(void)
{
	static const struct { const char *target, *headers; int status; } row[] = {
		{ "/status.json", "Host: localhost", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer s3cret", 0 },
		{ "/status.json", "Host: localhost\r\nAuthorization: bEARER   s3cret", 0 },
		{ "/status.json", "Host: localhost\r\nauthorization:Bearer s3cret ", 0 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer s3cre", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer s3crett", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer s3crets3cret", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer S3cret", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer x3cret", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer ", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization:", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: s3cret", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Basic s3cret", 401 },
		{ "/status.json", "Host: localhost\r\nAuthorization: Bearer s3cret\r\nAuthorization: Bearer s3cret", 401 },
		{ "/status.json?token=s3cret", "Host: localhost", 401 },
		{ "/livez", "Host: localhost", 0 },
		{ "/readyz?x", "Host: localhost", 0 },
		{ "/livez/", "Host: localhost", 401 },
		{ "/livez", "Host: evil.example", 403 },
		{ "/status.json", "Host: evil.example", 403 },
		{ "/status.json", "Host: evil.example\r\nAuthorization: Bearer wrong", 403 },
		{ "/metrics", "Host: tidewatch:8080\r\nAuthorization: Bearer s3cret", 0 }, /* a scraper by its own name for us */
		{ "/metrics", "Host: localhost\r\nOrigin: http://evil.example\r\nAuthorization: Bearer s3cret", 403 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int got = judge("s3cret", &lan, row[i].target, row[i].headers);

		CHECK(got == row[i].status);
		if (got != row[i].status)
			printf("  %s\n%s: %d\n", row[i].target, row[i].headers, got);
	}
	CHECK(judge("s3cret", &loopback, "/status.json", "Host: localhost") == 401);
	CHECK(judge("s3cret", &unix_way, "/status.json", "Host: localhost") == 0);
	/* No token set: one that is shown opens nothing. */
	CHECK(judge("", &loopback, "/", "Host: evil.example\r\nAuthorization: Bearer ") == 403);
	CHECK(judge("", &loopback, "/", "Host: localhost\r\nAuthorization: Bearer x") == 0);
}

static void
a_token_that_no_header_can_hold_is_refused(void)
{
	static char longest[GATE_TOKEN_BYTES + 1];
	struct gate g;

	memset(longest, 'a', GATE_TOKEN_BYTES);
	CHECK(!gate_init(&g, longest));
	longest[GATE_TOKEN_BYTES - 1] = '\0';
	CHECK(gate_init(&g, longest));
	CHECK(!gate_init(&g, "two words"));
	CHECK(!gate_init(&g, "line\n"));
	CHECK(!gate_init(&g, "\xc3\xa4"));
}

int
main(void)
{
	a_host_must_be_ours();
	an_origin_must_be_the_host();
	a_token_is_asked_for_where_one_is_set();
	a_token_that_no_header_can_hold_is_refused();
	return CHECK_END("gate");
}
