/* console.c - a ring of whole lines in front of write(); see the header. */
#include "sys/console.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* Of one write: a pipe that has room takes as many at once, or none. */
	STEP_BYTES = PIPE_BUF,
	/* The same for a terminal that could not be opened without waiting.  A pty that
	 * has room has 256 bytes of it, but a newline becomes two, for which room is
	 * asked anew behind the text: it waits there (seen, Linux 6.18).  So a control
	 * character goes alone. */
	TERMINAL_BYTES = 64,
	TOLD_BYTES = 64,
};

/* A description of our own of the same pipe or terminal, one that never waits; -1:
 * there is none.  O_NONBLOCK on the given one would change it for the shell, too. */
static int
open_again(int fd, mode_t mode)
{
	char path[32];
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -1;
	if (!S_ISFIFO(mode) && !(S_ISCHR(mode) && isatty(fd)))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
console_init(struct console *c, int fd, struct arena *boot, size_t bytes)
{
	struct stat about;
	int again = -1;

	*c = (struct console){
		.fd = fd,
		.given_fd = fd,
		.step_bytes = STEP_BYTES,
		.told_before = "... ",
		.told_after = " lines lost here\n",
	};
	if (fstat(fd, &about) == 0) {
		c->is_socket = S_ISSOCK(about.st_mode);
		again = open_again(fd, about.st_mode);
		if (again < 0 && S_ISCHR(about.st_mode))
			c->step_bytes = TERMINAL_BYTES;
	}
	if (again >= 0)
		c->fd = again;
	c->at = arena_take(boot, "console", bytes, 1);
	c->size = c->at != NULL ? bytes : 0;
}

static bool
has_room(const struct console *c, int wait_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLOUT };

	return poll(&p, 1, wait_ms) == 1 && (p.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
}

/* What says that there is no room now, not that nobody will ever read: of a file on a
 * full disk, or one at its limit, old lines may be removed. */
static bool
is_full(int error_number)
{
	return error_number == EAGAIN || error_number == EWOULDBLOCK ||
	       error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG ||
	       error_number == ENOBUFS || error_number == ENOMEM;
}

/* The first bytes of the ring in one piece, whole lines where one ends among them. */
static size_t
next_step(const struct console *c, char *to)
{
	size_t straight = c->size - c->from;
	size_t count = c->count < c->step_bytes ? c->count : c->step_bytes;
	size_t first = count < straight ? count : straight;
	const char *end;

	memcpy(to, c->at + c->from, first);
	memcpy(to + first, c->at, count - first);
	if (c->step_bytes == TERMINAL_BYTES) {
		size_t plain = 0;

		while (plain < count && (unsigned char)to[plain] >= ' ')
			plain++;
		return plain > 0 ? plain : 1;
	}
	end = memrchr(to, '\n', count);
	return end != NULL ? (size_t)(end - to) + 1 : count;
}

/* Writes at most a step; false: nothing went, or the other side is gone. */
static bool
write_step(struct console *c)
{
	char step[STEP_BYTES];
	size_t count = next_step(c, step);
	ssize_t n;

	do
		n = c->is_socket ? send(c->fd, step, count, MSG_DONTWAIT | MSG_NOSIGNAL)
		                 : write(c->fd, step, count);
	while (n < 0 && errno == EINTR);
	if (n <= 0) {
		if (n < 0 && !is_full(errno))
			c->broken = true;
		return false;
	}
	c->from = (c->from + (size_t)n) % c->size;
	c->count -= (size_t)n;
	if (c->count == 0)
		c->from = 0; /* the same pages again */
	return true;
}

static void
keep(struct console *c, struct slice line)
{
	size_t to = (c->from + c->count) % c->size;
	size_t straight = c->size - to;
	size_t first = line.count < straight ? line.count : straight;

	memcpy(c->at + to, line.at, first);
	memcpy(c->at, line.at + first, line.count - first);
	c->count += line.count;
}

/* Says how many lines are missing, when there is room to say it and for what comes
 * behind it.  Room for the words alone would be filled with them again and again. */
static void
tell_lost(struct console *c, size_t behind_bytes)
{
	char room[TOLD_BYTES];
	struct text t = text_init(room, sizeof room);

	if (c->broken || c->lost_count == c->told_count ||
	    c->size - c->count < sizeof room)
		return;
	if (c->count > 0 && c->size - c->count - sizeof room < behind_bytes)
		return;
	text_format(&t, "%s%llu%s", c->told_before,
	            (unsigned long long)(c->lost_count - c->told_count), c->told_after);
	keep(c, text_slice(&t));
	c->told_count = c->lost_count;
}

/* The other side is gone, and with it what was not written, the line begun included. */
static void
give_up(struct console *c)
{
	c->broken = true;
	for (size_t i = 0; i < c->count; i++)
		c->lost_count += c->at[(c->from + i) % c->size] == '\n';
	c->count = 0;
	c->from = 0;
}

/* As much as goes.  Ends: the ring has an end, and nobody fills it meanwhile. */
static void
push(struct console *c)
{
	while (!c->broken && c->count > 0 && has_room(c, 0) && write_step(c))
		if (c->count == 0)
			tell_lost(c, 0);
	if (c->broken)
		give_up(c);
	if (c->loop != NULL && c->handle != 0 && c->wanting != (c->count > 0)) {
		c->wanting = c->count > 0;
		loop_want(c->loop, c->handle, c->wanting ? LOOP_WRITE : 0);
	}
}

static void
on_room(void *context, unsigned ready, struct now now)
{
	struct console *c = context;
	size_t before = c->count;

	(void)now;
	push(c);
	/* A hang-up is told also when unasked, in every turn: whoever is gone and takes
	 * nothing more is not asked again. */
	if ((ready & LOOP_HANGUP) != 0 && (c->count == 0 || c->count == before)) {
		give_up(c);
		loop_forget(c->loop, c->handle);
		c->handle = 0;
	}
}

void
console_watch(struct console *c, struct loop *loop)
{
	c->loop = loop;
	/* ERR_PERMISSION: a file, which always has room. */
	if (loop_watch(loop, c->fd, 0, "console", on_room, c, &c->handle) != ERR_NONE)
		c->handle = 0;
	c->wanting = false;
	push(c);
}

void
console_put(struct console *c, struct slice line)
{
	if (c->count > 0)
		push(c);
	tell_lost(c, line.count);
	if (line.count == 0)
		return; /* asks only */
	/* Behind lost lines that could not be told of yet: one that fits would stand
	 * before the words that say so. */
	if (c->broken || c->size == 0 || line.count > c->size - c->count ||
	    (c->lost_count > c->told_count && c->size >= TOLD_BYTES)) {
		c->lost_count++;
		return;
	}
	keep(c, line);
	push(c);
}

/* Until the ring is empty or the time is over. */
static void
drain(struct console *c, int64_t end_ns)
{
	for (;;) {
		int64_t left_ns;
		size_t before = c->count;

		push(c);
		left_ns = end_ns - clock_mono_ns();
		if (c->count == 0 || left_ns <= 0)
			return;
		/* Room, and nothing went: a full disk, or somebody else was faster. */
		if (has_room(c, (int)((left_ns + 999999) / 1000000)) && c->count == before)
			poll(NULL, 0, 1);
	}
}

void
console_close(struct console *c, int wait_ms)
{
	/* Nobody decides by this reading: the loop has ended. */
	int64_t end_ns = clock_mono_ns() + (int64_t)wait_ms * 1000000;

	drain(c, end_ns);
	tell_lost(c, 0);
	drain(c, end_ns);
	if (c->loop != NULL && c->handle != 0)
		loop_forget(c->loop, c->handle);
	c->handle = 0;
	c->loop = NULL;
	if (c->fd != c->given_fd) {
		close(c->fd);
		c->fd = c->given_fd;
	}
}
