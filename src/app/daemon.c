/* daemon.c - one question to the daemon that runs, and its answer; see the header.
 *
 * Why    A command that looks should say in one sentence why it sees nothing: nobody
 *        runs there, it runs as somebody else, or it hangs.
 * Limits Waits for its deadline at most.  Answers of up to DAEMON_BODY_BYTES_MAX.
 */
#include "app/daemon.h"
#include "base/check.h"
#include "base/text.h"
#include "net/http.h"
#include "sys/clock.h"
#include "sys/tcp.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 4096, READ_BYTES = 16384 };

#define MS ((int64_t)1000000)

/* One question: what is to be sent, and until when. */
struct asked {
	struct slice request;
	int64_t deadline_ns;
	int timeout_ms;
};

_Static_assert(sizeof ((struct daemon *)0)->path == sizeof ((struct sockaddr_un *)0)->sun_path,
               "what fits in the one fits in the other");

enum err
daemon_init(struct daemon *d, const char *data_dir)
{
	struct text path = text_init(d->path, sizeof d->path);

	d->fd = -1;
	d->status = 0;
	d->body_count = 0;
	d->trouble[0] = d->path[0] = '\0';
	text_format(&path, "%s/" DAEMON_SOCKET, data_dir);
	if (!path.cut)
		return ERR_NONE;
	d->path[0] = '\0';
	path = text_init(d->trouble, sizeof d->trouble - 1);
	text_format(&path, "data.dir is too long: its socket would have a name of %zu bytes, and "
	                   "%zu is the most", strlen(data_dir) + strlen("/" DAEMON_SOCKET),
	            sizeof d->path - 1);
	d->trouble[path.count] = '\0';
	return ERR_CONFIG;
}

/* "PATH: WORDS", cut where the room ends. */
static enum err
tell(struct daemon *d, enum err err, const char *words)
{
	struct text t = text_init(d->trouble, sizeof d->trouble - 1);

	text_str(&t, d->path);
	text_str(&t, ": ");
	text_str(&t, words);
	d->trouble[t.count] = '\0';
	d->status = 0;
	d->body_count = 0;
	return err;
}

static enum err
tell_late(struct daemon *d, const struct asked *q)
{
	char words[128];
	struct text t = text_init(words, sizeof words);

	text_format(&t, "no answer within %d ms: the daemon hangs, or is too busy", q->timeout_ms);
	words[t.count] = '\0';
	return tell(d, ERR_UNAVAILABLE, words);
}

static enum err
tell_connect(struct daemon *d, int error_number)
{
	switch (error_number) {
	case ENOENT:
	case ENOTDIR:
		return tell(d, ERR_UNAVAILABLE, "no daemon runs with this data.dir: start `tidewatch "
		                                "run`, or name its configuration with -c");
	case ECONNREFUSED:
		return tell(d, ERR_UNAVAILABLE, "the daemon that made it does not run any more: start "
		                                "`tidewatch run`");
	case EACCES:
	case EPERM:
		return tell(d, ERR_PERMISSION, "belongs to another user: ask as the user that the "
		                               "daemon runs as");
	default:
		return tell(d, ERR_UNAVAILABLE, strerror(error_number));
	}
}

void
daemon_close(struct daemon *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* False: the deadline came first. */
static bool
wait_for(int fd, short events, const struct asked *q)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_ns = q->deadline_ns - clock_mono_ns();

		if (left_ns <= 0)
			return false;
		if (poll(&p, 1, (int)((left_ns + MS - 1) / MS)) > 0)
			return true;
	}
}

static enum err
connect_to(struct daemon *d, const struct asked *q)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const struct timespec pause = { .tv_nsec = 10 * MS };
	int failed;

	memcpy(a.sun_path, d->path, sizeof a.sun_path);
	d->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return tell(d, ERR_UNAVAILABLE, strerror(errno));
	while (connect(d->fd, (const struct sockaddr *)&a, sizeof a) < 0) {
		failed = errno;
		if (failed == EINTR)
			continue;
		/* So many wait there already; nobody wakes us when there are fewer. */
		if (failed == EAGAIN && clock_mono_ns() < q->deadline_ns) {
			(void)nanosleep(&pause, NULL);
			continue;
		}
		daemon_close(d);
		return failed == EAGAIN ? tell_late(d, q) : tell_connect(d, failed);
	}
	return ERR_NONE;
}

