/* rest.c - requests: one connection a host, one request in the air, by urgency.
 *
 *   CLOSED ─> CONNECT ─> READY <─> BUSY         every state but CLOSED and READY has a
 *      ^         │         │        │           deadline; CLOSING waits for conn.h
 *      └─────────┴── CLOSING <──────┘
 *
 * Urgency  The order of enum say_asked, then first come first served.  An ask whose
 *          budget is used up waits for the next window and lets others pass.
 * Retry    A connection that a server closed between two requests is nobody's fault: at
 *          once.  Its own troubles, broken answers: after a growing pause, five times.
 *          Bans and walls: the whole host is silent for as long as it says.
 */
#include "feed/inside.h"
#include "base/check.h"
#include <stdio.h>

enum { TRIES_MAX = 5, REQUEST_BYTES = 2048 };

static const uint64_t body_bytes_max = 64u << 20;
static const int64_t connect_max_ns = 40 * SECONDS;
static const int64_t stall_max_ns = 15 * SECONDS;

enum err
rest_host_of(struct feed *f, const struct conn_endpoint *endpoint, int32_t *host_out)
{
	for (int i = 0; i < f->host_count; i++) {
		const struct conn_endpoint *e = &f->host[i].endpoint;

		if (strcmp(e->host, endpoint->host) == 0 && e->port == endpoint->port &&
		    e->secure == endpoint->secure && e->backend == endpoint->backend &&
		    e->trust == endpoint->trust && strcmp(e->proxy, endpoint->proxy) == 0) {
			*host_out = i;
			return ERR_NONE;
		}
	}
	if (f->host_count == FEED_HOSTS_MAX)
		return ERR_FULL;
	*host_out = f->host_count++;
	f->host[*host_out] = (struct host){ .feed = f, .endpoint = *endpoint, .asked = -1 };
	return ERR_NONE;
}

struct ask *
rest_ask(struct feed *f, struct place *p, const struct say_ask *say, uint32_t instrument)
{
	for (int i = 0; i < ASKS_MAX; i++) {
		struct ask *a = &f->ask[i];

		if (a->used)
			continue;
		*a = (struct ask){
			.used = true, .place = p->index, .say = say, .instrument = instrument,
			.limit = say->limit, .order = f->ask_order++,
		};
		feed_wake(f);
		return a;
	}
	return NULL;
}

struct place *
rest_place_of(struct feed *f, const struct ask *a)
{
	return &f->place[a->place];
}

/* --- an ask's end ------------------------------------------------------------------------ */

void
rest_done(struct feed *f, struct ask *a, bool ok)
{
	struct place *p = rest_place_of(f, a);
	struct ask was = *a;

	*a = (struct ask){ 0 };
	if (!ok)
		p->request_failed_count++;
	if (was.say->asked == ASK_INSTRUMENTS)
		metadata_done(f, p, ok);
	if (was.say->asked == ASK_TICKERS)
		metadata_ranked(f, p);
	if (was.say->asked == ASK_FILL)
		gap_done(f, p, &was, ok);
	else
		poll_done(f, p, &was, ok);
	feed_wake(f);
}

void
rest_log_failure(struct feed *f, const struct ask *a, const char *path, const char *word,
                 int status)
{
	log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "request failed");
	log_text(f->log, "venue", slice_str(f->place[a->place].venue->name));
	log_text(f->log, "reason", slice_str(word));
	log_int(f->log, "status", status);
	log_text(f->log, "path", slice_str(path));
	log_end(f->log);
}

void
rest_again(struct feed *f, struct ask *a, bool counts)
{
	int64_t now_ns = f->loop->now.mono_ns;

	a->in_air = false;
	if (!counts) {
		a->not_before_ns = now_ns;
		return;
	}
	if (++a->tries >= TRIES_MAX) {
		rest_done(f, a, false);
		return;
	}
	rest_place_of(f, a)->request_failed_count++;
	a->not_before_ns = now_ns + backoff_ns((uint32_t)a->tries, f->backoff_min_ns,
	                                       f->backoff_max_ns, &f->chance);
}

/* --- the connection --------------------------------------------------------------------------- */

static void
hang_up(struct host *h)
{
	if (h->conn != NULL)
		conn_close(h->conn);
	h->state = HOST_CLOSING;
	h->deadline_ns = INT64_MAX / 4;
}

