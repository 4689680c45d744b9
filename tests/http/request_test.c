/* Goal: requests are taken or refused as RFC 9112 says, with the right status, however
 * their bytes are cut.
 * Method: a table of requests and what must come of them, each fed whole, byte by byte,
 * and in two parts at every cut; limits at their edge and one beyond. */
#include "base/text.h"
#include "http/request.h"
#include "check.h"

#define HOST "Host: localhost\r\n"

struct row {
	const char *bytes;
	int status;        /* 0: taken */
	const char *path, *query, *host;
	bool is_head, close;
};

static struct request request;

/* All of it, in parts of `step` bytes, the first of `first`. */
static enum request_state
feed(struct request *r, struct slice bytes, size_t first, size_t step)
{
	size_t at = 0;

	while (r->state == REQUEST_READING && at < bytes.count) {
		size_t room, part = at == 0 && first > 0 ? first : step;
		char *to = request_room(r, &room);

		CHECK(room > 0);
		if (part > bytes.count - at)
			part = bytes.count - at;
		if (part > room)
			part = room;
		memcpy(to, bytes.at + at, part);
		request_put(r, part);
		at += part;
		request_step(r);
	}
	return (enum request_state)r->state;
}

static bool
same(struct slice got, const char *want)
{
	return want == NULL ? got.at == NULL : slice_equal(got, slice_str(want));
}

static void
check_row(const struct row *row, size_t first, size_t step)
{
	const int failed = check_failed_count;

	request_init(&request);
	feed(&request, slice_str(row->bytes), first, step);
	if (row->status != 0) {
		CHECK(request.state == REQUEST_FAILED);
		CHECK(request.status == row->status);
		CHECK(request.words != NULL && strlen(request.words) > 10);
		CHECK(!request.keep_alive);
	} else {
		CHECK(request.state == REQUEST_DONE);
	}
	if (row->status == 0 && request.state == REQUEST_DONE) {
		CHECK(same(request.path, row->path));
		CHECK(same(request.query, row->query == NULL ? "" : row->query));
		CHECK(same(request.host, row->host));
		CHECK(request.is_head == row->is_head);
		CHECK(request.keep_alive == !row->close);
		CHECK(request.head_count == strlen(row->bytes));
	}
	if (check_failed_count != failed)
		printf("  status %d, cut %zu step %zu, of:\n%s\n", request.status, first, step,
		       row->bytes);
}

