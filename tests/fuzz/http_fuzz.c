/* Goal: no answer crashes the reader, whole and cut give the same, and no more of a
 * body comes out than is allowed. */
#include "net/http.h"
#include <stdlib.h>

enum { BODY_MAX = 512 };

struct seen { uint64_t hash, count; };

static void
on_part(void *context, struct slice part)
{
	struct seen *s = context;

	for (size_t i = 0; i < part.count; i++)
		s->hash = (s->hash ^ (unsigned char)part.at[i]) * 1099511628211u;
	s->count += part.count;
}

static uint64_t
read_all(struct http *h, const uint8_t *data, size_t size, size_t step, uint64_t *taken)
{
	struct seen s = { 1, 0 };
	size_t at = 0;

	h->is_head = false;
	http_begin(h, BODY_MAX, NULL);
	while (at < size) {
		size_t part = size - at < step ? size - at : step;
		size_t got = http_receive(h, slice_of((const char *)data + at, part), on_part, &s);

		at += got;
		if (got < part)
			break;
	}
	http_receive_end(h, on_part, &s);
	if (s.count > BODY_MAX)
		abort();
	*taken = at;
	return s.hash ^ s.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http whole, cut;
	uint64_t taken_whole, taken_cut;
	uint64_t a = read_all(&whole, data, size, size + 1, &taken_whole);
	uint64_t b = read_all(&cut, data, size, 1, &taken_cut);

	if (whole.state != cut.state || whole.reason != cut.reason || whole.status != cut.status)
		abort();
	if (whole.state == HTTP_DONE && (a != b || taken_whole != taken_cut))
		abort();
	http_header(&whole, "Retry-After");
	return 0;
}
