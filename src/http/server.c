/* server.c - opens the ports, gives out places, and looks at the deadlines.
 *
 * Why    Prometheus, probes, a browser and our own commands ask the daemon how it is.
 *        None of them, and nobody who pretends to be one, may stop it from watching
 *        the markets: memory is fixed, work per turn is bounded, and when nobody can
 *        be let in nothing wakes the loop but a slow timer.
 * Limits Deadlines are looked at every quarter of a second while anything is open.
 */
#include "http/server.h"
#include "base/check.h"
#include "http/server_inside.h"
#include "sys/tcp.h"
#include <errno.h>
#include <string.h>

#define MS ((int64_t)1000000)

static const int64_t sweep_ns = 250 * MS;
static const int64_t rest_ns = 3600000 * MS;     /* nothing is open */
static const int64_t pause_ns = 1000 * MS;       /* no descriptor was free */
static const int unacked_max_ms = 20000;

enum { PORT_TCP, PORT_UNIX, ACCEPTS_PER_TURN = 16 };

/* --- letting in ----------------------------------------------------------------- */

static void
places_of(const struct server *s, const struct server_port *p, struct server_conn **first,
          struct server_conn **end)
{
	*first = s->conn + (p == &s->port[PORT_TCP] ? 0 : s->tcp_count_max);
	*end = s->conn + (p == &s->port[PORT_TCP] ? s->tcp_count_max : s->conn_count_max);
}

/* A free one, or, when somebody waits for it, that of the connection that has been idle
 * for the longest time. */
static struct server_conn *
find_place(struct server *s, struct server_port *p, bool may_evict, struct now now)
{
	struct server_conn *first, *end, *oldest = NULL;

	places_of(s, p, &first, &end);
	for (struct server_conn *c = first; c < end; c++) {
		if (c->state == SERVER_FREE)
			return c;
		if (may_evict && server_conn_is_idle(c, now) &&
		    (oldest == NULL || c->entered_ns < oldest->entered_ns))
			oldest = c;
	}
	if (oldest != NULL) {
		s->stats.evicted_count++;
		server_conn_close(oldest);
	}
	return oldest;
}

/* Level-triggered: who waits in the kernel's queue would wake us again at once. */
static void
pause_port(struct server_port *p, int64_t resume_ns)
{
	struct server *s = p->server;

	p->paused = true;
	p->resume_ns = resume_ns;
	(void)loop_want(s->loop, p->handle, 0);
	(void)timer_move(&s->loop->timers, s->timer, s->loop->now.mono_ns + sweep_ns);
}

void
server_resume(struct server *s)
{
	for (size_t i = 0; i < 2; i++) {
		struct server_port *p = &s->port[i];

		if (p->paused && s->loop->now.mono_ns >= p->resume_ns &&
		    loop_want(s->loop, p->handle, LOOP_READ) == ERR_NONE)
			p->paused = false;
	}
}

static void
accept_failed(struct server_port *p, int error_number, struct now now)
{
	struct server *s = p->server;

	s->stats.accept_failed_count++;
	if (s->log != NULL) {
		log_begin(s->log, now.wall_ns, LOG_WARN, "http accept failed");
		log_text(s->log, "reason", slice_str(tcp_words(error_number)));
		log_end(s->log);
	}
	/* One that gave up while it waited is nothing to pause for. */
	if (error_number != ECONNABORTED)
		pause_port(p, now.mono_ns + pause_ns);
}

static void
on_port(void *context, unsigned ready, struct now now)
{
	struct server_port *p = context;
	struct server *s = p->server;

	(void)ready;
	for (int i = 0; i < ACCEPTS_PER_TURN && !p->paused; i++) {
		/* That somebody waits is certain for the first one only. */
		struct server_conn *c = find_place(s, p, i == 0, now);
		int fd;

		if (c == NULL && i > 0)
			return;
		if (c == NULL) {
			s->stats.full_count++;
			pause_port(p, now.mono_ns);
			return;
		}
		fd = listen_accept(p->fd);
		if (fd == -EAGAIN)
			return;
		if (fd < 0) {
			accept_failed(p, -fd, now);
			continue;
		}
		if (p == &s->port[PORT_TCP])
			tcp_tune(fd, unacked_max_ms);
		server_conn_begin(c, p, fd, now);
		(void)timer_move(&s->loop->timers, s->timer, now.mono_ns + sweep_ns);
	}
}

/* --- deadlines ------------------------------------------------------------------ */

static void
on_sweep(void *context, struct now now)
{
	struct server *s = context;
	bool is_busy;

	/* First of all, while the cell of the timer that fires is free. */
	s->timer = timer_set(&s->loop->timers, now.mono_ns + sweep_ns, "http", on_sweep, s);
	ASSERT(s->timer != 0);
	for (uint32_t i = 0; i < s->conn_count_max; i++)
		if (s->conn[i].state != SERVER_FREE && now.mono_ns >= s->conn[i].deadline_ns)
			server_conn_late(&s->conn[i], now);
	server_resume(s);
	is_busy = s->open_count > 0 || s->port[PORT_TCP].paused || s->port[PORT_UNIX].paused;
	if (!is_busy)
		(void)timer_move(&s->loop->timers, s->timer, now.mono_ns + rest_ns);
}

