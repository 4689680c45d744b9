/* link.c - one connection to a venue, and the machine it is.
 *
 * Why    Peers die in many ways: refuse, hang, greet and hang up, go silent.  Each way is
 *        one row of the table, each state has a deadline, and one function changes state.
 * Input  The connection's callbacks and the feed's tick.
 * Output Records: frames as they are, "up" when it opens, "down" when it ends.
 */
#include "feed/inside.h"
#include "base/check.h"
#include "base/num.h"

static const struct { const char *name; int64_t stay_max_ns; } about[LINK_STATE_COUNT] = {
	[LINK_IDLE]      = { "idle",      INT64_MAX / 4 }, /* nothing to wait for */
	[LINK_CONNECT]   = { "connect",   40000 * MS },    /* conn.h's own come first */
	[LINK_UPGRADE]   = { "upgrade",   10000 * MS },
	[LINK_SUBSCRIBE] = { "subscribe", 10000 * MS },    /* re-armed by each answer */
	[LINK_LIVE]      = { "live",      INT64_MAX / 4 }, /* the quiet limit watches */
	[LINK_CLOSING]   = { "closing",   10000 * MS },
	[LINK_BACKOFF]   = { "backoff",   0 },             /* grows with tries */
};

/* The whole machine on one screen: [state][input] -> next state. */
enum {
	IDLE = LINK_IDLE, CONN = LINK_CONNECT, UPGR = LINK_UPGRADE, SUBS = LINK_SUBSCRIBE,
	LIVE = LINK_LIVE, CLOS = LINK_CLOSING, BACK = LINK_BACKOFF,
};
static const uint8_t next[LINK_STATE_COUNT][LINK_INPUT_COUNT] = {
	/*                   START OPEN  UPGRADED DONE STOP  CLOSED DEADLINE */
	[LINK_IDLE]      = { BACK, IDLE, IDLE,   IDLE, IDLE, IDLE,  IDLE },
	[LINK_CONNECT]   = { CONN, UPGR, CONN,   CONN, CLOS, BACK,  CLOS },
	[LINK_UPGRADE]   = { UPGR, UPGR, SUBS,   UPGR, CLOS, BACK,  CLOS },
	[LINK_SUBSCRIBE] = { SUBS, SUBS, SUBS,   LIVE, CLOS, BACK,  CLOS },
	[LINK_LIVE]      = { LIVE, LIVE, LIVE,   LIVE, CLOS, BACK,  CLOS },
	[LINK_CLOSING]   = { CLOS, CLOS, CLOS,   CLOS, CLOS, BACK,  CLOS },
	[LINK_BACKOFF]   = { BACK, BACK, BACK,   BACK, IDLE, BACK,  CONN },
};

const char *
link_state_text(enum link_state state)
{
	ASSERT(state < LINK_STATE_COUNT);
	return about[state].name;
}

uint16_t
link_number(const struct link *l)
{
	return (uint16_t)(l->feed->plan.group[l->group].number * 2 + 1 + l->side);
}

static struct place *
place_of(const struct link *l)
{
	return feed_place_of(l->feed, l->group);
}

static int64_t
now_of(const struct link *l)
{
	return l->feed->loop->now.mono_ns;
}

void
link_init(struct link *l, struct feed *f, uint16_t group, uint8_t side)
{
	*l = (struct link){ .feed = f, .group = group, .side = side };
	l->deadline_ns = about[LINK_IDLE].stay_max_ns;
}

/* --- states -------------------------------------------------------------------------- */

static void
enter(struct link *l, enum link_state to)
{
	struct feed *f = l->feed;
	enum link_state from = (enum link_state)l->state;
	int64_t now_ns = now_of(l), stay_ns;

	ASSERT(to < LINK_STATE_COUNT);
	if (to == LINK_BACKOFF && l->resting)
		to = LINK_IDLE;
	stay_ns = about[to].stay_max_ns;
	if (to == LINK_BACKOFF && from != LINK_IDLE)
		stay_ns = backoff_ns(l->tries++, f->backoff_min_ns, f->backoff_max_ns, &f->chance);
	l->state = (uint8_t)to;
	l->entered_ns = now_ns;
	l->deadline_ns = now_ns + stay_ns;

	log_begin(f->log, f->loop->now.wall_ns,
	          to == LINK_LIVE ? LOG_INFO : to == LINK_BACKOFF && from != LINK_IDLE ? LOG_WARN
	                                                                               : LOG_DEBUG,
	          "link state");
	log_text(f->log, "venue", slice_str(place_of(l)->venue->name));
	log_int(f->log, "link", link_number(l));
	log_text(f->log, "state", slice_str(about[to].name));
	if (to == LINK_BACKOFF && from != LINK_IDLE) {
		log_text(f->log, "reason", slice_str(l->reason));
		log_int(f->log, "tries", l->tries);
		log_int(f->log, "pause_ms", stay_ns / MS);
	}
	log_end(f->log);
	feed_wake(f);
}

