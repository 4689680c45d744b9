/* ws_world.h - for tests: a link whose server is bytes in a table.
 *
 * The key is RFC 6455's own sample nonce, so the right answer is the RFC's and not
 * ours.  Messages are noted as text, one after the other:
 *
 *   T(hello) B(bytes) I(a ping) O(a pong)        long ones: T#65536:HASH
 *
 * and so is what the client says, read by a reader of the test's own that insists on
 * masks: t(text) i(ping) o(pong) c() c(1000).
 */
#ifndef TESTS_NET_WS_WORLD_H
#define TESTS_NET_WS_WORLD_H
#include "check.h"
#include "net/ws_internal.h"
#include <stdlib.h>

#define WORLD_ANSWER                                                           \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"            \
	"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

enum { WORLD_STORE = 1 << 20, WORLD_LINKS = 3, WORLD_MAX = 100000, WORLD_LONG = 100 };

static char world_memory[2 << 20] __attribute__((aligned(64)));
static struct arena world_arena;
static struct ws_pool *world_pool;
static char world_heard[1 << 20], world_said[1 << 20];
static struct text world_in, world_out;

static void
world_entropy(void *to, size_t count)
{
	static uint8_t next = 1;

	if (count == 16) {
		memcpy(to, "the sample nonce", 16);
		return;
	}
	for (size_t i = 0; i < count; i++)
		((uint8_t *)to)[i] = next = (uint8_t)(next * 5 + 3);
}

static void
world_boot(size_t store_bytes)
{
	memset(world_memory, 0, sizeof world_memory);
	arena_init(&world_arena, world_memory, sizeof world_memory);
	if (ws_pool_init(&world_pool, &world_arena, WORLD_LINKS, store_bytes, world_entropy) !=
	    ERR_NONE)
		abort();
	arena_seal(&world_arena);
}

/* --- notes -------------------------------------------------------------------------------- */

static void
world_note(struct text *t, const char *kind, struct slice s)
{
	uint64_t hash = 14695981039346656037u;

	text_str(t, kind);
	if (s.count > WORLD_LONG) {
		for (size_t i = 0; i < s.count; i++)
			hash = (hash ^ (unsigned char)s.at[i]) * 1099511628211u;
		text_format(t, "#%zu:%016llx ", s.count, (unsigned long long)hash);
		return;
	}
	text_char(t, '(');
	for (size_t i = 0; i < s.count; i++) {
		if ((unsigned char)s.at[i] < ' ')
			text_format(t, "\\x%02x", (unsigned)(unsigned char)s.at[i]);
		else
			text_char(t, s.at[i]);
	}
	text_str(t, ") ");
}

static inline const char *
world_text(struct text *t)
{
	if (t->cut || t->count == t->size)
		abort();
	if (t->count > 0 && t->at[t->count - 1] == ' ')
		t->count--;
	t->at[t->count] = '\0';
	return t->at;
}

static void
world_begin(void)
{
	world_in = text_init(world_heard, sizeof world_heard);
	world_out = text_init(world_said, sizeof world_said);
}

/* --- the client's side ---------------------------------------------------------------------- */

static void
world_sink(void *context, enum ws_kind kind, struct slice message)
{
	static const char *const name[] = {
		[WS_TEXT] = "T", [WS_BINARY] = "B", [WS_PING] = "I", [WS_PONG] = "O",
	};
	volatile char last = message.at[message.count + WS_SLACK_BYTES - 1];

	(void)last;
	(void)context;
	world_note(&world_in, name[kind], message);
}

/* What the client says, taken away and noted. */
static inline void
world_listen(struct ws *w)
{
	struct slice all = ws_output(w);
	const uint8_t *at = (const uint8_t *)all.at;
	size_t i = 0;

	while (i < all.count) {
		uint8_t first = at[i], second = at[i + 1];
		const uint8_t *mask;
		size_t count = second & 127, head = 2;
		char *plain;

		CHECK((second & 128) != 0); /* RFC 6455 5.1: a client must mask */
		if (count == 126) {
			count = (size_t)at[i + 2] << 8 | at[i + 3];
			head = 4;
			CHECK(count >= 126);
		} else {
			CHECK(count < 126);
		}
		mask = at + i + head;
		head += 4;
		if (i + head + count > all.count) {
			CHECK(!"half a frame in the output");
			break;
		}
		plain = malloc(count + 1);
		for (size_t k = 0; k < count; k++)
			plain[k] = (char)(at[i + head + k] ^ mask[k % 4]);
		switch (first) {
		case 0x81:
			world_note(&world_out, "t", slice_of(plain, count));
			break;
		case 0x89:
			world_note(&world_out, "i", slice_of(plain, count));
			break;
		case 0x8a:
			world_note(&world_out, "o", slice_of(plain, count));
			break;
		case 0x88:
			if (count == 2)
				text_format(&world_out, "c(%u) ",
				            (unsigned)((uint8_t)plain[0] << 8 | (uint8_t)plain[1]));
			else
				world_note(&world_out, "c", slice_of(plain, count));
			break;
		default:
			CHECK(!"a frame that no client of ours sends");
		}
		free(plain);
		i += head + count;
	}
	ws_sent(w, all.count);
}

/* --- the server's side ---------------------------------------------------------------------- */

enum { CUT_WHOLE = 0, CUT_RANDOM = 1 << 20 }; /* else: pieces of so many bytes */

/* Each piece in memory of its own: exactly as long as the contract says, and what lies
 * behind is no zeros. */
static void
world_feed(struct ws *w, struct slice bytes, size_t cut)
{
	uint32_t chance = (uint32_t)cut * 2654435761u + 1;

	while (bytes.count > 0) {
		size_t piece = cut == CUT_WHOLE || cut > bytes.count ? bytes.count : cut;
		char *copy;

		if (cut > CUT_RANDOM) {
			chance = chance * 1664525u + 1013904223u;
			piece = 1 + (chance >> 16) % (chance >> 30 == 0 ? 3 : 300);
			if (piece > bytes.count)
				piece = bytes.count;
		}
		copy = malloc(piece + WS_SLACK_BYTES);
		memcpy(copy, bytes.at, piece);
		memset(copy + piece, 0xff, WS_SLACK_BYTES);
		ws_receive(w, slice_of(copy, piece), world_sink, NULL);
		free(copy);
		bytes = slice_after(bytes, piece);
	}
}

static inline struct ws *
world_open(size_t message_bytes_max)
{
	struct ws *w = ws_open(world_pool, "example.com", "/stream", NULL, message_bytes_max);

	if (w == NULL)
		abort();
	ws_sent(w, ws_output(w).count);
	world_feed(w, SLICE(WORLD_ANSWER), CUT_WHOLE);
	CHECK(ws_state(w) == WS_OPEN);
	CHECK(ws_output(w).count == 0);
	return w;
}

/* A frame of the server; `first` is FIN, RSV and opcode. */
static inline void
world_frame(struct text *t, uint8_t first, struct slice payload)
{
	text_char(t, (char)first);
	if (payload.count < 126) {
		text_char(t, (char)payload.count);
	} else if (payload.count < 65536) {
		text_char(t, 126);
		text_char(t, (char)(payload.count >> 8));
		text_char(t, (char)(payload.count & 255));
	} else {
		text_char(t, 127);
		for (int shift = 56; shift >= 0; shift -= 8)
			text_char(t, (char)((uint64_t)payload.count >> shift & 255));
	}
	text_put(t, payload);
}
#endif
