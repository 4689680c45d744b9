/* watchdog.h - how long a stream may be silent.  Pure.
 *
 * A stream that comes by the clock (marks) may be silent for what the venue's table
 * says.  Trades come when somebody trades: how long a silence is too long is learnt
 * from the stream itself, in slices of 10 s, and from the instrument's 24 h volume
 * while nothing is learnt yet:
 *
 *   slices  of the 31 before the last event k had data; a slice is empty with a
 *           probability of about (31 - k + 3) / 31, the 3 being the upper bound for
 *           events never seen.  The limit is where so many empty ones in a row happen
 *           about once in a million: 6 + 32 (31 - k) / k slices.  k < 4 says nothing.
 *   volume  300 trades of 1000 dollars each (more trades than that where it matters):
 *           2.6e10 / volume seconds.
 *
 * The lower of the two counts, but never less than the table's limit, and none above an
 * hour.
 */
#ifndef FEED_WATCHDOG_H
#define FEED_WATCHDOG_H
#include "venue/say.h"

#define WATCHDOG_SLICE_NS ((int64_t)10000000000)

/* slots: as struct topic has them.  all: the topic is that of the whole venue.
 * quiet_max_ns: never longer than this; 0: no such bound.  0: no limit. */
int64_t watchdog_limit_ns(const struct say_stream *stream, bool all, uint32_t slots,
                          double volume_usd, int64_t quiet_max_ns);
#endif
