/* config_env.c - TIDEWATCH_SECTION__KEY: every key also from the environment.
 *
 * Why    Containers and units set variables; a file for one value is too much.
 * Input  All variables that begin with TIDEWATCH_, in the order of their names, so
 *        that the result does not depend on the order of the environment.
 * Output Values by config_assign, over those of the file.  An empty variable is as
 *        good as none (compose files write VAR=${VAR:-}).
 * Limits TIDEWATCH_CONFIG is not a key.  TIDEWATCH_SERVICE_... and TIDEWATCH_PORT...
 *        are set by Kubernetes for a service called tidewatch: passed over.  Any
 *        other name that is no key is an error: a misspelt token would otherwise
 *        be a bot that says nothing.  Where nothing is sent it is a warning.
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "app/nearest.h"
#include "venue/venue.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MAX = 512, ENV_NAME_BYTES = 128 };

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct slice
env_name(const struct config_section *s, struct slice name, const struct config_key *k,
         bool as_file, char *to)
{
	struct text t = text_init(to, ENV_NAME_BYTES);

	config_env_name(s, name, k, &t);
	if (as_file)
		text_str(&t, "_FILE");
	return text_slice(&t);
}

/* What is given to a key of this section under this name?  Fills key of `g`. */
static bool
match_keys(const struct config_section *s, struct slice name, struct slice variable,
           struct config_given *g, char *key, size_t size)
{
	char buffer[ENV_NAME_BYTES];

	for (uint32_t i = 0; i < s->key_count; i++) {
		const struct config_key *k = &s->key[i];
		bool is_secret = (k->flags & CONFIG_IS_SECRET) != 0;

		for (int as_file = 0; as_file <= is_secret; as_file++) {
			if (!slice_equal(env_name(s, name, k, as_file != 0, buffer), variable))
				continue;
			snprintf(key, size, "%s%s", k->name, as_file ? "_file" : "");
			g->section = s;
			g->name = name;
			g->key = slice_str(key);
			return true;
		}
	}
	return false;
}

static struct slice
lower(struct slice s, char *to, size_t size)
{
	size_t count = s.count < size ? s.count : size;

	for (size_t i = 0; i < count; i++)
		to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] - 'A' + 'a') : s.at[i];
	return slice_of(to, count);
}

/* A name nobody has used before: TIDEWATCH_WEBHOOK_OPS__URL makes [webhook.ops]. */
static bool
match_new_name(const struct config_section *s, struct slice variable,
               struct config_given *g, char *name, size_t name_size, char *key, size_t size)
{
	struct slice rest = variable, head;
	char buffer[ENV_NAME_BYTES];
	size_t at;

	/* "TIDEWATCH_WEBHOOK_" + NAME + "__" + KEY, or "TIDEWATCH_RULES__" + NAME */
	head = env_name(s, (struct slice){ NULL, 0 }, NULL, false, buffer);
	if (s->named)
		head.count -= 2;
	if (!slice_starts(variable, head) || variable.count == head.count)
		return false;
	rest = slice_after(variable, head.count);
	if (s->free) {
		g->section = s;
		g->key = lower(rest, name, name_size);
		return true;
	}
	for (at = rest.count; at >= 2; at--)
		if (rest.at[at - 1] == '_' && rest.at[at - 2] == '_')
			break;
	if (at < 3)
		return false;
	return match_keys(s, lower(slice_of(rest.at, at - 2), name, name_size), variable, g,
	                  key, size);
}

/* Names that exist, and those that exist outside of the configuration. */
static bool
match_names(const struct config *c, const struct config_section *s, struct slice variable,
            struct config_given *g, char *key, size_t size)
{
	const struct venue *v;
	char buffer[ENV_NAME_BYTES];

	for (uint32_t i = 0; i < config_name_count(c, s); i++) {
		struct slice name = slice_str(config_name_at(c, s, i));

		if (s->free && slice_equal(env_name(s, name, NULL, false, buffer), variable)) {
			g->section = s;
			g->key = name;
			return true;
		}
		if (!s->free && match_keys(s, name, variable, g, key, size))
			return true;
	}
	if (strcmp(s->name, "venue") == 0)
		for (size_t i = 0; (v = venue_at(i)) != NULL; i++)
			if (match_keys(s, slice_str(v->name), variable, g, key, size))
				return true;
	return false;
}

