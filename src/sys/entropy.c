/* entropy.c - getrandom, with its short answers and interruptions.
 *
 * Why    A short read taken for a whole one leaves zeros in a key.
 * Limits Linux 3.17 or later.  Up to 256 bytes come whole; more may be cut by a
 *        signal, and are asked for again.
 */
#include "sys/entropy.h"
#include "base/check.h"
#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

/* The kernel's answer, interruptions left out. */
static ssize_t
ask(void *to, size_t count)
{
	ssize_t got;

	do {
		got = getrandom(to, count, 0);
	} while (got < 0 && errno == EINTR);
	return got;
}

enum err
entropy_open(void)
{
	unsigned char first;

	return ask(&first, sizeof first) == (ssize_t)sizeof first ? ERR_NONE : ERR_UNAVAILABLE;
}

void
entropy_fill(void *to, size_t count)
{
	unsigned char *at = to;

	while (count > 0) {
		ssize_t got = ask(at, count);

		ASSERT(got > 0);
		ASSERT((size_t)got <= count);
		at += got;
		count -= (size_t)got;
	}
}
