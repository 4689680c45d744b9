/* wrap.h - words broken into lines, for help and messages of our own. */
#ifndef APP_WRAP_H
#define APP_WRAP_H
#include "base/text.h"

enum { WRAP_COLUMNS = 80 };

/* Writes `words` and a newline.  The first word stands at `column`, following lines
 * begin at `indent`. */
void wrap_put(struct text *out, const char *words, size_t column, size_t indent);

/* Blanks up to a column. */
void wrap_pad(struct text *out, size_t column, size_t to_column);
#endif
