/* jsontree.c - cJSON on a pool that only grows until it is reset. */
#include "base/jsontree.h"
#include "base/check.h"
#include "base/json.h"
#include "base/num.h"
#include <cJSON.h>
#include <stdalign.h>

enum { ALIGN = alignof(max_align_t) };

/* The tree whose pool the hooks use: only during a parse. */
static struct jsontree *growing;

static void *
take(size_t bytes)
{
	struct jsontree *t = growing;
	size_t start;

	ASSERT(t != NULL);
	/* Aligned by address: the pool may begin anywhere. */
	start = t->used_bytes;
	start += (ALIGN - ((uintptr_t)t->pool + start) % ALIGN) % ALIGN;
	if (start > t->pool_bytes || bytes > t->pool_bytes - start) {
		t->full = true;
		return NULL;
	}
	t->last_bytes = start;
	t->used_bytes = start + bytes;
	if (t->used_bytes > t->used_max_bytes)
		t->used_max_bytes = t->used_bytes;
	return t->pool + start;
}

/* Each number is copied, read and given back at once: the last part taken can be
 * used again.  All else is a failed parse cleaning up, for which the reset is. */
static void
give(void *part)
{
	struct jsontree *t = growing;

	ASSERT(t != NULL);
	if (part == t->pool + t->last_bytes)
		t->used_bytes = t->last_bytes;
}

void
jsontree_init(struct jsontree *t, void *pool, size_t pool_bytes)
{
	cJSON_Hooks hooks = { .malloc_fn = take, .free_fn = give };

	*t = (struct jsontree){ .pool = pool, .pool_bytes = pool_bytes };
	cJSON_InitHooks(&hooks);
}

static bool
is_json(struct slice text)
{
	struct json r = json_open(text);
	struct json_value value;
	struct slice key;

	while (r.type == JSON_ARRAY ? json_element(&r, &value) : json_member(&r, &key, &value))
		continue;
	return json_ok(&r);
}

const struct jsontree_node *
jsontree_parse(struct jsontree *t, struct slice text)
{
	cJSON *root;

	jsontree_reset(t);
	if (!is_json(text)) {
		t->bad_count++;
		return NULL;
	}
	growing = t;
	root = cJSON_ParseWithLength(text.at, text.count);
	growing = NULL;
	if (root == NULL) {
		if (t->full)
			t->full_count++;
		else
			t->bad_count++;
		t->used_bytes = 0;
	}
	return (const struct jsontree_node *)root;
}

void
jsontree_reset(struct jsontree *t)
{
	t->used_bytes = 0;
	t->full = false;
}

/* --- reading --------------------------------------------------------------------- */

/* A node is the library's struct under a name of ours, so that no other file
 * needs its header. */
static const cJSON *
inner(const struct jsontree_node *node)
{
	return (const cJSON *)node;
}

static const cJSON *
child(const cJSON *node, struct slice name)
{
	uint64_t place;

	if (cJSON_IsArray(node)) {
		if (!num_uint64(name, &place))
			return NULL;
		node = node->child;
		while (node != NULL && place-- > 0)
			node = node->next;
		return node;
	}
	if (!cJSON_IsObject(node))
		return NULL;
	/* The library's own search ignores case by default, and venues use "l"
	 * beside "L". */
	for (node = node->child; node != NULL; node = node->next) {
		if (slice_equal(slice_str(node->string), name))
			return node;
	}
	return NULL;
}

static const cJSON *
find(const struct jsontree_node *node, const char *path)
{
	const cJSON *at = inner(node);
	struct slice rest = slice_str(path);

	while (at != NULL && rest.count > 0)
		at = child(at, slice_cut(&rest, '.'));
	return at;
}

const struct jsontree_node *
jsontree_at(const struct jsontree_node *node, const char *path)
{
	return (const struct jsontree_node *)find(node, path);
}

const struct jsontree_node *
jsontree_first(const struct jsontree_node *node)
{
	return node == NULL ? NULL : (const struct jsontree_node *)inner(node)->child;
}

const struct jsontree_node *
jsontree_next(const struct jsontree_node *node)
{
	return node == NULL ? NULL : (const struct jsontree_node *)inner(node)->next;
}

const struct jsontree_node *
jsontree_find(const struct jsontree_node *list, const char *key, const char *value)
{
	const struct jsontree_node *at = jsontree_first(list);
	struct slice text;

	for (; at != NULL; at = jsontree_next(at)) {
		if (jsontree_text(at, key, &text) && slice_equal(text, slice_str(value)))
			return at;
	}
	return NULL;
}

struct slice
jsontree_key(const struct jsontree_node *node)
{
	if (node == NULL || inner(node)->string == NULL)
		return (struct slice){ NULL, 0 };
	return slice_str(inner(node)->string);
}

bool
jsontree_text(const struct jsontree_node *node, const char *path, struct slice *out)
{
	const cJSON *at = find(node, path);

	if (!cJSON_IsString(at))
		return false;
	*out = slice_str(at->valuestring);
	return true;
}

bool
jsontree_double(const struct jsontree_node *node, const char *path, double *out)
{
	const cJSON *at = find(node, path);

	if (cJSON_IsString(at))
		return num_double(slice_str(at->valuestring), 0, out);
	/* 1e999 is good JSON and no number of ours. */
	if (!cJSON_IsNumber(at) || !(at->valuedouble - at->valuedouble == 0))
		return false;
	*out = at->valuedouble;
	return true;
}

bool
jsontree_int64(const struct jsontree_node *node, const char *path, int64_t *out)
{
	const double exact_max = 9007199254740992.0;
	const cJSON *at = find(node, path);
	double value;

	if (cJSON_IsString(at))
		return num_int64(slice_str(at->valuestring), out);
	if (!cJSON_IsNumber(at))
		return false;
	/* 2^53 itself may be 2^53 + 1 that lost its last digit. */
	value = at->valuedouble;
	if (!(value > -exact_max && value < exact_max) || (double)(int64_t)value != value)
		return false;
	*out = (int64_t)value;
	return true;
}

bool
jsontree_bool(const struct jsontree_node *node, const char *path, bool *out)
{
	const cJSON *at = find(node, path);

	if (!cJSON_IsBool(at))
		return false;
	*out = cJSON_IsTrue(at);
	return true;
}
