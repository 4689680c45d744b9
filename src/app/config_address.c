/* config_address.c - HOST:PORT and URLs of the configuration.
 *
 * Why    A wrong address should be told at start, with its line, and not as a
 *        failed connect at night.  And plain ws:// and http:// are for one's own
 *        machine or network: what goes there can be read and changed on the way.
 * Limits An address written as digits is judged here.  A name is not looked up:
 *        who connects refuses the plain link unless all its addresses are loopback
 *        or private.
 */
#include "app/config_value.h"
#include "base/num.h"
#include "base/reach.h"
#include <arpa/inet.h>
#include <string.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum config_reach
config_reach_of(const char *host)
{
	static const enum config_reach reach[] = {
		[REACH_LOOPBACK] = CONFIG_REACH_LOOPBACK,
		[REACH_PRIVATE] = CONFIG_REACH_PRIVATE,
		[REACH_PUBLIC] = CONFIG_REACH_PUBLIC,
		[REACH_NOWHERE] = CONFIG_REACH_ANY,
	};
	unsigned char a[16];

	if (inet_pton(AF_INET, host, a) == 1)
		return reach[reach_of(a, 4)];
	if (inet_pton(AF_INET6, host, a) == 1)
		return reach[reach_of(a, 16)];
	return CONFIG_REACH_NAME;
}

/* A host name of letters, digits, '-' and '_'.  One whose last label is a number
 * would be taken for an address by some resolvers ("127.1", "0x7f.1"): refused. */
