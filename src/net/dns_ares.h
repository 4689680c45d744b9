/* dns_ares.h - c-ares on our loop: its sockets watched, its clock a timer, its heap ours.
 *
 * The one file behind it is the door to the library; dns.h is what others use.  The
 * library may call back from inside dns_ares_ask; it is called once for each ask, with
 * the channel's close at the latest.
 */
#ifndef NET_DNS_ARES_H
#define NET_DNS_ARES_H
#include "base/err.h"
#include "base/heap.h"
#include "net/dns.h"
#include "sys/loop.h"
#include <stdbool.h>
#include <stdint.h>

/* What became of a question. */
enum dns_end {
	DNS_END_NONE,
	DNS_END_FOUND,
	DNS_END_NO_NAME,
	DNS_END_NO_ADDRESS,
	DNS_END_SILENT,   /* nobody answered */
	DNS_END_REFUSED,  /* nobody listens */
	DNS_END_NO_SERVER,
	DNS_END_BROKEN,   /* answers that are none */
	DNS_END_FAILED,   /* SERVFAIL, NOTIMP, REFUSED by the server */
	DNS_END_MEMORY,   /* the heap was dry */
	DNS_END_OTHER,
};

/* `words`: the library's, for DNS_END_FAILED and DNS_END_OTHER. */
typedef void dns_ares_done(void *context, enum dns_end end, const char *words,
                           const struct dns_address *address, int count);

enum { DNS_SOCKETS_MAX = 64 };

struct ares_channeldata;

struct dns_ares {
	struct loop *loop;
	struct ares_channeldata *channel;
	uint64_t timer;          /* what the library waits for */
	uint32_t running_count;  /* asks that have not ended */
	uint32_t reads_left;     /* of this turn */
	uint64_t lost_count;     /* that the library forgot, and gave back when told to */
	uint64_t unwatched_count; /* sockets for which there was no watcher */
	struct heap heap;
	struct dns_watched {
		struct dns_ares *ares;
		int fd;              /* -1: free */
		uint64_t handle;
	} watched[DNS_SOCKETS_MAX];
};

/* `a` is zeroed, and stays where it is; `memory` is the heap.  ERR_FULL: too small. */
enum err dns_ares_open(struct dns_ares *a, struct loop *loop, void *memory, size_t bytes);
void dns_ares_close(struct dns_ares *a);

/* Comma-separated; questions that are under way go on with the new ones. */
enum err dns_ares_servers(struct dns_ares *a, const char *servers);

/* `question` is of the caller, zeroed, and stays until `done` was called. */
struct dns_question {
	struct dns_ares *ares;
	dns_ares_done *done;
	void *context;
};
void dns_ares_ask(struct dns_ares *a, const char *name, struct dns_question *question);

/* Ends all questions, with DNS_END_MEMORY. */
void dns_ares_cancel(struct dns_ares *a);
#endif
