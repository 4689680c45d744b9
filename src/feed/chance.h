/* chance.h - jitter: one seeded generator, the same on every machine (splitmix64).
 * Its seed stands on the tape.  Not for secrets. */
#ifndef FEED_CHANCE_H
#define FEED_CHANCE_H
#include <stdint.h>

struct chance { uint64_t state; };

static inline uint64_t
chance_next(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 .. below - 1; 0 for 0 or less. */
static inline int64_t
chance_below(struct chance *c, int64_t below)
{
	return below > 0 ? (int64_t)(chance_next(c) % (uint64_t)below) : 0;
}
#endif
