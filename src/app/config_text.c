/* config_text.c - small things all values of the configuration are read with. */
#include "app/config_value.h"
#include <string.h>

void
config_quote(struct text *out, struct slice typed)
{
	enum { SHOWN_BYTES = 48 };
	size_t count = typed.count < SHOWN_BYTES ? typed.count : SHOWN_BYTES;

	/* Not in the middle of a letter. */
	while (count > 0 && count < typed.count && ((unsigned char)typed.at[count] & 0xc0) == 0x80)
		count--;
	text_char(out, '"');
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)typed.at[i];

		text_char(out, c < ' ' || c == 0x7f ? '?' : typed.at[i]);
	}
	text_str(out, count < typed.count ? "...\"" : "\"");
}

/* Length of the UTF-8 character at the front, 0 if it is none. */
static size_t
utf8_length(struct slice s)
{
	const unsigned char *c = (const unsigned char *)s.at;
	size_t length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2
	              : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;

	if (length == 0 || s.count < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, beyond U+10FFFF. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return length;
}

bool
config_text_is_clean(struct slice text, struct text *why)
{
	for (size_t i = 0; i < text.count;) {
		unsigned char c = (unsigned char)text.at[i];
		size_t length = utf8_length(slice_after(text, i));

		if (length == 0) {
			text_format(why, "byte %zu (0x%02x) is no UTF-8; save the file as UTF-8",
			            i + 1, c);
			return false;
		}
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			text_format(why, "byte %zu is a control character (0x%02x)", i + 1, c);
			return false;
		}
		i += length;
	}
	return true;
}

struct slice
config_trim(struct slice s)
{
	while (s.count > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = slice_after(s, 1);
	while (s.count > 0 && (s.at[s.count - 1] == ' ' || s.at[s.count - 1] == '\t'))
		s.count--;
	return s;
}

bool
config_is_word(struct slice s, const char *word)
{
	if (s.count != strlen(word))
		return false;
	for (size_t i = 0; i < s.count; i++)
		if ((s.at[i] >= 'A' && s.at[i] <= 'Z' ? s.at[i] - 'A' + 'a' : s.at[i]) != word[i])
			return false;
	return true;
}

bool
config_is_off(struct slice s)
{
	return config_is_word(s, "off") || config_is_word(s, "none");
}

bool
config_next_item(struct slice *rest, bool *more, struct slice *item)
{
	size_t before = rest->count;

	if (!*more)
		return false;
	*item = slice_cut(rest, ',');
	*more = item->count < before; /* a comma was cut */
	*item = config_trim(*item);
	return true;
}

bool
config_wrong(const struct config_key *k, struct text *why, struct slice text, const char *what)
{
	if (k->flags & CONFIG_IS_SECRET)
		text_str(why, "the value");
	else
		config_quote(why, text);
	text_format(why, " %s", what);
	return false;
}
