/* reach_test.c - which addresses are the own machine, the own network, everybody's.
 *
 * Goal: each block is judged as its RFC has it, up to its first and last address and not
 *       beyond; a mapped IPv4 address as what it stands for.
 * Method: a table of addresses at the borders, read by the C library.
 */
#include "base/reach.h"
#include "check.h"
#include <arpa/inet.h>

static void
addresses_are_judged_up_to_the_borders_of_their_block(void)
{
	static const struct { const char *address; enum reach want; } row[] = {
		/* RFC 1122: 127/8 */
		{ "126.255.255.255", REACH_PUBLIC }, { "127.0.0.0", REACH_LOOPBACK }, { "127.0.0.1", REACH_LOOPBACK },
		{ "127.255.255.255", REACH_LOOPBACK }, { "128.0.0.0", REACH_PUBLIC },
		/* RFC 1918 */
		{ "9.255.255.255", REACH_PUBLIC }, { "10.0.0.0", REACH_PRIVATE }, { "10.255.255.255", REACH_PRIVATE },
		{ "11.0.0.0", REACH_PUBLIC },
		{ "172.15.255.255", REACH_PUBLIC }, { "172.16.0.0", REACH_PRIVATE }, { "172.31.255.255", REACH_PRIVATE },
		{ "172.32.0.0", REACH_PUBLIC },
		{ "192.167.255.255", REACH_PUBLIC }, { "192.168.0.0", REACH_PRIVATE }, { "192.168.255.255", REACH_PRIVATE },
		{ "192.169.0.0", REACH_PUBLIC },
		{ "0.0.0.0", REACH_NOWHERE }, { "0.0.0.1", REACH_PUBLIC },
		/* Near, but other people's machines may be there. */
		{ "169.254.1.1", REACH_PUBLIC }, { "100.64.0.1", REACH_PUBLIC }, { "255.255.255.255", REACH_PUBLIC },
		{ "8.8.8.8", REACH_PUBLIC },
		/* RFC 4291 */
		{ "::", REACH_NOWHERE }, { "::1", REACH_LOOPBACK }, { "::2", REACH_PUBLIC }, { "::1:0", REACH_PUBLIC },
		{ "1::", REACH_PUBLIC }, { "1::1", REACH_PUBLIC },
		{ "fe7f:ffff::1", REACH_PUBLIC }, { "fe80::", REACH_PRIVATE }, { "fe80::1", REACH_PRIVATE },
		{ "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", REACH_PRIVATE }, { "fec0::", REACH_PUBLIC },
		{ "fe00::1", REACH_PUBLIC }, { "ff02::1", REACH_PUBLIC },
		/* RFC 4193: fc00::/7 */
		{ "fbff::1", REACH_PUBLIC }, { "fc00::", REACH_PRIVATE }, { "fd00::1", REACH_PRIVATE },
		{ "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", REACH_PRIVATE },
		{ "2001:db8::1", REACH_PUBLIC },
		/* An IPv4 address inside: mapped counts, compatible and translated do not. */
		{ "::ffff:127.0.0.1", REACH_LOOPBACK }, { "::ffff:10.0.0.1", REACH_PRIVATE },
		{ "::ffff:0.0.0.0", REACH_NOWHERE }, { "::ffff:8.8.8.8", REACH_PUBLIC },
		{ "::127.0.0.1", REACH_PUBLIC }, { "::10.0.0.1", REACH_PUBLIC },
		{ "::fffe:10.0.0.1", REACH_PUBLIC }, { "64:ff9b::10.0.0.1", REACH_PUBLIC },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		unsigned char at[16];
		enum reach got = REACH_NONE;

		if (inet_pton(AF_INET, row[i].address, at) == 1)
			got = reach_of(at, 4);
		else if (inet_pton(AF_INET6, row[i].address, at) == 1)
			got = reach_of(at, 16);
		if (got != row[i].want)
			printf("%s: %d\n", row[i].address, (int)got);
		CHECK(got == row[i].want);
	}
}

int
main(void)
{
	addresses_are_judged_up_to_the_borders_of_their_block();
	return CHECK_END("reach");
}
