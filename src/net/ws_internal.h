/* ws_internal.h - what ws.c (links, output), ws_hello.c (handshake) and ws_frames.c (what
 * comes in) share.
 */
#ifndef NET_WS_INTERNAL_H
#define NET_WS_INTERNAL_H
#include "base/heap.h"
#include "net/http.h"
#include "net/ws.h"
#include "net/ws_utf8.h"
#include <wslay/wslay.h>

enum {
	WS_CONTROL_BYTES_MAX = 125,  /* RFC 6455 5.5 */
	WS_HEAD_BYTES_MAX = 14,      /* of a frame */
	WS_PONGS_MAX = 16,           /* answered in one call */
	WS_HELLO_BYTES_MAX = 8192,   /* of the handshake's answer, up to the blank line */
	WS_BODY_BYTES_MAX = 1024,    /* of a refusal, kept */
	WS_REFUSAL_BYTES_MAX = 65536, /* of a refusal, looked at: headers, chunk lines and all */
	WS_ACCEPT_BYTES = 28,        /* 20 bytes in base64 */
	WS_CONTEXT_BYTES = 4352,     /* wslay's: 4 KB for pieces, and its state */
	WS_CONTROL_OUT = WS_HEAD_BYTES_MAX + WS_CONTROL_BYTES_MAX,
	/* Text never takes the room of pongs, pongs never that of the close. */
	WS_OUT_BYTES = WS_HEAD_BYTES_MAX + WS_SEND_BYTES_MAX + (WS_PONGS_MAX + 1) * WS_CONTROL_OUT,
};

/* Lent while the handshake goes on. */
struct ws_hello {
	char accept[WS_ACCEPT_BYTES]; /* what Sec-WebSocket-Accept must be */
	int interim_count;            /* 1xx answers before this one */
	size_t count;
	char at[WS_HELLO_BYTES_MAX];
};

/* Lent from a refusal to the link's end. */
struct ws_refusal {
	struct http http;
	size_t seen_bytes, body_count;
	char body[WS_BODY_BYTES_MAX];
};

/* A text or binary message that does not lie whole in the bytes given. */
struct ws_part {
	uint8_t opcode;      /* of its first frame; 0: none is coming */
	struct ws_utf8 utf8;
	char *at;            /* lent; NULL: nothing of it came yet */
	size_t count, room;
};

/* The frame that wslay is reading. */
struct ws_frame {
	bool going;          /* at least its first byte was taken */
	bool known;          /* its header was read */
	uint64_t left;       /* bytes of the payload, once it is known */
	uint8_t control_count;
	char control[WS_CONTROL_BYTES_MAX + WS_SLACK_BYTES];
};

struct ws {
	struct ws_pool *pool;
	struct ws *next_free;
	uint8_t state;       /* enum ws_state */
	uint8_t reason;      /* enum ws_reason */
	bool taken;
	bool closing;        /* our close is in the output, or went out: nothing follows it */
	int status;
	size_t message_bytes_max;
	struct ws_hello *hello;
	struct ws_refusal *refusal;
	char *out;           /* lent while something waits in it */
	size_t out_head, out_count;
	struct slice in;     /* what wslay may read, during its call */
	struct ws_frame frame;
	struct ws_part part;
	char detail[128];
	wslay_frame_context_ptr wslay; /* in `context` */
	_Alignas(16) char context[WS_CONTEXT_BYTES];
};

struct ws_pool {
	struct ws *free;     /* those given back */
	struct ws *slot;     /* those from fresh_count on were never touched */
	int fresh_count, count_max;
	struct heap store;
	ws_entropy *entropy;
	struct ws *receiving;
	size_t random_left;
	char random[256];    /* masks in advance */
	/* The last pings of the call that goes on; pong_count is of all. */
	uint64_t pong_count;
	uint8_t pong_bytes[WS_PONGS_MAX];
	char pong[WS_PONGS_MAX][WS_CONTROL_BYTES_MAX];
};

/* Ends it, with a last close frame where `code` is not 0 and it was open. */
void ws_end(struct ws *w, enum ws_reason reason, uint16_t code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Real entropy, drawn in blocks. */
void ws_random(struct ws_pool *p, void *to, size_t count);

/* The last frame that goes out, pongs before it; code 0: without one. */
void ws_put_close(struct ws *w, uint16_t code);

/* Remembers a ping of this call. */
void ws_pong_later(struct ws *w, struct slice payload);

/* --- ws_hello.c ------------------------------------------------------------------------- */

/* The request is in the output, and `hello` ready; or it has ended. */
void ws_hello_open(struct ws *w, const char *host, const char *path, const char *header);

/* Takes bytes of the answer; returns how many.  Behind them come frames, if it is open. */
size_t ws_hello_take(struct ws *w, struct slice bytes);
void ws_hello_end(struct ws *w);

/* --- ws_frames.c ------------------------------------------------------------------------ */

void ws_frames_open(struct ws *w);
void ws_frames_take(struct ws *w, struct slice bytes, ws_sink *sink, void *context);

/* malloc and free of wslay, renamed when it is compiled. */
void *ws_library_take(size_t size);
void ws_library_give(void *block);

/* May a close say so?  RFC 6455 7.4, and the codes registered since. */
bool ws_close_code_is(uint16_t code);

/* Writes a whole frame; `to` has room for it.  Returns its bytes. */
size_t ws_frame_put(struct ws *w, char *to, uint8_t opcode, struct slice payload);
#endif