static void
failed(struct host *h, const char *word, bool counts)
{
	struct feed *f = h->feed;

	if (h->asked >= 0) {
		struct ask *a = &f->ask[h->asked];

		h->asked = -1;
		if (counts)
			rest_log_failure(f, a, h->path, word, h->http.status);
		rest_again(f, a, counts);
	}
}

static void
on_open(void *context)
{
	struct host *h = context;

	if (h->state != HOST_CONNECT)
		return;
	h->state = HOST_READY;
	h->unreached[0] = '\0';
	h->served_count = 0;
	feed_wake(h->feed);
}

static void
on_bytes(void *context, struct slice bytes, struct now now)
{
	struct host *h = context;
	size_t count;

	if (h->state != HOST_BUSY) {
		if (h->state == HOST_READY)
			hang_up(h); /* nobody asked */
		return;
	}
	h->deadline_ns = now.mono_ns + stall_max_ns;
	count = http_receive(&h->http, bytes, rest_on_http, h);
	if (h->http.state == HTTP_FAILED) {
		failed(h, http_reason_text((enum http_reason)h->http.reason), true);
		hang_up(h);
		return;
	}
	if (h->http.state != HTTP_DONE)
		return;
	h->state = HOST_READY;
	rest_answered(h);
	if (h->ends_badly || count < bytes.count)
		hang_up(h);
	feed_wake(h->feed);
}

static void
on_closed(void *context, enum conn_reason reason, const char *detail)
{
	struct host *h = context;
	struct feed *f = h->feed;

	h->conn = NULL;
	if (h->state == HOST_BUSY) {
		http_receive_end(&h->http, rest_on_http, h);
		if (h->http.state == HTTP_DONE)
			rest_answered(h);
		else
			failed(h, conn_reason_text(reason),
			       h->served_count == 0 || h->http.body_bytes > 0);
	} else if (h->state == HOST_CONNECT) {
		h->not_before_ns = f->loop->now.mono_ns +
		                   backoff_ns(h->tries++, f->backoff_min_ns, f->backoff_max_ns,
		                              &f->chance);
		snprintf(h->unreached, sizeof h->unreached, "%s cannot be reached: %s", h->name,
		         detail != NULL && detail[0] != '\0' ? detail : conn_reason_text(reason));
		log_begin(f->log, f->loop->now.wall_ns, LOG_WARN, "connect failed");
		log_text(f->log, "host", slice_str(h->name));
		log_text(f->log, "reason", slice_str(conn_reason_text(reason)));
		log_text(f->log, "detail", slice_str(detail != NULL ? detail : ""));
		log_end(f->log);
	}
	h->state = HOST_CLOSED;
	feed_wake(f);
}

static void
open_host(struct host *h)
{
	static const struct conn_owner callbacks = {
		.on_open = on_open, .on_bytes = on_bytes, .on_closed = on_closed,
	};
	struct feed *f = h->feed;
	struct conn_owner owner = callbacks;

	owner.context = h;
	h->conn = conn_open(f->net, &h->endpoint, &owner);
	if (h->conn == NULL) {
		h->not_before_ns = f->loop->now.mono_ns + backoff_ns(h->tries++, f->backoff_min_ns,
		                                                     f->backoff_max_ns, &f->chance);
		return;
	}
	h->state = HOST_CONNECT;
	h->ends_badly = false;
	h->deadline_ns = f->loop->now.mono_ns + connect_max_ns;
}

/* --- who is next ------------------------------------------------------------------------------- */

static bool
is_due(const struct feed *f, int host, const struct ask *a)
{
	const struct place *p = &f->place[a->place];
	int64_t now_ns = f->loop->now.mono_ns;

	return a->used && !a->in_air && p->host == host && a->not_before_ns <= now_ns;
}

/* The most urgent ask that is due; -1: none. */
static int32_t
most_urgent(const struct feed *f, int host)
{
	int32_t best = -1;

	for (int32_t i = 0; i < ASKS_MAX; i++) {
		const struct ask *a = &f->ask[i], *b;

		if (!is_due(f, host, a))
			continue;
		b = best >= 0 ? &f->ask[best] : NULL;
		if (b == NULL || a->say->asked < b->say->asked ||
		    (a->say->asked == b->say->asked && a->order < b->order))
			best = i;
	}
	return best;
}

