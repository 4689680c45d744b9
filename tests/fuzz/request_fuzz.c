/* Goal: no bytes crash the reader of requests or the gate, and the same bytes give the same
 * requests and the same refusal however they are cut.
 * Method: a stream is read whole, byte by byte and in parts that the input chooses; each
 * request is written down with all that can be asked of it, and the records compared.  What
 * is taken is held against the shape that RFC 9112 gives it. */
#include "base/text.h"
#include "http/gate.h"
#include "http/request.h"
#include <stdlib.h>

enum { RECORD_BYTES = 1 << 18, STREAM_BYTES_MAX = 3 * REQUEST_HEAD_BYTES_MAX };

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
put(struct text *t, struct slice s)
{
	text_uint(t, s.at == NULL ? 99999 : s.count);
	text_char(t, ':');
	text_put(t, s);
	text_char(t, '\n');
}

/* Properties of every request that is taken. */
static void
check_taken(const struct request *r)
{
	const struct slice head = slice_of(r->at, r->head_count);
	int hosts = 0;

	must(r->head_count >= 18 && r->head_count <= r->count);
	must(slice_ends(head, SLICE("\r\n\r\n")));
	must(memchr(head.at, '\0', head.count) == NULL);
	must(r->path.count > 0 && r->path.at[0] == '/');
	must(memchr(r->path.at, '?', r->path.count) == NULL);
	must(memchr(r->path.at, ' ', r->path.count) == NULL);
	must(r->status == 0 && r->words == NULL);
	while (request_header_at(r, "host", hosts).at != NULL)
		hosts++;
	must(hosts <= 1);
	must(request_header(r, "Transfer-Encoding").at == NULL);
	must(request_header_at(r, "Content-Length", 1).at == NULL);
	for (size_t i = 1; i < head.count; i++)
		must((head.at[i] == '\n') == (head.at[i - 1] == '\r'));
}

static void
judge(const struct request *r, struct text *record)
{
	static const char *const token[] = { "", "s3cret" };
	static const struct gate_way way[] = {
		{ .is_unix = true }, { .own_count = 4, .own = { 127, 0, 0, 1 } },
		{ .own_count = 16, .own = { 0xfd, [15] = 1 } },
	};

	for (size_t t = 0; t < 2; t++) {
		for (size_t w = 0; w < 3; w++) {
			struct gate g;
			const char *words;
			int status;

			must(gate_init(&g, token[t]));
			status = gate_judge(&g, &way[w], r, &words);
			must(status == 0 || status == 401 || status == 403);
			must((status == 0) == (words == NULL));
			must(w != 0 || status == 0);
			text_int(record, status);
			text_char(record, ' ');
		}
	}
}

static void
take(const struct request *r, struct text *record)
{
	check_taken(r);
	text_str(record, r->is_head ? "HEAD " : "GET ");
	text_str(record, r->keep_alive ? "keep " : "close ");
	text_uint(record, r->head_count);
	text_char(record, '\n');
	put(record, r->path);
	put(record, r->query);
	put(record, r->host);
	put(record, request_header(r, "Authorization"));
	put(record, request_header(r, "Origin"));
	judge(r, record);
}

/* `steps` NULL: all parts are of `step` bytes. */
static void
read_stream(struct slice bytes, size_t step, const uint8_t *steps, size_t steps_count, struct text *record)
{
	static struct request r;
	size_t at = 0, turn = 0;

	request_init(&r);
	for (;;) {
		enum request_state state = request_step(&r);
		size_t room, part;
		char *to;

		must(request_step(&r) == state); /* no bytes, no news */
		if (state == REQUEST_DONE) {
			take(&r, record);
			request_next(&r);
			continue;
		}
		if (state == REQUEST_FAILED) {
			must(r.status >= 400 && r.status <= 505 && r.words != NULL && !r.keep_alive);
			text_int(record, r.status);
			text_str(record, r.words);
			return;
		}
		to = request_room(&r, &room);
		must(room > 0);
		part = steps == NULL ? step : 1u + steps[turn++ % steps_count];
		part = part > room ? room : part;
		part = part > bytes.count - at ? bytes.count - at : part;
		if (part == 0)
			break;
		memcpy(to, bytes.at + at, part);
		request_put(&r, part);
		at += part;
	}
	text_str(record, "left ");
	text_uint(record, r.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char whole_at[RECORD_BYTES], cut_at[RECORD_BYTES];
	struct slice bytes = slice_of((const char *)data, size);
	struct text whole = text_init(whole_at, sizeof whole_at);

	if (size == 0 || size > STREAM_BYTES_MAX)
		return 0;
	read_stream(bytes, STREAM_BYTES_MAX, NULL, 0, &whole);
	for (int i = 0; i < 3; i++) {
		struct text cut = text_init(cut_at, sizeof cut_at);

		read_stream(bytes, i == 0 ? 1 : 7, i == 2 ? data : NULL, size, &cut);
		must(slice_equal(text_slice(&whole), text_slice(&cut)));
	}
	return 0;
}
