/* Goal: a line is written whole, in order, or lost and its loss told once, in its place;
 * nobody ever waits for who does not read, and who is gone costs no turns.
 * Method: pipes, sockets, terminals, files; chance decides who writes and reads how much,
 * and what arrives is compared with the numbers that were put.  An alarm ends a test that
 * waits.  No sleep. */
#include "sys/console.h"
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum kind { PIPE, SOCKET, TERMINAL, RAW_TERMINAL, NAMED_PIPE, KIND_COUNT };
enum { LINE_MAX_BYTES = 500 };

static const char *const kind_name[] = { "pipe", "socket", "terminal", "raw terminal", "fifo" };

static _Alignas(64) char memory[1 << 18];
static struct arena boot;
static struct loop l;
static struct console c;

/* xorshift64*, as in tests/tape/memory_tape.h. */
static uint64_t
chance(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717u;
}

static void
begin(int fd, size_t bytes)
{
	memset(memory, 0, sizeof memory);
	arena_init(&boot, memory, sizeof memory);
	CHECK(loop_open(&l, &boot, 4, 4) == ERR_NONE);
	console_init(&c, fd, &boot, bytes);
}

/* Both ends, the reader's one never waits. */
static void
ends(enum kind kind, int *write_out, int *read_out)
{
	char name[64] = "/tmp/console_testXXXXXX";
	int fd[2] = { -1, -1 };
	struct termios how;

	if (kind == PIPE) {
		CHECK(pipe(fd) == 0);
		CHECK(fcntl(fd[1], F_SETPIPE_SZ, 4096) > 0);
	} else if (kind == SOCKET) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
		CHECK(setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &(int){ 4096 }, sizeof(int)) == 0);
	} else if (kind == NAMED_PIPE) {
		CHECK(mkdtemp(name) != NULL);
		strcat(name, "/fifo");
		CHECK(mkfifo(name, 0600) == 0);
		fd[0] = open(name, O_RDONLY | O_NONBLOCK);
		fd[1] = open(name, O_WRONLY);
		CHECK(fcntl(fd[1], F_SETPIPE_SZ, 4096) > 0);
		CHECK(unlink(name) == 0);
		*strrchr(name, '/') = '\0';
		CHECK(rmdir(name) == 0);
	} else {
		fd[0] = posix_openpt(O_RDWR | O_NOCTTY);
		CHECK(grantpt(fd[0]) == 0);
		CHECK(unlockpt(fd[0]) == 0);
		CHECK(ptsname_r(fd[0], name, sizeof name) == 0);
		fd[1] = open(name, O_RDWR | O_NOCTTY);
		CHECK(tcgetattr(fd[1], &how) == 0);
		how.c_oflag = kind == RAW_TERMINAL ? 0 : OPOST | ONLCR;
		CHECK(tcsetattr(fd[1], TCSANOW, &how) == 0);
	}
	CHECK(fcntl(fd[0], F_SETFL, fcntl(fd[0], F_GETFL) | O_NONBLOCK) == 0);
	*write_out = fd[1];
	*read_out = fd[0];
}

/* What a console gives up when it may not open the pipe or terminal again. */
static void
without_a_second_opening(void)
{
	if (c.fd == c.given_fd)
		return;
	close(c.fd);
	c.fd = c.given_fd;
	if (isatty(c.fd))
		c.step_bytes = 64;
}

/* --- who reads, and what it must find ------------------------------------------------------ */

static struct {
	char line[LINE_MAX_BYTES * 2];
	size_t count;
	uint64_t next;       /* the number expected */
	uint64_t lost, told; /* lines told as lost; how often it was told */
	int wrong;
} reader;

