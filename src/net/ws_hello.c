/* ws_hello.c - the opening handshake: our request, and what may be the answer.
 *
 * Why    A wrong answer is how a venue says that it is not served from here, that we ask
 *        too much, or that something stands in between: each is told apart.
 * Input  the answer, cut anywhere; frames may follow in the same bytes.
 * Output an open link; or the end with status, headers and first bytes of the body.
 * Limits an answer's headers have WS_HELLO_BYTES_MAX at most.  Of a refusal's body
 *        WS_BODY_BYTES_MAX are waited for, or its end, and never for longer than
 *        WS_REFUSAL_BYTES_MAX of anything.
 *
 *   request ─> headers ─┬─ 101, all as it must be ──────> open
 *               ^    1xx │ 101, something else ──────────> refused
 *               └────────┴─ any other status ─> body ────> refused
 *
 * Source: RFC 6455 section 4.1, RFC 9112 sections 4 and 5.
 */
#include "net/ws_internal.h"
#include "base/check.h"
#include "base/text.h"
#include "net/cert.h"
#include <bearssl.h>

enum { KEY_BYTES = 16, SHA1_BYTES = 20, INTERIM_MAX = 8, STATUS_LINE_BYTES_MIN = 13 };

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/* --- the request --------------------------------------------------------------------------- */

static void
accept_of(struct slice key, char *accept)
{
	struct text t = text_init(accept, WS_ACCEPT_BYTES);
	br_sha1_context sha1;
	uint8_t hash[SHA1_BYTES];

	br_sha1_init(&sha1);
	br_sha1_update(&sha1, key.at, key.count);
	br_sha1_update(&sha1, guid, sizeof guid - 1);
	br_sha1_out(&sha1, hash);
	text_base64(&t, slice_of((const char *)hash, sizeof hash));
	ASSERT(t.count == WS_ACCEPT_BYTES);
}

/* Bytes that end a word or a line would make another request of it. */
static bool
is_word(const char *s)
{
	size_t i = 0;

	while (s[i] > ' ' && s[i] <= '~')
		i++;
	return i > 0 && s[i] == '\0';
}

/* Lines "Name: value\r\n", none of them empty. */
static bool
is_lines(const char *s)
{
	while (*s != '\0') {
		const char *line = s;

		while (*s == '\t' || (*s >= ' ' && *s <= '~'))
			s++;
		if (s == line || s[0] != '\r' || s[1] != '\n')
			return false;
		s += 2;
	}
	return true;
}

void
ws_hello_open(struct ws *w, const char *host, const char *path, const char *header)
{
	struct text t = text_init(w->out, WS_SEND_BYTES_MAX);
	uint8_t key[KEY_BYTES];
	size_t key_at;

	w->hello->count = 0;
	w->hello->interim_count = 0;
	if (!is_word(host) || !is_word(path) || path[0] != '/' ||
	    (header != NULL && !is_lines(header))) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "no request has such a host, path or header");
		return;
	}
	w->pool->entropy(key, sizeof key);
	text_str(&t, "GET ");
	text_str(&t, path);
	text_str(&t, " HTTP/1.1\r\nHost: ");
	text_str(&t, host);
	text_str(&t, "\r\nUser-Agent: tidewatch\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
	key_at = t.count;
	text_base64(&t, slice_of((const char *)key, sizeof key));
	accept_of(slice_of(t.at + key_at, t.count - key_at), w->hello->accept);
	text_str(&t, "\r\n");
	if (header != NULL)
		text_str(&t, header);
	text_str(&t, "\r\n");
	if (t.cut) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "the request is too long");
		return;
	}
	w->out_count = t.count;
}

/* --- words of an answer -------------------------------------------------------------------- */

static bool
has_word(struct slice list, const char *word)
{
	while (list.count > 0)
		if (slice_same_word(slice_trim(slice_cut(&list, ',')), slice_str(word)))
			return true;
	return false;
}

