/* http_internal.h - what http.c (bodies) and http_head.c (what stands before them) share. */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H
#include "net/http.h"

/* Where a body ends. */
enum http_framing {
	HTTP_FRAMING_NONE,
	HTTP_FRAMING_LENGTH,
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_END, /* of the connection */
};

void http_fail(struct http *h, enum http_reason reason);

/* Takes header bytes up to and with the blank line; returns how many. */
size_t http_head_take(struct http *h, struct slice bytes);
#endif
