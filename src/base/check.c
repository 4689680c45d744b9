/* check.c - says which promise was broken, and stops.
 *
 * The words go to standard error unbuffered; abort() leaves a core where the
 * machine keeps one, and init restarts us.
 */
#include "base/check.h"
#include <stdio.h>
#include <stdlib.h>

_Noreturn void
check_failed(const char *expression, const char *file, int line)
{
	fprintf(stderr, "broken promise: %s (%s:%d)\n", expression, file, line);
	fflush(stderr);
	abort();
}
