/* tls_policy_test.c - the rules for certificates and the path along which they are judged.
 *
 * Goal: each rule refuses what it is there for and nothing else; the path is found
 *       whatever the order, and never goes round; the trust is read whole or refused.
 * Method: certificates signed by nobody (make_cert.h), a trust of made-up roots, and
 *         the roots built in.
 */
#include "check.h"
#include "make_cert.h"
#include "net/tls_policy.h"
#include "trust_roots.h"
#include <bearssl_pem.h>

enum { CERTS_MAX = 16, CERT_BYTES = 4096 };

static const int64_t wall_s = 1795608000; /* 2026-11-25T12:00:00Z */

static char store[CERTS_MAX][CERT_BYTES];
static char memory[1 << 20] __attribute__((aligned(64)));
static char rsa_key[CERT_BYTES];
static struct tls_path path;
static char why[512];

static struct slice
pem_of(char *to, struct slice der)
{
	return slice_of(to, br_pem_encode(to, der.at, der.count, "CERTIFICATE", 0));
}

static struct tls_trust *
trust_of(const struct make *root, int count, const char *const *pin, int pin_count)
{
	static char pem[CERTS_MAX * CERT_BYTES];
	static struct arena boot;
	struct tls_trust *trust = NULL;
	size_t at = 0;

	for (int i = 0; i < count; i++)
		at += pem_of(pem + at, make_cert(store[0], &root[i])).count;
	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(tls_trust_init(&trust, slice_of(pem, at), pin, pin_count, &boot, why,
	                     sizeof why) == ERR_NONE);
	return trust;
}

static enum tls_reason
judge(const struct tls_trust *trust, const struct make *sent, int count, int64_t at_s)
{
	struct tls_chain chain = { .count = count };
	struct text out = text_init(why, sizeof why - 1);
	struct tls_host host;
	enum tls_reason reason;

	for (int i = 0; i < count && i < TLS_CHAIN_MAX; i++)
		chain.der[i] = make_cert(store[i], &sent[i]);
	CHECK(tls_host_read(SLICE("a.example"), &host));
	reason = tls_policy_judge(&chain, trust, &host, at_s, &path, &out);
	why[out.count] = 0;
	CHECK((reason == TLS_REASON_NONE) == (why[0] == 0));
	return reason;
}

