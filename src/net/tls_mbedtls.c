/* tls_mbedtls.c - TLS 1.3 and 1.2 by mbedTLS 3.6.
 *
 * Why    The default library: TLS 1.3.
 * Input  cipher bytes through its receive hook, plain bytes through its write call.
 * Output cipher bytes through its send hook, which is tls_put.
 * Limits every way into the library is between tls_mbedtls_enter and tls_mbedtls_leave.
 *        KeyUpdate is not implemented by 3.6: such a connection ends with its reason.
 */
#include "net/tls_mbedtls.h"
#include "base/check.h"
#include <mbedtls/ssl_ciphersuites.h>
#include <string.h>

enum { HANDSHAKE_KEY_UPDATE = 24 }; /* RFC 8446, 4; the library has no name for it */

/* --- cipher bytes --------------------------------------------------------------------- */

static int
on_send(void *context, const unsigned char *bytes, size_t count)
{
	struct tls *t = context;
	struct tls_mbedtls *own = t->own;

	if (own->reading)
		own->answered = true;
	return tls_put(t, bytes, count) ? (int)count : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int
on_receive(void *context, unsigned char *to, size_t count)
{
	struct tls_mbedtls *own = ((struct tls *)context)->own;

	if (count > own->input.count)
		count = own->input.count;
	if (count == 0)
		return MBEDTLS_ERR_SSL_WANT_READ;
	memcpy(to, own->input.at, count);
	own->input = slice_after(own->input, count);
	return (int)count;
}

/* --- the end --------------------------------------------------------------------------- */

static void
end_unexpected(struct tls *t, struct tls_mbedtls *own)
{
	const mbedtls_ssl_context *ssl = &own->ssl;
	const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);

	if (t->state == TLS_OPEN &&
	    ssl->MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE &&
	    ssl->MBEDTLS_PRIVATE(in_hslen) >= 4 && message[0] == HANDSHAKE_KEY_UPDATE)
		tls_end(t, TLS_REASON_KEY_UPDATE,
		        "the server changes its keys, which mbedTLS 3.6 cannot follow");
	else
		tls_end(t, TLS_REASON_PROTOCOL, "the server sent a message that is none of now");
}

static void
end_error(struct tls *t, struct tls_mbedtls *own, int error)
{
	const bool shaking = t->state == TLS_HANDSHAKE;
	const bool is_12 =
		mbedtls_ssl_get_version_number(&own->ssl) == MBEDTLS_SSL_VERSION_TLS1_2;

	if (t->heap.refused_count != 0 || error == MBEDTLS_ERR_SSL_ALLOC_FAILED) {
		tls_end(t, TLS_REASON_MEMORY, "the slot's %zu bytes were not enough", t->heap.bytes);
		return;
	}
	if (tls_mbedtls_cert_error(error)) {
		tls_mbedtls_cert_end(t, error);
		return;
	}
	switch (error) {
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		tls_end(t, TLS_REASON_CLOSED, shaking ? "the server closed it during the handshake"
		                                      : "the server closed it");
		return;
	case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: {
		int number = own->ssl.MBEDTLS_PRIVATE(in_msg)[1];

		/* Servers that choke on a ClientHello of 1.3 say one of these. */
		t->try_12 = shaking && (number == 47 || number == 50 || number == 70);
		tls_end_alert(t, number);
		return;
	}
	case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
		tls_end(t, TLS_REASON_VERSION, "the server wants a version older than TLS 1.2");
		return;
	case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
		tls_end(t, TLS_REASON_CIPHER, "the server chose a cipher or key exchange "
		                              "that was not offered");
		return;
	case MBEDTLS_ERR_SSL_INVALID_RECORD:
	case MBEDTLS_ERR_SSL_INVALID_MAC:
		tls_end(t, TLS_REASON_RECORD, error == MBEDTLS_ERR_SSL_INVALID_MAC
		                                      ? "a record was changed on its way, "
		                                        "or empty records come without end"
		                                      : "the server sent a record that is none");
		return;
	case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
		/* That is how the library says it while it reads. */
		tls_end(t, TLS_REASON_RECORD, "the server sent a record that is too long");
		return;
	case MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE:
	case MBEDTLS_ERR_SSL_UNEXPECTED_RECORD:
		end_unexpected(t, own);
		return;
	default:
		break;
	}
	if (shaking && is_12 && error == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER) {
		/* A server of 1.2 that likes RSA-PSS best: we offer it for 1.3, and mbedTLS
		 * cannot verify it in 1.2. */
		t->try_12 = true;
		tls_end(t, TLS_REASON_PROTOCOL,
		        "the server signs in a way that mbedTLS cannot verify in TLS 1.2");
		return;
	}
	tls_end(t, TLS_REASON_PROTOCOL, "the server broke the protocol (mbedTLS says -0x%04x)",
	        (unsigned)-error);
}

