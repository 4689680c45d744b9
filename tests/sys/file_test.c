/* Goal: every byte is accounted for, whatever interrupts, fills up or is closed;
 * a replaced file is old or new and never between.
 * Method: real files in a directory of our own, /dev/full, a limit on file sizes
 * moved byte by byte, pipes with a timer that interrupts every call. */
#include "sys/file.h"
#include "base/limits.h"
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[] = "/tmp/file_testXXXXXX";

static int
file_count(void)
{
	char command[128];
	FILE *list;
	int count = -1;

	snprintf(command, sizeof command, "ls -A %s | wc -l", home);
	list = popen(command, "r");
	CHECK(list != NULL);
	CHECK(fscanf(list, "%d", &count) == 1);
	pclose(list);
	return count;
}

static struct slice
content_of(const char *path)
{
	static char content[1024];
	struct file f;
	int64_t got;

	CHECK(file_open(&f, path) == ERR_NONE);
	got = file_read(&f, content, sizeof content);
	CHECK(file_close(&f) == ERR_NONE);
	return slice_of(content, got < 0 ? 0 : (size_t)got);
}

static void
what_was_written_is_read(void)
{
	struct file f;
	char to[64];

	CHECK(file_create(&f, "plain", 0600) == ERR_NONE);
	CHECK(file_write(&f, SLICE("hello ")) == ERR_NONE);
	CHECK(file_write(&f, SLICE("")) == ERR_NONE);
	CHECK(file_write(&f, SLICE("world")) == ERR_NONE);
	CHECK(file_sync(&f) == ERR_NONE);
	CHECK(file_size(&f) == 11);
	CHECK(file_pread(&f, 6, to, 3) == 3 && memcmp(to, "wor", 3) == 0);
	CHECK(file_pread(&f, 6, to, sizeof to) == 5);
	CHECK(file_pread(&f, 11, to, sizeof to) == 0);
	CHECK(file_pread(&f, 1000, to, sizeof to) == 0);
	CHECK(file_close(&f) == ERR_NONE);
	CHECK(f.fd == -1);

	CHECK(file_create(&f, "plain", 0600) == ERR_CREATE);
	CHECK(f.error_number == EEXIST);
	CHECK(file_close(&f) == ERR_CREATE); /* told once more at the end */

	CHECK(file_open_append(&f, "plain", 0600) == ERR_NONE);
	CHECK(file_truncate(&f, 5) == ERR_NONE);
	CHECK(file_write(&f, SLICE("!")) == ERR_NONE);
	CHECK(file_close(&f) == ERR_NONE);
	CHECK(slice_is(content_of("plain"), "hello!"));

	CHECK(file_open(&f, "plain") == ERR_NONE);
	CHECK(file_read(&f, to, 2) == 2);
	CHECK(file_pread(&f, 0, to, 1) == 1); /* does not move the position */
	CHECK(file_read_some(&f, to, sizeof to) == 4 && memcmp(to, "llo!", 4) == 0);
	CHECK(file_read(&f, to, sizeof to) == 0);
	CHECK(file_close(&f) == ERR_NONE);
}

static void
what_cannot_be_opened_says_why(void)
{
	struct file f;
	char to[4];

	CHECK(file_open(&f, "nowhere") == ERR_NOT_FOUND);
	CHECK(f.fd == -1);
	CHECK(strcmp(file_reason(&f), strerror(ENOENT)) == 0);
	CHECK(file_read(&f, to, sizeof to) == -ERR_NOT_FOUND);
	CHECK(file_size(&f) == -ERR_NOT_FOUND);
	CHECK(file_sync(&f) == ERR_NOT_FOUND);
	CHECK(file_close(&f) == ERR_NOT_FOUND);

	CHECK(file_open(&f, ".") == ERR_NONE);
	CHECK(strcmp(file_reason(&f), "") == 0);
	CHECK(file_read(&f, to, sizeof to) == -ERR_IO);
	CHECK(f.error_number == EISDIR);
	CHECK(file_close(&f) == ERR_IO);

	CHECK(file_open_append(&f, "no/such/place", 0600) == ERR_NOT_FOUND);
	CHECK(file_create(&f, "", 0600) == ERR_NOT_FOUND);
}