#define NAMES .names = SLICE_INIT("\x82\x09" "a.example")
#define CHECK_REASON(got, want) \
	CHECK_TEXT(tls_reason_text(got), tls_reason_text(TLS_REASON_##want))

static const struct make root = { .subject = "Root", .ca = true, .key_id = "KR", .use = 0x06 };
static const struct make mid = { .subject = "Mid", .issuer = "Root", .ca = true, .key_id = "KM",
                                 .issuer_key_id = "KR" };
static const struct make low = { .subject = "Low", .issuer = "Mid", .ca = true, .key_id = "KL",
                                 .issuer_key_id = "KM" };
static const struct make leaf = { .subject = "a.example", .issuer = "Low", NAMES,
                                  .issuer_key_id = "KL" };

/* --- one certificate --------------------------------------------------------------- */

static void
the_server_s_own_certificate_is_judged(void)
{
#define LEAF .subject = "leaf", .issuer = "Root", NAMES
	const struct { struct make cert; enum tls_reason want; const char *why; } row[] = {
		{ { LEAF }, TLS_REASON_NONE, "" },
		{ { LEAF, .use = 0x80, .purpose = 1 }, TLS_REASON_NONE, "" },
		{ { LEAF, .purpose = 3 }, TLS_REASON_NONE, "" },
		{ { LEAF, .purpose = 4 }, TLS_REASON_NONE, "" },
		{ { LEAF, .end = "261125120000Z" }, TLS_REASON_NONE, "" },  /* its last second */
		{ { LEAF, .begin = "261125120000Z" }, TLS_REASON_NONE, "" },
		{ { LEAF, .end = "99991231235959Z" }, TLS_REASON_NONE, "" },
		{ { LEAF, .end = "261125115959Z" }, TLS_REASON_EXPIRED,
		  "the server's certificate \"leaf\" expired on 2026-11-25T11:59:59Z; our clock "
		  "says 2026-11-25T12:00:00Z" },
		{ { LEAF, .begin = "261125120001Z" }, TLS_REASON_NOT_YET,
		  "the server's certificate \"leaf\" is valid from 2026-11-25T12:00:01Z; our clock "
		  "says 2026-11-25T12:00:00Z" },
		{ { LEAF, .begin = "99990101000000Z" }, TLS_REASON_NOT_YET,
		  "the server's certificate \"leaf\" is valid from after the year 2261; our clock "
		  "says 2026-11-25T12:00:00Z" },
		{ { LEAF, .end = "00010101000000Z" }, TLS_REASON_EXPIRED,
		  "the server's certificate \"leaf\" expired on before the year 1678; our clock "
		  "says 2026-11-25T12:00:00Z" },
		{ { .subject = "a.example", .issuer = "Root" }, TLS_REASON_NAME,
		  "the server's certificate is not for a.example; it is for no name at all (it has "
		  "no subjectAltName; its common name \"a.example\" does not count)" },
		{ { .subject = "a", .issuer = "Root", .version = 1 }, TLS_REASON_NAME, NULL },
		{ { .subject = "a", .issuer = "Root", .names = SLICE("\x82\x09" "b.example") },
		  TLS_REASON_NAME,
		  "the server's certificate is not for a.example; it is for \"b.example\"" },
		{ { LEAF, .purpose = 2 }, TLS_REASON_USAGE,
		  "the server's certificate \"leaf\" is not for servers (no serverAuth in its usage)" },
		{ { LEAF, .use = 0x20 }, TLS_REASON_USAGE,
		  "the server's certificate \"leaf\" has a key that may not sign" },
		{ { LEAF, .signature_oid = SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05") },
		  TLS_REASON_WEAK, "the server's certificate \"leaf\" is signed over a broken digest "
		  "(SHA-1 or older)" },
		{ { LEAF, .signature_oid = SLICE("\x2b\x65\x70") }, TLS_REASON_WEAK,
		  "the server's certificate \"leaf\" is signed by an algorithm that is not accepted" },
		{ { LEAF, .key = make_rsa(rsa_key, 2047, 3) }, TLS_REASON_WEAK,
		  "the server's certificate \"leaf\" has an RSA key of 2047 bits, wanted are 2048 to "
		  "8192" },
		{ { LEAF, .extra = SLICE("\x30\x0b\x06\x03\x55\x1d\x63\x01\x01\xff\x04\x01?") },
		  TLS_REASON_CERTIFICATE, "the server's certificate \"leaf\" demands something (a "
		  "critical extension) that is not known here" },
		{ { LEAF, .extra = SLICE("\x05\x00") }, TLS_REASON_CERTIFICATE,
		  "the server's certificate is not well formed" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct tls_trust *trust = trust_of(&root, 1, NULL, 0);
		enum tls_reason got = judge(trust, &row[i].cert, 1, wall_s);

		CHECK_TEXT(tls_reason_text(got), tls_reason_text(row[i].want));
		if (row[i].why)
			CHECK_TEXT(why, row[i].why);
	}
}

static void
keys_have_a_least_and_a_greatest_size(void)
{
	static const struct { int bits; size_t exponent; enum tls_reason want; } row[] = {
		{ 1024, 3, TLS_REASON_WEAK }, { 2047, 3, TLS_REASON_WEAK },
		{ 2048, 3, TLS_REASON_NONE }, { 4096, 1, TLS_REASON_NONE },
		{ 8192, 4, TLS_REASON_NONE }, { 8193, 3, TLS_REASON_WEAK },
		{ 2048, 5, TLS_REASON_WEAK }, { 8192, 1000, TLS_REASON_WEAK },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct make sent[3] = { { LEAF }, mid, { .subject = "" } }, other = root;
		const struct tls_trust *trust = trust_of(&root, 1, NULL, 0);

		sent[0].key = make_rsa(rsa_key, row[i].bits, row[i].exponent);
		CHECK(judge(trust, sent, 1, wall_s) == row[i].want);
		/* The same for one in between and for a root. */
		sent[0].key = SLICE("");
		sent[0].issuer = "Mid";
		sent[1].key = make_rsa(rsa_key, row[i].bits, row[i].exponent);
		CHECK(judge(trust, sent, 2, wall_s) == row[i].want);
		other.key = sent[1].key;
		sent[0].issuer = "Root";
		CHECK(judge(trust_of(&other, 1, NULL, 0), sent, 1, wall_s) == row[i].want);
	}
}

static void
issuers_are_judged(void)
{
#define MID .subject = "Mid", .issuer = "Root"
	const struct { struct make cert; enum tls_reason want; } row[] = {
		{ { MID, .ca = true }, TLS_REASON_NONE },
		{ { MID, .ca = true, .use = 0x06, .purpose = 1 }, TLS_REASON_NONE },
		{ { MID, .ca = true, .purpose = 3 }, TLS_REASON_NONE },
		{ { MID, .ca = true, .path_max = 1 }, TLS_REASON_NONE }, /* 0 CAs below */
		{ { MID }, TLS_REASON_USAGE },
		{ { MID, .version = 1 }, TLS_REASON_USAGE },
		{ { MID, .ca = true, .use = 0x80 }, TLS_REASON_USAGE },
		{ { MID, .ca = true, .purpose = 2 }, TLS_REASON_USAGE },
		{ { MID, .ca = true, .end = "261125115959Z" }, TLS_REASON_EXPIRED },
		{ { MID, .ca = true, .begin = "261125120001Z" }, TLS_REASON_NOT_YET },
		{ { MID, .ca = true, .signature_oid = SLICE("\x2a\x86\x48\xce\x3d\x04\x01") },
		  TLS_REASON_WEAK },
		/* Name constraints, which nobody here understands. */
		{ { MID, .ca = true,
		    .extra = SLICE("\x30\x0c\x06\x03\x55\x1d\x1e\x01\x01\xff\x04\x02\x30\x00") },
		  TLS_REASON_CERTIFICATE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const struct make sent[] = { { .subject = "a", .issuer = "Mid", NAMES }, row[i].cert };
		enum tls_reason got = judge(trust_of(&root, 1, NULL, 0), sent, 2, wall_s);

		CHECK_TEXT(tls_reason_text(got), tls_reason_text(row[i].want));
		CHECK(got == TLS_REASON_NONE || strstr(why, "issuer's certificate \"Mid\"") != NULL);
	}
}

static void
roots_are_judged(void)
{
	const struct { struct make root; enum tls_reason want; } row[] = {
		{ { .subject = "Root", .ca = true }, TLS_REASON_NONE },
		{ { .subject = "Root", .version = 1 }, TLS_REASON_NONE }, /* of the first days */
		{ { .subject = "Root", .issuer = "Older Root", .ca = true }, TLS_REASON_NONE },
		{ { .subject = "Root", .ca = true, /* its own signature is not looked at */
		    .signature_oid = SLICE("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05") },
		  TLS_REASON_NONE },
		{ { .subject = "Root" }, TLS_REASON_USAGE },
		{ { .subject = "Root", .ca = true, .use = 0x80 }, TLS_REASON_USAGE },
		{ { .subject = "Root", .ca = true, .end = "261125115959Z" }, TLS_REASON_EXPIRED },
		{ { .subject = "Root", .ca = true, .begin = "261125120001Z" }, TLS_REASON_NOT_YET },
		{ { .subject = "Toor", .ca = true }, TLS_REASON_ISSUER },
	};
	const struct make sent = { LEAF };

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum tls_reason got = judge(trust_of(&row[i].root, 1, NULL, 0), &sent, 1, wall_s);

		CHECK_TEXT(tls_reason_text(got), tls_reason_text(row[i].want));
	}
}

/* --- the path -------------------------------------------------------------------------- */

static void
the_path_is_found_in_any_order(void)
{
	const struct make stranger = { .subject = "Stranger", .ca = true };
	const struct { struct make sent[5]; int count; int path[3]; } row[] = {
		{ { leaf, low, mid }, 3, { 0, 1, 2 } },
		{ { leaf, mid, low }, 3, { 0, 2, 1 } },
		{ { leaf, low, mid, root }, 4, { 0, 1, 2 } },
		{ { leaf, root, mid, low }, 4, { 0, 3, 2 } },
		{ { leaf, low, low, mid, mid }, 5, { 0, 1, 3 } },
		{ { leaf, stranger, low, stranger, mid }, 5, { 0, 2, 4 } },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), row[i].sent, row[i].count, wall_s),
		             NONE);
		CHECK(path.count == 3);
		for (int k = 0; k < 3; k++)
			CHECK(path.index[k] == row[i].path[k]);
	}
	/* All five of them ended on the same day: 2027-01-01. */
	CHECK(path.until_s == 1798761600);
}

static void
a_gap_names_the_issuer_that_is_missing(void)
{
	const struct { struct make sent[3]; int count; const char *why; } row[] = {
		{ { leaf }, 1, "the issuer \"Low\" of the server's certificate \"a.example\" is "
		               "neither trusted nor sent along" },
		{ { leaf, mid }, 2, "the issuer \"Low\" of the server's certificate \"a.example\" is "
		                    "neither trusted nor sent along" },
		{ { leaf, low }, 2, "the issuer \"Mid\" of the issuer's certificate \"Low\" is "
		                    "neither trusted nor sent along" },
		{ { { .subject = "a.example", NAMES } }, 1, "the server's certificate \"a.example\" "
		                                            "vouches for itself and is not in the trust" },
		{ { { .subject = "a", .issuer = "Alien", NAMES }, { .subject = "Alien", .ca = true } },
		  2, "the issuer's certificate \"Alien\" vouches for itself and is not in the trust" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), row[i].sent, row[i].count, wall_s),
		             ISSUER);
		CHECK_TEXT(why, row[i].why);
	}
}