static void
step(struct link *l, enum link_input in)
{
	enum link_state to;

	ASSERT(l->state < LINK_STATE_COUNT);
	ASSERT(in < LINK_INPUT_COUNT);
	to = (enum link_state)next[l->state][in];
	if (to != (enum link_state)l->state)
		enter(l, to);
}

/* --- the connection ------------------------------------------------------------------- */

static bool
is_up(const struct link *l)
{
	return l->state == LINK_UPGRADE || l->state == LINK_SUBSCRIBE || l->state == LINK_LIVE;
}

/* What the websocket wants to say; the rest waits for the next tick. */
static void
flush(struct link *l)
{
	struct slice out;
	size_t room;

	if (l->ws == NULL || l->conn == NULL)
		return;
	while (out = ws_output(l->ws), room = conn_output_room(l->conn),
	       out.count > 0 && room > 0) {
		if (out.count > room)
			out.count = room;
		if (!conn_send(l->conn, out))
			return;
		ws_sent(l->ws, out.count);
	}
}

static void
set_reason(struct link *l, const char *first, const char *second)
{
	struct text out = text_init(l->reason, sizeof l->reason - 1);

	text_put(&out, slice_of(first, strnlen(first, 60)));
	if (second != NULL && second[0] != '\0') {
		text_char(&out, ' ');
		text_put(&out, slice_of(second, strnlen(second, 90)));
	}
	l->reason[out.count] = '\0';
}

void
link_end(struct link *l, const char *reason, bool rest)
{
	if (l->state == LINK_IDLE)
		return;
	l->resting = rest;
	if (l->state == LINK_CLOSING)
		return;
	if (l->state != LINK_BACKOFF)
		set_reason(l, reason, NULL);
	if (l->ws != NULL && ws_state(l->ws) == WS_OPEN && ws_close(l->ws, 1000) == ERR_NONE)
		flush(l);
	if (l->conn != NULL)
		conn_close(l->conn);
	if (l->state != LINK_BACKOFF || rest)
		step(l, IN_STOP);
}

/* A refused upgrade may be a refusal of the venue. */
static void
judge_refusal(struct link *l)
{
	struct place *p = place_of(l);
	int status = ws_http_status(l->ws);
	struct slice retry = ws_http_header(l->ws, "Retry-After");
	int64_t pause_s = 0;
	enum say_trouble trouble = p->say->trouble(status, ws_http_body(l->ws));

	if (trouble == TROUBLE_NONE)
		return;
	if (!num_int64(retry, &pause_s) || pause_s <= 0)
		pause_s = say_trouble_pause_s(trouble);
	if (pause_s > 3 * 86400)
		pause_s = 3 * 86400;
	p->refused_until_ns = now_of(l) + pause_s * SECONDS;
	feed_trouble(l->feed, p, trouble, status);
}

static void
ws_ended(struct link *l)
{
	enum ws_reason reason = ws_reason(l->ws);
	const char *detail = ws_detail(l->ws);

	if (reason == WS_REASON_STATUS)
		judge_refusal(l);
	flush(l); /* the close that answers theirs, or says what was wrong */
	link_end(l, "", false);
	set_reason(l, ws_reason_text(reason), detail);
}

