/* tls_test.c - the engine as its users see it, on both libraries.
 *
 * Goal: bytes come through whole whatever their pieces; sessions are resumed and
 *       forgotten when they must; pins bind; slots, output and heap have their limits.
 * Method: a real server on memory buffers (tls_peer.py).
 */
#include "net/tls_peer.h"

static const char *const versions[] = { "max=12", "cert=rsa" };

static struct tls *
open_as(const struct tls_options *options)
{
	struct tls *t = tls_open(peer_pool, options);

	CHECK(t != NULL);
	heard.count = 0;
	heard.call_count = 0;
	peer_talk(t, 0);
	return t;
}

static struct tls_options
usual(enum tls_backend backend)
{
	return (struct tls_options){
		.backend = backend,
		.trust = peer_trust,
		.host = "good.example",
		.wall_ns = PEER_WALL_NS,
		.entropy = peer_entropy,
	};
}

static struct tls *
open_usual(enum tls_backend backend)
{
	struct tls_options options = usual(backend);

	return open_as(&options);
}

/* --- the ClientHello ------------------------------------------------------------------ */

static bool
contains(struct slice s, const char *what, size_t count)
{
	return memmem(s.at, s.count, what, count) != NULL;
}

static void
a_name_is_indicated_and_an_address_is_not(enum tls_backend backend)
{
	/* server_name, RFC 6066: list of 15, entry of type 0 and 12 bytes. */
	static const char indication[] = "\x00\x0f\x00\x00\x0cgood.example";
	struct tls *t;

	peer_forget_sessions();
	t = peer_open(backend, "GOOD.example.");
	CHECK(contains(tls_output(t), indication, sizeof indication - 1));
	tls_free(t);
	t = peer_open(backend, "192.0.2.7");
	CHECK(!contains(tls_output(t), "192.0.2.7", 9));
	tls_free(t);
}

static void
aes_128_gcm_is_offered_first(enum tls_backend backend)
{
	/* Behind version, random and a session id: the list of suites. */
	struct tls *t = peer_open(backend, "good.example");
	const unsigned char *at = (const unsigned char *)tls_output(t).at + 5 + 4 + 2 + 32;

	at += 1 + at[0] + 2;
	CHECK(backend == TLS_BEARSSL ? at[0] == 0xc0 && at[1] == 0x2b
	                             : at[0] == 0x13 && at[1] == 0x01);
	tls_free(t);
}

static void
the_second_try_offers_neither_13_nor_pss(void)
{
	struct tls_options options = usual(TLS_MBEDTLS);
	struct tls *t;

	/* Signs with PSS alone: the first try fails and says that another may help. */
	peer_ask("serve max=12 sigalgs=RSA-PSS+SHA256:RSA+SHA256 prefer=1");
	t = open_as(&options);
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK(tls_try_again_with_12(t));
	tls_free(t);
	peer_ask("serve max=12 sigalgs=RSA-PSS+SHA256:RSA+SHA256 prefer=1");
	options.no_tls13 = true;
	t = open_as(&options);
	CHECK(tls_state(t) == TLS_OPEN);
	CHECK(!tls_try_again_with_12(t));
	tls_free(t);
	/* Not for what a certificate is to blame for. */
	peer_ask("serve cert=expired");
	options.no_tls13 = false;
	t = open_as(&options);
	CHECK(tls_reason(t) == TLS_REASON_EXPIRED);
	CHECK(!tls_try_again_with_12(t));
	tls_free(t);
	/* And never twice. */
	peer_ask("serve max=12 sigalgs=RSA-PSS+SHA256");
	options.no_tls13 = true;
	t = open_as(&options);
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK(!tls_try_again_with_12(t));
	tls_free(t);
}

/* --- bytes ------------------------------------------------------------------------------- */

static void
bytes_come_through_whole(enum tls_backend backend, const char *words)
{
	static const size_t piece[] = { 0, 1, 3, 16384 + 21, 65536 };
	size_t wrong_count = 0;
	struct tls *t;

	peer_forget_sessions();
	peer_ask("serve %s", words);
	t = open_usual(backend);
	for (size_t i = 0; i < sizeof piece / sizeof piece[0]; i++)
		for (size_t count = 1; count <= 40000; count = count * 7 + 1) {
			heard.count = 0;
			peer_feed(t, peer_ask("do write %zu", count), piece[i]);
			CHECK(heard.count == count);
			for (size_t k = 0; k < count; k++)
				wrong_count += heard.at[k] != (char)('a' + k % 26);
		}
	CHECK(wrong_count == 0);
	CHECK(tls_state(t) == TLS_OPEN);
	tls_free(t);
}