/* "12 llllll\n": the letter follows from the number, the length from the writer. */
static size_t
make_line(char *to, uint64_t number, size_t bytes)
{
	int n = snprintf(to, LINE_MAX_BYTES, "%llu ", (unsigned long long)number);

	memset(to + n, (int)('a' + number % 26), LINE_MAX_BYTES - (size_t)n);
	bytes = bytes < (size_t)n + 1 ? (size_t)n + 1 : bytes;
	to[bytes - 1] = '\n';
	return bytes;
}

static void
on_line(char *line)
{
	unsigned long long number;
	int used = 0;
	char *rest;

	if (sscanf(line, "... %llu lines lost here%n", &number, &used) == 1 && used > 0) {
		reader.wrong += line[used] != '\0' || number == 0;
		reader.lost += number;
		reader.next += number;
		reader.told++;
		return;
	}
	number = strtoull(line, &rest, 10);
	reader.wrong += number != reader.next || *rest != ' ';
	reader.next = number + 1;
	for (rest++; *rest != '\0'; rest++)
		reader.wrong += *rest != (char)('a' + number % 26);
}

/* Reads at most `max` bytes; returns how many. */
static size_t
read_some(int fd, size_t max)
{
	char got[4096];
	ssize_t n = read(fd, got, max < sizeof got ? max : sizeof got);

	for (ssize_t i = 0; i < n; i++) {
		if (got[i] == '\r')
			continue;
		if (reader.count == sizeof reader.line - 1) {
			reader.wrong++;
			reader.count = 0;
		}
		reader.line[reader.count++] = got[i];
		if (got[i] != '\n')
			continue;
		reader.line[reader.count - 1] = '\0';
		on_line(reader.line);
		reader.count = 0;
	}
	return n > 0 ? (size_t)n : 0;
}

/* Chance decides who does what; a ring of `size` wraps at every offset. */
static void
every_line_is_there_or_told(enum kind kind, size_t size, bool with_loop, bool second, uint64_t seed)
{
	char line[LINE_MAX_BYTES];
	uint64_t number = 0;
	int to, from, flags;

	memset(&reader, 0, sizeof reader);
	ends(kind, &to, &from);
	flags = fcntl(to, F_GETFL);
	begin(to, size);
	CHECK((c.fd != to) == (kind != SOCKET));
	if (!second)
		without_a_second_opening();
	if (with_loop)
		console_watch(&c, &l);
	for (int i = 0; i < 6000; i++) {
		size_t bytes = 1 + chance(&seed) % (chance(&seed) % 8 == 0 ? LINE_MAX_BYTES : 60);

		/* Times when nobody reads, and times when nobody writes. */
		if (i / 1000 % 2 == 0 || chance(&seed) % 3 != 0) {
			bytes = make_line(line, number++, bytes);
			console_put(&c, slice_of(line, bytes));
		} else {
			read_some(from, chance(&seed) % 4096);
		}
		if (with_loop && chance(&seed) % 4 == 0)
			CHECK(loop_turn(&l, 0) == ERR_NONE);
	}
	/* Without loop what is kept goes with the next put only. */
	for (int i = 0; i < 1000 && (c.count > 0 || c.lost_count > c.told_count); i++) {
		read_some(from, 4096);
		if (with_loop)
			CHECK(loop_turn(&l, 0) == ERR_NONE);
		else
			console_put(&c, SLICE("")); /* only asks */
	}
	while (read_some(from, 4096) > 0)
		;
	CHECK(!c.broken);
	CHECK(c.count == 0);
	CHECK(reader.wrong == 0);
	CHECK(reader.count == 0);
	CHECK(reader.next == number);
	CHECK(reader.lost == c.lost_count);
	CHECK(reader.told > 1);
	/* Not told again for each line that found no room. */
	CHECK(size < 1024 || reader.told < c.lost_count / 4);
	CHECK(fcntl(to, F_GETFL) == flags);
	console_close(&c, 0);
	CHECK(c.fd == to);
	CHECK(l.watcher_count == 0);
	CHECK(fcntl(to, F_GETFL) == flags);
	if (reader.wrong != 0)
		printf("  %s, ring of %zu, loop %d, second opening %d\n", kind_name[kind], size,
		       with_loop, second);
	loop_close(&l);
	close(to);
	close(from);
}

