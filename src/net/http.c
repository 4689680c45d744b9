/* http.c - answers of HTTP/1.1, byte by byte or all at once; see the header.
 *
 *   HEADERS ─┬─> BODY (length | chunks | until the end) ─> DONE
 *            └─> DONE (HEAD, 204, 304, length 0)
 *
 * Here: requests, and how a body goes on and ends.  What stands in front of it is
 * http_head.c's.  Source: RFC 9112 (message syntax), sections 6.3 and 7.1.
 */
#include "net/http_internal.h"
#include "base/check.h"

/* Where inside a chunked body we are. */
enum chunk {
	CHUNK_SIZE,      /* hex digits */
	CHUNK_EXTENSION, /* up to the end of the size's line */
	CHUNK_DATA,
	CHUNK_DATA_CR, CHUNK_DATA_LF,
	CHUNK_TRAILER,   /* at the begin of a trailer line */
	CHUNK_TRAILER_LINE,
	CHUNK_LAST_LF,
};

/* Of the line with a chunk's size: zeros in front and extensions have no end of their own. */
enum { CHUNK_LINE_BYTES_MAX = 4096 };

const char *
http_reason_text(enum http_reason reason)
{
	static const char *const text[] = {
#define X(name, words) [HTTP_REASON_##name] = words,
		HTTP_REASONS(X)
#undef X
	};

	ASSERT(reason < HTTP_REASON_COUNT);
	return text[reason];
}

void
http_request(struct text *out, const char *method, const char *host, struct slice path,
             const char *header, const char *content_type, struct slice body)
{
	text_format(out, "%s %.*s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tidewatch\r\n"
	                 "Accept: application/json\r\n", method, (int)path.count, path.at, host);
	if (header != NULL)
		text_str(out, header);
	if (content_type != NULL)
		text_format(out, "Content-Type: %s\r\nContent-Length: %zu\r\n", content_type,
		            body.count);
	text_str(out, "\r\n");
	text_put(out, body);
}

void
http_begin(struct http *h, uint64_t body_bytes_max, struct http_gzip *gzip)
{
	bool is_head = h->is_head;

	h->state = HTTP_HEADERS;
	h->reason = HTTP_REASON_NONE;
	h->status = 0;
	h->keep_alive = false;
	h->is_head = is_head;
	h->body_bytes = 0;
	h->body_bytes_max = body_bytes_max;
	h->gzip = gzip;
	h->left = 0;
	h->framing = HTTP_FRAMING_NONE;
	h->chunk = CHUNK_SIZE;
	h->interim_count = 0;
	h->packed = false;
	h->packed_count = h->header_count = h->chunk_line_bytes = h->trailer_bytes = 0;
}

void
http_fail(struct http *h, enum http_reason reason)
{
	h->state = HTTP_FAILED;
	h->reason = (uint8_t)reason;
	h->keep_alive = false;
}

static void
give(struct http *h, struct slice part, http_sink *sink, void *context)
{
	h->body_bytes += part.count;
	if (!h->packed) {
		if (part.count > 0)
			sink(context, part);
		return;
	}
	if (part.count > h->gzip->packed_size - h->packed_count) {
		http_fail(h, HTTP_REASON_GZIP);
		return;
	}
	if (part.count > 0)
		memcpy(h->gzip->packed + h->packed_count, part.at, part.count);
	h->packed_count += part.count;
}

