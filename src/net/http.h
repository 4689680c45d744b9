/* http.h - an HTTP/1.1 client's framing as an engine: one answer at a time.
 *
 * Reads a status line, headers and a body by Content-Length, chunked, or up to the
 * end of the connection, and hands the body out in parts as it comes.  Bodies with
 * Content-Encoding gzip are gathered and inflated when they are small enough to be
 * held (gzip_bytes_max), else the answer fails; long lists are asked plain.
 *
 * Refused, each with its reason: a status line or header that is none, both
 * Content-Length and chunked, differing lengths, folded header lines, headers,
 * trailers or a body longer than the limits, a chunk's size without end, 1xx without
 * end, another encoding.  Redirects are answers like others: nobody follows them.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H
#include "base/pack.h"
#include "base/slice.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

#define HTTP_REASONS(X)                                                        \
	X(NONE,        "none")                                                 \
	X(STATUS_LINE, "broken_status_line")                                   \
	X(HEADER,      "broken_header")                                        \
	X(HEADER_LONG, "header_too_long")                                      \
	X(LENGTH,      "contradicting_length")                                 \
	X(CHUNK,       "broken_chunk")                                         \
	X(BODY_LONG,   "body_too_long")                                        \
	X(ENCODING,    "unknown_encoding")                                     \
	X(GZIP,        "broken_gzip")        /* or too long to be held */       \
	X(TRUNCATED,   "truncated")

enum http_reason {
#define X(name, text) HTTP_REASON_##name,
	HTTP_REASONS(X)
#undef X
	HTTP_REASON_COUNT
};

const char *http_reason_text(enum http_reason reason);

enum { HTTP_HEADER_BYTES_MAX = 16384 };

typedef void http_sink(void *context, struct slice part);

enum http_state { HTTP_IDLE, HTTP_HEADERS, HTTP_BODY, HTTP_DONE, HTTP_FAILED };

/* Room for one compressed body and what it unpacks to; may be shared by answers
 * that do not come at the same time. */
struct http_gzip {
	struct pack_inflate *inflate;
	char *packed, *plain;
	size_t packed_size, plain_size;
};

struct http {
	uint8_t state;          /* enum http_state */
	uint8_t reason;         /* enum http_reason */
	int status;             /* 200; 0 before the status line */
	bool keep_alive;        /* the connection may be used again */
	bool is_head;           /* the answer to HEAD has no body */
	uint64_t body_bytes;    /* received so far, as they came */
	uint64_t body_bytes_max;
	struct http_gzip *gzip; /* NULL: compressed bodies are refused */
	/* insides */
	uint64_t left;          /* bytes of the body or of the chunk */
	uint8_t framing, chunk;
	uint8_t interim_count;  /* 1xx answers before this one */
	bool packed;
	size_t packed_count;
	size_t header_count;    /* bytes */
	size_t chunk_line_bytes; /* of the chunk line being read, to bound it */
	size_t trailer_bytes;    /* of all lines behind the last chunk, for the same */
	char header[HTTP_HEADER_BYTES_MAX];
};

/* Appends a request: method "GET" or "POST", headers Host, User-Agent, Accept, and,
 * with a content_type, Content-Type and Content-Length.  `header`: further lines
 * "Name: value\r\n", or NULL. */
void http_request(struct text *out, const char *method, const char *host,
                  struct slice path, const char *header, const char *content_type,
                  struct slice body);

/* Ready for the next answer on this connection.  `gzip` is kept until it is done. */
void http_begin(struct http *h, uint64_t body_bytes_max, struct http_gzip *gzip);

/* Takes bytes up to the end of this answer; returns how many. */
size_t http_receive(struct http *h, struct slice bytes, http_sink *sink, void *context);

/* The connection ended: the end of a body without a length, or a truncation. */
void http_receive_end(struct http *h, http_sink *sink, void *context);

/* A header of the answer, case ignored, blanks trimmed; empty if absent.  Valid
 * until http_begin. */
struct slice http_header(const struct http *h, const char *name);
#endif
