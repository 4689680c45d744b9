/* url.c - scheme://host[:port] of the configuration or a venue's table, to an endpoint.
 *
 * Limits Four schemes; no path, no user.  Whether a plain one is allowed is decided where
 *        the address is known (net/conn.h).
 */
#include "feed/inside.h"
#include "base/num.h"

static const struct { struct slice head; bool secure; uint16_t port; } scheme[] = {
	{ SLICE_INIT("wss://"), true, 443 }, { SLICE_INIT("https://"), true, 443 },
	{ SLICE_INIT("ws://"), false, 80 },  { SLICE_INIT("http://"), false, 80 },
};

bool
url_read(const char *url, const struct feed_venue *v, struct conn_endpoint *out,
         char *name, size_t name_size)
{
	struct slice rest = slice_str(url), host;
	int64_t port = 0;
	uint16_t usual = 0;

	*out = (struct conn_endpoint){ .backend = v->backend, .trust = v->trust };
	for (size_t i = 0; i < sizeof scheme / sizeof scheme[0]; i++)
		if (slice_starts(rest, scheme[i].head)) {
			rest = slice_after(rest, scheme[i].head.count);
			out->secure = scheme[i].secure;
			usual = scheme[i].port;
			break;
		}
	if (usual == 0)
		return false;
	if (slice_ends(rest, SLICE("/")))
		rest.count--;
	if (!slice_copy(rest, name, name_size))
		return false;
	if (slice_starts(rest, SLICE("["))) {
		rest = slice_after(rest, 1);
		host = slice_cut(&rest, ']');
		if (rest.count > 0 && rest.at[0] != ':')
			return false;
		if (rest.count > 0)
			rest = slice_after(rest, 1);
	} else {
		host = slice_cut(&rest, ':');
	}
	port = usual;
	if (rest.count > 0 && (!num_int64(rest, &port) || port < 1 || port > 65535))
		return false;
	out->port = (uint16_t)port;
	if (host.count == 0 || memchr(host.at, '/', host.count) != NULL ||
	    memchr(host.at, '@', host.count) != NULL ||
	    !slice_copy(host, out->host, sizeof out->host))
		return false;
	return slice_copy(slice_str(v->proxy), out->proxy, sizeof out->proxy);
}
