/* tls_bearssl.c - TLS 1.2 by BearSSL 0.6, without a heap.
 *
 * Why    The small library, and the other one on the day that mbedTLS has a hole.
 * Input  cipher bytes into its record buffer, plain bytes into its other one.
 * Output records from its output buffer, copied to tls_put.
 * Limits TLS 1.2; resumption by session id (no tickets).
 */
#include "net/tls_bearssl.h"
#include "base/check.h"
#include <string.h>

enum { RECORD_ALERT = 21 }; /* RFC 5246, 6.2.1; the library has it in a header of its own */

_Static_assert(TLS_SEND_RECORD_BYTES <= 4096, "one piece to send is one record");

/* --- the end --------------------------------------------------------------------------- */

static const struct {
	uint8_t error, reason;
	const char *sentence;
} error_table[] = {
	{ BR_ERR_UNSUPPORTED_VERSION, TLS_REASON_VERSION,
	  "the server wants another version than TLS 1.2" },
	{ BR_ERR_BAD_VERSION, TLS_REASON_RECORD, "the server sent a record of another version" },
	{ BR_ERR_BAD_LENGTH, TLS_REASON_RECORD, "the server sent a record of impossible length" },
	{ BR_ERR_TOO_LARGE, TLS_REASON_RECORD, "the server sent a record that is too long" },
	{ BR_ERR_BAD_MAC, TLS_REASON_RECORD, "a record was changed on its way" },
	{ BR_ERR_UNKNOWN_TYPE, TLS_REASON_RECORD, "the server sent a record that is none" },
	{ BR_ERR_BAD_CIPHER_SUITE, TLS_REASON_CIPHER,
	  "the server chose a cipher that was not offered" },
	{ BR_ERR_INVALID_ALGORITHM, TLS_REASON_CIPHER,
	  "the server chose a key exchange or signature that was not offered" },
	{ BR_ERR_BAD_SIGNATURE, TLS_REASON_PROTOCOL,
	  "the server's signature over the key exchange is wrong" },
	{ BR_ERR_BAD_FINISHED, TLS_REASON_PROTOCOL, "the handshake was changed on its way" },
	{ BR_ERR_WRONG_KEY_USAGE, TLS_REASON_USAGE,
	  "the server's certificate has a key that may not sign" },
};

static void
end_error(struct tls *t, struct tls_bearssl *own)
{
	int error = br_ssl_engine_last_error(&own->client.eng);

	if (error == BR_ERR_OK) {
		tls_end(t, TLS_REASON_CLOSED, t->state == TLS_HANDSHAKE
		                                      ? "the server closed it during the handshake"
		                                      : "the server closed it");
		return;
	}
	if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT) {
		tls_end_alert(t, error - BR_ERR_RECV_FATAL_ALERT);
		return;
	}
	if (error >= BR_ERR_X509_OK && error <= BR_ERR_X509_NOT_TRUSTED) {
		tls_bearssl_cert_end(t, error);
		return;
	}
	for (size_t i = 0; i < sizeof error_table / sizeof error_table[0]; i++)
		if (error_table[i].error == error) {
			tls_end(t, (enum tls_reason)error_table[i].reason, "%s",
			        error_table[i].sentence);
			return;
		}
	tls_end(t, TLS_REASON_PROTOCOL, "the server broke the protocol (BearSSL says %d)", error);
}

/* --- sessions -------------------------------------------------------------------------- */

static void
keep_session(struct tls *t, struct tls_bearssl *own)
{
	br_ssl_session_parameters session;

	memset(&session, 0, sizeof session); /* the padding too: it is stored */
	br_ssl_engine_get_session_parameters(&own->client.eng, &session);
	if (session.session_id_len != 0)
		tls_keep_session(t, slice_of((const char *)&session, sizeof session));
	memset(&session, 0, sizeof session);
}

static void
shaken(struct tls *t, struct tls_bearssl *own)
{
	const br_ssl_session_parameters *s = &own->client.eng.session;

	tls_opened(t, s->version, s->cipher_suite,
	           t->judged_good ? own->client.eng.ecdhe_curve : 0);
	if (t->state == TLS_OPEN)
		keep_session(t, own);
}

