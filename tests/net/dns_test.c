/* Goal: a name becomes addresses of both families; whatever a name server does or
 * fails to do ends in one call with the right word, in time, and the next question is
 * none the worse for it.
 * Method: name servers of our own on loopback that answer by the first label of the
 * name. */
#include "net/dns_world.h"

static void
every_answer_has_its_word(void)
{
	static const struct {
		const char *name;
		enum err err;
		const char *addresses;
		const char *why; /* is in the sentence */
	} row[] = {
		{ "good.test", ERR_NONE, "2001:db8::1 192.0.2.1", "" },
		{ "GOOD.test.", ERR_NONE, "2001:db8::1 192.0.2.1", "" },
		{ "four.test", ERR_NONE, "192.0.2.1 192.0.2.2", "" },
		{ "six.test", ERR_NONE, "2001:db8::1", "" },
		{ "alias.test", ERR_NONE, "192.0.2.9", "" },
		/* forty of them: both families are there */
		{ "many.test", ERR_NONE, "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 "
		  "2001:db8::3 192.0.2.3 2001:db8::4 192.0.2.4", "" },
		/* cut off over UDP, whole over TCP */
		{ "big.test", ERR_NONE, "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2 "
		  "2001:db8::3 192.0.2.3 2001:db8::4 192.0.2.4", "" },
		{ "flood.test", ERR_NONE, "2001:db8::1 192.0.2.1", "" },
		{ "nothing.test", ERR_NOT_FOUND, "", "there is no name nothing.test (asked 127.0.0.1:" },
		{ "plain.test", ERR_NOT_FOUND, "", "the name plain.test has no address" },
		{ "servfail.test", ERR_UNAVAILABLE, "", "general failure, asking about servfail.test" },
		{ "refused.test", ERR_UNAVAILABLE, "", "refused query, asking about refused.test" },
		{ "garbage.test", ERR_UNAVAILABLE, "", "answer is broken about garbage.test" },
		{ "short.test", ERR_UNAVAILABLE, "", "broken" },
		{ "loop.test", ERR_UNAVAILABLE, "", "broken" },
	};

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct outcome o = ask(row[i].name, 5000);

		if (o.err != row[i].err)
			printf("%s: %s\n", row[i].name, o.why);
		CHECK(o.err == row[i].err);
		CHECK_TEXT(spell(&o), row[i].addresses);
		CHECK(strstr(o.why, row[i].why) != NULL);
		CHECK((o.why[0] == '\0') == (row[i].err == ERR_NONE));
	}
	CHECK(one.stream_count == 2); /* big: A and AAAA */
	/* A header that promises 65535 records makes the library want 5 MB at once. */
	CHECK(dns_stats(dns).dry_count > 0);
	CHECK(dns_stats(dns).heap_used_max_bytes <= DNS_HEAP_BYTES);
	CHECK(dns_stats(dns).stuck_count == 0);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
what_says_nothing_ends_by_the_deadline(void)
{
	static const char *const name[] = {
		"silent.test", "wrongid.test", "wrongname.test", "empty.test",
	};

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		/* Deadlines count from the turn's time. */
		int64_t begun_ns = loop.now.mono_ns, took_ns;
		struct outcome o = ask(name[i], 150);

		took_ns = clock_mono_ns() - begun_ns;
		if (o.err != ERR_AGAIN)
			printf("%s: %s\n", name[i], o.why);
		CHECK(o.err == ERR_AGAIN);
		CHECK(o.count == 0);
		CHECK(strstr(o.why, "no name server answered about") != NULL);
		CHECK(strstr(o.why, "within 150 ms (asked 127.0.0.1:") != NULL);
		CHECK(took_ns >= 150 * ms);
		CHECK(took_ns < 2000 * ms);
	}
	CHECK(dns_stats(dns).late_count == 4);
	/* Meanwhile others are served, and an end in the middle of it is clean. */
	CHECK(ask("good.test", 2000).err == ERR_NONE);
	CHECK(ask("silent.other", 20).err == ERR_AGAIN);
	CHECK(dns->ares.running_count > 0);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
