/* fake_net.h - conn.h and ws.h without sockets: a made-up network in virtual time.
 *
 * The test defines these functions itself, so the linker never looks for the real ones;
 * http.c is the real one.  A peer is a small script: `fake` says what it does with a new
 * connection, an upgrade, a subscription and a request.  Every answer comes `delay_ns`
 * later, from another turn, as conn.h promises.
 */
#ifndef TESTS_FEED_FAKE_NET_H
#define TESTS_FEED_FAKE_NET_H
#include "net/conn.h"
#include "net/http.h"
#include "net/ws.h"
#include <stdio.h>
#include <stdlib.h>

enum { FAKE_CONNS = 64, FAKE_SENT_MAX = 200000, FAKE_OUT = 65536 };
enum fake_state { FAKE_FREE, FAKE_NEW, FAKE_UP, FAKE_GOING };

struct ws {
	struct conn *conn;
	enum ws_state state;
	enum ws_reason reason;
	int status;
	char detail[64], path[128], host[300];
	bool upgrade_due;
};

struct conn {
	enum fake_state state;
	struct conn_owner owner;
	struct conn_endpoint to;
	int64_t due_ns;       /* of what it does next; INT64_MAX: nothing */
	struct ws *ws;
	char *out;            /* what the feed said: a request, or messages with '\n' */
	size_t out_count;
	int number;           /* counts up over all connections */
	int requests;
	bool hang;            /* answers nothing */
};

struct fake_answer {
	int status;           /* 0: no answer at all */
	const char *header;   /* "Name: value\r\n" */
	char *body;           /* kept by the test */
	bool drop;            /* closes instead of answering */
};

static struct fake {
	struct loop loop;
	struct conn conn[FAKE_CONNS];
	int conn_count;       /* ever opened */
	int64_t delay_ns;
	/* what the peer does */
	bool refuse;          /* connections are refused */
	const char *refuse_host; /* those to hosts with this word are; NULL: none */
	int upgrade_status;   /* 0: lets it in */
	const char *upgrade_body;
	bool mute;            /* subscriptions are not answered */
	void (*on_message)(struct conn *c, struct slice message); /* NULL: acknowledges */
	struct fake_answer (*on_request)(struct conn *c, struct slice path);
	/* what was said */
	struct { int64_t at_ns; int conn; const char *host; char *text; } sent[FAKE_SENT_MAX];
	int sent_count;
	int live_max;         /* connections open at once */
} fake;

static struct conn *fake_now_opening;

const char *
conn_reason_text(enum conn_reason reason)
{
	static const char *const text[] = {
#define X(name, words) [CONN_REASON_##name] = words,
		CONN_REASONS(X)
#undef X
	};

	return text[reason];
}

const char *
ws_reason_text(enum ws_reason reason)
{
	static const char *const text[] = {
#define X(name, words) [WS_REASON_##name] = words,
		WS_REASONS(X)
#undef X
	};

	return text[reason];
}

struct conn *
conn_open(struct net *n, const struct conn_endpoint *to, const struct conn_owner *owner)
{
	(void)n;
	for (int i = 0; i < FAKE_CONNS; i++) {
		struct conn *c = &fake.conn[i];

		if (c->state != FAKE_FREE)
			continue;
		*c = (struct conn){ .state = FAKE_NEW, .owner = *owner, .to = *to,
		                    .due_ns = fake.loop.now.mono_ns + fake.delay_ns,
		                    .out = malloc(FAKE_OUT), .number = ++fake.conn_count };
		return c;
	}
	return NULL;
}

static void
fake_note(struct conn *c, struct slice text)
{
	char *copy = malloc(text.count + 1);

	memcpy(copy, text.at, text.count);
	copy[text.count] = '\0';
	if (fake.sent_count == FAKE_SENT_MAX)
		abort();
	fake.sent[fake.sent_count].at_ns = fake.loop.now.mono_ns;
	fake.sent[fake.sent_count].conn = c->number;
	fake.sent[fake.sent_count].host = c->to.host;
	fake.sent[fake.sent_count++].text = copy;
}

static void
fake_put(struct conn *c, struct slice bytes)
{
	if (c->out_count + bytes.count > FAKE_OUT)
		abort();
	memcpy(c->out + c->out_count, bytes.at, bytes.count);
	c->out_count += bytes.count;
	if (c->due_ns == INT64_MAX)
		c->due_ns = fake.loop.now.mono_ns + fake.delay_ns;
}

bool
conn_send(struct conn *c, struct slice bytes)
{
	if (c->state != FAKE_UP)
		return false;
	fake_note(c, bytes);
	fake_put(c, bytes);
	return true;
}

size_t conn_output_room(const struct conn *c) { return c->state == FAKE_UP ? 16384 : 0; }
const char *conn_about(const struct conn *c) { (void)c; return "192.0.2.1:443 TLS 1.3"; }
int64_t conn_opened_ns(const struct conn *c) { (void)c; return 1; }
uint64_t conn_bytes_in(const struct conn *c) { (void)c; return 0; }