/* --- sessions -------------------------------------------------------------------------- */

static void
keep_session(struct tls *t, struct tls_mbedtls *own)
{
	mbedtls_ssl_session session;
	/* Nobody else uses the lent buffer now: the plain bytes were handed out. */
	unsigned char *to = (unsigned char *)t->pool->plain;
	const uint64_t refused_count = t->heap.refused_count;
	size_t count = 0;

	mbedtls_ssl_session_init(&session);
	if (mbedtls_ssl_get_session(&own->ssl, &session) == 0 &&
	    mbedtls_ssl_session_save(&session, to, TLS_SESSION_BYTES_MAX, &count) == 0)
		tls_keep_session(t, slice_of((const char *)to, count));
	mbedtls_ssl_session_free(&session);
	memset(to, 0, TLS_SESSION_BYTES_MAX);
	/* Without room for this there is no session, and that is all. */
	t->heap.refused_count = refused_count;
}

static void
offer_session(struct tls *t, struct tls_mbedtls *own, struct slice bytes)
{
	mbedtls_ssl_session session;

	mbedtls_ssl_session_init(&session);
	t->offered_session =
		mbedtls_ssl_session_load(&session, (const unsigned char *)bytes.at,
	                                 bytes.count) == 0 &&
		mbedtls_ssl_set_session(&own->ssl, &session) == 0;
	mbedtls_ssl_session_free(&session);
}

/* --- the connection ---------------------------------------------------------------------- */

/* AES-128-GCM first: it is the fastest where the processor helps. */
static const int suites[] = {
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	0,
};

static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	0,
};

/* PKCS#1 v1.5 before PSS: a server of TLS 1.2 that takes the first of ours would else
 * sign with PSS, which mbedTLS cannot verify there.  In 1.3 the order is harmless:
 * v1.5 is not allowed for handshakes and the server skips it. */
static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
	0,
};

static const uint16_t signatures_12[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	0,
};

static int
give_random(void *context, unsigned char *to, size_t count)
{
	struct tls *t = context;

	t->entropy(to, count);
	return 0;
}

static int
configure(struct tls *t, struct tls_mbedtls *own)
{
	mbedtls_ssl_config *c = &own->config;
	int error = mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT,
	                                        MBEDTLS_SSL_TRANSPORT_STREAM,
	                                        MBEDTLS_SSL_PRESET_DEFAULT);

	if (error != 0)
		return error;
	mbedtls_ssl_conf_min_tls_version(c, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(c, t->no_tls13 ? MBEDTLS_SSL_VERSION_TLS1_2
	                                                : MBEDTLS_SSL_VERSION_TLS1_3);
	mbedtls_ssl_conf_ciphersuites(c, suites);
	mbedtls_ssl_conf_groups(c, groups);
	mbedtls_ssl_conf_sig_algs(c, t->no_tls13 ? signatures_12 : signatures);
	tls_mbedtls_cert_configure(t, c);
	mbedtls_ssl_conf_rng(c, give_random, t);
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
		c, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
	return mbedtls_ssl_setup(&own->ssl, c);
}

static void
shake(struct tls *t, struct tls_mbedtls *own)
{
	int error = mbedtls_ssl_handshake(&own->ssl);

	if (error == MBEDTLS_ERR_SSL_WANT_READ)
		return;
	if (error != 0) {
		end_error(t, own, error);
		return;
	}
	tls_opened(t, (int)mbedtls_ssl_get_version_number(&own->ssl),
	           mbedtls_ssl_get_ciphersuite_id_from_ssl(&own->ssl), 0);
	/* In 1.3 tickets come later, each as a message of its own. */
	if (t->state == TLS_OPEN &&
	    mbedtls_ssl_get_version_number(&own->ssl) == MBEDTLS_SSL_VERSION_TLS1_2)
		keep_session(t, own);
}

