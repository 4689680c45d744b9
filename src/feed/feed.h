/* feed.h - live links to venues: who is subscribed where, and is it still true?
 *
 *     config + instruments ─> plan ─> links ─> records ─> sink (tape, pipeline)
 *                               ^       │
 *             gaps, silence, ───┘       └─> REST: metadata, polls, gap fills, back-fill
 *             watch list
 *
 * The feed owns links and requests, and gives whatever arrives to one sink as
 * records (tape/tape.h), in the order it arrived, each with the receipt time of
 * its turn.  It reads no event: app/ tells it what the pipeline found (a gap, an
 * event of a stream), so that the meaning of messages stays in venue/.
 *
 * Promises: a venue that is dead never stops another; every link is tried for
 * ever with growing, jittered pauses; an acknowledged stream without data is a
 * fault; a connection is replaced before the venue's 24 h cut, the new one first;
 * a gap proved by ids is asked for over REST or stays marked; no host is asked
 * for more weight than it grants; 451, 403, 418 and 429 are told apart, with a
 * sentence for a person.
 *
 * Records besides frames and bodies:
 *   TAPE_LINK   up            the connection is open, nothing is subscribed on it yet
 *               down          it ended; data its reason
 *               silent        a stream gives nothing though it was acknowledged; data
 *                             its topic
 *               resubscribed  data a topic: that stream was subscribed anew; or data
 *                             "replaced by link N": nothing was lost
 *   TAPE_GAP    asked a symbol, data "": trades may be missing that no id can prove
 *   TAPE_WATCH  "top:N" or "all" was turned into names by volume: whoever drops what is
 *               not watched must take the new list, also for its own sink
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H
#include "base/limits.h"
#include "base/log.h"
#include "market/event.h"
#include "market/instrument.h"
#include "net/conn.h"
#include "net/ws.h"
#include "tape/tape.h"

/* What the feed may have open at once: connections of links, and of requests. */
enum { FEED_LINKS_MAX = LIMIT_links_max, FEED_HOSTS_MAX = LIMIT_hosts_max };

typedef void feed_sink(void *context, const struct tape_record *record);

struct feed_venue {
	uint8_t venue;
	char ws[513];             /* scheme://host:port instead of the venue's; "" its own */
	char rest[513];
	char proxy[512];
	enum tls_backend backend;
	const struct tls_trust *trust;
};

struct feed_options {
	const struct feed_venue *venue; /* copied */
	int venue_count;
	const char *coins;        /* "BTC,ETH", "top:50", "all" */
	uint32_t coins_max;       /* names that a list, also a later one, may have */
	uint32_t instruments_max; /* watched at once, over all venues */
	uint32_t top_live_coins;  /* top of book in real time for the first so many coins */
	int64_t backoff_min_ms, backoff_max_ms;
	int64_t quiet_max_ms;     /* 0: each venue's own */
	uint64_t seed;            /* of the jitter: it stands on the tape */
	bool backfill;            /* klines and histories at start */
};

struct feed;

/* Everything from the arena; nothing later.  ERR_CONFIG: a venue we cannot speak to,
 * an address that is none, a watch list that is none.  ERR_FULL: no memory. */
enum err feed_open(struct feed **feed_out, const struct feed_options *options,
                   struct loop *loop, struct net *net, struct ws_pool *ws,
                   struct instrument_table *table, struct log *log,
                   feed_sink *sink, void *context, struct arena *boot);

/* Says goodbye to all links; records may still come until the loop ends. */
void feed_close(struct feed *f);

/* What the pipeline saw: keeps the watchdogs of streams quiet, and starts the fill
 * of a gap (EVENT_STATUS, STATUS_GAP).  To be called inside the sink's call with the
 * record that gave the event: what a REST body gave is told from what a stream gave
 * by that. */
void feed_event(struct feed *f, const struct event *ev);

/* Another watch list; touches no stream that stays.  ERR_FULL: more coins than were
 * planned for at start; nothing is changed. */
enum err feed_watch(struct feed *f, const char *coins);

/* --- for status pages ------------------------------------------------------- */

struct feed_link_status {
	uint8_t venue;
	uint16_t link;
	const char *state;        /* "live", "backoff", ... */
	const char *reason;       /* of the last end; "" never ended */
	const char *about;        /* address and TLS */
	int64_t since_ns;         /* monotonic: in this state */
	int64_t last_frame_ns;    /* monotonic; 0: none yet */
	uint32_t stream_count, silent_count;
	uint32_t tries, restart_count;
	uint64_t frame_count, byte_count;
};

/* The index-th link; false beyond the last. */
bool feed_link_status(const struct feed *f, int index, struct feed_link_status *out);

struct feed_venue_status {
	uint8_t venue;
	const char *state;        /* "up", "partly", "down", "refused" */
	const char *trouble;      /* a sentence for a person; "" all is well */
	const char *doubt;        /* what the self-tests say of its figures; "" nothing */
	uint32_t instrument_count; /* watched */
	uint32_t gap_count, filled_count, unfilled_count;
	uint32_t weight_used, weight_max; /* of the current window; 0: unknown */
	uint64_t request_count, request_failed_count;
};
bool feed_venue_status(const struct feed *f, int index, struct feed_venue_status *out);

/* All venues that are not refused have their metadata and live streams. */
bool feed_is_ready(const struct feed *f);
#endif
