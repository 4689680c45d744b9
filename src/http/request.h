/* request.h - the head of a request of HTTP/1.1, as an engine: bytes in, one request out.
 *
 *            ┌── request_next ───────────────────────────────────┐
 *        at  v             head_count                   count    │ REQUEST_HEAD_BYTES_MAX
 *         ┌─────────────────┬────────────────────────────┬───────────────┐
 *         │ this request    │ what came behind it        │ room          │
 *         └─────────────────┴────────────────────────────┴───────────────┘
 *
 * The owner reads into the room, says how many bytes came, and asks for a step.  How
 * the bytes were cut changes nothing.  Only what asks for something is taken: GET and
 * HEAD without a body.  All else is REQUEST_FAILED, with the status and the sentence
 * to answer; the connection then has to be closed, as where the next request begins is
 * not known any more.
 *
 * Stricter than RFC 9112 asks for: lines end with CR LF, one Content-Length, no folded
 * lines.  Two programs that read a request differently are how one is smuggled past
 * the other, and whoever writes such requests is nobody's browser.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	REQUEST_HEAD_BYTES_MAX = 8192, /* more: 431 */
	REQUEST_LINE_BYTES_MAX = 4096, /* the first line with its end; more: 414 */
	REQUEST_HEADERS_MAX = 64,      /* more: 431 */
};

enum request_state { REQUEST_READING, REQUEST_DONE, REQUEST_FAILED };

struct request {
	uint8_t state;          /* enum request_state */
	bool is_head;           /* HEAD; else GET */
	bool keep_alive;        /* the peer may send another one behind it */
	int status;             /* FAILED: what to answer, and the sentence */
	const char *words;
	/* Valid while DONE.  They point into `at`, but for an empty path, which is "/". */
	struct slice path;      /* begins with '/'; as it came, %XX and all */
	struct slice query;     /* behind the '?'; empty if there is none */
	struct slice host;      /* whom it was sent to; at NULL: HTTP/1.0 may leave it out */
	/* insides */
	size_t count;           /* bytes in `at` */
	size_t scanned;         /* of them, looked through for the end of a line */
	size_t line_at;         /* where the line being read begins */
	size_t headers_at;      /* behind the first line; 0: it did not come yet */
	size_t head_count;      /* bytes of the head, its empty line included */
	uint32_t header_count;
	bool is_1_0, has_body, has_coding, has_length, wants_close, has_empty_line;
	char at[REQUEST_HEAD_BYTES_MAX];
};

void request_init(struct request *r);

/* Where the next bytes go and how many there is room for: never 0 while READING. */
char *request_room(struct request *r, size_t *size_out);

/* So many bytes were put there. */
void request_put(struct request *r, size_t count);

/* Reads on in what is there.  READING: more is needed. */
enum request_state request_step(struct request *r);

/* DONE: this one is answered; what came behind it moves to the front. */
void request_next(struct request *r);

/* Has anything of a request come? */
static inline bool
request_has_begun(const struct request *r)
{
	return r->count > 0;
}

/* Is there something that no step has looked at? */
static inline bool
request_has_more(const struct request *r)
{
	return r->scanned < r->count;
}

/* The n-th header of that name, from 0, blanks trimmed, case of the name ignored;
 * at NULL: there is none.  While DONE. */
struct slice request_header_at(const struct request *r, const char *name, int n);

static inline struct slice
request_header(const struct request *r, const char *name)
{
	return request_header_at(r, name, 0);
}
#endif
