/* Goal: when the library's memory runs out anywhere, a question ends at most once, the next
 * one is answered, what was lost comes back, and nothing is kept for ever.
 * Method: the heap of the library is made to fail at its n-th request, for n = 1, 2, 3 ...
 * until nothing fails; name servers of our own on loopback. */
#include "base/heap.h"
static void *failing_take(struct heap *h, size_t size);
#define heap_take failing_take
#include "net/dns_world.h"
#undef heap_take

static int64_t take_count, take_fails_at; /* 0: never */
static bool take_fails_on; /* and from there on */

static void *
failing_take(struct heap *h, size_t size)
{
	take_count++;
	if (take_count == take_fails_at ||
	    (take_fails_on && take_fails_at != 0 && take_count > take_fails_at)) {
		h->refused_count++;
		return NULL;
	}
	return heap_take(h, size);
}

static void
a_heap_too_small_fails_questions_and_nothing_else(void)
{
	struct outcome o;

	server_open(&one, true);
	server_open(&two, false);
	/* Enough to begin, not to hear: one read of an answer wants 128 KB. */
	setup(one.text, 64 * 1024);
	for (int i = 0; i < 3; i++) {
		o = ask("good.test", 300);
		CHECK(o.err == ERR_FULL || o.err == ERR_AGAIN || o.err == ERR_UNAVAILABLE);
		CHECK(o.count == 0);
	}
	CHECK(dns_stats(dns).dry_count > 0);
	CHECK(dns_stats(dns).heap_used_max_bytes <= 64 * 1024);
	teardown();
	server_close(&one);
	server_close(&two);
}

/* One question whose n-th request of memory fails, and a second one without a fault.
 * False: it needed fewer than n. */
static bool
with_fault_at(const char *name, int n, bool on, int *wrong)
{
	struct outcome o = { .calls = 0 }, after = { .calls = 0 };
	uint64_t ticket;
	bool reached;

	setup(one.text, DNS_HEAP_BYTES);
	take_count = 0;
	take_fails_at = n;
	take_fails_on = on;
	ticket = dns_ask(dns, name, 2500 * ms, on_done, &o);
	*wrong += ticket == 0;
	/* On loopback what was sent is there: what takes longer waits for its next try. */
	for (int i = 0; i < 12; i++)
		turn_waiting(0);
	reached = take_count >= n;
	take_fails_at = 0;
	*wrong += o.calls > 1;
	if (o.calls == 0)
		dns_forget(dns, ticket);
	if (reached) {
		*wrong += dns_ask(dns, "good.next", 2500 * ms, on_done, &after) == 0;
		wait_for(&after, 3000);
		*wrong += after.calls != 1 || after.err != ERR_NONE;
	}
	if (*wrong != 0)
		printf("%s: request %d: %d calls, %s; then %d calls, %s\n", name, n, o.calls, o.why,
		       after.calls, after.why);
	teardown();
	return reached;
}

/* For n = 1, 2, 3 ... until the question needs fewer: it ends at most once (the rest is
 * its deadline's), and the next one is answered. */
static void
memory_may_run_out_anywhere(void)
{
	static const char *const name[] = { "good.test", "big.test", "nothing.test" };

	server_open(&one, true);
	server_open(&two, false);
	for (size_t kind = 0; kind < sizeof name / sizeof name[0]; kind++) {
		for (int on = 0; on < 2; on++) {
			int wrong = 0, n = 1;

			while (n < 4000 && wrong == 0 && with_fault_at(name[kind], n, on == 1, &wrong))
				n++;
			CHECK(n > 50);
			CHECK(n < 4000);
			CHECK(wrong == 0);
		}
	}
	server_close(&one);
	server_close(&two);
}

/* What it loses is not lost for ever: here a lookup that looks two minutes old. */
static void
lost_lookups_come_back(void)
{
	struct outcome o = { .calls = 0 }, other = { .calls = 0 }, good = { .calls = 0 };

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	CHECK(dns_ask(dns, "silent.test", 5000 * ms, on_done, &o) != 0);
	turn();
	dns->lookup[0].begun_ns -= 30 * 1000 * ms;
	/* Too old to be joined: the name is asked again beside it. */
	CHECK(dns_ask(dns, "silent.test", 5000 * ms, on_done, &other) != 0);
	CHECK(dns_stats(dns).joined_count == 0);
	dns->lookup[0].begun_ns -= 91 * 1000 * ms;
	CHECK(dns_ask(dns, "good.test", 2000 * ms, on_done, &good) != 0);
	wait_for(&o, 1000);
	CHECK(o.calls == 1);
	CHECK(o.err == ERR_FULL);
	CHECK(dns_stats(dns).stuck_count == 1);
	turn();
	CHECK(other.calls == 1);
	wait_for(&good, 2000);
	CHECK(good.err == ERR_NONE);
	CHECK(ask("good.test", 2000).err == ERR_NONE);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
the_library_gives_back_what_it_took(void)
{
	static const char *const name[] = {
		"good.test", "many.test", "nothing.test", "garbage.test", "big.test", "servfail.test",
	};
	size_t used = 0;
	int descriptors = 0;

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
			(void)ask(name[i], 3000);
		if (round == 9) {
			used = dns->ares.heap.used_bytes;
			descriptors = open_descriptors();
		}
	}
	CHECK(dns->ares.heap.used_bytes <= used + 4096); /* it keeps statistics of its servers */
	CHECK(open_descriptors() <= descriptors);
	printf("heap: %zu in use, %zu at most\n", dns->ares.heap.used_bytes, dns->ares.heap.used_max_bytes);
	teardown();
	CHECK(dns->ares.heap.used_bytes == 0);
	server_close(&one);
	server_close(&two);
}

int
main(void)
{
	a_heap_too_small_fails_questions_and_nothing_else();
	memory_may_run_out_anywhere();
	lost_lookups_come_back();
	the_library_gives_back_what_it_took();
	return CHECK_END("dns_memory");
}