/* --- who does not read, or is gone --------------------------------------------------------- */

static void
nobody_waits_for_who_does_not_read(enum kind kind, bool second)
{
	char line[LINE_MAX_BYTES];
	int to, from;
	int64_t begun_ns;
	uint64_t number = 0;

	memset(&reader, 0, sizeof reader);
	ends(kind, &to, &from);
	begin(to, 4096);
	if (!second)
		without_a_second_opening();
	console_watch(&c, &l);
	/* More than any of them holds (Linux: 64 KB and less), each a newline alone or a
	 * long line. */
	for (int i = 0; i < 20000; i++)
		console_put(&c, slice_of(line, make_line(line, number++, i % 3 == 0 ? 400 : 1)));
	CHECK(c.lost_count > 0);
	CHECK(c.count > 0);
	/* Nobody reads: no turn is ready. */
	CHECK(poll(&(struct pollfd){ .fd = l.epoll_fd, .events = POLLIN }, 1, 0) == 0);
	begun_ns = clock_mono_ns();
	console_close(&c, 20);
	begun_ns = clock_mono_ns() - begun_ns;
	CHECK(begun_ns >= 20 * 1000000);
	CHECK(begun_ns < (int64_t)5000 * 1000000);
	/* What did arrive is whole but for the last line. */
	while (read_some(from, 4096) > 0)
		;
	CHECK(reader.wrong == 0);
	CHECK(reader.next > 0);
	loop_close(&l);
	close(to);
	close(from);
}

