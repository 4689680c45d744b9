/* dns_world.h - for tests of the resolver: a loop, two name servers, a question and its end.
 *
 * The sources are included: tests give it files of their own, look at its heap, and make
 * that fail.  Half of every test is its teardown: no watcher and no timer may be left.
 */
#ifndef TESTS_NET_DNS_WORLD_H
#define TESTS_NET_DNS_WORLD_H
#include "net/dns.c"
#include "net/dns_ares.c"
#include "check.h"
#include "net/dns_server.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t ms = 1000000;

static struct server one, two;

static _Alignas(64) char memory[1 << 20];
static struct loop loop;
static struct dns *dns;

static void
setup(const char *servers, size_t heap_bytes)
{
	static struct arena boot;
	char why[256];

	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(loop_open(&loop, &boot, 128, 1024) == ERR_NONE);
	CHECK(dns_open(&dns, &loop, servers, heap_bytes, &boot, why, sizeof why) == ERR_NONE);
	CHECK_TEXT(why, "");
}

static inline int
open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void
teardown(void)
{
	dns_close(dns);
	CHECK(loop.watcher_count == 0);
	CHECK(loop.timers.count == 0);
	CHECK(hook_heap == NULL);
	loop_close(&loop);
}

struct outcome {
	int calls;
	enum err err;
	int count;
	struct dns_address address[DNS_ADDRESSES_MAX];
	char why[512];
};

static void
on_done(void *context, enum err err, const char *why, const struct dns_address *address,
        int count)
{
	struct outcome *o = context;

	o->calls++;
	o->err = err;
	o->count = count;
	snprintf(o->why, sizeof o->why, "%s", why);
	if (count > 0)
		memcpy(o->address, address, (size_t)count * sizeof *address);
}

static void
turn_waiting(int64_t wait_ns)
{
	CHECK(loop_turn(&loop, wait_ns) == ERR_NONE);
	serve_udp(&one);
	serve_tcp(&one);
	serve_udp(&two);
	serve_tcp(&two);
}

static void
turn(void)
{
	turn_waiting(2 * ms);
}

static inline void
wait_for(const struct outcome *o, int64_t at_most_ms)
{
	int64_t until_ns = clock_mono_ns() + at_most_ms * ms;

	while (o->calls == 0 && clock_mono_ns() < until_ns)
		turn();
}

static inline struct outcome
ask(const char *name, int64_t timeout_ms)
{
	struct outcome o = { .calls = 0 };

	CHECK(dns_ask(dns, name, timeout_ms * ms, on_done, &o) != 0);
	CHECK(o.calls == 0); /* never from inside */
	wait_for(&o, timeout_ms + 2000);
	CHECK(o.calls == 1);
	return o;
}

static inline const char *
spell(const struct outcome *o)
{
	static char text[512];
	struct text t = text_init(text, sizeof text - 1);

	for (int i = 0; i < o->count; i++) {
		char digits[64];

		inet_ntop(o->address[i].family, o->address[i].at, digits, sizeof digits);
		text_format(&t, "%s%s", i ? " " : "", digits);
	}
	text[t.count] = '\0';
	return text;
}
#endif
