/* tls_session.c - the store of sessions.
 *
 * Why    A reconnect storm of twenty links costs 70 ms of handshakes.
 * Limits searched one by one: sixteen, and only when a connection opens.
 */
#include "net/tls_session.h"
#include <string.h>

bool
tls_session_init(struct tls_sessions *s, struct arena *boot)
{
	s->clock = 0;
	s->session = arena_take(boot, "tls sessions", TLS_SESSIONS_MAX, sizeof s->session[0]);
	return s->session != NULL;
}

static struct tls_session *
find(struct tls_sessions *s, const struct tls_session_key *key)
{
	for (int i = 0; i < TLS_SESSIONS_MAX; i++) {
		struct tls_session *e = &s->session[i];

		if (e->used != 0 && e->backend == key->backend && e->trust == key->trust &&
		    e->no_tls13 == key->no_tls13 && strcmp(e->host, key->host) == 0)
			return e;
	}
	return NULL;
}

static void
wipe(struct tls_session *e)
{
	memset(e, 0, sizeof *e);
	__asm__ volatile("" : : "r"(e) : "memory");
}

void
tls_session_put(struct tls_sessions *s, const struct tls_session_key *key,
                int64_t until_s, struct slice session)
{
	struct tls_session *e = find(s, key);

	if (session.count > sizeof e->at || session.count == 0)
		return;
	if (!e) {
		e = &s->session[0];
		for (int i = 1; i < TLS_SESSIONS_MAX; i++)
			if (s->session[i].used < e->used)
				e = &s->session[i];
	}
	wipe(e);
	if (!slice_copy(slice_str(key->host), e->host, sizeof e->host))
		return;
	e->used = ++s->clock;
	e->trust = key->trust;
	e->backend = (uint8_t)key->backend;
	e->no_tls13 = key->no_tls13;
	e->until_s = until_s;
	e->count = session.count;
	memcpy(e->at, session.at, session.count);
}

struct slice
tls_session_find(struct tls_sessions *s, const struct tls_session_key *key, int64_t wall_s,
                 int64_t *until_out)
{
	struct tls_session *e = find(s, key);

	if (!e)
		return SLICE("");
	if (wall_s > e->until_s) {
		wipe(e);
		return SLICE("");
	}
	e->used = ++s->clock;
	*until_out = e->until_s;
	return slice_of(e->at, e->count);
}

void
tls_session_drop(struct tls_sessions *s, const struct tls_session_key *key)
{
	struct tls_session *e = find(s, key);

	if (e)
		wipe(e);
}
