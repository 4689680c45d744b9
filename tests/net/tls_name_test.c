/* tls_name_test.c - is this certificate for that host?
 *
 * Goal: RFC 6125's strict half: whole labels, one wildcard at the left, addresses only
 *       against addresses, and nothing that a peer writes matches by accident.
 * Method: tables; entries of a subjectAltName written by hand.
 */
#include "check.h"
#include "net/tls_name.h"

static void
a_dns_name_matches_by_whole_labels(void)
{
	static const struct { struct slice pattern; const char *name; bool want; } row[] = {
		{ SLICE_INIT("a.example"), "a.example", true },
		{ SLICE_INIT("A.Example"), "a.example", true },
		{ SLICE_INIT("a.example."), "a.example", false },
		{ SLICE_INIT("a.example"), "b.a.example", false },
		{ SLICE_INIT("b.a.example"), "a.example", false },
		{ SLICE_INIT("a_b-1.example"), "a_b-1.example", true },
		{ SLICE_INIT("localhost"), "localhost", true },
		{ SLICE_INIT(""), "a.example", false },
		{ SLICE_INIT("*.a.example"), "x.a.example", true },
		{ SLICE_INIT("*.A.example"), "x.a.example", true },
		{ SLICE_INIT("*.a.example"), "a.example", false },
		{ SLICE_INIT("*.a.example"), ".a.example", false },
		{ SLICE_INIT("*.a.example"), "y.x.a.example", false },
		{ SLICE_INIT("*.example"), "a.example", false }, /* half of the net */
		{ SLICE_INIT("*"), "a.example", false },
		{ SLICE_INIT("*."), "a.example", false },
		{ SLICE_INIT("*.."), "a.example", false },
		{ SLICE_INIT("*..a.example"), "x..a.example", false },
		{ SLICE_INIT("x*.a.example"), "xy.a.example", false },
		{ SLICE_INIT("*x.a.example"), "yx.a.example", false },
		{ SLICE_INIT("x.*.example"), "x.a.example", false },
		{ SLICE_INIT("*.*.example"), "x.a.example", false },
		{ SLICE_INIT("a..example"), "a..example", false },
		{ SLICE_INIT("a.example\0.evil.example"), "a.example", false },
		{ SLICE_INIT("a.example\0"), "a.example", false },
		{ SLICE_INIT("a example"), "a example", false },
		{ SLICE_INIT("\xc3\xa4.example"), "\xc3\xa4.example", false },
		{ SLICE_INIT("xn--4ca.example"), "xn--4ca.example", true },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(tls_name_dns_matches(row[i].pattern, slice_str(row[i].name)) == row[i].want);
		if (tls_name_dns_matches(row[i].pattern, slice_str(row[i].name)) != row[i].want)
			printf("  row %zu\n", i);
	}
}

static void
a_host_is_read_or_refused(void)
{
	static const struct { struct slice text; bool want; const char *name; int bytes; } row[] = {
		{ SLICE_INIT("API.Example.COM."), true, "api.example.com", 0 },
		{ SLICE_INIT("192.0.2.7"), true, "192.0.2.7", 4 },
		{ SLICE_INIT("2001:DB8::7"), true, "2001:db8::7", 16 },
		{ SLICE_INIT("::ffff:192.0.2.7"), true, "::ffff:192.0.2.7", 16 },
		{ SLICE_INIT("localhost"), true, "localhost", 0 },
		{ SLICE_INIT(""), false, 0, 0 },
		{ SLICE_INIT("."), false, 0, 0 },
		{ SLICE_INIT("a..b"), false, 0, 0 },
		{ SLICE_INIT("a b"), false, 0, 0 },
		{ SLICE_INIT("a\0b"), false, 0, 0 },
		{ SLICE_INIT("192.0.2.7\0"), false, 0, 0 },
		{ SLICE_INIT("[::1]"), false, 0, 0 },
		{ SLICE_INIT("fe80::1%eth0"), false, 0, 0 },
		{ SLICE_INIT("a:443"), false, 0, 0 },
		{ SLICE_INIT("*.a.example"), false, 0, 0 },
		{ SLICE_INIT("0123456789012345678901234567890123456789012345678901234567890123.a"),
		  false, 0, 0 }, /* a label of 64 */
	};
	char longest[300];
	struct tls_host host;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		bool got = tls_host_read(row[i].text, &host);

		CHECK(got == row[i].want);
		if (got != row[i].want)
			printf("  row %zu\n", i);
		if (got && row[i].want) {
			CHECK_TEXT(host.name, row[i].name);
			CHECK(host.address_bytes == row[i].bytes);
		}
	}
	for (size_t i = 0; i < sizeof longest; i++)
		longest[i] = i % 50 == 49 ? '.' : 'a';
	CHECK(tls_host_read(slice_of(longest, 255), &host));
	CHECK(!tls_host_read(slice_of(longest, 256), &host));
}

static bool
matches(struct slice names, const char *text)
{
	struct tls_host host;

	CHECK(tls_host_read(slice_str(text), &host));
	return tls_name_matches(names, &host);
}

static void
addresses_match_addresses_and_names_match_names(void)
{
	/* dNSName 192.0.2.8; iPAddress 192.0.2.7; iPAddress of 5 bytes; a directory name;
	 * an e-mail a.example; dNSName a.example; iPAddress 2001:db8::7; URI b.example. */
	const struct slice names = SLICE("\x82\x09" "192.0.2.8" "\x87\x04\xc0\x00\x02\x07"
	                                 "\x87\x05\xc0\x00\x02\x09\x00" "\xa4\x00"
	                                 "\x81\x09" "c.example" "\x82\x09" "a.example"
	                                 "\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"
	                                 "\x86\x09" "b.example");
	char text[200];
	struct text out = text_init(text, sizeof text - 1);

	CHECK(matches(names, "192.0.2.7"));
	CHECK(!matches(names, "192.0.2.8"));
	CHECK(!matches(names, "192.0.2.9"));
	CHECK(matches(names, "2001:db8::7"));
	CHECK(matches(names, "2001:0db8:0:0::0007"));
	CHECK(!matches(names, "2001:db8::8"));
	CHECK(!matches(names, "::ffff:192.0.2.7"));
	CHECK(matches(names, "a.example"));
	CHECK(!matches(names, "b.example"));
	CHECK(!matches(names, "c.example"));
	CHECK(!matches(SLICE(""), "a.example"));
	tls_name_list(&out, names);
	text[out.count] = 0;
	CHECK_TEXT(text, "\"192.0.2.8\", 192.0.2.7, an address that is none and 2 more");
}

static void
what_a_peer_named_is_safe_to_print(void)
{
	char text[200];
	struct text out = text_init(text, sizeof text - 1);

	tls_name_list(&out, SLICE("\x82\x08\x1b[31m\n\"x\x87\x00"));
	text[out.count] = 0;
	CHECK_TEXT(text, "\"?[31m?\"x\", an address that is none");
	out.count = 0;
	tls_name_list(&out, SLICE("\x81\x03" "a@b"));
	text[out.count] = 0;
	CHECK_TEXT(text, "no name");
}

int
main(void)
{
	a_dns_name_matches_by_whole_labels();
	a_host_is_read_or_refused();
	addresses_match_addresses_and_names_match_names();
	what_a_peer_named_is_safe_to_print();
	return CHECK_END("tls_name");
}
