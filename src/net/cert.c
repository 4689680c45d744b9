/* cert.c - reads a certificate's fields.
 *
 * Why    The two libraries accept different things by default (README.md); one
 *        reader of our own gives policy the same facts on both.
 * Input  DER of a peer, or of a CA file.
 * Output struct cert, or false for what RFC 5280 would not call a certificate.
 * Limits signatures are not looked at; extensions that we do not know are skipped,
 *        and remembered where they are critical.
 */
#include "net/cert.h"
#include "net/der.h"

/* --- algorithms ------------------------------------------------------------- */

static const struct {
	struct slice oid;
	uint8_t hash;
} signature_table[] = {
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"), CERT_HASH_SHA256 }, /* RSA */
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"), CERT_HASH_SHA384 },
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"), CERT_HASH_SHA512 },
	{ SLICE_INIT("\x2a\x86\x48\xce\x3d\x04\x03\x02"), CERT_HASH_SHA256 }, /* ECDSA */
	{ SLICE_INIT("\x2a\x86\x48\xce\x3d\x04\x03\x03"), CERT_HASH_SHA384 },
	{ SLICE_INIT("\x2a\x86\x48\xce\x3d\x04\x03\x04"), CERT_HASH_SHA512 },
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02"), CERT_HASH_WEAK }, /* MD2 */
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"), CERT_HASH_WEAK }, /* MD5 */
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"), CERT_HASH_WEAK }, /* SHA-1 */
	{ SLICE_INIT("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"), CERT_HASH_WEAK }, /* SHA-224 */
	{ SLICE_INIT("\x2a\x86\x48\xce\x3d\x04\x01"), CERT_HASH_WEAK }, /* ECDSA, SHA-1 */
	{ SLICE_INIT("\x2a\x86\x48\xce\x3d\x04\x03\x01"), CERT_HASH_WEAK }, /* SHA-224 */
	{ SLICE_INIT("\x2a\x86\x48\xce\x38\x04\x03"), CERT_HASH_WEAK }, /* DSA, SHA-1 */
};

static bool
read_signature(struct slice algorithm, struct cert *c)
{
	struct slice oid;

	if (!der_next(&algorithm, DER_OID, &oid))
		return false;
	c->hash = CERT_HASH_OTHER;
	for (size_t i = 0; i < sizeof signature_table / sizeof signature_table[0]; i++)
		if (slice_equal(oid, signature_table[i].oid))
			c->hash = signature_table[i].hash;
	return true;
}

static int
bits_of(struct slice magnitude)
{
	int bits = (int)magnitude.count * 8;

	if (magnitude.count == 0)
		return 0;
	for (unsigned first = der_byte(magnitude, 0); first < 0x80; first <<= 1)
		bits--;
	return bits;
}