static void
a_path_never_goes_round(void)
{
	const struct make sent[] = {
		{ .subject = "a", .issuer = "B", NAMES },
		{ .subject = "B", .issuer = "C", .ca = true },
		{ .subject = "C", .issuer = "B", .ca = true },
		{ .subject = "B", .issuer = "B", .ca = true },
	};

	CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), sent, 3, wall_s), ISSUER);
	CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), sent, 4, wall_s), ISSUER);
}

static void
a_path_may_be_as_long_as_its_cas_allow(void)
{
	struct make sent[] = { leaf, low, mid };
	struct make other = root;

	/* Two CAs below the root, one below Mid. */
	for (int max = 1; max <= 4; max++) {
		other.path_max = max;
		CHECK(judge(trust_of(&other, 1, NULL, 0), sent, 3, wall_s) ==
		      (max - 1 < 2 ? TLS_REASON_USAGE : TLS_REASON_NONE));
	}
	for (int max = 1; max <= 3; max++) {
		sent[2].path_max = max;
		CHECK(judge(trust_of(&root, 1, NULL, 0), sent, 3, wall_s) ==
		      (max - 1 < 1 ? TLS_REASON_USAGE : TLS_REASON_NONE));
	}
}

static void
a_server_sends_one_to_ten(void)
{
	struct make sent[TLS_CHAIN_MAX] = { leaf, low, mid };

	for (int i = 3; i < TLS_CHAIN_MAX; i++)
		sent[i] = (struct make){ .subject = "Stranger", .ca = true };
	CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), sent, 10, wall_s), NONE);
	CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), sent, 11, wall_s), CERTIFICATE);
	CHECK_TEXT(why, "the server sent 11 certificates, wanted are 1 to 10");
	CHECK_REASON(judge(trust_of(&root, 1, NULL, 0), sent, 0, wall_s), CERTIFICATE);
}

