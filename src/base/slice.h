/* slice.h - a view of bytes that somebody else owns.
 *
 * A slice is valid only as long as its owner says; copy what you keep.  The
 * bytes are not terminated.  An empty slice may have at == NULL.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *at;
	size_t count; /* bytes */
};

/* A slice over a string literal; its bytes live for ever. */
#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* The same for initializers of static tables, where C11 wants constants. */
#define SLICE_INIT(literal) { (literal), sizeof(literal) - 1 }

static inline struct slice
slice_of(const char *at, size_t count)
{
	return (struct slice){ at, count };
}

/* `text` is terminated and outlives the slice. */
static inline struct slice
slice_str(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
	return a.count == b.count && (a.count == 0 || memcmp(a.at, b.at, a.count) == 0);
}

/* Is `s` exactly the literal?  The length is known, so this is one compare. */
#define slice_is(s, literal)                                                   \
	((s).count == sizeof(literal) - 1 &&                                   \
	 memcmp((s).at, (literal), sizeof(literal) - 1) == 0)

static inline bool
slice_starts(struct slice s, struct slice head)
{
	return s.count >= head.count && memcmp(s.at, head.at, head.count) == 0;
}

static inline bool
slice_ends(struct slice s, struct slice tail)
{
	return s.count >= tail.count &&
	       memcmp(s.at + s.count - tail.count, tail.at, tail.count) == 0;
}

/* The slice without its first `count` bytes; `count` is at most s.count. */
static inline struct slice
slice_after(struct slice s, size_t count)
{
	return (struct slice){ s.at + count, s.count - count };
}

/* ASCII only: what protocols call case-insensitive. */
static inline char
slice_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Equal but for the case of ASCII letters. */
bool slice_same_word(struct slice a, struct slice b);

/* Without blanks and tabs at both ends. */
struct slice slice_trim(struct slice s);

/* Cuts `s` at the first `mark`: the part before it is returned, `s` becomes the
 * part behind it.  Without a mark all of `s` is returned and `s` is emptied. */
struct slice slice_cut(struct slice *s, char mark);

/* Copies at most size - 1 bytes and terminates.  False when it was cut. */
bool slice_copy(struct slice s, char *to, size_t size);
#endif