static bool
read_key(struct slice info, struct cert *c)
{
	struct slice algorithm, oid, curve, bits;

	if (!der_next(&info, DER_SEQUENCE, &algorithm) || !der_next(&algorithm, DER_OID, &oid) ||
	    !der_bytes(&info, &bits) || info.count != 0)
		return false;
	c->key = CERT_KEY_OTHER;
	if (slice_is(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")) {
		struct slice key;

		if (!der_next(&bits, DER_SEQUENCE, &key) || bits.count != 0 ||
		    !der_magnitude(&key, &c->modulus) || !der_magnitude(&key, &c->exponent) ||
		    key.count != 0)
			return false;
		c->key = CERT_KEY_RSA;
		c->key_bits = bits_of(c->modulus);
	} else if (slice_is(oid, "\x2a\x86\x48\xce\x3d\x02\x01")) {
		/* Curves by name only: one spelled out could be any. */
		if (!der_next(&algorithm, DER_OID, &curve))
			return true;
		if (slice_is(curve, "\x2a\x86\x48\xce\x3d\x03\x01\x07")) {
			c->key = CERT_KEY_P256;
			c->key_bits = 256;
		} else if (slice_is(curve, "\x2b\x81\x04\x00\x22")) {
			c->key = CERT_KEY_P384;
			c->key_bits = 384;
		} else {
			return true;
		}
		if (bits.count != 1 + 2 * (size_t)c->key_bits / 8 || der_byte(bits, 0) != 4)
			return false;
		c->point = bits;
	}
	return true;
}

/* --- extensions --------------------------------------------------------------- */

static bool
read_constraints(struct slice value, struct cert *c)
{
	struct slice list, flag, count;

	if (!der_next(&value, DER_SEQUENCE, &list) || value.count != 0)
		return false;
	if (der_peek(list) == DER_BOOLEAN) {
		if (!der_next(&list, DER_BOOLEAN, &flag) || flag.count != 1)
			return false;
		c->is_ca = der_byte(flag, 0) != 0;
	}
	if (list.count != 0) {
		if (!der_magnitude(&list, &count) || list.count != 0 || count.count > 1)
			return false;
		c->path_max = count.count == 0 ? 0 : der_byte(count, 0);
	}
	return true;
}

static bool
read_use(struct slice value, struct cert *c)
{
	struct slice bits;

	if (!der_next(&value, DER_BITS, &bits) || value.count != 0 || bits.count < 1 ||
	    bits.count > 3 || der_byte(bits, 0) > 7)
		return false;
	c->says_use = true;
	for (int i = 0; bits.count > 1 && i < 8; i++)
		if (der_byte(bits, 1) & 0x80 >> i)
			c->use |= (uint16_t)(1 << i);
	return true;
}

static bool
read_purpose(struct slice value, struct cert *c)
{
	struct slice list, oid;

	if (!der_next(&value, DER_SEQUENCE, &list) || value.count != 0 || list.count == 0)
		return false;
	c->says_purpose = true;
	while (list.count != 0) {
		if (!der_next(&list, DER_OID, &oid))
			return false;
		if (slice_is(oid, "\x2b\x06\x01\x05\x05\x07\x03\x01") ||
		    slice_is(oid, "\x55\x1d\x25\x00"))
			c->for_servers = true;
	}
	return true;
}

static bool
read_names(struct slice value, struct cert *c)
{
	struct slice list, entry, body;
	uint8_t tag;

	if (!der_next(&value, DER_SEQUENCE, &list) || value.count != 0 || list.count == 0)
		return false;
	c->names = list;
	while (list.count != 0)
		if (!der_any(&list, &tag, &body, &entry) || (tag & 0xc0) != DER_CONTEXT)
			return false;
	return true;
}

static bool
read_key_id(struct slice value, struct cert *c)
{
	return der_next(&value, DER_OCTETS, &c->key_id) && value.count == 0;
}

static bool
read_issuer_key_id(struct slice value, struct cert *c)
{
	struct slice list;

	if (!der_next(&value, DER_SEQUENCE, &list) || value.count != 0)
		return false;
	if (der_peek(list) == (DER_CONTEXT | 0))
		return der_next(&list, DER_CONTEXT | 0, &c->issuer_key_id);
	return true;
}

/* What a certificate policy says is for lawyers; critical or not it binds no key. */
static bool
read_nothing(struct slice value, struct cert *c)
{
	(void)value;
	(void)c;
	return true;
}

static const struct {
	struct slice oid;
	bool (*read)(struct slice value, struct cert *c);
} extension_table[] = {
	{ SLICE_INIT("\x55\x1d\x13"), read_constraints },   /* basicConstraints */
	{ SLICE_INIT("\x55\x1d\x0f"), read_use },           /* keyUsage */
	{ SLICE_INIT("\x55\x1d\x25"), read_purpose },       /* extKeyUsage */
	{ SLICE_INIT("\x55\x1d\x11"), read_names },         /* subjectAltName */
	{ SLICE_INIT("\x55\x1d\x0e"), read_key_id },        /* subjectKeyIdentifier */
	{ SLICE_INIT("\x55\x1d\x23"), read_issuer_key_id }, /* authorityKeyIdentifier */
	{ SLICE_INIT("\x55\x1d\x20"), read_nothing },       /* certificatePolicies */
};

enum { EXTENSIONS_KNOWN = sizeof extension_table / sizeof extension_table[0] };

static bool
read_extension(struct slice *list, struct cert *c, unsigned *seen)
{
	struct slice extension, oid, flag, value;
	bool critical = false;

	if (!der_next(list, DER_SEQUENCE, &extension) || !der_next(&extension, DER_OID, &oid))
		return false;
	if (der_peek(extension) == DER_BOOLEAN) {
		if (!der_next(&extension, DER_BOOLEAN, &flag) || flag.count != 1)
			return false;
		critical = der_byte(flag, 0) != 0;
	}
	if (!der_next(&extension, DER_OCTETS, &value) || extension.count != 0)
		return false;
	for (unsigned i = 0; i < EXTENSIONS_KNOWN; i++) {
		if (!slice_equal(oid, extension_table[i].oid))
			continue;
		/* Said twice it could be read twice ways (RFC 5280, 4.2). */
		if (*seen & 1u << i)
			return false;
		*seen |= 1u << i;
		return extension_table[i].read(value, c);
	}
	if (critical)
		c->has_unknown_critical = true;
	return true;
}

static bool
read_extensions(struct slice body, struct cert *c)
{
	struct slice list;
	unsigned seen = 0;

	if (!der_next(&body, DER_SEQUENCE, &list) || body.count != 0 || list.count == 0)
		return false;
	while (list.count != 0)
		if (!read_extension(&list, c, &seen))
			return false;
	return true;
}

/* --- the certificate ------------------------------------------------------------ */

static bool
read_version(struct slice *in, struct cert *c)
{
	struct slice wrapper, number;

	c->version = 1;
	if (der_peek(*in) != (DER_CONTEXT_HOLDS | 0))
		return true;
	if (!der_next(in, DER_CONTEXT_HOLDS | 0, &wrapper) || !der_magnitude(&wrapper, &number) ||
	    wrapper.count != 0 || number.count != 1 || der_byte(number, 0) > 2)
		return false;
	c->version = der_byte(number, 0) + 1;
	return true;
}

static bool
read_body(struct slice in, struct slice outer_algorithm, struct cert *c)
{
	struct slice serial, algorithm, validity, info, body;

	if (!read_version(&in, c) || !der_next(&in, DER_INTEGER, &serial) ||
	    !der_next(&in, DER_SEQUENCE, &algorithm) || !slice_equal(algorithm, outer_algorithm) ||
	    !read_signature(algorithm, c) || !der_whole(&in, DER_SEQUENCE, &c->issuer) ||
	    !der_next(&in, DER_SEQUENCE, &validity) || !der_time(&validity, &c->not_before_s) ||
	    !der_time(&validity, &c->not_after_s) || validity.count != 0 ||
	    !der_whole(&in, DER_SEQUENCE, &c->subject) ||
	    !der_whole(&in, DER_SEQUENCE, &c->public_key))
		return false;
	info = c->public_key;
	if (!der_next(&info, DER_SEQUENCE, &body) || !read_key(body, c))
		return false;
	/* issuerUniqueID and subjectUniqueID: nobody uses them. */
	for (uint8_t n = 1; n <= 2; n++)
		if (der_peek(in) == (DER_CONTEXT | n) && !der_next(&in, DER_CONTEXT | n, &body))
			return false;
	if (der_peek(in) == (DER_CONTEXT_HOLDS | 3))
		if (c->version != 3 || !der_next(&in, DER_CONTEXT_HOLDS | 3, &body) ||
		    !read_extensions(body, c))
			return false;
	return in.count == 0;
}

bool
cert_read(struct slice der, struct cert *c)
{
	struct slice outer, body, algorithm, signature;

	*c = (struct cert){ .whole = der, .path_max = -1 };
	return der_next(&der, DER_SEQUENCE, &outer) && der.count == 0 &&
	       der_next(&outer, DER_SEQUENCE, &body) &&
	       der_next(&outer, DER_SEQUENCE, &algorithm) && der_bytes(&outer, &signature) &&
	       outer.count == 0 && read_body(body, algorithm, c);
}

/* --- for people ----------------------------------------------------------------- */

void
cert_plain_text(struct text *out, struct slice s, size_t count_max)
{
	for (size_t i = 0; i < s.count && i < count_max; i++)
		text_char(out, s.at[i] >= ' ' && s.at[i] <= '~' ? s.at[i] : '?');
	if (s.count > count_max)
		text_str(out, "...");
}

static bool
find_part(struct slice name, uint8_t kind, struct slice *value)
{
	struct slice parts, set, pair, oid;
	uint8_t tag;

	if (!der_next(&name, DER_SEQUENCE, &parts))
		return false;
	while (der_next(&parts, DER_SET, &set))
		while (der_next(&set, DER_SEQUENCE, &pair))
			if (der_next(&pair, DER_OID, &oid) && oid.count == 3 &&
			    der_byte(oid, 0) == 0x55 && der_byte(oid, 1) == 0x04 &&
			    der_byte(oid, 2) == kind && der_any(&pair, &tag, value, NULL))
				return true;
	return false;
}

void
cert_name_text(struct text *out, struct slice name)
{
	static const uint8_t kinds[] = { 3, 10, 11 }; /* CN, O, OU */
	struct slice value;

	for (size_t i = 0; i < sizeof kinds; i++)
		if (find_part(name, kinds[i], &value)) {
			text_char(out, '"');
			cert_plain_text(out, value, 64);
			text_char(out, '"');
			return;
		}
	text_str(out, "(no name)");
}