static void
a_stopped_terminal_goes_on_where_it_was(void)
{
	char line[LINE_MAX_BYTES];
	int to, from;

	memset(&reader, 0, sizeof reader);
	ends(TERMINAL, &to, &from);
	begin(to, 4096);
	console_watch(&c, &l);
	CHECK(tcflow(to, TCOOFF) == 0);
	for (uint64_t i = 0; i < 10; i++)
		console_put(&c, slice_of(line, make_line(line, i, 100)));
	CHECK(c.count == 1000);
	CHECK(read_some(from, 4096) == 0);
	CHECK(tcflow(to, TCOON) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(c.count == 0);
	while (read_some(from, 4096) > 0)
		;
	CHECK(reader.next == 10);
	CHECK(reader.wrong == 0);
	console_close(&c, 0);
	loop_close(&l);
	close(to);
	close(from);
}

/* `kept`: with lines in the ring, else with nothing to write. */
static void
who_is_gone_costs_no_turns(enum kind kind, bool kept, bool second)
{
	char line[LINE_MAX_BYTES];
	int to, from;
	uint64_t put = 0;

	memset(&reader, 0, sizeof reader);
	ends(kind, &to, &from);
	begin(to, 2000);
	if (!second)
		without_a_second_opening();
	console_watch(&c, &l);
	while (kept && c.lost_count < 5)
		console_put(&c, slice_of(line, make_line(line, put++, 100)));
	CHECK((c.count > 0) == kept);
	for (int i = 0; i < 3; i++)
		CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(l.watcher_count == 1);
	close(from);
	for (int i = 0; i < 2; i++)
		CHECK(loop_turn(&l, 0) == ERR_NONE);
	CHECK(c.broken);
	CHECK(c.handle == 0);
	CHECK(l.watcher_count == 0);
	CHECK(c.lost_count >= (kept ? 5u + 2000u / 101 : 0));
	put = c.lost_count;
	console_put(&c, SLICE("after the end\n"));
	CHECK(c.lost_count == put + 1);
	CHECK(c.count == 0);
	console_close(&c, 10000); /* nothing to wait for: the alarm knows */
	console_put(&c, SLICE("after the close\n"));
	CHECK(c.lost_count == put + 2);
	loop_close(&l);
	close(to);
}

/* --- files -------------------------------------------------------------------------------- */

static void
a_file_that_is_full_is_written_to_when_there_is_room(void)
{
	char name[] = "/tmp/console_testXXXXXX", line[LINE_MAX_BYTES];
	int fd = mkstemp(name), from = open(name, O_RDONLY);
	struct rlimit before, small;
	uint64_t number = 0;

	memset(&reader, 0, sizeof reader);
	CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
	begin(fd, 1000);
	CHECK(c.fd == fd); /* its position and O_APPEND are everybody's */
	console_watch(&c, &l);
	CHECK(c.handle == 0);
	console_put(&c, slice_of(line, make_line(line, number++, 150)));
	CHECK(read_some(from, 4096) == 150);
	small = (struct rlimit){ 333, before.rlim_max }; /* in the middle of a line */
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	while (c.lost_count < 3)
		console_put(&c, slice_of(line, make_line(line, number++, 150)));
	CHECK(!c.broken);
	CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
	console_put(&c, slice_of(line, make_line(line, number++, 150)));
	while (read_some(from, 4096) > 0)
		;
	CHECK(reader.wrong == 0);
	CHECK(reader.next == number);
	CHECK(reader.lost == 3);
	CHECK(reader.told == 1);
	console_close(&c, 0);
	loop_close(&l);
	close(fd);
	close(from);
	unlink(name);
}

static void
places_where_nothing_can_be_written(void)
{
	int full = open("/dev/full", O_WRONLY), null = open("/dev/null", O_RDONLY), gone = dup(null);
	const struct { const char *name; int fd; bool is_broken; } row[] = {
		{ "no space, ever", full, false },
		{ "opened for reading", null, true },
		{ "not open", gone, false },
		{ "not a descriptor", -1, false },
	};

	close(gone);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int64_t begun_ns;

		begin(row[i].fd, 100);
		console_watch(&c, &l);
		for (int k = 0; k < 30; k++)
			console_put(&c, SLICE("0123456789abcde\n"));
		CHECK(c.broken == row[i].is_broken);
		/* Six lines fit into the ring. */
		CHECK(c.lost_count == (row[i].is_broken ? 30 : 24));
		CHECK(c.told_count == 0);
		begun_ns = clock_mono_ns();
		console_close(&c, 20);
		CHECK(clock_mono_ns() - begun_ns < (int64_t)5000 * 1000000);
		if (c.broken != row[i].is_broken)
			printf("  %s\n", row[i].name);
		loop_close(&l);
	}
	close(full);
	close(null);
}

static void
a_line_fits_the_ring_or_is_lost_and_told(void)
{
	char line[LINE_MAX_BYTES];
	int to, from;

	/* Room for exactly this line passes; one more byte does not. */
	for (size_t size = 200; size <= 201; size++) {
		memset(&reader, 0, sizeof reader);
		ends(PIPE, &to, &from);
		begin(to, size);
		console_put(&c, slice_of(line, make_line(line, 0, 201)));
		console_put(&c, slice_of(line, make_line(line, 1, 10)));
		for (int i = 0; i < 3; i++) {
			read_some(from, 4096);
			console_put(&c, SLICE(""));
		}
		CHECK(reader.next == 2);
		CHECK(reader.wrong == 0);
		CHECK(reader.lost == (size == 200));
		/* Told at the end as well, when nothing comes behind it. */
		console_put(&c, slice_of(line, make_line(line, 2, 300)));
		console_close(&c, 0);
		for (int i = 0; i < 3; i++)
			read_some(from, 4096);
		CHECK(reader.next == 3);
		CHECK(reader.lost == (size == 200) + 1u);
		loop_close(&l);
		close(to);
		close(from);
	}
	/* Without memory nothing is kept, and nothing breaks. */
	ends(PIPE, &to, &from);
	begin(to, sizeof memory * 2);
	console_put(&c, SLICE("x\n"));
	console_put(&c, SLICE(""));
	CHECK(c.lost_count == 1);
	console_close(&c, 0);
	loop_close(&l);
	close(to);
	close(from);
}

