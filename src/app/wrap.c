/* wrap.c - see the header. */
#include "app/wrap.h"

void
wrap_pad(struct text *out, size_t column, size_t to_column)
{
	for (; column < to_column; column++)
		text_char(out, ' ');
}

void
wrap_put(struct text *out, const char *words, size_t column, size_t indent)
{
	struct slice rest = slice_str(words);

	for (bool first = true; rest.count > 0; first = false) {
		struct slice word = slice_cut(&rest, ' ');

		if (!first && column + 1 + word.count > WRAP_COLUMNS) {
			text_char(out, '\n');
			wrap_pad(out, 0, indent);
			column = indent;
		} else if (!first) {
			text_char(out, ' ');
			column++;
		}
		text_put(out, word);
		column += word.count;
	}
	text_char(out, '\n');
}
