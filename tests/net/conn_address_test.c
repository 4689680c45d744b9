/* Goal: of several addresses the one that lives is found quickly, and first the next
 * time; plain bytes go nowhere but to loopback and private addresses.
 * Method: names of a hosts file with addresses of loopback that listen, refuse or are
 * silent; tables. */
#include "net/conn_world.h"

static void
errors_have_their_reason(void)
{
	static const struct { int error_number; enum conn_reason reason; } row[] = {
		{ ECONNREFUSED, CONN_REASON_REFUSED }, { ENETUNREACH, CONN_REASON_UNREACHED },
		{ EHOSTUNREACH, CONN_REASON_UNREACHED }, { EACCES, CONN_REASON_UNREACHED },
		{ ETIMEDOUT, CONN_REASON_TIMEOUT }, { EMFILE, CONN_REASON_RESOURCES },
		{ ENOBUFS, CONN_REASON_RESOURCES },
	};
	struct conn_race race = { .begun_count = 3 };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		race.attempt[0].error_number = race.attempt[2].error_number = ENETUNREACH;
		race.attempt[1].error_number = row[i].error_number;
		CHECK(conn_race_reason(&race) == row[i].reason);
		race.attempt[2].error_number = ECONNREFUSED;
		CHECK(conn_race_reason(&race) == CONN_REASON_REFUSED);
	}
	for (int i = 0; i < CONN_REASON_COUNT; i++)
		CHECK(strlen(conn_reason_text((enum conn_reason)i)) > 2);
	CHECK_TEXT(conn_reason_text(CONN_REASON_COUNT), "unknown");
}

static int attempts; /* that the last one took */

/* How long it took to open, in ms; -1: it did not. */
static int
ms_to_open(const char *host, uint16_t port, int listener, char *words, size_t size)
{
	const struct conn_endpoint to = plain_to(host, port);
	struct owner *o = fresh(0);
	int64_t begun_ns = loop.now.mono_ns;
	int took, fd;

	CHECK(open_to(o, &to));
	UNTIL(o->opened || o->closed);
	attempts = o->opened ? o->conn->race.begun_count : -1;
	took = o->opened ? (int)((clock_mono_ns() - begun_ns) / msec) : -1;
	snprintf(words, size, "%s", o->opened ? o->about : o->detail);
	if (o->opened) {
		fd = accepted(listener);
		close_by_owner(o);
		UNTIL(o->closed);
		close(fd);
	}
	return took;
}

static void
a_dead_address_does_not_hold_up_the_other(void)
{
	struct deaf deaf = deaf_at("127.0.0.2");
	uint16_t port = port_of(deaf.listener);
	int listener = listening("127.0.0.3", port), took;
	char words[512], want[64];

	setup();
	CHECK(listener >= 0);
	write_hosts("127.0.0.2 two\n127.0.0.3 two\n127.0.0.4 refuses\n127.0.0.3 refuses\n");
	snprintf(want, sizeof want, "127.0.0.3:%d", port);
	/* The first is silent: the second starts after 250 ms. */
	took = ms_to_open("two", port, listener, words, sizeof words);
	CHECK(attempts == 2);
	CHECK(took >= 250);
	CHECK(took < 1500);
	CHECK_TEXT(words, want);
	/* It is remembered as a loser and goes last. */
	took = ms_to_open("two", port, listener, words, sizeof words);
	CHECK(took >= 0);
	CHECK(attempts == 1);
	CHECK_TEXT(words, want);
	/* One that refuses costs no waiting at all. */
	took = ms_to_open("refuses", port, listener, words, sizeof words);
	CHECK(took >= 0);
	CHECK(took < 250);
	CHECK(attempts == 2);
	CHECK_TEXT(words, want);
	/* All dead: each is named. */
	close(listener);
	took = ms_to_open("refuses", port, -1, words, sizeof words);
	CHECK(took == -1);
	snprintf(want, sizeof want, "127.0.0.4:%d connection refused", port);
	CHECK(strstr(words, want) != NULL);
	snprintf(want, sizeof want, "127.0.0.3:%d connection refused", port);
	CHECK(strstr(words, want) != NULL);
	listener = listening("127.0.0.3", port); /* what was there before */
	teardown();
	close(listener);
	hear_again(&deaf);
}