/* --- the connection ---------------------------------------------------------------------- */

/* AES-128-GCM first: it is the fastest where the processor helps. */
static const uint16_t suites[] = {
	BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
};

/* Everything that is not set here the library does not have: no CBC, no static RSA,
 * no MD5, no SHA-1, and so no TLS before 1.2.  The "default" setters ask the
 * processor and take AES-NI and PCLMULQDQ where they are. */
static void
configure(struct tls_bearssl *own)
{
	br_ssl_client_context *cc = &own->client;

	br_ssl_client_zero(cc);
	br_ssl_engine_set_versions(&cc->eng, BR_TLS12, BR_TLS12);
	br_ssl_engine_set_suites(&cc->eng, suites, sizeof suites / sizeof suites[0]);
	br_ssl_engine_set_hash(&cc->eng, br_sha256_ID, &br_sha256_vtable);
	br_ssl_engine_set_hash(&cc->eng, br_sha384_ID, &br_sha384_vtable);
	br_ssl_engine_set_hash(&cc->eng, br_sha512_ID, &br_sha512_vtable);
	br_ssl_engine_set_prf_sha256(&cc->eng, &br_tls12_sha256_prf);
	br_ssl_engine_set_prf_sha384(&cc->eng, &br_tls12_sha384_prf);
	br_ssl_engine_set_default_rsavrfy(&cc->eng);
	br_ssl_engine_set_default_ecdsa(&cc->eng);
	br_ssl_engine_set_default_aes_gcm(&cc->eng);
	br_ssl_engine_set_default_chapol(&cc->eng);
	own->curves = *br_ssl_engine_get_ec(&cc->eng);
	own->curves.supported_curves &= (uint32_t)1 << BR_EC_curve25519 |
	                                (uint32_t)1 << BR_EC_secp256r1 |
	                                (uint32_t)1 << BR_EC_secp384r1;
	br_ssl_engine_set_ec(&cc->eng, &own->curves);
	br_ssl_engine_add_flags(&cc->eng, BR_OPT_NO_RENEGOTIATION);
	br_ssl_engine_set_x509(&cc->eng, &own->validator.vtable);
	br_ssl_engine_set_buffers_bidi(&cc->eng, own->in, BR_SSL_BUFSIZE_INPUT, own->out,
	                               sizeof own->out);
}

/* Moves what the engine wants to say into the output.  False: it said something that
 * ends the connection, or there is no room. */
static bool
put_records(struct tls *t, struct tls_bearssl *own)
{
	br_ssl_engine_context *eng = &own->client.eng;
	size_t count;
	unsigned char *record;

	while ((record = br_ssl_engine_sendrec_buf(eng, &count)) != NULL) {
		/* Open, without a close of ours or theirs and without an error, the engine
		 * sends an alert only to refuse a HelloRequest. */
		const bool refusal = t->state == TLS_OPEN && record[0] == RECORD_ALERT &&
		                     !eng->shutdown_recv && eng->err == BR_ERR_OK;

		if (!tls_put(t, record, count)) {
			tls_end(t, TLS_REASON_PROTOCOL,
			        "the server demands more answers than it reads");
			return false;
		}
		br_ssl_engine_sendrec_ack(eng, count);
		if (refusal) {
			tls_end(t, TLS_REASON_RENEGOTIATION,
			        "the server wants to renegotiate, which is refused");
			return false;
		}
	}
	return true;
}

static bool
take_plain(struct tls *t, struct tls_bearssl *own, tls_sink *sink, void *context)
{
	size_t count;
	const unsigned char *plain = br_ssl_engine_recvapp_buf(&own->client.eng, &count);

	if (!plain)
		return false;
	/* Copied, and given back to the engine before the reader may call it again. */
	if (count > TLS_RECORD_BYTES)
		count = TLS_RECORD_BYTES;
	memcpy(t->pool->plain, plain, count);
	br_ssl_engine_recvapp_ack(&own->client.eng, count);
	sink(context, slice_of(t->pool->plain, count));
	return true;
}