void
conn_close(struct conn *c)
{
	c->state = FAKE_GOING;
	c->due_ns = fake.loop.now.mono_ns + fake.delay_ns;
}

struct ws *
ws_open(struct ws_pool *pool, const char *host, const char *path, const char *header,
        size_t message_bytes_max)
{
	struct ws *w = calloc(1, sizeof *w);

	(void)pool;
	(void)header;
	(void)message_bytes_max;
	w->conn = fake_now_opening;
	w->conn->ws = w;
	w->upgrade_due = true;
	snprintf(w->path, sizeof w->path, "%s", path);
	snprintf(w->host, sizeof w->host, "%s", host);
	w->conn->due_ns = fake.loop.now.mono_ns + fake.delay_ns;
	return w;
}

void ws_free(struct ws *w) { w->conn->ws = NULL; free(w); }
enum ws_state ws_state(const struct ws *w) { return w->state; }
enum ws_reason ws_reason(const struct ws *w) { return w->reason; }
const char *ws_detail(const struct ws *w) { return w->detail; }
int ws_http_status(const struct ws *w) { return w->status; }
struct slice ws_output(struct ws *w) { (void)w; return slice_of(NULL, 0); }
void ws_sent(struct ws *w, size_t count) { (void)w; (void)count; }

struct slice
ws_http_header(const struct ws *w, const char *name)
{
	(void)w;
	(void)name;
	return slice_of(NULL, 0);
}

struct slice
ws_http_body(const struct ws *w)
{
	(void)w;
	return slice_str(fake.upgrade_body != NULL ? fake.upgrade_body : "");
}

void
ws_receive_end(struct ws *w)
{
	if (w->state != WS_ENDED) {
		w->state = WS_ENDED;
		w->reason = WS_REASON_ENDED;
	}
}

enum err
ws_send_text(struct ws *w, struct slice message)
{
	fake_note(w->conn, message);
	fake_put(w->conn, message);
	fake_put(w->conn, SLICE("\n"));
	return ERR_NONE;
}

enum err
ws_send_ping(struct ws *w, struct slice payload)
{
	(void)payload;
	fake_note(w->conn, SLICE("(ping)"));
	fake_put(w->conn, SLICE("(ping)\n"));
	return ERR_NONE;
}

enum err
ws_close(struct ws *w, uint16_t code)
{
	(void)w;
	(void)code;
	return ERR_NONE;
}

/* The fake's wire: 0x01 the upgrade is done, 0x02 it was refused, 0x03 a pong, else one
 * text message. */
enum ws_state
ws_receive(struct ws *w, struct slice bytes, ws_sink *sink, void *context)
{
	if (w->state == WS_ENDED)
		return w->state;
	if (bytes.at[0] == 1) {
		w->state = WS_OPEN;
	} else if (bytes.at[0] == 2) {
		w->state = WS_ENDED;
		w->reason = WS_REASON_STATUS;
		w->status = fake.upgrade_status;
		snprintf(w->detail, sizeof w->detail, "status %d", w->status);
	} else if (bytes.at[0] == 3) {
		sink(context, WS_PONG, slice_of("", 0));
	} else {
		sink(context, WS_TEXT, bytes);
	}
	return w->state;
}

/* --- the peer ----------------------------------------------------------------------------- */

static void
fake_bytes(struct conn *c, struct slice bytes)
{
	char *copy;

	if (c->state != FAKE_UP)
		return;
	copy = calloc(1, bytes.count + 64);
	memcpy(copy, bytes.at, bytes.count);
	c->owner.on_bytes(c->owner.context, slice_of(copy, bytes.count), fake.loop.now);
	free(copy);
}

static inline void
fake_say(struct conn *c, const char *text)
{
	fake_bytes(c, slice_str(text));
}

static inline void
fake_drop(struct conn *c, enum conn_reason reason)
{
	struct conn_owner owner = c->owner;
	char *out = c->out;

	c->state = FAKE_GOING;
	owner.on_closed(owner.context, reason, "");
	c->state = FAKE_FREE;
	free(out);
}

/* "id":7 or "req_id":"7" of what was said. */
static inline unsigned
fake_id(struct slice message, const char *name)
{
	const char *at = memmem(message.at, message.count, name, strlen(name));
	unsigned id = 0;

	if (at == NULL)
		return 0;
	for (at += strlen(name); *at == '"' || *at == ':'; at++) { }
	for (; *at >= '0' && *at <= '9'; at++)
		id = id * 10 + (unsigned)(*at - '0');
	return id;
}

