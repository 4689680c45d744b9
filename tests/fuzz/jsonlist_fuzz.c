/* jsonlist_fuzz.c - any body: the walk judges as json.h does; its elements are the
 * ones json.h finds at the path; whole, byte by byte and in parts of odd sizes are
 * the same.
 *
 * The first byte is the path (low bits) and the size of the buffer, the second
 * how the body is cut.
 */
#include "base/json.h"
#include "base/jsonlist.h"
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = {
	"", "a", "symbols", "a.b", "result.list", "a.a.a", "b.a", "c",
};
static const size_t buffer_sizes[] = { 1, 3, 16, 4096 };

struct seen {
	char *at; /* each element with its length before it */
	size_t count;
	uint64_t elements;
};

static void
on_element(void *context, struct slice element)
{
	struct seen *out = context;

	memcpy(out->at + out->count, &element.count, sizeof element.count);
	out->count += sizeof element.count;
	memcpy(out->at + out->count, element.at, element.count);
	out->count += element.count;
	out->elements++;
}

/* The list at the path, by json.h; at == NULL: there is none. */
static struct slice
list_at(struct slice text, struct slice path)
{
	struct slice part = slice_cut(&path, '.'), key, found = { NULL, 0 };
	struct json r = json_open(text);
	struct json_value v;

	while (json_member(&r, &key, &v)) {
		if (!slice_equal(key, part))
			continue;
		if (path.count == 0 && v.type == JSON_ARRAY)
			return v.text;
		if (path.count > 0 && v.type == JSON_OBJECT)
			found = list_at(v.text, path);
		if (found.at != NULL)
			return found;
	}
	return found;
}

/* What the walk should hand out of a good body, by json.h. */
static void
expect(struct slice body, const char *path, size_t buffer_bytes, struct seen *out)
{
	struct slice list = { NULL, 0 }, element;
	struct json r = json_open(body);
	struct json_value v;

	if (*path == '\0' && r.type == JSON_ARRAY)
		list = body;
	else if (*path != '\0')
		list = list_at(body, slice_str(path));
	if (list.at == NULL) {
		while (strchr(" \t\r\n", body.at[0]) != NULL)
			body = slice_after(body, 1);
		while (strchr(" \t\r\n", body.at[body.count - 1]) != NULL)
			body.count--;
		if (body.count <= buffer_bytes)
			on_element(out, body);
		return;
	}
	r = json_open(list);
	while (json_element(&r, &v)) {
		element = v.text;
		if (v.type == JSON_STRING)
			element = slice_of(v.text.at - 1, v.text.count + 2);
		if (element.count <= buffer_bytes)
			on_element(out, element);
	}
}

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

/* Each part is a heap block of its own, so that a read beyond it is seen. */
static bool
run(struct slice body, const char *path, char *buffer, size_t buffer_bytes, size_t part,
    struct seen *out, struct jsonlist *w)
{
	jsonlist_init(w, path, buffer, buffer_bytes, on_element, out);
	for (size_t at = 0; at < body.count;) {
		size_t count = part == 0 || part > body.count - at ? body.count - at : part;
		char *copy = malloc(count);

		memcpy(copy, body.at + at, count);
		jsonlist_feed(w, slice_of(copy, count));
		free(copy);
		at += count;
		/* Parts that grow, so that cuts fall everywhere. */
		part += part > 1;
	}
	return jsonlist_end(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body;
	struct seen out[4];
	struct jsonlist w[3];
	const char *path;
	char *buffer;
	size_t buffer_bytes;
	bool ok;

	if (size < 2)
		return 0;
	path = paths[data[0] % 8];
	buffer_bytes = buffer_sizes[data[0] / 8 % 4];
	body = slice_of((const char *)data + 2, size - 2);
	buffer = malloc(buffer_bytes);
	/* An element has at least a comma behind it: its length takes 8. */
	for (int i = 0; i < 4; i++)
		out[i] = (struct seen){ .at = malloc(16 * size) };

	ok = run(body, path, buffer, buffer_bytes, 0, &out[0], &w[0]);
	MUST(run(body, path, buffer, buffer_bytes, 1, &out[1], &w[1]) == ok);
	MUST(run(body, path, buffer, buffer_bytes, 2 + data[1] % 32, &out[2], &w[2]) == ok);
	for (int i = 1; i < 3; i++) {
		MUST(w[i].bad == w[0].bad);
		MUST(w[i].found == w[0].found);
		MUST(w[i].element_count == w[0].element_count);
		MUST(w[i].too_long_count == w[0].too_long_count);
		MUST(out[i].count == out[0].count);
		MUST(memcmp(out[i].at, out[0].at, out[0].count) == 0);
	}
	MUST(ok == is_json(body));
	MUST(out[0].elements == w[0].element_count);
	if (ok) {
		expect(body, path, buffer_bytes, &out[3]);
		MUST(out[3].count == out[0].count);
		MUST(memcmp(out[3].at, out[0].at, out[0].count) == 0);
	}
	for (int i = 0; i < 4; i++)
		free(out[i].at);
	free(buffer);
	return 0;
}
