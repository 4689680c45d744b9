/* sequence.h - what is new, what came twice, and what is missing.
 *
 * Venues whose trade ids count up by one prove every gap and every duplicate:
 * the highest id seen and the few open gaps below it are all there is to know.
 * Venues without such ids (UUIDs) and liquidations (no id at all) are remembered
 * as hashes in a ring: what is in the ring came twice.
 *
 * State is per instrument, zeroed memory is "nothing seen".  Nothing here knows
 * a clock or a link.
 */
#ifndef MARKET_SEQUENCE_H
#define MARKET_SEQUENCE_H
#include "base/limits.h"
#include <stdbool.h>
#include <stdint.h>

enum { SEQUENCE_GAPS_MAX = 4 };

struct sequence {
	uint64_t next_id; /* 0: nothing seen yet */
	uint64_t forgotten_gap_count;
	uint8_t space;    /* enum id_space of what is counted; the first one wins */
	uint8_t gap_count;
	struct id_range { uint64_t from, to; } gap[SEQUENCE_GAPS_MAX]; /* inclusive */
	/* The gap that each of these is a part of: prints from its middle split it.
	 * from 0: another part was forgotten, so it can never be whole again. */
	struct id_range origin[SEQUENCE_GAPS_MAX];
};

enum sequence_result {
	SEQUENCE_NEW,
	SEQUENCE_GAP,       /* new, and ids before it are missing: see missing_out */
	SEQUENCE_FILLED,    /* new, and nothing of the gap it lay in is missing now */
	SEQUENCE_LATE,      /* new, inside a gap of which something is still missing */
	SEQUENCE_DUPLICATE, /* seen before: do not count */
	SEQUENCE_OTHER,     /* the same trades told the other way: do not count */
};

/* One print that covers first_id..last_id (first_id <= last_id, first_id > 0).  A
 * print that is partly new counts as new.  range_out is the whole gap that was opened
 * or filled, as it was when it was opened.  When more than SEQUENCE_GAPS_MAX gaps are
 * open the oldest is forgotten: it stays unfilled, ids in it count as duplicates. */
enum sequence_result sequence_step(struct sequence *s, uint8_t space,
                                   uint64_t first_id, uint64_t last_id,
                                   struct id_range *range_out);

/* The last LIMIT_seen_ids_per_instrument hashes, with the message each came in:
 * a ring in order of arrival, and an index over it (open addressing, linear
 * probing; twice as many slots as hashes, so that a probe is short). */
enum { SEEN_RING = LIMIT_seen_ids_per_instrument, SEEN_SLOTS = 2 * SEEN_RING };

struct seen {
	uint32_t put_count;
	uint32_t message[SEEN_RING];
	uint64_t hash[SEEN_RING];
	uint16_t slot[SEEN_SLOTS]; /* position in the ring + 1; 0: free */
};

/* Was this hash seen in another message?  Equal hashes within one message are
 * two facts (two equal liquidations in one millisecond), not one told twice.
 * What is new is remembered, and the oldest forgotten for it.  message > 0. */
bool seen_before(struct seen *s, uint64_t hash, uint32_t message);

/* A hash of bytes for seen_before: 64 bits, the same on every machine. */
uint64_t seen_hash(uint64_t seed, const void *bytes, uint32_t count);
#endif
