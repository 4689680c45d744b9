/* Goal: whatever a server sends, before or behind a right handshake, nothing crashes, the
 * store is empty again, and the cuts of the network change neither the messages nor the end.
 * Method: the first byte says whether the handshake was right and how long a message may be;
 * the rest is fed whole, byte by byte, and at cuts that come from the input itself.  A
 * reader of its own says which messages must come of frames that are all simple, and text
 * that was handed out is held against a second opinion on UTF-8. */
#include "net/ws_internal.h"
#include <stdlib.h>

enum { STORE = 1 << 17 };

static char memory[1 << 18] __attribute__((aligned(64)));
static struct ws_pool *pool;

struct seen {
	uint64_t hash, count;  /* of all messages */
	uint64_t text_count;
	size_t message_max;
	enum ws_state state;
	enum ws_reason reason;
	int status;
	uint64_t body_hash;
	char detail[128];
};

static void
entropy(void *to, size_t count)
{
	memset(to, 0x5a, count);
	if (count == 16)
		memcpy(to, "the sample nonce", 16);
}

static uint64_t
mix(uint64_t hash, struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		hash = (hash ^ (unsigned char)s.at[i]) * 1099511628211u;
	return hash;
}

static bool
is_utf8(struct slice s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	for (size_t i = 0; i < s.count;) {
		unsigned char first = (unsigned char)s.at[i];
		size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
		uint32_t value = n == 1 ? first : first & (0x7fu >> n);

		if (n == 0 || i + n > s.count)
			return false;
		for (size_t k = 1; k < n; k++) {
			if (((unsigned char)s.at[i + k] & 0xc0) != 0x80)
				return false;
			value = value << 6 | ((unsigned char)s.at[i + k] & 63u);
		}
		if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
			return false;
		i += n;
	}
	return true;
}

static void
on_message(void *context, enum ws_kind kind, struct slice message)
{
	struct seen *s = context;
	volatile char behind = message.at[message.count + WS_SLACK_BYTES - 1];

	(void)behind;
	if (kind != WS_TEXT && kind != WS_BINARY && kind != WS_PING && kind != WS_PONG)
		abort();
	if (message.count > s->message_max && (kind == WS_TEXT || kind == WS_BINARY))
		abort();
	if ((kind == WS_PING || kind == WS_PONG) && message.count > 125)
		abort();
	if (kind == WS_TEXT && !is_utf8(message))
		abort();
	s->hash = mix(s->hash * 31 + (uint64_t)kind, message) + message.count;
	s->count++;
	s->text_count += kind == WS_TEXT;
}

/* Its own memory each, so that a look too far is seen. */
static void
feed(struct ws *w, struct slice bytes, struct seen *s)
{
	char *copy = malloc(bytes.count + WS_SLACK_BYTES);

	memcpy(copy, bytes.at, bytes.count);
	memset(copy + bytes.count, 0xff, WS_SLACK_BYTES);
	ws_receive(w, slice_of(copy, bytes.count), on_message, s);
	free(copy);
}

enum way { WHOLE, BYTES, CUTS };

static void
run(const uint8_t *data, size_t size, enum way way, struct seen *s)
{
	static const char answer[] =
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
	const bool opened = (data[0] & 1) != 0;
	struct slice rest = slice_of((const char *)data + 1, size - 1);
	uint32_t chance = data[0] * 2654435761u + (uint32_t)size;
	struct ws *w;

	s->message_max = (data[0] & 2) != 0 ? 70000 : 100;
	w = ws_open(pool, "a", "/", NULL, s->message_max);
	if (w == NULL)
		abort();
	ws_sent(w, ws_output(w).count);
	if (opened)
		feed(w, SLICE(answer), s);
	while (rest.count > 0) {
		size_t piece = way == WHOLE ? rest.count : 1;

		if (way == CUTS) {
			chance = chance * 1664525u + 1013904223u;
			piece = 1 + (chance >> 24);
		}
		if (piece > rest.count)
			piece = rest.count;
		feed(w, slice_of(rest.at, piece), s);
		rest = slice_after(rest, piece);
		/* Half of what waits is taken; the rest must stay within its bounds. */
		ws_sent(w, ws_output(w).count / 2);
		if (ws_output(w).count > WS_OUT_BYTES)
			abort();
	}
	ws_receive_end(w);
	s->state = ws_state(w);
	s->reason = ws_reason(w);
	s->status = ws_http_status(w);
	s->body_hash = mix(mix(1, ws_http_body(w)), ws_http_header(w, "Retry-After"));
	memcpy(s->detail, ws_detail(w), sizeof s->detail);
	ws_sent(w, ws_output(w).count);
	ws_free(w);
	if (pool->store.used_bytes != 0)
		abort();
}

/* How many simple texts stand in front, none of them broken: so many must come. */
static uint64_t
simple_texts(const uint8_t *data, size_t size, size_t message_max)
{
	uint64_t count = 0;
	size_t at = 0;

	while (size - at >= 2 && data[at] == 0x81 && data[at + 1] < 126) {
		size_t bytes = data[at + 1];

		if (size - at - 2 < bytes || bytes > message_max ||
		    !is_utf8(slice_of((const char *)data + at + 2, bytes)))
			break;
		at += 2 + bytes;
		count++;
	}
	return count;
}

static bool
same(const struct seen *a, const struct seen *b)
{
	return a->hash == b->hash && a->count == b->count && a->state == b->state &&
	       a->reason == b->reason && a->status == b->status && a->body_hash == b->body_hash &&
	       strcmp(a->detail, b->detail) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = { 0 }, bytes = { 0 }, cuts = { 0 };

	if (pool == NULL) {
		struct arena arena;

		arena_init(&arena, memory, sizeof memory);
		if (ws_pool_init(&pool, &arena, 1, STORE, entropy) != ERR_NONE)
			abort();
	}
	if (size < 2)
		return 0;
	run(data, size, WHOLE, &whole);
	run(data, size, BYTES, &bytes);
	run(data, size, CUTS, &cuts);
	if (!same(&whole, &bytes) || !same(&whole, &cuts))
		abort();
	if (whole.state != WS_ENDED || whole.reason == WS_REASON_NONE ||
	    whole.reason == WS_REASON_INTERNAL || whole.reason == WS_REASON_MEMORY)
		abort();
	if ((data[0] & 1) != 0 &&
	    whole.text_count < simple_texts(data + 1, size - 1, whole.message_max))
		abort();
	return 0;
}
