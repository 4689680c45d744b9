/* conn_race.c - happy eyeballs; see the header.
 *
 * Why    Hosts have two families and several machines, and one of them is dead.  A
 *        trader must not wait for the kernel's two minutes to find out.
 * Limits at most DNS_ADDRESSES_MAX attempts at once.
 */
#include "net/conn_race.h"
#include "base/check.h"
#include "sys/tcp.h"
#include <errno.h>

static void start(struct conn_race *r);

static void
close_attempt(struct conn_attempt *a)
{
	if (a->fd < 0)
		return;
	loop_forget(a->race->loop, a->handle);
	tcp_close(a->fd);
	a->fd = -1;
	a->race->open_count--;
}

void
conn_race_stop(struct conn_race *r)
{
	if (r->loop == NULL)
		return;
	timer_cancel(&r->loop->timers, r->timer);
	r->timer = 0;
	for (int i = 0; i < r->begun_count; i++)
		close_attempt(&r->attempt[i]);
}

static void
win(struct conn_attempt *a)
{
	struct conn_race *r = a->race;
	const int fd = a->fd;

	loop_forget(r->loop, a->handle);
	a->fd = -1;
	r->open_count--;
	conn_race_stop(r);
	r->won(r->context, fd, (int)(a - r->attempt));
}

static void
on_attempt(void *context, unsigned ready, struct now now)
{
	struct conn_attempt *a = context;
	const int failed = tcp_connected(a->fd);

	(void)ready;
	(void)now;
	if (failed == EINPROGRESS)
		return;
	if (failed == 0) {
		win(a);
		return;
	}
	a->error_number = failed;
	close_attempt(a);
	start(a->race);
}

static void
on_next(void *context, struct now now)
{
	struct conn_race *r = context;

	(void)now;
	r->timer = 0;
	start(r);
}

/* False: it failed at once. */
static bool
try_one(struct conn_race *r, int index)
{
	struct conn_attempt *a = &r->attempt[index];

	a->race = r;
	a->fd = tcp_connect(r->address[index].family, r->address[index].at, r->port);
	if (a->fd < 0) {
		a->error_number = -a->fd;
		a->fd = -1;
		return false;
	}
	if (loop_watch(r->loop, a->fd, LOOP_WRITE, "connect", on_attempt, a, &a->handle) !=
	    ERR_NONE) {
		a->error_number = ENOBUFS;
		tcp_close(a->fd);
		a->fd = -1;
		return false;
	}
	r->open_count++;
	return true;
}

/* Begins the next attempt that does not fail at once; when there is none and nothing
 * goes on, it is over. */
static void
start(struct conn_race *r)
{
	timer_cancel(&r->loop->timers, r->timer);
	r->timer = 0;
	while (r->begun_count < r->count)
		if (try_one(r, r->begun_count++))
			break;
	if (r->open_count == 0)
		r->lost(r->context);
	else if (r->begun_count < r->count)
		/* Without a timer the next one starts when this one has failed. */
		r->timer = timer_set(&r->loop->timers, r->loop->now.mono_ns + CONN_RACE_NEXT_NS,
		                     "next address", on_next, r);
}

bool
conn_race_begin(struct conn_race *r, struct loop *loop)
{
	ASSERT(r->count > 0);
	ASSERT(r->count <= DNS_ADDRESSES_MAX);
	ASSERT(r->begun_count == 0);
	r->loop = loop;
	for (int i = 0; i < DNS_ADDRESSES_MAX; i++)
		r->attempt[i].fd = -1;
	/* Even the first from a timer, so that nobody is called from in here. */
	r->timer = timer_set(&loop->timers, loop->now.mono_ns, "first address", on_next, r);
	return r->timer != 0;
}

void
conn_race_words(const struct conn_race *r, struct text *out)
{
	for (int i = 0; i < r->begun_count; i++) {
		const int failed = r->attempt[i].error_number;

		if (i > 0)
			text_str(out, ", ");
		tcp_text(out, r->address[i].family, r->address[i].at, r->port);
		text_char(out, ' ');
		text_str(out, failed == 0 ? "no answer"
		              : failed == ENOBUFS ? "no free watcher" : tcp_words(failed));
	}
}

static enum conn_reason
reason_of_error(int error_number)
{
	switch (error_number) {
	case ECONNREFUSED:
	case ECONNRESET:
		return CONN_REASON_REFUSED;
	case ETIMEDOUT:
		return CONN_REASON_TIMEOUT;
	case ENOBUFS: /* also: no free watcher */
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return CONN_REASON_RESOURCES;
	default:
		return CONN_REASON_UNREACHED;
	}
}

enum conn_reason
conn_race_reason(const struct conn_race *r)
{
	enum conn_reason reason = CONN_REASON_UNREACHED;

	for (int i = 0; i < r->begun_count; i++) {
		enum conn_reason one = reason_of_error(r->attempt[i].error_number);

		if (one == CONN_REASON_REFUSED)
			return one;
		if (one != CONN_REASON_UNREACHED)
			reason = one;
	}
	return reason;
}