/* One name, two keys: a CA that changed its key, or somebody who borrows its name. */
static void
of_equal_names_the_right_key_is_taken(void)
{
	const struct make roots[] = {
		{ .subject = "Root", .ca = true, .key_id = "K1" },
		{ .subject = "Root", .ca = true, .key_id = "K2", .end = "260201000000Z" },
		{ .subject = "Root", .ca = true, .key_id = "K3" },
	};
	struct make sent[] = {
		{ LEAF, .issuer_key_id = "K3" },
		{ .subject = "Root", .issuer = "Root", .ca = true, .key_id = "K4",
		  .issuer_key_id = "K1" },
		{ .subject = "Root", .issuer = "Elsewhere", .ca = true, .key_id = "K4" },
	};

	CHECK_REASON(judge(trust_of(roots, 3, NULL, 0), sent, 1, wall_s), NONE);
	CHECK(slice_is(path.root.key_id, "K3") && path.count == 1);
	/* The right key counts more than the right time: the reason then is the true one. */
	sent[0].issuer_key_id = "K2";
	CHECK_REASON(judge(trust_of(roots, 3, NULL, 0), sent, 1, wall_s), EXPIRED);
	/* Not said: one that is valid. */
	sent[0].issuer_key_id = NULL;
	CHECK_REASON(judge(trust_of(roots + 1, 2, NULL, 0), sent, 1, wall_s), NONE);
	CHECK(slice_is(path.root.key_id, "K3"));
	/* A root of that name with another key does not stop a cross certificate, and of
	 * two crosses the one that leads to a root is taken. */
	sent[0].issuer_key_id = "K4";
	CHECK_REASON(judge(trust_of(roots, 3, NULL, 0), sent, 3, wall_s), NONE);
	CHECK(path.count == 2 && path.index[1] == 1 && slice_is(path.root.key_id, "K1"));
}

