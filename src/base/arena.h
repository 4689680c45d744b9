/* arena.h - all memory of the program, taken at boot and never given back.
 *
 * The caller gives one block.  arena_take hands out zeroed, 64-byte aligned
 * parts of it by name; the plan (name, bytes) can be printed.  After arena_seal
 * a take is a bug.  A take that does not fit returns NULL and is remembered:
 * boot looks at missing_bytes and refuses the configuration with numbers.  It
 * is what the refused takes would have needed on top of used_bytes (a smaller
 * take behind a refused one may still fit, and is then not missing).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stdbool.h>
#include <stddef.h>

enum { ARENA_PARTS_MAX = 64 };

struct arena {
	char *at;
	size_t bytes;
	size_t used_bytes;
	size_t missing_bytes;
	bool sealed;
	int part_count;
	struct arena_part {
		const char *name; /* kept: a literal */
		size_t bytes;
	} part[ARENA_PARTS_MAX];
};

/* `memory` is zeroed (static or fresh from the kernel) and kept. */
void arena_init(struct arena *a, void *memory, size_t bytes);

/* Parts of the same name add up in one line of the plan; what did not fit is in
 * the plan too. */
void *arena_take(struct arena *a, const char *name, size_t count, size_t size);

void arena_seal(struct arena *a);
#endif