static struct slice
next_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	if (line.count > 0 && line.at[line.count - 1] == '\r')
		line.count--;
	return line;
}

/* A folded line begins with a blank and is none. */
static bool
is_header(struct slice line)
{
	size_t i = 0;

	while (i < line.count && line.at[i] > ' ' && line.at[i] <= '~' && line.at[i] != ':')
		i++;
	if (i == 0 || i == line.count || line.at[i] != ':')
		return false;
	for (; i < line.count; i++)
		if ((unsigned char)line.at[i] < ' ' && line.at[i] != '\t')
			return false;
	return true;
}

/* "HTTP/1.1 101 ..."; 0: not like that. */
static int
status_of(const struct ws_hello *h)
{
	const char *at = h->at;
	int status = 0;

	if (h->count < STATUS_LINE_BYTES_MIN || (at[7] != '0' && at[7] != '1') || at[8] != ' ' ||
	    (at[12] != ' ' && at[12] != '\r' && at[12] != '\n'))
		return 0;
	for (int i = 9; i < 12; i++) {
		if (at[i] < '0' || at[i] > '9')
			return 0;
		status = status * 10 + at[i] - '0';
	}
	return status >= 100 ? status : 0;
}

/* --- it opens --------------------------------------------------------------------------------- */

struct seen { bool upgrade, connection; int accept_count; bool accepted; };

/* False: it has ended over this line. */
static bool
look_at(struct ws *w, struct slice line, struct seen *seen)
{
	char words[64];
	struct text shown = text_init(words, sizeof words - 1);
	struct slice value = line, name = slice_cut(&value, ':');

	cert_plain_text(&shown, line, sizeof words - 2);
	words[shown.count] = '\0';
	value = slice_trim(value);
	if (!is_header(line)) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "no header line: \"%s\"", words);
	} else if (slice_same_word(name, SLICE("upgrade"))) {
		seen->upgrade = seen->upgrade || slice_same_word(value, SLICE("websocket"));
	} else if (slice_same_word(name, SLICE("connection"))) {
		seen->connection = seen->connection || has_word(value, "upgrade");
	} else if (slice_same_word(name, SLICE("sec-websocket-accept"))) {
		seen->accept_count++;
		seen->accepted = slice_equal(value, slice_of(w->hello->accept, WS_ACCEPT_BYTES));
	} else if (slice_same_word(name, SLICE("sec-websocket-extensions")) ||
	           slice_same_word(name, SLICE("sec-websocket-protocol"))) {
		ws_end(w, WS_REASON_EXTENSION, 0, "not asked for: \"%s\"", words);
	}
	return w->state == WS_OPENING;
}

static void
judge(struct ws *w)
{
	struct slice rest = slice_of(w->hello->at, w->hello->count), line;
	struct seen seen = { 0 };
	const char *wrong = NULL;

	if (w->hello->at[7] != '1') {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "101 of HTTP/1.0");
		return;
	}
	(void)next_line(&rest);
	while (line = next_line(&rest), line.count > 0)
		if (!look_at(w, line, &seen))
			return;
	if (!seen.upgrade)
		wrong = "no \"Upgrade: websocket\"";
	else if (!seen.connection)
		wrong = "no \"Connection: Upgrade\"";
	else if (seen.accept_count != 1)
		wrong = seen.accept_count == 0 ? "no Sec-WebSocket-Accept"
		                               : "more than one Sec-WebSocket-Accept";
	else if (!seen.accepted)
		wrong = "Sec-WebSocket-Accept of another key";
	if (wrong != NULL) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "101 with %s", wrong);
		return;
	}
	heap_give(&w->pool->store, w->hello);
	w->hello = NULL;
	w->state = WS_OPEN;
}

/* --- it does not ------------------------------------------------------------------------------- */

static void
on_body(void *context, struct slice part)
{
	struct ws_refusal *r = context;

	if (part.count > sizeof r->body - r->body_count)
		part.count = sizeof r->body - r->body_count;
	memcpy(r->body + r->body_count, part.at, part.count);
	r->body_count += part.count;
}

