/* body.h - a REST answer as records, while it arrives.
 *
 * A small answer is one record with the venue's own bytes.  A long one is a list (the
 * venue says where, jsonlist.h): its elements are gathered into several records, each
 * a body of its own in the same shape:
 *     path "symbols"      {"symbols":[e,e,e]}
 *     path "result.list"  {"result":{"list":[e,e,e]}}
 *     path ""             [e,e,e]
 * so that a decoder finds in them what it would have found in the whole, and replay
 * too.  What stands beside the list (retCode, server time) is left out of a long
 * answer: it gives no event.  A member that names the next page is caught on the way.
 */
#ifndef FEED_BODY_H
#define FEED_BODY_H
#include "base/arena.h"
#include "base/jsonlist.h"
#include "base/limits.h"
#include "base/text.h"

enum {
#ifdef FUZZING /* so that a short input reaches every edge */
	BODY_SMALL_BYTES = 64,
	BODY_ELEMENT_BYTES = 200,
	BODY_RECORD_BYTES = 500,
#else
	BODY_SMALL_BYTES = 32768,
	BODY_ELEMENT_BYTES = 16384,
	BODY_RECORD_BYTES = 49152,
#endif
	BODY_HEAD_BYTES = 512,
	BODY_SLACK_BYTES = 64,
};

typedef void body_part(void *context, struct slice part);

struct body {
	body_part *on_part;    /* a record's data, valid during the call */
	void *context;
	const char *path;      /* of the list */
	bool parts;            /* it is long: elements go out as they come */
	bool too_long;         /* a whole that is neither small nor a list */
	char *small;           /* BODY_SMALL_BYTES + slack */
	size_t small_count;
	char *element;
	struct text out;
	char *record;          /* BODY_RECORD_BYTES + slack */
	uint32_t in_record;
	struct jsonlist list;
	uint64_t part_count;
	/* The next page. */
	const char *cursor_name; /* NULL: not looked for */
	size_t cursor_matched;
	uint8_t cursor_state;
	char cursor[LIMIT_page_cursor_bytes];
	size_t cursor_count;
};

/* False: the arena has no room. */
bool body_init(struct body *b, struct arena *boot, body_part *on_part, void *context);

void body_begin(struct body *b, const char *path, const char *cursor_name);
void body_feed(struct body *b, struct slice bytes);

/* The first bytes, to judge an error by. */
struct slice body_head(const struct body *b);

/* The answer is whole and good: what is held goes out.  False: it was broken. */
bool body_end(struct body *b);

/* The next page; empty: there is none, or it cannot stand in a URL. */
struct slice body_cursor(const struct body *b);
#endif
