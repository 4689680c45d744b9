/* pipeline.h - the way of a record: decoder, watch list, once-only, events out.
 *
 * The live feed and replay push the same records (tape.h) through here, so that a
 * recording gives what the live run gave.  No clock, no socket, no file.
 *
 * Order within one record: the decoder's events in the venue's order; a gap that
 * an event proves is told before it, a gap that it closes after it.  What is told
 * twice (ids; liquidations by their values) is counted and dropped here, and so
 * is what nobody watches.
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H
#include "base/arena.h"
#include "base/jsonlist.h"
#include "market/sequence.h"
#include "tape/tape.h"
#include "venue/venue.h"

typedef void pipeline_sink(void *context, const struct event *ev);

/* Is the coin of this instrument watched?  Asked once per instrument. */
typedef bool pipeline_watch(void *context, const struct instrument *row);

struct pipeline {
	struct instrument_table table;
	pipeline_sink *sink;
	pipeline_watch *watch; /* NULL: everything is watched */
	void *context;

	/* What decoders remember.  Links with odd numbers share one state a venue, those
	 * with even ones another: no two of the same side carry the same stream (feed.h),
	 * and what another link or an earlier subscription wrote has another epoch. */
	struct pipeline_link {
		uint8_t venue;
		uint16_t link;
		uint32_t epoch;
		struct venue_state *state; /* NULL: the venue keeps none */
	} *link;
	uint32_t link_count;
	uint32_t epoch_last;
	struct venue_state *state[LIMIT_venues_max][2];
	struct arena states;       /* taken at first sight */

	uint8_t *watched;          /* [instrument]: 0 not asked, 1 yes, 2 no */
	struct sequence *sequence; /* [instrument] */
	uint32_t *seen_index;      /* [instrument]: 0 none, else 1 + place in seen */
	struct seen *seen;         /* trades without counting ids, and liquidations */
	uint32_t seen_count, seen_count_max;
	uint32_t message;          /* number of this record, never 0 */

	struct event_batch batch;
	char *element;             /* one element of a REST list */

	struct {
		uint64_t records, frames, bodies, events;
		uint64_t kind[EVENT_KIND_COUNT];
		uint64_t decode[DECODE_COUNT]; /* messages and elements by result */
		uint64_t skipped[DECODE_COUNT]; /* rows skipped for themselves */
		uint64_t duplicates, told_otherwise, unwatched, gaps, gaps_filled;
		uint64_t seen_full, links_full, bad_records, no_venue;
	} count;
};

/* instruments: rows of the table.  seen: how many of them may have trades without
 * counting ids, or liquidations.  state_bytes: for what links remember, twice what
 * venue.h says for each venue; a link that finds no room there is not read, and
 * counted (links_full). */
struct pipeline_room {
	uint32_t instruments_max, seen_max;
	size_t state_bytes;
};

/* Takes all it needs from the arena. */
void pipeline_init(struct pipeline *p, struct arena *arena, const struct pipeline_room *room,
                   pipeline_sink *sink, void *context);

/* One record; everything it gives reaches the sink before this returns. */
void pipeline_record(struct pipeline *p, const struct tape_record *record);

/* The watch list changed: ask again for every instrument. */
void pipeline_watch_changed(struct pipeline *p);
#endif