static void
slack_is_readable(void *context, struct slice plain)
{
	unsigned *sum = context;

	/* The sanitizer would object. */
	for (size_t i = 0; i < TLS_SLACK_BYTES; i++)
		*sum += (unsigned char)plain.at[plain.count + i];
	CHECK(plain.count <= 16384);
}

static void
full_records_have_slack_behind(enum tls_backend backend, const char *words)
{
	unsigned sum = 0;
	struct tls *t;

	peer_forget_sessions();
	peer_ask("serve %s", words);
	t = open_usual(backend);
	tls_receive(t, peer_ask("do write 16384"), slack_is_readable, &sum);
	CHECK(tls_state(t) == TLS_OPEN);
	tls_free(t);
}

static void
the_output_fills_and_goes_on(enum tls_backend backend, const char *words)
{
	static char text[60000];
	size_t sent = 0, room, taken;
	struct tls *t;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i % 26);
	peer_forget_sessions();
	peer_ask("serve %s", words);
	t = open_usual(backend);
	CHECK(tls_room(t) >= 16384);
	for (int turn = 0; turn < 40 && sent < sizeof text; turn++) {
		room = tls_room(t);
		taken = tls_send(t, slice_of(text + sent, sizeof text - sent));
		CHECK(taken >= (room < sizeof text - sent ? room : sizeof text - sent));
		CHECK(sent + taken == sizeof text || tls_room(t) == 0);
		sent += taken;
		/* The socket takes it in odd pieces. */
		for (int k = 0; k < 7 && tls_output(t).count != 0; k++) {
			struct slice out = tls_output(t);

			if (out.count > 3001)
				out.count = 3001;
			peer_feed(t, peer_put(out), 0);
			tls_sent(t, out.count);
		}
	}
	CHECK(sent == sizeof text);
	peer_talk(t, 0);
	CHECK(heard.count == sizeof text);
	CHECK(heard.count == sizeof text && memcmp(heard.at, text, sizeof text) == 0);
	tls_free(t);
}

/* --- the sink ----------------------------------------------------------------------------- */

struct pair { struct tls *other; size_t count; bool close; struct tls *self; };

static void
pass_on(void *context, struct slice plain)
{
	struct pair *p = context;

	p->count += plain.count;
	if (p->close)
		tls_close(p->self);
	else
		CHECK(tls_send(p->other, plain) == plain.count);
}

/* An alert leaves on one connection while data is read from another. */
static void
the_sink_may_send_elsewhere_and_close(enum tls_backend backend)
{
	struct tls_options options = usual(backend);
	struct pair p = { .count = 0 };
	char copy[1024];
	struct slice record;

	peer_forget_sessions();
	for (int b = 0; b < 2; b++) {
		peer_ask("serve max=12");
		p.other = open_usual(both[b]);
		peer_ask("serve max=12 tickets=0");
		p.self = open_as(&options);
		record = peer_ask("do write 100");
		memcpy(copy, record.at, record.count);
		p.count = 0;
		p.close = false;
		tls_receive(p.self, slice_of(copy, record.count), pass_on, &p);
		CHECK(p.count == 100);
		CHECK(tls_output(p.other).count > 100);
		p.close = true;
		record = peer_ask("do write 50");
		CHECK(tls_receive(p.self, record, pass_on, &p) == TLS_ENDED);
		CHECK(p.count == 150);
		CHECK(tls_reason(p.self) == TLS_REASON_NONE);
		/* Nobody is told any more after a close. */
		CHECK(tls_receive(p.self, peer_ask("do write 50"), pass_on, &p) == TLS_ENDED);
		CHECK(p.count == 150);
		tls_free(p.self);
		tls_free(p.other);
	}
}

/* --- sessions ------------------------------------------------------------------------------ */

static bool
is_resumed(struct tls *t)
{
	const bool ours = strstr(tls_about(t), " resumed") != NULL;
	const bool theirs = strstr(peer_ask("tell").at, "resumed=1") != NULL;

	CHECK(tls_state(t) == TLS_OPEN);
	CHECK(ours == theirs);
	return ours;
}

