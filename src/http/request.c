/* request.c - reads the head of a request line by line; see the header.
 *
 * Why    What is asked of us comes from anybody who reaches the port.  Each line is
 *        judged when it is whole, in the order in which they stand, so that the same
 *        bytes are refused for the same reason however they come.
 * Source RFC 9112 (message syntax) sections 2.2, 3, 5, 6; RFC 9110 section 5.6.2.
 */
#include "http/request.h"
#include "base/check.h"

void
request_init(struct request *r)
{
	memset(r, 0, offsetof(struct request, at));
}

char *
request_room(struct request *r, size_t *size_out)
{
	*size_out = sizeof r->at - r->count;
	return r->at + r->count;
}

void
request_put(struct request *r, size_t count)
{
	ASSERT(count <= sizeof r->at - r->count);
	r->count += count;
}

void
request_next(struct request *r)
{
	const size_t left = r->count - r->head_count;

	ASSERT(r->state == REQUEST_DONE);
	memmove(r->at, r->at + r->head_count, left);
	request_init(r);
	r->count = left;
}

static void
fail(struct request *r, int status, const char *words)
{
	r->state = REQUEST_FAILED;
	r->status = status;
	r->words = words;
	r->keep_alive = false;
}

/* --- words ---------------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2. */
static bool
is_token(struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		if (!is_digit(s.at[i]) && !(slice_lower(s.at[i]) >= 'a' && slice_lower(s.at[i]) <= 'z') &&
		    (s.at[i] == '\0' || strchr("!#$%&'*+-.^_`|~", s.at[i]) == NULL))
			return false;
	return s.count > 0;
}

/* --- the first line ------------------------------------------------------------- */

static bool
read_version(struct request *r, struct slice version)
{
	if (version.count == 0) {
		fail(r, 400, "The first line names no version; it should end with HTTP/1.1.");
		return false;
	}
	if (version.count != 8 || !slice_starts(version, SLICE("HTTP/")) ||
	    !is_digit(version.at[5]) || version.at[6] != '.' || !is_digit(version.at[7])) {
		fail(r, 400, "The first line is not METHOD TARGET HTTP/1.1.");
		return false;
	}
	if (version.at[5] != '1') {
		fail(r, 505, "This server speaks HTTP/1.1 only.");
		return false;
	}
	r->is_1_0 = version.at[7] == '0';
	return true;
}

/* "/path?query" or, as to a proxy, "http://host/path?query". */
static bool
read_target(struct request *r, struct slice target)
{
	static const struct slice scheme = SLICE_INIT("http://");

	for (size_t i = 0; i < target.count; i++) {
		if (target.at[i] <= ' ' || target.at[i] > '~' || target.at[i] == '#') {
			fail(r, 400, "The target holds a character that has to be written as %XX.");
			return false;
		}
	}
	if (target.count > scheme.count &&
	    slice_same_word(slice_of(target.at, scheme.count), scheme)) {
		size_t end = scheme.count;

		while (end < target.count && target.at[end] != '/' && target.at[end] != '?')
			end++;
		r->host = slice_of(target.at + scheme.count, end - scheme.count);
		target = slice_after(target, end);
	} else if (target.count == 0 || target.at[0] != '/') {
		fail(r, 400, "The target is no path: it should begin with a slash.");
		return false;
	}
	r->query = target;
	r->path = slice_cut(&r->query, '?');
	if (r->path.count == 0)
		r->path = SLICE("/");
	return true;
}

static void
read_first_line(struct request *r, struct slice line)
{
	struct slice version = line, method = slice_cut(&version, ' ');
	struct slice target = slice_cut(&version, ' ');

	if (!is_token(method)) {
		fail(r, 400, "The first line does not begin with a method.");
		return;
	}
	if (!read_version(r, version))
		return;
	/* Judged before the target: OPTIONS may have "*", CONNECT has HOST:PORT. */
	if (!slice_is(method, "GET") && !slice_is(method, "HEAD")) {
		fail(r, 405, "Only GET and HEAD are answered here.");
		return;
	}
	r->is_head = slice_is(method, "HEAD");
	if (read_target(r, target))
		r->headers_at = r->scanned;
}

/* --- headers -------------------------------------------------------------------- */

static void
read_length(struct request *r, struct slice value)
{
	bool is_good = value.count > 0 && !r->has_length;

	for (size_t i = 0; i < value.count; i++) {
		is_good &= is_digit(value.at[i]);
		r->has_body |= value.at[i] != '0';
	}
	r->has_length = true;
	if (!is_good)
		fail(r, 400, "Content-Length is not one number.");
}

