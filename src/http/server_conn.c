/* server_conn.c - one connection: reads a request, answers it, and the next one.
 *
 *              bytes           whole request        all sent, keep-alive
 *   FREE ─> IDLE ─────> HEAD ─────────────> ANSWER ──────────────────> IDLE or HEAD
 *                         │ no good request   │ all sent, close
 *                         └────> ANSWER ──────┴──────> LINGER ─> FREE
 *
 * Why    LINGER: who closes while bytes lie unread makes the kernel send a reset, and
 *        that destroys an answer that is still on its way.  So we say that we are
 *        done, and throw away for a moment what the peer still sends.
 * Limits One request per turn; a step of sending or throwing away per turn.
 */
#include "base/check.h"
#include "http/server_inside.h"
#include "sys/tcp.h"
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#define MS ((int64_t)1000000)

static const int64_t stay_max_ns[SERVER_STATE_COUNT] = {
	[SERVER_FREE]   = INT64_MAX / 2,
	[SERVER_IDLE]   =  60000 * MS, /* earlier when its place is needed */
	[SERVER_HEAD]   =  10000 * MS, /* for the whole head, however it trickles */
	[SERVER_ANSWER] = 120000 * MS, /* in all: 300 KB at 2.5 KB/s */
	[SERVER_LINGER] =   2000 * MS,
};
static const int64_t stall_max_ns = 10000 * MS; /* ANSWER, and the peer takes nothing */
static const int64_t idle_min_ns = 1000 * MS;   /* before that no place is taken away */

enum { THROWN_BYTES_MAX = 262144, RETRY_AFTER_S = 1 };

/* The one place where a state changes. */
static void
enter(struct server_conn *c, enum server_state to, struct now now)
{
	ASSERT(to < SERVER_STATE_COUNT);
	c->state = (uint8_t)to;
	c->entered_ns = now.mono_ns;
	c->deadline_ns = now.mono_ns + stay_max_ns[to];
}

/* At the end of whatever happened: the loop is asked for what the state waits for. */
static void
settle(struct server_conn *c)
{
	static const uint8_t wanted[SERVER_STATE_COUNT] = {
		[SERVER_IDLE] = LOOP_READ,
		[SERVER_HEAD] = LOOP_READ,
		[SERVER_ANSWER] = LOOP_WRITE,
		[SERVER_LINGER] = LOOP_READ,
	};
	uint8_t want = wanted[c->state];

	/* A request that lies here already wakes nobody: one asks for what is true at
	 * once, and goes on in the next turn. */
	if (c->state == SERVER_HEAD && request_has_more(&c->request))
		want |= LOOP_WRITE;
	if (c->state == SERVER_FREE || want == c->want)
		return;
	c->want = want;
	(void)loop_want(c->server->loop, c->handle, want);
}

static void
give_back(struct server_conn *c)
{
	if (c->lent > 0) {
		c->server->out[c->lent - 1].is_lent = false;
		c->server->out_lent_count--;
	}
	c->lent = 0;
	c->out = NULL;
	c->out_count = 0;
}

void
server_conn_close(struct server_conn *c)
{
	struct server *s = c->server;

	ASSERT(c->state != SERVER_FREE);
	loop_forget(s->loop, c->handle);
	tcp_close(c->fd);
	give_back(c);
	enter(c, SERVER_FREE, s->loop->now);
	c->fd = -1;
	s->open_count--;
	server_resume(s);
}

bool
server_conn_is_idle(const struct server_conn *c, struct now now)
{
	return (c->state == SERVER_IDLE || c->state == SERVER_LINGER) &&
	       now.mono_ns - c->entered_ns >= idle_min_ns;
}

/* --- answering ------------------------------------------------------------------ */

static void
linger(struct server_conn *c, struct now now)
{
	if (c->has_ended) {
		server_conn_close(c);
		return;
	}
	tcp_shut(c->fd);
	c->thrown_bytes = 0;
	enter(c, SERVER_LINGER, now);
}

static void
finish(struct server_conn *c, struct now now)
{
	c->server->stats.answered_count++;
	give_back(c);
	if (!c->keep_alive) {
		linger(c, now);
		return;
	}
	request_next(&c->request);
	enter(c, request_has_begun(&c->request) ? SERVER_HEAD : SERVER_IDLE, now);
}