static const struct row table[] = {
	/* taken */
	{ "GET / HTTP/1.1\r\n" HOST "\r\n", 0, "/", NULL, "localhost", false, false },
	{ "HEAD /livez HTTP/1.1\r\n" HOST "\r\n", 0, "/livez", NULL, "localhost", true, false },
	{ "GET /a/b%20c?x=1&y=?2 HTTP/1.1\r\n" HOST "\r\n", 0, "/a/b%20c", "x=1&y=?2", "localhost", false, false },
	{ "GET /? HTTP/1.1\r\n" HOST "\r\n", 0, "/", NULL, "localhost", false, false },
	{ "GET / HTTP/1.1\r\nhOST:localhost:8080\r\n\r\n", 0, "/", NULL, "localhost:8080", false, false },
	{ "GET / HTTP/1.1\r\nHost: \t[::1]:80 \t\r\n\r\n", 0, "/", NULL, "[::1]:80", false, false },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", 0, "/", NULL, "", false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 0, "/", NULL, "localhost", false, true },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: foo ,\tCLOSE\r\n\r\n", 0, "/", NULL, "localhost", false, true },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n", 0, "/", NULL, "localhost", false, true },
	{ "GET / HTTP/1.1\r\n" HOST "Connection: closed\r\n\r\n", 0, "/", NULL, "localhost", false, false },
	{ "GET / HTTP/1.0\r\n\r\n", 0, "/", NULL, NULL, false, true },
	{ "GET / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", 0, "/", NULL, "localhost", false, true },
	{ "GET / HTTP/1.7\r\n" HOST "\r\n", 0, "/", NULL, "localhost", false, false }, /* a later minor is ours (2.5) */
	{ "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 0, "/", NULL, "localhost", false, false }, /* 2.2 */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0, "/", NULL, "localhost", false, false },
	{ "GET / HTTP/1.1\r\n" HOST "X-Bytes: \xc3\xa4\xff\r\nX-Empty:\r\n\r\n", 0, "/", NULL, "localhost", false, false },
	{ "GET http://127.0.0.1:8080/x?y HTTP/1.1\r\n" HOST "\r\n", 0, "/x", "y", "127.0.0.1:8080", false, false }, /* 3.2.2 */
	{ "GET HTTP://evil.example HTTP/1.1\r\n" HOST "\r\n", 0, "/", NULL, "evil.example", false, false },
	{ "GET http://h?q HTTP/1.1\r\n" HOST "\r\n", 0, "/", "q", "h", false, false },
	{ "GET http:///x HTTP/1.1\r\n" HOST "\r\n", 0, "/x", NULL, "", false, false },
	{ "GET //etc//x HTTP/1.1\r\n" HOST "\r\n", 0, "//etc//x", NULL, "localhost", false, false },
	/* the first line */
	{ "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET\r\n", 400, NULL, NULL, NULL, false, false },
	{ " GET / HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET  / HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1 \r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /a b HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / http/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/11\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.10\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/x.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/2.0\r\n", 505, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/0.9\r\n", 505, NULL, NULL, NULL, false, false },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, NULL, NULL, NULL, false, false },
	{ "GET x HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET * HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET https://localhost/ HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET http:// HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /#a HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /\x01 HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /\x7f HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET /\xc3\xa4 HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\n", 400, NULL, NULL, NULL, false, false },
	{ "G(T / HTTP/1.1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "\x16\x03\x01", 400, NULL, NULL, NULL, false, false },
	{ "get / HTTP/1.1\r\n", 405, NULL, NULL, NULL, false, false }, /* methods have their case (9110, 9.1) */
	{ "POST / HTTP/1.1\r\n", 405, NULL, NULL, NULL, false, false },
	{ "OPTIONS * HTTP/1.1\r\n", 405, NULL, NULL, NULL, false, false },
	{ "CONNECT evil.example:443 HTTP/1.1\r\n", 405, NULL, NULL, NULL, false, false },
	{ "TRACE / HTTP/1.1\r\n", 405, NULL, NULL, NULL, false, false },
	/* headers */
	{ "GET / HTTP/1.1\r\n\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "X: a\r\n folded\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n Host: x\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nHost : x\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nHost\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n: x\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nX\xc3: x\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nX: a\x01\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nX: a\rHost: x\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nX: a\x7f\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\nHost: x\n", 400, NULL, NULL, NULL, false, false },
	/* bodies */
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n", 413, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", 413, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 413, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 413, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: +0\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0, 0\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length:\r\n", 400, NULL, NULL, NULL, false, false },
	{ "GET / HTTP/1.1\r\n" HOST "Content-Length: 0x0\r\n", 400, NULL, NULL, NULL, false, false },
};

static void
requests_are_read_however_they_are_cut(void)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const size_t count = strlen(table[i].bytes);

		check_row(&table[i], 0, count);
		check_row(&table[i], 0, 1);
		for (size_t cut = 1; cut < count; cut++)
			check_row(&table[i], cut, count);
	}
}

static void
a_request_that_is_not_whole_is_waited_for(void)
{
	static const char text[] = "GET / HTTP/1.1\r\n" HOST "X: y\r\n\r\n";

	for (size_t count = 0; count < sizeof text - 1; count++) {
		request_init(&request);
		CHECK(feed(&request, slice_of(text, count), 0, count + 1) == REQUEST_READING);
		CHECK(request_has_begun(&request) == (count > 0));
	}
}

static void
a_zero_byte_is_refused_wherever_it_stands(void)
{
	static const char text[] = "GET /p HTTP/1.1\r\nHost: h\r\nX: y\r\n\r\n";

	for (size_t i = 0; i < sizeof text - 1; i++) {
		char broken[sizeof text];

		memcpy(broken, text, sizeof text);
		broken[i] = '\0';
		request_init(&request);
		feed(&request, slice_of(broken, sizeof text - 1), 0, sizeof text);
		/* One in the place of a CR LF may leave a line that only goes on. */
		CHECK(request.state != REQUEST_DONE);
		if (text[i] != '\n')
			CHECK(request.state == REQUEST_FAILED && request.status == 400);
	}
}

/* "GET /aaa HTTP/1.1\r\n" of so many bytes, then Host, then headers of so many bytes. */
static size_t
build(char *to, size_t line_bytes, size_t head_bytes)
{
	size_t at = 0;

	memcpy(to, "GET /", 5);
	memset(to + 5, 'a', line_bytes - 5 - 11);
	memcpy(to + line_bytes - 11, " HTTP/1.1\r\n", 11);
	at = line_bytes;
	memcpy(to + at, HOST "X: ", sizeof HOST - 1 + 3);
	at += sizeof HOST - 1 + 3;
	if (head_bytes > at + 4) {
		memset(to + at, 'b', head_bytes - at - 4);
		at = head_bytes - 4;
	}
	memcpy(to + at, "\r\n\r\n", 4);
	return at + 4;
}

static void
limits_hold_at_their_edge(void)
{
	static char text[3 * REQUEST_HEAD_BYTES_MAX];
	static const struct { size_t line_bytes, head_bytes; int status; } row[] = {
		{ REQUEST_LINE_BYTES_MAX, 0, 0 },
		{ REQUEST_LINE_BYTES_MAX + 1, 0, 414 },
		{ REQUEST_LINE_BYTES_MAX + 2, 0, 414 },
		{ 2 * REQUEST_HEAD_BYTES_MAX, 0, 414 },
		{ 100, REQUEST_HEAD_BYTES_MAX, 0 },
		{ 100, REQUEST_HEAD_BYTES_MAX + 1, 431 },
		{ 100, REQUEST_HEAD_BYTES_MAX + 2, 431 }, /* the buffer ends with the last header */
		{ 100, REQUEST_HEAD_BYTES_MAX + 3, 431 },
		{ 100, REQUEST_HEAD_BYTES_MAX + 4, 431 },
		{ 100, 2 * REQUEST_HEAD_BYTES_MAX, 431 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t count = build(text, row[i].line_bytes, row[i].head_bytes);

		for (size_t step = 1; step < count; step = step * 3 + 1) {
			request_init(&request);
			feed(&request, slice_of(text, count), 0, step);
			CHECK(request.state == (row[i].status == 0 ? REQUEST_DONE : REQUEST_FAILED));
			CHECK(request.status == row[i].status);
		}
	}
	for (int more = 0; more < 2; more++) {
		struct text t = text_init(text, sizeof text);

		text_str(&t, "GET / HTTP/1.1\r\n" HOST);
		for (int i = 0; i < REQUEST_HEADERS_MAX - 1 + more; i++)
			text_str(&t, "X: y\r\n");
		text_str(&t, "\r\n");
		request_init(&request);
		feed(&request, text_slice(&t), 0, t.count);
		CHECK(request.status == (more ? 431 : 0));
	}
}

static void
what_stands_behind_a_request_is_the_next_one(void)
{
	static const char text[] = "GET /1 HTTP/1.1\r\n" HOST "X: one\r\n\r\n"
	                           "\r\nHEAD /2?q HTTP/1.1\r\nHost: b\r\n\r\n"
	                           "GET /3 HTTP/1.1\r\nHost: c\r\nX: three\r\n\r\nGET";
	static const char *const path[] = { "/1", "/2", "/3" };

	for (size_t step = 1; step < sizeof text; step++) {
		struct slice rest = slice_of(text, sizeof text - 1);
		size_t seen = 0;

		request_init(&request);
		while (rest.count > 0) {
			size_t room, part = step < rest.count ? step : rest.count;

			memcpy(request_room(&request, &room), rest.at, part);
			request_put(&request, part);
			rest = slice_after(rest, part);
			while (request_step(&request) == REQUEST_DONE) {
				CHECK(seen < 3 && same(request.path, path[seen]));
				CHECK(request.is_head == (seen == 1));
				CHECK(same(request_header(&request, "x"), seen == 0 ? "one" : seen == 1 ? NULL : "three"));
				seen++;
				request_next(&request);
			}
		}
		CHECK(seen == 3);
		CHECK(request.state == REQUEST_READING);
		CHECK(request.count == 3);
	}
}

static void
headers_are_found_by_name(void)
{
	request_init(&request);
	feed(&request, SLICE("GET /X-One:path HTTP/1.1\r\nHost: h\r\nx-oNE:  a b\t\r\nX-Two:\r\nX-One: second\r\n\r\nX-Three: body\r\n"), 0, 999);
	CHECK(request.state == REQUEST_DONE);
	CHECK(same(request_header(&request, "X-One"), "a b"));
	CHECK(same(request_header_at(&request, "X-One", 1), "second"));
	CHECK(same(request_header_at(&request, "X-One", 2), NULL));
	CHECK(same(request_header(&request, "X-Two"), ""));
	CHECK(same(request_header(&request, "X-Three"), NULL)); /* of the next request */
	CHECK(same(request_header(&request, "X-On"), NULL));
	CHECK(same(request_header(&request, ""), NULL));
}

int
main(void)
{
	requests_are_read_however_they_are_cut();
	a_request_that_is_not_whole_is_waited_for();
	a_zero_byte_is_refused_wherever_it_stands();
	limits_hold_at_their_edge();
	what_stands_behind_a_request_is_the_next_one();
	headers_are_found_by_name();
	return CHECK_END("request");
}
