/* proxy.c - the engine, and CONNECT; SOCKS5 is proxy_socks.c.  See the header.
 *
 * Input  the proxy's bytes, one or many at a time.
 * Output the request, and in the end an open way or a sentence why not.
 * Limits an HTTP answer is a status line of 500 bytes at most and headers that
 *        nobody reads; answers of 1xx before it are passed over.  A successful
 *        CONNECT has no body whatever its headers say (RFC 9110 9.3.6).
 *
 *   LINE ─> HEADER ─> open             (1xx: back to LINE)
 */
#include "net/proxy_internal.h"
#include "base/check.h"
#include "net/cert.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
proxy_reason_text(enum proxy_reason reason)
{
	static const char *const text[] = {
#define X(name, text) text,
		PROXY_REASONS(X)
#undef X
	};

	return reason >= 0 && reason < PROXY_REASON_COUNT ? text[reason] : "unknown";
}

void
proxy_fail(struct proxy *p, enum proxy_reason reason, const char *format, ...)
{
	va_list list;

	if (p->state == PROXY_FAILED)
		return;
	p->state = PROXY_FAILED;
	p->reason = (uint8_t)reason;
	va_start(list, format);
	vsnprintf(p->detail, sizeof p->detail, format, list);
	va_end(list);
}

/* --- what we say ----------------------------------------------------------------- */

static void
put_login(struct text *t, const char *user, const char *password)
{
	char plain[2 * PROXY_WORD_BYTES_MAX + 1];
	struct text login = text_init(plain, sizeof plain);

	text_str(&login, user);
	text_char(&login, ':');
	text_str(&login, password);
	ASSERT(!login.cut);
	text_base64(t, text_slice(&login));
}

static void
ask_http(struct proxy *p, const char *host, uint16_t port)
{
	const bool is_v6 = strchr(host, ':') != NULL;
	char place[DNS_NAME_BYTES + 16];
	struct text t = text_init(p->out, sizeof p->out);

	snprintf(place, sizeof place, is_v6 ? "[%s]:%u" : "%s:%u", host, (unsigned)port);
	text_str(&t, "CONNECT ");
	text_str(&t, place);
	text_str(&t, " HTTP/1.1\r\nHost: ");
	text_str(&t, place);
	text_str(&t, "\r\n");
	if (p->url->has_user) {
		text_str(&t, "Proxy-Authorization: Basic ");
		put_login(&t, p->url->user, p->url->password);
		text_str(&t, "\r\n");
	}
	text_str(&t, "\r\n");
	ASSERT(!t.cut);
	p->out_count = (uint16_t)t.count;
	p->step = PROXY_STEP_LINE;
}

void
proxy_init(struct proxy *p, const struct proxy_url *url, const char *host, uint16_t port)
{
	ASSERT(url->kind == PROXY_HTTP || url->kind == PROXY_SOCKS5);
	memset(p, 0, sizeof *p);
	p->url = url;
	p->state = PROXY_WAITING;
	if (url->kind == PROXY_HTTP)
		ask_http(p, host, port);
	else
		proxy_socks_ask(p, host, port);
}

/* --- what it says ------------------------------------------------------------ */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
proxy_fail_broken(struct proxy *p, const char *what)
{
	char begin[48];
	struct text seen = text_init(begin, sizeof begin - 1);

	cert_plain_text(&seen, slice_of(p->line, p->line_count), 32);
	begin[seen.count] = '\0';
	proxy_fail(p, PROXY_REASON_BROKEN, "the proxy %s; it says \"%s\"", what, begin);
}