/* Bytes that the kernel still holds for the peer. */
static int
queued(const struct server_conn *c)
{
	int bytes = 0;

	return ioctl(c->fd, TIOCOUTQ, &bytes) < 0 ? 0 : bytes;
}

/* Progress buys time, but never more than the whole answer has. */
static void
moved(struct server_conn *c, struct now now)
{
	c->queued_bytes = queued(c);
	c->deadline_ns = c->entered_ns + stay_max_ns[SERVER_ANSWER];
	if (c->deadline_ns > now.mono_ns + stall_max_ns)
		c->deadline_ns = now.mono_ns + stall_max_ns;
}

/* Sends what the kernel takes; false: the connection is gone. */
static bool
send_some(struct server_conn *c, struct now now)
{
	int64_t sent = c->out_count == 0 ? 0 : tcp_write(c->fd, slice_of(c->out, c->out_count));

	if (sent == -EAGAIN)
		return true;
	if (sent < 0) {
		server_conn_close(c);
		return false;
	}
	c->out += sent;
	c->out_count -= (size_t)sent;
	c->server->stats.sent_bytes += (uint64_t)sent;
	if (c->out_count > 0)
		moved(c, now);
	return true;
}

static uint32_t
free_out(const struct server *s)
{
	for (uint32_t i = 0; i < s->out_count; i++)
		if (!s->out[i].is_lent)
			return i;
	check_failed("one is always free", __FILE__, __LINE__);
}

/* Sends head and body, which stand in out[index], the body behind the head's room. */
static void
send_reply(struct server_conn *c, uint32_t index, const struct reply *r, bool is_head,
           struct now now)
{
	struct server *s = c->server;
	char head[REPLY_HEAD_BYTES_MAX];
	struct text t = text_init(head, sizeof head);

	reply_head(r, c->keep_alive, now.wall_ns, &t);
	ASSERT(!t.cut);
	/* Right before the body, so that both go in one piece. */
	c->out = r->body.at - t.count;
	memcpy(r->body.at - t.count, head, t.count);
	c->out_count = t.count + (is_head ? 0 : r->body.count);
	enter(c, SERVER_ANSWER, now);
	c->deadline_ns = now.mono_ns + stall_max_ns;
	if (!send_some(c, now))
		return;
	if (c->out_count == 0) {
		finish(c, now);
		return;
	}
	if (c->out_count <= sizeof c->small) {
		memcpy(c->small, c->out, c->out_count);
		c->out = c->small;
	} else {
		s->out[index].is_lent = true;
		s->out_lent_count++;
		c->lent = index + 1;
	}
}

/* Room for an answer: one is always free. */
static void
begin_reply(struct server_conn *c, uint32_t *index, struct reply *r)
{
	struct server *s = c->server;

	*index = free_out(s);
	memset(r, 0, sizeof *r);
	r->body = text_init(s->out[*index].at + REPLY_HEAD_BYTES_MAX, s->out_bytes_max);
}

static void
judge_reply(struct server_conn *c, struct reply *r, bool is_head)
{
	struct server *s = c->server;
	const bool is_large = !is_head &&
	                      r->body.count > SERVER_SMALL_BYTES - REPLY_HEAD_BYTES_MAX;

	if (r->body.cut) {
		s->stats.too_long_count++;
		reply_words(r, 500, "The answer is longer than the room for it.");
	} else if (r->status == 0) {
		reply_words(r, 404, "There is no such path.");
	} else if (is_large && s->out_lent_count + 1 == s->out_count) {
		s->stats.busy_count++;
		reply_words(r, 503, "Too many answers wait for slow readers: ask again.");
		r->retry_after_s = RETRY_AFTER_S;
	}
}

static void
answer(struct server_conn *c, struct now now)
{
	struct server *s = c->server;
	struct reply r;
	const char *words;
	uint32_t index;
	int status;

	s->stats.request_count++;
	c->keep_alive = c->request.keep_alive;
	begin_reply(c, &index, &r);
	status = gate_judge(&s->gate, &c->way, &c->request, &words);
	if (status != 0) {
		s->stats.forbidden_count++;
		reply_words(&r, status, words);
	} else {
		s->handler(s->context, &c->request, now, &r);
	}
	judge_reply(c, &r, c->request.is_head);
	send_reply(c, index, &r, c->request.is_head, now);
}

