/* memory.c - see the header. */
#include "app/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum err
memory_open(struct arena *arena, size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED) {
		fprintf(stderr, "tidewatch: cannot reserve %zu MB of memory: %s\n",
		        bytes >> 20, strerror(errno));
		return ERR_FAILED;
	}
	/* One touched byte must not cost a huge page. */
	madvise(at, bytes, MADV_NOHUGEPAGE);
	arena_init(arena, at, bytes);
	return ERR_NONE;
}
