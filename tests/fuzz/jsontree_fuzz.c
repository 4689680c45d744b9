/* jsontree_fuzz.c - any bytes into a pool of any size: what json.h takes and the
 * pool holds is a tree with the same members in the same order, with the same
 * strings; nothing else is.
 *
 * The first two bytes are the size of the pool.
 */
#include "base/json.h"
#include "base/jsontree.h"
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_json(struct slice text)
{
	struct json r = json_open(text);
	struct json_value v;
	struct slice key;

	while (r.type == JSON_ARRAY ? json_element(&r, &v) : json_member(&r, &key, &v))
		continue;
	return json_ok(&r);
}

/* Is the library's string the text's?  It ends at the first zero character. */
static bool
same_text(struct slice text, struct slice got)
{
	char *plain = malloc(text.count + 1);
	size_t count;
	bool same = true;

	if (json_unescape(text, plain, text.count, &count)) {
		plain[count] = '\0';
		same = slice_equal(slice_str(plain), got);
	}
	free(plain);
	return same;
}

/* A tree beside its text. */
static void
compare(struct slice text, const struct jsontree_node *node)
{
	const struct jsontree_node *at = jsontree_first(node);
	struct json r = json_open(text);
	struct slice key = { NULL, 0 }, got;
	struct json_value v;
	double d, want;
	bool yes;

	while (r.type == JSON_ARRAY ? json_element(&r, &v) : json_member(&r, &key, &v)) {
		MUST(at != NULL);
		MUST(same_text(key, jsontree_key(at)));
		MUST(jsontree_text(at, "", &got) == (v.type == JSON_STRING));
		MUST(jsontree_bool(at, "", &yes) == (v.type == JSON_TRUE || v.type == JSON_FALSE));
		if (v.type == JSON_STRING)
			MUST(same_text(v.text, got));
		if (v.type == JSON_TRUE || v.type == JSON_FALSE)
			MUST(yes == (v.type == JSON_TRUE));
		if (v.type == JSON_NUMBER) {
			MUST(jsontree_double(at, "", &d) == json_double(&v, 0, &want));
			if (jsontree_double(at, "", &d))
				MUST(d == want);
		}
		if (v.type == JSON_OBJECT || v.type == JSON_ARRAY)
			compare(v.text, at);
		at = jsontree_next(at);
	}
	MUST(at == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct jsontree_node *node;
	struct jsontree t;
	struct slice text;
	size_t pool_bytes;
	char *pool;

	if (size < 2)
		return 0;
	pool_bytes = data[0] * 256u + data[1];
	text = slice_of((const char *)data + 2, size - 2);
	pool = malloc(pool_bytes + 1);
	jsontree_init(&t, pool, pool_bytes);
	node = jsontree_parse(&t, text);
	MUST(t.used_max_bytes <= pool_bytes);
	MUST(t.full_count + t.bad_count == (node == NULL));
	if (t.full_count == 0)
		MUST((node != NULL) == is_json(text) || memmem(text.at, text.count, "\\u", 2) != NULL);
	if (node != NULL) {
		MUST(is_json(text));
		compare(text, node);
	}
	free(pool);
	return 0;
}