static void
upgraded(struct link *l)
{
	struct feed *f = l->feed;
	struct place *p = place_of(l);
	int64_t now_ns = now_of(l);

	step(l, IN_UPGRADED);
	l->told_up = true;
	l->last_frame_ns = now_ns;
	l->send_next_ns = now_ns;
	l->ping_next_ns = now_ns + p->say->ping_every_ms * MS;
	/* Half an hour before the cut, and not all at once. */
	l->replace_ns = p->say->life_ms == 0 ? 0
	              : now_ns + p->say->life_ms * MS - 1800 * SECONDS -
	                chance_below(&f->chance, 900 * SECONDS);
	f->plan.group[l->group].changed[l->side] = true;
	feed_record(f, p, TAPE_LINK, link_number(l), SLICE("up"),
	            slice_str(conn_about(l->conn)));
}

/* True: everything that waited is answered. */
static void
say_more(struct link *l)
{
	if (l->state != LINK_SUBSCRIBE && l->state != LINK_LIVE)
		return;
	if (portion_step(l)) {
		bool was_down = l->restart_count > 0 && l->state == LINK_SUBSCRIBE;

		step(l, IN_DONE);
		if (was_down)
			gap_after_down(l->feed, l->group);
	}
	flush(l);
}

static void
on_message(void *context, enum ws_kind kind, struct slice message)
{
	struct link *l = context;
	struct place *p = place_of(l);
	struct say_answer answer = { 0 };
	enum say_reply reply;

	if (l->state == LINK_UPGRADE)
		upgraded(l);
	if (l->state != LINK_SUBSCRIBE && l->state != LINK_LIVE)
		return;
	l->last_frame_ns = now_of(l);
	if (kind != WS_TEXT)
		return;
	l->frame_count++;
	l->byte_count += message.count;
	reply = p->say->reply(message, &answer);
	feed_record(l->feed, p, TAPE_FRAME, link_number(l), slice_of(NULL, 0), message);
	if (reply == SAY_SHUTDOWN)
		group_replace(l->feed, l->group, "the venue says it will close");
	else if (reply == SAY_ACK || reply == SAY_REFUSED)
		portion_answered(l, reply, &answer);
}

static void
on_open(void *context)
{
	struct link *l = context;
	struct feed *f = l->feed;
	struct place *p = place_of(l);

	if (l->state != LINK_CONNECT)
		return;
	l->ws = ws_open(f->ws, p->ws_name, p->say->route[f->plan.group[l->group].route].path,
	                NULL, LIMIT_message_bytes_max);
	if (l->ws == NULL) {
		link_end(l, "no_resources", false);
		return;
	}
	step(l, IN_OPEN);
	flush(l);
}

static void
on_bytes(void *context, struct slice bytes, struct now now)
{
	struct link *l = context;

	(void)now;
	if (!is_up(l) || l->ws == NULL)
		return;
	ws_receive(l->ws, bytes, on_message, l);
	if (!is_up(l))
		return;
	if (ws_state(l->ws) == WS_ENDED) {
		ws_ended(l);
		return;
	}
	if (l->state == LINK_UPGRADE && ws_state(l->ws) == WS_OPEN)
		upgraded(l);
	say_more(l);
	flush(l);
}

static void
on_closed(void *context, enum conn_reason reason, const char *detail)
{
	struct link *l = context;
	struct feed *f = l->feed;
	bool told_up = l->told_up;

	if (l->state != LINK_CLOSING) {
		if (l->ws != NULL) {
			ws_receive_end(l->ws);
			if (ws_state(l->ws) == WS_ENDED && ws_reason(l->ws) == WS_REASON_STATUS)
				judge_refusal(l);
		}
		set_reason(l, conn_reason_text(reason), detail);
	}
	l->conn = NULL;
	if (l->ws != NULL)
		ws_free(l->ws);
	l->ws = NULL;
	l->told_up = false;
	portion_forget(l);
	if (told_up) {
		l->restart_count++;
		group_side_ended(f, l->group, l->side);
	}
	step(l, IN_CLOSED);
}

/* --- time -------------------------------------------------------------------------------- */

