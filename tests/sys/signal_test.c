/* Goal: the four signals are read and not suffered, PIPE and XFSZ become errors.
 * Method: signals to ourselves and from a child; a pipe nobody reads. */
#include "sys/signal.h"
#include "check.h"
#include <stdlib.h>
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void
each_signal_is_read_once(void)
{
	static const int obeyed[] = { SIGTERM, SIGINT, SIGHUP };
	struct signals s;

	CHECK(signal_open(&s) == ERR_NONE);
	CHECK(signal_next(&s) == 0);
	for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++) {
		CHECK(kill(getpid(), obeyed[i]) == 0);
		CHECK(signal_next(&s) == obeyed[i]);
		CHECK(signal_next(&s) == 0);
	}
	/* Twice before anybody looked is once. */
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGHUP);
	CHECK(signal_next(&s) == SIGHUP);
	CHECK(signal_next(&s) == 0);
	signal_close(&s);
	CHECK(s.fd == -1);
	signal_close(&s);
}

static void
the_end_of_a_child_is_told_even_when_our_parent_did_not_care(void)
{
	struct signals s;
	struct pollfd wait;
	int status;
	pid_t child;

	signal(SIGCHLD, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	CHECK(signal_open(&s) == ERR_NONE);
	kill(getpid(), SIGINT);
	CHECK(signal_next(&s) == SIGINT);
	child = fork();
	if (child == 0)
		_exit(7);
	wait = (struct pollfd){ .fd = s.fd, .events = POLLIN };
	CHECK(poll(&wait, 1, 10000) == 1);
	CHECK(signal_next(&s) == SIGCHLD);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	signal_close(&s);
}

static void
broken_pipes_and_full_quotas_are_errors(void)
{
	struct signals s;
	struct rlimit before, small = { 4, 4 };
	int ends[2];
	char name[] = "/tmp/signal_testXXXXXX";
	int fd = mkstemp(name);

	CHECK(fd >= 0);
	CHECK(unlink(name) == 0);
	CHECK(signal_open(&s) == ERR_NONE);
	CHECK(pipe(ends) == 0);
	close(ends[0]);
	CHECK(write(ends[1], "x", 1) == -1 && errno == EPIPE);
	close(ends[1]);
	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	small.rlim_max = before.rlim_max;
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK(write(fd, "12345678", 8) == 4);
	CHECK(write(fd, "5678", 4) == -1 && errno == EFBIG);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
	close(fd);
	signal_close(&s);
}

static void
without_descriptors_opening_fails_and_changes_no_mask(void)
{
	struct signals s;
	struct rlimit before, none;
	sigset_t mask;

	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = (struct rlimit){ 0, before.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	CHECK(signal_open(&s) == ERR_UNAVAILABLE);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
	CHECK(!sigismember(&mask, SIGTERM));
	CHECK(s.fd == -1);
}

int
main(void)
{
	each_signal_is_read_once();
	the_end_of_a_child_is_told_even_when_our_parent_did_not_care();
	broken_pipes_and_full_quotas_are_errors();
	without_descriptors_opening_fails_and_changes_no_mask();
	return CHECK_END("sys/signal");
}
