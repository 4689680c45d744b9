/* heap.c - first fit with heads between the blocks.
 *
 * Why    Libraries want malloc; the C library's may neither grow with what a peer sends
 *        nor keep what a connection left behind.
 * Output memory of the block it was given, or NULL.
 * Limits no block is moved, so a full heap may still have room in pieces.
 */
#include "base/heap.h"
#include "base/check.h"
#include <stdbool.h>
#include <string.h>

/* In front of every block. */
struct head {
	uint32_t bytes;        /* with this head, a multiple of 16 */
	uint32_t before_bytes; /* of the block in front; 0: none */
	uint32_t used;         /* USED or FREE: anything else is a broken heap */
	uint32_t unused;
};

enum { ALIGN = 16, FREE = 0x46524545, USED = 0x55534544, BYTES_MAX = 1 << 30 };

_Static_assert(sizeof(struct head) == ALIGN, "blocks stay aligned");

static struct head *
head_at(const struct heap *h, size_t at)
{
	return (struct head *)(void *)(h->at + at);
}

static size_t
place_of(const struct heap *h, const struct head *b)
{
	return (size_t)((const char *)b - h->at);
}

/* The block behind; NULL at the end. */
static struct head *
next_of(const struct heap *h, const struct head *b)
{
	const size_t at = place_of(h, b) + b->bytes;

	return at < h->bytes ? head_at(h, at) : NULL;
}

static struct head *
block_of(const struct heap *h, const void *block)
{
	/* Not a difference of pointers: they may have nothing to do with each other. */
	const uintptr_t at = (uintptr_t)block - (uintptr_t)h->at;
	struct head *b;

	ASSERT(at >= sizeof *b);
	ASSERT(at < h->bytes);
	ASSERT(at % ALIGN == 0);
	b = head_at(h, at - sizeof *b);
	ASSERT(b->used == USED);
	return b;
}

/* What a block for `size` takes, more than any heap has if it cannot be. */
static uint32_t
bytes_for(size_t size)
{
	if (size > BYTES_MAX)
		return UINT32_MAX;
	return (uint32_t)(sizeof(struct head) + (size + ALIGN - 1) / ALIGN * ALIGN);
}

void
heap_init(struct heap *h, void *memory, size_t bytes)
{
	ASSERT(bytes >= 64);
	ASSERT(bytes <= BYTES_MAX);
	ASSERT(bytes % ALIGN == 0);
	ASSERT((uintptr_t)memory % ALIGN == 0);
	*h = (struct heap){ .at = memory, .bytes = bytes, .reached = sizeof(struct head) };
	*head_at(h, 0) = (struct head){ .bytes = (uint32_t)bytes, .used = FREE };
}

/* Cuts what `b` has beyond `want` into a free block of its own.  What lies behind `b`
 * is in use, as two free neighbours would be one. */
static void
cut(struct heap *h, struct head *b, uint32_t want)
{
	struct head *behind = next_of(h, b);
	const uint32_t rest = b->bytes - want;

	/* A rest that could hold nothing stays with the block. */
	if (rest < 2 * sizeof *b)
		return;
	*head_at(h, place_of(h, b) + want) = (struct head){
		.bytes = rest,
		.before_bytes = want,
		.used = FREE,
	};
	b->bytes = want;
	if (behind != NULL)
		behind->before_bytes = rest;
}

/* `b` is in use up to its end.  The head behind it was written as well, into what may
 * have been untouched. */
static void
account(struct heap *h, const struct head *b, size_t less)
{
	const size_t at = place_of(h, b), end = at + b->bytes;
	const size_t behind = end + sizeof *b < h->bytes ? end + sizeof *b : h->bytes;

	if (h->first_free >= at && h->first_free < end)
		h->first_free = end;
	if (h->reached < behind)
		h->reached = behind;
	h->used_bytes += b->bytes - less;
	if (h->used_bytes > h->used_max_bytes)
		h->used_max_bytes = h->used_bytes;
}

/* The first free block that is large enough, made to size; NULL: none, counted. */
static struct head *
find(struct heap *h, uint32_t want)
{
	const char *const end = h->at + h->bytes;

	for (char *at = h->at + h->first_free; at < end;) {
		struct head *b = (struct head *)(void *)at;

		ASSERT(b->bytes >= sizeof *b);
		if (b->used != FREE) {
			ASSERT(b->used == USED);
		} else if (b->bytes >= want) {
			b->used = USED;
			cut(h, b, want);
			return b;
		}
		at += b->bytes;
	}
	h->refused_count++;
	return NULL;
}

void *
heap_take(struct heap *h, size_t size)
{
	struct head *b = find(h, bytes_for(size));

	if (b == NULL)
		return NULL;
	account(h, b, 0);
	return b + 1;
}

void *
heap_take_zeroed(struct heap *h, size_t count, size_t size)
{
	const size_t reached = h->reached;
	struct head *b;
	size_t from, end;

	/* A product that wraps is an absurd wish, not a small one. */
	b = find(h, size != 0 && count > BYTES_MAX / size ? UINT32_MAX : bytes_for(count * size));
	if (b == NULL)
		return NULL;
	account(h, b, 0);
	from = place_of(h, b + 1);
	end = place_of(h, b) + b->bytes;
	if (from < reached)
		memset(b + 1, 0, (end < reached ? end : reached) - from);
	return b + 1;
}

/* Takes what is free behind the block, if that is enough. */
static bool
grow(struct heap *h, struct head *b, uint32_t want)
{
	struct head *other = next_of(h, b);
	const uint32_t before = b->bytes;

	if (other == NULL || other->used != FREE || b->bytes + other->bytes < want)
		return false;
	b->bytes += other->bytes;
	other = next_of(h, b);
	if (other != NULL)
		other->before_bytes = b->bytes;
	cut(h, b, want);
	account(h, b, before);
	return true;
}

void *
heap_resize(struct heap *h, void *block, size_t size)
{
	const uint32_t want = bytes_for(size);
	struct head *b;
	void *other;

	if (block == NULL)
		return heap_take(h, size);
	b = block_of(h, block);
	if (want <= b->bytes || grow(h, b, want))
		return block;
	other = heap_take(h, size);
	if (other == NULL)
		return NULL;
	memcpy(other, block, b->bytes - sizeof *b);
	heap_give(h, block);
	return other;
}

void
heap_give(struct heap *h, void *block)
{
	struct head *b, *other;

	if (block == NULL)
		return;
	b = block_of(h, block);
	h->used_bytes -= b->bytes;
	b->used = FREE;
	other = next_of(h, b);
	if (other != NULL && other->used == FREE)
		b->bytes += other->bytes;
	if (b->before_bytes != 0) {
		other = head_at(h, place_of(h, b) - b->before_bytes);
		if (other->used == FREE) {
			other->bytes += b->bytes;
			b = other;
		}
	}
	other = next_of(h, b);
	if (other != NULL)
		other->before_bytes = b->bytes;
	if (place_of(h, b) < h->first_free)
		h->first_free = place_of(h, b);
}

void
heap_wipe(struct heap *h)
{
	memset(h->at, 0, h->reached);
	/* Secrets lay there: the compiler must not find this needless. */
	__asm__ volatile("" : : "r"(h->at) : "memory");
	heap_init(h, h->at, h->bytes);
}
