/* say.h - what we say to a venue: where, which streams, which questions, how often.
 *
 * The other half of an adapter: venue.h turns the venue's bytes into events, this
 * says what must be sent for those bytes to come.  Tables and pure functions: no
 * socket, no clock, no heap.  feed/ owns links and requests and asks here.
 *
 *   streams   what can be subscribed and which events it carries (say_topic)
 *   portions  the messages that subscribe so many topics (say_portion_*)
 *   replies   ack, refusal, pong or notice?  (reply)
 *   asks      the requests over REST, their weight and rhythm (say_ask)
 *   trouble   why a request or an upgrade was refused, for a person (trouble)
 *
 * Patterns of topics and paths have places for {symbol} (percent-encoded in a path),
 * {lower}, {pair} (the symbol up to its '_'), {limit}, {from} and {cursor}.
 */
#ifndef VENUE_SAY_H
#define VENUE_SAY_H
#include "base/text.h"
#include "market/event.h"
#include "market/instrument.h"
#include "venue/venue.h"

enum { SAY_STREAMS_MAX = 6 };

#define SAY_CARRIES(kind) (1u << (kind))

struct say_route {
	const char *path; /* of the websocket's URL */
};

/* A stream is subscribed for each instrument, or, where the venue has one topic for
 * all and enough of all is watched that it is cheaper, once for all. */
struct say_stream {
	const char *name;       /* of ours, for logs: "trade" */
	const char *each;       /* pattern of a topic; NULL: there is only `all` */
	const char *all;        /* NULL: there is none */
	uint32_t carries;       /* SAY_CARRIES(EVENT_x), added up */
	uint8_t route;
	uint8_t all_percent;    /* `all` from so many percent of the venue's instruments on */
	bool perpetual_only;    /* dated contracts have none */
	bool live_top;          /* `each` for the first coins only, `all` for the rest */
	/* Silence that is a fault.  steady: it comes by the clock, so quiet_ms counts as
	 * it stands.  Else it is what a busy instrument may be silent for.  0: silence
	 * proves nothing. */
	bool steady;
	int32_t quiet_ms;
};

/* Requests.  The order is the order of urgency. */
enum say_asked {
	ASK_NONE,
	ASK_INSTRUMENTS,
	ASK_FUNDING_INFO,   /* rows that complete the metadata */
	ASK_FILL,           /* trades of a gap */
	ASK_TICKERS,
	ASK_MARKS,          /* all of them: while the stream is down */
	ASK_OI,
	ASK_TOPS,           /* book tops of all, where no stream has them */
	ASK_RATIO_GLOBAL,
	ASK_RATIO_TOP_ACCOUNT,
	ASK_RATIO_TOP_POSITION,
	ASK_RATIO_TAKER,
	ASK_BARS,           /* history, once at start */
	ASK_OI_HISTORY,
	ASK_FUNDING_HISTORY,
	ASK_COUNT
};

/* When a request is made. */
enum say_when {
	WHEN_NEVER,
	WHEN_ALWAYS,    /* every period_s */
	WHEN_SILENT,    /* every period_s while no live link carries `instead` */
	WHEN_REST,      /* every period_s while some instrument has no live top */
	WHEN_START,     /* once, for history */
	WHEN_GAP,       /* by gap */
	WHEN_RANK,      /* once when coins are chosen by volume; else as WHEN_SILENT */
};

struct say_ask {
	uint8_t asked;          /* enum say_asked */
	uint8_t when;           /* enum say_when */
	uint8_t bucket;         /* of say->bucket */
	bool each;              /* one request for each instrument */
	bool perpetual_only;
	int32_t weight;
	int32_t period_s;
	uint32_t instead;       /* of WHEN_SILENT: SAY_CARRIES(...) */
	int32_t limit;          /* rows a page; 0: not a page */
	const char *path;
	const char *cursor;     /* the member that names the next page; NULL: one page */
};

/* What one address may ask in a window of the wall clock.  Buckets of the same
 * `shared` number are one, over all venues. */
struct say_bucket {
	uint8_t shared;         /* 1.. SAY_SHARED_MAX - 1 */
	int32_t weight_max;
	int32_t window_ms;
	const char *header;     /* says what was used, ours or not; NULL: none does */
};
enum { SAY_SHARED_MAX = 8 };

