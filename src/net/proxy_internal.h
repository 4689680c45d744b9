/* proxy_internal.h - what proxy.c (the engine, CONNECT) and proxy_socks.c share. */
#ifndef NET_PROXY_INTERNAL_H
#define NET_PROXY_INTERNAL_H
#include "net/proxy.h"

enum proxy_step {
	PROXY_STEP_NONE,
	PROXY_STEP_LINE, PROXY_STEP_HEADER,                       /* CONNECT */
	PROXY_STEP_METHOD, PROXY_STEP_LOGIN, PROXY_STEP_REPLY,    /* SOCKS5 */
};

/* The first one stands. */
void proxy_fail(struct proxy *p, enum proxy_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* It speaks something else: `what`, and the first of what it says. */
void proxy_fail_broken(struct proxy *p, const char *what);

/* The greeting goes out; the request is ready for later. */
void proxy_socks_ask(struct proxy *p, const char *host, uint16_t port);
void proxy_socks_take(struct proxy *p, char c);
#endif