/* False: its budget is used up, it was put off. */
static bool
affords(struct feed *f, struct ask *a)
{
	const struct say_bucket *bucket = &rest_place_of(f, a)->say->bucket[a->say->bucket];
	struct budget *b = &f->budget[bucket->shared];
	struct now now = f->loop->now;
	bool urgent = a->say->asked <= ASK_FILL;
	int64_t again_wall_ns;

	if (budget_take(b, a->say->weight, urgent ? BUDGET_URGENT : BUDGET_POLL, now.wall_ns,
	                &again_wall_ns))
		return true;
	a->not_before_ns = now.mono_ns + (again_wall_ns - now.wall_ns) + 50 * MS;
	return false;
}

static void
send_ask(struct host *h, int32_t index)
{
	struct feed *f = h->feed;
	struct ask *a = &f->ask[index];
	struct place *p = rest_place_of(f, a);
	char memory[REQUEST_BYTES];
	struct text path = text_init(h->path, sizeof h->path - 1);
	struct text out = text_init(memory, sizeof memory);
	struct say_details details = {
		.from_id = a->from_id, .limit = a->limit, .cursor = slice_str(a->cursor),
	};
	struct slice none = slice_of("", 0);

	if (!say_path(a->say, a->instrument != 0 ? &f->table->at[a->instrument] : NULL,
	              &details, &path)) {
		rest_done(f, a, false);
		return;
	}
	h->path_count = path.count;
	h->path[path.count] = '\0';
	http_request(&out, "GET", h->name, text_slice(&path), NULL, NULL, none);
	if (out.cut || !conn_send(h->conn, text_slice(&out))) {
		rest_again(f, a, true);
		hang_up(h);
		return;
	}
	p->request_count++;
	a->in_air = true;
	h->asked = index;
	h->state = HOST_BUSY;
	h->deadline_ns = f->loop->now.mono_ns + stall_max_ns;
	http_begin(&h->http, body_bytes_max, NULL);
	body_begin(&h->body, p->venue->list(p->venue, text_slice(&path)), a->say->cursor);
}

void
rest_tick(struct feed *f, int host)
{
	struct host *h = &f->host[host];
	int64_t now_ns = f->loop->now.mono_ns;
	int32_t index;

	if ((h->state == HOST_CONNECT || h->state == HOST_BUSY) && now_ns >= h->deadline_ns) {
		failed(h, "timeout", true);
		if (h->state == HOST_CONNECT)
			h->not_before_ns = now_ns + backoff_ns(h->tries++, f->backoff_min_ns,
			                                       f->backoff_max_ns, &f->chance);
		hang_up(h);
		return;
	}
	if (f->closing || (h->state != HOST_CLOSED && h->state != HOST_READY) ||
	    now_ns < h->not_before_ns)
		return;
	while ((index = most_urgent(f, host)) >= 0) {
		if (h->state == HOST_CLOSED) {
			open_host(h);
			return;
		}
		if (!affords(f, &f->ask[index]))
			continue;
		send_ask(h, index);
		if (h->state != HOST_READY)
			return;
	}
}

int64_t
rest_next_ns(const struct feed *f, int host)
{
	const struct host *h = &f->host[host];
	int64_t next_ns = INT64_MAX;

	if (h->state == HOST_CONNECT || h->state == HOST_BUSY)
		return h->deadline_ns;
	if (h->state == HOST_CLOSING)
		return INT64_MAX;
	for (int i = 0; i < ASKS_MAX; i++) {
		const struct ask *a = &f->ask[i];
		int64_t at_ns = a->not_before_ns;

		if (!a->used || a->in_air || f->place[a->place].host != host)
			continue;
		if (at_ns < h->not_before_ns)
			at_ns = h->not_before_ns;
		if (at_ns < next_ns)
			next_ns = at_ns;
	}
	return next_ns;
}

void
rest_close(struct feed *f)
{
	for (int i = 0; i < f->host_count; i++)
		if (f->host[i].state != HOST_CLOSED && f->host[i].state != HOST_CLOSING)
			hang_up(&f->host[i]);
}