static void
after_a_failure_nothing_more_is_written(void)
{
	struct file f;

	CHECK(file_open_append(&f, "/dev/full", 0600) == ERR_NONE);
	CHECK(file_write(&f, SLICE("x")) == ERR_FULL);
	CHECK(f.error_number == ENOSPC);
	CHECK(file_write(&f, SLICE("y")) == ERR_FULL);
	CHECK(file_sync(&f) == ERR_FULL);
	CHECK(file_truncate(&f, 0) == ERR_FULL);
	CHECK(file_close(&f) == ERR_FULL);

	/* Half a record: the rest must not follow once there is room again. */
	{
		struct rlimit before, small;

		CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
		small = (struct rlimit){ 3, before.rlim_max };
		CHECK(file_create(&f, "half", 0600) == ERR_NONE);
		CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
		CHECK(file_write(&f, SLICE("12345")) == ERR_FULL);
		CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
		CHECK(f.error_number == EFBIG);
		CHECK(file_write(&f, SLICE("45")) == ERR_FULL);
		CHECK(file_close(&f) == ERR_FULL);
		CHECK(slice_is(content_of("half"), "123"));
	}
}

static void
a_descriptor_closed_behind_our_back_is_an_error(void)
{
	struct file f, g;
	struct file_view view;
	char to[4];

	CHECK(file_open(&f, "plain") == ERR_NONE);
	g = f;
	CHECK(close(f.fd) == 0);
	CHECK(file_read(&f, to, sizeof to) == -ERR_IO);
	CHECK(f.error_number == EBADF);
	CHECK(file_map(&g, 100, &view) == ERR_IO);
	CHECK(view.map == NULL);
	CHECK(file_close(&g) == ERR_IO);
}

/* --- interruptions ------------------------------------------------------------ */

static volatile sig_atomic_t interrupted;

static void
on_alarm(int number)
{
	(void)number;
	interrupted = interrupted + 1;
}

