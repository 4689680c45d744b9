/* merge.c - a heap of readers, the one with the earliest record on top. */
#include "tape/merge.h"
#include "base/check.h"

enum err
tape_merge_init(struct tape_merge *m, struct tape_read *file, uint32_t file_count,
                struct arena *boot)
{
	*m = (struct tape_merge){ .file = file, .file_count = file_count };
	m->heap = arena_take(boot, "tape", file_count, sizeof m->heap[0]);
	m->next_ns = arena_take(boot, "tape", file_count, sizeof m->next_ns[0]);
	return m->heap != NULL && m->next_ns != NULL ? ERR_NONE : ERR_FULL;
}

static bool
is_before(const struct tape_merge *m, uint32_t a, uint32_t b)
{
	if (m->next_ns[a] != m->next_ns[b])
		return m->next_ns[a] < m->next_ns[b];
	return a < b;
}

/* The file at `place` may have become later: moves it down to where it belongs. */
static void
sink_down(struct tape_merge *m, uint32_t place)
{
	uint32_t file = m->heap[place];

	for (;;) {
		uint32_t child = place * 2 + 1;

		if (child >= m->heap_count)
			break;
		if (child + 1 < m->heap_count &&
		    is_before(m, m->heap[child + 1], m->heap[child]))
			child++;
		if (is_before(m, file, m->heap[child]))
			break;
		m->heap[place] = m->heap[child];
		place = child;
	}
	m->heap[place] = file;
}

/* Every file begins as the earliest, so that each is looked at before any record
 * is given; equal keys in the order given are a heap already. */
static void
begin(struct tape_merge *m)
{
	for (uint32_t i = 0; i < m->file_count; i++) {
		m->heap[i] = i;
		m->next_ns[i] = -1;
	}
	m->heap_count = m->file_count;
	m->is_begun = true;
}

enum tape_read_result
tape_merge_next(struct tape_merge *m, struct tape_record *out)
{
	if (!m->is_begun)
		begin(m);
	while (m->heap_count > 0) {
		uint32_t top = m->heap[0];
		struct tape_read *r = &m->file[top];
		int64_t before_ns = m->next_ns[top];
		enum tape_read_result result;

		m->index = top;
		/* First its header says when its turn is, then, at its turn, the
		 * block is unpacked and says it exactly. */
		result = before_ns < 0 ? tape_read_peek(r, &m->next_ns[top])
		                       : tape_read_ready(r, &m->next_ns[top]);
		if (result == TAPE_READ_FAULT)
			return result;
		if (result == TAPE_READ_END) {
			m->heap[0] = m->heap[--m->heap_count];
			if (m->heap_count > 0)
				sink_down(m, 0);
			continue;
		}
		if (m->next_ns[top] != before_ns) {
			sink_down(m, 0);
			continue;
		}
		result = tape_read_next(r, out);
		ASSERT(result == TAPE_READ_RECORD);
		m->next_ns[top] = -1;
		return result;
	}
	return TAPE_READ_END;
}

void
tape_merge_seek(struct tape_merge *m, int64_t ns)
{
	for (uint32_t i = 0; i < m->file_count; i++)
		tape_read_seek(&m->file[i], ns);
	begin(m);
}
