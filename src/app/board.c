/* board.c - see the header.
 *
 * Why    json.h and not a tree: 1000 coins are 200 kB, and a tree of them over a
 *        megabyte for what is read once from front to back.
 * Input  One JSON object; each level is walked with a table of its keys.
 * Limits Of two equal keys the last counts.
 */
#include "app/board.h"
#include "base/json.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum kind { FIELD_TEXT, FIELD_NUMBER, FIELD_NS, FIELD_BOOL };

struct field {
	const char *key;
	size_t offset;
	uint16_t size; /* of a text */
	uint8_t kind;
};

#define TEXT(TYPE, KEY, MEMBER)                                                \
	{ KEY, offsetof(struct TYPE, MEMBER), sizeof(((struct TYPE *)0)->MEMBER), FIELD_TEXT }
#define NUMBER(TYPE, KEY, MEMBER) { KEY, offsetof(struct TYPE, MEMBER), 0, FIELD_NUMBER }
#define NS(TYPE, KEY, MEMBER) { KEY, offsetof(struct TYPE, MEMBER), 0, FIELD_NS }
#define BOOL(TYPE, KEY, MEMBER) { KEY, offsetof(struct TYPE, MEMBER), 0, FIELD_BOOL }
#define END { NULL, 0, 0, 0 }

static const struct field top_field[] = {
	TEXT(board, "version", version),
	TEXT(board, "state", state),
	BOOL(board, "ready", ready),
	NUMBER(board, "pid", pid),
	NS(board, "started_ns", started_ns),
	NS(board, "now_ns", now_ns),
	NUMBER(board, "window_s", window_s),
	END,
};
static const struct field memory_field[] = {
	NUMBER(board, "plan_bytes", plan_bytes),
	NUMBER(board, "limit_bytes", limit_bytes),
	NUMBER(board, "rss_bytes", rss_bytes),
	END,
};
static const struct field watch_field[] = {
	TEXT(board, "coins", coins_text),
	NUMBER(board, "coin_count", coin_count),
	NUMBER(board, "instrument_count", instrument_count),
	END,
};
static const struct field totals_field[] = {
	NUMBER(board, "frames", frames),
	NUMBER(board, "bodies", bodies),
	NUMBER(board, "events", events),
	NUMBER(board, "trades", trades),
	NUMBER(board, "duplicates", duplicates),
	NUMBER(board, "gaps", gaps),
	NUMBER(board, "gaps_filled", gaps_filled),
	NUMBER(board, "unreadable", unreadable),
	NUMBER(board, "unwatched", unwatched),
	END,
};
static const struct field tape_field[] = {
	TEXT(board, "state", tape.state),
	TEXT(board, "dir", tape.dir),
	TEXT(board, "reason", tape.reason),
	NUMBER(board, "records", tape.records),
	NUMBER(board, "stored_bytes", tape.stored_bytes),
	NUMBER(board, "dropped", tape.dropped),
	END,
};
static const struct field venue_field[] = {
	TEXT(board_venue, "venue", name),
	TEXT(board_venue, "state", state),
	TEXT(board_venue, "trouble", trouble),
	TEXT(board_venue, "doubt", doubt),
	NUMBER(board_venue, "instruments", instruments),
	NUMBER(board_venue, "gaps", gaps),
	NUMBER(board_venue, "filled", filled),
	NUMBER(board_venue, "unfilled", unfilled),
	NUMBER(board_venue, "weight_used", weight_used),
	NUMBER(board_venue, "weight_max", weight_max),
	NUMBER(board_venue, "requests", requests),
	NUMBER(board_venue, "requests_failed", requests_failed),
	NUMBER(board_venue, "trades", trades),
	NUMBER(board_venue, "trade_usd", trade_usd),
	END,
};
static const struct field link_field[] = {
	TEXT(board_link, "venue", venue),
	NUMBER(board_link, "link", number),
	TEXT(board_link, "state", state),
	TEXT(board_link, "reason", reason),
	TEXT(board_link, "about", about),
	NUMBER(board_link, "since_ms", since_ms),
	NUMBER(board_link, "age_ms", age_ms),
	NUMBER(board_link, "lag_ms", lag_ms),
	NUMBER(board_link, "streams", streams),
	NUMBER(board_link, "silent", silent),
	NUMBER(board_link, "tries", tries),
	NUMBER(board_link, "restarts", restarts),
	NUMBER(board_link, "frames", frames),
	NUMBER(board_link, "bytes", bytes),
	END,
};
static const struct field coin_field[] = {
	TEXT(board_coin, "coin", name),
	NUMBER(board_coin, "price", price),
	NUMBER(board_coin, "change", change),
	NUMBER(board_coin, "delta_usd", delta_usd),
	NUMBER(board_coin, "volume_usd", volume_usd),
	NUMBER(board_coin, "liquidated_long_usd", liquidated_long_usd),
	NUMBER(board_coin, "liquidated_short_usd", liquidated_short_usd),
	NUMBER(board_coin, "age_ms", age_ms),
	NUMBER(board_coin, "trades", trades),
	END,
};

