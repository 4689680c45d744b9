/* live_boot.h - the steps of the start that look at the configuration; for live.c only.
 *
 * Each says on standard error what is wrong, with the key that cures it.  ERR_FULL of a
 * room is no failure here: the arena remembers what was missing, and boot_plan refuses
 * with the numbers.
 */
#ifndef APP_LIVE_BOOT_H
#define APP_LIVE_BOOT_H
#include "app/live.h"

/* "tidewatch: " and a sentence; gives back err. */
enum err boot_says(enum err err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* limits.memory_mb less what is not in the arena: stacks, this struct. */
size_t boot_arena_bytes(const struct config *c);

/* "192.0.2.1:53,[::1]:5353" */
void boot_dns_servers(const struct config *c, char *to, size_t size);

/* Trusts, endpoints. */
enum err boot_venues(struct live *l);

/* Makes the directory, repairs what lies in it. */
enum err boot_recorder(struct live *l);

/* data.dir, its socket, http.listen. */
enum err boot_server(struct live *l);

/* Did all fit?  Logs the plan, or refuses with it. */
enum err boot_plan(struct live *l);
#endif
