/* ws.c - links of a pool, their states, and what goes out; see the header.
 *
 * Why    A venue's whole feed comes through here, so the common frame costs nothing and
 *        the rest cannot grow: all memory is a slot, or lent from one store.
 * Output frames in one buffer, which is lent while something waits in it.
 * Limits text leaves room for sixteen pongs and a close, pongs leave it for the close.
 *
 *   OPENING ─┬─> OPEN ──> ENDED (closed, cut off, or broken)
 *            └──────────> ENDED (refused, or no websocket)
 */
#include "net/ws_internal.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>

const char *
ws_reason_text(enum ws_reason reason)
{
	static const char *const text[] = {
#define X(name, words) [WS_REASON_##name] = words,
		WS_REASONS(X)
#undef X
	};

	ASSERT(reason < WS_REASON_COUNT);
	return text[reason];
}

/* --- the pool ------------------------------------------------------------------------ */

enum err
ws_pool_init(struct ws_pool **pool_out, struct arena *boot, int count_max, size_t part_bytes,
             ws_entropy *entropy)
{
	struct ws_pool *p = arena_take(boot, "ws pool", 1, sizeof *p);
	struct ws *slot;
	void *store;

	ASSERT(count_max > 0);
	ASSERT(entropy != NULL);
	slot = arena_take(boot, "ws links", (size_t)count_max, sizeof *slot);
	store = arena_take(boot, "ws store", 1, part_bytes);
	*pool_out = NULL;
	if (p == NULL || slot == NULL || store == NULL)
		return ERR_FULL;
	p->slot = slot;
	p->count_max = count_max;
	p->entropy = entropy;
	heap_init(&p->store, store, part_bytes);
	*pool_out = p;
	return ERR_NONE;
}

void
ws_random(struct ws_pool *p, void *to, size_t count)
{
	ASSERT(count <= sizeof p->random);
	if (count > p->random_left) {
		p->entropy(p->random, sizeof p->random);
		p->random_left = sizeof p->random;
	}
	p->random_left -= count;
	memcpy(to, p->random + p->random_left, count);
}

struct ws *
ws_open(struct ws_pool *pool, const char *host, const char *path, const char *header,
        size_t message_bytes_max)
{
	struct ws_hello *hello = heap_take(&pool->store, sizeof *hello);
	char *out = hello != NULL ? heap_take(&pool->store, WS_OUT_BYTES) : NULL;
	struct ws *w = pool->free;

	ASSERT(message_bytes_max > 0);
	ASSERT(message_bytes_max <= INT32_MAX);
	if (out == NULL || (w == NULL && pool->fresh_count == pool->count_max)) {
		heap_give(&pool->store, out);
		heap_give(&pool->store, hello);
		return NULL;
	}
	if (w != NULL)
		pool->free = w->next_free;
	else
		w = &pool->slot[pool->fresh_count++];
	memset(w, 0, offsetof(struct ws, context));
	w->pool = pool;
	w->taken = true;
	w->message_bytes_max = message_bytes_max;
	w->hello = hello;
	w->out = out;
	ws_frames_open(w);
	ws_hello_open(w, host, path, header);
	return w;
}

/* What is lent for reading; the output goes when it is sent. */
static void
give_back(struct ws *w)
{
	heap_give(&w->pool->store, w->hello);
	heap_give(&w->pool->store, w->part.at);
	w->hello = NULL;
	w->part.at = NULL;
}

void
ws_free(struct ws *w)
{
	struct ws_pool *p = w->pool;

	ASSERT(w->taken);
	ASSERT(p->receiving != w);
	give_back(w);
	heap_give(&p->store, w->refusal);
	heap_give(&p->store, w->out);
	w->taken = false;
	w->next_free = p->free;
	p->free = w;
}

/* --- what goes out ------------------------------------------------------------------- */

/* `reserve` bytes must be left behind it. */
static enum err
put(struct ws *w, uint8_t opcode, struct slice payload, size_t reserve)
{
	const size_t need = WS_HEAD_BYTES_MAX + payload.count;

	if (payload.count > WS_SEND_BYTES_MAX || WS_OUT_BYTES - w->out_count < need + reserve)
		return ERR_FULL;
	if (w->out == NULL) {
		w->out = heap_take(&w->pool->store, WS_OUT_BYTES);
		if (w->out == NULL)
			return ERR_FULL;
	}
	if (WS_OUT_BYTES - w->out_head - w->out_count < need) {
		memmove(w->out, w->out + w->out_head, w->out_count);
		w->out_head = 0;
	}
	w->out_count += ws_frame_put(w, w->out + w->out_head + w->out_count, opcode, payload);
	return ERR_NONE;
}

struct slice
ws_output(struct ws *w)
{
	return slice_of(w->out_count > 0 ? w->out + w->out_head : "", w->out_count);
}

