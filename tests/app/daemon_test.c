/* Goal: a question to the daemon is answered, or told in one sentence why not, and never
 * waits longer than it may.
 * Method: the real server in a child process; one that is stopped, killed and started anew
 * under a connection that is kept; and children that answer all kinds of nonsense. */
#include "app/daemon.h"
#include "http/world.h"
#include "sys/clock.h"
#include <signal.h>
#include <sys/wait.h>

static struct daemon daemon_; /* a megabyte */

/* The server until it is killed. */
static pid_t
start_server(void)
{
	int ready[2];
	pid_t child;
	char c = 0;

	CHECK(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		c = world_open() == ERR_NONE ? 'y' : 'n';
		(void)!write(ready[1], &c, 1);
		for (;;)
			loop_turn(&world.loop, INT64_MAX);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	CHECK(c == 'y');
	close(ready[0]);
	close(ready[1]);
	return child;
}

/* Somebody who listens there, reads once and says this; then it holds or closes. */
static pid_t
start_nonsense(const char *answer, size_t count, bool holds)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	memcpy(a.sun_path, world.path, sizeof world.path);
	CHECK(bind(listener, (void *)&a, sizeof a) == 0);
	CHECK(listen(listener, 8) == 0);
	child = fork();
	if (child == 0) {
		signal(SIGPIPE, SIG_IGN);
		for (;;) {
			char request[4096];
			int fd = accept(listener, NULL, NULL);

			if (read(fd, request, sizeof request) > 0)
				(void)!write(fd, answer, count);
			if (!holds)
				close(fd);
		}
	}
	close(listener);
	return child;
}

static void
stop(pid_t child)
{
	CHECK(kill(child, SIGKILL) == 0);
	CHECK(waitpid(child, NULL, 0) == child);
}

static bool
is_body(const char *text)
{
	return slice_equal(daemon_body(&daemon_), slice_str(text));
}

static void
begin(void)
{
	world_begin();
	world.options.listen_host = "";
	CHECK(daemon_init(&daemon_, world.directory) == ERR_NONE);
	CHECK_TEXT(daemon_.path, world.path);
	CHECK(daemon_.fd == -1);
}

static void
end(void)
{
	daemon_close(&daemon_);
	daemon_close(&daemon_); /* twice is fine */
	unlink(world.path);
	world_end();
}

static void
answers_come_over_one_connection(void)
{
	static const struct { const char *target; int status; const char *body; } row[] = {
		{ "/livez", 200, "ok\n" },
		{ "/json", 200, "{}\n" },
		{ "/none", 404, "There is no such path.\n" },
		{ "/long", 500, "The answer is longer than the room for it.\n" },
		{ "/echo?a=%20b", 200, "a=%20b|" },
		{ "/livez", 200, "ok\n" },
	};
	pid_t child;
	int fd = -1;

	begin();
	child = start_server();
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(daemon_get(&daemon_, row[i].target, 5000) == ERR_NONE);
		CHECK(daemon_.status == row[i].status);
		CHECK(is_body(row[i].body));
		CHECK_TEXT(daemon_.trouble, "");
		CHECK(i == 0 || daemon_.fd == fd);
		fd = daemon_.fd;
	}
	stop(child);
	end();
}

static void
answers_of_every_size_up_to_the_limit(void)
{
	static const int size[] = { 0, 1, 5000, 300000, DAEMON_BODY_BYTES_MAX - 1, DAEMON_BODY_BYTES_MAX };
	char target[64];
	pid_t child;

	begin();
	child = start_server();
	for (size_t i = 0; i < sizeof size / sizeof size[0]; i++) {
		struct slice body;
		size_t wrong = 0;

		snprintf(target, sizeof target, "/large?%d", size[i]);
		CHECK(daemon_get(&daemon_, target, 10000) == ERR_NONE);
		body = daemon_body(&daemon_);
		CHECK(body.count == (size_t)size[i]);
		for (size_t k = 0; k < body.count; k++)
			wrong += body.at[k] != (char)('a' + k % 26);
		CHECK(wrong == 0);
	}
	snprintf(target, sizeof target, "/large?%d", DAEMON_BODY_BYTES_MAX + 1);
	CHECK(daemon_get(&daemon_, target, 10000) == ERR_DATA);
	CHECK(strstr(daemon_.trouble, "the answer is too long") != NULL);
	CHECK(daemon_.status == 0 && daemon_body(&daemon_).count == 0);
	CHECK(daemon_get(&daemon_, "/livez", 5000) == ERR_NONE);
	CHECK(is_body("ok\n"));
	stop(child);
	end();
}

static void
nobody_there_is_told_and_how_to_change_it(void)
{
	char long_dir[200];
	pid_t child;

	begin();
	CHECK(daemon_get(&daemon_, "/livez", 1000) == ERR_UNAVAILABLE);
	CHECK(strstr(daemon_.trouble, world.path) != NULL);
	CHECK(strstr(daemon_.trouble, "start `tidewatch run`") != NULL);
	CHECK(daemon_.status == 0);
	/* The file of one that was killed. */
	child = start_server();
	stop(child);
	CHECK(access(world.path, F_OK) == 0);
	CHECK(daemon_get(&daemon_, "/livez", 1000) == ERR_UNAVAILABLE);
	CHECK(strstr(daemon_.trouble, "does not run any more") != NULL);
	CHECK(daemon_.fd == -1);
	end();
	memset(long_dir, 'd', sizeof long_dir);
	long_dir[0] = '/';
	long_dir[sizeof daemon_.path - 1 - strlen("/tidewatch.sock") + 1] = '\0';
	CHECK(daemon_init(&daemon_, long_dir) == ERR_CONFIG);
	CHECK(strstr(daemon_.trouble, "a name of 108 bytes, and 107 is the most") != NULL);
	long_dir[strlen(long_dir) - 1] = '\0';
	CHECK(daemon_init(&daemon_, long_dir) == ERR_NONE);
	CHECK(strlen(daemon_.path) == sizeof daemon_.path - 1);
}

