/* venue.h - what an exchange adapter is: bytes in, events out.
 *
 * An adapter touches no socket, no clock and no heap.  feed/ owns the link and
 * calls it; replay and tests call it with a recording.  Contracts:
 *
 *   decode   `msg` is one whole websocket message, raw or in the venue's combined
 *            envelope, valid only during the call (so are ids in the events).
 *            Puts zero or more events into the batch, in the venue's order.  Any
 *            result but DECODE_OK has put none: a message that fails half-way
 *            emits nothing.  Rows of a list that are skipped for themselves
 *            (another product line, an unknown symbol) are counted in
 *            call->skipped and do not fail the message.  A message that is one
 *            such row may say so by its result instead: then it is not in
 *            skipped, so nothing is ever counted twice.
 *   body     the same for one element of a REST answer; `asked` is the path and
 *            query it answers ("/fapi/v1/klines?symbol=BTCUSDT&interval=1m").
 *            Metadata rows enter the instrument table and give EVENT_INSTRUMENT.
 *   list     where the list stands in the answer to `asked` (jsonlist.h's path).
 *   spell    what a symbol says of itself, when no metadata is at hand: fills
 *            row (kind, coin, quote, contract) from row->symbol.  False: this is
 *            no symbol of the venue.
 *   state    state_bytes(instrument_count_max) of zeroed memory, one block per
 *            link: merged deltas.  0 bytes: the venue sends no deltas,
 *            call->state may be NULL.  It begins with a struct venue_state; a
 *            cell that was written in another epoch counts as zero.  A new epoch
 *            before each (re)subscription forgets all by touching one word, and
 *            memory is used only for what is said on the link.
 *
 * Times: recv_ns is copied into the events and decides nothing but this: the last
 * bar of a REST answer is open when its end lies behind the receipt.
 */
#ifndef VENUE_VENUE_H
#define VENUE_VENUE_H
#include "base/slice.h"
#include "market/event.h"
#include "market/instrument.h"
#include <stddef.h>
#include <stdint.h>

#define DECODES(X)                                                             \
	X(OK,              "ok")                                               \
	X(CONTROL,         "control")         /* ack, pong, welcome */          \
	X(ERROR_REPLY,     "error_reply")     /* the venue refused something */ \
	X(NO_EVENT,        "no_event_channel") /* known, carries no event: depth */ \
	X(UNKNOWN_CHANNEL, "unknown_channel")                                  \
	X(UNKNOWN_SYMBOL,  "unknown_symbol")                                   \
	X(OTHER_PRODUCT,   "other_product")   /* a row of another product line */ \
	X(DELTA_FIRST,     "delta_before_snapshot")                            \
	X(EMPTY,           "empty")           /* a list or line without rows */ \
	X(JSON,            "not_json")        /* broken or cut */               \
	X(SHAPE,           "unexpected_shape") /* known channel, a field missing or odd */ \
	X(NUMBER,          "bad_number")      /* unreadable, negative, not finite */ \
	X(TOO_MANY,        "too_many_events")

enum decode {
#define X(name, text) DECODE_##name,
	DECODES(X)
#undef X
	DECODE_COUNT
};

const char *decode_text(enum decode result);

/* What a call needs besides the message; the caller owns all of it. */
struct venue_call {
	void *state;                     /* of this link; see above */
	struct instrument_table *table;
	struct event_batch *out;
	int64_t recv_ns;                 /* 0: unknown */
	uint32_t skipped[DECODE_COUNT];  /* rows skipped for themselves, added up */
};

struct venue_state { _Alignas(64) uint32_t epoch; };

struct venue {
	uint8_t id;
	const char *name;      /* "binance-usdm" */
	uint8_t kind;          /* enum instrument_kind of its ordinary instruments */
	const char *instruments; /* path?query that answers with all its metadata */
	size_t (*state_bytes)(uint32_t instrument_count_max);
	enum decode (*decode)(const struct venue *v, struct venue_call *call,
	                      struct slice msg);
	enum decode (*body)(const struct venue *v, struct venue_call *call,
	                    struct slice asked, struct slice element);
	const char *(*list)(const struct venue *v, struct slice asked);
	bool (*spell)(const struct venue *v, struct instrument *row);
};

/* NULL: no such venue. */
const struct venue *venue_by_id(uint8_t id);
const struct venue *venue_by_name(struct slice name);

/* In the order of table.def; NULL beyond the last.  For lists and loops. */
const struct venue *venue_at(size_t position);

/* The zeroed state of one link, from the arena; NULL where the venue keeps none, and
 * when the arena has no room (then it remembers).  bytes_out may be NULL. */
void *venue_state(const struct venue *v, struct arena *arena, uint32_t instrument_count_max,
                  size_t *bytes_out);

/* --- for adapters ------------------------------------------------------------- */

/* The instrument of a symbol; learns it by v->spell where the table wants that.
 * 0: unknown, already counted in call->skipped. */
uint32_t venue_instrument(const struct venue *v, struct venue_call *call,
                          struct slice symbol);

/* A fresh event in the batch with kind, venue, instrument and recv_ns set, all
 * numbers to be filled by the caller.  NULL: the batch is full. */
struct event *venue_event(const struct venue *v, struct venue_call *call,
                          enum event_kind kind, uint32_t instrument);

/* The value of `name` in the query of `asked`; empty if it is not there. */
struct slice venue_query(struct slice asked, const char *name);

/* The same with its %XX resolved, in the caller's memory.  False when there is no
 * value, it is empty or broken, or it does not fit. */
bool venue_query_text(struct slice asked, const char *name, char *to, size_t size,
                      struct slice *out);

/* The path of `asked` without its query. */
struct slice venue_path(struct slice asked);
#endif
