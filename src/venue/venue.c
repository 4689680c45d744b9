/* venue.c - the table of venues, and what all adapters share.
 *
 * Why    Who knows an exchange only by its name or its number finds its adapter
 *        here; and a symbol, an event and a query are handled the same everywhere.
 * Limits The rows of table.def are in the binary; nothing is registered at run time.
 */
#include "venue/venue.h"
#include "base/check.h"
#include <stdbool.h>
#include <string.h>

#define VENUE(id, name) extern const struct venue venue_##name;
#include "venue/table.def"
#undef VENUE

static const struct { uint8_t id; const struct venue *venue; } table[] = {
#define VENUE(id, name) { (id), &venue_##name },
#include "venue/table.def"
#undef VENUE
};

enum { VENUE_COUNT = sizeof table / sizeof table[0] };

_Static_assert((size_t)VENUE_COUNT <= (size_t)LIMIT_venues_max,
               "LIMIT_venues_max says how many venues there may be");

const char *
decode_text(enum decode result)
{
	static const char *const text[] = {
#define X(name, words) [DECODE_##name] = (words),
		DECODES(X)
#undef X
	};

	ASSERT(result < DECODE_COUNT);
	return text[result];
}

const struct venue *
venue_by_id(uint8_t id)
{
	for (size_t i = 0; i < VENUE_COUNT; i++)
		if (table[i].id == id)
			return table[i].venue;
	return NULL;
}

const struct venue *
venue_by_name(struct slice name)
{
	for (size_t i = 0; i < VENUE_COUNT; i++)
		if (slice_equal(name, slice_str(table[i].venue->name)))
			return table[i].venue;
	return NULL;
}

const struct venue *
venue_at(size_t position)
{
	return position < VENUE_COUNT ? table[position].venue : NULL;
}

/* A symbol is printed, logged and asked for: bytes that would not survive that
 * are no symbol's.  Other alphabets are (Binance lists coins in Chinese). */
static bool
is_symbol(struct slice s)
{
	if (s.count == 0 || s.count >= LIMIT_symbol_bytes_max)
		return false;
	for (size_t i = 0; i < s.count; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* Adds what the spelling says; 0: it says nothing, or the table is full. */
static uint32_t
learn(const struct venue *v, struct venue_call *call, struct slice symbol)
{
	struct instrument row;

	memset(&row, 0, sizeof row);
	row.venue = v->id;
	row.from_spelling = true;
	row.contract_size = ABSENT;
	row.tick = ABSENT;
	row.step = ABSENT;
	slice_copy(symbol, row.symbol, sizeof row.symbol);
	return v->spell(v, &row) ? instrument_put(call->table, &row) : 0;
}

uint32_t
venue_instrument(const struct venue *v, struct venue_call *call, struct slice symbol)
{
	uint32_t index = 0;

	if (is_symbol(symbol)) {
		index = instrument_find(call->table, v->id, symbol);
		if (index == 0 && call->table->learn)
			index = learn(v, call, symbol);
	}
	if (index == 0)
		call->skipped[DECODE_UNKNOWN_SYMBOL]++;
	return index;
}

struct event *
venue_event(const struct venue *v, struct venue_call *call, enum event_kind kind,
            uint32_t instrument)
{
	struct event_batch *out = call->out;
	struct event *ev;

	ASSERT(kind > EVENT_NONE);
	ASSERT(kind < EVENT_KIND_COUNT);
	if (out->count >= out->count_max)
		return NULL;
	ev = &out->at[out->count++];
	memset(ev, 0, sizeof *ev);
	ev->kind = (uint8_t)kind;
	ev->venue = v->id;
	ev->instrument = instrument;
	ev->recv_ns = call->recv_ns;
	return ev;
}

struct slice
venue_path(struct slice asked)
{
	return slice_cut(&asked, '?');
}

struct slice
venue_query(struct slice asked, const char *name)
{
	struct slice want = slice_str(name);

	slice_cut(&asked, '?');
	while (asked.count > 0) {
		struct slice value = slice_cut(&asked, '&');
		struct slice key = slice_cut(&value, '=');

		if (slice_equal(key, want))
			return value;
	}
	return (struct slice){ NULL, 0 };
}

void *
venue_state(const struct venue *v, struct arena *arena, uint32_t instrument_count_max,
            size_t *bytes_out)
{
	size_t bytes = v->state_bytes != NULL ? v->state_bytes(instrument_count_max) : 0;

	if (bytes_out != NULL)
		*bytes_out = bytes;
	return bytes > 0 ? arena_take(arena, "link state", 1, bytes) : NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
venue_query_text(struct slice asked, const char *name, char *to, size_t size,
                 struct slice *out)
{
	struct slice value = venue_query(asked, name);
	size_t count = 0;

	for (size_t i = 0; i < value.count; i++) {
		char c = value.at[i];

		if (c == '%') {
			bool whole = value.count - i > 2;
			int high = whole ? hex(value.at[i + 1]) : -1;
			int low = whole ? hex(value.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (count == size)
			return false;
		to[count++] = c;
	}
	*out = slice_of(to, count);
	return count > 0;
}
