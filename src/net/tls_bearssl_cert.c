/* tls_bearssl_cert.c - the server's certificates between BearSSL and our policy.
 *
 * Why    Its validator wants the certificates in order, and has no opinion on usage, and
 *        takes common names.
 * Input  certificates as they are sent, through the functions of a validator of ours.
 * Output what the library's own validator says of the path; a refusal with its reason.
 * Limits ours stands in front: it gathers what the server sends, lets the policy judge and
 *        find the path, and hands the library's that path and the one root at its top.
 */
#include "net/tls_bearssl.h"
#include <string.h>

enum { SHAPE_ERROR = BR_ERR_X509_LIMIT_EXCEEDED };

static struct tls_bearssl_validator *
validator_of(const br_x509_class **context)
{
	return (struct tls_bearssl_validator *)(void *)context;
}

static void
start_chain(const br_x509_class **context, const char *server_name)
{
	struct tls_bearssl_validator *v = validator_of(context);

	(void)server_name; /* the policy has it, and addresses too */
	v->count = 0;
	v->overflow = false;
	v->chain.count = 0;
}

static void
start_cert(const br_x509_class **context, uint32_t length)
{
	struct tls_bearssl_validator *v = validator_of(context);

	(void)length; /* the bytes that come are counted, not those that are promised */
	if (v->chain.count < TLS_CHAIN_MAX)
		v->chain.der[v->chain.count] = slice_of(v->bytes + v->count, 0);
	v->chain.count++;
}

static void
append(const br_x509_class **context, const unsigned char *bytes, size_t count)
{
	struct tls_bearssl_validator *v = validator_of(context);

	if (count > sizeof v->bytes - v->count)
		v->overflow = true;
	if (v->overflow)
		return;
	memcpy(v->bytes + v->count, bytes, count);
	v->count += count;
	if (v->chain.count <= TLS_CHAIN_MAX)
		v->chain.der[v->chain.count - 1].count += count;
}

static void
end_cert(const br_x509_class **context)
{
	(void)context;
}

static unsigned char *
bytes_of(struct slice s)
{
	/* The library's structures are not const, but it writes to none of these. */
	return (unsigned char *)(uintptr_t)s.at;
}

static br_x509_trust_anchor
anchor_of(const struct cert *root)
{
	br_x509_trust_anchor a = {
		.dn = { bytes_of(root->subject), root->subject.count },
		.flags = BR_X509_TA_CA,
	};

	if (root->key == CERT_KEY_RSA) {
		a.pkey.key_type = BR_KEYTYPE_RSA;
		a.pkey.key.rsa.n = bytes_of(root->modulus);
		a.pkey.key.rsa.nlen = root->modulus.count;
		a.pkey.key.rsa.e = bytes_of(root->exponent);
		a.pkey.key.rsa.elen = root->exponent.count;
	} else {
		a.pkey.key_type = BR_KEYTYPE_EC;
		a.pkey.key.ec.curve = root->key == CERT_KEY_P256 ? BR_EC_secp256r1
		                                                 : BR_EC_secp384r1;
		a.pkey.key.ec.q = bytes_of(root->point);
		a.pkey.key.ec.qlen = root->point.count;
	}
	return a;
}

/* The library's own validator over the path: 0, or its error. */
static unsigned
verify_path(struct tls_bearssl_validator *v, const struct tls_path *path)
{
	br_ssl_engine_context *eng = &((struct tls_bearssl *)v->t->own)->client.eng;
	const int64_t wall_s = v->t->wall_ns / 1000000000;
	br_x509_minimal_context *m = &v->minimal;
	const struct tls_host *host = &v->t->host;

	v->anchor = anchor_of(&path->root);
	br_x509_minimal_init(m, &br_sha256_vtable, &v->anchor, 1);
	br_x509_minimal_set_rsa(m, br_ssl_engine_get_rsavrfy(eng));
	br_x509_minimal_set_ecdsa(m, eng->iec, eng->iecdsa);
	br_x509_minimal_set_hash(m, br_sha256_ID, &br_sha256_vtable);
	br_x509_minimal_set_hash(m, br_sha384_ID, &br_sha384_vtable);
	br_x509_minimal_set_hash(m, br_sha512_ID, &br_sha512_vtable);
	br_x509_minimal_set_minrsa(m, 2048 / 8);
	/* Days are counted from the year 0 of a Gregorian calendar without a gap. */
	br_x509_minimal_set_time(m, (uint32_t)(wall_s / 86400 + 719528),
	                         (uint32_t)(wall_s % 86400));
	m->vtable->start_chain(&m->vtable, host->address_bytes != 0 ? NULL : host->name);
	for (int i = 0; i < path->count; i++) {
		const struct slice der = path->cert[i].whole;

		m->vtable->start_cert(&m->vtable, (uint32_t)der.count);
		m->vtable->append(&m->vtable, bytes_of(der), der.count);
		m->vtable->end_cert(&m->vtable);
	}
	return m->vtable->end_chain(&m->vtable);
}

static unsigned
end_chain(const br_x509_class **context)
{
	struct tls_bearssl_validator *v = validator_of(context);
	struct tls *t = v->t;
	unsigned error;

	if (v->overflow)
		v->chain.count = 0; /* no part of it is worth a look */
	if (tls_judge(t, &v->chain) != TLS_REASON_NONE)
		return SHAPE_ERROR;
	error = verify_path(v, &t->pool->path);
	t->judged_good = error == 0;
	return error;
}

static const br_x509_pkey *
get_key(const br_x509_class *const *context, unsigned *usages)
{
	const struct tls_bearssl_validator *v = (const struct tls_bearssl_validator *)(const void *)context;

	return v->minimal.vtable->get_pkey(&v->minimal.vtable, usages);
}

static const br_x509_class validator_class = {
	.context_size = sizeof(struct tls_bearssl_validator),
	.start_chain = start_chain,
	.start_cert = start_cert,
	.append = append,
	.end_cert = end_cert,
	.end_chain = end_chain,
	.get_pkey = get_key,
};

void
tls_bearssl_cert_init(struct tls *t, struct tls_bearssl *own)
{
	own->validator.vtable = &validator_class;
	own->validator.t = t;
}

void
tls_bearssl_cert_end(struct tls *t, int error)
{
	const struct tls_bearssl *own = t->own;

	if (own->validator.overflow)
		tls_end(t, TLS_REASON_CERTIFICATE,
		        "the server sent more than %d bytes of certificates", (int)TLS_BEARSSL_CHAIN_BYTES);
	else if (t->verdict != TLS_REASON_NONE)
		tls_end_refused(t);
	else if (error == BR_ERR_X509_BAD_SIGNATURE || error == BR_ERR_X509_NOT_TRUSTED)
		tls_end(t, TLS_REASON_SIGNATURE,
		        "a certificate is not signed by the issuer that it names");
	else if (error == BR_ERR_X509_EMPTY_CHAIN)
		tls_end(t, TLS_REASON_CERTIFICATE, "the server sent no certificate");
	else if (error == BR_ERR_X509_WEAK_PUBLIC_KEY || error == BR_ERR_X509_UNSUPPORTED)
		tls_end(t, TLS_REASON_WEAK, "a certificate is too weak for BearSSL (error %d)",
		        error);
	else
		tls_end(t, TLS_REASON_CERTIFICATE, "BearSSL refuses a certificate (error %d)",
		        error);
}
