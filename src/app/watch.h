/* watch.h - is a coin on the watch list?  The list is text as in the configuration:
 * "BTC,ETH,SOL" or "all".
 *
 * "top:N" asks for the N coins of largest 24h volume; whoever reads tickers turns
 * it into names first (a tape carries those names).  Alone it watches everything.
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H
#include "base/slice.h"
#include <stdbool.h>

enum { WATCH_LIST_BYTES = 8192 };

struct watch_list {
	char list[WATCH_LIST_BYTES]; /* names, upper case, separated by commas */
	bool all;
};

/* False when the list is too long for the buffer; it is then unchanged. */
bool watch_set(struct watch_list *w, struct slice list);

bool watch_has(const struct watch_list *w, struct slice coin);
#endif