static inline void
fake_acknowledge(struct conn *c, struct slice message)
{
	char text[200];

	if (slice_is(message, "(ping)")) {
		fake_bytes(c, SLICE("\x03"));
		return;
	}
	if (slice_is(message, "{\"op\":\"ping\"}")) {
		fake_say(c, "{\"success\":true,\"ret_msg\":\"pong\",\"conn_id\":\"x\",\"req_id\":"
		            "\"\",\"op\":\"ping\"}");
		return;
	}
	if (fake.mute)
		return;
	if (fake_id(message, "\"req_id\"") != 0)
		snprintf(text, sizeof text, "{\"success\":true,\"ret_msg\":\"\",\"conn_id\":\"x\","
		         "\"req_id\":\"%u\",\"op\":\"subscribe\"}", fake_id(message, "\"req_id\""));
	else
		snprintf(text, sizeof text, "{\"result\":null,\"id\":%u}",
		         fake_id(message, "\"id\""));
	fake_say(c, text);
}

static void
fake_hear(struct conn *c)
{
	char *said = c->out, *out;
	struct slice rest = slice_of(said, c->out_count);

	c->out = out = malloc(FAKE_OUT);
	c->out_count = 0;
	while (rest.count > 0 && c->state == FAKE_UP && c->out == out) {
		struct slice message = slice_cut(&rest, '\n');

		if (fake.on_message != NULL)
			fake.on_message(c, message);
		else
			fake_acknowledge(c, message);
	}
	free(said);
}

static void
fake_serve(struct conn *c)
{
	static char text[1 << 20];
	char request[1024];
	struct slice path;
	struct fake_answer a;
	int count;

	if (c->hang)
		return;
	snprintf(request, sizeof request, "%.*s", (int)c->out_count, c->out);
	c->out_count = 0;
	c->requests++;
	path = slice_str(request);
	slice_cut(&path, ' ');
	path = slice_cut(&path, ' ');
	a = fake.on_request(c, path);
	if (a.drop) {
		fake_drop(c, CONN_REASON_ENDED);
		return;
	}
	if (a.status == 0)
		return;
	count = snprintf(text, sizeof text, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s",
	                 a.status, strlen(a.body), a.header != NULL ? a.header : "", a.body);
	/* In two parts: no reader may count on whole answers. */
	fake_bytes(c, slice_of(text, (size_t)count / 2));
	fake_bytes(c, slice_of(text + count / 2, (size_t)(count - count / 2)));
}

static void
fake_turn(struct conn *c)
{
	c->due_ns = INT64_MAX;
	if (c->state == FAKE_GOING) {
		fake_drop(c, CONN_REASON_ASKED);
	} else if (c->state == FAKE_NEW) {
		if (fake.refuse || (fake.refuse_host != NULL &&
		                    strstr(c->to.host, fake.refuse_host) != NULL)) {
			fake_drop(c, CONN_REASON_REFUSED);
			return;
		}
		c->state = FAKE_UP;
		fake_now_opening = c;
		c->owner.on_open(c->owner.context);
	} else if (c->ws != NULL && c->ws->upgrade_due) {
		c->ws->upgrade_due = false;
		fake_bytes(c, fake.upgrade_status == 0 ? SLICE("\x01") : SLICE("\x02"));
	} else if (c->ws != NULL) {
		fake_hear(c);
	} else if (c->out_count > 0) {
		fake_serve(c);
	}
}

static int64_t
fake_next_ns(void)
{
	int64_t next_ns = timer_next_ns(&fake.loop.timers);

	for (int i = 0; i < FAKE_CONNS; i++)
		if (fake.conn[i].state != FAKE_FREE && fake.conn[i].due_ns < next_ns)
			next_ns = fake.conn[i].due_ns;
	return next_ns;
}

/* Lets so much time pass. */
static void
fake_run_ms(int64_t ms)
{
	int64_t end_ns = fake.loop.now.mono_ns + ms * 1000000;
	int64_t wall_ns = fake.loop.now.wall_ns - fake.loop.now.mono_ns;

	for (;;) {
		int64_t next_ns = fake_next_ns();
		int live = 0;

		if (next_ns > end_ns)
			break;
		if (next_ns > fake.loop.now.mono_ns)
			fake.loop.now.mono_ns = next_ns;
		fake.loop.now.wall_ns = wall_ns + fake.loop.now.mono_ns;
		timer_begin(&fake.loop.timers, fake.loop.now);
		while (timer_step(&fake.loop.timers, fake.loop.now) != NULL) { }
		timer_end(&fake.loop.timers);
		for (int i = 0; i < FAKE_CONNS; i++) {
			live += fake.conn[i].state == FAKE_UP;
			if (fake.conn[i].state != FAKE_FREE &&
			    fake.conn[i].due_ns <= fake.loop.now.mono_ns)
				fake_turn(&fake.conn[i]);
		}
		if (live > fake.live_max)
			fake.live_max = live;
	}
	fake.loop.now.mono_ns = end_ns;
	fake.loop.now.wall_ns = wall_ns + end_ns;
}
#endif