enum say_reply {
	SAY_DATA,     /* not for us */
	SAY_ACK,
	SAY_REFUSED,
	SAY_PONG,
	SAY_SHUTDOWN, /* the venue will close soon: connect anew now */
	SAY_OTHER,    /* a control message that nobody waits for */
};

struct say_answer {
	bool has_id;
	uint32_t id;
	struct slice text;  /* of a refusal, a view of the message */
};

/* Why not?  The sentence is for a person, the word for logs and metrics. */
#define SAY_TROUBLES(X)                                                        \
	/* name      word             again  pause_s */                        \
	X(NONE,      "none",          true,  0)                                \
	X(PLACE,     "place",         true,  1800) /* refused where we are */   \
	X(WALL,      "firewall",      true,  300)                              \
	X(BANNED,    "banned",        true,  300)                              \
	X(TOO_MANY,  "too_many",      true,  60)                               \
	X(SERVER,    "server",        true,  0)    /* 5xx: the usual pauses */  \
	X(SYMBOL,    "no_such_symbol", false, 0)                               \
	X(REQUEST,   "bad_request",   false, 0)                                \
	X(STRANGE,   "strange_answer", true, 0)

enum say_trouble {
#define X(name, word, again, pause_s) TROUBLE_##name,
	SAY_TROUBLES(X)
#undef X
	TROUBLE_COUNT
};

const char *say_trouble_word(enum say_trouble trouble);
bool say_trouble_again(enum say_trouble trouble);      /* may the same be asked again? */
int32_t say_trouble_pause_s(enum say_trouble trouble); /* of the host, without Retry-After */

struct venue_say {
	uint8_t venue;              /* id of table.def */
	const char *ws, *rest;      /* scheme://host of the venue's own */
	const struct say_route *route;
	uint8_t route_count;
	const struct say_stream *stream;
	uint8_t stream_count;
	const struct say_ask *ask;
	uint8_t ask_count;
	const struct say_bucket *bucket;
	uint8_t bucket_count;
	const char *trading;        /* the status of an instrument that trades */

	/* A plan fills a link to three quarters of these, and leaves the rest to /watch. */
	int32_t topics_per_link_max;
	int32_t topic_bytes_per_link_max; /* with two quotes and a comma each; 0: any */
	int32_t topics_per_message_max;
	int32_t message_gap_ms;     /* between two messages of ours, pings included */
	int32_t ping_every_ms;      /* 0: we ping by frames, and only when it is quiet */
	int32_t link_quiet_ms;      /* without any frame, a pong included, it is dead */
	int64_t life_ms;            /* replaced before this age; 0: no cut is known */

	/* A message that (un)subscribes: opening, topics as JSON strings with commas
	 * between them, closing. */
	void (*opening)(struct text *out, bool subscribe, uint32_t id);
	void (*closing)(struct text *out, uint32_t id);
	const char *ping;           /* NULL: a ping frame */
	enum say_reply (*reply)(struct slice msg, struct say_answer *out);

	/* status: of HTTP, also of a refused upgrade.  body: its first bytes.  Also the
	 * error object that comes with status 200. */
	enum say_trouble (*trouble)(int status, struct slice body);
};

/* NULL: nothing is known to say to that venue. */
const struct venue_say *venue_say(uint8_t venue);

/* The topic of a stream; row NULL: the one for all.  False: the symbol cannot be
 * said, or there is no such topic. */
bool say_topic(const struct venue_say *say, int stream, const struct instrument *row,
               struct text *out);

/* The path and query of a request.  row NULL where it is not of an instrument. */
struct say_details { uint64_t from_id; int32_t limit; struct slice cursor; };
bool say_path(const struct say_ask *ask, const struct instrument *row,
              const struct say_details *details, struct text *out);

/* The request of that sort; NULL: the venue has none. */
const struct say_ask *say_ask_of(const struct venue_say *say, enum say_asked asked);

/* Does it trade, in dollars, and can it be said? */
bool say_is_watchable(const struct venue_say *say, const struct instrument *row);

/* A sentence for a person: who refused what, and what can be done. */
void say_trouble_sentence(const struct venue_say *say, enum say_trouble trouble, int status,
                          struct text *out);

/* --- for the venues' files ---------------------------------------------------------- */

bool say_contains(struct slice text, const char *part);

/* The whole number behind the first `quoted` ("\"code\"") in a body that may be cut
 * anywhere.  False: it is not there, or no number. */
bool say_number(struct slice body, const char *quoted, int64_t *out);
#endif
