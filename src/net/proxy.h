/* proxy.h - the way through a proxy as an engine: bytes in, bytes out.
 *
 *   http://   CONNECT (RFC 9110 9.3.6), Basic authorization if a user is given
 *   socks5:// RFC 1928, user and password (RFC 1929) if given; the name goes to the
 *             proxy, which looks it up ("remote DNS")
 *
 * The owner sends proxy_output and feeds what comes, in pieces of any size.  From
 * PROXY_OPEN on the bytes belong to what lies behind the proxy: proxy_receive takes
 * none of them.  A failed engine stays so.  Nothing a proxy sends makes it hang or
 * grow: an answer is at most PROXY_ANSWER_BYTES_MAX long.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H
#include "base/slice.h"
#include "base/text.h"
#include "net/dns.h"
#include <stdbool.h>
#include <stdint.h>

enum { PROXY_ANSWER_BYTES_MAX = 16384, PROXY_WORD_BYTES_MAX = 255 };

enum proxy_kind { PROXY_NONE, PROXY_HTTP, PROXY_SOCKS5 };

struct proxy_url {
	uint8_t kind;              /* enum proxy_kind; PROXY_NONE: no proxy */
	bool has_user;
	uint16_t port;
	char host[DNS_NAME_BYTES]; /* name or address, without brackets */
	char user[PROXY_WORD_BYTES_MAX + 1];
	char password[PROXY_WORD_BYTES_MAX + 1];
};

/* "http://user:password@host:port", "socks5://[::1]:1080", "" for none.  %XX in user
 * and password is resolved.  Without a port: 80 and 1080.  False: `why` gets a
 * sentence without the secret. */
bool proxy_url_read(struct slice text, struct proxy_url *out, struct text *why);

#define PROXY_REASONS(X)                                                       \
	X(NONE,      "none")                                                   \
	X(LOGIN,     "proxy_wants_login")      /* user and password, and none given */ \
	X(PASSWORD,  "proxy_login_refused")                                    \
	X(DENIED,    "proxy_denied")           /* its rules forbid it */        \
	X(UNREACHED, "proxy_cannot_reach")     /* the host behind it */         \
	X(BROKEN,    "proxy_answer_broken")    /* it speaks something else */   \
	X(LONG,      "proxy_answer_too_long")                                  \
	X(TRUNCATED, "proxy_ended")

enum proxy_reason {
#define X(name, text) PROXY_REASON_##name,
	PROXY_REASONS(X)
#undef X
	PROXY_REASON_COUNT
};

const char *proxy_reason_text(enum proxy_reason reason);

enum proxy_state { PROXY_IDLE, PROXY_WAITING, PROXY_OPEN, PROXY_FAILED };

struct proxy {
	uint8_t state;    /* enum proxy_state */
	uint8_t reason;   /* enum proxy_reason */
	char detail[160]; /* a sentence for a person */
	/* insides */
	const struct proxy_url *url;
	uint8_t step;
	uint16_t taken;   /* bytes of the answer so far */
	uint16_t line_count;
	uint16_t want;    /* SOCKS5: bytes of the present message */
	int status;       /* HTTP: of the present answer */
	char line[512];   /* HTTP: the present line; SOCKS5: the present message */
	char request[384]; /* SOCKS5: what is asked once the login is over */
	uint16_t request_count;
	uint16_t out_count, out_sent;
	char out[1536];
};

/* `url` is kept; `host` is a name or an address, without brackets. */
void proxy_init(struct proxy *p, const struct proxy_url *url, const char *host,
                uint16_t port);

/* Takes the front of `bytes` and returns how many; all, until it is open. */
size_t proxy_receive(struct proxy *p, struct slice bytes);

/* The proxy hung up. */
void proxy_receive_end(struct proxy *p);

/* What it wants to say; proxy_sent takes `count` off its front. */
struct slice proxy_output(const struct proxy *p);
void proxy_sent(struct proxy *p, size_t count);
#endif
