/* tls_trust.c - the roots built in, or those of a CA file, and pins.
 *
 * Why    Everything that TLS promises hangs on this list.
 * Input  build/gen/trust_roots.c (Mozilla's list), or PEM of the owner; pins.
 * Output roots by their name; digests of public keys.
 * Limits read at boot, never changed.  A CA file replaces the list, it adds nothing.
 */
#include "net/tls_trust.h"
#include "net/cert.h"
#include "trust_roots.h"
#include <bearssl_hash.h>
#include <bearssl_pem.h>
#include <mbedtls/base64.h>

struct pin {
	char host[TLS_HOST_BYTES];
	uint8_t digest[TLS_PIN_BYTES];
};

struct row {
	uint64_t key;
	struct slice name, der;
};

struct tls_trust {
	bool built_in;
	struct row *row;      /* of the CA file */
	int row_count;
	struct pin *pin;
	int pin_count;
};

void
tls_trust_digest(struct slice bytes, uint8_t digest[TLS_PIN_BYTES])
{
	br_sha256_context sha;

	br_sha256_init(&sha);
	br_sha256_update(&sha, bytes.at, bytes.count);
	br_sha256_out(&sha, digest);
}

/* What the table of roots is sorted by, see trust_roots.h. */
static uint64_t
key_of(struct slice name)
{
	uint8_t digest[TLS_PIN_BYTES];
	uint64_t key = 0;

	tls_trust_digest(name, digest);
	for (int i = 0; i < 8; i++)
		key = key << 8 | digest[i];
	return key;
}

/* --- to find -------------------------------------------------------------------- */

static struct slice
der_at(uint32_t at, uint16_t count)
{
	return slice_of((const char *)trust_root_der + at, count);
}