static void
the_family_that_won_goes_first(void)
{
	int v6 = listening("::1", 0), v4;
	uint16_t port;
	char words[512], want[64];

	if (v6 < 0) {
		printf("no IPv6 on loopback here: families not tested\n");
		return;
	}
	port = port_of(v6);
	v4 = listening("127.0.0.1", port);
	CHECK(v4 >= 0);
	setup();
	write_hosts("127.0.0.1 both\n::1 both\n");
	/* IPv6 at first, whatever the order of the file. */
	CHECK(ms_to_open("both", port, v6, words, sizeof words) >= 0);
	snprintf(want, sizeof want, "[::1]:%d", port);
	CHECK_TEXT(words, want);
	close(v6);
	CHECK(ms_to_open("both", port, v4, words, sizeof words) >= 0);
	snprintf(want, sizeof want, "127.0.0.1:%d", port);
	CHECK_TEXT(words, want);
	/* IPv4 won last: it goes first although IPv6 is there again. */
	v6 = listening("::1", port);
	CHECK(ms_to_open("both", port, v4, words, sizeof words) >= 0);
	CHECK_TEXT(words, want);
	teardown();
	close(v6);
	close(v4);
}

static void
addresses_are_ordered_by_family_and_luck(void)
{
	static struct conn_memory m;
	static const char *const given[] = {
		"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2",
	};
	static const struct { const char *won, *lost; const char *order; } row[] = {
		{ NULL, NULL, "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 192.0.2.3" },
		{ "192.0.2.9", NULL, "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2 192.0.2.3" },
		{ NULL, "192.0.2.1", "192.0.2.2 2001:db8::1 192.0.2.3 2001:db8::2 192.0.2.1" },
		{ NULL, "2001:db8::1", "192.0.2.2 2001:db8::2 192.0.2.3 192.0.2.1 2001:db8::1" },
		{ "2001:db8::1", NULL, "2001:db8::1 192.0.2.2 2001:db8::2 192.0.2.3 192.0.2.1" },
		{ "192.0.2.1", NULL, "192.0.2.1 2001:db8::1 192.0.2.2 2001:db8::2 192.0.2.3" },
	};
	struct dns_address a[5], one;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char order[256];
		struct text t = text_init(order, sizeof order - 1);

		if (row[i].won != NULL && dns_is_literal(row[i].won, &one))
			conn_memory_won(&m, "h", 1, &one, 1);
		if (row[i].lost != NULL && dns_is_literal(row[i].lost, &one))
			conn_memory_lost(&m, 1, &one, 1);
		for (int k = 0; k < 5; k++)
			CHECK(dns_is_literal(given[k], &a[k]));
		conn_memory_order(&m, "h", 1, a, 5, 2);
		for (int k = 0; k < 5; k++) {
			char digits[64];

			inet_ntop(a[k].family, a[k].at, digits, sizeof digits);
			text_format(&t, "%s%s", k ? " " : "", digits);
		}
		order[t.count] = '\0';
		CHECK_TEXT(order, row[i].order);
	}
	/* For ten minutes, and at this port only. */
	CHECK(dns_is_literal("192.0.2.7", &one));
	conn_memory_lost(&m, 1, &one, 1);
	for (int i = 0; i < 3; i++) {
		a[0] = one;
		CHECK(dns_is_literal("192.0.2.8", &a[1]));
		conn_memory_order(&m, "x", i == 0 ? 2 : 1, a, 2, i < 2 ? 599 * 1000 * msec
		                                                      : 601 * 1000 * msec);
		CHECK(a[0].at[3] == (i == 1 ? 8 : 7));
	}
	/* The oldest of too many makes place. */
	conn_memory_no_tls13(&m, "first", 1, true, 10);
	CHECK(conn_memory_has_no_tls13(&m, "first", 1, 11));
	CHECK(!conn_memory_has_no_tls13(&m, "first", 2, 11));
	CHECK(!conn_memory_has_no_tls13(&m, "first", 1, 10 + 86400 * 1000 * msec));
	for (int i = 0; i < CONN_MEMORY_HOSTS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", i);
		conn_memory_no_tls13(&m, name, 1, true, 20 + i);
		conn_memory_lost(&m, (uint16_t)(100 + i), &one, 20 + i);
	}
	CHECK(!conn_memory_has_no_tls13(&m, "first", 1, 100));
	CHECK(conn_memory_has_no_tls13(&m, "n0", 1, 100));
	conn_memory_no_tls13(&m, "n0", 1, false, 100);
	CHECK(!conn_memory_has_no_tls13(&m, "n0", 1, 101));
}

