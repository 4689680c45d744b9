/* tls_fuzz.c - any bytes as what a server says, to both libraries.
 *
 * Properties: whole and byte by byte end in the same state, with the same reason and
 * the same answer; it never opens (nobody can sign for a root that is built in); it
 * stays inside its slot; every end has its sentence; a slot given back is zero.
 *
 * Entropy is a counter, so that a ClientHello is always the same.  The first byte
 * chooses the library and the version, the second the size of pieces.
 */
#include "net/tls_internal.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tls_pool *pool;
static struct tls_trust *trust;
static uint8_t counter;

static void
need(bool holds)
{
	if (!holds)
		abort();
}

static void
count_up(void *to, size_t count)
{
	uint8_t *at = to;

	/* Never zeros alone: a private key would be refused and another one asked for. */
	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)(++counter | 1);
}

static void
refuse_plain(void *context, struct slice plain)
{
	(void)context;
	(void)plain;
	abort(); /* nothing may come through what nobody verified */
}

static void
boot(void)
{
	static char memory[1 << 20] __attribute__((aligned(64)));
	static struct arena arena;
	char why[200];

	if (pool)
		return;
	arena_init(&arena, memory, sizeof memory);
	need(tls_pool_init(&pool, &arena, 2) == ERR_NONE);
	need(tls_trust_init(&trust, SLICE(""), NULL, 0, &arena, why, sizeof why) == ERR_NONE);
}

static struct tls *
open_one(uint8_t choice)
{
	const struct tls_options options = {
		.backend = choice & 1 ? TLS_BEARSSL : TLS_MBEDTLS,
		.trust = trust,
		.host = choice & 2 ? "192.0.2.7" : "a.example",
		.wall_ns = (int64_t)1795608000 * 1000000000,
		.entropy = count_up,
		.no_tls13 = choice & 4,
	};

	counter = 0;
	return tls_open(pool, &options);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls *whole, *parts;
	struct slice rest;
	size_t piece;

	boot();
	if (size < 2)
		return 0;
	rest = slice_of((const char *)data + 2, size - 2);
	piece = data[1] % 32u + 1;
	whole = open_one(data[0]);
	need(whole != NULL);
	tls_receive(whole, rest, refuse_plain, NULL);
	parts = open_one(data[0]);
	need(parts != NULL);
	while (rest.count != 0) {
		struct slice part = slice_of(rest.at, piece < rest.count ? piece : rest.count);

		tls_receive(parts, part, refuse_plain, NULL);
		rest = slice_after(rest, part.count);
	}
	need(tls_state(whole) == tls_state(parts));
	need(tls_reason(whole) == tls_reason(parts));
	need(tls_state(whole) != TLS_OPEN);
	need(tls_reason(whole) != TLS_REASON_INTERNAL);
	need(tls_output(whole).count == tls_output(parts).count);
	need((tls_state(whole) == TLS_ENDED) == (tls_detail(whole)[0] != 0));
	need(tls_used_bytes(whole) <= TLS_SLOT_BYTES);
	tls_receive_end(whole);
	need(tls_state(whole) == TLS_ENDED && tls_reason(whole) != TLS_REASON_NONE);
	tls_free(whole);
	tls_free(parts);
	return 0;
}
