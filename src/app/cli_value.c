/* cli_value.c - kinds of values on the command line; see the header. */
#include "app/cli_value.h"
#include "app/nearest.h"
#include "app/when.h"
#include "base/num.h"
#include "venue/venue.h"

void
cli_put_typed(struct text *out, struct slice s)
{
	enum { SHOWN_BYTES = 60 };

	for (size_t i = 0; i < s.count && i < SHOWN_BYTES; i++) {
		unsigned char c = (unsigned char)s.at[i];

		text_char(out, c < ' ' || c == 0x7f ? '?' : s.at[i]);
	}
	if (s.count > SHOWN_BYTES)
		text_str(out, "...");
}

static void
put_words(struct text *out, const char *words, const char *between)
{
	struct slice rest = slice_str(words);

	while (rest.count > 0) {
		text_put(out, slice_cut(&rest, ' '));
		if (rest.count > 0)
			text_str(out, between);
	}
}

static bool
is_word(struct slice value, const char *words)
{
	struct slice rest = slice_str(words != NULL ? words : "");

	while (rest.count > 0)
		if (slice_equal(slice_cut(&rest, ' '), value))
			return true;
	return false;
}

static bool
is_list(struct slice value, const char *words)
{
	/* slice_cut gives no empty last part: a comma at the end is looked for. */
	if (value.count == 0 || value.at[value.count - 1] == ',')
		return false;
	while (value.count > 0)
		if (!is_word(slice_cut(&value, ','), words))
			return false;
	return true;
}

/* 'CMD'@TIME: the command may hold an @ of its own (a venue), the time does not. */
static bool
is_ask(struct slice value)
{
	struct when when;
	size_t at = value.count;

	while (at > 0 && value.at[at - 1] != '@')
		at--;
	return at > 1 && when_read(slice_after(value, at), &when);
}

bool
cli_is_value(const struct cli_option *o, struct slice value)
{
	struct when when;
	double number;

	switch ((enum cli_kind)o->kind) {
	case CLI_TEXT:
	case CLI_FILE:
		return value.count > 0;
	case CLI_NUMBER:
		if (is_word(value, o->words))
			return true;
		return num_double(value, 0, &number) && number >= o->min && number <= o->max;
	case CLI_WORD:
		return is_word(value, o->words);
	case CLI_LIST:
		return is_list(value, o->words);
	case CLI_VENUE:
		return venue_by_name(value) != NULL || is_word(value, o->words);
	case CLI_TIME:
		return when_read(value, &when);
	case CLI_ASK:
		return is_ask(value);
	case CLI_FLAG:
	case CLI_NONE:
		break;
	}
	return false;
}

void
cli_put_allowed(struct text *out, const struct cli_option *o, struct slice value)
{
	struct nearest n = nearest_to(value);
	const struct venue *v;

	switch ((enum cli_kind)o->kind) {
	case CLI_NUMBER:
		text_str(out, "expected a number from ");
		text_double(out, o->min);
		text_str(out, " to ");
		text_double(out, o->max);
		if (o->words != NULL) {
			text_str(out, ", or ");
			put_words(out, o->words, " or ");
		}
		break;
	case CLI_WORD:
		text_str(out, "expected ");
		put_words(out, o->words, " or ");
		break;
	case CLI_LIST:
		text_str(out, "expected a list, separated by commas, of ");
		put_words(out, o->words, ", ");
		break;
	case CLI_VENUE:
		text_str(out, "no such venue;");
		for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
			nearest_offer(&n, v->name);
		if (n.best != NULL)
			text_format(out, " did you mean %s?", n.best);
		text_str(out, " Venues:");
		for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
			text_format(out, " %s", v->name);
		if (o->words != NULL)
			text_format(out, "; or %s", o->words);
		break;
	case CLI_TIME:
		text_str(out, "expected a time: 2026-03-14T09:26:53Z, unix seconds, or +SECONDS");
		break;
	case CLI_ASK:
		text_str(out, "expected CMD@TIME, TIME being 2026-03-14T09:26:53Z, unix seconds, "
		              "or +SECONDS");
		break;
	case CLI_TEXT:
	case CLI_FILE:
	case CLI_FLAG:
	case CLI_NONE:
		text_str(out, "it is empty");
		break;
	}
}
