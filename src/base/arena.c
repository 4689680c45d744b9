/* arena.c - one block, handed out from its front, never taken back. */
#include "base/arena.h"
#include "base/check.h"
#include <stdint.h>
#include <string.h>

enum { LINE_BYTES = 64 };

void
arena_init(struct arena *a, void *memory, size_t bytes)
{
	size_t lost = (LINE_BYTES - (uintptr_t)memory % LINE_BYTES) % LINE_BYTES;

	ASSERT(memory != NULL);
	*a = (struct arena){ .at = memory };
	/* A block shorter than its own misalignment holds nothing. */
	if (bytes > lost) {
		a->at += lost;
		a->bytes = bytes - lost;
	}
}

static void
note(struct arena *a, const char *name, size_t bytes)
{
	for (int i = 0; i < a->part_count; i++) {
		if (strcmp(a->part[i].name, name) == 0) {
			a->part[i].bytes += bytes;
			return;
		}
	}
	ASSERT(a->part_count < ARENA_PARTS_MAX);
	a->part[a->part_count].name = name;
	a->part[a->part_count].bytes = bytes;
	a->part_count++;
}

void *
arena_take(struct arena *a, const char *name, size_t count, size_t size)
{
	size_t bytes;
	void *part;

	ASSERT(!a->sealed);
	ASSERT(size > 0);
	/* A product that wraps is an absurd wish, not a small one. */
	if (count > (SIZE_MAX / 2 - LINE_BYTES) / size) {
		a->missing_bytes = SIZE_MAX / 2;
		return NULL;
	}
	bytes = (count * size + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
	/* What is missing belongs to the plan too: it is what boot prints. */
	note(a, name, bytes);
	if (bytes > a->bytes - a->used_bytes) {
		a->missing_bytes += bytes;
		if (a->missing_bytes > SIZE_MAX / 2)
			a->missing_bytes = SIZE_MAX / 2;
		return NULL;
	}
	part = a->at + a->used_bytes;
	a->used_bytes += bytes;
	return part;
}

void
arena_seal(struct arena *a)
{
	ASSERT(!a->sealed);
	a->sealed = true;
}
