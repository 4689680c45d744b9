/* cert_fuzz.c - any bytes as certificates, for our reader and our policy.
 *
 * Properties: what is read lies inside the bytes and is exactly all of them; cut or
 * longer it is none; where mbedTLS reads the same certificate it reads the same
 * names, times and key; the policy ends, with a reason or with a path that begins at
 * the server's own certificate and uses none twice.
 *
 * The bytes are cut into certificates, each with its length in front in two bytes.
 */
#include "net/cert.h"
#include "net/tls_policy.h"
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* mbedTLS alone, with the C library's heap: what it asks a connection for in the program
 * (net/tls_mbedtls_hooks.c) nobody needs to read a certificate. */
psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                uint8_t *output, size_t output_size, size_t *output_length)
{
	(void)context;
	(void)output;
	(void)output_size;
	(void)output_length;
	return PSA_ERROR_INSUFFICIENT_ENTROPY;
}

static void
need(bool holds)
{
	if (!holds)
		abort();
}

static void
is_inside(struct slice whole, struct slice part)
{
	need(part.count == 0 ||
	     (part.at >= whole.at && part.at + part.count <= whole.at + whole.count));
}

static bool
same_time(const mbedtls_x509_time *t, int64_t unix_s)
{
	char text[64], want[64];
	struct text out = text_init(text, sizeof text - 1);

	/* Beyond 2261 our sentence has no nanoseconds any more. */
	if (unix_s > INT64_MAX / 1000000000 || unix_s < INT64_MIN / 1000000000)
		return true;
	text_time(&out, unix_s * 1000000000, 0);
	text[out.count] = 0;
	snprintf(want, sizeof want, "%04d-%02d-%02dT%02d:%02d:%02dZ", t->year, t->mon, t->day,
	         t->hour, t->min, t->sec);
	return strcmp(text, want) == 0;
}

static void
agrees_with_mbedtls(const struct cert *c)
{
	mbedtls_x509_crt crt;

	mbedtls_x509_crt_init(&crt);
	if (mbedtls_x509_crt_parse_der(&crt, (const unsigned char *)c->whole.at,
	                               c->whole.count) == 0) {
		need(slice_equal(c->issuer, slice_of((char *)crt.issuer_raw.p, crt.issuer_raw.len)));
		need(slice_equal(c->subject,
		                 slice_of((char *)crt.subject_raw.p, crt.subject_raw.len)));
		need(c->version == crt.version);
		need(same_time(&crt.valid_from, c->not_before_s));
		need(same_time(&crt.valid_to, c->not_after_s));
		need(c->key != CERT_KEY_RSA ||
		     mbedtls_pk_get_bitlen(&crt.pk) == (size_t)c->key_bits);
		need((c->key == CERT_KEY_P256) ==
		     (mbedtls_pk_get_type(&crt.pk) == MBEDTLS_PK_ECKEY &&
		      mbedtls_pk_get_bitlen(&crt.pk) == 256));
	}
	mbedtls_x509_crt_free(&crt);
}

static void
read_one(struct slice der)
{
	struct cert c, other;
	char *more;

	if (!cert_read(der, &c))
		return;
	need(slice_equal(c.whole, der));
	is_inside(der, c.issuer);
	is_inside(der, c.subject);
	is_inside(der, c.public_key);
	is_inside(der, c.modulus);
	is_inside(der, c.exponent);
	is_inside(der, c.point);
	is_inside(der, c.names);
	is_inside(der, c.key_id);
	is_inside(der, c.issuer_key_id);
	need(c.version >= 1 && c.version <= 3 && c.path_max >= -1 && c.key != CERT_KEY_NONE);
	need((c.key == CERT_KEY_P256 || c.key == CERT_KEY_P384) == (c.point.count != 0));
	agrees_with_mbedtls(&c);
	need(!cert_read(slice_of(der.at, der.count - 1), &other));
	more = calloc(1, der.count + 1);
	memcpy(more, der.at, der.count);
	need(!cert_read(slice_of(more, der.count + 1), &other));
	free(more);
}

static void
judge(const struct tls_chain *chain, const struct tls_trust *trust, const char *name)
{
	static struct tls_path path;
	struct tls_host host;
	char why[384];
	struct text out = text_init(why, sizeof why - 1);
	enum tls_reason reason;
	unsigned used = 0;

	need(tls_host_read(slice_str(name), &host));
	reason = tls_policy_judge(chain, trust, &host, 1795608000, &path, &out);
	need(reason >= TLS_REASON_NONE && reason < TLS_REASON_COUNT);
	need((reason == TLS_REASON_NONE) == (out.count == 0 && !out.cut));
	for (size_t i = 0; i < out.count; i++)
		need(why[i] >= ' ' && why[i] <= '~');
	if (reason != TLS_REASON_NONE)
		return;
	need(path.count >= 1 && path.count <= chain->count && path.index[0] == 0);
	for (int i = 0; i < path.count; i++) {
		need(!(used & 1u << path.index[i]));
		used |= 1u << path.index[i];
		need(slice_equal(path.cert[i].whole, chain->der[path.index[i]]));
		need(slice_equal(path.cert[i].issuer, i + 1 < path.count ? path.cert[i + 1].subject
		                                                         : path.root.subject));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char memory[4096] __attribute__((aligned(64)));
	static struct tls_trust *trust;
	struct tls_chain chain = { .count = 0 };
	struct slice rest = slice_of((const char *)data, size);
	struct arena boot;
	char why[200];

	if (!trust) {
		arena_init(&boot, memory, sizeof memory);
		need(tls_trust_init(&trust, SLICE(""), NULL, 0, &boot, why, sizeof why) == ERR_NONE);
	}
	while (rest.count >= 2) {
		size_t count = (size_t)(uint8_t)rest.at[0] << 8 | (uint8_t)rest.at[1];

		rest = slice_after(rest, 2);
		if (count > rest.count)
			count = rest.count;
		if (chain.count < TLS_CHAIN_MAX)
			chain.der[chain.count] = slice_of(rest.at, count);
		chain.count++;
		read_one(slice_of(rest.at, count));
		rest = slice_after(rest, count);
	}
	judge(&chain, trust, "a.example");
	judge(&chain, trust, "192.0.2.7");
	return 0;
}
