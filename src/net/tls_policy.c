/* tls_policy.c - the rules for certificates, and the path they are judged along.
 *
 * Why    A rule that only one library enforces is no rule (README.md has what each
 *        accepts by default).
 * Input  the certificates that a server sent, the trust, the host, the time.
 * Output a path and TLS_REASON_NONE, or the reason with its sentence.
 * Limits names are compared byte by byte, as CAs must write them (RFC 5280 would
 *        fold case and blanks: nobody needs that, and two ways to compare are one
 *        too many).  Name constraints are not understood: a CA that has them as
 *        critical is refused.  No revocation: neither lists nor OCSP.
 */
#include "net/tls_policy.h"

enum {
	RSA_BITS_MIN = 2048,
	/* Verifying costs the square of the modulus times the length of the exponent:
	 * a peer must not choose both.  Real roots have 4096 and 65537. */
	RSA_BITS_MAX = 8192,
	RSA_EXPONENT_BYTES_MAX = 4,
};

/* --- one certificate ------------------------------------------------------------ */

static void
say_whose(struct text *why, const struct cert *c, bool is_server)
{
	text_str(why, is_server ? "the server's certificate " : "the issuer's certificate ");
	cert_name_text(why, c->subject);
}

/* A peer may write any year up to 9999; nanoseconds end in 2262. */
static void
say_time(struct text *why, int64_t unix_s)
{
	const int64_t last_s = INT64_MAX / 1000000000;

	if (unix_s > last_s)
		text_str(why, "after the year 2261");
	else if (unix_s < -last_s)
		text_str(why, "before the year 1678");
	else
		text_time(why, unix_s * 1000000000, 0);
}

static enum tls_reason
judge_time(const struct cert *c, bool is_server, int64_t wall_s, struct text *why)
{
	bool early = wall_s < c->not_before_s;

	if (!early && wall_s <= c->not_after_s)
		return TLS_REASON_NONE;
	say_whose(why, c, is_server);
	text_str(why, early ? " is valid from " : " expired on ");
	say_time(why, early ? c->not_before_s : c->not_after_s);
	text_str(why, "; our clock says ");
	say_time(why, wall_s);
	return early ? TLS_REASON_NOT_YET : TLS_REASON_EXPIRED;
}

static enum tls_reason
judge_key(const struct cert *c, bool is_server, struct text *why)
{
	if (c->key == CERT_KEY_P256 || c->key == CERT_KEY_P384)
		return TLS_REASON_NONE;
	if (c->key == CERT_KEY_RSA && c->key_bits >= RSA_BITS_MIN &&
	    c->key_bits <= RSA_BITS_MAX && c->exponent.count <= RSA_EXPONENT_BYTES_MAX)
		return TLS_REASON_NONE;
	say_whose(why, c, is_server);
	if (c->key != CERT_KEY_RSA)
		text_str(why, " has a key that is neither RSA nor P-256 nor P-384");
	else if (c->key_bits < RSA_BITS_MIN || c->key_bits > RSA_BITS_MAX)
		text_format(why, " has an RSA key of %d bits, wanted are %d to %d", c->key_bits,
		            (int)RSA_BITS_MIN, (int)RSA_BITS_MAX);
	else
		text_str(why, " has an RSA key with an exponent of more than 32 bits");
	return TLS_REASON_WEAK;
}

static enum tls_reason
judge_hash(const struct cert *c, bool is_server, struct text *why)
{
	if (c->hash == CERT_HASH_SHA256 || c->hash == CERT_HASH_SHA384 ||
	    c->hash == CERT_HASH_SHA512)
		return TLS_REASON_NONE;
	say_whose(why, c, is_server);
	text_str(why, c->hash == CERT_HASH_WEAK
	                      ? " is signed over a broken digest (SHA-1 or older)"
	                      : " is signed by an algorithm that is not accepted");
	return TLS_REASON_WEAK;
}

static enum tls_reason
judge_purpose(const struct cert *c, bool is_server, struct text *why)
{
	const uint16_t needed = is_server ? CERT_USE_SIGNATURE : CERT_USE_CERT_SIGN;

	if (c->says_purpose && !c->for_servers) {
		say_whose(why, c, is_server);
		text_str(why, is_server ? " is not for servers" : " may not vouch for servers");
		text_str(why, " (no serverAuth in its usage)");
		return TLS_REASON_USAGE;
	}
	if (c->says_use && !(c->use & needed)) {
		say_whose(why, c, is_server);
		text_str(why, is_server ? " has a key that may not sign"
		                        : " has a key that may not sign certificates");
		return TLS_REASON_USAGE;
	}
	return TLS_REASON_NONE;
}

