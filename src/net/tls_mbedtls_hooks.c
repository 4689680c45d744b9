/* tls_mbedtls_hooks.c - what mbedTLS asks the process for, answered by one connection.
 *
 * Why    The library knows one heap, one clock and one source of chance for the whole
 *        process; ours belong to connections.
 * Input  the connection that is inside of the library now.
 * Output memory of its slot, the time of its opening, its owner's entropy.
 * Limits outside of enter and leave there is no memory and no chance.
 */
#include "net/tls_gcm.h"
#include "net/tls_mbedtls.h"
#include "base/check.h"
#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <psa/crypto.h>

static struct tls *current;

void
tls_mbedtls_enter(struct tls *t)
{
	ASSERT(current == NULL);
	current = t;
}

void
tls_mbedtls_leave(void)
{
	current = NULL;
}

static void *
take(size_t count, size_t size)
{
	return current ? heap_take_zeroed(&current->heap, count, size) : NULL;
}

static void
give(void *memory)
{
	if (memory) {
		ASSERT(current != NULL);
		heap_give(&current->heap, memory);
	}
}

static mbedtls_time_t
time_now(mbedtls_time_t *to)
{
	mbedtls_time_t s = current ? (mbedtls_time_t)(current->wall_ns / 1000000000) : 0;

	if (to)
		*to = s;
	return s;
}

/* The age of tickets.  Tickets come right behind the handshake, so the time of the
 * opening is near enough. */
mbedtls_ms_time_t
mbedtls_ms_time(void)
{
	return current ? current->wall_ns / 1000000 : 0;
}

psa_status_t
mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                uint8_t *output, size_t output_size, size_t *output_length)
{
	(void)context;
	if (!current)
		return PSA_ERROR_INSUFFICIENT_ENTROPY;
	current->entropy(output, output_size);
	*output_length = output_size;
	return PSA_SUCCESS;
}

bool
tls_mbedtls_boot(void)
{
	mbedtls_platform_set_calloc_free(take, give);
	mbedtls_platform_set_time(time_now);
#ifdef MBEDTLS_GCM_ALT
	if (!tls_gcm_boot())
		return false;
#endif
	return psa_crypto_init() == PSA_SUCCESS;
}
