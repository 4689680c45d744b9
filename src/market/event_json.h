/* event_json.h - an event as one line of the NDJSON contract, and back for
 * instruments.
 *
 * Keys always stand in the same order and all keys of a type are always there;
 * what the venue did not send is null.  An instrument that was read from its
 * spelling has one key more at its end, "from_spelling":true.
 *
 * Reading gives back what was written, with these limits: usd_quote is told from
 * the quote, a number that is not finite is ABSENT, bytes that are no UTF-8 were
 * replaced.  Keys that are missing beyond type, venue, symbol and coin are
 * unknown, keys that are not ours are passed over: tapes of other builds.
 */
#ifndef MARKET_EVENT_JSON_H
#define MARKET_EVENT_JSON_H
#include "base/text.h"
#include "market/event.h"
#include "market/instrument.h"

/* Appends the line with its newline.  `venue_name` is the venue's name. */
void event_json(struct text *out, const struct event *ev,
                const struct instrument_table *table, const char *venue_name);

/* The same line as EVENT_INSTRUMENT gives, for row, ts_ns and recv_ns null. */
void event_json_instrument(struct text *out, const struct instrument *row,
                           const char *venue_name);

/* Reads such a line into row (all but row->venue); venue_out is a view of the
 * name in the line.  False when it is no instrument line, or a value in it is not
 * one we write; row and venue_out are as before then. */
bool event_json_read_instrument(struct slice line, struct instrument *row,
                                struct slice *venue_out);
#endif
