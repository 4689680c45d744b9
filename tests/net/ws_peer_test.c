/* Goal: an independent server and our client understand each other: handshake, echo in every
 * length, fragments, pings, a megabyte, a flood, and the close from either side.
 * Method: ws_peer.py on a pair of sockets; it writes in random pieces and fails on anything
 * that RFC 6455 forbids a client.  Without Python the test ends with 77 and the reason. */
#include "check.h"
#include "net/ws_internal.h"
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_MAX = 1 << 20 };

static char memory[8 << 20] __attribute__((aligned(64)));
static struct ws_pool *pool;
static struct ws *w;
static int fd, child;

/* The last message, and how many there were. */
static char heard[MESSAGE_MAX + 1];
static size_t heard_count;
static int text_count, ping_count, pong_count;
static bool flood_fine = true;

static void
entropy(void *to, size_t count)
{
	if (getrandom(to, count, 0) != (ssize_t)count)
		abort();
}

/* "7 " and seven times a letter of two bytes. */
static bool
is_of_flood(struct slice s, int i)
{
	char head[16];
	size_t count = (size_t)snprintf(head, sizeof head, "%d ", i);

	if (s.count != count + (size_t)(i % 90) * 2 || memcmp(s.at, head, count) != 0)
		return false;
	for (; count < s.count; count += 2)
		if (memcmp(s.at + count, "\xc3\xa5", 2) != 0)
			return false;
	return true;
}

static void
on_message(void *context, enum ws_kind kind, struct slice message)
{
	const bool *is_flood = context;

	if (kind == WS_PING)
		ping_count++;
	if (kind == WS_PONG)
		pong_count++;
	if (kind != WS_TEXT)
		return;
	if (*is_flood)
		flood_fine = flood_fine && is_of_flood(message, text_count);
	memcpy(heard, message.at, message.count);
	heard[message.count] = '\0';
	heard_count = message.count;
	text_count++;
}