/* --- the trust --------------------------------------------------------------------------- */

static void
a_ca_file_is_read_whole_or_refused(void)
{
	static char pem[3 * CERT_BYTES];
	static struct arena boot;
	char one[CERT_BYTES];
	const size_t count = pem_of(one, make_cert(store[0], &root)).count;
	const struct { const char *format; int cut; enum err want; const char *why; } row[] = {
		{ "%s", 0, ERR_NONE, "" },
		{ "some words first\r\n\n%s\nand last", 0, ERR_NONE, "" },
		{ "%s%s", 0, ERR_NONE, "" },
		{ "%s", 1, ERR_NONE, "" }, /* no end of line at the end */
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n%s", 0, ERR_NONE, "" },
		{ "%s", 80, ERR_CONFIG, "the CA file ends inside certificate 1" },
		{ "%s", 10, ERR_NONE, "" }, /* cut in its last line: nothing is missing */
		{ "%.0s\n", 0, ERR_CONFIG, "the CA file has no certificate (PEM, BEGIN CERTIFICATE)" },
		{ "%.0sno certificate at all", 0, ERR_CONFIG,
		  "the CA file has no certificate (PEM, BEGIN CERTIFICATE)" },
		{ "%s-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 0, ERR_CONFIG,
		  "certificate 2 of the CA file is not well formed" },
		{ "%s-----BEGIN CERTIFICATE-----\nM*A=\n-----END CERTIFICATE-----\n", 0, ERR_CONFIG,
		  "the CA file is broken after 1 certificates" },
	};

	one[count] = 0;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tls_trust *trust;
		int bytes;

		bytes = snprintf(pem, sizeof pem, row[i].format, one, one);
		memset(memory, 0, sizeof memory);
		arena_init(&boot, memory, sizeof memory);
		CHECK(tls_trust_init(&trust, slice_of(pem, (size_t)(bytes - row[i].cut)), NULL, 0,
		                     &boot, why, sizeof why) == row[i].want);
		CHECK_TEXT(why, row[i].why);
		CHECK((trust != NULL) == (row[i].want == ERR_NONE));
	}
}