/* --- a question ------------------------------------------------------------------ */

static void
on_part(void *context, struct slice part)
{
	struct daemon *d = context;

	/* The reader was told how much there is room for. */
	ASSERT(part.count <= sizeof d->body - d->body_count);
	memcpy(d->body + d->body_count, part.at, part.count);
	d->body_count += part.count;
}

static enum err
send_all(struct daemon *d, const struct asked *q)
{
	struct slice rest = q->request;

	while (rest.count > 0) {
		int64_t sent = tcp_write(d->fd, rest);

		if (sent > 0)
			rest = slice_after(rest, (size_t)sent);
		else if (sent < 0 && sent != -EAGAIN)
			return tell(d, ERR_UNAVAILABLE, tcp_words((int)-sent));
		else if (!wait_for(d->fd, POLLOUT, q))
			return tell_late(d, q);
	}
	return ERR_NONE;
}

/* `has_begun_out`: a part of an answer came, so that asking again is no remedy. */
static enum err
receive(struct daemon *d, struct http *h, const struct asked *q, bool *has_begun_out)
{
	char part[READ_BYTES];

	h->is_head = false;
	http_begin(h, sizeof d->body, NULL);
	while (h->state != HTTP_DONE && h->state != HTTP_FAILED) {
		int64_t got = tcp_read(d->fd, part, sizeof part);

		if (got > 0) {
			*has_begun_out = true;
			(void)http_receive(h, slice_of(part, (size_t)got), on_part, d);
		} else if (got == 0) {
			http_receive_end(h, on_part, d);
		} else if (got != -EAGAIN) {
			return tell(d, ERR_UNAVAILABLE, tcp_words((int)-got));
		} else if (!wait_for(d->fd, POLLIN, q)) {
			return tell_late(d, q);
		}
	}
	if (h->state == HTTP_DONE)
		return ERR_NONE;
	if (!*has_begun_out)
		return tell(d, ERR_UNAVAILABLE, "the daemon closed the connection without an answer");
	return tell(d, ERR_DATA, h->reason == HTTP_REASON_BODY_LONG
	                                 ? "the answer is too long"
	                                 : "what answers there does not speak HTTP as we do");
}

static enum err
ask_once(struct daemon *d, struct http *h, const struct asked *q, bool *has_begun_out)
{
	enum err err = ERR_NONE;

	*has_begun_out = false;
	d->body_count = 0;
	if (d->fd < 0)
		err = connect_to(d, q);
	if (err == ERR_NONE)
		err = send_all(d, q);
	if (err == ERR_NONE)
		err = receive(d, h, q, has_begun_out);
	if (err != ERR_NONE || !h->keep_alive)
		daemon_close(d);
	return err;
}

enum err
daemon_get(struct daemon *d, const char *target, int timeout_ms)
{
	char request[REQUEST_BYTES];
	struct text t = text_init(request, sizeof request);
	struct asked q = { .timeout_ms = timeout_ms };
	struct http h;
	const bool was_open = d->fd >= 0;
	bool has_begun;
	enum err err;

	ASSERT(target[0] == '/');
	ASSERT(d->path[0] != '\0');
	d->status = 0;
	d->body_count = 0;
	d->trouble[0] = '\0';
	http_request(&t, "GET", "localhost", slice_str(target), NULL, NULL, slice_of(NULL, 0));
	if (t.cut)
		return tell(d, ERR_USAGE, "the question is too long");
	q.request = text_slice(&t);
	q.deadline_ns = clock_mono_ns() + timeout_ms * MS;
	err = ask_once(d, &h, &q, &has_begun);
	/* A connection that was kept may have been closed meanwhile, or belong to a daemon
	 * that was started anew. */
	if (err == ERR_UNAVAILABLE && was_open && !has_begun && clock_mono_ns() < q.deadline_ns)
		err = ask_once(d, &h, &q, &has_begun);
	if (err != ERR_NONE)
		return err;
	d->status = h.status;
	d->trouble[0] = '\0';
	return ERR_NONE;
}

struct slice
daemon_body(const struct daemon *d)
{
	return slice_of(d->body, d->body_count);
}
