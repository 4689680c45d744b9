/* tls_session.h - sessions to resume: a handshake less of public-key arithmetic.
 *
 * A few, kept by host, library and trust: what one trust judged good says nothing
 * for another.  A session dies with the first certificate of the path that its server
 * was judged by, at the latest a day after that (a resumed one keeps the date of the
 * one before), and when it was offered and something went wrong.  Full: the one that
 * was used longest ago goes.  Secrets lie in here.
 */
#ifndef NET_TLS_SESSION_H
#define NET_TLS_SESSION_H
#include "base/arena.h"
#include "net/tls.h"
#include "net/tls_name.h"

/* TLS 1.2 of mbedTLS keeps the server's certificate with it, 1 to 2 KB. */
enum { TLS_SESSIONS_MAX = 16, TLS_SESSION_BYTES_MAX = 3072 };

/* RFC 8446 allows a week.  A day bounds what a stolen ticket key at the server's side
 * is worth, and costs one full handshake a day. */
enum { TLS_SESSION_KEEP_S = 86400 };

struct tls_session_key {
	const char *host;
	const struct tls_trust *trust;
	enum tls_backend backend;
	bool no_tls13;
};

struct tls_sessions {
	uint64_t clock;   /* counts uses: who was used last */
	struct tls_session {
		uint64_t used;  /* 0: empty */
		char host[TLS_HOST_BYTES];
		const struct tls_trust *trust;
		uint8_t backend;
		bool no_tls13;
		int64_t until_s;
		size_t count;
		char at[TLS_SESSION_BYTES_MAX];
	} *session;       /* [TLS_SESSIONS_MAX] */
};

bool tls_session_init(struct tls_sessions *s, struct arena *boot);

/* Replaces that of the same key.  What is too long is not kept. */
void tls_session_put(struct tls_sessions *s, const struct tls_session_key *key,
                     int64_t until_s, struct slice session);

/* Empty: none, or none that may still be used.  until_out: as it was put. */
struct slice tls_session_find(struct tls_sessions *s, const struct tls_session_key *key,
                              int64_t wall_s, int64_t *until_out);

void tls_session_drop(struct tls_sessions *s, const struct tls_session_key *key);
#endif