static void
body_end(struct http *h, http_sink *sink, void *context)
{
	size_t count;

	h->state = HTTP_DONE;
	if (!h->packed)
		return;
	if (!pack_inflate_as(h->gzip->inflate, PACK_GZIP,
	                     slice_of(h->gzip->packed, h->packed_count), h->gzip->plain,
	                     h->gzip->plain_size, &count)) {
		http_fail(h, HTTP_REASON_GZIP);
		return;
	}
	if (count > 0)
		sink(context, slice_of(h->gzip->plain, count));
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte behind the last chunk.  Trailers are headers that nobody reads: all of them
 * together may be as long as those in front, the blank line included. */
static void
trailer_byte(struct http *h, char c, http_sink *sink, void *context)
{
	if (++h->trailer_bytes > HTTP_HEADER_BYTES_MAX) {
		http_fail(h, HTTP_REASON_HEADER_LONG);
		return;
	}
	if (c == '\n') {
		/* A line of nothing, or of '\r' alone, is the last. */
		if (h->chunk == CHUNK_TRAILER_LINE)
			h->chunk = CHUNK_TRAILER;
		else
			body_end(h, sink, context);
	} else if (h->chunk == CHUNK_LAST_LF) {
		http_fail(h, HTTP_REASON_CHUNK);
	} else {
		h->chunk = h->chunk == CHUNK_TRAILER && c == '\r' ? CHUNK_LAST_LF : CHUNK_TRAILER_LINE;
	}
}

/* One byte of a chunked body that is no data. */
static void
chunk_byte(struct http *h, char c, http_sink *sink, void *context)
{
	int digit = hex(c);

	h->chunk_line_bytes++;
	switch ((enum chunk)h->chunk) {
	case CHUNK_SIZE:
		if (digit >= 0) {
			if (h->left > UINT64_MAX >> 8 || h->chunk_line_bytes > CHUNK_LINE_BYTES_MAX)
				break;
			h->left = h->left * 16 + (uint64_t)digit;
			return;
		}
		if (h->chunk_line_bytes == 1 || strchr(" \t;\r\n", c) == NULL || c == '\0')
			break; /* no digit at all, or no number: "0x10" would be an end */
		h->chunk = CHUNK_EXTENSION;
		/* fall through */
	case CHUNK_EXTENSION:
		if (c != '\n') {
			if (h->chunk_line_bytes > CHUNK_LINE_BYTES_MAX)
				break;
			return;
		}
		if (h->left > h->body_bytes_max - h->body_bytes) {
			http_fail(h, HTTP_REASON_BODY_LONG);
			return;
		}
		h->chunk = h->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
		h->chunk_line_bytes = 0;
		return;
	case CHUNK_DATA_CR:
		h->chunk = CHUNK_DATA_LF;
		if (c == '\r')
			return;
		/* fall through */
	case CHUNK_DATA_LF:
		if (c != '\n')
			break;
		h->chunk = CHUNK_SIZE;
		h->chunk_line_bytes = 0;
		return;
	case CHUNK_TRAILER:
	case CHUNK_TRAILER_LINE:
	case CHUNK_LAST_LF:
		trailer_byte(h, c, sink, context);
		return;
	case CHUNK_DATA:
		break;
	}
	http_fail(h, HTTP_REASON_CHUNK);
}

/* Takes what it can of the body; returns how many bytes. */
static size_t
take_body(struct http *h, struct slice bytes, http_sink *sink, void *context)
{
	size_t count = bytes.count;

	if (h->framing == HTTP_FRAMING_CHUNKED && h->chunk != CHUNK_DATA) {
		chunk_byte(h, bytes.at[0], sink, context);
		return 1;
	}
	if (h->framing == HTTP_FRAMING_END) {
		if (count > h->body_bytes_max - h->body_bytes) {
			http_fail(h, HTTP_REASON_BODY_LONG);
			return 0;
		}
	} else if (count > h->left) {
		count = (size_t)h->left;
	}
	give(h, slice_of(bytes.at, count), sink, context);
	if (h->framing == HTTP_FRAMING_END || h->state == HTTP_FAILED)
		return count;
	h->left -= count;
	if (h->left > 0)
		return count;
	if (h->framing == HTTP_FRAMING_CHUNKED)
		h->chunk = CHUNK_DATA_CR;
	else
		body_end(h, sink, context);
	return count;
}

size_t
http_receive(struct http *h, struct slice bytes, http_sink *sink, void *context)
{
	size_t done = 0;

	while (h->state == HTTP_HEADERS || h->state == HTTP_BODY) {
		/* A body of no bytes ends without waiting for one. */
		if (h->state == HTTP_BODY && h->framing == HTTP_FRAMING_LENGTH && h->left == 0) {
			body_end(h, sink, context);
			break;
		}
		if (done == bytes.count)
			break;
		if (h->state == HTTP_HEADERS)
			done += http_head_take(h, slice_after(bytes, done));
		else
			done += take_body(h, slice_after(bytes, done), sink, context);
	}
	return done;
}

void
http_receive_end(struct http *h, http_sink *sink, void *context)
{
	if (h->state == HTTP_BODY && h->framing == HTTP_FRAMING_END)
		body_end(h, sink, context);
	else if (h->state == HTTP_HEADERS || h->state == HTTP_BODY)
		http_fail(h, HTTP_REASON_TRUNCATED);
	h->keep_alive = false;
}
