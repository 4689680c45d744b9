/* Goal: requests on both sockets are answered once, whole and in order, with the headers
 * they must have; connections are kept or closed as was asked.
 * Method: real sockets on loopback in one thread; the same bytes whole, byte by byte and
 * pipelined; curl as a client that somebody else wrote, where there is one. */
#include "http/world.h"
#include <signal.h>
#include <sys/wait.h>

#define HOST "Host: localhost\r\n"

static struct heard heard;

static void
answers_have_what_they_must_have(void)
{
	static const struct { const char *request; int status; const char *header, *body; bool ends; } row[] = {
		{ "GET /small HTTP/1.1\r\n" HOST "\r\n", 200, "Content-Length: 3\r\n", "ok\n", false },
		{ "GET /small HTTP/1.1\r\n" HOST "\r\n", 200, "Content-Type: text/plain; charset=utf-8\r\n", "ok\n", false },
		{ "GET /small HTTP/1.1\r\n" HOST "\r\n", 200, "Connection: keep-alive\r\n", "ok\n", false },
		{ "GET /small HTTP/1.1\r\n" HOST "\r\n", 200, "Cache-Control: no-store\r\n", "ok\n", false },
		{ "GET /json HTTP/1.1\r\n" HOST "\r\n", 200, "Content-Type: application/json\r\n", "{}\n", false },
		{ "HEAD /small HTTP/1.1\r\n" HOST "\r\n", 200, "Content-Length: 3\r\n", "", false },
		{ "HEAD /large?100000 HTTP/1.1\r\n" HOST "\r\n", 200, "Content-Length: 100000\r\n", "", false },
		{ "HEAD /none HTTP/1.1\r\n" HOST "\r\n", 404, "Content-Type: text/plain", "", false },
		{ "GET /echo?a=1 HTTP/1.1\r\n" HOST "X-Echo: x y \r\n\r\n", 200, "", "a=1|x y", false },
		{ "GET /small HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, "Connection: close\r\n", "ok\n", true },
		{ "GET /small HTTP/1.0\r\n" HOST "\r\n", 200, "Connection: close\r\n", "ok\n", true },
		{ "GET /none HTTP/1.1\r\n" HOST "\r\n", 404, "Connection: keep-alive\r\n", "There is no such path.\n", false },
		{ "GET /smal HTTP/1.1\r\n" HOST "\r\n", 404, "", "There is no such path.\n", false },
		{ "GET /long HTTP/1.1\r\n" HOST "\r\n", 500, "", "The answer is longer than the room for it.\n", false },
		{ "POST /small HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 405, "Allow: GET, HEAD\r\n", "Only GET and HEAD are answered here.\n", true },
		{ "GET /small HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", 413, "Connection: close\r\n", "No body is taken here.\n", true },
		{ "GET /small HTTP/3.0\r\n", 505, "", "This server speaks HTTP/1.1 only.\n", true },
		{ "\x16\x03\x01\x02\x01\x01", 400, "", "This port speaks plain HTTP, and TLS came: use http://.\n", true },
	};

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		for (int is_unix = 0; is_unix < 2; is_unix++) {
			CHECK(world_ask(is_unix, row[i].request, &heard) == row[i].status);
			CHECK(strstr(heard.at, row[i].header) != NULL);
			CHECK_TEXT(world_body(&heard), row[i].body);
			CHECK(heard.ended == row[i].ends);
		}
	}
	world_end();
}

static void
the_same_however_it_is_cut(void)
{
	static const char request[] = "GET /echo?q HTTP/1.1\r\n" HOST "X-Echo: y\r\n\r\n";
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (size_t cut = 1; cut < sizeof request - 1; cut++) {
		memset(&heard, 0, sizeof heard);
		fd = world_connect();
		CHECK(send(fd, request, cut, 0) == (ssize_t)cut);
		world_turn(3);
		CHECK(world.handled == cut - 1);
		world_say(fd, request + cut);
		world_hear(fd, &heard);
		CHECK_TEXT(world_body(&heard), "q|y");
		close(fd);
		world_turn(2);
	}
	memset(&heard, 0, sizeof heard);
	fd = world_connect();
	for (size_t i = 0; i < sizeof request - 1; i++) {
		CHECK(send(fd, request + i, 1, 0) == 1);
		world_turn(2);
	}
	world_hear(fd, &heard);
	CHECK_TEXT(world_body(&heard), "q|y");
	close(fd);
	world_turn(2);
	CHECK(world.server.open_count == 0);
	world_end();
}

static size_t
count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
		count++;
	return count;
}

