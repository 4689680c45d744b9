/* proxy_socks.c - SOCKS5, spoken by the client's side.
 *
 * Input  the proxy's bytes, one at a time.
 * Output greeting, login, request; an open way or a sentence why not.
 * Limits a message of the proxy is at most 262 bytes, as its own lengths are a byte.
 *
 *   METHOD ─> [LOGIN] ─> REPLY ─> open
 *
 * Sources: RFC 1928, RFC 1929.
 */
#include "net/proxy_internal.h"
#include "base/check.h"
#include <arpa/inet.h>
#include <string.h>

enum { METHOD_NONE = 0, METHOD_LOGIN = 2, METHOD_REFUSED = 255 };

enum { REPLY_HEAD = 2, REPLY_FRONT = 5 };

/* --- what we say ----------------------------------------------------------------- */

static void
put(struct proxy *p, const void *bytes, size_t count)
{
	/* Sent before the proxy answers; still, the front may be waiting. */
	if (p->out_sent == p->out_count)
		p->out_sent = p->out_count = 0;
	ASSERT(count <= sizeof p->out - p->out_count);
	memcpy(p->out + p->out_count, bytes, count);
	p->out_count = (uint16_t)(p->out_count + count);
}

/* The request waits until the login is over; the greeting goes at once. */
void
proxy_socks_ask(struct proxy *p, const char *host, uint16_t port)
{
	static const char with_login[] = { 5, 2, METHOD_NONE, METHOD_LOGIN };
	static const char without[] = { 5, 1, METHOD_NONE };
	unsigned char address[16];
	char *r = p->request;
	size_t count = 0, name_count = strlen(host);

	r[count++] = 5;
	r[count++] = 1; /* CONNECT */
	r[count++] = 0;
	if (inet_pton(AF_INET, host, address) == 1) {
		r[count++] = 1;
		memcpy(r + count, address, 4);
		count += 4;
	} else if (inet_pton(AF_INET6, host, address) == 1) {
		r[count++] = 4;
		memcpy(r + count, address, 16);
		count += 16;
	} else {
		ASSERT(name_count < DNS_NAME_BYTES);
		r[count++] = 3;
		r[count++] = (char)name_count;
		memcpy(r + count, host, name_count);
		count += name_count;
	}
	r[count++] = (char)(port >> 8);
	r[count++] = (char)(port & 255);
	p->request_count = (uint16_t)count;
	if (p->url->has_user)
		put(p, with_login, sizeof with_login);
	else
		put(p, without, sizeof without);
	p->step = PROXY_STEP_METHOD;
	p->want = 2;
}

/* RFC 1929 has no place for an empty password, yet servers take one. */
static void
say_login(struct proxy *p)
{
	char login[3 + 2 * PROXY_WORD_BYTES_MAX];
	size_t user = strlen(p->url->user), password = strlen(p->url->password), count = 0;

	login[count++] = 1;
	login[count++] = (char)user;
	memcpy(login + count, p->url->user, user);
	count += user;
	login[count++] = (char)password;
	memcpy(login + count, p->url->password, password);
	count += password;
	put(p, login, count);
}

/* --- what it says ---------------------------------------------------------------- */

static const struct {
	uint8_t reason;
	const char *words;
} reply_table[] = {
	[1] = { PROXY_REASON_UNREACHED, "general failure" },
	[2] = { PROXY_REASON_DENIED, "not allowed by its rules" },
	[3] = { PROXY_REASON_UNREACHED, "network unreachable" },
	[4] = { PROXY_REASON_UNREACHED, "host unreachable" },
	[5] = { PROXY_REASON_UNREACHED, "connection refused" },
	[6] = { PROXY_REASON_UNREACHED, "TTL expired" },
	[7] = { PROXY_REASON_DENIED, "CONNECT not supported" },
	[8] = { PROXY_REASON_DENIED, "kind of address not supported" },
};

static void
next_message(struct proxy *p, enum proxy_step step, uint16_t want)
{
	p->step = (uint8_t)step;
	p->want = want;
	p->line_count = 0;
}

static void
read_method(struct proxy *p)
{
	const int method = (unsigned char)p->line[1];

	if (method == METHOD_NONE) {
		put(p, p->request, p->request_count);
		next_message(p, PROXY_STEP_REPLY, REPLY_HEAD);
	} else if (method == METHOD_LOGIN && p->url->has_user) {
		say_login(p);
		next_message(p, PROXY_STEP_LOGIN, 2);
	} else if (method == METHOD_REFUSED) {
		proxy_fail(p, p->url->has_user ? PROXY_REASON_DENIED : PROXY_REASON_LOGIN,
		     p->url->has_user ? "the proxy takes neither a login nor none"
		                      : "the proxy wants user and password");
	} else {
		proxy_fail(p, PROXY_REASON_BROKEN, "the proxy chose method %d, which nobody offered",
		     method);
	}
}

static void
read_login(struct proxy *p)
{
	/* Version 1 by the RFC; some say 5 and mean the same. */
	if (p->line[1] != 0) {
		proxy_fail(p, PROXY_REASON_PASSWORD, "the proxy refused user and password");
		return;
	}
	put(p, p->request, p->request_count);
	next_message(p, PROXY_STEP_REPLY, REPLY_HEAD);
}

/* Version, reply, 0, kind of address, address, port.  Two bytes tell whether it went
 * well, five how many more there are; who refuses may say no more than two. */
static void
read_reply(struct proxy *p)
{
	const unsigned reply = (unsigned char)p->line[1], kind = (unsigned char)p->line[3];

	if (reply != 0) {
		const bool known = reply < sizeof reply_table / sizeof reply_table[0];

		proxy_fail(p, known ? (enum proxy_reason)reply_table[reply].reason
		              : PROXY_REASON_UNREACHED,
		     "the proxy cannot reach the host (%s, %u)",
		     known ? reply_table[reply].words : "unknown reply", reply);
	} else if (p->want == REPLY_HEAD) {
		p->want = REPLY_FRONT;
	} else if (p->want > REPLY_FRONT) {
		p->state = PROXY_OPEN;
	} else if (kind == 1) {
		p->want = 4 + 4 + 2;
	} else if (kind == 3) {
		p->want = (uint16_t)(4 + 1 + (unsigned char)p->line[4] + 2);
	} else if (kind == 4) {
		p->want = 4 + 16 + 2;
	} else {
		proxy_fail(p, PROXY_REASON_BROKEN, "the proxy answers with an address of kind %u", kind);
	}
}

void
proxy_socks_take(struct proxy *p, char c)
{
	ASSERT(p->line_count < sizeof p->line);
	p->line[p->line_count++] = c;
	if (p->line_count == 1 && p->step != PROXY_STEP_LOGIN && c != 5) {
		proxy_fail_broken(p, "does not speak SOCKS5");
		return;
	}
	if (p->line_count < p->want)
		return;
	if (p->step == PROXY_STEP_METHOD)
		read_method(p);
	else if (p->step == PROXY_STEP_LOGIN)
		read_login(p);
	else
		read_reply(p);
}
