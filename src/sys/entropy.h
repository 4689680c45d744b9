/* entropy.h - bytes nobody can guess: keys of TLS, masks of websockets, DNS ids.
 *
 * They come from the kernel, each time: no generator of ours stands between, so a
 * fork, a snapshot or a bug here cannot make two of them the same.  For decisions
 * (jitter, sampling) there is the seeded generator whose seed is on the tape.
 */
#ifndef SYS_ENTROPY_H
#define SYS_ENTROPY_H
#include "base/err.h"
#include <stddef.h>

/* Once at start, before the first fill.  May wait, in the first seconds of a
 * machine, until its kernel has gathered enough; ERR_UNAVAILABLE: this kernel gives
 * none. */
enum err entropy_open(void);

/* Never waits and never fails afterwards.  That the kernel refuses what it gave
 * before is a bug of ours (a filter on system calls): it stops the program rather
 * than let it go on with bytes that can be guessed. */
void entropy_fill(void *to, size_t count);
#endif