static void
sessions_are_resumed(enum tls_backend backend, const char *words)
{
	struct tls_options options = usual(backend);
	struct tls_trust *other;
	struct tls *t;
	char why[200];
	/* What happens, and whether the next connection resumes. */
	struct { const char *what; int64_t later_s; bool other_trust; const char *host;
	         bool want; } row[] = {
		{ "the first", 0, false, "good.example", false },
		{ "the next", 0, false, "good.example", true },
		{ "an hour later", 3600, false, "good.example", true },
		{ "another name of the same server", 3600, false, "a.wild.example", false },
		{ "another trust", 3600, true, "good.example", false },
		{ "the same again", 3600, false, "good.example", true },
		{ "a day after it was judged", 86401 + 3600, false, "good.example", false },
		{ "from then on", 86402 + 3600, false, "good.example", true },
	};

	peer_forget_sessions();
	CHECK(tls_trust_init(&other, peer_ask("trust"), NULL, 0, &peer_arena, why,
	                     sizeof why) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int failed = check_failed_count;

		options.wall_ns = PEER_WALL_NS + row[i].later_s * 1000000000;
		options.trust = row[i].other_trust ? other : peer_trust;
		options.host = row[i].host;
		peer_ask("serve %s", words);
		t = open_as(&options);
		CHECK(is_resumed(t) == row[i].want);
		CHECK(tls_send(t, SLICE("hello")) == 5);
		peer_talk(t, 0);
		CHECK(heard.count == 5);
		if (check_failed_count != failed)
			printf("  %s, %s, %s: %s %s\n", row[i].what, words,
			       tls_backend_text(backend), tls_about(t), tls_detail(t));
		tls_free(t);
	}
}

static void
a_session_that_fails_is_forgotten(enum tls_backend backend, const char *words)
{
	struct tls *t;

	peer_forget_sessions();
	peer_ask("serve %s", words);
	t = open_usual(backend);
	tls_free(t);
	/* The server that answers next is another one, and an impostor. */
	peer_ask("serve cert=forged");
	t = open_usual(backend);
	CHECK(tls_state(t) == TLS_ENDED);
	tls_free(t);
	peer_ask("serve %s", words);
	t = open_usual(backend);
	CHECK(!is_resumed(t));
	tls_free(t);
}

/* --- pins ------------------------------------------------------------------------------------ */

static struct tls_trust *
trust_with(const char *const *pin, int count)
{
	struct tls_trust *trust = NULL;
	char why[200];

	CHECK(tls_trust_init(&trust, peer_ask("trust"), pin, count, &peer_arena, why,
	                     sizeof why) == ERR_NONE);
	return trust;
}

static void
pins_bind_their_host(enum tls_backend backend)
{
	static const char *const of[] = { "rsa", "mid", "root", "other", "low" };
	char digest[64], pin[2][128];
	const char *pins[] = { pin[0], pin[1] };
	struct tls_options options = usual(backend);
	struct tls *t;

	peer_forget_sessions();
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
		snprintf(digest, sizeof digest, "%s", peer_ask("pin %s", of[i]).at);
		snprintf(pin[0], sizeof pin[0], "Good.Example sha256/%s", digest);
		/* A pin of somebody else neither helps nor hurts. */
		snprintf(pin[1], sizeof pin[1], "else.example sha256/%s", peer_ask("pin p384").at);
		options.trust = trust_with(pins, 2);
		/* A stranger's certificate on the way is not on the path. */
		peer_ask("serve chain=other,mid");
		t = open_as(&options);
		if (i < 3) {
			CHECK(tls_state(t) == TLS_OPEN);
		} else {
			CHECK(tls_reason(t) == TLS_REASON_PIN);
			CHECK(strstr(tls_detail(t), "none of the 3 certificates of good.example"));
		}
		tls_free(t);
	}
	/* Of two pins for a host one is enough. */
	snprintf(pin[0], sizeof pin[0], "good.example  sha256/%s", peer_ask("pin mid").at);
	snprintf(pin[1], sizeof pin[1], "good.example sha256/%s", peer_ask("pin p384").at);
	options.trust = trust_with(pins, 2);
	peer_ask("serve chain=mid");
	t = open_as(&options);
	CHECK(tls_state(t) == TLS_OPEN);
	tls_free(t);
}

/* --- memory ------------------------------------------------------------------------------------ */

static bool
is_zero(const char *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (at[i] != 0)
			return false;
	return true;
}

static void
a_slot_that_was_given_back_holds_nothing(enum tls_backend backend)
{
	struct tls *t;
	char *slot, *heap;
	size_t heap_bytes;

	peer_forget_sessions();
	peer_ask("serve cert=rsa");
	t = open_usual(backend);
	slot = (char *)t;
	heap = t->heap.at;
	heap_bytes = t->heap.bytes;
	CHECK(tls_used_bytes(t) <= TLS_SLOT_BYTES);
	tls_free(t);
	/* All but the list of free slots and the head of the one free block. */
	CHECK(is_zero(slot + sizeof *t, (size_t)(heap - slot) - sizeof *t));
	CHECK(is_zero(heap + 16, heap_bytes - 16));
	CHECK(t->host.name[0] == 0 && t->detail[0] == 0 && t->own == NULL);
}

