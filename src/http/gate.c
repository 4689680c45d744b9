/* gate.c - who may ask; see the header.
 *
 * Source RFC 6750 section 2.1 (Bearer), RFC 6454 section 7 (Origin), RFC 9110
 *        section 7.2 (Host).
 */
#include "http/gate.h"
#include "base/reach.h"
#include <arpa/inet.h>
#include <string.h>

enum { HOST_BYTES = 64 }; /* longer ones are no address and not localhost */

bool
gate_init(struct gate *g, const char *token)
{
	memset(g, 0, sizeof *g);
	g->token_count = strlen(token);
	if (g->token_count >= sizeof g->token)
		return false;
	for (size_t i = 0; i < g->token_count; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	memcpy(g->token, token, g->token_count);
	return true;
}

/* --- token ---------------------------------------------------------------------- */

/* Takes as long for a token that is wrong in its first byte as for one that is wrong in
 * its last: how long an answer takes tells nothing but the length that was sent. */
static bool
is_token_of(const struct gate *g, struct slice given)
{
	volatile unsigned differs = given.count != g->token_count;

	for (size_t i = 0; i < given.count; i++)
		differs |= (unsigned char)(given.at[i] ^ g->token[i % g->token_count]);
	return differs == 0;
}

static bool
shows_token(const struct gate *g, const struct request *r)
{
	struct slice given = request_header(r, "Authorization"), scheme;

	if (g->token_count == 0 || given.at == NULL ||
	    request_header_at(r, "Authorization", 1).at != NULL)
		return false;
	scheme = slice_cut(&given, ' ');
	while (given.count > 0 && given.at[0] == ' ')
		given = slice_after(given, 1);
	return slice_same_word(scheme, SLICE("Bearer")) && is_token_of(g, given);
}

/* What a probe of a container or a load balancer asks, which has no secrets. */
static bool
is_probe(struct slice path)
{
	return slice_is(path, "/livez") || slice_is(path, "/readyz");
}

/* --- host ----------------------------------------------------------------------- */

/* "HOST", "HOST:PORT", "[V6]:PORT": the host without brackets; false: none of them. */
static bool
split_host(struct slice text, char *host, size_t size)
{
	const bool is_v6 = text.count > 0 && text.at[0] == '[';
	struct slice port = is_v6 ? slice_after(text, 1) : text;
	struct slice name = slice_cut(&port, is_v6 ? ']' : ':');

	if (is_v6) {
		if (port.at == NULL || (port.count > 0 && port.at[0] != ':'))
			return false;
		if (port.count > 0)
			port = slice_after(port, 1);
	}
	if (port.count > 5)
		return false;
	for (size_t i = 0; i < port.count; i++)
		if (port.at[i] < '0' || port.at[i] > '9')
			return false;
	if (name.count == 0 || memchr(name.at, '\0', name.count) != NULL ||
	    (is_v6 && memchr(name.at, ':', name.count) == NULL))
		return false;
	return slice_copy(name, host, size);
}

/* ::ffff:a.b.c.d is a.b.c.d. */
static const unsigned char *
plain(const unsigned char *address, size_t *count)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (*count != 16 || memcmp(address, mapped, sizeof mapped) != 0)
		return address;
	*count = 4;
	return address + sizeof mapped;
}

static bool
is_host_ours(const struct gate_way *way, struct slice text)
{
	char host[HOST_BYTES];
	unsigned char digits[16];
	const unsigned char *asked, *own;
	size_t asked_count, own_count = way->own_count;

	if (!split_host(text, host, sizeof host))
		return false;
	if (slice_same_word(slice_str(host), SLICE("localhost")))
		return true;
	if (inet_pton(AF_INET, host, digits) == 1)
		asked_count = 4;
	else if (inet_pton(AF_INET6, host, digits) == 1)
		asked_count = 16;
	else
		return false;
	if (reach_of(digits, asked_count) == REACH_LOOPBACK)
		return true;
	asked = plain(digits, &asked_count);
	own = plain(way->own, &own_count);
	return asked_count == own_count && memcmp(asked, own, own_count) == 0;
}

static bool
is_origin_ours(const struct request *r)
{
	struct slice origin = request_header(r, "Origin");

	if (origin.at == NULL)
		return true;
	if (request_header_at(r, "Origin", 1).at != NULL)
		return false;
	/* https where something in front of us speaks TLS. */
	if (slice_starts(origin, SLICE("http://")))
		origin = slice_after(origin, 7);
	else if (slice_starts(origin, SLICE("https://")))
		origin = slice_after(origin, 8);
	else
		return false;
	return origin.count > 0 && slice_same_word(origin, r->host);
}

int
gate_judge(const struct gate *g, const struct gate_way *way, const struct request *r,
           const char **words_out)
{
	bool is_known;

	*words_out = NULL;
	if (way->is_unix)
		return 0;
	is_known = shows_token(g, r);
	if (!is_known && !is_host_ours(way, r->host)) {
		*words_out = "The Host of the request is none of ours: ask by localhost or by the "
		             "address of this machine.";
		return 403;
	}
	if (!is_origin_ours(r)) {
		*words_out = "The request comes from a page of another site.";
		return 403;
	}
	if (g->token_count > 0 && !is_known && !is_probe(r->path)) {
		*words_out = "A token is needed: Authorization: Bearer TOKEN, with that of "
		             "http.token.";
		return 401;
	}
	return 0;
}
