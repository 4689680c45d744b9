/* musl_memcpy.c - memcpy of the x86-64 release, in place of musl's.
 *
 * Why    musl's is one `rep movsq`, which costs 10 ns before its first byte, also for
 *        the five of a record's header; what we copy are frames of some 200.
 * How    Up to SHORT_BYTES_MAX the body is gcc's own: the recipe has the builtin
 *        expanded in place, as moves of 8 bytes in groups of four.  Beyond it musl's.
 * Limits only for this recipe's flags: without them the builtin would be a call of this
 *        very function.  memmove stays musl's, which wants a copy that goes forward.
 *
 * Measured on a Zen 4, ns a copy, musl's and this: 5 bytes 9.0 and 2.7, 200 bytes 10.6
 * and 6.9, 512 bytes 17.8 and 14.7, 1024 bytes 20.5 and (gcc's) 26.5.
 */
#include <stddef.h>

enum { SHORT_BYTES_MAX = 512 };

/* musl's memcpy; its memmove calls it by this name. */
void *__memcpy_fwd(void *restrict to, const void *restrict from, size_t count)
	__attribute__((visibility("hidden")));

void *memcpy(void *restrict to, const void *restrict from, size_t count);

void *
memcpy(void *restrict to, const void *restrict from, size_t count)
{
	if (count > SHORT_BYTES_MAX)
		return __memcpy_fwd(to, from, count);
	__builtin_memcpy(to, from, count);
	return to;
}