/* False: not now; the deadline says when it is looked at again. */
static bool
connect_now(struct link *l)
{
	static const struct conn_owner callbacks = {
		.on_open = on_open, .on_bytes = on_bytes, .on_closed = on_closed,
	};
	struct feed *f = l->feed;
	struct place *p = place_of(l);
	struct conn_owner owner = callbacks;
	int64_t now_ns = now_of(l);

	if (p->refused_until_ns > now_ns) {
		l->deadline_ns = p->refused_until_ns;
		return false;
	}
	if (f->connect_next_ns > now_ns) {
		l->deadline_ns = f->connect_next_ns;
		return false;
	}
	owner.context = l;
	l->conn = conn_open(f->net, &p->ws, &owner);
	f->connect_next_ns = now_ns + 100 * MS;
	if (l->conn == NULL) {
		set_reason(l, "no_resources", NULL);
		l->deadline_ns = now_ns + backoff_ns(l->tries++, f->backoff_min_ns,
		                                     f->backoff_max_ns, &f->chance);
		return false;
	}
	return true;
}

void
link_start(struct link *l)
{
	l->resting = false;
	step(l, IN_START);
}

static int64_t
quiet_ns(const struct link *l)
{
	int64_t limit_ns = place_of(l)->say->link_quiet_ms * MS;
	int64_t most_ns = l->feed->quiet_max_ns;

	return most_ns > 0 && most_ns < limit_ns ? most_ns : limit_ns;
}

static void
ping(struct link *l)
{
	const struct venue_say *say = place_of(l)->say;
	int64_t now_ns = now_of(l);

	if (now_ns < l->send_next_ns)
		return;
	if (say->ping != NULL && now_ns >= l->ping_next_ns) {
		if (ws_send_text(l->ws, slice_str(say->ping)) != ERR_NONE)
			return;
		l->ping_next_ns = now_ns + say->ping_every_ms * MS;
		l->send_next_ns = now_ns + say->message_gap_ms * MS;
	} else if (say->ping == NULL && now_ns - l->last_frame_ns > quiet_ns(l) / 2 &&
	           now_ns >= l->ping_next_ns) {
		/* A pong proves the connection where the market is only calm. */
		if (ws_send_ping(l->ws, slice_of("", 0)) != ERR_NONE)
			return;
		l->ping_next_ns = now_ns + quiet_ns(l) / 4;
		l->send_next_ns = now_ns + say->message_gap_ms * MS;
	}
}

/* A refusal whose page never ends is a refusal all the same. */
static void
upgrade_timeout(struct link *l)
{
	if (ws_http_status(l->ws) >= 200)
		ws_receive_end(l->ws);
	if (ws_state(l->ws) == WS_ENDED)
		ws_ended(l);
	else
		link_end(l, "upgrade_timeout", false);
}

void
link_tick(struct link *l)
{
	int64_t now_ns = now_of(l);

	if (l->state == LINK_LIVE && now_ns - l->entered_ns > 60 * SECONDS)
		l->tries = 0; /* a peer that greets and hangs up is not forgiven at once */
	if (l->state == LINK_SUBSCRIBE || l->state == LINK_LIVE) {
		if (now_ns - l->last_frame_ns > quiet_ns(l)) {
			link_end(l, "quiet", false);
			return;
		}
		if (l->asked_id != 0 && now_ns - l->asked_ns > about[LINK_SUBSCRIBE].stay_max_ns) {
			link_end(l, "subscription_not_answered", false);
			return;
		}
		/* Each answer gave it new time. */
		if (l->state == LINK_SUBSCRIBE)
			l->deadline_ns = now_ns + about[LINK_SUBSCRIBE].stay_max_ns;
		ping(l);
		say_more(l);
	}
	flush(l);
	if (now_ns < l->deadline_ns)
		return;
	switch ((enum link_state)l->state) {
	case LINK_BACKOFF:
		if (connect_now(l))
			step(l, IN_DEADLINE);
		return;
	case LINK_CONNECT:
		link_end(l, "connect_timeout", false);
		return;
	case LINK_UPGRADE:
		upgrade_timeout(l);
		return;
	default:
		/* CLOSING: conn.h promises its on_closed; look again. */
		l->deadline_ns = now_ns + about[l->state].stay_max_ns;
		return;
	}
}

int64_t
link_next_ns(const struct link *l)
{
	int64_t next_ns = l->deadline_ns;

	if ((l->state == LINK_SUBSCRIBE || l->state == LINK_LIVE) && l->asked_id == 0 &&
	    l->feed->plan.group[l->group].changed[l->side] && l->send_next_ns < next_ns)
		next_ns = l->send_next_ns;
	return next_ns;
}