/* Requests behind each other, some with large answers, and one that closes. */
static void
pipelined_requests_are_answered_in_order(void)
{
	static char expected[1 << 15];
	int fd;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int is_unix = 0; is_unix < 2; is_unix++) {
		char *at = expected;

		memset(&heard, 0, sizeof heard);
		fd = world_connect_with(is_unix, 0);
		for (int i = 0; i < 40; i++) {
			char request[128];

			snprintf(request, sizeof request, "GET /echo?%d HTTP/1.1\r\n" HOST "\r\n", i);
			world_say(fd, request);
			at += sprintf(at, "%d|", i);
		}
		world_say(fd, "GET /small HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
		              "GET /none HTTP/1.1\r\n" HOST "\r\n");
		for (int i = 0; i < 10 && !heard.ended; i++)
			world_hear(fd, &heard);
		CHECK(heard.ended == 1); /* no reset, though a request lies unanswered */
		CHECK(count_of(heard.at, "HTTP/1.1 200 OK\r\n") == 41);
		CHECK(count_of(heard.at, " 404 ") == 0);
		/* The bodies, one after the other, are what was asked. */
		at = expected;
		for (const char *h = heard.at; (h = strstr(h, "\r\n\r\n")) != NULL && *at != '\0';) {
			size_t count = (size_t)(strchr(at, '|') + 1 - at);

			h += 4;
			CHECK(memcmp(h, at, count) == 0);
			at += count;
		}
		CHECK(*at == '\0');
		close(fd);
		world_turn(2);
	}
	CHECK(world.server.stats.request_count == 2 * 41);
	world_end();
}

static void
one_request_of_a_connection_is_answered_in_a_turn(void)
{
	int a, b;

	world_begin();
	CHECK(world_open() == ERR_NONE);
	a = world_connect();
	b = world_connect();
	world_turn(3);
	for (int i = 0; i < 3; i++)
		world_say(a, "GET /small HTTP/1.1\r\n" HOST "\r\n");
	world_say(b, "GET /small HTTP/1.1\r\n" HOST "\r\n");
	world_turn(1);
	CHECK(world.handled == 2);
	world_turn(1);
	CHECK(world.handled == 3);
	world_turn(1);
	CHECK(world.handled == 4);
	close(a);
	close(b);
	world_end();
}

/* Behind the last request the peer says that it sends no more. */
static void
a_half_closed_peer_still_gets_its_answers(void)
{
	static const char *const request[] = {
		("GET /echo?1 HTTP/1.1\r\n" HOST "\r\nGET /echo?2 HTTP/1.1\r\n" HOST "\r\n"),
		("GET /large?300000 HTTP/1.1\r\n" HOST "\r\n"),
		("GET /small HTTP/1.1\r\n" HOST), /* and never its end */
		"",
	};
	static const size_t answers[] = { 2, 1, 0, 0 };

	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (size_t i = 0; i < 4; i++) {
		for (int is_unix = 0; is_unix < 2; is_unix++) {
			int fd = world_connect_with(is_unix, 0);
			size_t total = 0, oks = 0;

			world_say(fd, request[i]);
			CHECK(shutdown(fd, SHUT_WR) == 0);
			do {
				memset(&heard, 0, sizeof heard);
				world_hear(fd, &heard);
				total += heard.count;
				oks += count_of(heard.at, " 200 OK");
			} while (heard.count > 0 && !heard.ended);
			CHECK(heard.ended == 1);
			CHECK(oks == answers[i]);
			CHECK(i != 1 || (total > 300000 && total < 300600));
			close(fd);
			world_turn(2);
			CHECK(world.server.open_count == 0);
		}
	}
	world_end();
}

/* More than one read takes: what is left in the kernel must not become a reset. */
static void
a_refusal_reaches_who_is_still_sending(void)
{
	static char request[60000];

	memset(request, 'x', sizeof request - 1);
	memcpy(request, "POST / HTTP/1.1\r\n", 17);
	world_begin();
	CHECK(world_open() == ERR_NONE);
	for (int is_unix = 0; is_unix < 2; is_unix++) {
		CHECK(world_ask(is_unix, request, &heard) == 405);
		CHECK_TEXT(world_body(&heard), "Only GET and HEAD are answered here.\n");
		CHECK(heard.ended == 1);
	}
	world_end();
}

static void
hosts_origins_and_tokens_are_looked_at(void)
{
	world_begin();
	CHECK(world_open() == ERR_NONE);
	CHECK(world_ask(false, "GET /small HTTP/1.1\r\nHost: evil.example\r\n\r\n", &heard) == 403);
	CHECK(!heard.ended);
	CHECK(world_ask(true, "GET /small HTTP/1.1\r\nHost: evil.example\r\n\r\n", &heard) == 200);
	CHECK(world_ask(false, "GET /small HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n", &heard) == 403);
	CHECK(world.handled == 1);
	CHECK(world.server.stats.forbidden_count == 2);
	world_end();

	world_begin();
	world.options.token = "s3cret";
	CHECK(world_open() == ERR_NONE);
	CHECK(world_ask(false, "GET /small HTTP/1.1\r\n" HOST "\r\n", &heard) == 401);
	CHECK(strstr(heard.at, "WWW-Authenticate: Bearer realm=\"tidewatch\"\r\n") != NULL);
	CHECK(strstr(heard.at, "s3cret") == NULL);
	CHECK(world_ask(false, "GET /small HTTP/1.1\r\n" HOST "Authorization: Bearer s3cret\r\n\r\n", &heard) == 200);
	CHECK(world_ask(false, "GET /livez HTTP/1.1\r\n" HOST "\r\n", &heard) == 200);
	CHECK(world_ask(true, "GET /small HTTP/1.1\r\n" HOST "\r\n", &heard) == 200);
	world_end();
}

