/* proxy_url.c - reads "http://user:password@host:port" and its sisters.
 *
 * Why    The configuration judged the text already; what opens a connection reads
 *        it once more, into the parts that go on the wire.
 * Limits user and password 255 bytes each (RFC 1929), no NUL in them; a ':' cannot
 *        stand in the user of an HTTP proxy (RFC 7617).
 */
#include "base/num.h"
#include "net/proxy.h"
#include <string.h>

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* %XX resolved; false: broken, a NUL, or too long for `to`. */
static bool
read_word(struct slice s, char to[PROXY_WORD_BYTES_MAX + 1])
{
	size_t count = 0;

	for (size_t i = 0; i < s.count; i++) {
		int c = (unsigned char)s.at[i];

		if (c == '%') {
			int high = i + 2 < s.count ? hex_value(s.at[i + 1]) : -1;
			int low = i + 2 < s.count ? hex_value(s.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high * 16 + low;
			i += 2;
		}
		if (c == 0 || count == PROXY_WORD_BYTES_MAX)
			return false;
		to[count++] = (char)c;
	}
	to[count] = '\0';
	return true;
}

/* Behind the last '@': a password may hold one, a host may not. */
static struct slice
cut_login(struct slice *rest, bool *found)
{
	size_t at = rest->count;
	struct slice login;

	while (at > 0 && rest->at[at - 1] != '@')
		at--;
	*found = at > 0;
	if (at == 0)
		return slice_of(rest->at, 0);
	login = slice_of(rest->at, at - 1);
	*rest = slice_after(*rest, at);
	return login;
}

/* What may stand in a request line without being taken for something else. */
static bool
is_host(struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("/@[]?#\"\\", s.at[i]) != NULL)
			return false;
	return s.count > 0 && s.count < DNS_NAME_BYTES;
}

static bool
read_place(struct slice rest, struct proxy_url *u, struct text *why)
{
	struct slice host;
	uint64_t port = u->port;
	bool has_port = false;

	if (rest.count > 0 && rest.at[0] == '[') {
		const char *end = rest.at + rest.count;

		rest = slice_after(rest, 1);
		host = slice_cut(&rest, ']');
		if (host.at + host.count == end)
			host.count = 0; /* no ] */
		has_port = rest.count > 0;
		if (has_port && slice_cut(&rest, ':').count != 0) {
			text_str(why, "the proxy has something behind the ]");
			return false;
		}
	} else {
		const char *end = rest.at + rest.count;

		host = slice_cut(&rest, ':');
		has_port = host.at + host.count != end;
	}
	if (!is_host(host) || !slice_copy(host, u->host, sizeof u->host)) {
		text_str(why, "the proxy lacks a host");
		return false;
	}
	if (has_port && (!num_uint64(rest, &port) || port == 0 || port > 65535)) {
		text_str(why, "the proxy has no port from 1 to 65535");
		return false;
	}
	u->port = (uint16_t)port;
	return true;
}

bool
proxy_url_read(struct slice text, struct proxy_url *out, struct text *why)
{
	static const struct {
		struct slice scheme;
		uint8_t kind;
		uint16_t port;
	} known[] = {
		{ SLICE_INIT("http://"), PROXY_HTTP, 80 },
		{ SLICE_INIT("socks5://"), PROXY_SOCKS5, 1080 },
	};
	struct slice rest = text, login, user;

	memset(out, 0, sizeof *out);
	if (text.count == 0)
		return true;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (!slice_starts(text, known[i].scheme))
			continue;
		out->kind = known[i].kind;
		out->port = known[i].port;
		rest = slice_after(text, known[i].scheme.count);
	}
	if (out->kind == PROXY_NONE) {
		text_str(why, "the proxy does not begin with http:// or socks5://");
		return false;
	}
	if (slice_ends(rest, SLICE("/")))
		rest.count--;
	login = cut_login(&rest, &out->has_user);
	user = slice_cut(&login, ':');
	if (out->has_user &&
	    (user.count == 0 || !read_word(user, out->user) || !read_word(login, out->password) ||
	     (out->kind == PROXY_HTTP && strchr(out->user, ':') != NULL))) {
		text_str(why, "the proxy's user or password is none");
		return false;
	}
	return read_place(rest, out, why);
}
