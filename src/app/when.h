/* when.h - a time as people write it on the command line.
 *
 *   2026-03-14T09:26:53Z, 2026-03-14T09:26:53.5+08:00   RFC 3339
 *   1773480413, 1773480413.25                           unix seconds
 *   +90, +0.5                                           seconds after the first record
 *
 * Range: 1970 to 2261, what 64-bit nanoseconds hold.  Fractions beyond a nanosecond
 * are cut.  A leap second (:60) is the first moment of the next minute.
 */
#ifndef APP_WHEN_H
#define APP_WHEN_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

struct when {
	int64_t ns;    /* since 1970, or since the first record */
	bool relative; /* it began with '+' */
};

bool when_read(struct slice text, struct when *out);
#endif
