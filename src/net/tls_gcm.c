/* tls_gcm.c - mbedTLS's AES-GCM by BearSSL's AES and GHASH, on x86-64.
 *
 * Why    mbedTLS goes block by block, AES and GHASH in turn, and each waits for the one
 *        before: 3 to 11 times the time of BearSSL, which takes four blocks at once.
 * Input  <mbedtls/gcm.h>.
 * Output the same bytes, sooner.
 * Maths  nothing here multiplies or encrypts.  A message in pieces, or a long one, is
 *        BearSSL's br_gcm_*.  A short one, which is nearly every record, is laid out
 *        so that each primitive is called once, with groups of four whole blocks:
 *
 *          zeros │ AAD, 0.. │ text, 0.. │ lengths      GHASH over all of it
 *                │ zeros    │ text, 0.. │              CTR from here, counter 1
 *
 *        Zeros in front change no GHASH, since 0 * H = 0; there are as many as fill
 *        the group.  CTR over a block of zeros gives the mask of the tag, and goes on
 *        with counter 2 for the text, as the standard wants with a nonce of 12 bytes.
 * Limits AES only.  The processor is asked once.
 */
#include "net/tls_gcm.h"
#include <mbedtls/gcm.h>
#if defined(MBEDTLS_GCM_ALT)
#include <bearssl.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/error.h>
#include <stdint.h>
#include <string.h>

enum {
	BLOCK_BYTES = 16,
	GROUP_BYTES = 64, /* that both primitives take at once */
	NONCE_BYTES = 12, /* of TLS; other lengths exist */
	TAG_MIN_BYTES = 4,
	TAG_BYTES = 16,
	/* Longer ones gain less than the copies cost (measured on x86-64). */
	SHORT_BYTES = 2048,
	/* Zeros to fill a group, AAD, text, lengths; CTR may end three blocks later. */
	BENCH_BYTES = GROUP_BYTES + BLOCK_BYTES + SHORT_BYTES + BLOCK_BYTES + GROUP_BYTES,
};

/* What a context may be asked next.  The first is zero. */
enum stage { STAGE_NO_KEY, STAGE_KEY, STAGE_AAD, STAGE_TEXT };

_Static_assert(sizeof(br_aes_gen_ctr_keys) <=
               sizeof ((mbedtls_gcm_context *)0)->keys, "gcm_alt.h is large enough");
_Static_assert(sizeof(br_gcm_context) <=
               sizeof ((mbedtls_gcm_context *)0)->pieces, "gcm_alt.h is large enough");

static struct {
	const br_block_ctr_class *aes;
	br_ghash ghash;
	bool asked, good;
} engine;

static br_aes_gen_ctr_keys *
keys_of(mbedtls_gcm_context *c)
{
	return (br_aes_gen_ctr_keys *)(void *)c->keys;
}

static br_gcm_context *
pieces_of(mbedtls_gcm_context *c)
{
	return (br_gcm_context *)(void *)c->pieces;
}

/* In a way the compiler keeps. */
static void
wipe(void *at, size_t count)
{
	memset(at, 0, count);
	__asm__ volatile("" : : "r"(at) : "memory");
}

/* --- one short message ---------------------------------------------------------------- */

struct bench {
	uint8_t at[BENCH_BYTES] __attribute__((aligned(16)));
	uint8_t *aad, *text, *lengths; /* into `at`; GHASH ends behind the lengths */
	size_t text_bytes;             /* with the zeros that fill its last block */
};

/* Both without a call: musl's take as long as all the rest at these sizes. */
static void
copy(uint8_t *to, const uint8_t *from, size_t count)
{
	size_t done = 0;

	if (count < BLOCK_BYTES) {
		for (; done < count; done++)
			to[done] = from[done];
		return;
	}
	for (; count - done >= BLOCK_BYTES; done += BLOCK_BYTES)
		memcpy(to + done, from + done, BLOCK_BYTES);
	/* The last sixteen, some of them for the second time. */
	memcpy(to + count - BLOCK_BYTES, from + count - BLOCK_BYTES, BLOCK_BYTES);
}

static void
wipe_blocks(uint8_t *at, size_t count)
{
	for (size_t done = 0; done < count; done += BLOCK_BYTES) {
		memset(at + done, 0, BLOCK_BYTES);
		__asm__ volatile("" : : "r"(at + done) : "memory");
	}
}

