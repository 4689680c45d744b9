/* sequence.c - duplicates and gaps by id; see the header for the rules. */
#include "market/sequence.h"
#include "base/check.h"
#include <string.h>

static bool
same_range(struct id_range a, struct id_range b)
{
	return a.from == b.from && a.to == b.to;
}

static void
gap_remove(struct sequence *s, int index)
{
	s->gap_count--;
	for (int i = index; i < s->gap_count; i++) {
		s->gap[i] = s->gap[i + 1];
		s->origin[i] = s->origin[i + 1];
	}
}

/* The oldest gives way, and what it was a part of will never be whole. */
static void
gap_forget(struct sequence *s)
{
	struct id_range lost = s->origin[0];

	s->forgotten_gap_count++;
	gap_remove(s, 0);
	for (int i = 0; i < s->gap_count; i++)
		if (same_range(s->origin[i], lost))
			s->origin[i] = (struct id_range){ 0, 0 };
}

/* `index` is where it belongs in id order. */
static void
gap_add(struct sequence *s, int index, struct id_range range, struct id_range origin)
{
	if (s->gap_count == SEQUENCE_GAPS_MAX) {
		struct id_range oldest = s->origin[0];

		gap_forget(s);
		index = index > 0 ? index - 1 : 0;
		if (same_range(origin, oldest))
			origin = (struct id_range){ 0, 0 };
	}
	for (int i = s->gap_count; i > index; i--) {
		s->gap[i] = s->gap[i - 1];
		s->origin[i] = s->origin[i - 1];
	}
	s->gap[index] = range;
	s->origin[index] = origin;
	s->gap_count++;
}

static bool
is_whole(const struct sequence *s, struct id_range origin)
{
	for (int i = 0; i < s->gap_count; i++)
		if (same_range(s->origin[i], origin))
			return false;
	return origin.from != 0;
}

/* The part of a print that lies inside an open gap closes that part. */
static enum sequence_result
step_below(struct sequence *s, uint64_t first_id, uint64_t last_id,
           struct id_range *range_out)
{
	for (int i = 0; i < s->gap_count; i++) {
		struct id_range gap = s->gap[i], origin = s->origin[i];

		if (last_id < gap.from || first_id > gap.to)
			continue;
		gap_remove(s, i);
		if (last_id < gap.to)
			gap_add(s, i, (struct id_range){ last_id + 1, gap.to }, origin);
		if (first_id > gap.from)
			gap_add(s, i, (struct id_range){ gap.from, first_id - 1 }, origin);
		if (last_id < gap.to || first_id > gap.from || !is_whole(s, origin))
			return SEQUENCE_LATE;
		*range_out = origin;
		return SEQUENCE_FILLED;
	}
	return SEQUENCE_DUPLICATE;
}

enum sequence_result
sequence_step(struct sequence *s, uint8_t space, uint64_t first_id, uint64_t last_id,
              struct id_range *range_out)
{
	enum sequence_result result = SEQUENCE_NEW;

	ASSERT(first_id > 0);
	ASSERT(first_id <= last_id);
	*range_out = (struct id_range){ 0, 0 };
	if (s->space == 0)
		s->space = space;
	if (s->space != space)
		return SEQUENCE_OTHER;
	if (s->next_id != 0 && last_id < s->next_id)
		return step_below(s, first_id, last_id, range_out);
	if (s->next_id != 0 && first_id > s->next_id) {
		*range_out = (struct id_range){ s->next_id, first_id - 1 };
		gap_add(s, s->gap_count, *range_out, *range_out);
		result = SEQUENCE_GAP;
	}
	/* The id after the last possible one does not exist: stay on it. */
	s->next_id = last_id == UINT64_MAX ? last_id : last_id + 1;
	return result;
}

/* Eight bytes at a time, each mixed in by a multiplication and a shift (the
 * constant is 2^64 / golden ratio, odd).  Against accidents, not attackers: the
 * ids come from venues, and two that collide cost one trade. */
static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

uint64_t
seen_hash(uint64_t seed, const void *bytes, uint32_t count)
{
	const unsigned char *at = bytes;
	uint64_t h = seed ^ (uint64_t)count << 32, word;

	for (; count >= 8; count -= 8, at += 8) {
		memcpy(&word, at, 8);
		h = mix(h, word);
	}
	word = 0;
	memcpy(&word, at, count);
	return mix(mix(h, word), seed);
}

static uint32_t
slot_home(uint64_t hash)
{
	return (uint32_t)(hash >> 40) & (SEEN_SLOTS - 1);
}

/* Frees the slot that points to ring position `at`, and moves up what a probe
 * from its home would no longer reach across the hole (Knuth, TAOCP 3, 6.4 R). */
static void
slot_free(struct seen *s, uint32_t at)
{
	uint32_t hole = slot_home(s->hash[at]), i;

	while (s->slot[hole] != at + 1)
		hole = (hole + 1) & (SEEN_SLOTS - 1);
	for (i = hole;;) {
		uint32_t home;

		i = (i + 1) & (SEEN_SLOTS - 1);
		if (s->slot[i] == 0)
			break;
		home = slot_home(s->hash[s->slot[i] - 1]);
		if (((i - home) & (SEEN_SLOTS - 1)) < ((i - hole) & (SEEN_SLOTS - 1)))
			continue;
		s->slot[hole] = s->slot[i];
		hole = i;
	}
	s->slot[hole] = 0;
}

bool
seen_before(struct seen *s, uint64_t hash, uint32_t message)
{
	uint32_t i = slot_home(hash), at;

	for (; s->slot[i] != 0; i = (i + 1) & (SEEN_SLOTS - 1)) {
		at = s->slot[i] - 1u;
		if (s->hash[at] == hash && s->message[at] != message)
			return true;
	}
	at = s->put_count & (SEEN_RING - 1);
	if (s->put_count >= SEEN_RING) {
		slot_free(s, at);
		/* The hole may lie on the way just probed. */
		for (i = slot_home(hash); s->slot[i] != 0;)
			i = (i + 1) & (SEEN_SLOTS - 1);
	}
	s->hash[at] = hash;
	s->message[at] = message;
	s->slot[i] = (uint16_t)(at + 1);
	s->put_count++;
	return false;
}
