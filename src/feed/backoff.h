/* backoff.h - how long to wait before the next try.
 *
 * min, doubled with each try up to max, and of that a random part between one half and
 * all, so that links that fell together do not come back together. */
#ifndef FEED_BACKOFF_H
#define FEED_BACKOFF_H
#include "feed/chance.h"

static inline int64_t
backoff_ns(uint32_t tries, int64_t min_ns, int64_t max_ns, struct chance *chance)
{
	int64_t pause_ns = min_ns > 0 ? min_ns : 1;

	for (uint32_t i = 0; i < tries && pause_ns < max_ns; i++)
		pause_ns *= 2;
	if (pause_ns > max_ns)
		pause_ns = max_ns > 0 ? max_ns : 1;
	return pause_ns - chance_below(chance, pause_ns / 2 + 1);
}
#endif
