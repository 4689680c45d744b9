/* capacity.h - how much of everything a configuration needs, before anything is opened.
 *
 * Capacity comes from counts, not from names: a list of N coins is N, top:N is N, all is
 * limits.instruments_max; a quarter more, at least 8 coins, is kept for a later list.
 * Pure.  What is counted here is taken from the arena once and never grows.
 */
#ifndef APP_CAPACITY_H
#define APP_CAPACITY_H
#include "app/config.h"

struct capacity {
	uint32_t coins_max;        /* names on a watch list, reserve included */
	uint32_t reserve;          /* of these, for later */
	uint32_t instruments_max;  /* watched at once, over all venues */
	uint32_t venue_count;      /* switched on and watched */
	uint32_t links_max;        /* connections for streams, both sides of each */
	uint32_t conns_max;        /* with those for requests */
	size_t state_bytes;        /* of what links remember (app/pipeline.h) */
	size_t part_bytes;         /* for websocket messages that come in parts */
	uint32_t record_bytes_max; /* of a record on a tape */
	size_t ring_bytes;         /* of tape blocks on their way to the disk */
};

void capacity_of(const struct config *c, struct capacity *out);
#endif
