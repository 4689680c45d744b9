/* Goal: digits, localhost and the hosts file need no server; which servers are asked is
 * what the configuration or the system says, also when that changes; what is no server is
 * refused at start.
 * Method: tables of names and of files; a name server of our own counts what it is asked. */
#include "net/dns_world.h"

static void
what_needs_no_server_asks_none(void)
{
	static const struct { const char *name; enum err err; const char *addresses; } row[] = {
		{ "192.0.2.7", ERR_NONE, "192.0.2.7" },
		{ "2001:db8::7", ERR_NONE, "2001:db8::7" },
		{ "::ffff:10.0.0.1", ERR_NONE, "::ffff:10.0.0.1" },
		{ "localhost", ERR_NONE, "::1 127.0.0.1" },
		{ "LocalHost.", ERR_NONE, "::1 127.0.0.1" },
		{ "a.localhost", ERR_NONE, "::1 127.0.0.1" },
		{ "botapi", ERR_NONE, "10.1.2.3 fd00::3" },
		{ "BotApi.", ERR_NONE, "10.1.2.3 fd00::3" },
		{ "alias.lan", ERR_NONE, "10.1.2.3" },
		{ "last", ERR_NONE, "10.1.2.9" },
		{ "", ERR_NOT_FOUND, "" },
		{ "has blank", ERR_NOT_FOUND, "" },
		{ "new\nline", ERR_NOT_FOUND, "" },
		{ "fe80::1%eth0x.", ERR_NOT_FOUND, "" }, /* goes to the library, is none */
		{ "x.onion", ERR_NOT_FOUND, "" },
	};
	char path[] = "/tmp/dns_test_hosts_XXXXXX", name[400];
	int fd = mkstemp(path);
	struct outcome o;

	/* Comments, tabs, broken lines, one line far too long, no newline at the end. */
	CHECK(dprintf(fd, "# 9.9.9.9 botapi\n127.0.0.1 localhost\n\n"
	                  "10.1.2.3\tbotapi  alias.lan # last\r\nnonsense botapi\n"
	                  "10.1.2.999 botapi\nfd00::3 x botapi\n10.1.2.4 ") > 0);
	for (int i = 0; i < 2000; i++)
		CHECK(dprintf(fd, "n%04d ", i) == 6);
	CHECK(dprintf(fd, "last\n10.1.2.9 last") > 0);
	close(fd);
	server_open(&one, true);
	server_open(&two, false);
	setup(one.text, DNS_HEAP_BYTES);
	dns->hosts_path = path;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		o = ask(row[i].name, 1000);
		if (o.err != row[i].err)
			printf("\"%s\": %d %s\n", row[i].name, o.err, o.why);
		CHECK(o.err == row[i].err);
		CHECK_TEXT(spell(&o), row[i].addresses);
	}
	memset(name, 'n', sizeof name);
	name[sizeof name - 1] = '\0';
	CHECK(ask(name, 1000).err == ERR_NOT_FOUND);
	CHECK(one.query_count == 0);
	dns->hosts_path = "/nonexistent/hosts";
	CHECK(ask("botapi", 1000).err == ERR_NOT_FOUND);
	CHECK(one.query_count > 0);
	teardown();
	unlink(path);
	server_close(&one);
	server_close(&two);
}

static void
resolv_conf_is_read(void)
{
	static const struct { const char *file, *servers; } row[] = {
		{ "", "127.0.0.1" },
		{ "search a b\nnameserver 192.0.2.1\n", "192.0.2.1" },
		{ "nameserver 192.0.2.1\nnameserver\t2001:db8::1 \n", "192.0.2.1,[2001:db8::1]" },
		{ "nameserver fe80::1%eth0\n", "[fe80::1]%eth0" },
		{ "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver example.com\n", "127.0.0.1" },
		{ "nameservers 192.0.2.1\nnameserver\nnameserver 192.0.2.2#x", "192.0.2.2" },
	};
	char path[] = "/tmp/dns_test_resolv_XXXXXX", text[256];
	int fd = mkstemp(path);

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text t = text_init(text, sizeof text - 1);

		CHECK(ftruncate(fd, 0) == 0);
		CHECK(pwrite(fd, row[i].file, strlen(row[i].file), 0) >= 0);
		dns_resolv_conf(path, &t);
		text[t.count] = '\0';
		CHECK_TEXT(text, row[i].servers);
	}
	close(fd);
	unlink(path);
}

static void
servers_of_the_system_are_followed(void)
{
	char path[] = "/tmp/dns_test_resolv_XXXXXX";
	int fd = mkstemp(path);
	struct outcome o;

	server_open(&one, false);
	server_open(&two, false);
	setup("", DNS_HEAP_BYTES);
	CHECK(dns->servers[0] != '\0');
	dns->resolv_path = path;
	/* Nobody listens there: the sentence says who was asked. */
	CHECK(dprintf(fd, "nameserver 127.77.0.1\n") > 0);
	o = ask("good.test", 1000);
	CHECK(strstr(o.why, "127.77.0.1)") != NULL);
	CHECK(pwrite(fd, "nameserver 127.77.0.211\n", 24, 0) == 24);
	o = ask("good.test", 1000);
	CHECK(strstr(o.why, "127.77.0.211)") != NULL);
	unlink(path); /* gone: as every libc, the own machine */
	o = ask("good.test", 1000);
	CHECK_TEXT(dns->servers, "127.0.0.1");
	close(fd);
	teardown();
	server_close(&one);
	server_close(&two);
}

static void
what_is_no_server_is_refused(void)
{
	static const char *const bad[] = { "dns.example.com", "1.2.3", "1.2.3.4:x", "1.2.3.4;5",
		"1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:", "1.1.1.1,,8.8.8.8", ",", "::1:53x",
		"[::1]x", "[::1:53", "[1.2.3.4]:53", "%eth0",
	};
	static const char *const good[] = {
		"1.1.1.1", "1.1.1.1,127.0.0.1:5353", "::1", "[::1]:5353", "[::1]", "1.1.1.1, 8.8.8.8",
	};
	static struct arena boot;
	char why[256];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		memset(memory, 0, sizeof memory);
		arena_init(&boot, memory, sizeof memory);
		CHECK(loop_open(&loop, &boot, 16, 16) == ERR_NONE);
		CHECK(dns_open(&dns, &loop, bad[i], DNS_HEAP_BYTES, &boot, why, sizeof why) ==
		      ERR_CONFIG);
		CHECK(strstr(why, bad[i]) != NULL);
		CHECK(dns == NULL);
		loop_close(&loop);
	}
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		setup(good[i], DNS_HEAP_BYTES);
		teardown();
	}
	arena_init(&boot, memory, 65536);
	memset(memory, 0, sizeof memory);
	CHECK(loop_open(&loop, &boot, 16, 16) == ERR_NONE);
	CHECK(dns_open(&dns, &loop, "", DNS_HEAP_BYTES, &boot, why, 9) == ERR_FULL);
	CHECK_TEXT(why, ""); /* what does not fit is left out whole */
	loop_close(&loop);
}

int
main(void)
{
	what_needs_no_server_asks_none();
	resolv_conf_is_read();
	servers_of_the_system_are_followed();
	what_is_no_server_is_refused();
	return CHECK_END("dns_local");
}
