/* record.c - the bytes of a record; see the header. */
#include "tape/record.h"
#include "base/check.h"
#include <string.h>

static size_t
varint_bytes(uint64_t value)
{
	size_t count = 1;

	while (value >= 0x80) {
		value >>= 7;
		count++;
	}
	return count;
}

static char *
varint_put(char *to, uint64_t value)
{
	while (value >= 0x80) {
		*to++ = (char)(unsigned char)(value | 0x80);
		value >>= 7;
	}
	*to++ = (char)(unsigned char)value;
	return to;
}

static bool
varint_get(struct tape_cursor *c, uint64_t *out)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
		unsigned char byte = (unsigned char)*c->at++;

		/* The tenth byte has room for the top bit only. */
		if (shift == 63 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*out = value;
			return byte != 0 || shift == 0;
		}
	}
	return false;
}

size_t
tape_record_bytes(const struct tape_record *record, int64_t before_ns)
{
	ASSERT(before_ns >= 0);
	ASSERT(record->recv_ns >= before_ns);
	return 2 + varint_bytes(record->link) +
	       varint_bytes((uint64_t)(record->recv_ns - before_ns)) +
	       varint_bytes(record->asked.count) + varint_bytes(record->data.count) +
	       record->asked.count + record->data.count;
}

char *
tape_record_put(char *to, const struct tape_record *record, int64_t before_ns)
{
	*to++ = (char)record->kind;
	*to++ = (char)record->venue;
	to = varint_put(to, record->link);
	to = varint_put(to, (uint64_t)(record->recv_ns - before_ns));
	to = varint_put(to, record->asked.count);
	to = varint_put(to, record->data.count);
	if (record->asked.count > 0)
		memcpy(to, record->asked.at, record->asked.count);
	to += record->asked.count;
	if (record->data.count > 0)
		memcpy(to, record->data.at, record->data.count);
	return to + record->data.count;
}

bool
tape_record_get(struct tape_cursor *c, struct tape_record *out)
{
	struct tape_cursor walk = *c;
	uint64_t link, delta, asked, data;

	if (c->end - c->at < TAPE_RECORD_BYTES_MIN)
		return false;
	out->kind = (uint8_t)*walk.at++;
	out->venue = (uint8_t)*walk.at++;
	if (!varint_get(&walk, &link) || !varint_get(&walk, &delta) ||
	    !varint_get(&walk, &asked) || !varint_get(&walk, &data))
		return false;
	if (out->kind == TAPE_NONE || link > UINT16_MAX)
		return false;
	if (delta > (uint64_t)(INT64_MAX - c->ns))
		return false;
	if (asked > (uint64_t)(walk.end - walk.at) ||
	    data > (uint64_t)(walk.end - walk.at) - asked)
		return false;
	out->link = (uint16_t)link;
	out->recv_ns = c->ns + (int64_t)delta;
	out->asked = slice_of(walk.at, (size_t)asked);
	out->data = slice_of(walk.at + asked, (size_t)data);
	c->at = walk.at + asked + data;
	c->ns = out->recv_ns;
	return true;
}
