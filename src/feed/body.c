/* body.c - see the header. */
#include "feed/body.h"
#include "base/check.h"

_Static_assert(BODY_RECORD_BYTES > BODY_ELEMENT_BYTES + 256, "an element and its wrapping");

enum { CURSOR_KEY, CURSOR_COLON, CURSOR_VALUE, CURSOR_END };

bool
body_init(struct body *b, struct arena *boot, body_part *on_part, void *context)
{
	*b = (struct body){ .on_part = on_part, .context = context };
	b->small = arena_take(boot, "rest bodies", BODY_SMALL_BYTES + BODY_SLACK_BYTES, 1);
	b->element = arena_take(boot, "rest bodies", BODY_ELEMENT_BYTES, 1);
	b->record = arena_take(boot, "rest bodies", BODY_RECORD_BYTES + BODY_SLACK_BYTES, 1);
	return b->small != NULL && b->element != NULL && b->record != NULL;
}

/* "result.list" opens {"result":{"list":[ */
static void
open_record(struct body *b)
{
	struct slice rest = slice_str(b->path);

	b->out = text_init(b->record, BODY_RECORD_BYTES);
	b->in_record = 0;
	while (rest.count > 0) {
		struct slice name = slice_cut(&rest, '.');

		text_str(&b->out, "{\"");
		text_put(&b->out, name);
		text_str(&b->out, "\":");
	}
	text_char(&b->out, '[');
}

static size_t
closing_bytes(const struct body *b)
{
	size_t count = 1 + (b->path[0] != '\0');

	for (const char *c = b->path; *c != '\0'; c++)
		count += *c == '.';
	return count;
}

static void
close_record(struct body *b)
{
	size_t braces = closing_bytes(b) - 1;

	if (b->in_record == 0)
		return;
	text_char(&b->out, ']');
	for (size_t i = 0; i < braces; i++)
		text_char(&b->out, '}');
	ASSERT(!b->out.cut);
	b->part_count++;
	b->on_part(b->context, text_slice(&b->out));
	open_record(b);
}

static void
on_element(void *context, struct slice element)
{
	struct body *b = context;

	/* No list in it at all: the element is the whole answer. */
	if (!b->list.found) {
		b->part_count++;
		b->on_part(b->context, element);
		return;
	}
	if (b->out.count + element.count + 1 + closing_bytes(b) > b->out.size)
		close_record(b);
	if (b->in_record > 0)
		text_char(&b->out, ',');
	text_put(&b->out, element);
	b->in_record++;
}

void
body_begin(struct body *b, const char *path, const char *cursor_name)
{
	b->path = path;
	b->parts = false;
	b->too_long = false;
	b->small_count = 0;
	b->part_count = 0;
	b->cursor_name = cursor_name;
	b->cursor_matched = 0;
	b->cursor_state = CURSOR_KEY;
	b->cursor_count = 0;
	open_record(b);
	jsonlist_init(&b->list, path, b->element, BODY_ELEMENT_BYTES, on_element, b);
}

/* "NAME":"value", blanks around the colon allowed, cut anywhere. */
static void
look_for_cursor(struct body *b, struct slice bytes)
{
	size_t name = strlen(b->cursor_name);

	for (size_t i = 0; i < bytes.count && b->cursor_state != CURSOR_END; i++) {
		char c = bytes.at[i];

		switch (b->cursor_state) {
		case CURSOR_KEY:
			/* A quote can only be the first byte of a name or its end. */
			if (b->cursor_matched == name + 1 && c == '"')
				b->cursor_state = CURSOR_COLON;
			else if (b->cursor_matched > 0 && b->cursor_matched <= name &&
			         c == b->cursor_name[b->cursor_matched - 1])
				b->cursor_matched++;
			else
				b->cursor_matched = c == '"';
			break;
		case CURSOR_COLON:
			if (c == '"')
				b->cursor_state = CURSOR_VALUE;
			else if (c != ':' && c != ' ')
				b->cursor_state = CURSOR_END; /* null */
			break;
		default:
			if (c == '"') {
				b->cursor_state = CURSOR_END;
			} else if (b->cursor_count == sizeof b->cursor - 1 || c <= ' ' || c == '\\' ||
			           c == '&' || c == '#' || (unsigned char)c >= 0x7f) {
				b->cursor_count = 0;
				b->cursor_state = CURSOR_END;
			} else {
				b->cursor[b->cursor_count++] = c;
			}
			break;
		}
	}
}

void
body_feed(struct body *b, struct slice bytes)
{
	if (b->cursor_name != NULL)
		look_for_cursor(b, bytes);
	if (!b->parts && bytes.count <= BODY_SMALL_BYTES - b->small_count) {
		memcpy(b->small + b->small_count, bytes.at, bytes.count);
		b->small_count += bytes.count;
		return;
	}
	if (!b->parts) {
		b->parts = true;
		jsonlist_feed(&b->list, slice_of(b->small, b->small_count));
	}
	jsonlist_feed(&b->list, bytes);
}

struct slice
body_head(const struct body *b)
{
	return slice_of(b->small, b->small_count < BODY_HEAD_BYTES ? b->small_count
	                                                           : BODY_HEAD_BYTES);
}

bool
body_end(struct body *b)
{
	bool good;

	if (!b->parts) {
		if (b->small_count == 0)
			return false;
		memset(b->small + b->small_count, 0, BODY_SLACK_BYTES);
		b->part_count++;
		b->on_part(b->context, slice_of(b->small, b->small_count));
		return true;
	}
	good = jsonlist_end(&b->list);
	close_record(b);
	b->too_long = b->part_count == 0;
	return good && !b->too_long;
}

struct slice
body_cursor(const struct body *b)
{
	return b->cursor_state == CURSOR_END ? slice_of(b->cursor, b->cursor_count)
	                                     : slice_of(b->cursor, 0);
}