static void
dates_are_those_of_rfc_9110(void)
{
	static const struct { int64_t wall_s; const char *date; } row[] = {
		{ 784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" }, /* its example, 5.6.7 */
		{ 0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" },
		{ 1709164800, "Date: Thu, 29 Feb 2024 00:00:00 GMT\r\n" },
	};
	char head[REPLY_HEAD_BYTES_MAX + 1];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct reply r = { .status = 503, .retry_after_s = 7 };
		struct text t = text_init(head, REPLY_HEAD_BYTES_MAX);

		reply_head(&r, false, row[i].wall_s * 1000000000, &t);
		CHECK(!t.cut);
		head[t.count] = '\0';
		CHECK(strstr(head, row[i].date) != NULL);
		CHECK(strstr(head, "Retry-After: 7\r\n") != NULL);
	}
}

/* --- curl ------------------------------------------------------------------------- */

/* Runs curl with these arguments while the loop turns; its output is in `heard`. */
static int
run_curl(const char *arguments)
{
	char command[512];
	int out[2], status = -1;
	pid_t child;

	memset(&heard, 0, sizeof heard);
	CHECK(pipe(out) == 0);
	snprintf(command, sizeof command, "exec curl -sS --noproxy '*' -m 20 %s", arguments);
	child = fork();
	if (child == 0) {
		dup2(out[1], 1);
		dup2(out[1], 2);
		close(out[0]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(126);
	}
	close(out[1]);
	CHECK(fcntl(out[0], F_SETFL, O_NONBLOCK) == 0);
	while (!heard.ended) {
		ssize_t got;

		CHECK(loop_turn(&world.loop, 1000000) == ERR_NONE);
		got = read(out[0], heard.at + heard.count, sizeof heard.at - 1 - heard.count);
		if (got > 0)
			heard.count += (size_t)got;
		else if (got == 0 || errno != EAGAIN)
			heard.ended = 1;
	}
	close(out[0]);
	CHECK(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
curl_understands_us(void)
{
	char arguments[400];

	if (system("command -v curl >/dev/null 2>&1") != 0) {
		printf("skipped: there is no curl to ask with\n");
		return;
	}
	world_begin();
	CHECK(world_open() == ERR_NONE);
	snprintf(arguments, sizeof arguments, "http://127.0.0.1:%u/small", world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "ok\n");
	snprintf(arguments, sizeof arguments, "--unix-socket %s http://localhost/echo?x=1", world.path);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "x=1|");
	/* Two of them over one connection, and how many connections that took. */
	snprintf(arguments, sizeof arguments, "-w '%%{num_connects} ' http://localhost:%u/small http://localhost:%u/json",
	         world.server.tcp_port, world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "ok\n1 {}\n0 ");
	snprintf(arguments, sizeof arguments, "-I http://localhost:%u/large?5000", world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK(strstr(heard.at, "Content-Length: 5000\r\n") != NULL);
	snprintf(arguments, sizeof arguments, "-o /dev/null -w '%%{http_code} %%{size_download}' http://localhost:%u/large?1000000",
	         world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "200 1000000");
	/* Announced with Expect: 100-continue, never sent. */
	snprintf(arguments, sizeof arguments, "-o /dev/null -w '%%{http_code}' -H 'Expect: 100-continue' -d x=1 http://localhost:%u/small",
	         world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "405");
	/* A body that is on its way while we refuse it: thrown away, so that the answer arrives. */
	snprintf(arguments, sizeof arguments, "-o /dev/null -w '%%{http_code}' -H Expect: --data-binary @%s http://localhost:%u/small",
	         "/bin/sh", world.server.tcp_port);
	CHECK(run_curl(arguments) == 0);
	CHECK_TEXT(heard.at, "405");
	world_end();
}

int
main(void)
{
	signal(SIGPIPE, SIG_DFL); /* whoever writes to a closed socket dies here */
	answers_have_what_they_must_have();
	the_same_however_it_is_cut();
	pipelined_requests_are_answered_in_order();
	one_request_of_a_connection_is_answered_in_a_turn();
	a_half_closed_peer_still_gets_its_answers();
	a_refusal_reaches_who_is_still_sending();
	hosts_origins_and_tokens_are_looked_at();
	dates_are_those_of_rfc_9110();
	curl_understands_us();
	return CHECK_END("server");
}
