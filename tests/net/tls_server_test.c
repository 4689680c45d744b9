/* tls_server_test.c - both libraries against one table of servers.
 *
 * Goal: what the policy demands holds on both, with the reason that the header names;
 *       good servers are reached, whatever of the allowed they choose.
 * Method: OpenSSL as the server, on memory buffers (tls_peer.py); certificates made
 *         for the test.  Expected reasons follow from tls.h and README.md.
 */
#include "net/tls_peer.h"

struct row {
	const char *what;
	const char *serve;     /* words for tls_peer.py; the certificate is rsa under mid */
	const char *host;      /* NULL: good.example */
	enum tls_reason mbedtls, bearssl;
	const char *about[2];  /* a part of tls_about when it opens, by library */
	const char *detail;    /* a part of tls_detail when it does not */
};

#define GOOD TLS_REASON_NONE, TLS_REASON_NONE
#define BOTH(reason) TLS_REASON_##reason, TLS_REASON_##reason

static const struct row table[] = {
	/* Versions, ciphers, groups, signatures. */
	{ "RSA, 1.2 only", "max=12", NULL, GOOD, { "TLS 1.2 AES-128-GCM", "TLS 1.2 AES-128-GCM" }, 0 },
	{ "RSA, 1.3 only", "min=13", NULL, TLS_REASON_NONE, TLS_REASON_VERSION,
	  { "TLS 1.3 AES-128-GCM", 0 }, "alert 70" },
	{ "RSA, either version", "cert=rsa", NULL, GOOD, { "TLS 1.3", "TLS 1.2" }, 0 },
	{ "P-256, either", "cert=p256", NULL, GOOD, { "TLS 1.3", "TLS 1.2" }, 0 },
	{ "P-256, 1.2 only", "cert=p256 max=12", NULL, GOOD, { "TLS 1.2", "TLS 1.2" }, 0 },
	{ "P-384, either", "cert=p384", NULL, GOOD, { "TLS 1.3", "TLS 1.2" }, 0 },
	{ "P-384, 1.2 only", "cert=p384 max=12", NULL, GOOD, { "TLS 1.2", "TLS 1.2" }, 0 },
	{ "group X25519", "groups=X25519", NULL, GOOD, { "", "x25519" }, 0 },
	{ "group P-256: HelloRetryRequest in 1.3", "groups=P-256", NULL, GOOD,
	  { "TLS 1.3", "P-256" }, 0 },
	{ "group P-384: the same", "groups=P-384", NULL, GOOD, { "TLS 1.3", "P-384" }, 0 },
	{ "group P-521 alone", "groups=P-521", NULL, BOTH(CIPHER), { 0 }, "alert 40" },
	{ "AES-256", "suites=TLS_AES_256_GCM_SHA384 ciphers=ECDHE-RSA-AES256-GCM-SHA384", NULL, GOOD,
	  { "AES-256-GCM", "AES-256-GCM" }, 0 },
	{ "ChaCha20", "suites=TLS_CHACHA20_POLY1305_SHA256 ciphers=ECDHE-RSA-CHACHA20-POLY1305", NULL,
	  GOOD, { "CHACHA20", "CHACHA20" }, 0 },
	{ "ChaCha20 with ECDSA", "cert=p256 max=12 ciphers=ECDHE-ECDSA-CHACHA20-POLY1305", NULL,
	  GOOD, { "CHACHA20", "CHACHA20" }, 0 },
	{ "CBC only", "max=12 ciphers=ECDHE-RSA-AES128-SHA", NULL, BOTH(CIPHER), { 0 }, "alert 40" },
	{ "CBC with SHA-256", "max=12 ciphers=ECDHE-RSA-AES128-SHA256", NULL, BOTH(CIPHER), { 0 },
	  "alert 40" },
	{ "CCM only", "cert=p256 max=12 ciphers=ECDHE-ECDSA-AES128-CCM", NULL, BOTH(CIPHER), { 0 },
	  "alert 40" },
	{ "static RSA key exchange", "max=12 ciphers=AES128-GCM-SHA256", NULL, BOTH(CIPHER), { 0 },
	  "alert 40" },
	{ "TLS 1.1 at most", "min=10 max=11 ciphers=ALL:@SECLEVEL=0", NULL,
	  TLS_REASON_VERSION, TLS_REASON_CIPHER, { 0 }, "alert" },
	{ "PSS alone in 1.2", "max=12 sigalgs=RSA-PSS+SHA256", NULL, TLS_REASON_PROTOCOL,
	  TLS_REASON_CIPHER, { 0 }, "" },
	{ "records of 512 bytes", "fragment=512", NULL, GOOD, { "", "" }, 0 },

	/* Names. */
	{ "wildcard", "cert=p256", "a.wild.example", GOOD, { "", "" }, 0 },
	{ "wildcard, letters of any case", "cert=p256", "A.Wild.EXAMPLE.", GOOD, { "", "" }, 0 },
	{ "wildcard for two labels", "cert=p256", "a.b.wild.example", BOTH(NAME), { 0 },
	  "\"*.wild.example\"" },
	{ "wildcard for none", "cert=p256", "wild.example", BOTH(NAME), { 0 }, "not for wild.example" },
	{ "another name", "cert=other_name", NULL, BOTH(NAME), { 0 }, "\"else.example\"" },
	{ "common name only", "cert=cn_only", NULL, BOTH(NAME), { 0 }, "no subjectAltName" },
	{ "an address", "cert=p256", "192.0.2.7", GOOD, { "", "" }, 0 },
	{ "an address of 128 bits", "cert=p256", "2001:db8::7", GOOD, { "", "" }, 0 },
	{ "another address", "cert=p256", "192.0.2.8", BOTH(NAME), { 0 }, "192.0.2.7" },
	{ "an address as DNS name", "cert=dns_address", "192.0.2.7", BOTH(NAME), { 0 }, "192.0.2.7" },

	/* Time. */
	{ "expired a second ago", "cert=expired", NULL, BOTH(EXPIRED), { 0 }, "2026-11-25T11:59:59Z" },
	{ "valid from the next second", "cert=not_yet", NULL, BOTH(NOT_YET), { 0 },
	  "2026-11-25T12:00:01Z" },
	{ "issuer expired", "cert=under_expired chain=mid_expired", NULL, BOTH(EXPIRED), { 0 },
	  "\"Old Mid CA\"" },

	/* Issuers. */
	{ "directly under the root", "cert=under_root chain=", NULL, GOOD, { "", "" }, 0 },
	{ "under an RSA root", "cert=under_rsa chain=", NULL, GOOD, { "", "" }, 0 },
	{ "two CAs in between", "cert=under_low chain=low,mid", NULL, GOOD, { "", "" }, 0 },
	{ "the same out of order", "cert=under_low chain=mid,low", NULL, GOOD, { "", "" }, 0 },
	{ "with the root in it", "cert=under_low chain=low,mid,root", NULL, GOOD, { "", "" }, 0 },
	{ "root first", "cert=under_low chain=root,mid,low", NULL, GOOD, { "", "" }, 0 },
	{ "with a stranger in it", "cert=under_low chain=low,other,mid", NULL, GOOD, { "", "" }, 0 },
	{ "with a fat stranger", "cert=p256 chain=fat,mid", NULL, GOOD, { "", "" }, 0 },
	{ "a hundred names and 9 KB of chain", "cert=many_names chain=mid,root,fat", NULL, GOOD,
	  { "", "" }, 0 },
	{ "a cross certificate first", "cert=p256 chain=mid_cross,mid", NULL, GOOD, { "", "" }, 0 },
	{ "its own issuer missing", "cert=p256 chain=", NULL, BOTH(ISSUER), { 0 },
	  "the issuer \"Test Mid CA\"" },
	{ "one in between missing", "cert=under_low chain=low", NULL, BOTH(ISSUER), { 0 },
	  "the issuer \"Test Mid CA\"" },
	{ "a root that nobody trusts", "cert=unknown chain=other", NULL, BOTH(ISSUER), { 0 },
	  "\"Stranger Root\"" },
	{ "self-signed", "cert=self chain=", NULL, BOTH(ISSUER), { 0 }, "vouches for itself" },
	{ "forged by a stranger", "cert=forged", NULL, BOTH(SIGNATURE), { 0 }, "not signed by" },
	{ "forged one in between", "cert=p256 chain=mid_forged", NULL, BOTH(SIGNATURE), { 0 },
	  "not signed by" },
	{ "an issuer that is no CA", "cert=under_no_ca chain=mid_no_ca", NULL, BOTH(USAGE), { 0 },
	  "\"No CA\" is not one of a CA" },
	{ "a path longer than allowed", "cert=under_long chain=low_long,mid_short", NULL, BOTH(USAGE),
	  { 0 }, "\"Short CA\" allows 0 CAs" },
	{ "twelve certificates", "cert=p256 chain=mid,other,other,other,other,other,other,other,"
	  "other,other,other", NULL, BOTH(CERTIFICATE), { 0 }, "12 certificates" },

	/* Strength and use. */
	{ "SHA-1", "cert=sha1", NULL, BOTH(WEAK), { 0 }, "" },
	{ "RSA of 1024 bits", "cert=rsa1024 max=12", NULL, BOTH(WEAK), { 0 }, "1024 bits" },
	{ "P-521", "cert=p521 max=12", NULL, BOTH(CIPHER), { 0 }, "alert 40" },
	{ "Ed25519", "cert=ed25519", NULL, BOTH(CIPHER), { 0 }, "alert 40" },
	{ "for clients only", "cert=client_only", NULL, BOTH(USAGE), { 0 }, "not for servers" },
	{ "no purpose said", "cert=no_purpose", NULL, GOOD, { "", "" }, 0 },
	{ "any purpose", "cert=any_purpose", NULL, GOOD, { "", "" }, 0 },
	{ "a key that may not sign", "cert=no_sign", NULL, TLS_REASON_USAGE, TLS_REASON_CIPHER, { 0 },
	  "" }, /* in 1.2 this server has no use for it itself */
	{ "an unknown demand", "cert=critical", NULL, BOTH(CERTIFICATE), { 0 }, "critical extension" },
};

