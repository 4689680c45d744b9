/* heap.h - a heap of stated size in memory of the caller's, for libraries that want one.
 *
 *   at ┌────┬──────────┬────┬─────┬────┬───────────────────────────┐ bytes
 *      │head│ used     │head│ free│head│ free                      │
 *      └────┴──────────┴────┴─────┴────┴───────────────────────────┘
 *                                      ^ untouched and zero behind `reached`
 *
 * First fit from the bottom: what is given back is used again before new pages are
 * touched, so a large heap costs memory only as far as it was needed.  Neighbours that
 * are free become one.  Nothing grows: no room is NULL, counted.  A block that was not
 * taken here, or was given back already, is a bug and stops us.
 *
 * Blocks are walked one by one.  That is for what opens a connection or asks a name
 * (some hundred blocks at a time), not for the way of a frame.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H
#include <stddef.h>
#include <stdint.h>

struct heap {
	char *at;
	size_t bytes;
	size_t first_free;      /* no free block lies below */
	size_t reached;         /* nothing was ever taken from here on: all zero */
	size_t used_bytes;      /* heads included */
	size_t used_max_bytes;
	uint64_t refused_count;
};

/* `memory` is kept, zero and aligned to 16; `bytes` is a multiple of 16, from 64 to
 * 1 GB. */
void heap_init(struct heap *h, void *memory, size_t bytes);

/* Aligned to 16; a size of 0 is a place of its own too.  heap_take leaves what was
 * there before: who takes 128 KB to read 100 bytes touches no more than that.
 * heap_take_zeroed writes zeros only where somebody may have written. */
void *heap_take(struct heap *h, size_t size);
void *heap_take_zeroed(struct heap *h, size_t count, size_t size);

/* The same bytes, with room for `size`; what is new in it is as from heap_take.  NULL:
 * no room, and the old block stays.  `block` NULL: a new one.  Never gets smaller. */
void *heap_resize(struct heap *h, void *block, size_t size);

/* NULL is fine. */
void heap_give(struct heap *h, void *block);

/* Overwrites all that was ever used, in a way the compiler keeps, and begins anew. */
void heap_wipe(struct heap *h);
#endif
