/* jsontree.h - a small JSON text as a tree in a fixed pool: the door to cJSON.
 *
 * For the control plane: a row of an exchange's metadata with filters nested in
 * it, an answer of Telegram.  Not for the way of a frame, and not for a long
 * list: jsonlist.h cuts that into elements, of which each fits here (a tree needs
 * about six times its text).
 *
 * The text is checked by json.h first (grammar, depth), so the library only ever
 * sees good JSON of at most LIMIT_json_depth_max levels.  Its heap is the pool of
 * the tree that is being read; a pool that runs dry fails the parse and is
 * counted.  A tree lives until the next parse into the same pool, or its reset.
 * One thread only: the library's hooks are global.
 *
 * What the library loses, and who cares must read with json.h: a number is kept
 * as a double, so digits beyond 2^53 are gone, and with them its text; a string
 * ends at its first \u0000; of two equal keys the first counts.
 *
 * A path names members by their keys and elements by their place:
 * "result.list.0.symbol"; "" is the node itself.
 */
#ifndef BASE_JSONTREE_H
#define BASE_JSONTREE_H
#include "base/slice.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsontree {
	char *pool;          /* kept */
	size_t pool_bytes;
	size_t used_bytes;   /* by the present tree */
	size_t used_max_bytes;
	uint64_t full_count; /* parses that did not fit */
	uint64_t bad_count;  /* texts that were no JSON of ours */
	bool full;           /* the present parse ran dry */
	size_t last_bytes;   /* where the part taken last begins */
};

/* A value in the tree. */
struct jsontree_node;

/* `pool` is kept; its alignment does not matter. */
void jsontree_init(struct jsontree *t, void *pool, size_t pool_bytes);

/* NULL when the text is no object or array, is broken, or needs too much room.
 * The tree keeps nothing of the text. */
const struct jsontree_node *jsontree_parse(struct jsontree *t, struct slice text);

void jsontree_reset(struct jsontree *t);

/* --- reading: all take NULL for "not there", and find nothing in it ------------- */

const struct jsontree_node *jsontree_at(const struct jsontree_node *node, const char *path);

/* The first member or element of a node, and the one behind it; NULL at the end. */
const struct jsontree_node *jsontree_first(const struct jsontree_node *node);
const struct jsontree_node *jsontree_next(const struct jsontree_node *node);

/* The element of a list whose member `key` is the string `value`: the filter
 * whose "filterType" is "PRICE_FILTER". */
const struct jsontree_node *jsontree_find(const struct jsontree_node *list, const char *key,
                                          const char *value);

/* A member's key; empty for an element. */
struct slice jsontree_key(const struct jsontree_node *node);

/* False when there is nothing at the path, or something else.  Then *out is as it
 * was. */
bool jsontree_text(const struct jsontree_node *node, const char *path, struct slice *out);

/* A number, or a string that holds a decimal, which is read by num.h. */
bool jsontree_double(const struct jsontree_node *node, const char *path, double *out);

/* A whole number below 2^53, or a string of digits up to 64 bits. */
bool jsontree_int64(const struct jsontree_node *node, const char *path, int64_t *out);

bool jsontree_bool(const struct jsontree_node *node, const char *path, bool *out);
#endif
