/* bytes.h - numbers to bytes and back, little-endian whatever the machine is.
 *
 * No alignment is asked of the bytes.  Compilers make one move of each.
 */
#ifndef TAPE_BYTES_H
#define TAPE_BYTES_H
#include <stdint.h>

static inline void
bytes_put32(char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (char)(unsigned char)(value >> (8 * i));
}

static inline void
bytes_put64(char *to, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		to[i] = (char)(unsigned char)(value >> (8 * i));
}

static inline uint32_t
bytes_get32(const char *from)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value |= (uint32_t)(unsigned char)from[i] << (8 * i);
	return value;
}

static inline uint64_t
bytes_get64(const char *from)
{
	return bytes_get32(from) | (uint64_t)bytes_get32(from + 4) << 32;
}
#endif
