/* tls_policy.h - what we demand of a server's certificates, the same for both libraries.
 *
 * The certificates come as the server sent them, its own first, the others in any
 * order, with strangers among them or not.  The policy looks for the path from the
 * server's own to a root of the trust, by names, and judges every certificate on it.
 * It checks no signature.  The library does, over exactly the path found here: the
 * one is worth nothing without the other.
 */
#ifndef NET_TLS_POLICY_H
#define NET_TLS_POLICY_H
#include "net/cert.h"
#include "net/tls.h"
#include "net/tls_name.h"
#include "net/tls_trust.h"

enum { TLS_CHAIN_MAX = 10 }; /* certificates a server may send */

struct tls_chain {
	int count;                         /* may be larger: then the chain is refused */
	struct slice der[TLS_CHAIN_MAX];
};

struct tls_path {
	int count;                         /* without the root */
	uint8_t index[TLS_CHAIN_MAX];      /* into the chain; [0] is 0, the server's own */
	struct cert cert[TLS_CHAIN_MAX];   /* as read, in the order of the path */
	struct cert root;
	int64_t until_s;                   /* the first of them ends then */
};

/* TLS_REASON_NONE: judged good, the path stands.  Else the reason, and a sentence in
 * `why`.  wall_s: unix seconds. */
enum tls_reason tls_policy_judge(const struct tls_chain *chain, const struct tls_trust *trust,
                                 const struct tls_host *host, int64_t wall_s,
                                 struct tls_path *path, struct text *why);
#endif
