/* ws.h - a websocket client (RFC 6455) as an engine: bytes in, messages out.
 *
 *      bytes of the peer        ┌─ whole text frame: in place ─┐
 *   ──────────────> ws_receive ─┤                              ├─> sink
 *                               └─ the rest: wslay, gathered ──┘
 *   <────────────── ws_output  <── pongs, the close <── ws_send_text, ws_send_ping, ws_close
 *
 * The opening handshake is ours; a whole, final, unmasked text frame without RSV
 * bits that lies whole in the bytes given is walked by hand and handed out in
 * place.  Everything else (fragments, control frames, frames cut by the network,
 * lengths of 64 KB and more) goes through wslay, whose memory is a part of the link.
 *
 * Policy: no extension or subprotocol is offered, one in the answer ends the link; a
 * masked frame, RSV bits, an unknown opcode, bad UTF-8 in text, a close code that must
 * not be sent end it; a message longer than message_bytes_max ends it when its frame
 * says so, before it is gathered; pings are answered with their payload at the end of
 * the call, a burst of more than 16 in one call by the last 16, and by fewer while
 * nobody takes the output; a close is answered once.
 *
 * How the network cuts the bytes changes neither the messages nor the reason of the end.
 * A link that ended stays so: every later call is harmless and says the same.  Its last
 * words (an answered close, or the code of what was wrong) still wait in ws_output.
 */
#ifndef NET_WS_H
#define NET_WS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

#define WS_REASONS(X)                                                          \
	X(NONE,        "none")                                                 \
	X(CLOSED,      "closed_by_peer")     /* a close frame; code and text in detail */ \
	X(ENDED,       "ended_without_close")                                  \
	X(STATUS,      "handshake_status")   /* HTTP status in http_status */   \
	X(HANDSHAKE,   "handshake_refused")  /* header missing, wrong accept */ \
	X(EXTENSION,   "unasked_extension")  /* or subprotocol */               \
	X(HEADER_LONG, "handshake_too_long")                                   \
	X(FRAME,       "broken_frame")       /* masked, RSV, opcode, control too long */ \
	X(TOO_LONG,    "message_too_long")                                     \
	X(UTF8,        "bad_utf8")                                             \
	X(MEMORY,      "out_of_memory")                                        \
	X(INTERNAL,    "internal_error")

enum ws_reason {
#define X(name, text) WS_REASON_##name,
	WS_REASONS(X)
#undef X
	WS_REASON_COUNT
};

const char *ws_reason_text(enum ws_reason reason);

/* So many bytes are readable behind what ws_receive is given (the buffers of conn.h and
 * tls.h have them), and behind each message in turn. */
enum { WS_SLACK_BYTES = 32 };

enum ws_kind { WS_NONE, WS_TEXT, WS_BINARY, WS_PING, WS_PONG };

/* `message` is valid only during the call, and followed by WS_SLACK_BYTES readable
 * bytes.  The answer to a PING is on its way.  The sink may call ws_send_*, ws_close,
 * ws_output and ws_sent of any link, never ws_receive or ws_free of one. */
typedef void ws_sink(void *context, enum ws_kind kind, struct slice message);

/* Fills `to` with real entropy. */
typedef void ws_entropy(void *to, size_t count);

struct ws;
struct ws_pool;

/* Room for count_max links.  A link's own memory is small (some 5 KB); the handshake's
 * answer, messages that arrive in parts and output are lent from a common store of
 * part_bytes (a multiple of 16), which should hold several of the longest messages. */
enum err ws_pool_init(struct ws_pool **pool_out, struct arena *boot, int count_max,
                      size_t part_bytes, ws_entropy *entropy);

/* NULL: all taken, or the store is full.  ws_output has the request at once.  host and
 * path as in the URL; header: further request header lines "Name: value\r\n", or NULL.
 * With bytes in them that no request has, the link has ended already. */
struct ws *ws_open(struct ws_pool *pool, const char *host, const char *path,
                   const char *header, size_t message_bytes_max);
void ws_free(struct ws *w);

enum ws_state { WS_OPENING, WS_OPEN, WS_ENDED };

/* Takes all of `bytes`. */
enum ws_state ws_receive(struct ws *w, struct slice bytes, ws_sink *sink, void *context);

/* The connection ended.  A refusal whose body was still coming ends with STATUS. */
void ws_receive_end(struct ws *w);

/* ERR_UNAVAILABLE: it is not open, or was closed by us.  ERR_FULL: the output is full,
 * or the store is; nothing was taken.  WS_SEND_BYTES_MAX always fit an empty output; a
 * ping's payload has at most 125 bytes. */
enum { WS_SEND_BYTES_MAX = 16384 };
enum err ws_send_text(struct ws *w, struct slice message);
enum err ws_send_ping(struct ws *w, struct slice payload);

/* Says so; messages may still come until the peer answers, which ends it with CLOSED.
 * `code` is one of 1000 to 1003, 1007 to 1014, 3000 to 4999. */
enum err ws_close(struct ws *w, uint16_t code);

/* Bytes waiting for the connection; ws_sent() takes `count` off their front. */
struct slice ws_output(struct ws *w);
void ws_sent(struct ws *w, size_t count);

enum ws_state ws_state(const struct ws *w);
enum ws_reason ws_reason(const struct ws *w);
/* A sentence for a person; "" while it lives. */
const char *ws_detail(const struct ws *w);
int ws_http_status(const struct ws *w); /* of the handshake's answer; 0: none yet */
/* A header of a refused handshake's answer (Retry-After), empty if absent. */
struct slice ws_http_header(const struct ws *w, const char *name);
/* The first bytes of a refused handshake's body: 403 pages are told apart by them. */
struct slice ws_http_body(const struct ws *w);
#endif