static void
begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		abort();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		dup2(pair[1], 3);
		if (pair[0] != 3)
			close(pair[0]);
		if (pair[1] != 3)
			close(pair[1]);
		execlp("python3", "python3", "-B", "tests/net/ws_peer.py", (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	fd = pair[0];
	text_count = ping_count = pong_count = 0;
	w = ws_open(pool, "peer.test:1", "/stream?x=1", NULL, MESSAGE_MAX);
}

static void
flush(void)
{
	struct slice out;

	while (out = ws_output(w), out.count > 0) {
		ssize_t put = send(fd, out.at, out.count, MSG_NOSIGNAL);

		if (put <= 0)
			break;
		ws_sent(w, (size_t)put);
	}
}

/* Reads until so many texts, pings and pongs came, or the end. */
static void
until(int texts, int pings, int pongs, bool is_flood)
{
	static char bytes[65536 + WS_SLACK_BYTES];

	flush();
	while (ws_state(w) != WS_ENDED &&
	       (text_count < texts || ping_count < pings || pong_count < pongs)) {
		ssize_t got = recv(fd, bytes, 65536, 0);

		if (got <= 0) {
			ws_receive_end(w);
			break;
		}
		ws_receive(w, slice_of(bytes, (size_t)got), on_message, &is_flood);
		flush();
	}
}

static int
end(void)
{
	int status = 0;

	close(fd);
	ws_free(w);
	CHECK(pool->store.used_bytes == 0);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
say(const char *text)
{
	CHECK(ws_send_text(w, slice_str(text)) == ERR_NONE);
}

static void
a_long_talk(void)
{
	static char text[WS_SEND_BYTES_MAX + 1], want[400];
	static const size_t length[] = { 0, 1, 119, 120, 121, 122, 200, 5000, WS_SEND_BYTES_MAX - 5 };
	size_t at = 0;

	begin();
	until(1, 0, 0, false);
	CHECK(ws_state(w) == WS_OPEN);
	CHECK_TEXT(heard, "welcome");
	for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
		memcpy(text, "echo ", 5);
		for (size_t k = 0; k < length[i]; k++)
			text[5 + k] = (char)(' ' + (k * 7 + i) % 95);
		text[5 + length[i]] = '\0';
		say(text);
		until(text_count + 1, 0, 0, false);
		CHECK_TEXT(heard, text + 5);
	}
	say("parts 9 \xe5\xb8\x81\xe5\xae\x89\xe4\xba\xba\xe7\x94\x9f \xf0\x9f\x92\xb0 and so on");
	until(text_count + 1, 8, 0, false);
	CHECK_TEXT(heard, "\xe5\xb8\x81\xe5\xae\x89\xe4\xba\xba\xe7\x94\x9f \xf0\x9f\x92\xb0 and so on");
	CHECK(ping_count == 8);
	say("pongs");
	until(text_count + 1, 0, 0, false);
	/* Sixteen at least of each burst; here there are eight. */
	for (int i = 0; i < 8; i++)
		at += (size_t)snprintf(want + at, sizeof want - at, "%sp%d", i > 0 ? " " : "", i);
	CHECK_TEXT(heard, want);
	say("ping are you there?");
	until(0, 9, 0, false);
	say("pongs");
	until(text_count + 1, 0, 0, false);
	CHECK_TEXT(heard, "are you there?");
	CHECK(ws_send_ping(w, SLICE("me too")) == ERR_NONE);
	until(0, 0, 1, false);
	CHECK(pong_count == 1);
	say("large 1048576");
	until(text_count + 1, 0, 0, false);
	CHECK(heard_count == 1048576);
	for (size_t i = 0; i < heard_count; i += 16)
		if (memcmp(heard + i, "0123456789abcde\n", 16) != 0) {
			CHECK(!"the megabyte is another one");
			break;
		}
	text_count = 0;
	say("flood 20000");
	until(20000, 0, 0, true);
	CHECK(text_count == 20000);
	CHECK(flood_fine);
	say("close 1001 going away");
	until(text_count + 1, 0, 0, false);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_CLOSED);
	CHECK_TEXT(ws_detail(w), "1001 going away");
	CHECK(text_count == 20000);
	CHECK(end() == 0);
}

static void
our_own_close_is_answered(void)
{
	begin();
	until(1, 0, 0, false);
	CHECK(ws_close(w, 1000) == ERR_NONE);
	until(text_count + 1, 0, 0, false);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_CLOSED);
	CHECK_TEXT(ws_detail(w), "1000");
	CHECK(end() == 0);
}

static void
a_message_that_is_too_long_is_told_by_its_code(void)
{
	begin();
	until(1, 0, 0, false);
	say("large 1048592");
	until(text_count + 1, 0, 0, false);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_TOO_LONG);
	CHECK(text_count == 1);
	/* The peer, once it has said it all, gives our code back: its last four bytes. */
	for (;;) {
		static char rest[4 + 65536];
		static size_t count;
		ssize_t got = recv(fd, rest + count, 65536, 0);

		if (got <= 0) {
			CHECK(count == 4 && memcmp(rest, "\x88\x02\x03\xf1", 4) == 0); /* 1009 */
			break;
		}
		count += (size_t)got;
		if (count > 4) {
			memmove(rest, rest + count - 4, 4);
			count = 4;
		}
	}
	CHECK(end() == 0);
}

int
main(void)
{
	struct arena arena;

	if (system("python3 -c 'import hashlib' >/dev/null 2>&1") != 0) {
		printf("no server to test against: python3 does not run\n");
		return 77;
	}
	arena_init(&arena, memory, sizeof memory);
	if (ws_pool_init(&pool, &arena, 2, 4 << 20, entropy) != ERR_NONE)
		abort();
	a_long_talk();
	our_own_close_is_answered();
	a_message_that_is_too_long_is_told_by_its_code();
	return CHECK_END("ws_peer");
}