static void
read_header(struct request *r, struct slice line)
{
	struct slice value = line, name = slice_cut(&value, ':');

	if (++r->header_count > REQUEST_HEADERS_MAX) {
		fail(r, 431, "The request has too many headers.");
		return;
	}
	/* A folded line begins with a blank, which no name does; a line without a colon
	 * has nothing behind its name, not even an empty value. */
	if (!is_token(name) || name.count == line.count) {
		fail(r, 400, "A header is not NAME: VALUE.");
		return;
	}
	value = slice_trim(value);
	for (size_t i = 0; i < value.count; i++) {
		if (((unsigned char)value.at[i] < ' ' && value.at[i] != '\t') ||
		    value.at[i] == 0x7f) {
			fail(r, 400, "A header holds a control character.");
			return;
		}
	}
	if (slice_same_word(name, SLICE("Content-Length"))) {
		read_length(r, value);
	} else if (slice_same_word(name, SLICE("Transfer-Encoding"))) {
		r->has_coding = true;
	} else if (slice_same_word(name, SLICE("Connection"))) {
		while (value.count > 0)
			r->wants_close |= slice_same_word(slice_trim(slice_cut(&value, ',')),
			                                    SLICE("close"));
	}
}

struct slice
request_header_at(const struct request *r, const char *name, int n)
{
	struct slice rest = slice_of(r->at + r->headers_at, r->head_count - r->headers_at);

	ASSERT(r->state == REQUEST_DONE);
	while (rest.count > 0) {
		struct slice value = slice_cut(&rest, '\n'), key;

		if (value.count > 0)
			value.count--; /* the CR, which was checked */
		key = slice_cut(&value, ':');
		if (slice_same_word(key, slice_str(name)) && n-- == 0)
			return slice_trim(value);
	}
	return slice_of(NULL, 0);
}

/* The empty line behind the headers. */
static void
read_end(struct request *r)
{
	struct slice host;

	r->state = REQUEST_DONE;
	r->head_count = r->scanned;
	host = request_header(r, "Host");
	if (request_header_at(r, "Host", 1).at != NULL)
		fail(r, 400, "The request has more than one Host.");
	else if (host.at == NULL && !r->is_1_0)
		fail(r, 400, "The request has no Host.");
	else if (r->has_coding && (r->has_length || r->is_1_0))
		fail(r, 400, "The request says in two ways how long it is.");
	else if (r->has_coding || r->has_body)
		fail(r, 413, "No body is taken here.");
	if (r->state == REQUEST_FAILED)
		return;
	/* That of an absolute target counts (RFC 9112, 3.2.2). */
	if (r->host.at == NULL)
		r->host = host;
	r->keep_alive = !r->is_1_0 && !r->wants_close;
}

/* A whole line, with its end. */
static void
read_line(struct request *r, struct slice line)
{
	if (line.count < 2 || line.at[line.count - 2] != '\r') {
		fail(r, 400, "A line ends without CR LF.");
		return;
	}
	line.count -= 2;
	if (r->headers_at > 0) {
		if (line.count == 0)
			read_end(r);
		else
			read_header(r, line);
	} else if (line.count == 0 && !r->has_empty_line) {
		/* Some send one too many behind the last request (RFC 9112, 2.2). */
		r->has_empty_line = true;
	} else {
		read_first_line(r, line);
	}
}

enum request_state
request_step(struct request *r)
{
	while (r->state == REQUEST_READING && r->scanned < r->count) {
		const char *end = memchr(r->at + r->scanned, '\n', r->count - r->scanned);
		size_t line_count;

		/* Told at once: it would wait for our hello and never end a line. */
		if (r->at[0] == 0x16) {
			fail(r, 400, "This port speaks plain HTTP, and TLS came: use http://.");
			break;
		}
		r->scanned = end == NULL ? r->count : (size_t)(end + 1 - r->at);
		line_count = r->scanned - r->line_at;
		if (r->headers_at == 0 && line_count > REQUEST_LINE_BYTES_MAX) {
			fail(r, 414, "The first line is too long.");
		} else if (end != NULL) {
			read_line(r, slice_of(r->at + r->line_at, line_count));
			r->line_at = r->scanned;
		}
	}
	if (r->state == REQUEST_READING && r->count == sizeof r->at)
		fail(r, 431, "The headers are too long.");
	return (enum request_state)r->state;
}
