/* config_scalar.c - texts, numbers, words and times of the configuration. */
#include "app/config_value.h"
#include "app/nearest.h"
#include "base/num.h"
#include <string.h>

bool
config_set_text(const struct config_key *k, char *field, struct slice text, struct text *why)
{
	char what[64];
	struct text t = text_init(what, sizeof what - 1);

	if (text.count >= k->size) {
		text_format(&t, "is longer than %u bytes", k->size - 1u);
		what[t.count] = '\0';
		return config_wrong(k, why, text, what);
	}
	/* What is behind the zero is zero too: two equal configurations are equal bytes. */
	memset(field, 0, k->size);
	memcpy(field, text.at, text.count);
	return true;
}

bool
config_set_token(const struct config_key *k, char *field, struct slice text, struct text *why)
{
	for (size_t i = 0; i < text.count; i++) {
		char c = text.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      strchr(":_-.~", c) != NULL))
			return config_wrong(k, why, text, "has a character that no token has");
	}
	return config_set_text(k, field, text, why);
}

bool
config_set_path(const struct config_key *k, char *field, struct slice text, const char *base_dir,
         struct text *why)
{
	char path[CONFIG_PATH_BYTES];
	struct text t = text_init(path, sizeof path);

	if (config_is_off(text) && !(k->flags & CONFIG_IS_CA) && k->initial == NULL &&
	    k->shown != NULL && strcmp(k->shown, "off") == 0) {
		memset(field, 0, k->size);
		return true;
	}
	if (text.at[0] == '~')
		return config_wrong(k, why, text, "begins with ~, which only a shell knows; write the "
		                           "whole path");
	if (text.at[0] != '/' && base_dir != NULL)
		text_format(&t, "%s/", base_dir);
	text_put(&t, text);
	if (t.cut)
		return config_wrong(k, why, text, "is too long for a path");
	return config_set_text(k, field, text_slice(&t), why);
}

bool
config_set_bool(const struct config_key *k, bool *field, struct slice text, struct text *why)
{
	static const struct { const char *word; bool value; } word[] = {
		{ "yes", true }, { "true", true }, { "on", true }, { "1", true },
		{ "no", false }, { "false", false }, { "off", false }, { "0", false },
	};

	for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
		if (config_is_word(text, word[i].word)) {
			*field = word[i].value;
			return true;
		}
	}
	return config_wrong(k, why, text, "is neither yes nor no");
}

bool
config_set_integer(const struct config_key *k, int64_t *field, struct slice text, struct text *why)
{
	static const struct { const char *unit; int64_t ms; } unit[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
	};
	struct slice digits = text, rest;
	int64_t value, factor = 1;

	while (digits.count > 0 && !(digits.at[digits.count - 1] >= '0' &&
	                             digits.at[digits.count - 1] <= '9'))
		digits.count--;
	rest = config_trim(slice_after(text, digits.count));
	if (rest.count > 0) {
		factor = 0;
		for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++)
			if (k->type == CONFIG_MS && config_is_word(rest, unit[i].unit))
				factor = unit[i].ms;
	}
	if (factor == 0 || !num_int64(digits, &value))
		return config_wrong(k, why, text, "is no whole number");
	if (value < k->min / factor || value > k->max / factor || value * factor < k->min)
		return config_wrong(k, why, text, "is out of range");
	*field = value * factor;
	return true;
}

bool
config_set_decimal(const struct config_key *k, double *field, struct slice text, struct text *why)
{
	double value;

	if (!num_double(text, 0, &value))
		return config_wrong(k, why, text, "is no number");
	if (value < (double)k->min || value > (double)k->max)
		return config_wrong(k, why, text, "is out of range");
	*field = value + 0.0; /* not -0 */
	return true;
}

bool
config_set_word(const struct config_key *k, uint8_t *field, struct slice text, struct text *why)
{
	struct slice rest = slice_str(k->words);
	struct nearest n = nearest_to(text);
	char word[32], closest[32] = "";
	uint8_t place = 0;

	while (rest.count > 0) {
		int distance = n.distance;

		slice_copy(slice_cut(&rest, ' '), word, sizeof word);
		place++;
		if (config_is_word(text, word)) {
			*field = place;
			return true;
		}
		nearest_offer(&n, word);
		if (n.distance < distance)
			memcpy(closest, word, sizeof closest);
	}
	config_wrong(k, why, text, "is not known");
	if (closest[0] != '\0')
		text_format(why, "; did you mean %s?", closest);
	return false;
}

/* HH:MM at the front. */
static bool
read_clock(struct slice *s, uint16_t *minute)
{
	const char *c = s->at;

	if (s->count < 5 || c[2] != ':' || c[0] < '0' || c[0] > '2' || c[1] < '0' || c[1] > '9' ||
	    c[3] < '0' || c[3] > '5' || c[4] < '0' || c[4] > '9')
		return false;
	*minute = (uint16_t)(((c[0] - '0') * 10 + c[1] - '0') * 60 + (c[3] - '0') * 10 + c[4] - '0');
	*s = config_trim(slice_after(*s, 5));
	return *minute < 24 * 60;
}

bool
config_set_quiet(const struct config_key *k, struct config_quiet *field, struct slice text,
          struct text *why)
{
	struct config_quiet q;
	struct slice rest = text;

	memset(&q, 0, sizeof q);
	if (!config_is_off(text)) {
		if (!read_clock(&rest, &q.from_min) || rest.count == 0 || rest.at[0] != '-')
			return config_wrong(k, why, text, "is no HH:MM-HH:MM");
		rest = config_trim(slice_after(rest, 1));
		if (!read_clock(&rest, &q.until_min) || rest.count > 0)
			return config_wrong(k, why, text, "is no HH:MM-HH:MM");
		if (q.from_min == q.until_min)
			return config_wrong(k, why, text, "is no time at all, or the whole day");
		q.set = true;
	}
	*field = q;
	return true;
}

/* "UTC", "UTC+8", "UTC-3:30": at most 14 hours either way. */
static bool
is_offset(struct slice s)
{
	uint64_t hours, minutes = 0;
	struct slice part;
	bool has_minutes;

	if (s.count == 0)
		return true;
	if (s.at[0] != '+' && s.at[0] != '-')
		return false;
	s = slice_after(s, 1);
	has_minutes = memchr(s.at, ':', s.count) != NULL;
	part = slice_cut(&s, ':');
	if (part.count < 1 || part.count > 2 || !num_uint64(part, &hours))
		return false;
	if (has_minutes && (s.count != 2 || !num_uint64(s, &minutes)))
		return false;
	return hours * 60 + minutes <= 14 * 60 && minutes < 60;
}

/* A name of the IANA form: Region/City; whether there is such a zone is known to
 * the zone table. */
static bool
is_zone(struct slice s)
{
	size_t part = 0;

	for (size_t i = 0; i < s.count; i++) {
		char c = s.at[i];

		if (c == '/') {
			if (part == 0)
				return false;
			part = 0;
			continue;
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (part > 0 && ((c >= '0' && c <= '9') || strchr("_+-", c) != NULL))))
			return false;
		part++;
	}
	return part > 1;
}

bool
config_set_zone(const struct config_key *k, char *field, struct slice text, struct text *why)
{
	bool is_utc = slice_starts(text, SLICE("UTC"));

	if (is_utc ? !is_offset(slice_after(text, 3)) : !is_zone(text))
		return config_wrong(k, why, text, "is no time zone");
	return config_set_text(k, field, text, why);
}
