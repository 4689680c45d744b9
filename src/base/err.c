/* err.c - the texts and exit codes of err.h's list. */
#include "base/err.h"
#include "base/check.h"

static const struct {
	const char *text;
	int code;
} about[ERR_COUNT] = {
#define X(name, code, text) [ERR_##name] = { text, code },
	ERRS(X)
#undef X
};

const char *
err_text(enum err err)
{
	ASSERT((unsigned)err < ERR_COUNT);
	return about[err].text;
}

int
err_exit(enum err err)
{
	ASSERT((unsigned)err < ERR_COUNT);
	return about[err].code;
}
