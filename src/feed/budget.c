/* budget.c - see the header. */
#include "feed/budget.h"
#include "base/check.h"

#define MINUTE_NS ((int64_t)60000000000)

void
budget_init(struct budget *b, int64_t weight_max, int64_t window_ns)
{
	ASSERT(weight_max > 0);
	ASSERT(window_ns > 0);
	*b = (struct budget){ .weight_max = weight_max, .window_ns = window_ns };
}

static void
turn_to(struct budget *b, int64_t wall_ns)
{
	int64_t begin_ns = wall_ns - wall_ns % b->window_ns;

	/* A clock that was set back does not give the same window twice. */
	if (begin_ns <= b->window_begin_ns)
		return;
	b->window_begin_ns = begin_ns;
	b->used = 0;
	b->told_max = 0;
}

static int64_t
share(const struct budget *b, enum budget_urgency urgency)
{
	if (urgency == BUDGET_URGENT && b->window_ns >= MINUTE_NS)
		return b->weight_max * 3 / 4;
	return b->weight_max / 2;
}

bool
budget_take(struct budget *b, int64_t weight, enum budget_urgency urgency,
            int64_t wall_ns, int64_t *again_wall_ns)
{
	ASSERT(b->window_ns > 0);
	ASSERT(weight >= 0);
	turn_to(b, wall_ns);
	*again_wall_ns = b->window_begin_ns + b->window_ns;
	if (b->used > 0 && b->used + weight > share(b, urgency))
		return false;
	b->used += weight;
	return true;
}

void
budget_told(struct budget *b, int64_t used, int64_t wall_ns)
{
	turn_to(b, wall_ns);
	/* The answer may belong to the window before: the first seconds of a window do
	 * not believe a number that is larger than ours by more than they could be. */
	if (used > b->told_max && used <= 10 * b->weight_max)
		b->told_max = used;
	if (b->told_max > b->used && wall_ns - b->window_begin_ns > b->window_ns / 30)
		b->used = b->told_max;
}

int64_t
budget_used(const struct budget *b, int64_t wall_ns)
{
	if (b->window_ns == 0 || wall_ns >= b->window_begin_ns + b->window_ns)
		return 0;
	return b->used;
}