static void
a_full_arena_is_said(void)
{
	static struct arena boot;
	char pem[CERT_BYTES];
	struct slice file = pem_of(pem, make_cert(store[0], &root));
	const char *pin = "a sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	bool done = false;

	for (size_t bytes = 0; bytes < 4096 && !done; bytes += 64) {
		struct tls_trust *trust;
		enum err err;

		memset(memory, 0, sizeof memory);
		arena_init(&boot, memory, bytes);
		err = tls_trust_init(&trust, file, &pin, 1, &boot, why, sizeof why);
		done = err == ERR_NONE;
		CHECK(done ? trust != NULL : err == ERR_FULL && trust == NULL && why[0] != 0);
	}
	CHECK(done);
}

static void
pins_are_read_or_refused(void)
{
	static const struct { const char *pin; bool want; } row[] = {
		{ "a.example sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true },
		{ "A.EXAMPLE.   sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true },
		{ "192.0.2.7 sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true },
		{ "", false },
		{ "a.example", false },
		{ "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
		{ "a.example sha1/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
		{ "a.example sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false }, /* 30 bytes */
		{ "a.example sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false },
		{ "a.example sha256/????AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
		{ "*.example sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
	};
	static struct arena boot;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct tls_trust *trust;
		enum err err;

		memset(memory, 0, sizeof memory);
		arena_init(&boot, memory, sizeof memory);
		err = tls_trust_init(&trust, SLICE(""), &row[i].pin, 1, &boot, why, sizeof why);
		CHECK(err == (row[i].want ? ERR_NONE : ERR_CONFIG));
		CHECK(row[i].want || strstr(why, "is not HOST sha256/BASE64") != NULL);
	}
}

static void
a_pin_asks_for_a_key_on_the_path(void)
{
	static char key[3][CERT_BYTES];
	struct make own_root = root, sent[] = { leaf, low, mid,
	                                        { .subject = "Stranger", .ca = true } };
	char base64[64], pin[128];
	const char *pins[] = { pin };

	/* Four keys on the path, the fifth is a stranger's. */
	sent[0].key = make_rsa(key[0], 2048, 1);
	sent[1].key = make_rsa(key[1], 3072, 1);
	sent[2].key = make_rsa(key[2], 4096, 1);
	own_root.key = make_rsa(rsa_key, 2560, 1);
	for (int i = 0; i < 5; i++) {
		static const char letters[] =
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
		struct slice keys[] = { sent[0].key, sent[1].key, sent[2].key, own_root.key, { 0, 0 } };
		uint8_t digest[TLS_PIN_BYTES + 1] = { 0 };
		struct maker m = { store[CERTS_MAX - 1], 0 };

		make_p256(&m);
		keys[4] = slice_of(m.at, m.count);
		tls_trust_digest(keys[i], digest);
		for (size_t k = 0; k < 44; k++) {
			uint32_t three = (uint32_t)digest[k / 4 * 3] << 16 |
			                 (uint32_t)digest[k / 4 * 3 + 1] << 8 |
			                 (k / 4 * 3 + 2 < 33 ? digest[k / 4 * 3 + 2] : 0u);

			base64[k] = letters[three >> (18 - 6 * (k % 4)) & 63];
		}
		base64[43] = '=';
		base64[44] = 0;
		snprintf(pin, sizeof pin, "a.example sha256/%s", base64);
		CHECK(judge(trust_of(&own_root, 1, pins, 1), sent, 4, wall_s) ==
		      (i < 4 ? TLS_REASON_NONE : TLS_REASON_PIN));
		snprintf(pin, sizeof pin, "b.example sha256/%s", base64);
		CHECK(judge(trust_of(&own_root, 1, pins, 1), sent, 4, wall_s) == TLS_REASON_NONE);
	}
}

/* --- the roots built in --------------------------------------------------------------------- */

static void
every_root_built_in_can_be_used(void)
{
	static struct arena boot;
	struct tls_trust *trust;
	int dated_count = 0, shared_count = 0;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(tls_trust_init(&trust, SLICE(""), NULL, 0, &boot, why, sizeof why) == ERR_NONE);
	for (int i = 0; i < TRUST_ROOT_COUNT; i++) {
		const struct trust_root *r = &trust_roots[i];
		const char *der = (const char *)trust_root_der;
		struct slice name = slice_of(der + r->name_at, r->name_bytes);
		struct tls_root found[TLS_ROOTS_SAME_NAME_MAX];
		struct make sent = { .subject = "a", .issuer_name = name, NAMES };
		struct cert c;
		int count = tls_trust_find(trust, name, found);
		bool seen = false;

		shared_count += count > 1;
		CHECK(count >= 1 && count < TLS_ROOTS_SAME_NAME_MAX);
		for (int k = 0; k < count; k++)
			seen |= found[k].der.at == der + r->cert_at;
		CHECK(seen);
		/* Our reader agrees with the generator's, field by field. */
		CHECK(cert_read(slice_of(der + r->cert_at, r->cert_bytes), &c));
		CHECK(slice_equal(c.subject, name));
		CHECK(c.not_before_s == r->valid_from_s && c.not_after_s == r->valid_until_s);
		CHECK(slice_equal(c.key == CERT_KEY_RSA ? c.modulus : c.point,
		                  slice_of(der + r->public_at, r->public_bytes)));
		CHECK(c.is_ca || c.version < 3);
		/* In its own time it vouches; where a date is set, not for what comes later. */
		sent.begin = "99990101000000Z";
		sent.end = "99991231235959Z";
		if (count == 1 && r->distrust_after_s != 0) {
			dated_count++;
			sent.begin = "260101000000Z";
			CHECK_REASON(judge(trust, &sent, 1, wall_s), ISSUER);
			CHECK(strstr(why, "is not trusted for what was issued after 20") != NULL);
			sent.begin = "200101000000Z";
			CHECK_REASON(judge(trust, &sent, 1, wall_s), NONE);
		} else if (count == 1 && wall_s <= r->valid_until_s) {
			sent.begin = "260101000000Z";
			CHECK_REASON(judge(trust, &sent, 1, wall_s), NONE);
		}
	}
	printf("%d roots, %d with a date of distrust, %d share a name\n", (int)TRUST_ROOT_COUNT,
	       dated_count, shared_count);
	/* And a name that none has. */
	CHECK_REASON(judge(trust, &leaf, 1, wall_s), ISSUER);
}

int
main(void)
{
	the_server_s_own_certificate_is_judged();
	keys_have_a_least_and_a_greatest_size();
	issuers_are_judged();
	roots_are_judged();
	the_path_is_found_in_any_order();
	a_gap_names_the_issuer_that_is_missing();
	a_path_never_goes_round();
	a_path_may_be_as_long_as_its_cas_allow();
	a_server_sends_one_to_ten();
	of_equal_names_the_right_key_is_taken();
	a_ca_file_is_read_whole_or_refused();
	a_full_arena_is_said();
	pins_are_read_or_refused();
	a_pin_asks_for_a_key_on_the_path();
	every_root_built_in_can_be_used();
	return CHECK_END("tls_policy");
}