/* --- opening -------------------------------------------------------------------- */

static enum err
take_memory(struct server *s, const struct server_options *o, struct arena *boot)
{
	s->tcp_count_max = o->connection_count_max;
	s->conn_count_max = o->connection_count_max + SERVER_UNIX_COUNT;
	s->out_count = o->out_count_max + 1;
	s->out_bytes_max = o->out_bytes_max;
	s->conn = arena_take(boot, "http connections", s->conn_count_max, sizeof s->conn[0]);
	s->out = arena_take(boot, "http answers", s->out_count, sizeof s->out[0]);
	for (uint32_t i = 0; s->out != NULL && i < s->out_count; i++) {
		s->out[i].at = arena_take(boot, "http answers", 1,
		                          REPLY_HEAD_BYTES_MAX + o->out_bytes_max);
		if (s->out[i].at == NULL)
			return ERR_FULL;
	}
	return s->conn == NULL || s->out == NULL ? ERR_FULL : ERR_NONE;
}

static enum err
watch(struct server *s, int which, int fd)
{
	struct server_port *p = &s->port[which];

	p->fd = fd;
	return loop_watch(s->loop, fd, LOOP_READ, "http", on_port, p, &p->handle);
}

static enum err
open_tcp(struct server *s, const struct server_options *o, struct text *trouble)
{
	enum err err;
	int fd;

	/* The configuration says so with its line; here nothing can go round it. */
	if (!listen_is_loopback(o->listen_host) && s->gate.token_count == 0) {
		text_format(trouble, "http.listen %s: others can reach this address: set "
		                     "http.token, or listen on 127.0.0.1", o->listen_host);
		return ERR_CONFIG;
	}
	err = listen_tcp(o->listen_host, o->listen_port, &fd, &s->tcp_port, trouble);
	return err == ERR_NONE ? watch(s, PORT_TCP, fd) : err;
}

static enum err
open_unix(struct server *s, const struct server_options *o, struct text *trouble)
{
	enum err err = listen_unix_open(&s->file, o->unix_path, trouble);

	return err == ERR_NONE ? watch(s, PORT_UNIX, s->file.fd) : err;
}

enum err
server_open(struct server *s, const struct server_options *o, struct loop *loop,
            server_handler *handler, void *context, struct arena *boot, struct log *log)
{
	struct text trouble = text_init(s->trouble, sizeof s->trouble - 1);
	enum err err;

	ASSERT(handler != NULL);
	ASSERT(o->connection_count_max > 0);
	ASSERT(o->out_bytes_max >= SERVER_SMALL_BYTES);
	memset(s, 0, sizeof *s);
	s->loop = loop;
	s->log = log;
	s->handler = handler;
	s->context = context;
	s->file.fd = s->file.lock.fd = -1;
	for (size_t i = 0; i < 2; i++)
		s->port[i] = (struct server_port){ .server = s, .fd = -1 };
	err = take_memory(s, o, boot);
	if (err == ERR_NONE) {
		s->timer = timer_set(&loop->timers, loop->now.mono_ns + rest_ns, "http",
		                     on_sweep, s);
		err = s->timer == 0 ? ERR_FULL : ERR_NONE;
	}
	if (err == ERR_NONE && !gate_init(&s->gate, o->token)) {
		text_format(&trouble, "http.token: at most %d letters, digits and signs, no blanks",
		            GATE_TOKEN_BYTES - 1);
		err = ERR_CONFIG;
	}
	/* The file first: two daemons of one data.dir want the same port as well, and it is
	 * not the port that has to be changed. */
	if (err == ERR_NONE && o->unix_path[0] != '\0')
		err = open_unix(s, o, &trouble);
	if (err == ERR_NONE && o->listen_host[0] != '\0')
		err = open_tcp(s, o, &trouble);
	if (err != ERR_NONE && trouble.count == 0)
		text_format(&trouble, "http: %s: no memory, watcher or timer left for the server",
		            err_text(err));
	s->trouble[trouble.count] = '\0';
	if (err != ERR_NONE)
		server_close(s);
	return err;
}

void
server_close(struct server *s)
{
	if (s->loop == NULL)
		return;
	/* Ports first: a place that becomes free must not let somebody in. */
	for (size_t i = 0; i < 2; i++) {
		loop_forget(s->loop, s->port[i].handle);
		s->port[i].handle = 0;
		s->port[i].paused = false;
	}
	for (uint32_t i = 0; s->conn != NULL && i < s->conn_count_max; i++)
		if (s->conn[i].state != SERVER_FREE)
			server_conn_close(&s->conn[i]);
	if (s->port[PORT_TCP].fd >= 0)
		tcp_close(s->port[PORT_TCP].fd);
	listen_unix_close(&s->file);
	(void)timer_cancel(&s->loop->timers, s->timer);
	s->loop = NULL;
}
