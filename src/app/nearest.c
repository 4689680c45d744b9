/* nearest.c - see the header. */
#include "app/nearest.h"
#include <limits.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

int
nearest_distance(struct slice a, struct slice b)
{
	int row[3][NEAREST_BYTES_MAX + 1];
	int *before = row[0], *last = row[1], *now = row[2];

	if (a.count > NEAREST_BYTES_MAX || b.count > NEAREST_BYTES_MAX)
		return INT_MAX;
	for (size_t j = 0; j <= b.count; j++)
		last[j] = (int)j;
	for (size_t i = 1; i <= a.count; i++) {
		int *spare = before;

		now[0] = (int)i;
		for (size_t j = 1; j <= b.count; j++) {
			char ca = lower(a.at[i - 1]), cb = lower(b.at[j - 1]);
			int d = smaller(last[j], now[j - 1]) + 1;

			d = smaller(d, last[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == lower(b.at[j - 2]) &&
			    lower(a.at[i - 2]) == cb)
				d = smaller(d, before[j - 2] + 1);
			now[j] = d;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b.count];
}

struct nearest
nearest_to(struct slice typed)
{
	int bound = typed.count < 6 ? 1 : typed.count < 9 ? 2 : 3;

	return (struct nearest){ typed, NULL, bound + 1 };
}

void
nearest_offer(struct nearest *n, const char *word)
{
	int d = nearest_distance(n->typed, slice_str(word));

	if (d < n->distance) {
		n->distance = d;
		n->best = word;
	}
}
