/* check.h - our own bugs stop the program, here, in release too.
 *
 * ASSERT is for what only a bug of ours can break.  Nothing a peer sends, no
 * file and no configuration may reach one: those are counted or refused.
 * One condition per ASSERT.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

_Noreturn void check_failed(const char *expression, const char *file, int line);

#define ASSERT(condition)                                                      \
	((condition) ? (void)0 : check_failed(#condition, __FILE__, __LINE__))
#endif