static void
open_connection(struct tls *t, struct slice session)
{
	struct tls_mbedtls *own;
	int error;

	tls_mbedtls_enter(t);
	own = heap_take_zeroed(&t->heap, 1, sizeof *own);
	ASSERT(own != NULL); /* the first of an empty heap */
	t->own = own;
	mbedtls_ssl_init(&own->ssl);
	mbedtls_ssl_config_init(&own->config);
	error = configure(t, own);
	/* An address is no name to indicate; the policy compares it. */
	if (error == 0)
		error = mbedtls_ssl_set_hostname(&own->ssl, t->host.address_bytes != 0
		                                                    ? NULL : t->host.name);
	if (error == 0) {
		mbedtls_ssl_set_bio(&own->ssl, t, on_send, on_receive, NULL);
		if (session.count != 0)
			offer_session(t, own, session);
		shake(t, own);
	} else {
		end_error(t, own, error);
	}
	tls_mbedtls_leave();
}

/* One call into the library.  Bytes of plain text, or -1: nothing for the reader. */
static int
step(struct tls *t, struct tls_mbedtls *own)
{
	int got = -1;

	tls_mbedtls_enter(t);
	if (t->state == TLS_HANDSHAKE) {
		shake(t, own);
	} else {
		own->reading = true;
		own->answered = false;
		got = mbedtls_ssl_read(&own->ssl, (unsigned char *)t->pool->plain,
		                       TLS_RECORD_BYTES);
		own->reading = false;
		if (got == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
			/* One is enough, the second is for the next time; a flood is not kept. */
			if (own->tickets++ < 2)
				keep_session(t, own);
		} else if (got < 0 && got != MBEDTLS_ERR_SSL_WANT_READ) {
			end_error(t, own, got);
		} else if (own->answered) {
			/* While reading the library says something without an error only to
			 * refuse a HelloRequest. */
			tls_end(t, TLS_REASON_RENEGOTIATION,
			        "the server wants to renegotiate, which is refused");
			got = -1;
		}
	}
	tls_mbedtls_leave();
	return got;
}

static void
receive(struct tls *t, struct slice cipher, tls_sink *sink, void *context)
{
	struct tls_mbedtls *own = t->own;

	own->input = cipher;
	/* Every call takes input, or finishes a message that the library holds; a limit
	 * for the case that neither is true any more. */
	for (size_t idle = 0; t->state != TLS_ENDED && idle < 8; idle++) {
		size_t before = own->input.count;
		int got = step(t, own);

		if (got > 0 && t->state == TLS_OPEN)
			sink(context, slice_of(t->pool->plain, (size_t)got));
		if (got > 0 || own->input.count != before)
			idle = 0;
		else if (own->input.count == 0 && !mbedtls_ssl_check_pending(&own->ssl))
			break;
	}
	if (t->state != TLS_ENDED && own->input.count != 0)
		tls_end(t, TLS_REASON_INTERNAL, "mbedTLS takes no more bytes");
	own->input = SLICE("");
}

static bool
send_plain(struct tls *t, struct slice plain)
{
	struct tls_mbedtls *own = t->own;
	int sent;

	tls_mbedtls_enter(t);
	sent = mbedtls_ssl_write(&own->ssl, (const unsigned char *)plain.at, plain.count);
	if (sent >= 0 && (size_t)sent != plain.count) {
		tls_end(t, TLS_REASON_INTERNAL, "mbedTLS took a part of a record");
		sent = -1;
	} else if (sent < 0) {
		end_error(t, own, sent);
	}
	tls_mbedtls_leave();
	return sent >= 0;
}

static void
close_connection(struct tls *t)
{
	struct tls_mbedtls *own = t->own;

	tls_mbedtls_enter(t);
	(void)mbedtls_ssl_close_notify(&own->ssl);
	tls_mbedtls_leave();
}

static void
free_connection(struct tls *t)
{
	struct tls_mbedtls *own = t->own;

	tls_mbedtls_enter(t);
	/* Keys of the handshake lie in tables of the process: they must be let go. */
	mbedtls_ssl_free(&own->ssl);
	mbedtls_ssl_config_free(&own->config);
	tls_mbedtls_leave();
}

const struct tls_library tls_mbedtls = {
	.name = "mbedtls",
	.open = open_connection,
	.receive = receive,
	.send = send_plain,
	.close = close_connection,
	.free = free_connection,
};
