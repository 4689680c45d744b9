/* conn_race.h - several addresses, one connection: the first that connects wins.
 *
 * Happy eyeballs (RFC 8305, in short): an attempt for each address, in the order given,
 * the next one 250 ms after the last or as soon as one fails.  All calls come from the
 * loop; exactly one of won and lost, unless it is stopped before.
 */
#ifndef NET_CONN_RACE_H
#define NET_CONN_RACE_H
#include "base/text.h"
#include "net/conn.h"
#include "net/dns.h"
#include "sys/loop.h"
#include <stdbool.h>
#include <stdint.h>

#define CONN_RACE_NEXT_NS ((int64_t)250000000)

struct conn_race {
	struct loop *loop;
	uint64_t timer;          /* of the next attempt */
	uint16_t port;
	int count;               /* addresses */
	int begun_count;         /* attempts that were begun */
	int open_count;          /* that go on */
	struct dns_address address[DNS_ADDRESSES_MAX];
	struct conn_attempt {
		struct conn_race *race;
		int fd;          /* -1: not begun, or over */
		int error_number; /* why it ended; 0: it did not */
		uint64_t handle;
	} attempt[DNS_ADDRESSES_MAX];
	/* `fd` is the owner's now, and not watched; `index` of the address. */
	void (*won)(void *context, int fd, int index);
	void (*lost)(void *context);
	void *context;
};

/* `r` stays where it is until it is over; address and count (1 or more), port, won, lost
 * and context are set by the caller, the rest is zero.  False: no free timer. */
bool conn_race_begin(struct conn_race *r, struct loop *loop);

/* Ends all attempts; harmless at any time, also for one that was never begun. */
void conn_race_stop(struct conn_race *r);

/* "192.0.2.7:443 connection refused, [2001:db8::1]:443 no answer" */
void conn_race_words(const struct conn_race *r, struct text *out);

/* One reason for all attempts: that somebody refused says most, that there is no way
 * says least (it is what every IPv6 address says on many machines). */
enum conn_reason conn_race_reason(const struct conn_race *r);
#endif
