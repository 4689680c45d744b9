/* ws_frames.c - what comes in: frames by hand or by wslay, and whole messages out of them.
 *
 * Why    wslay's event layer copies every message through 4 KB and looks at its text byte
 *        by byte; a frame that lies there whole needs neither.  Its frame layer reads
 *        what is not so simple.
 * Input  bytes behind the handshake, cut anywhere.
 * Output messages, in place or gathered in a lent buffer; pongs; the end.
 * Limits wslay would read 4 KB ahead, beyond its frame: it is given a header byte by byte
 *        and then as much as the payload has, so the next frame can be simple again.
 *        A gathered message is lent what came, not what its header promises.
 *
 * Source: RFC 6455 sections 5 (framing), 7.4 (close codes), 8.1 (UTF-8).
 */
#include "net/ws_internal.h"
#include "base/check.h"
#include "base/text.h"
#include "net/cert.h"

/* Of a message in parts: room at first, and how much more than is needed is taken when
 * it must grow. */
enum { PART_BYTES_MIN = 16384, PART_GROWTH = 4 };

enum {
	CODE_PROTOCOL = 1002, CODE_UTF8 = 1007, CODE_TOO_LONG = 1009, CODE_INTERNAL = 1011,
	FINAL_TEXT = 0x81,
};

/* Behind an empty message as behind any. */
static const char empty[WS_SLACK_BYTES];

/* --- the door to wslay ------------------------------------------------------------------ */

static struct ws *library_for;

void *
ws_library_take(size_t size)
{
	ASSERT(library_for != NULL);
	ASSERT(size <= sizeof library_for->context);
	return library_for->context;
}

/* Nothing to do: the context goes with its link. */
void
ws_library_give(void *block)
{
	(void)block;
}

static ssize_t
lend(uint8_t *to, size_t count, int flags, void *user_data)
{
	struct ws *w = user_data;
	uint64_t most = w->frame.known ? w->frame.left : 1;

	(void)flags;
	if (count > w->in.count)
		count = w->in.count;
	if (count > most)
		count = (size_t)most;
	if (count == 0)
		return -1;
	memcpy(to, w->in.at, count);
	w->in = slice_after(w->in, count);
	return (ssize_t)count;
}

static int
mask(uint8_t *to, size_t count, void *user_data)
{
	struct ws *w = user_data;

	ws_random(w->pool, to, count);
	return 0;
}

void
ws_frames_open(struct ws *w)
{
	/* No callback for sending: frames are written into our output. */
	static const struct wslay_frame_callbacks callbacks = {
		.recv_callback = lend, .genmask_callback = mask,
	};
	int code;

	library_for = w;
	code = wslay_frame_context_init(&w->wslay, &callbacks, w);
	library_for = NULL;
	ASSERT(code == 0);
}

size_t
ws_frame_put(struct ws *w, char *to, uint8_t opcode, struct slice payload)
{
	struct wslay_frame_iocb frame = {
		.fin = 1, .opcode = opcode, .mask = 1, .payload_length = payload.count,
		.data = (const uint8_t *)payload.at, .data_length = payload.count,
	};
	size_t written;
	ssize_t count = wslay_frame_write(w->wslay, &frame, (uint8_t *)to,
	                                  WS_HEAD_BYTES_MAX + payload.count, &written);

	ASSERT(count > 0);
	ASSERT(written == payload.count);
	return (size_t)count;
}

/* --- messages ------------------------------------------------------------------------------ */

