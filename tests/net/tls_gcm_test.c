/* Goal: AES-GCM under mbedTLS gives the standard's bytes, at once and in pieces, and
 * nothing of a message that was changed.
 * Method: the 18 test cases of the GCM specification (McGrew and Viega, 2005); every
 * length against the same message in pieces; random messages against the machine's
 * OpenSSL.  Where BearSSL stands behind it (x86-64) all of that is done again with the
 * functions for processors without AES-NI, and calls out of order are refused. */
#include "net/tls_gcm.c"
#include "check.h"
#include <mbedtls/gcm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 17000, SIDE_BYTES = 64 };

/* One of so many is tried in an emulator, which is 20 times slower. */
static int every = 1;

/* The same numbers each time. */
static uint64_t
chance(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

static void
fill(uint8_t *to, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] = (uint8_t)chance();
}

struct message {
	uint8_t key[32], nonce[64], aad[64], tag[16];
	size_t key_bytes, nonce_bytes, aad_bytes, bytes;
	uint8_t plain[TEXT_MAX], cipher[TEXT_MAX];
};

static void
keyed(mbedtls_gcm_context *c, const struct message *m)
{
	mbedtls_gcm_init(c);
	CHECK(mbedtls_gcm_setkey(c, MBEDTLS_CIPHER_ID_AES, m->key, (unsigned)m->key_bytes * 8) == 0);
}

static int
seal(mbedtls_gcm_context *c, const struct message *m, const uint8_t *from, uint8_t *to,
     uint8_t tag[16])
{
	return mbedtls_gcm_crypt_and_tag(c, MBEDTLS_GCM_ENCRYPT, m->bytes, m->nonce, m->nonce_bytes,
	                                 m->aad, m->aad_bytes, from, to, 16, tag);
}

static int
open_it(mbedtls_gcm_context *c, const struct message *m, const uint8_t *tag, const uint8_t *from,
        uint8_t *to)
{
	return mbedtls_gcm_auth_decrypt(c, m->bytes, m->nonce, m->nonce_bytes, m->aad, m->aad_bytes,
	                                tag, 16, from, to);
}

/* Cut anywhere, also into nothing; in place or not.  True: `want` and the tag came out. */
static bool
in_pieces(mbedtls_gcm_context *c, const struct message *m, int mode)
{
	static uint8_t out[TEXT_MAX];
	const bool sealing = mode == MBEDTLS_GCM_ENCRYPT, in_place = chance() % 2;
	const uint8_t *from = sealing ? m->plain : m->cipher, *want = sealing ? m->cipher : m->plain;
	uint8_t tag[16];
	size_t count;
	bool good = mbedtls_gcm_starts(c, mode, m->nonce, m->nonce_bytes) == 0;

	for (size_t at = 0; at < m->aad_bytes; at += count) {
		count = chance() % (m->aad_bytes - at + 1);
		good &= mbedtls_gcm_update_ad(c, m->aad + at, count) == 0;
	}
	if (in_place)
		memcpy(out, from, m->bytes);
	for (size_t at = 0, done; at < m->bytes; at += count) {
		const size_t count_max = chance() % 4 == 0 ? m->bytes : 40;

		count = chance() % count_max;
		if (count > m->bytes - at)
			count = m->bytes - at;
		good &= mbedtls_gcm_update(c, (in_place ? out : from) + at, count, out + at, count,
		                           &done) == 0 && done == count;
	}
	good &= mbedtls_gcm_finish(c, NULL, 0, &count, tag, 16) == 0 && count == 0;
	return good && memcmp(out, want, m->bytes) == 0 && memcmp(tag, m->tag, 16) == 0;
}

/* `m` has what is true.  In place, elsewhere, over its own front; from buffers as long
 * as they are; bytes beside the output stay. */