nobody_there_is_told_at_once(void)
{
	int64_t begun_ns;
	struct outcome o;

	server_open(&one, false);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	close(one.udp); /* ICMP says that nobody listens */
	one.udp = -1;
	begun_ns = clock_mono_ns();
	o = ask("good.test", 5000);
	CHECK(o.err == ERR_UNAVAILABLE);
	CHECK(strstr(o.why, "no name server can be reached") != NULL);
	CHECK(clock_mono_ns() - begun_ns < 1000 * ms);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
a_dead_server_is_passed_over(void)
{
	char servers[80];
	int64_t begun_ns;

	server_open(&one, true);
	server_open(&two, true);
	snprintf(servers, sizeof servers, "%s,%s", one.text, two.text);
	setup(servers, DNS_HEAP_BYTES);
	one.mute = true;
	CHECK(ask("good.test", 5000).err == ERR_NONE);
	CHECK(one.query_count > 0);
	/* And not asked first again. */
	begun_ns = clock_mono_ns();
	CHECK(ask("good.test", 5000).err == ERR_NONE);
	CHECK(clock_mono_ns() - begun_ns < 500 * ms);
	/* Servers that flap: one SERVFAIL a query, then an answer. */
	one.mute = false;
	one.failures_left = two.failures_left = 1;
	CHECK(ask("flap.test", 5000).err == ERR_NONE);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
a_truncated_answer_without_tcp_ends(void)
{
	struct outcome o;

	server_open(&one, false); /* refuses TCP */
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	o = ask("big.test", 5000);
	CHECK(o.err == ERR_UNAVAILABLE);
	CHECK(ask("good.test", 5000).err == ERR_NONE);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
the_same_name_is_asked_once(void)
{
	struct outcome o[8] = { { .calls = 0 } };

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	for (int i = 0; i < 8; i++)
		CHECK(dns_ask(dns, i % 2 ? "good.test" : "gOOd.TEST", 2000 * ms, on_done, &o[i]) !=
		      0);
	wait_for(&o[0], 3000);
	turn();
	for (int i = 0; i < 8; i++) {
		CHECK(o[i].calls == 1);
		CHECK(o[i].count == 2);
	}
	CHECK(one.query_count == 2); /* A and AAAA */
	CHECK(dns_stats(dns).joined_count == 7);
	CHECK(dns_stats(dns).lookup_count == 1);
	/* Over now: the next one asks anew. */
	CHECK(ask("good.test", 2000).err == ERR_NONE);
	CHECK(one.query_count == 4);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
late_answers_and_forgotten_questions_are_harmless(void)
{
	struct outcome o, gone = { .calls = 0 }, stays = { .calls = 0 };
	uint64_t ticket;

	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	o = ask("late.test", 50);
	CHECK(o.err == ERR_AGAIN);
	/* Asked again while the first is under way: its answer serves. */
	CHECK(dns_ask(dns, "late.test", 3000 * ms, on_done, &stays) != 0);
	ticket = dns_ask(dns, "late.test", 3000 * ms, on_done, &gone);
	CHECK(ticket != 0);
	dns_forget(dns, ticket);
	dns_forget(dns, ticket); /* twice is harmless */
	dns_forget(dns, 0);
	dns_forget(dns, UINT64_MAX);
	CHECK(one.held_count > 0);
	(void)!sendto(one.udp, one.held, one.held_count, 0, (void *)&one.held_to,
	              sizeof one.held_to);
	for (int i = 0; i < 5; i++)
		turn();
	/* One family's answer is there; the other's comes with the next try. */
	for (int i = 0; i < 2000 && stays.calls == 0; i++) {
		turn();
		if (one.held_count > 0)
			(void)!sendto(one.udp, one.held, one.held_count, 0, (void *)&one.held_to,
			              sizeof one.held_to);
		one.held_count = 0;
	}
	CHECK(stays.calls == 1);
	CHECK(stays.err == ERR_NONE);
	CHECK(gone.calls == 0);
	/* Forgotten at once, before any turn, by name and by literal. */
	dns_forget(dns, dns_ask(dns, "good.test", 100 * ms, on_done, &gone));
	dns_forget(dns, dns_ask(dns, "127.0.0.1", 100 * ms, on_done, &gone));
	for (int i = 0; i < 100; i++)
		turn();
	CHECK(gone.calls == 0);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
too_many_questions_are_refused_and_counted(void)
{
	static struct outcome o[DNS_ASKS_MAX + 1];
	char name[32];
	int taken = 0;

	server_open(&one, false);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	for (int i = 0; i < DNS_LOOKUPS_MAX + 1; i++) {
		snprintf(name, sizeof name, "silent.n%d", i);
		CHECK((dns_ask(dns, name, 100 * ms, on_done, &o[0]) != 0) == (i < DNS_LOOKUPS_MAX));
	}
	CHECK(dns_stats(dns).refused_count == 1);
	for (int i = DNS_LOOKUPS_MAX; i < DNS_ASKS_MAX + 1; i++)
		taken += dns_ask(dns, "silent.n0", 100 * ms, on_done, &o[1]) != 0;
	CHECK(taken == DNS_ASKS_MAX - DNS_LOOKUPS_MAX);
	for (int i = 0; i < 200 && o[0].calls + o[1].calls < DNS_ASKS_MAX; i++)
		turn();
	CHECK(o[0].calls == DNS_LOOKUPS_MAX);
	CHECK(o[1].calls == taken);
	/* Names stay busy until the tries are over; an ask has room again. */
	CHECK(dns_ask(dns, "silent.n1", 100 * ms, on_done, &o[2]) != 0);
	teardown();
	CHECK(o[2].calls == 0);
	server_close(&one);
	server_close(&two);
}

int
main(void)
{
	every_answer_has_its_word();
	what_says_nothing_ends_by_the_deadline();
	nobody_there_is_told_at_once();
	a_dead_server_is_passed_over();
	a_truncated_answer_without_tcp_ends();
	the_same_name_is_asked_once();
	late_answers_and_forgotten_questions_are_harmless();
	too_many_questions_are_refused_and_counted();
	return CHECK_END("dns");
}
