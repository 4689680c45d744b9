/* conn_memory.c - winners, losers, and who fears TLS 1.3; see the header.
 *
 * Limits hosts are kept by a hash of 64 bits: two that share one share a preference.
 */
#include "net/conn_memory.h"
#include "base/reach.h"
#include <string.h>
#include <sys/socket.h>

static const int64_t loser_ns = (int64_t)600 * 1000000000;
static const int64_t no_tls13_ns = (int64_t)86400 * 1000000000;

/* FNV-1a; 0 stands for a free place. */
static uint64_t
hash_of(const char *host, uint16_t port)
{
	uint64_t h = 14695981039346656037u;

	for (; *host != '\0'; host++)
		h = (h ^ (unsigned char)*host) * 1099511628211u;
	h = (h ^ (port & 255u)) * 1099511628211u;
	h = (h ^ (port >> 8)) * 1099511628211u;
	return h == 0 ? 1 : h;
}

static const struct conn_memory_host *
find(const struct conn_memory *m, const char *host, uint16_t port)
{
	const uint64_t hash = hash_of(host, port);

	for (int i = 0; i < CONN_MEMORY_HOSTS_MAX; i++)
		if (m->host[i].hash == hash)
			return &m->host[i];
	return NULL;
}

static struct conn_memory_host *
find_or_make(struct conn_memory *m, const char *host, uint16_t port, int64_t now_ns)
{
	const uint64_t hash = hash_of(host, port);
	struct conn_memory_host *oldest = &m->host[0];

	for (int i = 0; i < CONN_MEMORY_HOSTS_MAX; i++) {
		struct conn_memory_host *h = &m->host[i];

		if (h->hash == hash) {
			h->used_ns = now_ns;
			return h;
		}
		if (oldest->hash != 0 && (h->hash == 0 || h->used_ns < oldest->used_ns))
			oldest = h;
	}
	*oldest = (struct conn_memory_host){ .hash = hash, .used_ns = now_ns };
	return oldest;
}

static bool
is_same(const struct dns_address *a, const struct dns_address *b)
{
	return a->family == b->family && memcmp(a->at, b->at, a->family == AF_INET ? 4 : 16) == 0;
}

static bool
is_loser(const struct conn_memory *m, uint16_t port, const struct dns_address *address,
         int64_t now_ns)
{
	for (int i = 0; i < CONN_MEMORY_LOSERS_MAX; i++)
		if (m->loser[i].until_ns > now_ns && m->loser[i].port == port &&
		    is_same(&m->loser[i].address, address))
			return true;
	return false;
}

/* Moves the next address of `family` that is a loser or not to `to`. */
static bool
pick(struct dns_address *from, bool *taken, const bool *loses, int count, int family,
     bool want_loser, struct dns_address *to)
{
	for (int i = 0; i < count; i++) {
		if (taken[i] || loses[i] != want_loser || from[i].family != family)
			continue;
		taken[i] = true;
		*to = from[i];
		return true;
	}
	return false;
}

void
conn_memory_order(const struct conn_memory *m, const char *host, uint16_t port,
             struct dns_address *address, int count, int64_t now_ns)
{
	const struct conn_memory_host *h = find(m, host, port);
	const int first = h != NULL && h->family != 0 ? h->family : AF_INET6;
	const int family[2] = { first, first == AF_INET6 ? AF_INET : AF_INET6 };
	struct dns_address from[DNS_ADDRESSES_MAX];
	bool taken[DNS_ADDRESSES_MAX] = { false }, loses[DNS_ADDRESSES_MAX];
	int done = 0;

	memcpy(from, address, (size_t)count * sizeof *from);
	for (int i = 0; i < count; i++)
		loses[i] = is_loser(m, port, &from[i], now_ns);
	for (int want_loser = 0; want_loser < 2; want_loser++) {
		/* In turn, as long as each has some; the turn does not wait. */
		for (int turn = 0, missed = 0; missed < 2 && done < count; turn ^= 1) {
			if (pick(from, taken, loses, count, family[turn], want_loser == 1,
			         &address[done])) {
				done++;
				missed = 0;
			} else {
				missed++;
			}
		}
	}
}

void
conn_memory_won(struct conn_memory *m, const char *host, uint16_t port,
           const struct dns_address *address, int64_t now_ns)
{
	find_or_make(m, host, port, now_ns)->family = address->family;
	for (int i = 0; i < CONN_MEMORY_LOSERS_MAX; i++)
		if (m->loser[i].port == port && is_same(&m->loser[i].address, address))
			m->loser[i].until_ns = 0;
}

void
conn_memory_lost(struct conn_memory *m, uint16_t port, const struct dns_address *address,
            int64_t now_ns)
{
	struct conn_memory_loser *place = &m->loser[0];

	for (int i = 0; i < CONN_MEMORY_LOSERS_MAX; i++) {
		struct conn_memory_loser *l = &m->loser[i];

		if (l->until_ns != 0 && l->port == port && is_same(&l->address, address)) {
			place = l;
			break;
		}
		if (l->until_ns < place->until_ns)
			place = l;
	}
	*place = (struct conn_memory_loser){
		.address = *address,
		.port = port,
		.until_ns = now_ns + loser_ns,
	};
}

bool
conn_memory_has_no_tls13(const struct conn_memory *m, const char *host, uint16_t port, int64_t now_ns)
{
	const struct conn_memory_host *h = find(m, host, port);

	return h != NULL && h->no_tls13_until_ns > now_ns;
}

void
conn_memory_no_tls13(struct conn_memory *m, const char *host, uint16_t port, bool fears,
                int64_t now_ns)
{
	find_or_make(m, host, port, now_ns)->no_tls13_until_ns = fears ? now_ns + no_tls13_ns : 0;
}

/* --- where plain may go ------------------------------------------------------------------ */

bool
conn_memory_is_private(const struct dns_address *address)
{
	const enum reach reach = reach_of(address->at, address->family == AF_INET ? 4 : 16);

	return reach == REACH_LOOPBACK || reach == REACH_PRIVATE;
}