static bool
is_name(const char *host)
{
	size_t label = 0;
	const char *last = host;

	for (const char *c = host; *c != '\0'; c++) {
		if (*c == '.') {
			if (label == 0 || c[-1] == '-')
				return false;
			label = 0;
			last = c + 1;
		} else if (is_digit(*c) || (*c >= 'a' && *c <= 'z') || *c == '_' ||
		           (*c == '-' && label > 0)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	return label > 0 && !is_digit(last[0]);
}

static bool
read_port(struct slice text, bool may_be_0, uint16_t *out)
{
	uint64_t port;

	if (text.count == 0 || text.count > 5 || !num_uint64(text, &port) || port > 65535 ||
	    (port == 0 && !may_be_0))
		return false;
	*out = (uint16_t)port;
	return true;
}

bool
config_address_read(struct slice text, int port_default, bool port_may_be_0,
                    struct config_address *out, struct text *why)
{
	struct config_address a = { .port = (uint16_t)(port_default > 0 ? port_default : 0) };
	struct slice rest = text, host;
	bool is_v6 = text.count > 0 && text.at[0] == '[';

	if (is_v6) {
		rest = slice_after(text, 1);
		host = slice_cut(&rest, ']');
		if (host.at + host.count == text.at + text.count) {
			text_str(why, "lacks the closing ]");
			return false;
		}
		if (rest.count > 0 && rest.at[0] != ':') {
			text_str(why, "has something behind the ] that is no :PORT");
			return false;
		}
	} else {
		size_t colons = 0;

		for (size_t i = 0; i < text.count; i++)
			colons += text.at[i] == ':';
		if (colons > 1) {
			text_str(why, "has more than one colon; an IPv6 address stands in [ ]");
			return false;
		}
		host = slice_cut(&rest, ':');
		rest = slice_after(text, host.count);
	}
	if (rest.count > 0) {
		if (!read_port(slice_after(rest, 1), port_may_be_0, &a.port)) {
			text_str(why, "has no port from 1 to 65535 behind the colon");
			return false;
		}
	} else if (port_default < 0) {
		text_str(why, "lacks a port: HOST:PORT");
		return false;
	}
	for (size_t i = 0; i < host.count && i < sizeof a.host - 1; i++)
		a.host[i] = lower(host.at[i]);
	if (host.count == 0 || host.count >= sizeof a.host ||
	    memchr(host.at, '\0', host.count) != NULL) {
		text_str(why, host.count == 0 ? "lacks a host" : "has a host that is no name");
		return false;
	}
	if (is_v6 != (strchr(a.host, ':') != NULL) ||
	    (is_v6 && config_reach_of(a.host) == CONFIG_REACH_NAME)) {
		text_str(why, "has something between [ and ] that is no IPv6 address");
		return false;
	}
	if (config_reach_of(a.host) == CONFIG_REACH_NAME && !is_name(a.host)) {
		text_str(why, "has a host that is neither a name nor an address");
		return false;
	}
	*out = a;
	return true;
}

static void
put_host(const char *host, struct text *out)
{
	text_format(out, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
}

void
config_address_put(const struct config_address *a, struct text *out)
{
	put_host(a->host, out);
	text_char(out, ':');
	text_uint(out, a->port);
}

struct scheme { const char *name; bool plain; };

/* The first is the one to offer. */
static const struct scheme *
schemes_of(enum config_type type)
{
	static const struct scheme ws[] = { { "wss", false }, { "ws", true }, { NULL, false } };
	static const struct scheme web[] = { { "https", false }, { "http", true },
	                                     { NULL, false } };
	/* Through a proxy goes TLS only, whatever the way to the proxy is. */
	static const struct scheme proxy[] = { { "http", false }, { "socks5", false },
	                                       { NULL, false } };

	return type == CONFIG_URL_WS ? ws : type == CONFIG_URL_PROXY ? proxy : web;
}

static const struct scheme *
read_scheme(enum config_type type, struct slice text, struct text *why)
{
	const struct scheme *list = schemes_of(type);

	for (const struct scheme *s = list; s->name != NULL; s++) {
		size_t i = 0;

		while (s->name[i] != '\0' && i < text.count && lower(text.at[i]) == s->name[i])
			i++;
		if (s->name[i] == '\0' && slice_starts(slice_after(text, i), SLICE("://")))
			return s;
	}
	text_str(why, "does not begin with ");
	for (const struct scheme *s = list; s->name != NULL; s++)
		text_format(why, "%s%s://", s == list ? "" : " or ", s->name);
	return NULL;
}

/* Bytes that may stand in a path or query; others must be written as %XX. */
static bool
is_path(struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || strchr("\"<>\\^`{|}#", s.at[i]) != NULL)
			return false;
	return true;
}

static bool
is_user(struct slice s)
{
	return is_path(s) && s.count > 0 && memchr(s.at, '/', s.count) == NULL &&
	       memchr(s.at, '?', s.count) == NULL;
}

/* Checks what stands behind the host; `path` loses a slash that says nothing. */
static bool
check_path(enum config_type type, struct slice *path, struct text *why)
{
	bool has_path = type == CONFIG_URL_WEB || type == CONFIG_URL_BASE;

	if (slice_is(*path, "/") || (type == CONFIG_URL_BASE && slice_ends(*path, SLICE("/"))))
		path->count--;
	if (!has_path && path->count > 0) {
		text_str(why, type == CONFIG_URL_PROXY
		                      ? "has a path; only scheme, host and port stand here"
		                      : "has a path; only scheme, host and port are replaced");
		return false;
	}
	if (type == CONFIG_URL_BASE && memchr(path->at, '?', path->count) != NULL) {
		text_str(why, "has a query");
		return false;
	}
	if (!is_path(*path)) {
		text_str(why, "has a character in its path that must be written as %XX");
		return false;
	}
	return true;
}

bool
config_url_read(enum config_type type, struct slice text, char *to, size_t size,
                struct text *why)
{
	const struct scheme *scheme = read_scheme(type, text, why);
	struct slice user = { NULL, 0 }, host, path;
	struct config_address a;
	struct text out;
	enum config_reach reach;
	char canonical[CONFIG_SECRET_BYTES];
	size_t count = 0;

	if (scheme == NULL)
		return false;
	host = slice_after(text, strlen(scheme->name) + 3);
	while (count < host.count && strchr("/?#", host.at[count]) == NULL)
		count++;
	path = slice_after(host, count);
	host.count = count;
	for (size_t i = 0; i < host.count; i++)
		if (host.at[i] == '@')
			user = slice_of(host.at, i + 1);
	host = slice_after(host, user.count);
	if (user.count > 0 && (type != CONFIG_URL_PROXY ||
	                       !is_user(slice_of(user.at, user.count - 1)))) {
		text_str(why, type == CONFIG_URL_PROXY
		                      ? "has a character before the @ that must be written as %XX"
		                      : "has a user or password in it, which is not supported");
		return false;
	}
	if (!config_address_read(host, type == CONFIG_URL_PROXY ? -1 : 0, false, &a, why) ||
	    !check_path(type, &path, why))
		return false;
	reach = config_reach_of(a.host);
	if (reach == CONFIG_REACH_ANY ||
	    (scheme->plain && reach == CONFIG_REACH_PUBLIC)) {
		text_str(why, reach == CONFIG_REACH_ANY
		                      ? "has an address nobody can be reached at"
		                      : "is not encrypted, and its address is neither loopback "
		                        "nor private");
		if (reach != CONFIG_REACH_ANY)
			text_format(why, "; use %s://", schemes_of(type)->name);
		return false;
	}
	out = text_init(canonical, sizeof canonical);
	text_format(&out, "%s://", scheme->name);
	text_put(&out, user);
	put_host(a.host, &out);
	if (a.port != 0)
		text_format(&out, ":%u", (unsigned)a.port);
	text_put(&out, path);
	if (out.cut || !slice_copy(text_slice(&out), to, size)) {
		text_format(why, "is longer than %zu bytes", size - 1);
		return false;
	}
	return true;
}
