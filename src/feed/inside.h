/* inside.h - the feed's own insides, shared by the files of this room only.
 *
 *   feed.c      opens, ticks, tells events around        feed_status.c  for people
 *   coins, plan, budget, backoff, body, selftest          pure
 *   link.c      one connection: states, subscriptions     group.c  its two sides
 *   rest.c      one host: queue, budget, retries          poll.c   what is asked when
 *   rest_answer.c  one answer                             metadata.c  who is watched
 *   gap.c       what is missing
 *
 * One thread, one clock: `now` is the loop's, of this turn.
 */
#ifndef FEED_INSIDE_H
#define FEED_INSIDE_H
#include "feed/backoff.h"
#include "feed/body.h"
#include "feed/budget.h"
#include "feed/coins.h"
#include "feed/feed.h"
#include "feed/plan.h"
#include "feed/selftest.h"
#include "feed/watchdog.h"
#include "net/http.h"

#define MS ((int64_t)1000000)
#define SECONDS ((int64_t)1000000000)

/* --- links ---------------------------------------------------------------------------- */

/*   IDLE ─> CONNECT ─> UPGRADE ─> SUBSCRIBE ─> LIVE ─> CLOSING ─┐
 *            │  ^         │           │          │              v
 *            v  └─────────┴───────────┴──────────┴──────────> BACKOFF  (or IDLE)
 * CLOSING waits for the connection's own goodbye, whatever led to it. */
enum link_state {
	LINK_IDLE,
	LINK_CONNECT,
	LINK_UPGRADE,
	LINK_SUBSCRIBE,
	LINK_LIVE,
	LINK_CLOSING,
	LINK_BACKOFF,
	LINK_STATE_COUNT
};

enum link_input {
	IN_START,    /* there is something to subscribe */
	IN_OPEN,     /* the connection is open */
	IN_UPGRADED, /* the websocket is open */
	IN_DONE,     /* all topics are answered */
	IN_STOP,     /* not needed (any more), or wrong: close it */
	IN_CLOSED,   /* the connection is gone */
	IN_DEADLINE,
	LINK_INPUT_COUNT
};

struct feed;

struct link {
	struct feed *feed;
	uint16_t group;       /* index into feed->plan.group */
	uint8_t side;
	uint8_t state;        /* enum link_state */
	bool resting;         /* closed because nobody needs it: no backoff, no "down" */
	bool told_up;
	uint32_t tries;
	int64_t entered_ns, deadline_ns;
	struct conn *conn;
	struct ws *ws;
	int64_t last_frame_ns;
	int64_t send_next_ns; /* the venue's pace */
	int64_t ping_next_ns;
	int64_t replace_ns;   /* before the venue's cut; 0: none known */
	/* The one portion in the air. */
	uint32_t asked_id;    /* 0: none */
	int64_t asked_ns;
	char reason[160];     /* of the last end */
	uint32_t restart_count;
	uint64_t frame_count, byte_count;
};

struct group {
	struct link link[2];
	uint8_t active;       /* the side that carries */
	bool replacing;       /* the other is coming up */
	int64_t both_live_ns; /* since when both are live; 0: not */
	uint32_t silent_count;
};

/* --- requests --------------------------------------------------------------------------- */

enum { ASKS_MAX = 128 };

struct ask {
	bool used;
	bool in_air;
	uint8_t place;
	const struct say_ask *say;
	uint32_t instrument;
	uint64_t from_id;
	int32_t limit;
	int32_t tries;
	int64_t not_before_ns; /* monotonic */
	int32_t gap;          /* index + 1 into feed->gap; 0: none */
	uint64_t order;       /* first come first served within a sort */
	char cursor[LIMIT_page_cursor_bytes];
};

enum host_state { HOST_CLOSED, HOST_CONNECT, HOST_READY, HOST_BUSY, HOST_CLOSING };