static void
words_for_machines_may_be_set(void)
{
	char got[100] = { 0 };
	int to, from;

	ends(PIPE, &to, &from);
	begin(to, 100);
	c.told_before = "{\"lost\":";
	c.told_after = "}\n";
	console_put(&c, slice_of(memory, 101));
	console_put(&c, SLICE("x\n"));
	CHECK(read(from, got, sizeof got - 1) == 13);
	CHECK_TEXT(got, "{\"lost\":1}\nx\n");
	console_close(&c, 0);
	loop_close(&l);
	close(to);
	close(from);
}

/* Two that write to one pipe, as behind `2>&1 |`: each gets its turn when it is empty. */
static void
lines_of_two_writers_are_not_mixed(void)
{
	enum { LINES = 60 };
	struct console two[2];
	char line[LINE_MAX_BYTES], got[4096], last = '\n';
	int to, from, wrong = 0, turns = 0, found[2] = { 0, 0 };
	ssize_t n = 1;

	ends(PIPE, &to, &from);
	begin(to, 100);
	console_close(&c, 0);
	for (int w = 0; w < 2; w++) {
		console_init(&two[w], to, &boot, 16384);
		for (int i = 0; i < LINES; i++) {
			size_t bytes = 20 + (size_t)(i * 37 % 400);

			memset(line, 'a' + w, bytes);
			line[bytes - 1] = '\n';
			console_put(&two[w], slice_of(line, bytes));
		}
		CHECK(two[w].lost_count == 0);
		CHECK(two[w].count > 8000);
	}
	for (; two[0].count + two[1].count > 0 || n > 0; turns++) {
		n = read(from, got, sizeof got);
		for (ssize_t i = 0; i < n; i++) {
			wrong += last != '\n' && got[i] != '\n' && got[i] != last;
			found[got[i] == 'b'] += last == '\n';
			last = got[i];
		}
		console_put(&two[turns % 2], SLICE(""));
	}
	CHECK(wrong == 0);
	CHECK(last == '\n');
	CHECK(turns > 4);
	CHECK(found[0] == LINES);
	CHECK(found[1] == LINES);
	for (int w = 0; w < 2; w++)
		console_close(&two[w], 0);
	loop_close(&l);
	close(to);
	close(from);
}

int
main(void)
{
	static const size_t size[] = { 128, 129, 251, 600, 1024, 4096, 8191 };
	int first_free = dup(0);

	close(first_free);
	signal(SIGPIPE, SIG_IGN); /* as signal_open does */
	signal(SIGXFSZ, SIG_IGN);
	alarm(getenv("TEST_EMULATED") != NULL ? 600 : 120); /* who waits is killed */
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		for (size_t i = 0; i < sizeof size / sizeof size[0]; i++)
			for (int how = 0; how < 4; how++)
				every_line_is_there_or_told((enum kind)kind, size[i], how % 2 == 0, how < 2,
				                            1 + i * 4 + (uint64_t)how);
		for (int second = 0; second < 2; second++) {
			nobody_waits_for_who_does_not_read((enum kind)kind, second);
			who_is_gone_costs_no_turns((enum kind)kind, false, second);
			who_is_gone_costs_no_turns((enum kind)kind, true, second);
		}
	}
	a_stopped_terminal_goes_on_where_it_was();
	a_file_that_is_full_is_written_to_when_there_is_room();
	places_where_nothing_can_be_written();
	a_line_fits_the_ring_or_is_lost_and_told();
	words_for_machines_may_be_set();
	lines_of_two_writers_are_not_mixed();
	/* Every second opening was closed again. */
	CHECK(dup(0) == first_free);
	return CHECK_END("sys/console");
}