static void
offer(struct slice variable, struct slice candidate, char *best, int *distance)
{
	int d = nearest_distance(variable, candidate);

	if (d < *distance) {
		*distance = d;
		slice_copy(candidate, best, ENV_NAME_BYTES);
	}
}

static void
unknown_variable(struct config_read *r, struct slice variable)
{
	const struct config_section *s;
	char best[ENV_NAME_BYTES] = "", buffer[ENV_NAME_BYTES], shown[64];
	int distance = 4;
	const struct venue *v;

	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++) {
		for (uint32_t k = 0; k < s->key_count && !s->free; k++) {
			const struct config_key *key = &s->key[k];
			bool is_secret = (key->flags & CONFIG_IS_SECRET) != 0;
			bool is_venue = strcmp(s->name, "venue") == 0;

			for (int as_file = 0; as_file <= is_secret; as_file++) {
				if (!s->named)
					offer(variable, env_name(s, (struct slice){ NULL, 0 }, key,
					                         as_file != 0, buffer),
					      best, &distance);
				for (size_t n = 0; is_venue && (v = venue_at(n)) != NULL; n++)
					offer(variable, env_name(s, slice_str(v->name), key,
					                         as_file != 0, buffer),
					      best, &distance);
			}
		}
	}
	slice_copy(variable, shown, sizeof shown);
	config_tell(r->report, r->use == CONFIG_FOR_RUN, "environment: %s%s: no key has this "
	            "name%s%s%s; see `tidewatch help config`", shown,
	            variable.count >= sizeof shown ? "..." : "",
	            best[0] != '\0' ? "; did you mean " : "", best, best[0] != '\0' ? "?" : "");
}

static bool
is_foreign(struct slice variable)
{
	struct slice rest = slice_after(variable, sizeof "TIDEWATCH_" - 1);

	return slice_is(rest, "CONFIG") || slice_starts(rest, SLICE("SERVICE_")) ||
	       slice_is(rest, "PORT") || slice_starts(rest, SLICE("PORT_"));
}

static void
take(struct config_read *r, const char *entry)
{
	struct config_given g = { 0 };
	const struct config_section *s;
	struct slice variable;
	char name[ENV_NAME_BYTES], key[64], shown[ENV_NAME_BYTES], what[128] = { 0 };
	struct text why = text_init(what, sizeof what - 1);
	bool found = false;

	g.value = slice_str(entry);
	variable = slice_cut(&g.value, '=');
	g.value = config_trim(g.value);
	if (is_foreign(variable) || g.value.count == 0)
		return;
	for (size_t i = 0; !found && (s = config_section_at(i)) != NULL; i++) {
		if (!s->named && !s->free)
			found = match_keys(s, (struct slice){ NULL, 0 }, variable, &g, key,
			                   sizeof key);
		else
			found = match_names(r->config, s, variable, &g, key, sizeof key) ||
			        match_new_name(s, variable, &g, name, sizeof name, key,
			                       sizeof key);
	}
	if (!found || !slice_copy(variable, shown, sizeof shown)) {
		unknown_variable(r, variable);
		return;
	}
	g.env = shown;
	if (g.value.count > LIMIT_config_line_bytes_max)
		text_format(&why, "is longer than %d bytes", LIMIT_config_line_bytes_max);
	else
		config_text_is_clean(g.value, &why);
	if (why.count > 0)
		config_tell(r->report, true, "environment: %s: %s", shown, what);
	else
		config_assign(r, &g);
}

void
config_parse_env(struct config_read *r, char *const *environment)
{
	static const char *found[VARIABLES_MAX];
	size_t count = 0;

	for (; environment != NULL && *environment != NULL; environment++) {
		if (strncmp(*environment, "TIDEWATCH_", sizeof "TIDEWATCH_" - 1) != 0)
			continue;
		if (count == VARIABLES_MAX) {
			config_tell(r->report, true, "environment: more than %d variables begin "
			            "with TIDEWATCH_", VARIABLES_MAX);
			return;
		}
		found[count++] = *environment;
	}
	qsort(found, count, sizeof found[0], compare);
	for (size_t i = 0; i < count; i++)
		take(r, found[i]);
}