static void
slots_run_out_and_come_back(void)
{
	struct tls *t[4];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 3; i++) {
			t[i] = peer_open(both[i % 2], "good.example");
			CHECK(t[i] != NULL);
		}
		CHECK(peer_open(TLS_MBEDTLS, "good.example") == NULL);
		tls_free(t[1]);
		t[3] = peer_open(TLS_BEARSSL, "good.example");
		CHECK(t[3] == t[1]);
		tls_free(t[0]);
		tls_free(t[2]);
		tls_free(t[3]);
	}
}

/* Every amount of heap, from none to enough: MEMORY, never anything worse. */
static void
a_heap_that_is_too_small_is_a_reason(void)
{
	bool opened = false;

	for (size_t bytes = 23040; bytes < 60000 && !opened; bytes += 496) {
		struct tls *t;

		peer_forget_sessions();
		peer_ask("serve cert=p256");
		t = peer_open(TLS_MBEDTLS, "good.example");
		/* What lies behind is as if somebody had it: the last block is shortened. */
		(void)heap_take_zeroed(&t->heap, 1, t->heap.bytes - bytes);
		heard.count = 0;
		peer_talk(t, 0);
		opened = tls_state(t) == TLS_OPEN;
		if (!opened) {
			CHECK_TEXT(tls_reason_text(tls_reason(t)), "out_of_memory");
		}
		tls_free(t);
	}
	CHECK(opened);
}

/* The library's table of keys is one for the process. */
static void
many_shake_hands_at_once(void)
{
	enum { MANY = TLS_SHAKING_MAX + 60 };
	static char memory[(MANY + 1) * TLS_SLOT_BYTES] __attribute__((aligned(64)));
	static struct tls *t[MANY];
	struct tls_options options = usual(TLS_MBEDTLS);
	struct tls_pool *pool;
	struct arena boot;

	arena_init(&boot, memory, sizeof memory);
	CHECK(tls_pool_init(&pool, &boot, MANY) == ERR_NONE);
	for (int round = 0; round < 2; round++) {
		int ended_count = 0;

		for (int i = 0; i < MANY; i++) {
			t[i] = tls_open(pool, &options);
			if (tls_state(t[i]) == TLS_HANDSHAKE)
				continue;
			CHECK(i >= TLS_SHAKING_MAX);
			CHECK(tls_reason(t[i]) == TLS_REASON_MEMORY);
			ended_count++;
		}
		CHECK(ended_count > 0);
		for (int i = 0; i < MANY; i++)
			tls_free(t[i]);
	}
}

static void
what_is_no_host_ends_at_once(void)
{
	static const char *const host[] = { "", ".", "a b", "a..b", "-\x01", "a/b", "h\xc3\xb6st",
	                                    "*.example" };
	char longer[300];

	memset(longer, 'a', sizeof longer);
	longer[299] = 0;
	for (size_t i = 0; i <= sizeof host / sizeof host[0]; i++) {
		struct tls *t = peer_open(both[i % 2],
		                          i < sizeof host / sizeof host[0] ? host[i] : longer);

		CHECK(tls_state(t) == TLS_ENDED);
		CHECK(tls_reason(t) == TLS_REASON_NAME);
		CHECK(tls_output(t).count == 0);
		CHECK(tls_receive(t, SLICE("\x16"), hear, &heard) == TLS_ENDED);
		CHECK(tls_send(t, SLICE("x")) == 0);
		tls_close(t);
		tls_free(t);
	}
}

int
main(void)
{
	peer_boot();
	for (int b = 0; b < 2; b++) {
		a_name_is_indicated_and_an_address_is_not(both[b]);
		aes_128_gcm_is_offered_first(both[b]);
		the_sink_may_send_elsewhere_and_close(both[b]);
		pins_bind_their_host(both[b]);
		a_slot_that_was_given_back_holds_nothing(both[b]);
		for (int v = 0; v < 2; v++) {
			bytes_come_through_whole(both[b], versions[v]);
			full_records_have_slack_behind(both[b], versions[v]);
			the_output_fills_and_goes_on(both[b], versions[v]);
			sessions_are_resumed(both[b], versions[v]);
			a_session_that_fails_is_forgotten(both[b], versions[v]);
		}
	}
	the_second_try_offers_neither_13_nor_pss();
	slots_run_out_and_come_back();
	many_shake_hands_at_once();
	a_heap_that_is_too_small_is_a_reason();
	what_is_no_host_ends_at_once();
	return CHECK_END("tls");
}
