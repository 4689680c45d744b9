/* Goal: an answer is read the same however the network cuts it, and a hostile one is
 * refused with its reason.
 * Method: a table of answers written by hand after RFC 9112; each whole, one byte at
 * a time, and cut at every place.
 */
#include "net/http.h"
#include "check.h"

static struct http h;
static char body[65536];
static size_t body_count;

static void
on_part(void *context, struct slice part)
{
	(void)context;
	if (part.count <= sizeof body - body_count)
		memcpy(body + body_count, part.at, part.count);
	body_count += part.count;
}

/* Feeds in two parts, or in bytes (cut < 0); returns bytes taken. */
static size_t
feed(struct slice answer, long cut, bool end)
{
	size_t taken = 0;

	body_count = 0;
	http_begin(&h, 1000, NULL);
	if (cut < 0) {
		for (size_t i = 0; i < answer.count && taken == i; i++)
			taken += http_receive(&h, slice_of(answer.at + i, 1), on_part, NULL);
	} else {
		taken = http_receive(&h, slice_of(answer.at, (size_t)cut), on_part, NULL);
		if (taken == (size_t)cut)
			taken += http_receive(&h, slice_after(answer, taken), on_part, NULL);
	}
	if (end)
		http_receive_end(&h, on_part, NULL);
	return taken;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
answers(void)
{
	static const struct {
		const char *answer;
		enum http_state state;
		enum http_reason reason;
		int status;
		const char *body;
		bool keep_alive;
		bool end; /* the connection ends behind it */
		int rest; /* bytes of the next answer that are not taken */
	} row[] = {
		{ OK "Content-Length: 5\r\n\r\nhelloHTTP", HTTP_DONE, 0, 200, "hello", true, false, 4 },
		{ OK "content-length:5\r\n\r\nhello", HTTP_DONE, 0, 200, "hello", true, false, 0 },
		{ OK "Content-Length: 0\r\n\r\n", HTTP_DONE, 0, 200, "", true, false, 0 },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", HTTP_DONE, 0, 200, "hi", false, false, 0 },
		{ OK "Connection: close\r\nContent-Length: 2\r\n\r\nhi", HTTP_DONE, 0, 200, "hi", false, false, 0 },
		{ "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE, 0, 429, "x", true, false, 0 },
		{ "HTTP/1.1 204 No Content\r\n\r\n", HTTP_DONE, 0, 204, "", true, false, 0 },
		{ OK "\r\nuntil the end", HTTP_DONE, 0, 200, "until the end", false, true, 0 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", HTTP_DONE, 0, 200,
		  "hello world", true, false, 0 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1 \r\nA\r\n00\r\nT: t\rt\r\nU: u\r\n\r\nHTTP", HTTP_DONE, 0, 200,
		  "A", true, false, 4 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\nA\n0\nTrailer: t\n\nHTTP", HTTP_DONE, 0, 200, "A", true, false, 4 },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", HTTP_DONE, 0, 200, "x", true, false, 0 },
		{ "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 0, 302, "", true, false, 0 },
		/* The unhappy ones. */
		{ "SSH-2.0-x\r\n", HTTP_FAILED, HTTP_REASON_STATUS_LINE, 0, "", false, false, -1 },
		{ "HTTP/2 200 OK\r\nA: b\r\n\r\n", HTTP_FAILED, HTTP_REASON_STATUS_LINE, 0, "", false, false, -1 },
		{ "HTTP/1.1 2x0 OK\r\nA: b\r\n\r\n", HTTP_FAILED, HTTP_REASON_STATUS_LINE, -1, "", false, false, -1 },
		{ OK "A : b\r\n\r\n", HTTP_FAILED, HTTP_REASON_HEADER, 200, "", false, false, -1 },
		{ OK "A: b\r\n folded\r\n\r\n", HTTP_FAILED, HTTP_REASON_HEADER, 200, "", false, false, -1 },
		{ OK "no colon\r\n\r\n", HTTP_FAILED, HTTP_REASON_HEADER, 200, "", false, false, -1 },
		{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", HTTP_FAILED, HTTP_REASON_LENGTH, 200, "", false, false, -1 },
		{ OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_FAILED, HTTP_REASON_LENGTH, 200, "",
		  false, false, -1 },
		{ OK "Content-Length: -5\r\n\r\n", HTTP_FAILED, HTTP_REASON_LENGTH, 200, "", false, false, -1 },
		{ OK "Content-Length: 99999999999999999999\r\n\r\n", HTTP_FAILED, HTTP_REASON_LENGTH, 200, "", false, false, -1 },
		{ OK "Content-Length: 1001\r\n\r\n", HTTP_FAILED, HTTP_REASON_BODY_LONG, 200, "", false, false, -1 },
		{ OK "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", HTTP_FAILED, HTTP_REASON_ENCODING, 200, "",
		  false, false, -1 },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n", HTTP_FAILED, HTTP_REASON_ENCODING, 200, "", false, false, -1 },
		{ OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", HTTP_FAILED, HTTP_REASON_CHUNK, 200, "", false, false, -1 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\nAB\r\n", HTTP_FAILED, HTTP_REASON_CHUNK, 200, "A", false, false, -1 },
		{ OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", HTTP_FAILED, HTTP_REASON_CHUNK, 200, "", false, false, -1 },
		/* Not sixteen, and not the end either. */
		{ OK "Transfer-Encoding: chunked\r\n\r\n0x10\r\n", HTTP_FAILED, HTTP_REASON_CHUNK, 200, "", false, false, -1 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\rA", HTTP_FAILED, HTTP_REASON_CHUNK, 200, "", false, false, -1 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", HTTP_FAILED, HTTP_REASON_BODY_LONG, 200, "", false, false, -1 },
		{ OK "Content-Length: 5\r\n\r\nhel", HTTP_FAILED, HTTP_REASON_TRUNCATED, 200, "hel", false, true, 0 },
		{ OK "Content-Le", HTTP_FAILED, HTTP_REASON_TRUNCATED, 0, "", false, true, 0 },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", HTTP_FAILED, HTTP_REASON_TRUNCATED, 200, "he", false, true, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct slice answer = slice_str(row[i].answer);

		for (long cut = -1; cut <= (long)answer.count; cut++) {
			size_t taken = feed(answer, cut, row[i].end);

			CHECK(h.state == row[i].state);
			CHECK(h.reason == row[i].reason);
			if (row[i].status >= 0)
				CHECK(h.status == row[i].status);
			CHECK(body_count == strlen(row[i].body));
			CHECK(memcmp(body, row[i].body, strlen(row[i].body)) == 0);
			CHECK(h.keep_alive == row[i].keep_alive);
			if (row[i].rest >= 0)
				CHECK(taken == answer.count - (size_t)row[i].rest);
		}
	}
}

static void
headers_are_found_and_bounded(void)
{
	static char endless[HTTP_HEADER_BYTES_MAX + 100] = OK "A: ";
	const struct slice answer = SLICE(OK "X-MBX-Used-Weight-1M:  17 \r\nContent-Length: 0\r\n\r\n");

	feed(answer, 3, false);
	CHECK(slice_is(http_header(&h, "x-mbx-used-weight-1m"), "17"));
	CHECK(http_header(&h, "Retry-After").count == 0);
	memset(endless + strlen(endless), 'b', sizeof endless - strlen(endless));
	feed(slice_of(endless, sizeof endless), 0, false);
	CHECK(h.state == HTTP_FAILED);
	CHECK(h.reason == HTTP_REASON_HEADER_LONG);
	/* Interim answers without end. */
	body_count = 0;
	http_begin(&h, 1000, NULL);
	for (int i = 0; i < 20; i++)
		http_receive(&h, SLICE("HTTP/1.1 103 Early Hints\r\n\r\n"), on_part, NULL);
	CHECK(h.state == HTTP_FAILED);
}

/* `count` times `unit`, in parts of 1000 bytes or one byte at a time, behind `begin` and
 * before `end`. */
static void
feed_long(const char *begin, const char *unit, size_t count, const char *end, size_t piece)
{
	static char room[65536];
	struct text t = text_init(room, sizeof room);

	text_str(&t, begin);
	for (size_t i = 0; i < count; i++)
		text_str(&t, unit);
	text_str(&t, end);
	CHECK(!t.cut);
	body_count = 0;
	http_begin(&h, 1000, NULL);
	for (size_t i = 0; i < t.count; i += piece)
		http_receive(&h, slice_of(room + i, piece < t.count - i ? piece : t.count - i), on_part, NULL);
}

/* What has no use and no end: nobody waits for it. */
static void
chunk_lines_and_trailers_are_bounded(void)
{
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
	static const struct {
		const char *begin, *unit;
		size_t count;
		const char *end;
		enum http_reason want;
	} row[] = {
		/* 4096 bytes of a size's line, its "\r" among them, and one more. */
		{ CHUNKED, "0", 4094, "2\r\nhi\r\n0\r\n\r\n", HTTP_REASON_NONE },
		{ CHUNKED, "0", 4095, "2\r\nhi\r\n0\r\n\r\n", HTTP_REASON_CHUNK },
		{ CHUNKED, "0", 20000, "", HTTP_REASON_CHUNK },
		{ CHUNKED "2\r\nhi\r\n", "0", 20000, "", HTTP_REASON_CHUNK },
		{ CHUNKED "2;", "x", 4093, "\r\nhi\r\n0\r\n\r\n", HTTP_REASON_NONE },
		{ CHUNKED "2;", "x", 4094, "\r\nhi\r\n0\r\n\r\n", HTTP_REASON_CHUNK },
		/* 16 KB of trailers with the blank line, and one byte more. */
		{ CHUNKED "2\r\nhi\r\n0\r\n", "T: trailer....\r\n", 1023, "T: trailer..\r\n\r\n", HTTP_REASON_NONE },
		{ CHUNKED "2\r\nhi\r\n0\r\n", "T: trailer....\r\n", 1023, "T: trailer...\r\n\r\n", HTTP_REASON_HEADER_LONG },
		{ CHUNKED "2\r\nhi\r\n0\r\n", "T\r\n", 20000, "", HTTP_REASON_HEADER_LONG },
		{ CHUNKED "2\r\nhi\r\n0\r\n", "T", 20000, "", HTTP_REASON_HEADER_LONG },
		/* One trailer as long as a header may be. */
		{ CHUNKED "2\r\nhi\r\n0\r\n", "T", 16380, "\r\n\r\n", HTTP_REASON_NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t piece = 1; piece <= 1000; piece += 999) {
			feed_long(row[i].begin, row[i].unit, row[i].count, row[i].end, piece);
			CHECK(h.state == (row[i].want == HTTP_REASON_NONE ? HTTP_DONE : HTTP_FAILED));
			CHECK_TEXT(http_reason_text(h.reason), http_reason_text(row[i].want));
		}
}

/* Headers stay readable while and after a chunked body comes. */
static void
headers_outlive_chunks(void)
{
	feed(SLICE(OK "Retry-After: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n0\r\n\r\n"), 0, false);
	CHECK(h.state == HTTP_DONE);
	CHECK(slice_is(http_header(&h, "retry-after"), "3"));
}

static void
gzip_is_unpacked_where_it_can_be_held(void)
{
	static char memory[8 << 20], room[4096], packed[1000], plain[1000];
	struct arena boot;
	struct http_gzip gzip = { .packed = packed, .plain = plain,
	                          .packed_size = sizeof packed, .plain_size = sizeof plain };
	struct pack_deflate *deflate;
	size_t count;
	char head[128];

	arena_init(&boot, memory, sizeof memory);
	gzip.inflate = pack_inflate_init(&boot, "test");
	deflate = pack_deflate_init(&boot, "test", 6);
	count = pack_deflate_as(deflate, PACK_GZIP, SLICE("[1,2,3]"), room, sizeof room);
	CHECK(count > 0);
	snprintf(head, sizeof head, OK "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", count);
	for (int broken = 0; broken < 2; broken++) {
		body_count = 0;
		room[count - 6] = (char)(room[count - 6] ^ broken);
		http_begin(&h, 1000, &gzip);
		http_receive(&h, slice_str(head), on_part, NULL);
		http_receive(&h, slice_of(room, count), on_part, NULL);
		CHECK(h.state == (broken ? HTTP_FAILED : HTTP_DONE));
		CHECK(h.reason == (broken ? HTTP_REASON_GZIP : HTTP_REASON_NONE));
		CHECK(body_count == (broken ? 0 : 7));
	}
	gzip.packed_size = 10; /* more than can be held */
	http_begin(&h, 1000, &gzip);
	http_receive(&h, slice_str(head), on_part, NULL);
	http_receive(&h, slice_of(room, count), on_part, NULL);
	CHECK(h.reason == HTTP_REASON_GZIP);
}

static void
requests(void)
{
	char room[512];
	struct text t = text_init(room, sizeof room);

	http_request(&t, "GET", "fapi.example", SLICE("/fapi/v1/time?a=b"), NULL, NULL, SLICE(""));
	room[t.count] = '\0';
	CHECK_TEXT(room, "GET /fapi/v1/time?a=b HTTP/1.1\r\nHost: fapi.example\r\nUser-Agent: tidewatch\r\n"
	                 "Accept: application/json\r\n\r\n");
	t.count = 0;
	http_request(&t, "POST", "h", SLICE("/"), "X: y\r\n", "text/plain", SLICE("hi"));
	room[t.count] = '\0';
	CHECK_TEXT(room, "POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: tidewatch\r\nAccept: application/json\r\n"
	                 "X: y\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi");
}

int
main(void)
{
	answers();
	headers_are_found_and_bounded();
	chunk_lines_and_trailers_are_bounded();
	headers_outlive_chunks();
	gzip_is_unpacked_where_it_can_be_held();
	requests();
	return CHECK_END("http");
}
