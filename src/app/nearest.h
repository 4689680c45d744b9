/* nearest.h - "did you mean": the word that is closest to what somebody typed.
 *
 * Distance is the number of letters to insert, delete, replace or swap with their
 * neighbour (optimal string alignment), case-blind.  A word counts as close up to a
 * third of the typed length, at least one and at most three.
 *
 *     struct nearest n = nearest_to(slice_str("decod"));
 *     nearest_offer(&n, "decode"); ...
 *     if (n.best != NULL) ...
 */
#ifndef APP_NEAREST_H
#define APP_NEAREST_H
#include "base/slice.h"

enum { NEAREST_BYTES_MAX = 80 }; /* longer words are close to nothing */

struct nearest {
	struct slice typed;
	const char *best; /* NULL: nothing is close */
	int distance;
};

struct nearest nearest_to(struct slice typed);

/* `word` is kept.  The first of several equally close words stays. */
void nearest_offer(struct nearest *n, const char *word);

/* Also for tests. */
int nearest_distance(struct slice a, struct slice b);
#endif