/* Every 300 us, and calls are not restarted by themselves. */
static void
interrupt_all(bool on)
{
	struct sigaction act = { .sa_handler = on_alarm };
	struct itimerval every = { { 0, 300 }, { 0, 300 } }, never = { { 0, 0 }, { 0, 0 } };

	if (!on)
		CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
	CHECK(sigaction(SIGALRM, &act, NULL) == 0);
	if (on)
		CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

enum { MANY = 300000 };

static char
letter(size_t at)
{
	return (char)('a' + at * 7 % 26);
}

/* The child of both tests: the other end of the pipe, slow at first. */
static pid_t
start_child(int fd, bool reads)
{
	static char bytes[MANY];
	pid_t child = fork();
	size_t done = 0;

	if (child != 0)
		return child;
	usleep(3000);
	for (size_t i = 0; !reads && i < MANY; i++)
		bytes[i] = letter(i);
	while (done < MANY) {
		/* In small portions, so that the other side's calls are short. */
		size_t size = done + 1500 < MANY ? 1500 : MANY - done;
		ssize_t did = reads ? read(fd, bytes + done, size)
		                    : write(fd, bytes + done, size);

		if (did <= 0)
			_exit(1);
		if (done / 100000 != (done + (size_t)did) / 100000)
			usleep(2000);
		done += (size_t)did;
	}
	for (size_t i = 0; reads && i < MANY; i++)
		if (bytes[i] != letter(i))
			_exit(2);
	_exit(0);
}

static void
interrupted_and_partial_writes_go_on(void)
{
	static char bytes[MANY];
	struct file f = { .fd = -1 };
	int ends[2], status = -1;
	pid_t child;

	for (size_t i = 0; i < MANY; i++)
		bytes[i] = letter(i);
	CHECK(pipe(ends) == 0);
	child = start_child(ends[0], true);
	f.fd = ends[1];
	interrupted = 0;
	interrupt_all(true);
	CHECK(file_write(&f, slice_of(bytes, MANY)) == ERR_NONE);
	interrupt_all(false);
	CHECK(interrupted > 0);
	CHECK(file_sync(&f) == ERR_NONE); /* a pipe has nothing to sync */
	CHECK(file_close(&f) == ERR_NONE);
	close(ends[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
interrupted_and_partial_reads_go_on(void)
{
	static char bytes[MANY + 10];
	struct file f = { .fd = -1 };
	int ends[2], status = -1, wrong = 0;
	pid_t child;

	CHECK(pipe(ends) == 0);
	child = start_child(ends[1], false);
	close(ends[1]);
	f.fd = ends[0];
	interrupted = 0;
	interrupt_all(true);
	CHECK(file_read(&f, bytes, 1) == 1); /* waits for it, through interruptions */
	CHECK(file_read(&f, bytes + 1, sizeof bytes - 1) == MANY - 1);
	interrupt_all(false);
	CHECK(interrupted > 0);
	for (size_t i = 0; i < MANY; i++)
		wrong += bytes[i] != letter(i);
	CHECK(wrong == 0);
	CHECK(file_close(&f) == ERR_NONE);
	CHECK(waitpid(child, &status, 0) == child);
}

/* --- replacing ---------------------------------------------------------------- */

static void
a_file_is_replaced_whole_or_not_at_all(void)
{
	struct rlimit before, small;
	struct slice content = SLICE("the new content");
	struct stat about;
	int error_number, files;

	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	CHECK(file_replace("state", SLICE("old"), 0600, NULL) == ERR_NONE);
	CHECK(stat("state", &about) == 0 && (about.st_mode & 0777) == 0600);
	files = file_count();
	/* No room after n bytes, for n = 0, 1, 2 ... until it passes. */
	for (size_t n = 0; n < content.count; n++) {
		small = (struct rlimit){ n, before.rlim_max };
		CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
		CHECK(file_replace("state", content, 0600, &error_number) == ERR_FULL);
		CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
		CHECK(error_number == EFBIG);
		CHECK(slice_is(content_of("state"), "old"));
		CHECK(access("state.tmp", F_OK) < 0);
	}
	small = (struct rlimit){ content.count, before.rlim_max };
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK(file_replace("state", content, 0600, &error_number) == ERR_NONE);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
	CHECK(error_number == 0);
	CHECK(slice_equal(content_of("state"), content));
	CHECK(file_count() == files);
}

static void
leftovers_and_odd_places(void)
{
	char path[LIMIT_path_bytes_max + 16], absolute[64];
	struct stat about;
	int error_number;

	/* A link where the temporary file goes is not followed, and a file of
	 * another mode is not inherited. */
	CHECK(file_replace("victim", SLICE("safe"), 0600, NULL) == ERR_NONE);
	CHECK(symlink("victim", "state.tmp") == 0);
	CHECK(file_replace("state", SLICE("1"), 0600, NULL) == ERR_NONE);
	CHECK(slice_is(content_of("victim"), "safe"));
	CHECK(slice_is(content_of("state"), "1"));
	CHECK(file_replace("state.tmp", SLICE("torn"), 0644, NULL) == ERR_NONE);
	CHECK(file_replace("state", SLICE("2"), 0600, NULL) == ERR_NONE);
	CHECK(stat("state", &about) == 0 && (about.st_mode & 0777) == 0600);

	snprintf(absolute, sizeof absolute, "%s/state", home);
	CHECK(file_replace(absolute, SLICE("3"), 0600, NULL) == ERR_NONE);
	CHECK(slice_is(content_of("state"), "3"));
	CHECK(file_replace("./state", SLICE(""), 0600, NULL) == ERR_NONE);
	CHECK(content_of("state").count == 0);

	CHECK(file_replace("", SLICE("x"), 0600, &error_number) == ERR_NOT_FOUND);
	CHECK(file_replace("none/state", SLICE("x"), 0600, &error_number) == ERR_NOT_FOUND);
	CHECK(error_number == ENOENT);
	CHECK(mkdir("dir", 0700) == 0);
	CHECK(file_replace("dir", SLICE("x"), 0600, &error_number) == ERR_IO);
	CHECK(error_number == EISDIR);
	CHECK(access("dir.tmp", F_OK) < 0);
	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	CHECK(file_replace(path, SLICE("x"), 0600, &error_number) == ERR_IO);
	CHECK(error_number == ENAMETOOLONG);
	CHECK(file_sync_dir("nowhere") == ERR_NOT_FOUND);
	CHECK(file_sync_dir("state") != ERR_NONE); /* no directory */
	CHECK(file_sync_dir("/") == ERR_NONE);
}

/* --- whole files -------------------------------------------------------------- */

static void
a_file_is_seen_whole(void)
{
	struct file f;
	struct file_view view;

	CHECK(file_replace("whole", SLICE("line 1\nline 2\n"), 0600, NULL) == ERR_NONE);
	CHECK(file_open(&f, "whole") == ERR_NONE);
	CHECK(file_map(&f, 14, &view) == ERR_NONE);
	CHECK(file_close(&f) == ERR_NONE);
	CHECK(slice_is(view.data, "line 1\nline 2\n")); /* also after closing */
	file_unmap(&view);
	CHECK(view.data.count == 0);
	file_unmap(&view);

	/* From where somebody has read to already. */
	CHECK(file_open(&f, "whole") == ERR_NONE);
	{
		char line[7];

		CHECK(file_read(&f, line, sizeof line) == 7);
	}
	CHECK(file_map(&f, 100, &view) == ERR_NONE);
	CHECK(slice_is(view.data, "line 2\n"));
	file_unmap(&view);
	CHECK(file_close(&f) == ERR_NONE);

	CHECK(file_open(&f, "whole") == ERR_NONE);
	CHECK(file_map(&f, 13, &view) == ERR_FULL);
	CHECK(view.map == NULL);
	file_close(&f);

	CHECK(file_replace("empty", SLICE(""), 0600, NULL) == ERR_NONE);
	CHECK(file_open(&f, "empty") == ERR_NONE);
	CHECK(file_map(&f, 0, &view) == ERR_NONE);
	CHECK(view.data.count == 0);
	file_unmap(&view);
	file_close(&f);

	/* Says that it has no bytes, and has some. */
	CHECK(file_open(&f, "/proc/self/status") == ERR_NONE);
	CHECK(file_map(&f, 1 << 20, &view) == ERR_NONE);
	CHECK(slice_starts(view.data, SLICE("Name:")));
	file_unmap(&view);
	file_close(&f);

	CHECK(file_open(&f, "dir") == ERR_NONE);
	CHECK(file_map(&f, 1 << 20, &view) == ERR_IO);
	CHECK(view.map == NULL);
	file_close(&f);
}

static void
standard_input_is_read_to_its_end(void)
{
	/* More than the first piece of memory, so that it has to grow. */
	static const size_t some = 2500000;
	struct { size_t size_max; enum err want; } row[] = {
		{ 4000000, ERR_NONE }, { 2500000, ERR_NONE }, { 2499999, ERR_FULL },
		{ 0, ERR_FULL },
	};
	int before = dup(STDIN_FILENO);

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct file f;
		struct file_view view;
		int ends[2], status;
		size_t wrong = 0;
		pid_t child;

		CHECK(pipe(ends) == 0);
		child = fork();
		if (child == 0) {
			char part[50000];

			close(ends[0]);
			signal(SIGPIPE, SIG_DFL);
			for (size_t n = 0; n < some; n += sizeof part) {
				for (size_t k = 0; k < sizeof part; k++)
					part[k] = letter(n + k);
				if (write(ends[1], part, sizeof part) != (ssize_t)sizeof part)
					_exit(1);
			}
			_exit(0);
		}
		close(ends[1]);
		CHECK(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
		close(ends[0]);
		CHECK(file_open(&f, "-") == ERR_NONE);
		CHECK(file_map(&f, row[i].size_max, &view) == row[i].want);
		if (row[i].want == ERR_NONE) {
			CHECK(view.data.count == some);
			for (size_t k = 0; k < view.data.count; k++)
				wrong += view.data.at[k] != letter(k);
			CHECK(wrong == 0);
		}
		file_unmap(&view);
		file_close(&f);
		CHECK(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* stays open */
		dup2(before, STDIN_FILENO); /* ends a child that still writes */
		CHECK(waitpid(child, &status, 0) == child);
	}
	close(before);
}

static void
a_lock_is_one_opener_s_until_it_is_closed(void)
{
	struct file first, second;

	CHECK(file_lock(&first, "only.lock") == ERR_NONE);
	CHECK(file_lock(&second, "only.lock") == ERR_AGAIN);
	CHECK(second.fd < 0);
	CHECK(file_close(&first) == ERR_NONE);
	CHECK(file_lock(&second, "only.lock") == ERR_NONE);
	CHECK(file_close(&second) == ERR_NONE);
	CHECK(unlink("only.lock") == 0);
	CHECK(file_lock(&first, "/nowhere/only.lock") != ERR_NONE);
}

int
main(void)
{
	char command[128];

	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(home) == NULL || chdir(home) < 0)
		return 1;
	what_was_written_is_read();
	a_lock_is_one_opener_s_until_it_is_closed();
	what_cannot_be_opened_says_why();
	after_a_failure_nothing_more_is_written();
	a_descriptor_closed_behind_our_back_is_an_error();
	interrupted_and_partial_writes_go_on();
	interrupted_and_partial_reads_go_on();
	a_file_is_replaced_whole_or_not_at_all();
	leftovers_and_odd_places();
	a_file_is_seen_whole();
	standard_input_is_read_to_its_end();
	snprintf(command, sizeof command, "rm -rf %s", home);
	CHECK(system(command) == 0);
	return CHECK_END("sys/file");
}