static enum tls_reason
judge_form(const struct cert *c, bool is_server, struct text *why)
{
	if (c->has_unknown_critical) {
		say_whose(why, c, is_server);
		text_str(why, " demands something (a critical extension) that is not known here");
		return TLS_REASON_CERTIFICATE;
	}
	return TLS_REASON_NONE;
}

static enum tls_reason
judge_name(const struct cert *c, const struct tls_host *host, struct text *why)
{
	if (tls_name_matches(c->names, host))
		return TLS_REASON_NONE;
	text_format(why, "the server's certificate is not for %s; it is for ", host->name);
	if (c->names.count != 0)
		tls_name_list(why, c->names);
	else {
		text_str(why, "no name at all (it has no subjectAltName; its common name ");
		cert_name_text(why, c->subject);
		text_str(why, " does not count)");
	}
	return TLS_REASON_NAME;
}

/* The server's own certificate: first what a person can mend (a clock, a name),
 * then what only the server can. */
static enum tls_reason
judge_server(const struct cert *c, const struct tls_host *host, int64_t wall_s, struct text *why)
{
	enum tls_reason reason = judge_time(c, true, wall_s, why);

	if (reason == TLS_REASON_NONE)
		reason = judge_name(c, host, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_key(c, true, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_hash(c, true, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_purpose(c, true, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_form(c, true, why);
	return reason;
}

/* `below`: how many CAs stand between this one and the server's certificate. */
static enum tls_reason
judge_issuer(const struct cert *c, int below, bool is_root, int64_t wall_s, struct text *why)
{
	enum tls_reason reason = judge_time(c, false, wall_s, why);

	/* Roots of the first days are of version 1 and cannot say that they are CAs;
	 * that somebody trusts them says it. */
	if (reason == TLS_REASON_NONE && !c->is_ca && !(is_root && c->version < 3)) {
		say_whose(why, c, false);
		text_str(why, " is not one of a CA");
		reason = TLS_REASON_USAGE;
	}
	if (reason == TLS_REASON_NONE && c->path_max >= 0 && below > c->path_max) {
		say_whose(why, c, false);
		text_format(why, " allows %d CAs below it, there are %d", c->path_max, below);
		reason = TLS_REASON_USAGE;
	}
	if (reason == TLS_REASON_NONE)
		reason = judge_key(c, false, why);
	/* A root is believed because it is in the trust, not because it signed itself. */
	if (reason == TLS_REASON_NONE && !is_root)
		reason = judge_hash(c, false, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_purpose(c, false, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_form(c, false, why);
	return reason;
}

/* --- the path ------------------------------------------------------------------- */

/* How well a certificate fits as the issuer of `child`, by what both say of the key
 * that signed: 2 the same, 1 not said, 0 another. */
static int
fits(const struct cert *child, const struct cert *issuer)
{
	if (child->issuer_key_id.count == 0 || issuer->key_id.count == 0)
		return 1;
	return slice_equal(child->issuer_key_id, issuer->key_id) ? 2 : 0;
}

static bool
is_valid(const struct cert *c, int64_t wall_s)
{
	return wall_s >= c->not_before_s && wall_s <= c->not_after_s;
}

/* Fit first; of equals one that is valid now. */
static int
score_of(const struct cert *child, const struct cert *issuer, int64_t wall_s)
{
	return fits(child, issuer) * 2 + is_valid(issuer, wall_s);
}

/* The best root with the name of the child's issuer; its score, -1: there is none. */
static int
find_root(const struct tls_trust *trust, const struct cert *child, int64_t wall_s,
          struct cert *root, int64_t *distrust_after_s)
{
	struct tls_root same_name[TLS_ROOTS_SAME_NAME_MAX];
	int count = tls_trust_find(trust, child->issuer, same_name), best = -1;

	for (int i = 0; i < count; i++) {
		struct cert c;

		if (!cert_read(same_name[i].der, &c) || score_of(child, &c, wall_s) <= best)
			continue;
		best = score_of(child, &c, wall_s);
		*root = c;
		*distrust_after_s = same_name[i].distrust_after_s;
	}
	return best;
}

static bool
has_root(const struct tls_trust *trust, const struct cert *c)
{
	struct tls_root same_name[TLS_ROOTS_SAME_NAME_MAX];

	return tls_trust_find(trust, c->issuer, same_name) != 0;
}

/* The same among what the server sent and the path does not have yet.  Of two for one
 * key (cross certificates) the one that a root of ours vouches for. */
static int
find_sent(const struct tls_chain *chain, unsigned used, const struct cert *child,
          const struct tls_trust *trust, int64_t wall_s, struct cert *issuer, int *index)
{
	int best = -1, score;

	for (int i = 1; i < chain->count; i++) {
		struct cert c;

		if (used & 1u << i || !cert_read(chain->der[i], &c) ||
		    !slice_equal(c.subject, child->issuer))
			continue;
		score = score_of(child, &c, wall_s) * 2 + has_root(trust, &c);
		if (score <= best)
			continue;
		best = score;
		*issuer = c;
		*index = i;
	}
	return best < 0 ? best : best / 2;
}

static enum tls_reason
say_no_issuer(const struct tls_path *path, struct text *why)
{
	const struct cert *top = &path->cert[path->count - 1];

	if (slice_equal(top->issuer, top->subject)) {
		say_whose(why, top, path->count == 1);
		text_str(why, " vouches for itself and is not in the trust");
		return TLS_REASON_ISSUER;
	}
	text_str(why, "the issuer ");
	cert_name_text(why, top->issuer);
	text_str(why, " of ");
	say_whose(why, top, path->count == 1);
	text_str(why, " is neither trusted nor sent along");
	return TLS_REASON_ISSUER;
}

static enum tls_reason
find_path(const struct tls_chain *chain, const struct tls_trust *trust, int64_t wall_s,
          struct tls_path *path, struct text *why)
{
	unsigned used = 1;
	int64_t distrust_after_s = 0;

	/* Ends: every turn uses up one of the certificates sent. */
	for (;;) {
		const struct cert *child = &path->cert[path->count - 1];
		struct cert sent;
		int index = 0, sent_score;
		int root_score = find_root(trust, child, wall_s, &path->root, &distrust_after_s);

		/* A root ends the path, unless it says that another key signed. */
		if (root_score >= 2)
			break;
		sent_score = find_sent(chain, used, child, trust, wall_s, &sent, &index);
		if (sent_score < 0 && root_score < 0)
			return say_no_issuer(path, why);
		if (root_score >= sent_score)
			break;
		used |= 1u << index;
		path->index[path->count] = (uint8_t)index;
		path->cert[path->count++] = sent;
	}
	if (distrust_after_s != 0 && path->cert[0].not_before_s > distrust_after_s) {
		text_str(why, "the issuer ");
		cert_name_text(why, path->root.subject);
		text_str(why, " is not trusted for what was issued after ");
		say_time(why, distrust_after_s);
		return TLS_REASON_ISSUER;
	}
	return TLS_REASON_NONE;
}

/* Any certificate of the path may be the pinned one, so that a pin can name the
 * server's key or that of its CA. */
static enum tls_reason
judge_pins(const struct tls_path *path, const struct tls_trust *trust,
           const struct tls_host *host, struct text *why)
{
	uint8_t digest[TLS_PIN_BYTES];

	if (!tls_trust_has_pins(trust, host->name))
		return TLS_REASON_NONE;
	for (int i = 0; i <= path->count; i++) {
		const struct cert *c = i < path->count ? &path->cert[i] : &path->root;

		tls_trust_digest(c->public_key, digest);
		if (tls_trust_has_pin(trust, host->name, digest))
			return TLS_REASON_NONE;
	}
	text_format(why, "none of the %d certificates of %s, up to the root, has a pinned key",
	            path->count + 1, host->name);
	return TLS_REASON_PIN;
}

enum tls_reason
tls_policy_judge(const struct tls_chain *chain, const struct tls_trust *trust,
                 const struct tls_host *host, int64_t wall_s, struct tls_path *path,
                 struct text *why)
{
	enum tls_reason reason;

	if (chain->count < 1 || chain->count > TLS_CHAIN_MAX) {
		text_format(why, "the server sent %d certificates, wanted are 1 to %d",
		            chain->count, (int)TLS_CHAIN_MAX);
		return TLS_REASON_CERTIFICATE;
	}
	path->count = 1;
	path->index[0] = 0;
	if (!cert_read(chain->der[0], &path->cert[0])) {
		text_str(why, "the server's certificate is not well formed");
		return TLS_REASON_CERTIFICATE;
	}
	reason = judge_server(&path->cert[0], host, wall_s, why);
	if (reason == TLS_REASON_NONE)
		reason = find_path(chain, trust, wall_s, path, why);
	for (int i = 1; reason == TLS_REASON_NONE && i < path->count; i++)
		reason = judge_issuer(&path->cert[i], i - 1, false, wall_s, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_issuer(&path->root, path->count - 1, true, wall_s, why);
	if (reason == TLS_REASON_NONE)
		reason = judge_pins(path, trust, host, why);
	if (reason != TLS_REASON_NONE)
		return reason;
	path->until_s = path->root.not_after_s;
	for (int i = 0; i < path->count; i++)
		if (path->cert[i].not_after_s < path->until_s)
			path->until_s = path->cert[i].not_after_s;
	return TLS_REASON_NONE;
}
