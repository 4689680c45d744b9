/* jsonlist.h - finds the elements of a long list in a body that arrives in parts.
 *
 * A REST answer of two megabytes is a list of small elements.  This walks the
 * bytes as they come and hands out each element whole, one at a time, so that
 * nobody holds the body or its tree.  The list is named by its path:
 *   ""            the body itself is the list
 *   "symbols"     {"symbols":[...]}
 *   "result.list" {"result":{"list":[...]}}
 * A body that has no such list is handed out whole as one element at its end
 * (an error object, a single row), if it fits.
 *
 * A list that is there is never handed out whole, not even when it is empty.  Of
 * two lists under the same path the first counts; keys are compared as they
 * stand, without resolving escapes.
 *
 * The whole body is checked as strictly as json.h checks a message, depth
 * included; an element is the text the body has there.  One that is longer than
 * the buffer is skipped and counted.  Broken JSON stops the walk: `bad` is set,
 * elements handed out before it stand.  How the body is cut into parts changes
 * nothing.
 */
#ifndef BASE_JSONLIST_H
#define BASE_JSONLIST_H
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `element` is valid during the call, which must not feed the same walk. */
typedef void jsonlist_element(void *context, struct slice element);

struct jsonlist {
	const char *path;         /* kept; each part at most 64 bytes */
	char *buffer;             /* kept; holds one element */
	size_t buffer_bytes;
	jsonlist_element *on_element;
	void *context;
	uint64_t element_count;   /* handed out */
	uint64_t too_long_count;
	bool found;               /* the list began */
	bool bad;
	bool ended;               /* the body's last bracket was read */
	/* insides */
	bool collecting;          /* bytes go to the buffer */
	bool overflow;            /* what is collected did not fit */
	bool is_key;              /* the string being read is a key */
	bool key_matches;         /* the key just read is the next part of the path */
	uint8_t want;             /* what may come next, between tokens */
	uint8_t token;            /* what we are inside of */
	uint8_t token_state;
	uint64_t is_array;        /* a bit a level, the innermost lowest */
	int depth;
	int list_depth;           /* depth inside the list; 0: not in it */
	int path_parts;
	int path_matched;         /* parts of the path already entered */
	size_t count;             /* bytes held in buffer */
	char key[64];
	size_t key_count;         /* more than sizeof key: too long to be ours */
};

/* buffer_bytes > 0. */
void jsonlist_init(struct jsonlist *w, const char *path, char *buffer,
                   size_t buffer_bytes, jsonlist_element *on_element, void *context);
void jsonlist_feed(struct jsonlist *w, struct slice bytes);

/* The body ended.  False when it was broken or cut, or empty.  Hands out the whole
 * body if it had no list.  Once per walk. */
bool jsonlist_end(struct jsonlist *w);
#endif
