/* config_assign.c - one key and its value, from wherever it came.
 *
 * Messages have one form: PLACE: section.key: WHAT; allowed: ...; what else helps.
 * PLACE is FILE:LINE or "environment: VARIABLE".
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "app/nearest.h"
#include "base/check.h"
#include "venue/venue.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_BYTES = 768, PLACE_BYTES = CONFIG_PATH_BYTES + 128 };

void
config_tell(struct config_report *r, bool is_error, const char *format, ...)
{
	uint32_t *count = is_error ? &r->error_count : &r->warning_count;
	uint32_t at = (*count)++;
	va_list list;

	if (at >= CONFIG_ERRORS_MAX)
		return;
	va_start(list, format);
	vsnprintf(is_error ? r->error[at] : r->warning[at], CONFIG_MESSAGE_BYTES, format, list);
	va_end(list);
}

/* A writer whose text can be given to printf. */
static struct text
words(char *at, size_t size)
{
	memset(at, 0, size);
	return text_init(at, size - 1);
}

/* "tidewatch.conf:3: watch.coins" */
static void
put_place(const struct config_read *r, const struct config_given *g, struct text *out)
{
	if (g->env != NULL)
		text_format(out, "environment: %s", g->env);
	else
		text_format(out, "%s:%u", r->name, (unsigned)g->line);
	text_format(out, ": %s.", g->section->name);
	if (g->section->named) {
		text_put(out, g->name);
		text_char(out, '.');
	}
}

/* Something that is pasted without its key may be a secret: only short words that
 * look like a key are shown. */
static void
put_key(struct slice key, struct text *out)
{
	bool is_key = key.count > 0 && key.count <= 24;

	for (size_t i = 0; i < key.count && is_key; i++)
		is_key = (key.at[i] >= 'a' && key.at[i] <= 'z') ||
		         (key.at[i] >= 'A' && key.at[i] <= 'Z') ||
		         (key.at[i] >= '0' && key.at[i] <= '9') ||
		         strchr("_-.", key.at[i]) != NULL;
	if (is_key)
		text_put(out, key);
	else
		text_str(out, "(a key that is none)");
}

static void
tell(struct config_read *r, const struct config_given *g, bool is_error, const char *what,
     const struct config_key *allowed)
{
	char place[PLACE_BYTES], may[WORDS_BYTES];
	struct text p = words(place, sizeof place), m = words(may, sizeof may);

	put_place(r, g, &p);
	put_key(g->key, &p);
	if (allowed != NULL) {
		text_str(&m, "; allowed: ");
		config_value_allowed(allowed, &m);
	}
	config_tell(r->report, is_error, "%s: %s%s", place, what, may);
}

/* Is the key NAME_file of the secret NAME? */
static const struct config_key *
secret_of(const struct config_section *s, struct slice key)
{
	struct slice tail = SLICE("_file");
	const struct config_key *k;

	if (!slice_ends(key, tail))
		return NULL;
	k = config_key_find(s, slice_of(key.at, key.count - tail.count));
	return k != NULL && (k->flags & CONFIG_IS_SECRET) ? k : NULL;
}

static void
unknown_key(struct config_read *r, const struct config_given *g)
{
	const struct config_section *s = g->section, *other;
	struct nearest n = nearest_to(g->key);
	char what[WORDS_BYTES];
	struct text t = words(what, sizeof what);

	text_str(&t, "unknown key");
	for (uint32_t i = 0; i < s->key_count; i++)
		nearest_offer(&n, s->key[i].name);
	for (size_t i = 0; n.best == NULL && (other = config_section_at(i)) != NULL; i++)
		if (config_key_find(other, g->key) != NULL) {
			text_format(&t, "; there is one in [%s%s]", other->name,
			            other->named ? ".NAME" : "");
			break;
		}
	if (n.best != NULL)
		text_format(&t, "; did you mean %s?", n.best);
	text_format(&t, " Keys of [%s%s]:", s->name, s->named ? ".NAME" : "");
	for (uint32_t i = 0; i < s->key_count; i++)
		text_format(&t, s->key[i].flags & CONFIG_IS_SECRET ? "%s %s, %s_file" : "%s %s",
		            i > 0 ? "," : "", s->key[i].name, s->key[i].name);
	tell(r, g, r->use != CONFIG_FROM_TAPE, what, NULL);
}

