/* err.h - what can go wrong in an action, as one enum with texts.
 *
 * ERR_NONE is success.  The text is a short noun phrase in lower case that fits
 * into "PLACE: TEXT"; the place, the cause and the cure are the caller's words.
 * err_exit() gives the exit code of the command line contract.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERRS(X)                                                                \
	/*  name        exit  text */                                          \
	X(NONE,          0,   "ok")                                            \
	X(FAILED,        1,   "failed")                                        \
	X(USAGE,         64,  "wrong usage")                                   \
	X(DATA,          65,  "broken data")                                   \
	X(UNAVAILABLE,   69,  "service unavailable")                           \
	X(INTERNAL,      70,  "internal error")                                \
	X(CREATE,        73,  "cannot create file")                            \
	X(IO,            74,  "input or output failed")                        \
	X(AGAIN,         75,  "try again")                                     \
	X(PERMISSION,    77,  "permission denied")                             \
	X(CONFIG,        78,  "bad configuration")                             \
	X(FULL,          1,   "no room left")                                  \
	X(NOT_FOUND,     1,   "not found")                                     \
	X(TORN,          1,   "ends in the middle")

enum err {
#define X(name, code, text) ERR_##name,
	ERRS(X)
#undef X
	ERR_COUNT
};

const char *err_text(enum err err);
int err_exit(enum err err);
#endif