static void
plain_goes_to_loopback_and_private_addresses_only(void)
{
	static const struct { const char *address; bool is_private; } row[] = {
		{ "127.0.0.1", true }, { "127.255.255.254", true }, { "10.0.0.1", true },
		{ "10.255.0.1", true }, { "172.16.0.1", true }, { "172.31.255.1", true },
		{ "192.168.0.1", true }, { "::1", true }, { "fc00::1", true }, { "fdff::1", true },
		{ "fe80::1", true }, { "febf::1", true }, { "::ffff:10.0.0.1", true },
		{ "172.15.0.1", false }, { "172.32.0.1", false }, { "11.0.0.1", false },
		{ "192.167.0.1", false }, { "192.169.0.1", false }, { "126.0.0.1", false },
		{ "128.0.0.1", false }, { "0.0.0.0", false }, { "169.254.1.1", false },
		{ "100.64.0.1", false }, { "::", false }, { "::2", false }, { "fe00::1", false },
		{ "fe7f::1", false }, { "fec0::1", false }, { "2001:db8::1", false }, { "::ffff:8.8.8.8", false },
		{ "::127.0.0.1", false }, { "64:ff9b::7f00:1", false },
	};
	struct conn_endpoint to;
	struct owner *o;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct dns_address a;

		CHECK(dns_is_literal(row[i].address, &a));
		if (conn_memory_is_private(&a) != row[i].is_private)
			printf("%s\n", row[i].address);
		CHECK(conn_memory_is_private(&a) == row[i].is_private);
	}
	setup();
	write_hosts("10.0.0.1 mixed\n192.0.2.1 mixed\n");
	o = fresh(0);
	to = plain_to("192.0.2.1", 80);
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_PLAIN);
	CHECK(strstr(o->detail, "192.0.2.1 is 192.0.2.1:80, which is neither") != NULL);
	/* One public address among private ones is enough. */
	o = fresh(0);
	to = plain_to("mixed", 80);
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_PLAIN);
	CHECK(strstr(o->detail, "mixed is 192.0.2.1:80") != NULL);
	/* Behind a proxy a name cannot be judged. */
	o = fresh(0);
	to = plain_to("localhost", 80);
	snprintf(to.proxy, sizeof to.proxy, "http://127.0.0.1:9");
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_PLAIN);
	o = fresh(0);
	to = plain_to("8.8.8.8", 80);
	snprintf(to.proxy, sizeof to.proxy, "http://127.0.0.1:9");
	CHECK(open_to(o, &to));
	UNTIL(o->closed);
	CHECK(o->reason == CONN_REASON_PLAIN);
	teardown();
}

int
main(void)
{
	world_begin();
	errors_have_their_reason();
	a_dead_address_does_not_hold_up_the_other();
	the_family_that_won_goes_first();
	addresses_are_ordered_by_family_and_luck();
	plain_goes_to_loopback_and_private_addresses_only();
	world_end();
	return CHECK_END("conn_address");
}
