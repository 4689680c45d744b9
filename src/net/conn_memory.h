/* conn_memory.h - what earlier connections learned about hosts and addresses.
 *
 * Preferences only: which family won, which address failed, who fears TLS 1.3.  Small,
 * fixed, forgotten when old; a wrong memory costs a quarter of a second.
 */
#ifndef NET_CONN_MEMORY_H
#define NET_CONN_MEMORY_H
#include "net/dns.h"
#include <stdbool.h>
#include <stdint.h>

/* When full the one used longest ago makes place. */
enum { CONN_MEMORY_HOSTS_MAX = 64, CONN_MEMORY_LOSERS_MAX = 64 };

struct conn_memory {
	struct conn_memory_host {
		uint64_t hash;         /* of name and port; 0: free */
		int64_t used_ns;
		int64_t no_tls13_until_ns;
		int family;            /* that won last */
	} host[CONN_MEMORY_HOSTS_MAX];
	struct conn_memory_loser {
		struct dns_address address;
		uint16_t port;
		int64_t until_ns;      /* 0: free */
	} loser[CONN_MEMORY_LOSERS_MAX];
};

/* Families in turn, the last winner's first (at first IPv6); losers behind all others. */
void conn_memory_order(const struct conn_memory *m, const char *host, uint16_t port,
                  struct dns_address *address, int count, int64_t now_ns);

void conn_memory_won(struct conn_memory *m, const char *host, uint16_t port,
                const struct dns_address *address, int64_t now_ns);
void conn_memory_lost(struct conn_memory *m, uint16_t port, const struct dns_address *address,
                 int64_t now_ns);

/* For a day, or until it is unlearned. */
bool conn_memory_has_no_tls13(const struct conn_memory *m, const char *host, uint16_t port,
                         int64_t now_ns);
void conn_memory_no_tls13(struct conn_memory *m, const char *host, uint16_t port, bool fears,
                     int64_t now_ns);

/* Loopback or private: what plain connections may go to (base/reach.h has the list). */
bool conn_memory_is_private(const struct dns_address *address);
#endif
