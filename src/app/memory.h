/* memory.h - the arena of a command, from the kernel, untouched until used.
 *
 * For commands that work on a file and end.  Pages nobody writes to cost nothing,
 * so the size is a bound and not a use.
 */
#ifndef APP_MEMORY_H
#define APP_MEMORY_H
#include "base/arena.h"
#include "base/err.h"

/* Says on stderr why it failed. */
enum err memory_open(struct arena *arena, size_t bytes);
#endif