/* Before there are keys the engine works on what came of a record, and reads all the
 * alerts of one piece before it obeys a close_notify among them: whether what stands
 * behind it counts would be up to the network.  Byte by byte it never does.  Ours,
 * found by tests/fuzz/tls_fuzz.c. */
static size_t
piece_bytes_max(const br_ssl_engine_context *eng)
{
	return eng->record_type_in == RECORD_ALERT && !eng->incrypt ? 1 : SIZE_MAX;
}

static bool
take_cipher(struct tls_bearssl *own, struct slice *cipher)
{
	const size_t most = piece_bytes_max(&own->client.eng);
	size_t count;
	unsigned char *to = br_ssl_engine_recvrec_buf(&own->client.eng, &count);

	if (!to || cipher->count == 0)
		return false;
	if (count > cipher->count)
		count = cipher->count;
	if (count > most)
		count = most;
	memcpy(to, cipher->at, count);
	*cipher = slice_after(*cipher, count);
	br_ssl_engine_recvrec_ack(&own->client.eng, count);
	return true;
}

static void
receive(struct tls *t, struct slice cipher, tls_sink *sink, void *context)
{
	struct tls_bearssl *own = t->own;
	bool moved = true;

	while (moved && t->state != TLS_ENDED) {
		unsigned state;

		if (!put_records(t, own))
			return;
		state = br_ssl_engine_current_state(&own->client.eng);
		if (state == BR_SSL_CLOSED) {
			end_error(t, own);
			return;
		}
		if (t->state == TLS_HANDSHAKE && state & BR_SSL_SENDAPP)
			shaken(t, own);
		moved = t->state == TLS_OPEN && take_plain(t, own, sink, context);
		if (!moved)
			moved = take_cipher(own, &cipher);
	}
	if (t->state != TLS_ENDED && cipher.count != 0)
		tls_end(t, TLS_REASON_INTERNAL, "BearSSL takes no more bytes");
}

static void
offer_session(struct tls *t, struct tls_bearssl *own, struct slice bytes)
{
	br_ssl_session_parameters session;

	t->offered_session = bytes.count == sizeof session;
	if (!t->offered_session)
		return;
	memcpy(&session, bytes.at, sizeof session);
	br_ssl_engine_set_session_parameters(&own->client.eng, &session);
	memset(&session, 0, sizeof session);
}

static void
open_connection(struct tls *t, struct slice session)
{
	struct tls_bearssl *own = heap_take_zeroed(&t->heap, 1, sizeof *own);
	const char *name = t->host.address_bytes != 0 ? NULL : t->host.name;
	unsigned char seed[32];

	ASSERT(own != NULL); /* the first of an empty heap */
	t->own = own;
	tls_bearssl_cert_init(t, own);
	configure(own);
	t->entropy(seed, sizeof seed);
	br_ssl_engine_inject_entropy(&own->client.eng, seed, sizeof seed);
	memset(seed, 0, sizeof seed);
	if (session.count != 0)
		offer_session(t, own, session);
	if (!br_ssl_client_reset(&own->client, name, t->offered_session))
		end_error(t, own);
	else
		put_records(t, own);
}

static bool
send_plain(struct tls *t, struct slice plain)
{
	struct tls_bearssl *own = t->own;
	size_t room;
	unsigned char *to = br_ssl_engine_sendapp_buf(&own->client.eng, &room);

	if (!to || room < plain.count)
		return false;
	memcpy(to, plain.at, plain.count);
	br_ssl_engine_sendapp_ack(&own->client.eng, plain.count);
	br_ssl_engine_flush(&own->client.eng, 0);
	return put_records(t, own);
}

static void
close_connection(struct tls *t)
{
	struct tls_bearssl *own = t->own;

	br_ssl_engine_close(&own->client.eng);
	/* An alert of ours now: not the refusal that put_records looks for. */
	own->client.eng.shutdown_recv = 1;
	put_records(t, own);
}

static void
free_connection(struct tls *t)
{
	(void)t; /* all of it lies in the slot, which is wiped */
}

const struct tls_library tls_bearssl = {
	.name = "bearssl",
	.open = open_connection,
	.receive = receive,
	.send = send_plain,
	.close = close_connection,
	.free = free_connection,
};