void
ws_sent(struct ws *w, size_t count)
{
	ASSERT(count <= w->out_count);
	w->out_count -= count;
	w->out_head += count;
	if (w->out_count == 0) {
		heap_give(&w->pool->store, w->out);
		w->out = NULL;
		w->out_head = 0;
	}
}

enum err
ws_send_text(struct ws *w, struct slice message)
{
	if (w->state != WS_OPEN || w->closing)
		return ERR_UNAVAILABLE;
	return put(w, WSLAY_TEXT_FRAME, message, (WS_PONGS_MAX + 1) * WS_CONTROL_OUT);
}

enum err
ws_send_ping(struct ws *w, struct slice payload)
{
	ASSERT(payload.count <= WS_CONTROL_BYTES_MAX);
	if (w->state != WS_OPEN || w->closing)
		return ERR_UNAVAILABLE;
	return put(w, WSLAY_PING, payload, (WS_PONGS_MAX + 1) * WS_CONTROL_OUT);
}

/* A peer that pings and does not read gets fewer answers, and costs nothing more. */
static void
put_pongs(struct ws *w)
{
	struct ws_pool *p = w->pool;
	uint64_t first = p->pong_count > WS_PONGS_MAX ? p->pong_count - WS_PONGS_MAX : 0;

	if (p->receiving != w)
		return;
	for (uint64_t i = first; i < p->pong_count && !w->closing; i++) {
		const struct slice payload = { p->pong[i % WS_PONGS_MAX],
		                               p->pong_bytes[i % WS_PONGS_MAX] };

		if (put(w, WSLAY_PONG, payload, WS_CONTROL_OUT) != ERR_NONE)
			break;
	}
	p->pong_count = 0;
}

void
ws_pong_later(struct ws *w, struct slice payload)
{
	struct ws_pool *p = w->pool;
	size_t i = p->pong_count++ % WS_PONGS_MAX;

	ASSERT(payload.count <= WS_CONTROL_BYTES_MAX);
	memcpy(p->pong[i], payload.at, payload.count);
	p->pong_bytes[i] = (uint8_t)payload.count;
}

void
ws_put_close(struct ws *w, uint16_t code)
{
	const char bytes[] = { (char)(code >> 8), (char)(code & 0xff) };

	put_pongs(w);
	if (!w->closing)
		(void)put(w, WSLAY_CONNECTION_CLOSE, slice_of(bytes, code != 0 ? 2 : 0), 0);
	w->closing = true;
}

enum err
ws_close(struct ws *w, uint16_t code)
{
	ASSERT(ws_close_code_is(code));
	if (w->state != WS_OPEN || w->closing)
		return ERR_UNAVAILABLE;
	ws_put_close(w, code);
	return ERR_NONE;
}

/* --- the life of a link ---------------------------------------------------------------- */

void
ws_end(struct ws *w, enum ws_reason reason, uint16_t code, const char *format, ...)
{
	va_list list;

	if (w->state == WS_ENDED)
		return;
	if (w->state == WS_OPEN && code != 0)
		ws_put_close(w, code);
	va_start(list, format);
	(void)vsnprintf(w->detail, sizeof w->detail, format, list);
	va_end(list);
	w->state = WS_ENDED;
	w->reason = (uint8_t)reason;
	give_back(w);
}

enum ws_state
ws_receive(struct ws *w, struct slice bytes, ws_sink *sink, void *context)
{
	struct ws_pool *p = w->pool;

	ASSERT(w->taken);
	ASSERT(p->receiving == NULL);
	p->receiving = w;
	if (w->state == WS_OPENING)
		bytes = slice_after(bytes, ws_hello_take(w, bytes));
	if (w->state == WS_OPEN) {
		ws_frames_take(w, bytes, sink, context);
		put_pongs(w);
	}
	ASSERT(p->pong_count == 0);
	p->receiving = NULL;
	return (enum ws_state)w->state;
}

void
ws_receive_end(struct ws *w)
{
	if (w->state == WS_OPENING)
		ws_hello_end(w);
	ws_end(w, WS_REASON_ENDED, 0, "%s",
	       w->closing ? "after our close"
	       : w->frame.going || w->part.opcode != 0 ? "inside of a message" : "between messages");
}

enum ws_state
ws_state(const struct ws *w)
{
	return (enum ws_state)w->state;
}

enum ws_reason
ws_reason(const struct ws *w)
{
	return (enum ws_reason)w->reason;
}

const char *
ws_detail(const struct ws *w)
{
	return w->detail;
}

int
ws_http_status(const struct ws *w)
{
	return w->status;
}

struct slice
ws_http_header(const struct ws *w, const char *name)
{
	return w->refusal != NULL ? http_header(&w->refusal->http, name) : slice_of(NULL, 0);
}

struct slice
ws_http_body(const struct ws *w)
{
	return w->refusal != NULL ? slice_of(w->refusal->body, w->refusal->body_count)
	                          : slice_of(NULL, 0);
}
