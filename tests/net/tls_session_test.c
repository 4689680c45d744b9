/* tls_session_test.c - the store of sessions.
 *
 * Goal: a session is found by exactly the key it was put under, until its time, and
 *       the one that was used longest ago makes room.
 * Method: sessions that are words; no library.
 */
#include "check.h"
#include "net/tls_session.h"

static char memory[256 * 1024] __attribute__((aligned(64)));
static struct tls_sessions store;
/* Only their addresses matter. */
static const char trust_a, trust_b;

static struct tls_session_key
key_of(const char *host, const void *trust, enum tls_backend backend, bool no_tls13)
{
	return (struct tls_session_key){ host, trust, backend, no_tls13 };
}

static bool
finds(const struct tls_session_key *key, int64_t wall_s, const char *want)
{
	int64_t until_s = -1;
	struct slice got = tls_session_find(&store, key, wall_s, &until_s);

	return slice_equal(got, slice_str(want)) && (until_s == -1) == (want[0] == 0);
}

static void
begin(void)
{
	struct arena boot;

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(tls_session_init(&store, &boot));
}

static void
every_part_of_the_key_counts(void)
{
	const struct tls_session_key key[] = {
		key_of("a.example", &trust_a, TLS_MBEDTLS, false),
		key_of("b.example", &trust_a, TLS_MBEDTLS, false),
		key_of("a.example", &trust_b, TLS_MBEDTLS, false),
		key_of("a.example", &trust_a, TLS_BEARSSL, false),
		key_of("a.example", &trust_a, TLS_MBEDTLS, true),
	};
	static const char *const word[] = { "one", "two", "three", "four", "five" };

	begin();
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 5; k++)
			CHECK(finds(&key[k], 100, k < i ? word[k] : ""));
		tls_session_put(&store, &key[i], 1000, slice_str(word[i]));
	}
	tls_session_put(&store, &key[2], 1000, SLICE("instead"));
	CHECK(finds(&key[2], 100, "instead"));
	tls_session_drop(&store, &key[2]);
	tls_session_drop(&store, &key[2]);
	for (int k = 0; k < 5; k++)
		CHECK(finds(&key[k], 100, k == 2 ? "" : word[k]));
}

static void
its_time_ends(void)
{
	const struct tls_session_key key = key_of("a.example", &trust_a, TLS_MBEDTLS, false);

	begin();
	tls_session_put(&store, &key, 1000, SLICE("word"));
	CHECK(finds(&key, 1000, "word"));
	CHECK(finds(&key, 1001, ""));
	/* Gone, also for a clock that goes back. */
	CHECK(finds(&key, 1000, ""));
	for (size_t i = 0; i < sizeof memory - 3; i++)
		if (memcmp(memory + i, "word", 4) == 0)
			CHECK(i == sizeof memory);
}

static void
the_one_used_longest_ago_goes(void)
{
	char name[TLS_SESSIONS_MAX + 1][24];
	struct tls_session_key key[TLS_SESSIONS_MAX + 1];

	begin();
	for (int i = 0; i <= TLS_SESSIONS_MAX; i++) {
		snprintf(name[i], sizeof name[i], "host-%d", i);
		key[i] = key_of(name[i], &trust_a, TLS_MBEDTLS, false);
	}
	for (int i = 0; i < TLS_SESSIONS_MAX; i++)
		tls_session_put(&store, &key[i], 1000, slice_str(name[i]));
	/* The first is used again, so the second is the oldest. */
	CHECK(finds(&key[0], 10, "host-0"));
	tls_session_put(&store, &key[TLS_SESSIONS_MAX], 1000, SLICE("last"));
	CHECK(finds(&key[TLS_SESSIONS_MAX], 10, "last"));
	for (int i = 0; i < TLS_SESSIONS_MAX; i++)
		CHECK(finds(&key[i], 10, i == 1 ? "" : name[i]));
}

static void
what_is_too_long_is_not_kept(void)
{
	static char big[TLS_SESSION_BYTES_MAX + 1];
	const struct tls_session_key key = key_of("a.example", &trust_a, TLS_MBEDTLS, false);
	int64_t until_s;

	begin();
	tls_session_put(&store, &key, 1000, slice_of(big, sizeof big));
	CHECK(finds(&key, 10, ""));
	tls_session_put(&store, &key, 1000, slice_of(big, sizeof big - 1));
	CHECK(tls_session_find(&store, &key, 10, &until_s).count == sizeof big - 1);
	tls_session_put(&store, &key, 1000, SLICE(""));
	CHECK(tls_session_find(&store, &key, 10, &until_s).count == sizeof big - 1);
}

int
main(void)
{
	every_part_of_the_key_counts();
	its_time_ends();
	the_one_used_longest_ago_goes();
	what_is_too_long_is_not_kept();
	return CHECK_END("tls_session");
}
