/* budget.h - how much of its weight a venue lets one address ask in a window.
 *
 * Windows are those of the wall clock (Binance counts by the minute).  Where a venue
 * counts a sliding window (Bybit, 5 s), half of its limit in each fixed window is safe:
 * so nobody here takes more than half, but a gap's fill may take three quarters where
 * the window is a minute or longer.  What the venue says was used counts more than our
 * own sum: other programs at this address ask too.
 */
#ifndef FEED_BUDGET_H
#define FEED_BUDGET_H
#include <stdbool.h>
#include <stdint.h>

struct budget {
	int64_t weight_max;
	int64_t window_ns;     /* 0: not set up */
	int64_t window_begin_ns; /* wall */
	int64_t used;
	int64_t told_max;      /* the most a header said in this window */
};

enum budget_urgency { BUDGET_POLL, BUDGET_URGENT };

void budget_init(struct budget *b, int64_t weight_max, int64_t window_ns);

/* Takes the weight if the window has it left for this urgency; else says when it may
 * be asked again.  A weight larger than the share is taken from an unused window. */
bool budget_take(struct budget *b, int64_t weight, enum budget_urgency urgency,
                 int64_t wall_ns, int64_t *again_wall_ns);

/* The venue said how much was used in the present window. */
void budget_told(struct budget *b, int64_t used, int64_t wall_ns);

/* Of the window that wall_ns lies in. */
int64_t budget_used(const struct budget *b, int64_t wall_ns);
#endif
