/* tls_mbedtls_cert.c - the server's certificates between mbedTLS and our policy.
 *
 * Why    mbedTLS's own check is good, but not the same as BearSSL's, and it leaves
 *        out what it cannot read without a word.
 * Input  the message Certificate in the library's hands, and its questions.
 * Output the root that a chain asks for; a refusal with its reason.
 * Limits the library's check stays on.  The policy runs at the first moment that the
 *        library shows the certificates (ask_issuer), before any signature is
 *        computed; then it must verify exactly the path that was judged (check_path).
 */
#include "net/tls_mbedtls.h"
#include <mbedtls/platform.h>

static struct slice
der_of(const mbedtls_x509_crt *crt)
{
	return slice_of((const char *)crt->raw.p, crt->raw.len);
}

/* A part with its length in front, in `width` bytes. */
static bool
take_part(struct slice *in, size_t width, struct slice *part)
{
	size_t count = 0;

	if (in->count < width)
		return false;
	for (size_t i = 0; i < width; i++)
		count = count << 8 | (uint8_t)in->at[i];
	if (in->count - width < count)
		return false;
	*part = slice_of(in->at + width, count);
	*in = slice_after(*in, width + count);
	return true;
}

/* The message Certificate in the library's hands, as it was sent: what the library
 * cannot read it leaves out of its list without a word, also the server's own. */
static bool
sent_chain(const mbedtls_ssl_context *ssl, struct tls_chain *chain)
{
	const struct slice message = slice_of((const char *)ssl->MBEDTLS_PRIVATE(in_msg),
	                                      ssl->MBEDTLS_PRIVATE(in_hslen));
	const bool is_13 = mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
	struct slice in, list, der, skipped;

	chain->count = 0;
	if (ssl->MBEDTLS_PRIVATE(in_msgtype) != MBEDTLS_SSL_MSG_HANDSHAKE || message.count < 4 ||
	    message.at[0] != MBEDTLS_SSL_HS_CERTIFICATE)
		return false;
	in = slice_after(message, 4);
	if ((is_13 && !take_part(&in, 1, &skipped)) || !take_part(&in, 3, &list))
		return false;
	while (list.count != 0) {
		if (!take_part(&list, 3, &der) || (is_13 && !take_part(&list, 2, &skipped)))
			return false;
		if (chain->count < TLS_CHAIN_MAX)
			chain->der[chain->count] = der;
		chain->count++;
	}
	return true;
}

/* The library looks for an issuer only behind its certificate in the list, so one
 * that was sent in another order is put into that of the path.  The list is the
 * library's own, in our heap, and its head stays where it is. */
static void
order_list(mbedtls_x509_crt *head, const struct tls_path *path)
{
	mbedtls_x509_crt *last = head;

	for (int i = 1; i < path->count; i++)
		for (mbedtls_x509_crt **at = &last->next; *at; at = &(*at)->next)
			if (slice_equal(der_of(*at), path->cert[i].whole)) {
				mbedtls_x509_crt *found = *at;

				*at = found->next;
				found->next = last->next;
				last->next = found;
				last = found;
				break;
			}
}

/* NONE also when there is nothing to judge: then the library has a word to say. */
static enum tls_reason
judge_sent(struct tls *t, struct tls_mbedtls *own)
{
	struct tls_chain chain;

	return sent_chain(&own->ssl, &chain) ? tls_judge(t, &chain) : TLS_REASON_NONE;
}

/* Asked for each certificate on the way up, the server's own first.  Gives the root
 * at the top of the path, and nothing below it: the library shall go the way that
 * was judged. */
static int
ask_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
	struct tls *t = context;
	const struct tls_path *path = &t->pool->path;
	mbedtls_x509_crt *root;

	*candidates = NULL;
	if (!t->judged_good) {
		judge_sent(t, t->own);
		if (!t->judged_good)
			return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
		/* The list is not const where it lives; the hook only gets to see it so. */
		order_list((mbedtls_x509_crt *)(uintptr_t)child, path);
	}
	if (!slice_equal(der_of(child), path->cert[path->count - 1].whole))
		return 0;
	root = mbedtls_calloc(1, sizeof *root);
	if (!root)
		return MBEDTLS_ERR_X509_ALLOC_FAILED;
	mbedtls_x509_crt_init(root);
	/* The bytes are the trust's and outlive every connection. */
	if (mbedtls_x509_crt_parse_der_nocopy(root, (const unsigned char *)path->root.whole.at,
	                                      path->root.whole.count) != 0) {
		mbedtls_x509_crt_free(root);
		mbedtls_free(root);
		return MBEDTLS_ERR_X509_FATAL_ERROR;
	}
	*candidates = root;
	return 0;
}

/* Told of each certificate of the path that the library verified, the root first. */
static int
check_path(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls *t = context;
	const struct tls_path *path = &t->pool->path;

	if (!t->judged_good || depth > path->count ||
	    !slice_equal(der_of(crt), depth == path->count ? path->root.whole
	                                                   : path->cert[depth].whole))
		*flags |= MBEDTLS_X509_BADCERT_OTHER;
	return 0;
}

static const mbedtls_x509_crt_profile profile = {
	MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	0xfffffff, /* any kind of key: the next two lines say which */
	MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
		MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
	2048,
};

void
tls_mbedtls_cert_configure(struct tls *t, mbedtls_ssl_config *config)
{
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
	mbedtls_ssl_conf_cert_profile(config, &profile);
	mbedtls_ssl_conf_ca_cb(config, ask_issuer, t);
	mbedtls_ssl_conf_verify(config, check_path, t);
}

/* --- the end --------------------------------------------------------------------------- */

/* The library refused what the policy took: signatures, most of the time. */
static void
end_unverified(struct tls *t, uint32_t flags)
{
	if (flags & (MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_OTHER))
		tls_end(t, TLS_REASON_SIGNATURE,
		        "a certificate is not signed by the issuer that it names");
	else if (flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK |
	                  MBEDTLS_X509_BADCERT_BAD_KEY))
		tls_end(t, TLS_REASON_WEAK, "a certificate is too weak for mbedTLS (flags %#x)",
		        (unsigned)flags);
	else if (flags & (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE))
		tls_end(t, TLS_REASON_USAGE,
		        "a certificate's usage is none of a server (flags %#x)", (unsigned)flags);
	else
		tls_end(t, TLS_REASON_CERTIFICATE, "mbedTLS refuses a certificate (flags %#x)",
		        (unsigned)flags);
}

static bool
is_between(int error, int high, int low)
{
	return error <= high && error >= low;
}

/* X.509 errors carry an ASN.1 or OID error in their low bits. */
bool
tls_mbedtls_cert_error(int error)
{
	return is_between(error, MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE,
	                  MBEDTLS_ERR_X509_FATAL_ERROR) ||
	       error == MBEDTLS_ERR_SSL_BAD_CERTIFICATE ||
	       error == MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE;
}

void
tls_mbedtls_cert_end(struct tls *t, int error)
{
	struct tls_mbedtls *own = t->own;
	const bool was_shown = t->judged_good || t->verdict != TLS_REASON_NONE;

	/* What the library cannot even read, our reader often can name. */
	if (!was_shown)
		judge_sent(t, own);
	if (t->verdict != TLS_REASON_NONE)
		tls_end_refused(t);
	else if (was_shown)
		end_unverified(t, mbedtls_ssl_get_verify_result(&own->ssl));
	else
		tls_end(t, TLS_REASON_CERTIFICATE,
		        "mbedTLS cannot read a certificate of the server (-0x%04x)",
		        (unsigned)-error);
}