bool
ws_close_code_is(uint16_t code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static void
bad_utf8(struct ws *w)
{
	ws_end(w, WS_REASON_UTF8, CODE_UTF8, "text that is not UTF-8");
}

static bool
part_grow(struct ws *w, size_t need, size_t most)
{
	struct ws_part *p = &w->part;
	size_t room = need > PART_BYTES_MIN / PART_GROWTH ? need * PART_GROWTH : PART_BYTES_MIN;
	char *at;

	if (need <= p->room)
		return true;
	if (room > most)
		room = most;
	at = heap_resize(&w->pool->store, p->at, room + WS_SLACK_BYTES);
	if (at == NULL) {
		/* Little is left: what it needs may still fit. */
		room = need;
		at = heap_resize(&w->pool->store, p->at, room + WS_SLACK_BYTES);
	}
	if (at == NULL) {
		ws_end(w, WS_REASON_MEMORY, CODE_INTERNAL, "no room for %zu bytes of a message", need);
		return false;
	}
	p->at = at;
	p->room = room;
	return true;
}

static void
part_put(struct ws *w, const struct wslay_frame_iocb *frame)
{
	struct ws_part *p = &w->part;
	const struct slice piece = { (const char *)frame->data, frame->data_length };
	/* A message of one frame is as long as that says, another as long as it may be. */
	const bool is_alone = frame->fin && frame->opcode != WSLAY_CONTINUATION_FRAME;

	if (piece.count == 0 ||
	    !part_grow(w, p->count + piece.count,
	               is_alone ? (size_t)frame->payload_length : w->message_bytes_max))
		return;
	memcpy(p->at + p->count, piece.at, piece.count);
	p->count += piece.count;
	if (p->opcode == WSLAY_TEXT_FRAME && !ws_utf8_step(&p->utf8, piece))
		bad_utf8(w);
}

static void
part_end(struct ws *w, ws_sink *sink, void *context)
{
	struct ws_part *p = &w->part;

	if (p->utf8.left > 0) {
		bad_utf8(w);
		return;
	}
	if (p->at != NULL)
		memset(p->at + p->count, 0, WS_SLACK_BYTES);
	sink(context, p->opcode == WSLAY_TEXT_FRAME ? WS_TEXT : WS_BINARY,
	     slice_of(p->at != NULL ? p->at : empty, p->count));
	heap_give(&w->pool->store, p->at);
	*p = (struct ws_part){ 0 };
}

static void
closed(struct ws *w, struct slice payload)
{
	char words[64];
	struct text out = text_init(words, sizeof words - 1);
	uint16_t code;

	if (payload.count == 0) {
		ws_put_close(w, 0);
		ws_end(w, WS_REASON_CLOSED, 0, "without a code");
		return;
	}
	if (payload.count == 1) {
		ws_end(w, WS_REASON_FRAME, CODE_PROTOCOL, "a close with half a code");
		return;
	}
	code = (uint16_t)((uint8_t)payload.at[0] << 8 | (uint8_t)payload.at[1]);
	payload = slice_after(payload, 2);
	if (!ws_close_code_is(code)) {
		ws_end(w, WS_REASON_FRAME, CODE_PROTOCOL, "a close with code %u", code);
		return;
	}
	if (!ws_utf8_is(payload)) {
		bad_utf8(w);
		return;
	}
	cert_plain_text(&out, payload, sizeof words - 2);
	words[out.count] = '\0';
	ws_put_close(w, code);
	ws_end(w, WS_REASON_CLOSED, 0, "%u%s%s", code, out.count > 0 ? " " : "", words);
}

/* --- frames that are not simple --------------------------------------------------------------- */

/* The header was read: may it stand here? */
static void
frame_begin(struct ws *w, const struct wslay_frame_iocb *frame)
{
	struct ws_part *p = &w->part;
	const uint8_t opcode = frame->opcode;
	const char *wrong = NULL;

	if (frame->mask)
		wrong = "masked by the server";
	else if (frame->rsv != 0)
		wrong = "with reserved bits of no extension";
	else if ((opcode > WSLAY_BINARY_FRAME && opcode < WSLAY_CONNECTION_CLOSE) ||
	         opcode > WSLAY_PONG)
		wrong = "with an unknown opcode";
	else if (opcode == WSLAY_CONTINUATION_FRAME && p->opcode == 0)
		wrong = "that continues nothing";
	else if (opcode != WSLAY_CONTINUATION_FRAME && opcode < WSLAY_CONNECTION_CLOSE &&
	         p->opcode != 0)
		wrong = "that begins inside of a message";
	if (wrong != NULL) {
		ws_end(w, WS_REASON_FRAME, CODE_PROTOCOL, "a frame %s", wrong);
		return;
	}
	w->frame.known = true;
	w->frame.left = frame->payload_length;
	w->frame.control_count = 0;
	if (opcode >= WSLAY_CONNECTION_CLOSE)
		return;
	if (frame->payload_length > w->message_bytes_max - p->count) {
		ws_end(w, WS_REASON_TOO_LONG, CODE_TOO_LONG, "a message of more than %zu bytes",
		       w->message_bytes_max);
		return;
	}
	if (opcode != WSLAY_CONTINUATION_FRAME)
		p->opcode = opcode;
}

static void
frame_end(struct ws *w, const struct wslay_frame_iocb *frame, ws_sink *sink, void *context)
{
	struct slice payload = slice_of(w->frame.control, w->frame.control_count);

	w->frame.going = w->frame.known = false;
	switch (frame->opcode) {
	case WSLAY_CONNECTION_CLOSE:
		closed(w, payload);
		return;
	case WSLAY_PING:
		ws_pong_later(w, payload);
		sink(context, WS_PING, payload);
		return;
	case WSLAY_PONG:
		sink(context, WS_PONG, payload);
		return;
	default:
		if (frame->fin)
			part_end(w, sink, context);
	}
}

/* Takes bytes to the end of a frame, or all. */
static size_t
by_wslay(struct ws *w, struct slice bytes, ws_sink *sink, void *context)
{
	struct ws_frame *f = &w->frame;
	struct wslay_frame_iocb frame = { 0 };

	w->in = bytes;
	f->going = true;
	while (f->going && w->state == WS_OPEN && w->in.count > 0) {
		ssize_t count = wslay_frame_recv(w->wslay, &frame);

		if (count == WSLAY_ERR_WANT_READ)
			continue; /* it took at least one byte */
		if (count < 0) {
			ws_end(w, WS_REASON_FRAME, CODE_PROTOCOL,
			       "a frame with a length that it must not have");
			break;
		}
		if (!f->known)
			frame_begin(w, &frame);
		if (w->state != WS_OPEN)
			break;
		f->left -= frame.data_length;
		if (frame.opcode < WSLAY_CONNECTION_CLOSE) {
			part_put(w, &frame);
		} else if (frame.data_length > 0) {
			/* wslay lets no longer one through. */
			ASSERT(f->control_count + frame.data_length <= WS_CONTROL_BYTES_MAX);
			memcpy(f->control + f->control_count, frame.data, frame.data_length);
			f->control_count = (uint8_t)(f->control_count + frame.data_length);
		}
		if (f->left == 0 && w->state == WS_OPEN)
			frame_end(w, &frame, sink, context);
	}
	return bytes.count - w->in.count;
}

/* --- frames that are ------------------------------------------------------------------------ */

/* The bytes of a text frame that lies here whole; 0: it is not so simple. */
static inline size_t
in_place(struct ws *w, struct slice bytes, ws_sink *sink, void *context)
{
	const uint8_t *at = (const uint8_t *)bytes.at;
	size_t head = 2, count;
	struct slice message;

	if (bytes.count < 4 || at[0] != FINAL_TEXT)
		return 0;
	count = at[1];
	if (count == 126) {
		head = 4;
		count = (size_t)at[2] << 8 | at[3];
		if (count < 126)
			return 0;
	} else if (count > 126) {
		return 0; /* masked, or 64 KB and more */
	}
	if (count > bytes.count - head || count > w->message_bytes_max)
		return 0;
	message = slice_of(bytes.at + head, count);
	if (ws_utf8_is(message))
		sink(context, WS_TEXT, message);
	else
		bad_utf8(w);
	return head + count;
}

void
ws_frames_take(struct ws *w, struct slice bytes, ws_sink *sink, void *context)
{
	while (bytes.count > 0 && w->state == WS_OPEN) {
		size_t taken = 0;

		if (!w->frame.going && w->part.opcode == 0)
			taken = in_place(w, bytes, sink, context);
		if (taken == 0)
			taken = by_wslay(w, bytes, sink, context);
		bytes = slice_after(bytes, taken);
	}
}
