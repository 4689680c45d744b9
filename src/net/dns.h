/* dns.h - names to addresses on our loop, by c-ares; never blocks.
 *
 * A and AAAA are asked together.  What needs no server (an address written as digits,
 * localhost, a line of /etc/hosts) is answered in the next turn, everything else when
 * it comes; `done` never comes from inside dns_ask.  Questions for a name that is
 * being asked already wait for the same answer.  Nothing is kept: an address of five
 * minutes ago may be that of a machine that died.
 *
 * Servers of the system are those of /etc/resolv.conf; it is read again when it has
 * changed.  The library's heap is bounded and its own: when it is dry the question
 * fails and is counted.  One at a time: its hooks are global.  The loop needs a timer
 * for each question that waits, one more, and some watchers.
 */
#ifndef NET_DNS_H
#define NET_DNS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "sys/loop.h"
#include <netinet/in.h>

enum { DNS_ADDRESSES_MAX = 8, DNS_NAME_BYTES = LIMIT_host_name_bytes };

/* Questions that wait, and different names asked at once: beyond, dns_ask says 0. */
enum { DNS_ASKS_MAX = 512, DNS_LOOKUPS_MAX = 64 };

/* A good heap_bytes.  One read of an answer wants 128 KB of it, of which pages that
 * hold no answer stay untouched; two servers are heard at once. */
enum { DNS_HEAP_BYTES = 512 * 1024 };

struct dns_address {
	int family;             /* AF_INET, AF_INET6 */
	unsigned char at[16];
};

/* err: ERR_NONE, ERR_NOT_FOUND (no such name), ERR_AGAIN (no answer in time),
 * ERR_UNAVAILABLE (no server reachable, or none that answers well), ERR_FULL (the
 * heap was dry); `why` is a sentence for a person, "" when all is well.  Both families
 * are among the addresses when there are both, however many there are. */
typedef void dns_done(void *context, enum err err, const char *why,
                      const struct dns_address *address, int count);

struct dns;

/* servers: "1.1.1.1,127.0.0.1:5353" or "" for those of the system.  heap_bytes: the
 * library's whole heap, from the arena.  On failure `why` is a sentence: ERR_CONFIG
 * (what should be a server is none), ERR_FULL, ERR_UNAVAILABLE. */
enum err dns_open(struct dns **dns_out, struct loop *loop, const char *servers,
                  size_t heap_bytes, struct arena *boot, char *why, size_t why_bytes);

/* Nobody who still waits is called. */
void dns_close(struct dns *d);

/* A ticket, 0 when too many questions are open (the callback is not called). */
uint64_t dns_ask(struct dns *d, const char *name, int64_t timeout_ns, dns_done *done,
                 void *context);
/* The callback will not be called any more.  A stale ticket is harmless. */
void dns_forget(struct dns *d, uint64_t ticket);

struct dns_stats {
	uint64_t asked_count;    /* dns_ask that were taken */
	uint64_t refused_count;  /* and those that were not */
	uint64_t joined_count;   /* that found their name being asked */
	uint64_t lookup_count;   /* that went to a server */
	uint64_t failed_count;   /* lookups without an address */
	uint64_t late_count;     /* asks that ended by their own deadline */
	uint64_t stuck_count;    /* lookups that the library lost, and got back */
	uint64_t dry_count;      /* refusals of the heap */
	size_t heap_used_max_bytes;
};
struct dns_stats dns_stats(const struct dns *d);
#endif
