/* tls_words.c - reasons, libraries, alerts, ciphers and groups as words.
 *
 * Why    A person reads "handshake_failure", a protocol says 40.
 * Input  our enums; numbers of alerts (RFC 8446 6, RFC 5246 7.2), of ciphers (RFC 8446
 *        B.4, RFC 5289, RFC 7905) and of groups (RFC 8446 4.2.7).
 * Limits of ciphers and groups only those that are offered have a name.
 */
#include "net/tls_internal.h"

const char *
tls_reason_text(enum tls_reason reason)
{
	static const char *const text[] = {
#define X(name, text) text,
		TLS_REASONS(X)
#undef X
	};

	return reason >= 0 && reason < TLS_REASON_COUNT ? text[reason] : "unknown";
}

const char *
tls_backend_text(enum tls_backend backend)
{
	switch (backend) {
	case TLS_MBEDTLS:
		return tls_mbedtls.name;
	case TLS_BEARSSL:
		return tls_bearssl.name;
	case TLS_NONE:
	case TLS_BACKEND_COUNT:
		break;
	}
	return "none";
}

/* --- alerts ---------------------------------------------------------------------- */

static const struct {
	uint8_t number;
	const char *name;
} alert_table[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 22, "record_overflow" },
	{ 40, "handshake_failure" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 112, "unrecognized_name" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
};

void
tls_end_alert(struct tls *t, int number)
{
	const char *name = "unknown";

	for (size_t i = 0; i < sizeof alert_table / sizeof alert_table[0]; i++)
		if (alert_table[i].number == number)
			name = alert_table[i].name;
	if (t->state == TLS_HANDSHAKE && number == 70)
		tls_end(t, TLS_REASON_VERSION,
		        "the server has no common TLS version (alert 70, %s)", name);
	else if (t->state == TLS_HANDSHAKE && (number == 40 || number == 71))
		tls_end(t, TLS_REASON_CIPHER,
		        "the server wants no cipher or key exchange of ours (alert %d, %s)", number,
		        name);
	else
		tls_end(t, TLS_REASON_ALERT, "the server ended it with alert %d, %s", number, name);
}

/* --- what was agreed on ----------------------------------------------------------- */

static const struct {
	uint16_t number;
	const char *name;
} suite_table[] = {
	{ 0x1301, "AES-128-GCM" },
	{ 0x1302, "AES-256-GCM" },
	{ 0x1303, "CHACHA20-POLY1305" },
	{ 0xc02b, "AES-128-GCM" },
	{ 0xc02c, "AES-256-GCM" },
	{ 0xc02f, "AES-128-GCM" },
	{ 0xc030, "AES-256-GCM" },
	{ 0xcca8, "CHACHA20-POLY1305" },
	{ 0xcca9, "CHACHA20-POLY1305" },
};

const char *
tls_suite_text(int suite)
{
	for (size_t i = 0; i < sizeof suite_table / sizeof suite_table[0]; i++)
		if (suite_table[i].number == suite)
			return suite_table[i].name;
	return NULL;
}

const char *
tls_group_text(int group)
{
	return group == 29 ? " x25519" : group == 23 ? " P-256" : group == 24 ? " P-384" : "";
}
