/* check.h - the whole test framework: CHECK, a count, an exit code. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H
#include <stdio.h>
#include <string.h>

static int check_count;
static int check_failed_count;

#define CHECK(condition)                                                       \
	do {                                                                   \
		check_count++;                                                 \
		if (!(condition)) {                                            \
			check_failed_count++;                                  \
			printf("%s:%d: not true: %s\n", __FILE__, __LINE__,    \
			       #condition);                                    \
		}                                                              \
	} while (0)

/* Two texts that should be the same; both are shown when they are not. */
#define CHECK_TEXT(got, want)                                                  \
	do {                                                                   \
		const char *got_ = (got), *want_ = (want);                     \
		check_count++;                                                 \
		if (strcmp(got_, want_) != 0) {                                \
			check_failed_count++;                                  \
			printf("%s:%d: differs\n  got  %s\n  want %s\n",       \
			       __FILE__, __LINE__, got_, want_);               \
		}                                                              \
	} while (0)

/* Ends a test's main(). */
#define CHECK_END(name)                                                        \
	(printf("%s: %d checks, %d failed\n", (name), check_count,             \
	        check_failed_count),                                           \
	 check_failed_count != 0 || check_count == 0)
#endif
