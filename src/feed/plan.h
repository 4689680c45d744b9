/* plan.h - which topics, and which of them share a connection.  Pure: no link, no clock.
 *
 *     watched instruments ─> topics ─> groups (one connection each, one route)
 *
 * A topic is one stream of one instrument, or the stream that carries all.  A group is
 * filled to three quarters of what the venue allows on a connection; later wishes fill
 * the rest before a new group is opened.  A topic that is still wanted stays where it
 * is, so a new watch list touches nothing that stays.
 *
 * Each group has two sides, its two possible connections: while one is replaced by the
 * other, both are subscribed; link.c keeps the state of each side here.
 */
#ifndef FEED_PLAN_H
#define FEED_PLAN_H
#include "base/arena.h"
#include "base/limits.h"
#include "market/instrument.h"
#include "venue/say.h"

/* A group is two links, one a side. */
enum { PLAN_PLACES_MAX = 16, PLAN_GROUPS_MAX = LIMIT_links_max / 2 };

enum topic_state {
	TOPIC_OFF,
	TOPIC_ASKED,   /* in the portion in the air */
	TOPIC_ON,      /* acknowledged */
	TOPIC_LEAVING, /* unsubscribing, in the portion in the air */
	TOPIC_REFUSED, /* the venue does not want it: not asked again on this connection */
};

enum topic_again { AGAIN_NO, AGAIN_LEAVE, AGAIN_COME };

struct topic {
	uint32_t instrument;  /* 0: all of the venue */
	uint16_t group;
	uint16_t bytes;       /* in a portion */
	uint8_t place;        /* position of the venue in the feed's options */
	uint8_t stream;       /* of venue_say */
	bool used, wanted;
	uint8_t state[2];     /* enum topic_state, by side */
	uint8_t again[2];     /* enum topic_again: to be subscribed anew */
	bool alone[2];        /* its portion was refused: the next has only itself */
	/* Of the watchdog. */
	uint8_t fault_count;
	uint32_t slots;       /* slices of time with data, the present one lowest */
	int64_t slot;         /* number of the present slice */
	int64_t on_ns[2];     /* acknowledged at */
	int64_t data_ns;      /* last event; 0: none yet */
	int64_t patient_ns;   /* not judged before */
	/* Of fills without ids: the newest trades are to be asked for; prints since the
	 * link is up. */
	bool refill;
	uint32_t print_count;
};

struct plan_group {
	bool used;
	uint8_t place, route;
	uint16_t number;      /* within the venue: 0, 1, 2 ... */
	uint32_t topic_count;
	uint32_t topic_bytes;
	bool changed[2];      /* by side: a topic came or is to leave, somebody must look */
	bool sweep;           /* a topic that is not wanted waits to be off */
};

struct plan {
	struct topic *topic;      /* [0] is nobody */
	uint32_t topic_count, topic_count_max;
	uint32_t free_count;
	struct plan_group group[PLAN_GROUPS_MAX];
	/* [instrument][stream] and [place][stream]: topic, 0 none */
	uint16_t (*of)[SAY_STREAMS_MAX];
	uint32_t instrument_count_max;
	uint16_t all[PLAN_PLACES_MAX][SAY_STREAMS_MAX];
	uint64_t refused_count;   /* topics that found no room */
};

/* False: the arena has no room. */
bool plan_init(struct plan *p, struct arena *boot, uint32_t topic_count_max,
               uint32_t instrument_count_max);

/* What a venue shall have now.  `watched` are indexes of the table, in order of
 * importance; live_top says for how many of the first ones the book top is wanted in
 * real time; instrument_count is how many the venue has in all. */
struct plan_wish {
	const struct venue_say *say;
	uint8_t place;
	const struct instrument_table *table;
	const uint32_t *watched;
	uint32_t watched_count;
	const uint8_t *live_top;  /* [watched_count] */
	uint32_t instrument_count;
};
/* False: some found no room (counted). */
bool plan_venue(struct plan *p, const struct plan_wish *wish);

/* Frees the topics of a group that are neither wanted nor on any side. */
void plan_sweep(struct plan *p, uint16_t group);

/* The topic that carries such events of an instrument; 0: none does. */
uint32_t plan_topic(const struct plan *p, const struct venue_say *say, uint8_t place,
                    uint32_t instrument, unsigned event_kind);
#endif