static bool
is_short(size_t nonce_bytes, size_t aad_bytes, size_t text_bytes)
{
	return nonce_bytes == NONCE_BYTES && aad_bytes <= BLOCK_BYTES && text_bytes <= SHORT_BYTES;
}

static void
bench_lay_out(struct bench *b, const uint8_t *text, size_t count)
{
	const size_t text_bytes = (count + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	const size_t lead_bytes = (0 - (text_bytes + 2 * BLOCK_BYTES)) % GROUP_BYTES;

	b->text_bytes = text_bytes;
	b->aad = b->at + lead_bytes;
	b->text = b->aad + BLOCK_BYTES;
	b->lengths = b->text + text_bytes;
	memset(b->at, 0, GROUP_BYTES); /* what leads, and the block of the AAD */
	if (text_bytes != 0)
		memset(b->lengths - BLOCK_BYTES, 0, BLOCK_BYTES);
	memset(b->lengths, 0, GROUP_BYTES);
	copy(b->text, text, count);
}

/* The mask of the tag stands where the AAD is, then. */
static void
bench_ctr(struct bench *b, mbedtls_gcm_context *c, const uint8_t *nonce)
{
	const size_t bytes = BLOCK_BYTES + b->text_bytes;

	memset(b->aad, 0, BLOCK_BYTES);
	(void)engine.aes->run(&keys_of(c)->vtable, nonce, 1, b->aad,
	                      (bytes + GROUP_BYTES - 1) / GROUP_BYTES * GROUP_BYTES);
}

static void
put_be64(uint8_t *to, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(to, &value, sizeof value);
}

static void
bench_ghash(struct bench *b, mbedtls_gcm_context *c, const uint8_t *aad, size_t aad_count,
            size_t text_count, uint8_t y[BLOCK_BYTES])
{
	memset(b->aad, 0, BLOCK_BYTES);
	for (size_t i = 0; i < aad_count; i++)
		b->aad[i] = aad[i];
	put_be64(b->lengths, (uint64_t)aad_count * 8);
	put_be64(b->lengths + 8, (uint64_t)text_count * 8);
	memset(y, 0, BLOCK_BYTES);
	engine.ghash(y, pieces_of(c)->h, b->at, (size_t)(b->lengths + BLOCK_BYTES - b->at));
}

static void
mask(uint8_t tag[TAG_BYTES], const uint8_t with[TAG_BYTES])
{
	for (int i = 0; i < TAG_BYTES; i++)
		tag[i] ^= with[i];
}

static void
bench_wipe(struct bench *b)
{
	wipe_blocks(b->at, (size_t)(b->lengths - b->at) + GROUP_BYTES);
}

/* The text of `input` in `output`, its whole tag in `tag`. */
static void
short_seal(mbedtls_gcm_context *c, const uint8_t *nonce, const uint8_t *aad, size_t aad_count,
           const uint8_t *input, uint8_t *output, size_t count, uint8_t tag[TAG_BYTES])
{
	struct bench b;
	uint8_t tag_mask[TAG_BYTES];

	bench_lay_out(&b, input, count);
	bench_ctr(&b, c, nonce);
	memcpy(tag_mask, b.aad, TAG_BYTES);
	copy(output, b.text, count);
	memset(b.text + count, 0, b.text_bytes - count);
	bench_ghash(&b, c, aad, aad_count, count, tag);
	mask(tag, tag_mask);
	wipe(tag_mask, sizeof tag_mask);
	bench_wipe(&b);
}

/* Leaves the text in the bench, and the tag that it should have in `tag`. */
static void
short_open(struct bench *b, mbedtls_gcm_context *c, const uint8_t *nonce, const uint8_t *aad,
           size_t aad_count, const uint8_t *input, size_t count, uint8_t tag[TAG_BYTES])
{
	bench_lay_out(b, input, count);
	bench_ghash(b, c, aad, aad_count, count, tag);
	bench_ctr(b, c, nonce);
	mask(tag, b->aad);
}

/* --- a message in pieces --------------------------------------------------------------- */

void
mbedtls_gcm_init(mbedtls_gcm_context *ctx)
{
	memset(ctx, 0, sizeof *ctx);
}

void
mbedtls_gcm_free(mbedtls_gcm_context *ctx)
{
	if (ctx)
		wipe(ctx, sizeof *ctx);
}

static void
key_set(mbedtls_gcm_context *ctx, const uint8_t *key, size_t key_bytes)
{
	engine.aes->init(&keys_of(ctx)->vtable, key, key_bytes);
	br_gcm_init(pieces_of(ctx), &keys_of(ctx)->vtable, engine.ghash);
	ctx->stage = STAGE_KEY;
}

int
mbedtls_gcm_setkey(mbedtls_gcm_context *ctx, mbedtls_cipher_id_t cipher, const unsigned char *key,
                   unsigned int keybits)
{
	if (cipher != MBEDTLS_CIPHER_ID_AES || (keybits != 128 && keybits != 192 && keybits != 256))
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	if (!tls_gcm_boot())
		return MBEDTLS_ERR_PLATFORM_HW_ACCEL_FAILED;
	key_set(ctx, key, keybits / 8);
	return 0;
}

int
mbedtls_gcm_starts(mbedtls_gcm_context *ctx, int mode, const unsigned char *iv, size_t iv_len)
{
	if (ctx->stage == STAGE_NO_KEY || iv_len == 0 || (uint64_t)iv_len >> 61 != 0 ||
	    (mode != MBEDTLS_GCM_ENCRYPT && mode != MBEDTLS_GCM_DECRYPT))
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	br_gcm_reset(pieces_of(ctx), iv, iv_len);
	ctx->encrypts = mode == MBEDTLS_GCM_ENCRYPT;
	ctx->stage = STAGE_AAD;
	return 0;
}

int
mbedtls_gcm_update_ad(mbedtls_gcm_context *ctx, const unsigned char *add, size_t add_len)
{
	const uint64_t bytes_max = (uint64_t)1 << 61;

	if (ctx->stage != STAGE_AAD || add_len >= bytes_max ||
	    pieces_of(ctx)->count_aad >= bytes_max - add_len)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	if (add_len != 0)
		br_gcm_aad_inject(pieces_of(ctx), add, add_len);
	return 0;
}

static void
end_aad(mbedtls_gcm_context *ctx)
{
	if (ctx->stage == STAGE_AAD)
		br_gcm_flip(pieces_of(ctx));
	ctx->stage = STAGE_TEXT;
}

/* The bytes behind `input` that are not read yet would be written over. */
static bool
writes_ahead(const unsigned char *input, const unsigned char *output, size_t count)
{
	const uintptr_t from = (uintptr_t)input, to = (uintptr_t)output;

	return to > from && to - from < count;
}

int
mbedtls_gcm_update(mbedtls_gcm_context *ctx, const unsigned char *input, size_t input_length,
                   unsigned char *output, size_t output_size, size_t *output_length)
{
	const uint64_t bytes_max = 0xfffffffe0; /* 2^32 - 2 blocks: the counter's end */

	if (output_size < input_length)
		return MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL;
	if (ctx->stage != STAGE_AAD && ctx->stage != STAGE_TEXT)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	*output_length = input_length;
	if (input_length == 0)
		return 0;
	if (writes_ahead(input, output, input_length) || input_length > bytes_max ||
	    pieces_of(ctx)->count_ctr > bytes_max - input_length)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	end_aad(ctx);
	if (output != input)
		memmove(output, input, input_length);
	br_gcm_run(pieces_of(ctx), ctx->encrypts, output, input_length);
	return 0;
}

int
mbedtls_gcm_finish(mbedtls_gcm_context *ctx, unsigned char *output, size_t output_size,
                   size_t *output_length, unsigned char *tag, size_t tag_len)
{
	uint8_t whole[TAG_BYTES];

	(void)output;
	(void)output_size;
	*output_length = 0;
	if ((ctx->stage != STAGE_AAD && ctx->stage != STAGE_TEXT) || tag_len < TAG_MIN_BYTES ||
	    tag_len > TAG_BYTES)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	end_aad(ctx);
	br_gcm_get_tag(pieces_of(ctx), whole);
	memcpy(tag, whole, tag_len);
	wipe(whole, sizeof whole);
	ctx->stage = STAGE_KEY;
	return 0;
}

/* --- a message at once ----------------------------------------------------------------- */

int
mbedtls_gcm_crypt_and_tag(mbedtls_gcm_context *ctx, int mode, size_t length,
                          const unsigned char *iv, size_t iv_len, const unsigned char *add,
                          size_t add_len, const unsigned char *input, unsigned char *output,
                          size_t tag_len, unsigned char *tag)
{
	size_t count;
	int error;

	if (tag_len < TAG_MIN_BYTES || tag_len > TAG_BYTES)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	if (ctx->stage != STAGE_NO_KEY && mode == MBEDTLS_GCM_ENCRYPT &&
	    is_short(iv_len, add_len, length) && !writes_ahead(input, output, length)) {
		uint8_t whole[TAG_BYTES];

		short_seal(ctx, iv, add, add_len, input, output, length, whole);
		memcpy(tag, whole, tag_len);
		return 0;
	}
	error = mbedtls_gcm_starts(ctx, mode, iv, iv_len);
	if (!error)
		error = mbedtls_gcm_update_ad(ctx, add, add_len);
	if (!error)
		error = mbedtls_gcm_update(ctx, input, length, output, length, &count);
	if (!error)
		error = mbedtls_gcm_finish(ctx, NULL, 0, &count, tag, tag_len);
	return error;
}

/* Decrypts before it knows; what it wrote is wiped when the tag is another. */
static int
long_open(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv, size_t iv_len,
          const unsigned char *add, size_t add_len, const unsigned char *tag, size_t tag_len,
          const unsigned char *input, unsigned char *output)
{
	uint8_t want[TAG_BYTES];
	int error = mbedtls_gcm_crypt_and_tag(ctx, MBEDTLS_GCM_DECRYPT, length, iv, iv_len, add,
	                                      add_len, input, output, tag_len, want);

	if (!error && mbedtls_ct_memcmp(want, tag, tag_len) != 0) {
		if (length != 0)
			wipe(output, length);
		error = MBEDTLS_ERR_GCM_AUTH_FAILED;
	}
	wipe(want, sizeof want);
	return error;
}

int
mbedtls_gcm_auth_decrypt(mbedtls_gcm_context *ctx, size_t length, const unsigned char *iv,
                         size_t iv_len, const unsigned char *add, size_t add_len,
                         const unsigned char *tag, size_t tag_len, const unsigned char *input,
                         unsigned char *output)
{
	struct bench b;
	uint8_t want[TAG_BYTES];
	int error = 0;

	if (ctx->stage == STAGE_NO_KEY || !is_short(iv_len, add_len, length) ||
	    writes_ahead(input, output, length))
		return long_open(ctx, length, iv, iv_len, add, add_len, tag, tag_len, input,
		                 output);
	if (tag_len < TAG_MIN_BYTES || tag_len > TAG_BYTES)
		return MBEDTLS_ERR_GCM_BAD_INPUT;
	short_open(&b, ctx, iv, add, add_len, input, length, want);
	if (mbedtls_ct_memcmp(want, tag, tag_len) == 0) {
		copy(output, b.text, length);
	} else {
		if (length != 0)
			memset(output, 0, length);
		error = MBEDTLS_ERR_GCM_AUTH_FAILED;
	}
	wipe(want, sizeof want);
	bench_wipe(&b);
	return error;
}

/* --- is it right? ---------------------------------------------------------------------- */

static bool
engine_is_right(void)
{
	mbedtls_gcm_context c = { 0 };
	bool right;

	key_set(&c, tls_gcm_known_key, sizeof tls_gcm_known_key);
	right = tls_gcm_known(&c);
	mbedtls_gcm_free(&c);
	return right;
}

bool
tls_gcm_boot(void)
{
	if (!engine.asked) {
		engine.asked = true;
		engine.aes = br_aes_x86ni_ctr_get_vtable();
		if (!engine.aes)
			engine.aes = &br_aes_ct64_ctr_vtable;
		engine.ghash = br_ghash_pclmul_get();
		if (!engine.ghash)
			engine.ghash = br_ghash_ctmul64;
		engine.good = engine_is_right();
	}
	return engine.good;
}
#else
bool
tls_gcm_boot(void)
{
	return true;
}
#endif
