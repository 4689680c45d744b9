/* config_write.c - the configuration as text: for tapes, and the list of keys.
 *
 * What is written for a tape has a section only when something stands in it, keys
 * in the order of the table, values in canonical form: the same configuration is
 * the same bytes.
 */
#include "app/config_schema.h"
#include "app/config_value.h"
#include "app/wrap.h"
#include <string.h>

void
config_write_public(const struct config *c, struct text *out)
{
	struct config_place p = { 0 };
	const struct config_section *open = NULL;
	uint32_t open_index = 0;

	while (config_place_next(c, &p)) {
		const void *field = config_field_const(c, &p);

		if (p.section->is_private || (p.key->flags & CONFIG_IS_SECRET) ||
		    !config_value_is_set(p.key, field))
			continue;
		if (open != p.section || (p.section->named && open_index != p.index)) {
			text_format(out, "%s[%s%s%s]\n", open != NULL ? "\n" : "", p.section->name,
			            p.section->named ? "." : "",
			            p.section->named ? config_name_at(c, p.section, p.index) : "");
			open = p.section;
			open_index = p.index;
		}
		text_str(out, p.section->free ? config_name_at(c, p.section, p.index) : p.key->name);
		text_str(out, " = ");
		config_value_put(p.key, field, out);
		text_char(out, '\n');
	}
}

static void
describe_key(const struct config_section *s, const struct config_key *k, struct text *out)
{
	char words[1024] = { 0 };
	struct text t = text_init(words, sizeof words - 1);
	bool is_secret = (k->flags & CONFIG_IS_SECRET) != 0;

	text_format(out, "  %s", k->name);
	if (k->initial != NULL)
		text_format(out, " = %s", k->initial);
	text_char(out, '\n');
	text_str(&t, k->help);
	if (k->flags & CONFIG_IS_REQUIRED)
		text_str(&t, " (required)");
	text_str(&t, ". Allowed: ");
	config_value_allowed(k, &t);
	text_char(&t, '.');
	if (k->shown != NULL)
		text_format(&t, " Default: %s.", k->shown);
	if (is_secret)
		text_format(&t, " Secret: never shown; also %s_file = PATH.", k->name);
	text_str(&t, " Variable: ");
	config_env_name(s, s->named || s->free ? SLICE("NAME") : (struct slice){ NULL, 0 }, k, &t);
	text_str(&t, is_secret ? " or ..._FILE." : ".");
	wrap_pad(out, 0, 6);
	wrap_put(out, words, 6, 6);
}

void
config_describe(struct text *out)
{
	const struct config_section *s;

	text_str(out,
	         "The configuration is an INI file: [section], then key = value, one a line. A\n"
	         "comment is a line of its own that begins with # or ;. Without -c FILE it is\n"
	         "$TIDEWATCH_CONFIG, else $XDG_CONFIG_HOME/tidewatch/tidewatch.conf (or\n"
	         "~/.config/...), else /etc/tidewatch/tidewatch.conf, else there is none and\n"
	         "the defaults below are used. Relative paths in it begin at its directory.\n"
	         "A variable of the environment wins over the file; an empty one counts as not\n"
	         "set. In its name every character that is no letter or digit is _.\n");
	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++) {
		text_format(out, "\n[%s%s]  %s\n", s->name, s->named ? ".NAME" : "", s->help);
		for (uint32_t k = 0; k < s->key_count; k++)
			describe_key(s, &s->key[k], out);
	}
}
