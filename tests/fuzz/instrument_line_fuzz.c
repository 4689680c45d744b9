/* Goal: no line breaks the reader of instrument lines, and what it accepts is
 * stable: written again and read again it is the same row and the same line.
 * Method: any bytes as a line. */
#include "market/event_json.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[4096], second[4096];
	struct instrument row = { .venue = 1 }, again = { .venue = 2 };
	struct slice venue, venue_again;
	struct text out = text_init(first, sizeof first);
	struct text out_again = text_init(second, sizeof second);

	if (!event_json_read_instrument(slice_of((const char *)data, size), &row, &venue))
		return 0;
	if (row.symbol[0] == '\0' || row.venue != 1)
		abort();
	if (venue.at < (const char *)data || venue.at + venue.count > (const char *)data + size)
		abort(); /* a view of the line */
	event_json_instrument(&out, &row, "venue");
	if (out.cut)
		abort();
	/* Bytes that are no UTF-8 were replaced and may have become too many. */
	if (!event_json_read_instrument(text_slice(&out), &again, &venue_again)) {
		for (size_t i = 0; i < size; i++)
			if (data[i] >= 0x80 || data[i] == '\\')
				return 0;
		abort();
	}
	event_json_instrument(&out_again, &again, "venue");
	if (!slice_equal(text_slice(&out), text_slice(&out_again)))
		abort();
	return 0;
}