static int
find_built_in(uint64_t key, struct slice name, struct tls_root *root)
{
	int low = 0, high = TRUST_ROOT_COUNT, count = 0;

	while (low < high) {
		int middle = (low + high) / 2;

		if (trust_roots[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < TRUST_ROOT_COUNT && trust_roots[low].key == key; low++) {
		const struct trust_root *r = &trust_roots[low];

		if (count < TLS_ROOTS_SAME_NAME_MAX &&
		    slice_equal(name, der_at(r->name_at, r->name_bytes)))
			root[count++] = (struct tls_root){
				.der = der_at(r->cert_at, r->cert_bytes),
				.distrust_after_s = r->distrust_after_s,
			};
	}
	return count;
}

int
tls_trust_find(const struct tls_trust *trust, struct slice name, struct tls_root *root)
{
	const uint64_t key = key_of(name);
	int count = 0;

	if (trust->built_in)
		return find_built_in(key, name, root);
	for (int i = 0; i < trust->row_count && count < TLS_ROOTS_SAME_NAME_MAX; i++)
		if (trust->row[i].key == key && slice_equal(name, trust->row[i].name))
			root[count++] = (struct tls_root){ .der = trust->row[i].der };
	return count;
}

bool
tls_trust_has_pins(const struct tls_trust *trust, const char *host)
{
	for (int i = 0; i < trust->pin_count; i++)
		if (strcmp(trust->pin[i].host, host) == 0)
			return true;
	return false;
}

bool
tls_trust_has_pin(const struct tls_trust *trust, const char *host,
                  const uint8_t digest[TLS_PIN_BYTES])
{
	for (int i = 0; i < trust->pin_count; i++)
		if (strcmp(trust->pin[i].host, host) == 0 &&
		    memcmp(trust->pin[i].digest, digest, TLS_PIN_BYTES) == 0)
			return true;
	return false;
}

/* --- the CA file ----------------------------------------------------------------- */

struct pem {
	br_pem_decoder_context decoder;
	bool taking;           /* inside a CERTIFICATE */
	char *begin;           /* of this one's DER */
	char *at;              /* where its next byte goes */
	size_t room;
};

static void
take_bytes(void *context, const void *bytes, size_t count)
{
	struct pem *p = context;

	/* DER is shorter than its PEM, so there is room; a lie of the decoder would
	 * cut the certificate, which then cannot be read. */
	if (count > p->room)
		count = p->room;
	memcpy(p->at, bytes, count);
	p->at += count;
	p->room -= count;
}

static bool
add_row(struct tls_trust *t, int row_max, struct slice der, struct text *why)
{
	struct cert c;

	if (t->row_count >= row_max || !cert_read(der, &c)) {
		text_format(why, "certificate %d of the CA file is not well formed",
		            t->row_count + 1);
		return false;
	}
	t->row[t->row_count++] = (struct row){ key_of(c.subject), c.subject, c.whole };
	return true;
}

/* Looks at what the decoder has just seen. */
static bool
take_event(struct tls_trust *t, int row_max, struct pem *p, struct text *why)
{
	switch (br_pem_decoder_event(&p->decoder)) {
	case BR_PEM_BEGIN_OBJ:
		p->taking = strcmp(br_pem_decoder_name(&p->decoder), "CERTIFICATE") == 0;
		br_pem_decoder_setdest(&p->decoder, p->taking ? take_bytes : NULL, p);
		p->begin = p->at;
		return true;
	case BR_PEM_END_OBJ:
		if (p->taking && !add_row(t, row_max,
		                          slice_of(p->begin, (size_t)(p->at - p->begin)), why))
			return false;
		p->taking = false;
		return true;
	case BR_PEM_ERROR:
		text_format(why, "the CA file is broken after %d certificates", t->row_count);
		return false;
	default:
		return true;
	}
}

static bool
read_pem(struct tls_trust *t, int row_max, struct slice pem, struct pem *p, struct text *why)
{
	struct slice part[2] = { pem, SLICE("\n") }; /* the last line may lack its end */

	br_pem_decoder_init(&p->decoder);
	for (int i = 0; i < 2; i++)
		while (part[i].count != 0) {
			size_t taken =
				br_pem_decoder_push(&p->decoder, part[i].at, part[i].count);

			part[i] = slice_after(part[i], taken);
			if (!take_event(t, row_max, p, why))
				return false;
		}
	if (p->taking) {
		text_format(why, "the CA file ends inside certificate %d", t->row_count + 1);
		return false;
	}
	if (t->row_count == 0)
		text_str(why, "the CA file has no certificate (PEM, BEGIN CERTIFICATE)");
	return t->row_count != 0;
}

static int
count_begins(struct slice pem)
{
	const struct slice mark = SLICE("-----BEGIN CERTIFICATE");
	int count = 0;

	for (; pem.count >= mark.count; pem = slice_after(pem, 1))
		count += slice_starts(pem, mark);
	return count;
}

static enum err
read_ca_file(struct tls_trust *t, struct slice pem, struct arena *boot, struct text *why)
{
	struct pem p = { .taking = false };
	const int row_max = count_begins(pem);

	if (row_max == 0) {
		text_str(why, "the CA file has no certificate (PEM, BEGIN CERTIFICATE)");
		return ERR_CONFIG;
	}
	t->row = arena_take(boot, "tls trust", (size_t)row_max, sizeof t->row[0]);
	p.room = pem.count;
	p.at = arena_take(boot, "tls trust", p.room, 1);
	if (!t->row || !p.at) {
		text_format(why, "no memory for the %d certificates of the CA file", row_max);
		return ERR_FULL;
	}
	return read_pem(t, row_max, pem, &p, why) ? ERR_NONE : ERR_CONFIG;
}

/* --- pins ------------------------------------------------------------------------ */

/* "HOST sha256/BASE64" */
static bool
read_pin(const char *text, struct pin *pin)
{
	struct slice rest = slice_str(text), host = slice_cut(&rest, ' ');
	struct tls_host read;
	size_t count = 0;

	while (slice_starts(rest, SLICE(" ")))
		rest = slice_after(rest, 1);
	if (!tls_host_read(host, &read) || !slice_starts(rest, SLICE("sha256/")))
		return false;
	rest = slice_after(rest, strlen("sha256/"));
	memcpy(pin->host, read.name, sizeof pin->host);
	return mbedtls_base64_decode(pin->digest, sizeof pin->digest, &count,
	                             (const unsigned char *)rest.at, rest.count) == 0 &&
	       count == sizeof pin->digest;
}

static enum err
read_pins(struct tls_trust *t, const char *const *pin, int pin_count, struct arena *boot,
          struct text *why)
{
	if (pin_count == 0)
		return ERR_NONE;
	t->pin = arena_take(boot, "tls trust", (size_t)pin_count, sizeof t->pin[0]);
	if (!t->pin) {
		text_format(why, "no memory for %d pins", pin_count);
		return ERR_FULL;
	}
	for (; t->pin_count < pin_count; t->pin_count++)
		if (!read_pin(pin[t->pin_count], &t->pin[t->pin_count])) {
			text_str(why, "the pin ");
			text_json(why, slice_str(pin[t->pin_count]));
			text_str(why, " is not HOST sha256/BASE64 with 32 bytes");
			return ERR_CONFIG;
		}
	return ERR_NONE;
}

enum err
tls_trust_init(struct tls_trust **trust_out, struct slice ca_pem, const char *const *pin,
               int pin_count, struct arena *boot, char *why, size_t why_bytes)
{
	struct tls_trust *t = arena_take(boot, "tls trust", 1, sizeof *t);
	struct text sentence = text_init(why, why_bytes - 1);
	enum err err = ERR_FULL;

	*trust_out = NULL;
	if (t) {
		t->built_in = ca_pem.count == 0;
		err = t->built_in ? ERR_NONE : read_ca_file(t, ca_pem, boot, &sentence);
		if (!err)
			err = read_pins(t, pin, pin_count, boot, &sentence);
	} else {
		text_str(&sentence, "no memory for the trust");
	}
	why[sentence.count] = 0;
	if (!err)
		*trust_out = t;
	return err;
}
