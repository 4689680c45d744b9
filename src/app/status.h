/* status.h - what the running program says of itself: JSON for `status` and `top`, text
 * for a metrics collector, and one word for a health check.  Read-only.
 *
 * A figure that is not known is null, never 0.  Windows are named: `window_s`.
 */
#ifndef APP_STATUS_H
#define APP_STATUS_H
#include "app/live.h"

/* Room that holds the answer for `coin_count` coins; more than needed. */
size_t status_bytes_max(uint32_t coin_count);

void status_json(const struct live *l, struct text *out);

/* The text format of Prometheus. */
void metrics_text(const struct live *l, struct text *out);

/* Has every venue that does not refuse us its lists and streams?  Else a sentence. */
bool status_is_ready(const struct live *l, struct text *why);

/* Resident memory of this process, in bytes; 0: the kernel does not say. */
uint64_t status_rss_bytes(void);
#endif