/* "403 Forbidden" */
static void
refused(struct ws *w)
{
	char words[64];
	struct text out = text_init(words, sizeof words - 1);

	if (w->refusal != NULL) {
		struct slice all = slice_of(w->refusal->http.header, w->refusal->http.header_count);
		struct slice line = next_line(&all);

		if (line.count > STATUS_LINE_BYTES_MIN)
			cert_plain_text(&out, slice_after(line, STATUS_LINE_BYTES_MIN), 48);
	}
	words[out.count] = '\0';
	ws_end(w, WS_REASON_STATUS, 0, "%d%s%s", w->status, out.count > 0 ? " " : "", words);
}

static size_t
refusal_take(struct ws *w, struct slice bytes)
{
	struct ws_refusal *r = w->refusal;
	const size_t count = bytes.count;

	if (bytes.count > WS_REFUSAL_BYTES_MAX - r->seen_bytes)
		bytes.count = WS_REFUSAL_BYTES_MAX - r->seen_bytes;
	r->seen_bytes += bytes.count;
	(void)http_receive(&r->http, bytes, on_body, r);
	if (r->http.state != HTTP_BODY || r->body_count == sizeof r->body ||
	    r->seen_bytes == WS_REFUSAL_BYTES_MAX)
		refused(w);
	return count;
}

static void
refuse(struct ws *w)
{
	struct ws_refusal *r = heap_take(&w->pool->store, sizeof *r);

	w->refusal = r;
	if (r == NULL) {
		/* The status alone still says most of it. */
		refused(w);
		return;
	}
	r->seen_bytes = r->body_count = 0;
	r->http.is_head = false;
	http_begin(&r->http, UINT64_MAX, NULL);
	refusal_take(w, slice_of(w->hello->at, w->hello->count));
}

/* --- the answer --------------------------------------------------------------------------------- */

static void
headers_end(struct ws *w)
{
	const int status = status_of(w->hello);

	if (status == 0) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "a status line that is none");
	} else if (status == 101) {
		w->status = status;
		judge(w);
	} else if (status >= 200) {
		w->status = status;
		refuse(w);
	} else if (++w->hello->interim_count > INTERIM_MAX) {
		ws_end(w, WS_REASON_HANDSHAKE, 0, "%d, and no end of it", status);
	} else {
		w->hello->count = 0;
	}
}

static bool
is_blank_line(const struct ws_hello *h)
{
	return h->at[h->count - 1] == '\n' &&
	       ((h->count >= 2 && h->at[h->count - 2] == '\n') ||
	        (h->count >= 3 && memcmp(h->at + h->count - 3, "\n\r\n", 3) == 0));
}

size_t
ws_hello_take(struct ws *w, struct slice bytes)
{
	static const char first[] = { 'H', 'T', 'T', 'P', '/', '1', '.' };
	size_t i = 0;

	if (w->refusal != NULL)
		return refusal_take(w, bytes);
	while (i < bytes.count && w->state == WS_OPENING && w->refusal == NULL) {
		struct ws_hello *h = w->hello;
		const size_t at = h->count++;

		h->at[at] = bytes.at[i++];
		if (at < sizeof first && h->at[at] != first[at])
			ws_end(w, WS_REASON_HANDSHAKE, 0, "the answer is not HTTP/1");
		else if (is_blank_line(h))
			headers_end(w);
		else if (h->count == sizeof h->at)
			ws_end(w, WS_REASON_HEADER_LONG, 0, "headers of more than %d bytes",
			       WS_HELLO_BYTES_MAX);
	}
	if (w->state == WS_OPENING && w->refusal != NULL)
		i += refusal_take(w, slice_after(bytes, i));
	return i;
}

void
ws_hello_end(struct ws *w)
{
	if (w->refusal != NULL)
		refused(w);
}
