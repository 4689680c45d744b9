/* cert_test.c - reads certificates, and refuses what is none.
 *
 * Goal: every field that policy asks for is read as RFC 5280 has it; what is cut,
 *       changed in its form, or said twice is no certificate.
 * Method: DER written by make_cert.h; times worked out by hand.
 */
#include "check.h"
#include "make_cert.h"
#include "net/cert.h"
#include "net/der.h"
#include <stdlib.h>

static char bytes[8192];

static void
times_are_read_as_utc(void)
{
	/* Seconds: 86400 times the days since 1970, counted by hand. */
	static const struct { const char *text; bool want; int64_t unix_s; } row[] = {
		{ "700101000000Z", true, 0 },
		{ "700101000001Z", true, 1 },
		{ "691231235959Z", true, -1 },
		{ "000301000000Z", true, 951868800 },   /* 11017 days: 2000 was a leap year */
		{ "261125120000Z", true, 1795608000 },
		{ "491231235959Z", true, 2524607999 },
		{ "500101000000Z", true, -631152000 },  /* 50 is 1950 */
		{ "20500101000000Z", true, 2524608000 },
		{ "21000228235959Z", true, 4107542399 },
		{ "99991231235959Z", true, 253402300799 },
		{ "00010101000000Z", true, -62135596800 },
		{ "00000101000000Z", false, 0 },
		{ "21000229000000Z", false, 0 },        /* 2100 is none */
		{ "260229000000Z", false, 0 },
		{ "240229000000Z", true, 1709164800 },
		{ "261300000000Z", false, 0 },
		{ "260001000000Z", false, 0 },
		{ "260132000000Z", false, 0 },
		{ "260431000000Z", false, 0 },
		{ "260100000000Z", false, 0 },
		{ "260101240000Z", false, 0 },
		{ "260101006000Z", false, 0 },
		{ "260101000060Z", false, 0 },
		{ "26010100000Z", false, 0 },
		{ "2601010000000", false, 0 },
		{ "26010100000+Z", false, 0 },
		{ "260101000000z", false, 0 },
		{ "2601010000Z", false, 0 },
		{ "260101000000+0100", false, 0 },
		{ "20260101000000.5Z", false, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct maker m = { bytes, 0 };
		int64_t unix_s = 0;
		struct slice in;
		bool got;

		make_element(&m, strlen(row[i].text) == 15 ? 0x18 : 0x17, slice_str(row[i].text));
		in = slice_of(bytes, m.count);
		got = der_time(&in, &unix_s);
		CHECK(got == row[i].want);
		CHECK(unix_s == row[i].unix_s);
		CHECK(in.count == (got ? 0 : m.count));
		if (got != row[i].want || unix_s != row[i].unix_s)
			printf("  %s is %lld\n", row[i].text, (long long)unix_s);
	}
}

static void
lengths_have_one_form(void)
{
	static const struct { struct slice der; bool want; size_t body, rest; } row[] = {
		{ SLICE_INIT("\x04\x00"), true, 0, 0 },
		{ SLICE_INIT("\x04\x02" "abc"), true, 2, 1 },
		{ SLICE_INIT("\x04\x02" "a"), false, 0, 0 },
		{ SLICE_INIT("\x04"), false, 0, 0 },
		{ SLICE_INIT(""), false, 0, 0 },
		{ SLICE_INIT("\x04\x80" "a\0\0"), false, 0, 0 },         /* indefinite */
		{ SLICE_INIT("\x04\x81\x02" "ab"), false, 0, 0 },        /* longer than needed */
		{ SLICE_INIT("\x04\x82\x00\x80"), false, 0, 0 },
		{ SLICE_INIT("\x04\x81"), false, 0, 0 },
		{ SLICE_INIT("\x04\x84\x00\x00\x00\x01" "a"), false, 0, 0 },
		{ SLICE_INIT("\x04\xff" "a"), false, 0, 0 },
		{ SLICE_INIT("\x1f\x81\x01\x00"), false, 0, 0 },         /* a tag of many bytes */
		{ SLICE_INIT("\x04\x83\xff\xff\xff" "a"), false, 0, 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct slice in = row[i].der, body = SLICE(""), whole;
		uint8_t tag;
		bool got = der_any(&in, &tag, &body, &whole);

		CHECK(got == row[i].want);
		CHECK(!got || (body.count == row[i].body && in.count == row[i].rest));
		CHECK(got || in.count == row[i].der.count);
	}
}

static void
fields_are_read(void)
{
	const struct make how = {
		.subject = "a.example", .issuer = "An Issuer",
		.names = SLICE("\x82\x09" "a.example"), .key_id = "K1", .issuer_key_id = "K2",
		.use = 0x84, .purpose = 4, .ca = true, .path_max = 3,
	};
	struct cert c;
	char text[100];
	struct text out = text_init(text, sizeof text - 1);

	CHECK(cert_read(make_cert(bytes, &how), &c));
	CHECK(c.version == 3);
	CHECK(c.not_before_s == 1767225600); /* 2026-01-01, 20454 days */
	CHECK(c.not_after_s == 1798761600);  /* 365 days more */
	CHECK(c.key == CERT_KEY_P256 && c.key_bits == 256 && c.point.count == 65);
	CHECK(c.hash == CERT_HASH_SHA256);
	CHECK(slice_is(c.names, "\x82\x09" "a.example"));
	CHECK(slice_is(c.key_id, "K1") && slice_is(c.issuer_key_id, "K2"));
	CHECK(c.is_ca && c.path_max == 2);
	CHECK(c.says_use && c.use == (CERT_USE_SIGNATURE | CERT_USE_CERT_SIGN));
	CHECK(c.says_purpose && c.for_servers);
	CHECK(!c.has_unknown_critical);
	CHECK(!slice_equal(c.issuer, c.subject));
	cert_name_text(&out, c.issuer);
	text[out.count] = 0;
	CHECK_TEXT(text, "\"An Issuer\"");
}

static void
what_is_not_said_is_not_invented(void)
{
	struct cert c;

	CHECK(cert_read(make_cert(bytes, &(struct make){ .subject = "a" }), &c));
	CHECK(!c.is_ca && c.path_max == -1 && !c.says_use && !c.says_purpose && !c.for_servers);
	CHECK(c.names.count == 0 && c.key_id.count == 0 && c.issuer_key_id.count == 0);
	CHECK(slice_equal(c.issuer, c.subject));
	CHECK(cert_read(make_cert(bytes, &(struct make){ .subject = "a", .version = 1 }), &c));
	CHECK(c.version == 1);
}

static void
rsa_keys_have_their_bits(void)
{
	static const struct { int bits; size_t exponent; } row[] = {
		{ 1024, 3 }, { 2047, 3 }, { 2048, 1 }, { 2049, 3 }, { 4096, 5 }, { 8192, 1 },
	};
	static char key[4096];
	struct cert c;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct make how = { .subject = "a",
		                    .key = make_rsa(key, row[i].bits, row[i].exponent) };

		CHECK(cert_read(make_cert(bytes, &how), &c));
		CHECK(c.key == CERT_KEY_RSA && c.key_bits == row[i].bits);
		CHECK(c.exponent.count == row[i].exponent);
		CHECK(c.modulus.count == (size_t)(row[i].bits + 7) / 8);
	}
}

/* One element of an extension list, and whether it is well formed. */
static void
extensions_are_judged_by_their_form(void)
{
#define EXT(oid, value) "\x30" "\x0b" "\x06\x03\x55\x1d" oid "\x04\x04" value
	static const struct { struct slice extra; bool want, unknown; } row[] = {
		{ SLICE_INIT(EXT("\x0f", "\x03\x02\x07\x80")), true, false },
		{ SLICE_INIT(EXT("\x0f", "\x03\x02\x08\x80")), false, false },  /* 8 bits unused */
		{ SLICE_INIT(EXT("\x0f", "\x04\x02\x07\x80")), false, false },  /* no BIT STRING */
		{ SLICE_INIT(EXT("\x13", "\x30\x02\x05\x00")), false, false },
		{ SLICE_INIT(EXT("\x11", "\x30\x02\x82\x00")), true, false },
		{ SLICE_INIT(EXT("\x11", "\x30\x02\x05\x00")), false, false },  /* no GeneralName */
		{ SLICE_INIT(EXT("\x25", "\x30\x02\x06\x00")), true, false },
		{ SLICE_INIT(EXT("\x25", "\x30\x02\x05\x00")), false, false },
		{ SLICE_INIT(EXT("\x0e", "\x04\x02" "id")), true, false },
		{ SLICE_INIT(EXT("\x0e", "\x04\x01" "id")), false, false },     /* something behind */
		{ SLICE_INIT(EXT("\x23", "\x30\x02\x80\x00")), true, false },
		{ SLICE_INIT(EXT("\x63", "????")), true, false },               /* unknown */
		/* The same twice: one that is known could be read twice ways. */
		{ SLICE_INIT(EXT("\x11", "\x30\x02\x82\x00") EXT("\x11", "\x30\x02\x82\x00")),
		  false, false },
		{ SLICE_INIT(EXT("\x63", "????") EXT("\x63", "????")), true, false },
		/* Critical: unknown, known, a name constraint. */
		{ SLICE_INIT("\x30\x0b\x06\x03\x55\x1d\x63\x01\x01\xff\x04\x01?"), true, true },
		{ SLICE_INIT("\x30\x0b\x06\x03\x55\x1d\x63\x01\x01\x00\x04\x01?"), true, false },
		{ SLICE_INIT("\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"),
		  true, false },
		{ SLICE_INIT("\x30\x0c\x06\x03\x55\x1d\x1e\x01\x01\xff\x04\x02\x30\x00"), true, true },
		{ SLICE_INIT("\x30\x05\x06\x03\x55\x1d\x63"), false, false },   /* no value */
		{ SLICE_INIT("\x05\x00"), false, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct make how = { .subject = "a", .extra = row[i].extra };
		struct cert c;
		bool got = cert_read(make_cert(bytes, &how), &c);

		CHECK(got == row[i].want);
		CHECK(!got || c.has_unknown_critical == row[i].unknown);
		if (got != row[i].want)
			printf("  row %zu\n", i);
	}
}

static void
cut_anywhere_it_is_none(void)
{
	const struct make how = {
		.subject = "a.example", .issuer = "b", .names = SLICE("\x82\x09" "a.example"),
		.key_id = "K1", .issuer_key_id = "K2", .use = 0x80, .purpose = 1, .ca = true,
	};
	struct slice whole = make_cert(bytes, &how);
	struct cert c;

	for (size_t count = 0; count <= whole.count + 1; count++) {
		/* Exactly as long as it is, so that a read behind its end is seen. */
		char *copy = malloc(count + 1);

		memset(copy, 0, count + 1);
		memcpy(copy, whole.at, count < whole.count ? count : whole.count);
		copy = realloc(copy, count == 0 ? 1 : count);
		CHECK(cert_read(slice_of(copy, count), &c) == (count == whole.count));
		free(copy);
	}
}

/* Any one byte may be anything: it is read or refused, and every slice stays inside. */
static void
a_changed_byte_stays_inside(void)
{
	const struct make how = {
		.subject = "a.example", .issuer = "b", .names = SLICE("\x82\x09" "a.example"),
		.key_id = "K1", .issuer_key_id = "K2", .use = 0x80, .purpose = 1, .ca = true,
	};
	struct slice whole = make_cert(bytes, &how);
	char *copy = malloc(whole.count);
	struct cert c;
	int read_count = 0, outside_count = 0;

	for (size_t i = 0; i < whole.count; i++)
		for (int value = 0; value < 256; value++) {
			memcpy(copy, whole.at, whole.count);
			copy[i] = (char)value;
			if (!cert_read(slice_of(copy, whole.count), &c))
				continue;
			read_count++;
			outside_count += c.names.count != 0 &&
			                 (c.names.at < copy ||
			                  c.names.at + c.names.count > copy + whole.count);
		}
	CHECK(outside_count == 0);
	CHECK(read_count > (int)whole.count);         /* also as it was, for each byte */
	CHECK(read_count < (int)whole.count * 200);
	free(copy);
}

int
main(void)
{
	times_are_read_as_utc();
	lengths_have_one_form();
	fields_are_read();
	what_is_not_said_is_not_invented();
	rsa_keys_have_their_bits();
	extensions_are_judged_by_their_form();
	cut_anywhere_it_is_none();
	a_changed_byte_stays_inside();
	return CHECK_END("cert");
}