static void
judge_status(struct proxy *p)
{
	char words[80];
	struct text seen = text_init(words, sizeof words - 1);

	cert_plain_text(&seen, slice_of(p->line + 9, p->line_count - 9u), 64);
	words[seen.count] = '\0';
	if (p->status == 407 && p->url->has_user)
		proxy_fail(p, PROXY_REASON_PASSWORD, "the proxy refused user and password (%s)", words);
	else if (p->status == 407)
		proxy_fail(p, PROXY_REASON_LOGIN, "the proxy wants user and password (%s)", words);
	else if (p->status == 502 || p->status == 503 || p->status == 504)
		proxy_fail(p, PROXY_REASON_UNREACHED, "the proxy cannot reach the host (%s)", words);
	else if (p->status < 100)
		proxy_fail_broken(p, "answers with a status that is none");
	else if (p->status >= 300 || p->status == 101)
		proxy_fail(p, PROXY_REASON_DENIED, "the proxy does not let us through (%s)", words);
}

/* "HTTP/1.1 200 Connection established"; the words may be missing. */
static void
read_status(struct proxy *p)
{
	const char *l = p->line;

	if (p->line_count < 12 || l[8] != ' ' || !is_digit(l[9]) || !is_digit(l[10]) ||
	    !is_digit(l[11]) || (p->line_count > 12 && l[12] != ' ')) {
		proxy_fail_broken(p, "answers with a status line that is none");
		return;
	}
	p->status = (l[9] - '0') * 100 + (l[10] - '0') * 10 + (l[11] - '0');
	judge_status(p);
	p->step = PROXY_STEP_HEADER;
	p->line_count = 0;
}

/* Only the length of a header line matters: the empty one ends the answer. */
static void
take_header(struct proxy *p, char c)
{
	if (c == '\r')
		return;
	if (c != '\n') {
		p->line_count = 1;
		return;
	}
	if (p->line_count != 0) {
		p->line_count = 0;
		return;
	}
	if (p->status >= 200)
		p->state = PROXY_OPEN;
	p->step = PROXY_STEP_LINE;
}

static void
take_http(struct proxy *p, char c)
{
	static const char head[] = "HTTP/1.";
	const size_t head_count = sizeof head - 1;
	size_t at;

	if (p->step == PROXY_STEP_HEADER) {
		take_header(p, c);
		return;
	}
	if (c == '\n') {
		if (p->line_count > 0 && p->line[p->line_count - 1] == '\r')
			p->line_count--;
		read_status(p);
		return;
	}
	if (p->line_count >= sizeof p->line) {
		proxy_fail(p, PROXY_REASON_LONG, "the proxy's status line has no end");
		return;
	}
	at = p->line_count++;
	p->line[at] = c;
	if (at < head_count ? c != head[at] : at == head_count && !is_digit(c))
		proxy_fail_broken(p, "does not answer in HTTP");
}

/* --- the engine --------------------------------------------------------------------- */

size_t
proxy_receive(struct proxy *p, struct slice bytes)
{
	size_t taken = 0;

	while (p->state == PROXY_WAITING && taken < bytes.count) {
		if (p->taken == PROXY_ANSWER_BYTES_MAX) {
			proxy_fail(p, PROXY_REASON_LONG, "the proxy's answer has no end");
			break;
		}
		p->taken++;
		if (p->url->kind == PROXY_HTTP)
			take_http(p, bytes.at[taken++]);
		else
			proxy_socks_take(p, bytes.at[taken++]);
	}
	return p->state == PROXY_OPEN ? taken : bytes.count;
}

void
proxy_receive_end(struct proxy *p)
{
	if (p->state == PROXY_WAITING)
		proxy_fail(p, PROXY_REASON_TRUNCATED, p->taken == 0
		     ? "the proxy hung up before it said anything"
		     : "the proxy hung up in the middle of its answer");
}

struct slice
proxy_output(const struct proxy *p)
{
	return slice_of(p->out + p->out_sent, (size_t)(p->out_count - p->out_sent));
}

void
proxy_sent(struct proxy *p, size_t count)
{
	ASSERT(count <= (size_t)(p->out_count - p->out_sent));
	p->out_sent = (uint16_t)(p->out_sent + count);
}