/* What came is no request, or not in time: one sentence, and the end. */
static void
refuse(struct server_conn *c, int status, const char *words, struct now now)
{
	struct reply r;
	uint32_t index;

	c->keep_alive = false;
	begin_reply(c, &index, &r);
	reply_words(&r, status, words);
	send_reply(c, index, &r, c->request.is_head, now);
}

/* --- reading -------------------------------------------------------------------- */

/* False: the connection is gone. */
static bool
read_some(struct server_conn *c, struct now now)
{
	size_t size;
	char *room = request_room(&c->request, &size);
	int64_t got = tcp_read(c->fd, room, size);

	if (got == -EAGAIN)
		return true;
	if (got < 0) {
		server_conn_close(c);
		return false;
	}
	if (got == 0) {
		c->has_ended = true;
		return true;
	}
	request_put(&c->request, (size_t)got);
	if (c->state == SERVER_IDLE)
		enter(c, SERVER_HEAD, now);
	return true;
}

static void
on_head(struct server_conn *c, unsigned ready, struct now now)
{
	enum request_state state = request_step(&c->request);

	/* What lies here is answered before more is read. */
	if (state == REQUEST_READING && (ready & LOOP_READ) != 0) {
		if (!read_some(c, now))
			return;
		state = request_step(&c->request);
	}
	if (state == REQUEST_DONE) {
		answer(c, now);
	} else if (state == REQUEST_FAILED) {
		c->server->stats.refused_count++;
		refuse(c, c->request.status, c->request.words, now);
	} else if (c->has_ended) {
		server_conn_close(c);
	}
}

static void
on_linger(struct server_conn *c)
{
	/* What is left of the request is of no use any more. */
	int64_t got = tcp_read(c->fd, c->request.at, sizeof c->request.at);

	if (got == -EAGAIN)
		return;
	if (got > 0)
		c->thrown_bytes += (size_t)got;
	if (got <= 0 || c->thrown_bytes > THROWN_BYTES_MAX)
		server_conn_close(c);
}

static void
on_conn(void *context, unsigned ready, struct now now)
{
	struct server_conn *c = context;

	switch ((enum server_state)c->state) {
	case SERVER_IDLE:
	case SERVER_HEAD:
		on_head(c, ready, now);
		break;
	case SERVER_ANSWER:
		if (send_some(c, now) && c->out_count == 0)
			finish(c, now);
		break;
	case SERVER_LINGER:
		on_linger(c);
		break;
	default:
		check_failed("a free place is not watched", __FILE__, __LINE__);
	}
	settle(c);
}

void
server_conn_late(struct server_conn *c, struct now now)
{
	switch ((enum server_state)c->state) {
	case SERVER_HEAD:
		c->server->stats.late_count++;
		refuse(c, 408, "No whole request came in time.", now);
		break;
	case SERVER_ANSWER:
		/* The kernel asks for more only when a third of its megabytes is free: a
		 * peer that reads slowly is told from one that does not by what is left. */
		if (queued(c) < c->queued_bytes &&
		    now.mono_ns - c->entered_ns < stay_max_ns[SERVER_ANSWER]) {
			moved(c, now);
			break;
		}
		c->server->stats.stalled_count++;
		server_conn_close(c);
		break;
	default:
		server_conn_close(c);
	}
	settle(c);
}

void
server_conn_begin(struct server_conn *c, struct server_port *port, int fd, struct now now)
{
	struct server *s = port->server;

	ASSERT(c->state == SERVER_FREE);
	/* Not the buffers: what is in them is behind their counts. */
	memset(c, 0, offsetof(struct server_conn, small));
	request_init(&c->request);
	c->server = s;
	c->port = port;
	c->fd = fd;
	c->want = LOOP_READ;
	if (loop_watch(s->loop, fd, LOOP_READ, "http", on_conn, c, &c->handle) != ERR_NONE) {
		s->stats.accept_failed_count++;
		tcp_close(fd);
		return;
	}
	listen_way(fd, port == &s->port[1], &c->way);
	s->stats.accepted_count++;
	s->open_count++;
	enter(c, SERVER_IDLE, now);
}