/* Everything not known: numbers NAN, texts empty. */
static void
forget(const struct field *f, void *to)
{
	const double unknown = (double)NAN;

	for (; f->key != NULL; f++)
		if (f->kind == FIELD_NUMBER)
			memcpy((char *)to + f->offset, &unknown, sizeof unknown);
}

/* At most size - 1 bytes; one that would begin a cut character is left out too. */
static void
copy_text(const struct json_value *v, char *to, size_t size)
{
	char raw[4096];
	size_t count;

	to[0] = '\0';
	if (v->type != JSON_STRING)
		return;
	if (!v->escaped) {
		count = v->text.count < sizeof raw ? v->text.count : sizeof raw;
		memcpy(raw, v->text.at, count);
	} else if (!json_unescape(v->text, raw, sizeof raw, &count)) {
		return;
	}
	if (count > size - 1) {
		count = size - 1;
		while (count > 0 && ((unsigned char)raw[count] & 0xc0) == 0x80)
			count--;
	}
	for (size_t i = 0; i < count; i++) /* a zero would end it */
		to[i] = raw[i] != '\0' ? raw[i] : '?';
	to[count] = '\0';
}

static void
set_field(const struct field *f, const struct json_value *v, void *to)
{
	double number = (double)NAN;
	int64_t ns = 0;
	bool flag = v->type == JSON_TRUE;

	switch ((enum kind)f->kind) {
	case FIELD_TEXT:
		copy_text(v, (char *)to + f->offset, f->size);
		break;
	case FIELD_NUMBER:
		/* A number too large for a double leaves NAN: not known. */
		if (v->type == JSON_NUMBER)
			json_double(v, 0, &number);
		memcpy((char *)to + f->offset, &number, sizeof number);
		break;
	case FIELD_NS:
		if (v->type != JSON_NUMBER || !json_int64(v, &ns) || ns < 0)
			ns = 0;
		memcpy((char *)to + f->offset, &ns, sizeof ns);
		break;
	case FIELD_BOOL:
		memcpy((char *)to + f->offset, &flag, sizeof flag);
		break;
	}
}

static void
set_member(const struct field *f, struct slice key, const struct json_value *v, void *to)
{
	for (; f->key != NULL; f++) {
		if (slice_equal(key, slice_str(f->key))) {
			set_field(f, v, to);
			return;
		}
	}
}

/* False: it is no object, or broken. */
static bool
read_object(const struct field *f, const struct json_value *from, void *to)
{
	struct json r;
	struct json_value v;
	struct slice key;

	if (from->type != JSON_OBJECT)
		return false;
	r = json_open(from->text);
	while (json_member(&r, &key, &v))
		set_member(f, key, &v, to);
	return json_ok(&r);
}

struct list {
	const struct field *field;
	char *first;
	size_t size; /* of a row */
	uint32_t max;
	uint32_t *told, *kept;
};