static void
all_ways_give(const struct message *m)
{
	static uint8_t big[SIDE_BYTES + TEXT_MAX + SIDE_BYTES], side[SIDE_BYTES];
	uint8_t *out = big + SIDE_BYTES, tag[16], *exact = malloc(m->bytes ? m->bytes : 1);
	mbedtls_gcm_context c;

	keyed(&c, m);
	memset(side, 0xa5, sizeof side);
	memset(big, 0xa5, sizeof big);
	memcpy(exact, m->plain, m->bytes);
	CHECK(seal(&c, m, exact, out, tag) == 0);
	CHECK(memcmp(out, m->cipher, m->bytes) == 0);
	CHECK(memcmp(tag, m->tag, 16) == 0);
	CHECK(memcmp(big, side, SIDE_BYTES) == 0 && memcmp(out + m->bytes, side, SIDE_BYTES) == 0);
	CHECK(seal(&c, m, exact, exact, tag) == 0);
	CHECK(memcmp(exact, m->cipher, m->bytes) == 0 && memcmp(tag, m->tag, 16) == 0);

	memset(big, 0xa5, sizeof big);
	CHECK(open_it(&c, m, m->tag, exact, out) == 0);
	CHECK(memcmp(out, m->plain, m->bytes) == 0);
	CHECK(memcmp(big, side, SIDE_BYTES) == 0 && memcmp(out + m->bytes, side, SIDE_BYTES) == 0);
	CHECK(open_it(&c, m, m->tag, exact, exact) == 0);
	CHECK(memcmp(exact, m->plain, m->bytes) == 0);
	memcpy(out, m->cipher, m->bytes);
	CHECK(open_it(&c, m, m->tag, out, out - 8) == 0);
	CHECK(memcmp(out - 8, m->plain, m->bytes) == 0);

	CHECK(in_pieces(&c, m, MBEDTLS_GCM_ENCRYPT));
	CHECK(in_pieces(&c, m, MBEDTLS_GCM_DECRYPT));
	mbedtls_gcm_free(&c);
	free(exact);
}

/* --- the specification ------------------------------------------------------------------ */

#define KEY_128 "feffe9928665731c6d6a8f9467308308"
#define KEY_192 KEY_128 "feffe9928665731c"
#define KEY_256 KEY_128 KEY_128
#define ZERO_64 "0000000000000000"
#define ZERO_96 ZERO_64 "00000000"
#define ZERO_128 ZERO_64 ZERO_64
#define PLAIN_60 "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72" \
                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define PLAIN_64 PLAIN_60 "1aafd255"
#define AAD_20 "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define NONCE_12 "cafebabefacedbaddecaf888"
#define NONCE_8 "cafebabefacedbad"
#define NONCE_60 "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728" \
                 "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"