static bool
is_plain_name(struct slice name)
{
	for (size_t i = 0; i < name.count; i++) {
		char c = name.at[i];
		bool mark = c == '_' || c == '-';

		/* Marks stand between letters, one at a time: the environment writes both
		 * as '_', and "__" parts section and key there. */
		if (mark && (i == 0 || i + 1 == name.count || name.at[i - 1] == '_' ||
		             name.at[i - 1] == '-'))
			return false;
		if (!mark && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9'))
			return false;
	}
	return name.count > 0 && name.count < CONFIG_NAME_BYTES;
}

static bool
is_exchange(struct slice name, struct text *why)
{
	const struct venue *v;
	struct slice last = { NULL, 0 };

	for (size_t i = 0; (v = venue_at(i)) != NULL; i++) {
		struct slice rest = slice_str(v->name), exchange = slice_cut(&rest, '-');

		if (slice_equal(exchange, name))
			return true;
	}
	text_str(why, "is no exchange of this build; allowed:");
	for (size_t i = 0; (v = venue_at(i)) != NULL; i++) {
		struct slice rest = slice_str(v->name), exchange = slice_cut(&rest, '-');

		if (!slice_equal(exchange, last)) {
			text_char(why, ' ');
			text_put(why, exchange);
		}
		last = exchange;
	}
	return false;
}

static bool
is_venue(struct slice name, struct text *why)
{
	struct nearest n = nearest_to(name);
	const struct venue *v;

	if (venue_by_name(name) != NULL)
		return true;
	for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
		nearest_offer(&n, v->name);
	text_str(why, "is no venue of this build;");
	if (n.best != NULL)
		text_format(why, " did you mean %s?", n.best);
	text_str(why, " Venues:");
	for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
		text_format(why, " %s", v->name);
	return false;
}

bool
config_name_is_right(const struct config *c, const struct config_section *s,
                     struct slice name, struct text *why)
{
	char mine[128], other[128];
	struct text m = words(mine, sizeof mine);

	if (strcmp(s->name, "venue") == 0)
		return is_venue(name, why);
	if (strcmp(s->name, "account") == 0)
		return is_exchange(name, why);
	if (!is_plain_name(name)) {
		text_str(why, "is no name; allowed: 1 to 32 letters and digits, with single _ or - "
		              "between them");
		return false;
	}
	config_env_name(s, name, NULL, &m);
	for (uint32_t i = 0; i < config_name_count(c, s); i++) {
		struct slice have = slice_str(config_name_at(c, s, i));
		struct text o = words(other, sizeof other);

		config_env_name(s, have, NULL, &o);
		if (strcmp(mine, other) == 0 && !slice_equal(have, name)) {
			text_format(why, "cannot be told from %s in the environment; choose another "
			                 "name", config_name_at(c, s, i));
			return false;
		}
	}
	return true;
}

void
config_set_initial(struct config *c, struct config_report *r, const struct config_section *s,
                   uint32_t index)
{
	for (uint32_t i = 0; i < s->key_count; i++) {
		struct config_place p = config_place_of(s, &s->key[i], index);
		char what[WORDS_BYTES];
		struct text why = words(what, sizeof what);
		bool is_right;

		if (p.key->initial == NULL)
			continue;
		is_right = config_value_set(p.key, config_field(c, &p),
		                            slice_str(p.key->initial), NULL, &why);
		ASSERT(is_right);
		if (r != NULL)
			r->origin[p.number].source = CONFIG_DEFAULT;
	}
}

bool
config_begin_name(struct config_read *r, const struct config_section *s, struct slice name,
                  uint32_t *index_out)
{
	uint32_t before = config_name_count(r->config, s);

	if (!config_name_add(r->config, s, name, index_out))
		return false;
	if (config_name_count(r->config, s) > before)
		config_set_initial(r->config, r->report, s, *index_out);
	return true;
}

/* Finds the key and its place in the configuration, adding the name if it is new.
 * False: told. */
static bool
locate(struct config_read *r, const struct config_given *g, struct config_place *place,
       bool *from_file)
{
	const struct config_section *s = g->section;
	struct slice name = s->free ? g->key : g->name;
	const struct config_key *k = s->free ? &s->key[0] : config_key_find(s, g->key);
	char what[WORDS_BYTES];
	struct text why = words(what, sizeof what);
	uint32_t index = 0;

	*from_file = false;
	if (k == NULL) {
		k = secret_of(s, g->key);
		*from_file = k != NULL;
	}
	if (k == NULL) {
		unknown_key(r, g);
		return false;
	}
	if (s->named || s->free) {
		if (!config_name_is_right(r->config, s, name, &why)) {
			tell(r, g, true, what, NULL);
			return false;
		}
		if (!config_begin_name(r, s, name, &index)) {
			text_format(&why, "is one too many: at most %u of them", s->count_max);
			tell(r, g, true, what, NULL);
			return false;
		}
	}
	*place = config_place_of(s, k, index);
	return true;
}

static bool
was_given(struct config_read *r, const struct config_given *g, const struct config_place *p,
          struct config_origin now)
{
	const struct config_origin *before = &r->report->origin[p->number];
	char what[128];
	struct text t = words(what, sizeof what);

	if (before->source != now.source)
		return false;
	if (before->from_file != now.from_file)
		text_format(&t, "stands here and as %s%s", p->key->name,
		            before->from_file ? "_file" : "");
	else
		text_str(&t, "stands here for the second time");
	if (now.source == CONFIG_FILE)
		text_format(&t, "; first in line %u", (unsigned)before->line);
	text_str(&t, "; remove one");
	tell(r, g, true, what, NULL);
	return true;
}

/* A pair of quotes around the whole value is a habit from other formats. */
static bool
is_quoted(struct slice v)
{
	return v.count >= 2 && (v.at[0] == '"' || v.at[0] == '\'') && v.at[v.count - 1] == v.at[0];
}

/* The secret in the file that `value` names. */
static bool
secret_value(struct config_read *r, const struct config_given *g, char *to, size_t size,
             struct text *why)
{
	char path[CONFIG_PATH_BYTES];
	struct text p = words(path, sizeof path);
	bool is_open = false;

	if (g->value.at[0] != '/' && g->env == NULL && r->base_dir != NULL)
		text_format(&p, "%s/", r->base_dir);
	text_put(&p, g->value);
	if (p.cut) {
		text_str(why, "is too long for a path");
		return false;
	}
	if (!config_secret_read(path, to, size, &is_open, why))
		return false;
	/* Container engines mount secrets readable for all, inside the container. */
	if (is_open && strncmp(path, "/run/secrets/", 13) != 0) {
		char what[CONFIG_PATH_BYTES + 64];

		snprintf(what, sizeof what, "%s can be read by everybody here; chmod 600", path);
		tell(r, g, false, what, NULL);
	}
	return true;
}

void
config_assign(struct config_read *r, const struct config_given *g)
{
	struct config_place place;
	struct config_origin origin = { 0 };
	struct slice value = g->value;
	char what[WORDS_BYTES], secret[CONFIG_SECRET_BYTES];
	struct text why = words(what, sizeof what);
	const char *base_dir = g->env == NULL ? r->base_dir : NULL;

	if (!locate(r, g, &place, &origin.from_file))
		return;
	origin.source = g->env != NULL ? CONFIG_ENVIRONMENT : CONFIG_FILE;
	origin.line = g->line;
	if (was_given(r, g, &place, origin))
		return;
	r->report->origin[place.number] = origin;
	if (is_quoted(value)) {
		tell(r, g, true, "values stand without quotes; remove them", NULL);
		return;
	}
	if (origin.from_file) {
		if (value.count == 0) {
			tell(r, g, true, "has no value; allowed: a path", NULL);
			return;
		}
		if (r->use != CONFIG_FOR_RUN)
			return;
		if (!secret_value(r, g, secret, sizeof secret, &why)) {
			tell(r, g, true, what, NULL);
			return;
		}
		value = slice_str(secret);
	}
	if (!config_value_set(place.key, config_field(r->config, &place), value, base_dir, &why))
		tell(r, g, true, what, place.key);
	if (origin.from_file)
		explicit_bzero(secret, sizeof secret);
}