/* False: it is no list of objects. */
static bool
read_list(const struct list *l, const struct json_value *from)
{
	struct json r;
	struct json_value v;

	*l->told = *l->kept = 0;
	if (from->type != JSON_ARRAY)
		return false;
	r = json_open(from->text);
	while (json_element(&r, &v)) {
		char *row = l->first + (size_t)*l->kept * l->size;

		++*l->told;
		if (*l->kept == l->max)
			continue;
		memset(row, 0, l->size);
		forget(l->field, row);
		if (!read_object(l->field, &v, row))
			return false;
		++*l->kept;
	}
	return json_ok(&r);
}

/* What must be there for an answer to be a daemon's. */
enum { HAS_VERSION = 1, HAS_STATE = 2, HAS_LINKS = 4, HAS_COINS = 8, HAS_ALL = 15 };

/* False: known, but not what it should be.  `has` gets what was found. */
static bool
read_part(struct board *b, struct slice key, const struct json_value *v, unsigned *has)
{
	const struct list venues = { venue_field, (char *)b->venue, sizeof b->venue[0],
	                             BOARD_VENUES_MAX, &b->venues_told, &b->venue_count };
	const struct list links = { link_field, (char *)b->link, sizeof b->link[0],
	                            BOARD_LINKS_MAX, &b->links_told, &b->link_count };
	const struct list coins = { coin_field, (char *)b->coin, sizeof b->coin[0],
	                            BOARD_COINS_MAX, &b->coins_told, &b->coins_kept };

	if (slice_is(key, "version"))
		*has |= HAS_VERSION;
	if (slice_is(key, "state"))
		*has |= HAS_STATE;
	if (slice_is(key, "links")) {
		*has |= HAS_LINKS;
		return read_list(&links, v);
	}
	if (slice_is(key, "coins")) {
		*has |= HAS_COINS;
		return read_list(&coins, v);
	}
	if (slice_is(key, "venues"))
		return read_list(&venues, v);
	if (slice_is(key, "memory"))
		return v->type == JSON_NULL || read_object(memory_field, v, b);
	if (slice_is(key, "watch"))
		return v->type == JSON_NULL || read_object(watch_field, v, b);
	if (slice_is(key, "totals"))
		return v->type == JSON_NULL || read_object(totals_field, v, b);
	if (slice_is(key, "tape"))
		return v->type == JSON_NULL || read_object(tape_field, v, b);
	set_member(top_field, key, v, b);
	return true;
}

bool
board_read(struct board *b, struct slice json)
{
	static const struct field *const part[] = { top_field, memory_field, watch_field,
	                                            totals_field, tape_field };
	struct json r = json_open(json);
	struct json_value v;
	struct slice key;
	unsigned has = 0;

	/* Rows are cleared as they are filled; the lists behind are the bulk. */
	memset(b, 0, offsetof(struct board, venue));
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		forget(part[i], b);
	if (r.type != JSON_OBJECT)
		return false;
	while (json_member(&r, &key, &v))
		if (!read_part(b, key, &v, &has))
			return false;
	return json_ok(&r) && has == HAS_ALL && b->version[0] != '\0' && b->state[0] != '\0';
}

bool
board_follows(const struct board *now, const struct board *before)
{
	return before != NULL && now->pid == before->pid && /* false for NAN */
	       now->started_ns == before->started_ns && before->now_ns > 0 &&
	       now->now_ns > before->now_ns;
}

double
board_frames_per_s(const struct board *now, const struct board *before,
                   const struct board_link *link)
{
	if (!board_follows(now, before))
		return (double)NAN;
	for (uint32_t i = 0; i < before->link_count; i++) {
		const struct board_link *l = &before->link[i];

		if (l->number == link->number && strcmp(l->venue, link->venue) == 0) {
			double frames = link->frames - l->frames;

			/* A counter that went back began anew. */
			return frames >= 0 ? frames * 1e9 / (double)(now->now_ns - before->now_ns)
			                   : (double)NAN;
		}
	}
	return (double)NAN;
}
