/* command.h - what `tidewatch tape cat|info|verify|import` do, without the command
 * line: opened tapes in, text out through a sink.
 *
 * Results go to `out`, what is wrong with a tape to `log`.  Neither fails here: a
 * sink keeps its own first error.  Times are ns since 1970, UTC.
 */
#ifndef TAPE_COMMAND_H
#define TAPE_COMMAND_H
#include "base/text.h"
#include "tape/merge.h"
#include "tape/write.h"

/* Takes text as it comes; `bytes` is valid only during the call. */
struct tape_print {
	void *context;
	void (*put)(void *context, struct slice bytes);
};

/* One line: "tape fault file=NAME reason=torn offset=123 bytes=45 blocks=0", as JSON
 * {"file":...,"reason":...,"offset":...,"bytes":...,"blocks":...}. */
void tape_print_fault(const struct tape_print *out, const char *name,
                      const struct tape_fault *fault, bool json);

/* `text` and a JSON string of any length, in bounded memory.  Bytes that are not
 * UTF-8 become U+FFFD. */
void tape_print_json(const struct tape_print *out, struct slice text);

/* --- cat ---------------------------------------------------------------------
 *
 * Plain: "recv_ns TAB message" of every TAPE_FRAME; a line break inside a message
 * (JSON allows one between its tokens) is written as a blank, so that a line stays
 * a line and says the same.  json: every record of every kind as
 * {"recv_ns":1,"kind":"frame","venue":"binance-usdm","link":1,"asked":"","data":"..."}
 * with venue null for none and "#7" for an id the tape has no name for. */
struct tape_cat_options {
	bool json;
	uint8_t venue;         /* only this one's; 0: all */
	int64_t from_ns, to_ns; /* records with from_ns <= recv_ns < to_ns; 0: no bound */
};

/* names[i] belongs to m->file[i].  ERR_FAILED when a tape was damaged.  A tape that
 * only ends early (killed, torn) is told in the log and is no failure: everything
 * before the end was given. */
enum err tape_cat(struct tape_merge *m, const char *const *names,
                  const struct tape_cat_options *options, const struct tape_print *out,
                  const struct tape_print *log);

/* --- info ---------------------------------------------------------------------
 *
 * From the index where the tape was closed, else by reading it all. */
struct tape_info {
	bool json;
	uint64_t file_count, torn_count, fault_count;
	uint64_t record_count, raw_bytes, stored_bytes;
	int64_t first_ns, last_ns;
};

/* A freshly opened tape.  ERR_FAILED when there is not one whole block in it. */
enum err tape_info_file(struct tape_info *info, struct tape_read *r, const char *name,
                        const struct tape_print *out);

/* All files in one line, where there were several. */
void tape_info_end(const struct tape_info *info, const struct tape_print *out);

/* --- verify -------------------------------------------------------------------
 *
 * Every CRC, number, time and record of a freshly opened tape, that it begins with
 * its head, and that the index says what is there.  Each fault is a line, then one
 * line of sums.  ERR_FAILED when there was any. */
enum err tape_verify(struct tape_read *r, const char *name, bool json,
                     const struct tape_print *out);

/* --- import -------------------------------------------------------------------
 *
 * Lines "recv_ns TAB message" or plain messages become frames of one venue.  Time
 * never goes back: an earlier one is raised to the last. */
struct tape_import {
	struct tape_write *to;
	uint8_t venue;
	uint16_t link;
	/* A plain message's own time; false: it has none, and takes the last known
	 * one (0 when nothing is known yet).  NULL: no message has one. */
	bool (*time_of)(void *context, struct slice message, int64_t *ns_out);
	void *context;
	int64_t last_ns;
	struct {
		uint64_t lines, timed, plain, untimed, empty, raised, refused;
	} count;
};

/* One line without its newline.  ERR_NONE also for what was counted and left out:
 * empty lines, messages too long for a tape. */
enum err tape_import_line(struct tape_import *im, struct slice line);
#endif