/* Opens, talks, and says something that must come back. */
static void
one(const struct row *r, enum tls_backend backend, size_t piece)
{
	const enum tls_reason want = backend == TLS_MBEDTLS ? r->mbedtls : r->bearssl;
	const char *about = r->about[backend == TLS_BEARSSL];
	struct tls *t;
	int failed = check_failed_count;

	peer_forget_sessions();
	peer_ask("serve %s", r->serve);
	t = peer_open(backend, r->host ? r->host : "good.example");
	CHECK(t != NULL);
	heard.count = 0;
	peer_talk(t, piece);
	CHECK_TEXT(tls_reason_text(tls_reason(t)), tls_reason_text(want));
	if (want == TLS_REASON_NONE) {
		CHECK(tls_state(t) == TLS_OPEN);
		CHECK(strstr(tls_about(t), about ? about : "") != NULL);
		CHECK_TEXT(tls_detail(t), "");
		CHECK(tls_send(t, SLICE("hello, server")) == 13);
		peer_talk(t, piece);
		CHECK(heard.count == 13 && memcmp(heard.at, "hello, server", 13) == 0);
	} else {
		CHECK(tls_state(t) == TLS_ENDED);
		CHECK_TEXT(tls_about(t), "");
		CHECK(r->detail && strstr(tls_detail(t), r->detail) != NULL);
		CHECK(tls_send(t, SLICE("hello, server")) == 0);
		CHECK(heard.count == 0);
	}
	if (check_failed_count != failed)
		printf("  in `%s` on %s, pieces of %zu: %s, %s\n", r->what,
		       tls_backend_text(backend), piece, tls_detail(t), tls_about(t));
	tls_free(t);
}

static void
servers_are_judged_alike(void)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		for (int b = 0; b < 2; b++)
			one(&table[i], both[b], 0);
}

static void
one_byte_at_a_time_is_the_same(void)
{
	static const char *const some[] = {
		"RSA, 1.2 only", "RSA, either version", "group P-256: HelloRetryRequest in 1.3",
		"the same out of order", "self-signed", "TLS 1.1 at most",
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		for (size_t k = 0; k < sizeof some / sizeof some[0]; k++)
			if (strcmp(table[i].what, some[k]) == 0)
				for (int b = 0; b < 2; b++)
					one(&table[i], both[b], 1);
}

int
main(void)
{
	peer_boot();
	servers_are_judged_alike();
	one_byte_at_a_time_is_the_same();
	return CHECK_END("tls_server");
}
