/* coins.h - the watch list as coins in order: "BTC,ETH", "top:50" or "all".
 *
 * Names come first in the order they stand in; "top:N" and "all" need ranks, given by
 * volume.  A coin that is a dollar, or another currency of a state, is nobody's top.
 */
#ifndef FEED_COINS_H
#define FEED_COINS_H
#include "base/limits.h"
#include "base/slice.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

struct coin {
	char name[LIMIT_symbol_bytes_max];
	double usd; /* 24 h volume over all venues, for the rank */
};

struct coins {
	struct coin *at;      /* in order of importance */
	uint32_t count, count_max;
	uint32_t top;         /* N of "top:N"; 0: none asked for */
	bool all;
};

/* Reads the list; names are kept in upper case, twice is once.  False: more names than
 * count_max, a name longer than a symbol may be, a "top:" without a number or with one
 * above count_max; *c is then as it was. */
bool coins_read(struct coins *c, struct slice list);

/* -1: not in it. */
int32_t coins_find(const struct coins *c, struct slice name);

/* Adds to the volume of a coin in `rank`, a scratch list; ignored when it is full. */
void coins_weigh(struct coins *rank, struct slice name, double usd);

/* Fills up c from the ranks: the N largest for "top:N", all for "all". */
void coins_rank(struct coins *c, struct coins *rank);

/* The names with commas between them. */
void coins_text(const struct coins *c, struct text *out);

/* Currencies that people pay with: no coin to be ranked. */
bool coins_is_money(struct slice name);
#endif