struct host {
	struct feed *feed;
	struct conn_endpoint endpoint;
	char name[DNS_NAME_BYTES + 8]; /* for the Host header */
	uint8_t state;        /* enum host_state */
	struct conn *conn;
	struct http http;
	struct body body;
	int32_t asked;        /* index of the ask in the air; -1: none */
	char path[LIMIT_request_path_bytes];
	size_t path_count;
	int64_t deadline_ns;
	int64_t not_before_ns; /* no request before: ban, backoff */
	uint32_t tries;       /* connections failed in a row */
	char unreached[512];  /* a sentence: why no connection comes about; "" one does */
	uint32_t served_count; /* answers on this connection */
	bool ends_badly;      /* the answer could not be used */
};

/* --- venues ------------------------------------------------------------------------------ */

struct poll {
	int64_t next_ns;      /* monotonic */
	uint32_t cursor;      /* of the watched instruments */
	bool queued;
	bool done;            /* history: all asked */
};

enum { POLLS_MAX = 16 };

struct place {
	const struct venue *venue;
	const struct venue_say *say;
	struct conn_endpoint ws;
	char ws_name[DNS_NAME_BYTES + 8];
	int32_t host;
	uint8_t index;
	bool known;           /* metadata is there */
	bool ranked;          /* tickers were answered, or given up */
	bool planned;
	uint32_t metadata_tries;
	uint32_t *watched;    /* instruments, in order of importance */
	uint8_t *live_top;
	uint32_t watched_count, instrument_count;
	struct poll poll[POLLS_MAX];
	int64_t refused_until_ns; /* by an upgrade's answer: no connection before */
	uint8_t trouble;      /* enum say_trouble */
	char sentence[320];
	uint32_t gap_count, filled_count, unfilled_count;
	uint64_t request_count, request_failed_count;
	struct selftest selftest;
};

enum { GAPS_MAX = 64 };

struct gap {
	bool used, asked;
	uint8_t place;
	uint32_t instrument;
	uint64_t from_id, to_id; /* 0, 0: no ids, the newest trades are asked for; from_id
	                          * grows with the pages */
	uint64_t first_id;
	uint64_t missing;      /* ids */
	uint64_t reached_id;   /* highest id that a body gave */
	uint32_t pages, new_count;
	int64_t since_ns;
};

struct feed {
	struct loop *loop;
	struct net *net;
	struct ws_pool *ws;
	struct instrument_table *table;
	struct log *log;
	feed_sink *sink;
	void *context;
	struct chance chance;
	int64_t backoff_min_ns, backoff_max_ns, quiet_max_ns;
	uint32_t instruments_max, top_live_coins;
	bool backfill;
	bool closing;
	uint64_t timer;
	bool in_tick, woken;
	int8_t place_of_venue[256]; /* + 1; 0: not ours */

	struct place place[PLAN_PLACES_MAX];
	int place_count;
	struct host host[FEED_HOSTS_MAX];
	int host_count;
	struct budget budget[SAY_SHARED_MAX];
	struct plan plan;
	struct group group[PLAN_GROUPS_MAX];
	struct coins coins, rank, trial;
	bool ranking;
	int64_t rank_until_ns;

	struct ask ask[ASKS_MAX];
	uint64_t ask_order;
	struct gap gap[GAPS_MAX];
	int gap_open_count;

	int64_t connect_next_ns; /* connections are opened one by one */
	int64_t watch_next_ns;   /* the watchdog's next round */
	uint32_t portion_id;
	float *volume_usd;       /* [instrument]: 24 h, as tickers say; 0 unknown */
	uint16_t *history;       /* [instrument]: a bit for each ask of WHEN_START made */
	struct selftest_cell *cell; /* [instrument] */
	uint64_t *order;         /* scratch of metadata.c, [instrument] */
	/* The record at the sink is a body of this ask: its events are no stream's. */
	const struct ask *body_of;
	bool in_body;
	char *portion;           /* a message being written */
	size_t portion_size;
};

/* --- feed.c --- */
void feed_record(struct feed *f, struct place *p, enum tape_kind kind, uint16_t link,
                 struct slice asked, struct slice data);