static void
a_daemon_that_was_started_anew_is_found_again(void)
{
	pid_t child;

	begin();
	child = start_server();
	CHECK(daemon_get(&daemon_, "/livez", 5000) == ERR_NONE);
	CHECK(daemon_.fd >= 0);
	stop(child);
	child = start_server();
	CHECK(daemon_get(&daemon_, "/json", 5000) == ERR_NONE);
	CHECK(is_body("{}\n"));
	stop(child);
	CHECK(daemon_get(&daemon_, "/json", 5000) == ERR_UNAVAILABLE);
	CHECK(strstr(daemon_.trouble, "does not run any more") != NULL);
	end();
}

/* Asks with a deadline and looks at how long it took. */
static enum err
get_in_time(const char *target, int timeout_ms)
{
	const int64_t begun_ns = clock_mono_ns();
	const enum err err = daemon_get(&daemon_, target, timeout_ms);
	const int64_t took_ms = (clock_mono_ns() - begun_ns) / 1000000;

	CHECK(took_ms < timeout_ms + 2000);
	CHECK(err != ERR_UNAVAILABLE || strstr(daemon_.trouble, "no answer within") == NULL || took_ms >= timeout_ms);
	return err;
}

static void
one_that_hangs_is_told(void)
{
	char words[64];
	pid_t child;

	begin();
	child = start_server();
	CHECK(kill(child, SIGSTOP) == 0);
	for (int i = 0; i < 2; i++) {
		CHECK(get_in_time("/livez", 200 + i) == ERR_UNAVAILABLE);
		snprintf(words, sizeof words, "no answer within %d ms", 200 + i);
		CHECK(strstr(daemon_.trouble, words) != NULL);
		CHECK(daemon_.fd == -1);
	}
	CHECK(kill(child, SIGCONT) == 0);
	CHECK(daemon_get(&daemon_, "/json", 5000) == ERR_NONE);
	CHECK(is_body("{}\n")); /* and not what was asked before */
	stop(child);
	end();
}

/* So many wait to be let in that one more cannot even connect. */
static void
a_full_queue_is_waited_for(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), waiting;

	begin();
	memcpy(a.sun_path, world.path, sizeof world.path);
	CHECK(bind(listener, (void *)&a, sizeof a) == 0);
	CHECK(listen(listener, 0) == 0);
	waiting = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(connect(waiting, (void *)&a, sizeof a) == 0);
	CHECK(get_in_time("/livez", 150) == ERR_UNAVAILABLE);
	CHECK(strstr(daemon_.trouble, "no answer within 150 ms") != NULL);
	close(waiting);
	close(listener);
	end();
}

static void
nonsense_is_told(void)
{
	static char endless[60000];
	static const struct { const char *answer; bool holds; enum err err; const char *words; } row[] = {
		{ "", false, ERR_UNAVAILABLE, "closed the connection without an answer" },
		{ "", true, ERR_UNAVAILABLE, "no answer within" },
		{ "HTTP/1.1 200 OK\r\n", true, ERR_UNAVAILABLE, "no answer within" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", true, ERR_UNAVAILABLE, "no answer within" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", false, ERR_DATA, "does not speak HTTP" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nab", true, ERR_DATA, "too long" },
		{ "SSH-2.0-OpenSSH\r\n\r\n", true, ERR_DATA, "does not speak HTTP" },
		{ endless, true, ERR_DATA, "does not speak HTTP" },
		{ "HTTP/1.1 200 OK\r\n\r\nto the end", false, ERR_NONE, "" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true, ERR_NONE, "" },
	};
	static const char *const body[] = { [8] = "to the end", [9] = "abc" };

	memset(endless, 'x', sizeof endless - 1);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		pid_t child;

		begin();
		child = start_nonsense(row[i].answer, strlen(row[i].answer), row[i].holds);
		CHECK(get_in_time("/livez", 200) == row[i].err);
		CHECK(strstr(daemon_.trouble, row[i].words) != NULL);
		if (strstr(daemon_.trouble, row[i].words) == NULL)
			printf("  %zu: %s\n", i, daemon_.trouble);
		CHECK(row[i].err == ERR_NONE ? daemon_.status == 200 && is_body(body[i]) : daemon_.status == 0);
		stop(child);
		end();
	}
}

static void
a_question_that_is_too_long_is_refused(void)
{
	static char target[8192];

	begin();
	memset(target, '/', sizeof target - 1);
	CHECK(daemon_get(&daemon_, target, 100) == ERR_USAGE);
	CHECK(strstr(daemon_.trouble, "too long") != NULL);
	end();
}

int
main(void)
{
	signal(SIGPIPE, SIG_DFL);
	answers_come_over_one_connection();
	answers_of_every_size_up_to_the_limit();
	nobody_there_is_told_and_how_to_change_it();
	a_daemon_that_was_started_anew_is_found_again();
	one_that_hangs_is_told();
	a_full_queue_is_waited_for();
	nonsense_is_told();
	a_question_that_is_too_long_is_refused();
	return CHECK_END("daemon");
}
