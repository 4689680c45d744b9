/* http_head.c - status line and headers of an answer.
 *
 * Input  bytes up to and with the blank line, in pieces of any size.
 * Output status, how the body is delimited and packed, whether the connection goes on.
 * Limits all lines are kept until the next answer (HTTP_HEADER_BYTES_MAX); what can be
 *        read in two ways is refused.
 *
 * Source: RFC 9112 (message syntax), sections 4, 5 and 6.3.
 */
#include "net/http_internal.h"
#include "base/num.h"
#include <string.h>

enum { INTERIM_MAX = 8 };

/* The next line of the headers without its end; false behind the last. */
static bool
next_line(struct slice *rest, struct slice *line)
{
	if (rest->count == 0)
		return false;
	*line = slice_cut(rest, '\n');
	if (line->count > 0 && line->at[line->count - 1] == '\r')
		line->count--;
	return line->count > 0;
}

/* The n-th header of that name, from 0. */
static struct slice
header_at(const struct http *h, const char *name, int n)
{
	struct slice rest = slice_of(h->header, h->header_count), line;

	next_line(&rest, &line);
	while (next_line(&rest, &line)) {
		struct slice value = line, key = slice_cut(&value, ':');

		if (slice_same_word(key, slice_str(name)) && n-- == 0)
			return slice_trim(value);
	}
	return slice_of(NULL, 0);
}

struct slice
http_header(const struct http *h, const char *name)
{
	return header_at(h, name, 0);
}

/* Is `word` one of the words between commas in any header of that name? */
static bool
header_has(const struct http *h, const char *name, const char *word)
{
	struct slice value;

	for (int n = 0; (value = header_at(h, name, n)).at != NULL; n++)
		while (value.count > 0)
			if (slice_same_word(slice_trim(slice_cut(&value, ',')), slice_str(word)))
				return true;
	return false;
}

static bool
is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (slice_lower(c) >= 'a' && slice_lower(c) <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static enum http_reason
check_lines(const struct http *h)
{
	struct slice rest = slice_of(h->header, h->header_count), line;

	next_line(&rest, &line);
	while (next_line(&rest, &line)) {
		size_t i = 0;

		/* A folded line begins with a blank: no name, refused. */
		while (i < line.count && is_name_char(line.at[i]))
			i++;
		if (i == 0 || i == line.count || line.at[i] != ':')
			return HTTP_REASON_HEADER;
		for (; i < line.count; i++)
			if ((unsigned char)line.at[i] < ' ' && line.at[i] != '\t')
				return HTTP_REASON_HEADER;
	}
	return HTTP_REASON_NONE;
}

/* "HTTP/1.1 200 OK" */
static bool
status_line(struct http *h)
{
	const char *at = h->header;

	if (h->header_count < 13 || memcmp(at, "HTTP/1.", 7) != 0 ||
	    (at[7] != '0' && at[7] != '1') || at[8] != ' ' ||
	    (at[12] != ' ' && at[12] != '\r' && at[12] != '\n'))
		return false;
	h->status = 0;
	for (int i = 9; i < 12; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		h->status = h->status * 10 + at[i] - '0';
	}
	h->keep_alive = at[7] == '1';
	return h->status >= 100;
}

/* How the body is delimited; RFC 9112 section 6.3, and stricter. */
static enum http_reason
choose_framing(struct http *h)
{
	struct slice length = http_header(h, "Content-Length"), value;
	struct slice coding = http_header(h, "Transfer-Encoding");

	for (int n = 1; (value = header_at(h, "Content-Length", n)).at != NULL; n++)
		if (!slice_equal(value, length))
			return HTTP_REASON_LENGTH;
	if (coding.at != NULL) {
		if (length.at != NULL)
			return HTTP_REASON_LENGTH;
		if (!slice_same_word(coding, SLICE("chunked")) ||
		    header_at(h, "Transfer-Encoding", 1).at != NULL)
			return HTTP_REASON_ENCODING;
		h->framing = HTTP_FRAMING_CHUNKED;
		return HTTP_REASON_NONE;
	}
	if (length.at == NULL) {
		h->framing = HTTP_FRAMING_END;
		h->keep_alive = false;
		return HTTP_REASON_NONE;
	}
	if (!num_uint64(length, &h->left))
		return HTTP_REASON_LENGTH;
	if (h->left > h->body_bytes_max)
		return HTTP_REASON_BODY_LONG;
	h->framing = HTTP_FRAMING_LENGTH;
	return HTTP_REASON_NONE;
}

/* The blank line behind the headers was read. */
static void
headers_end(struct http *h)
{
	struct slice encoding;
	enum http_reason reason;

	if (!status_line(h)) {
		http_fail(h, HTTP_REASON_STATUS_LINE);
		return;
	}
	reason = check_lines(h);
	if (reason != HTTP_REASON_NONE) {
		http_fail(h, reason);
		return;
	}
	if (h->status < 200) {
		/* 101 is not for us: whoever upgrades reads his own answer. */
		if (h->status == 101 || ++h->interim_count > INTERIM_MAX)
			http_fail(h, HTTP_REASON_STATUS_LINE);
		h->header_count = 0;
		return;
	}
	if (header_has(h, "Connection", "close"))
		h->keep_alive = false;
	h->state = HTTP_BODY;
	if (h->is_head || h->status == 204 || h->status == 304) {
		h->state = HTTP_DONE;
		return;
	}
	reason = choose_framing(h);
	encoding = http_header(h, "Content-Encoding");
	if (encoding.count > 0 && !slice_same_word(encoding, SLICE("identity"))) {
		h->packed = h->gzip != NULL &&
		            (slice_same_word(encoding, SLICE("gzip")) ||
		             slice_same_word(encoding, SLICE("x-gzip")));
		if (!h->packed && reason == HTTP_REASON_NONE)
			reason = HTTP_REASON_ENCODING;
	}
	if (reason != HTTP_REASON_NONE)
		http_fail(h, reason);
}

size_t
http_head_take(struct http *h, struct slice bytes)
{
	static const char first[] = { 'H', 'T', 'T', 'P', '/' };

	for (size_t i = 0; i < bytes.count; i++) {
		const size_t at = h->header_count;

		if (at >= HTTP_HEADER_BYTES_MAX) {
			http_fail(h, HTTP_REASON_HEADER_LONG);
			return i;
		}
		h->header[at] = bytes.at[i];
		h->header_count++;
		/* Not even the first bytes of an answer: do not wait for more. */
		if (at < sizeof first && bytes.at[i] != first[at]) {
			http_fail(h, HTTP_REASON_STATUS_LINE);
			return i;
		}
		if (bytes.at[i] != '\n')
			continue;
		if ((h->header_count >= 2 && h->header[h->header_count - 2] == '\n') ||
		    (h->header_count >= 3 &&
		     memcmp(h->header + h->header_count - 3, "\n\r\n", 3) == 0)) {
			headers_end(h);
			return i + 1;
		}
	}
	return bytes.count;
}