/* Something changed: look again in the next turn. */
void feed_wake(struct feed *f);
struct place *feed_place_of(struct feed *f, uint16_t group);
/* A refusal of the venue, or its end (TROUBLE_NONE): the sentence for status pages, and
 * a log line when it is news. */
void feed_trouble(struct feed *f, struct place *p, enum say_trouble trouble, int status);

/* --- link.c: one side of a group --- */
void link_init(struct link *l, struct feed *f, uint16_t group, uint8_t side);
uint16_t link_number(const struct link *l);
const char *link_state_text(enum link_state state);
void link_start(struct link *l);
/* rest: nobody needs it now.  Else it comes back after a pause. */
void link_end(struct link *l, const char *reason, bool rest);
void link_tick(struct link *l);
int64_t link_next_ns(const struct link *l);

/* --- portion.c: what a link says --- */
/* Sends the next message that is due.  True: all topics of the group are answered on
 * this side. */
bool portion_step(struct link *l);
void portion_answered(struct link *l, enum say_reply reply, const struct say_answer *answer);
void portion_forget(struct link *l); /* the connection is gone */

/* --- group.c: the two sides --- */
void group_tick(struct feed *f, uint16_t group);
/* Brings up the other side; the present one goes when both are live. */
void group_replace(struct feed *f, uint16_t group, const char *why);
void group_side_ended(struct feed *f, uint16_t group, uint8_t side);

/* --- watchdog.c --- */
void watchdog_round(struct feed *f);
void watchdog_heard(struct feed *f, struct topic *t);
/* Does a live link carry such events of the venue now? */
bool watchdog_is_carried(const struct feed *f, const struct place *p, uint32_t carries);

/* --- rest.c --- */
enum err rest_host_of(struct feed *f, const struct conn_endpoint *endpoint, int32_t *host_out);
/* NULL: the queue is full. */
struct ask *rest_ask(struct feed *f, struct place *p, const struct say_ask *say,
                     uint32_t instrument);
void rest_tick(struct feed *f, int host);
int64_t rest_next_ns(const struct feed *f, int host);
void rest_close(struct feed *f);
struct place *rest_place_of(struct feed *f, const struct ask *a);
/* An ask is over. */
void rest_done(struct feed *f, struct ask *a, bool ok);
/* Not this time; perhaps later.  counts: as a failure, after a pause, five times. */
void rest_again(struct feed *f, struct ask *a, bool counts);
void rest_log_failure(struct feed *f, const struct ask *a, const char *path, const char *word,
                      int status);

/* --- rest_answer.c --- */
/* A host's body has a record. */
void rest_on_part(void *context, struct slice part);
/* Bytes of a body, from net/http. */
void rest_on_http(void *context, struct slice part);
/* The answer is whole. */
void rest_answered(struct host *h);

/* --- poll.c --- */
void poll_tick(struct feed *f, struct place *p);
int64_t poll_next_ns(const struct place *p);
/* An ask is over: ok, or given up for this time. */
void poll_done(struct feed *f, struct place *p, const struct ask *a, bool ok);

/* --- gap.c --- */
void gap_found(struct feed *f, struct place *p, uint32_t instrument, uint64_t from_id,
               uint64_t to_id);
/* A new trade, from wherever it came. */
void gap_print(struct feed *f, struct place *p, const struct event *ev);
void gap_done(struct feed *f, struct place *p, const struct ask *a, bool ok);
/* A link came back: what was said meanwhile on venues without counting ids? */
void gap_after_down(struct feed *f, uint16_t group);
void gap_tick(struct feed *f);

/* --- metadata.c --- */
void metadata_done(struct feed *f, struct place *p, bool ok);
void metadata_ranked(struct feed *f, struct place *p);
void metadata_plan(struct feed *f, struct place *p);
void metadata_tick(struct feed *f);
/* Another list was read into f->coins: plan now, or rank first. */
void metadata_coins_changed(struct feed *f);

/* --- url.c --- */
/* "wss://host:port" into an endpoint and the text of the Host header. */
bool url_read(const char *url, const struct feed_venue *v, struct conn_endpoint *out,
              char *name, size_t name_size);
#endif