static const struct { const char *key, *plain, *aad, *nonce, *cipher, *tag; } spec[] = {
	{ ZERO_128, "", "", ZERO_96, "", "58e2fccefa7e3061367f1d57a4e7455a" },
	{ ZERO_128, ZERO_128, "", ZERO_96, "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf" },
	{ KEY_128, PLAIN_64, "", NONCE_12,
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985", "4d5c2af327cd64a62cf35abd2ba6fab4" },
	{ KEY_128, PLAIN_60, AAD_20, NONCE_12,
	  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
	  "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47" },
	{ KEY_128, PLAIN_60, AAD_20, NONCE_8,
	  "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
	  "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb" },
	{ KEY_128, PLAIN_60, AAD_20, NONCE_60,
	  "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca7"
	  "01e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5", "619cc5aefffe0bfa462af43c1699d050" },
	{ ZERO_128 ZERO_64, "", "", ZERO_96, "", "cd33b28ac773f74ba00ed1f312572435" },
	{ ZERO_128 ZERO_64, ZERO_128, "", ZERO_96, "98e7247c07f0fe411c267e4384b0f600", "2ff58d80033927ab8ef4d4587514f0fb" },
	{ KEY_192, PLAIN_64, "", NONCE_12,
	  "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	  "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710acade256", "9924a7c8587336bfb118024db8674a14" },
	{ KEY_192, PLAIN_60, AAD_20, NONCE_12,
	  "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c"
	  "7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710", "2519498e80f1478f37ba55bd6d27618c" },
	{ KEY_192, PLAIN_60, AAD_20, NONCE_8,
	  "0f10f599ae14a154ed24b36e25324db8c566632ef2bbb34f8347280fc4507057"
	  "fddc29df9a471f75c66541d4d4dad1c9e93a19a58e8b473fa0f062f7", "65dcc57fcf623a24094fcca40d3533f8" },
	{ KEY_192, PLAIN_60, AAD_20, NONCE_60,
	  "d27e88681ce3243c4830165a8fdcf9ff1de9a1d8e6b447ef6ef7b79828666e45"
	  "81e79012af34ddd9e2f037589b292db3e67c036745fa22e7e9b7373b", "dcf566ff291c25bbb8568fc3d376a6d9" },
	{ ZERO_128 ZERO_128, "", "", ZERO_96, "", "530f8afbc74536b9a963b4f1c4cb738b" },
	{ ZERO_128 ZERO_128, ZERO_128, "", ZERO_96, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
	{ KEY_256, PLAIN_64, "", NONCE_12,
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad", "b094dac5d93471bdec1a502270e3cc6c" },
	{ KEY_256, PLAIN_60, AAD_20, NONCE_12,
	  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	  "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b" },
	{ KEY_256, PLAIN_60, AAD_20, NONCE_8,
	  "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0"
	  "feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f", "3a337dbf46a792c45e454913fe2ea8f2" },
	{ KEY_256, PLAIN_60, AAD_20, NONCE_60,
	  "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf4"
	  "0fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f", "a44a8266ee1c8eb0c8b5d4cf5ae9f19a" },
};

static size_t
unhex(const char *text, uint8_t *to)
{
	size_t count = 0;

	for (unsigned byte; sscanf(text + 2 * count, "%2x", &byte) == 1; count++)
		to[count] = (uint8_t)byte;
	CHECK(strlen(text) == 2 * count);
	return count;
}

static struct message message;

static void
gives_what_the_specification_says(void)
{
	struct message *m = &message;

	CHECK(sizeof spec / sizeof spec[0] == 18);
	for (size_t i = 0; i < sizeof spec / sizeof spec[0]; i++) {
		m->key_bytes = unhex(spec[i].key, m->key);
		m->nonce_bytes = unhex(spec[i].nonce, m->nonce);
		m->aad_bytes = unhex(spec[i].aad, m->aad);
		m->bytes = unhex(spec[i].plain, m->plain);
		CHECK(unhex(spec[i].cipher, m->cipher) == m->bytes);
		CHECK(unhex(spec[i].tag, m->tag) == 16);
		all_ways_give(m);
	}
}

/* --- one way against the other ------------------------------------------------------------ */

static void
random_message(struct message *m, size_t bytes)
{
	static const size_t aad_bytes[] = { 5, 13, 0, 16, 17, 1, 15, 63 };

	m->key_bytes = chance() % 2 ? 16 : 32;
	m->nonce_bytes = chance() % 8 ? 12 : 1 + chance() % 64;
	m->aad_bytes = aad_bytes[chance() % 8];
	m->bytes = bytes;
	fill(m->key, m->key_bytes);
	fill(m->nonce, m->nonce_bytes);
	fill(m->aad, m->aad_bytes);
	fill(m->plain, bytes);
}

/* Byte by byte, which is another way through all of it. */
static void
seal_slowly(struct message *m)
{
	mbedtls_gcm_context c;
	size_t done;

	keyed(&c, m);
	CHECK(mbedtls_gcm_starts(&c, MBEDTLS_GCM_ENCRYPT, m->nonce, m->nonce_bytes) == 0);
	CHECK(mbedtls_gcm_update_ad(&c, m->aad, m->aad_bytes) == 0);
	for (size_t i = 0; i < m->bytes; i++)
		mbedtls_gcm_update(&c, m->plain + i, 1, m->cipher + i, 1, &done);
	CHECK(mbedtls_gcm_finish(&c, NULL, 0, &done, m->tag, 16) == 0);
	mbedtls_gcm_free(&c);
}

static void
every_length_is_the_same_at_once_and_in_pieces(void)
{
	for (size_t bytes = 0; bytes <= 2200; bytes += bytes < 300 ? 1 : (size_t)(7 * every)) {
		random_message(&message, bytes);
		seal_slowly(&message);
		all_ways_give(&message);
	}
	for (size_t bytes = 2040; bytes < 2070; bytes++) {
		random_message(&message, bytes);
		seal_slowly(&message);
		all_ways_give(&message);
	}
}

/* --- what was changed --------------------------------------------------------------------- */

static void
check_refused(mbedtls_gcm_context *c, const struct message *m, const uint8_t *tag, bool in_place)
{
	static uint8_t from[TEXT_MAX], other[TEXT_MAX + 1];
	uint8_t *to = in_place ? from : other;
	uint8_t seen = 0;

	memcpy(from, m->cipher, m->bytes);
	memset(other, 0xa5, sizeof other);
	CHECK(open_it(c, m, tag, from, to) == MBEDTLS_ERR_GCM_AUTH_FAILED);
	for (size_t i = 0; i < m->bytes; i++)
		seen |= to[i];
	CHECK(seen == 0);
	CHECK(other[in_place ? 0 : m->bytes] == 0xa5);
}

static void
nothing_comes_out_of_what_was_changed(void)
{
	static const size_t length[] = { 0, 1, 16, 17, 217, 2048, 2049, 5000 };
	struct message *m = &message;
	mbedtls_gcm_context c;

	for (size_t l = 0; l < sizeof length / sizeof length[0]; l++) {
		random_message(m, length[l]);
		m->aad_bytes = 5 + l;
		seal_slowly(m);
		keyed(&c, m);
		for (int bit = 0; bit < 128; bit++) {
			uint8_t tag[16];

			memcpy(tag, m->tag, sizeof tag);
			tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
			check_refused(&c, m, tag, bit % 2);
		}
		for (size_t i = 0; i < m->bytes; i += m->bytes < 300 ? 1 : 97) {
			m->cipher[i] ^= (uint8_t)(1 << i % 8);
			check_refused(&c, m, m->tag, i % 2);
			m->cipher[i] ^= (uint8_t)(1 << i % 8);
		}
		for (size_t i = 0; i < m->aad_bytes; i++) {
			m->aad[i] ^= 1;
			check_refused(&c, m, m->tag, false);
			m->aad[i] ^= 1;
		}
		for (size_t i = 0; i < m->nonce_bytes; i++) {
			m->nonce[i] ^= 0x80;
			check_refused(&c, m, m->tag, true);
			m->nonce[i] ^= 0x80;
		}
		m->aad_bytes--; /* its length counts too */
		check_refused(&c, m, m->tag, false);
		m->aad_bytes++;
		if (m->bytes != 0) {
			m->bytes--;
			check_refused(&c, m, m->tag, false);
			m->bytes++;
		}
		CHECK(open_it(&c, m, m->tag, m->cipher, m->cipher) == 0);
		CHECK(memcmp(m->cipher, m->plain, m->bytes) == 0);
		mbedtls_gcm_free(&c);
	}
}

static void
a_short_tag_is_the_front_of_the_whole(void)
{
	static const size_t length[] = { 217, 5000 };
	static uint8_t out[TEXT_MAX];
	struct message *m = &message;
	mbedtls_gcm_context c;

	for (size_t l = 0; l < 2; l++) {
		random_message(m, length[l]);
		seal_slowly(m);
		keyed(&c, m);
		for (size_t tag_bytes = 0; tag_bytes <= 17; tag_bytes++) {
			const bool allowed = tag_bytes >= 4 && tag_bytes <= 16;
			const int want = allowed ? 0 : MBEDTLS_ERR_GCM_BAD_INPUT;
			uint8_t tag[32] = { 0 };

			CHECK(mbedtls_gcm_crypt_and_tag(&c, MBEDTLS_GCM_ENCRYPT, m->bytes, m->nonce,
			                                m->nonce_bytes, m->aad, m->aad_bytes, m->plain, out,
			                                tag_bytes, tag) == want);
			CHECK(memcmp(tag, m->tag, allowed ? tag_bytes : 0) == 0);
			CHECK(tag[allowed ? tag_bytes : 0] == 0);
			CHECK(mbedtls_gcm_auth_decrypt(&c, m->bytes, m->nonce, m->nonce_bytes, m->aad,
			                               m->aad_bytes, m->tag, tag_bytes, m->cipher,
			                               out) == want);
		}
		mbedtls_gcm_free(&c);
	}
}

#if defined(MBEDTLS_GCM_ALT)
/* --- ours alone ---------------------------------------------------------------------------- */

static void
what_makes_no_sense_is_refused_and_writes_nothing(void)
{
	enum { BAD = MBEDTLS_ERR_GCM_BAD_INPUT };
	struct message *m = &message;
	uint8_t out[1100], tag[16], zero[16] = { 0 };
	mbedtls_gcm_context c, none = { 0 };
	size_t done;

	random_message(m, 500);
	m->nonce_bytes = 12;
	memset(out, 0, sizeof out);
	memset(tag, 0, sizeof tag);
	memset(&c, 0xff, sizeof c);
	mbedtls_gcm_init(&c);
	CHECK(memcmp(&c, &none, sizeof c) == 0);
	CHECK(mbedtls_gcm_setkey(&c, MBEDTLS_CIPHER_ID_CAMELLIA, m->key, 128) == BAD);
	CHECK(mbedtls_gcm_setkey(&c, MBEDTLS_CIPHER_ID_AES, m->key, 64) == BAD);
	CHECK(mbedtls_gcm_setkey(&c, MBEDTLS_CIPHER_ID_AES, m->key, 0) == BAD);
	/* Without a key. */
	CHECK(seal(&c, m, m->plain, out, tag) == BAD);
	CHECK(open_it(&c, m, m->tag, m->cipher, out) == BAD);
	CHECK(mbedtls_gcm_starts(&c, MBEDTLS_GCM_ENCRYPT, m->nonce, 12) == BAD);
	keyed(&c, m);
	/* Without a nonce. */
	CHECK(mbedtls_gcm_update_ad(&c, m->aad, 1) == BAD);
	CHECK(mbedtls_gcm_update(&c, m->plain, 1, out, 1, &done) == BAD);
	CHECK(mbedtls_gcm_finish(&c, NULL, 0, &done, tag, 16) == BAD);
	CHECK(mbedtls_gcm_starts(&c, MBEDTLS_GCM_ENCRYPT, m->nonce, 0) == BAD);
	CHECK(mbedtls_gcm_starts(&c, 7, m->nonce, 12) == BAD);
	CHECK(mbedtls_gcm_crypt_and_tag(&c, 7, 1, m->nonce, 12, m->aad, 1, m->plain, out, 16, tag) == BAD);
	/* In the wrong order, with too little room, ahead of what is read, or too long. */
	CHECK(mbedtls_gcm_starts(&c, MBEDTLS_GCM_ENCRYPT, m->nonce, 12) == 0);
	CHECK(mbedtls_gcm_update_ad(&c, m->aad, (size_t)1 << 61) == BAD);
	CHECK(mbedtls_gcm_update(&c, m->plain, 2, out, 1, &done) == MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL);
	CHECK(mbedtls_gcm_update(&c, out, 100, out + 99, 100, &done) == BAD);
	CHECK(mbedtls_gcm_update(&c, m->plain, 0xfffffffe1, out, 0xfffffffe1, &done) == BAD);
	CHECK(mbedtls_gcm_finish(&c, NULL, 0, &done, tag, 17) == BAD);
	CHECK(memcmp(out, zero, 16) == 0);
	CHECK(memcmp(tag, zero, 16) == 0);
	CHECK(mbedtls_gcm_update(&c, m->plain, 1, out, 1, &done) == 0);
	CHECK(mbedtls_gcm_update_ad(&c, m->aad, 1) == BAD);
	CHECK(mbedtls_gcm_finish(&c, NULL, 0, &done, tag, 16) == 0);
	CHECK(mbedtls_gcm_finish(&c, NULL, 0, &done, tag, 16) == BAD);
	for (int at_once = 0; at_once < 2; at_once++) {
		m->aad_bytes = at_once ? 5 : 17; /* the short way and the long one */
		memset(out, 0, sizeof out);
		CHECK(seal(&c, m, out, out + 1, tag) == BAD);
		CHECK(open_it(&c, m, tag, out, out + 499) == BAD);
		CHECK(open_it(&c, m, tag, out, out + 500) == MBEDTLS_ERR_GCM_AUTH_FAILED);
		CHECK(memcmp(out, zero, 16) == 0);
	}
	mbedtls_gcm_free(NULL);
	mbedtls_gcm_free(&c);
	CHECK(memcmp(&c, &none, sizeof c) == 0);
}

static void
wrong_ghash(void *y, const void *h, const void *data, size_t count)
{
	br_ghash_ctmul64(y, h, data, count);
	if (count == 128)
		((uint8_t *)y)[3] ^= 1;
}

static uint32_t
wrong_ctr(const br_block_ctr_class *const *keys, const void *nonce, uint32_t counter, void *data,
          size_t count)
{
	return br_aes_ct64_ctr_vtable.run(keys, nonce, counter ^ 0x10000, data, count);
}

static void
a_machine_that_computes_wrongly_gets_no_key(void)
{
	br_block_ctr_class wrong = br_aes_ct64_ctr_vtable;
	mbedtls_gcm_context c = { 0 }, none = { 0 };
	const br_ghash ghash = engine.ghash;

	CHECK(engine_is_right());
	engine.ghash = wrong_ghash;
	CHECK(!engine_is_right());
	engine.ghash = ghash;
	wrong.run = wrong_ctr;
	engine.aes = &wrong;
	CHECK(!engine_is_right());
	engine.good = false;
	CHECK(mbedtls_gcm_setkey(&c, MBEDTLS_CIPHER_ID_AES, tls_gcm_known_key, 128) ==
	      MBEDTLS_ERR_PLATFORM_HW_ACCEL_FAILED);
	CHECK(memcmp(&c, &none, sizeof c) == 0);
	engine.asked = false;
	CHECK(tls_gcm_boot());
	CHECK(engine.aes != &wrong);
}
#endif

/* --- OpenSSL ------------------------------------------------------------------------------- */

static FILE *peer_to, *peer_from;

/* NULL: it is there. */
static const char *
peer_begin(void)
{
	static char line[256];
	int to[2], from[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe(to) || pipe(from))
		abort();
	fflush(stdout);
	if (fork() == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execlp("python3", "python3", "-B", "tests/net/tls_gcm_peer.py", (char *)NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	peer_to = fdopen(to[1], "w");
	peer_from = fdopen(from[0], "r");
	if (!fgets(line, sizeof line, peer_from))
		return "python3 does not run";
	return strcmp(line, "ready\n") == 0 ? NULL : line;
}

static void
peer_seal(struct message *m)
{
	const uint32_t head[4] = { (uint32_t)m->key_bytes, (uint32_t)m->nonce_bytes,
		                   (uint32_t)m->aad_bytes, (uint32_t)m->bytes };

	fwrite(head, sizeof head, 1, peer_to);
	fwrite(m->key, 1, m->key_bytes, peer_to);
	fwrite(m->nonce, 1, m->nonce_bytes, peer_to);
	fwrite(m->aad, 1, m->aad_bytes, peer_to);
	fwrite(m->plain, 1, m->bytes, peer_to);
	fflush(peer_to);
	CHECK(fread(m->cipher, 1, m->bytes, peer_from) == m->bytes);
	CHECK(fread(m->tag, 1, 16, peer_from) == 16);
}

static void
agrees_with_openssl(void)
{
	static const size_t edge[] = { 0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 80, 81, 127, 128,
		129, 201, 217, 2031, 2032, 2033, 2047, 2048, 2049, 4095, 16384, 16401, 17000 };

	for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++) {
		random_message(&message, edge[i]);
		peer_seal(&message);
		all_ways_give(&message);
	}
	for (int i = 0; i < 1000 / every; i++) {
		random_message(&message, chance() % (i % 2 ? 2100 : TEXT_MAX + 1));
		peer_seal(&message);
		all_ways_give(&message);
	}
}

static void
all(bool with_openssl)
{
	gives_what_the_specification_says();
	every_length_is_the_same_at_once_and_in_pieces();
	nothing_comes_out_of_what_was_changed();
	a_short_tag_is_the_front_of_the_whole();
	if (with_openssl)
		agrees_with_openssl();
}

int
main(void)
{
	const char *missing = peer_begin();
	int failed;

	every = getenv("TEST_EMULATED") ? 20 : 1;
	CHECK(tls_gcm_boot());
	all(!missing);
#if defined(MBEDTLS_GCM_ALT)
	what_makes_no_sense_is_refused_and_writes_nothing();
	a_machine_that_computes_wrongly_gets_no_key();
	/* As on a processor that lacks the one, the other, or both. */
	for (int lacks = 1; lacks < 4; lacks++) {
		engine.asked = false;
		CHECK(tls_gcm_boot());
		if (lacks & 1)
			engine.aes = &br_aes_ct64_ctr_vtable;
		if (lacks & 2)
			engine.ghash = br_ghash_ctmul64;
		CHECK(engine_is_right());
		all(!missing);
	}
#endif
	failed = CHECK_END("tls_gcm");
	if (!failed && missing)
		printf("not compared with OpenSSL: %s\n", missing);
	return failed ? 1 : missing ? 77 : 0;
}
