/* reach.c - loopback, private, public: see the header. */
#include "base/reach.h"
#include "base/check.h"
#include <string.h>

static enum reach
of_v4(const unsigned char *a)
{
	static const unsigned char nowhere[4];

	if (a[0] == 127)
		return REACH_LOOPBACK;
	if (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168))
		return REACH_PRIVATE;
	return memcmp(a, nowhere, sizeof nowhere) == 0 ? REACH_NOWHERE : REACH_PUBLIC;
}

static enum reach
of_v6(const unsigned char *a)
{
	static const unsigned char nowhere[16], loopback[16] = { [15] = 1 };
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(a, mapped, sizeof mapped) == 0)
		return of_v4(a + sizeof mapped);
	if (memcmp(a, loopback, sizeof loopback) == 0)
		return REACH_LOOPBACK;
	if ((a[0] & 0xfe) == 0xfc || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80))
		return REACH_PRIVATE;
	return memcmp(a, nowhere, sizeof nowhere) == 0 ? REACH_NOWHERE : REACH_PUBLIC;
}

enum reach
reach_of(const unsigned char *address, size_t count)
{
	ASSERT(count == 4 || count == 16);
	return count == 4 ? of_v4(address) : of_v6(address);
}
