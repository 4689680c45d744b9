/* live.h - the running program: every room opened, connected, and turned.
 *
 *   config ─> capacity ─> arena ─> rooms ─> sealed ─> loop ... ─> closed in reverse
 *
 *   feed ─record─> live_record ─┬─> recorder (tape)
 *                               └─> pipeline ─event─> live_event ─┬─> feed (watchdogs, gaps)
 *                                                                 ├─> tally (the board)
 *                                                                 └─> --print events
 *
 * One thread here, one for the disk.  live.c opens and closes, live_flow.c is the way of
 * a record, live_turn.c paces the loop and obeys signals, live_reload.c takes another
 * configuration.  Everything is in one static struct: its parts find each other there,
 * and nothing outside of these files sees it but status.c, which only reads.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H
#include "analysis/tally.h"
#include "app/capacity.h"
#include "app/pipeline.h"
#include "app/watch.h"
#include "feed/feed.h"
#include "http/server.h"
#include "net/dns.h"
#include "sys/console.h"
#include "sys/disk.h"
#include "sys/signal.h"
#include "tape/recorder.h"

enum { LIVE_TRUSTS_MAX = LIMIT_venues_max + 1, LIVE_VENUES_MAX = 16 };

struct live_options {
	const char *config_path;  /* NULL: where it is looked for */
	const char *record_dir;   /* NULL: as the configuration says */
	bool print_events;        /* NDJSON on standard output */
	double seconds;           /* 0: until it is told to end */
	bool must_record;         /* without a directory to record to it does not begin */
};

/* How far behind a stream is, by the trades it brings. */
struct live_lag {
	uint8_t venue;
	uint16_t link;
	int64_t lag_ns;           /* receipt less match time of the last trade */
	uint64_t trade_count;
};

/* Pace of the loop: see live_turn.c. */
struct live_pace {
	bool busy;
	int64_t tick_ns;          /* fixed by the configuration; 0: adaptive */
	int64_t since_ns;
	uint64_t turns, frames, bytes; /* at `since_ns` */
	uint64_t bytes_before;    /* of the turn before */
};

struct live {
	struct live_options options;
	struct config config, next; /* in force; being read */
	struct config_report report;
	struct capacity capacity;
	struct arena arena;
	struct log log;
	struct console console, out; /* standard error, standard output */
	struct signals signals;
	struct disk disk;
	struct loop loop;
	struct dns *dns;
	struct net *net;
	struct ws_pool *ws;
	struct feed *feed;
	struct feed_venue venue[LIVE_VENUES_MAX];
	int venue_count;
	struct tls_trust *trust[LIVE_TRUSTS_MAX];
	const char *trust_path[LIVE_TRUSTS_MAX];
	int trust_count;
	struct pipeline pipeline;
	struct watch_list watch;
	struct tally tally;
	struct recorder recorder;
	struct file tape_lock;    /* one recording in a directory */
	bool recording;           /* wanted; whether it works is the recorder's to say */
	struct server server;
	bool serving;
	struct text line;         /* one event as NDJSON, for printing */
	struct live_lag lag[FEED_LINKS_MAX];
	int lag_count;
	uint16_t link;            /* of the record in the pipeline */
	struct { uint64_t trades; int64_t usd_e4; } sum[LIMIT_venues_max];
	struct live_pace pace;
	uint64_t second_timer;
	int64_t started_ns;       /* wall clock */
	int64_t end_ns;           /* monotonic: of options.seconds, or of saying goodbye; 0: none */
	uint64_t seed;
	bool stopping, reloading, ready_told;
	uint32_t reload_count, reload_failed_count;
	enum err reload_err;
};

/* Opens everything, runs until a signal or the end of options.seconds, closes.  Says on
 * stderr what is wrong. */
enum err live_main(struct live *l, const struct live_options *options);

/* --- between the files of it --------------------------------------------------------- */

/* Sinks of feed and pipeline. */
void live_record(void *context, const struct tape_record *record);
void live_event(void *context, const struct event *ev);
/* Does the pipeline want it? */
bool live_watches(void *context, const struct instrument *row);
/* Puts what a segment of the tape begins with. */
void live_prologue(void *context, struct tape_write *w);
/* A record of ours (another watch list): to the tape, and to ourselves. */
void live_own_record(struct live *l, enum tape_kind kind, struct slice data);

/* Level and format of the log as the configuration says. */
void live_take_log(struct live *l);

/* From here on it turns. */
enum err live_turns(struct live *l);
void live_stop(struct live *l, const char *why);
void live_on_signal(void *context, unsigned ready, struct now now);

void live_reload(struct live *l);

/* What the local server is asked: answer.c. */
void live_answer(void *context, const struct request *request, struct now now,
                 struct reply *reply);
#endif
