/* log.h - lines for people: a verb, and key=value after it.
 *
 *     log_begin(l, now_ns, LOG_WARN, "link close");
 *     log_text(l, "venue", SLICE("bybit"));
 *     log_int(l, "age_ms", 30012);
 *     log_end(l);
 *
 *     logfmt  ts=2026-11-25T02:45:01.123Z level=warn msg="link close" venue=bybit age_ms=30012
 *     json    {"ts":"2026-11-25T02:45:01.123Z","level":"warn","msg":"link close",...}
 *     plain   2026-11-25T02:45:01Z warn link close venue=bybit age_ms=30012
 *
 * The caller gives the time and the sink; nothing here reads a clock or writes to
 * a file.  One line goes to the sink per call, with its newline.  Values are
 * quoted and escaped where they must be, so what a peer sent cannot begin a line,
 * forge a field or command a terminal.  A field that does not fit into the line is
 * left out whole, and "left_out" counts such.  Secrets are the caller's duty: what is
 * given is written.
 *
 * Repeats are folded.  A line that says what an earlier one said (same level,
 * verb and text fields; numbers may differ) within fold_ns is held back and
 * counted.  When the time is over, or something else needs the place, the last
 * one is written with "repeats", the count of those held back, itself included.
 * Call log_tick about once a second, and log_flush at the end.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H
#include "base/limits.h"
#include "base/slice.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_OFF, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVEL_COUNT };
enum log_format { LOG_LOGFMT, LOG_JSON, LOG_PLAIN, LOG_FORMAT_COUNT };

struct log_line {
	uint64_t hash;    /* of what makes two lines the same */
	int64_t wall_ns;
	uint8_t level;
	uint32_t left_out; /* fields that did not fit */
	size_t count;
	char at[LIMIT_log_line_bytes]; /* without time, without its end */
};

struct log_fold {
	int64_t since_ns; /* when a line of this kind was last written */
	uint64_t held_count;
	bool used;
	struct log_line last;
};

struct log {
	void (*sink)(void *context, struct slice line); /* must not log */
	void *context;
	uint8_t level;    /* lines above it are dropped; may be set at any time */
	uint8_t format;   /* enum log_format */
	int64_t fold_ns;  /* 0: write every line; 10 s after log_init */
	uint64_t line_count, held_count; /* written, held back */
	/* insides */
	bool open;        /* between begin and end, and to be written */
	struct log_line line;
	struct text out;  /* over line.at */
	struct log_fold fold[LIMIT_log_repeats_max];
};

void log_init(struct log *l, uint8_t level, uint8_t format,
              void (*sink)(void *context, struct slice line), void *context);

/* `verb` is a literal of ours: what failed or happened first, in plain words. */
void log_begin(struct log *l, int64_t wall_ns, enum log_level level, const char *verb);

/* `key` is a literal of ours: letters, digits, '_'. */
void log_text(struct log *l, const char *key, struct slice value);
void log_int(struct log *l, const char *key, int64_t value);
void log_double(struct log *l, const char *key, double value);
void log_end(struct log *l);

/* Writes what was held back long enough; all of it. */
void log_tick(struct log *l, int64_t wall_ns);
void log_flush(struct log *l);

/* "error", "logfmt", ... for the configuration; false: no such word. */
bool log_level_read(struct slice name, uint8_t *level_out);
bool log_format_read(struct slice name, uint8_t *format_out);
#endif
