/* config_judge.c - mistakes that no single value shows.
 *
 * Replay uses no secret and opens no socket: what is only about these is not judged
 * for it, and a tape's configuration has no secrets in it anyhow.
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "venue/venue.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Tells about the place: at its line if it was set in the file. */
static void
tell(struct config_read *r, const struct config_place *p, bool is_error, const char *what)
{
	const struct config_origin *o = &r->report->origin[p->number];
	char name[CONFIG_NAME_BYTES * 3] = { 0 };
	struct text t = text_init(name, sizeof name - 1);

	config_place_name(r->config, p, &t);
	if (o->source == CONFIG_FILE)
		config_tell(r->report, is_error, "%s:%u: %s: %s", r->name, (unsigned)o->line, name,
		            what);
	else
		config_tell(r->report, is_error, "%s: %s: %s",
		            o->source == CONFIG_ENVIRONMENT ? "environment" : r->name, name, what);
}

static struct config_place
place_of(const char *section, const char *key)
{
	const struct config_section *s = config_section_find(slice_str(section));

	return config_place_of(s, config_key_find(s, slice_str(key)), 0);
}

static void
tell_of(struct config_read *r, const char *section, const char *key, bool is_error,
        const char *what)
{
	struct config_place p = place_of(section, key);

	tell(r, &p, is_error, what);
}

/* Keys a section cannot be without, and files that will be opened. */
static void
judge_places(struct config_read *r)
{
	struct config_place p = { 0 };

	while (config_place_next(r->config, &p)) {
		const void *field = config_field_const(r->config, &p);

		/* One that was given and is wrong has been told already. */
		if ((p.key->flags & CONFIG_IS_REQUIRED) && !config_value_is_set(p.key, field) &&
		    r->report->origin[p.number].source == CONFIG_UNSET)
			tell(r, &p, true, "is missing; the section is nothing without it");
		if ((p.key->flags & CONFIG_IS_CA) && config_value_is_set(p.key, field) &&
		    access(field, R_OK) != 0) {
			char what[256] = { 0 };
			struct text t = text_init(what, sizeof what - 1);

			config_quote(&t, slice_str(field));
			text_format(&t, " cannot be read: %s", strerror(errno));
			tell(r, &p, true, what);
		}
	}
}

static void
judge_plain_names(struct config_read *r)
{
	struct config_place p = { 0 };

	while (config_place_next(r->config, &p)) {
		const char *url = config_field_const(r->config, &p);
		char host[CONFIG_SECRET_BYTES];
		char *end;
		bool plain;

		if (p.key->type != CONFIG_URL_WS && p.key->type != CONFIG_URL_REST &&
		    p.key->type != CONFIG_URL_WEB && p.key->type != CONFIG_URL_BASE)
			continue;
		plain = strncmp(url, "ws://", 5) == 0 || strncmp(url, "http://", 7) == 0;
		if (!plain)
			continue;
		slice_copy(slice_str(strstr(url, "://") + 3), host, sizeof host);
		if (host[0] == '[') /* an address was judged when it was read */
			continue;
		end = host + strcspn(host, ":/?");
		*end = '\0';
		if (config_reach_of(host) == CONFIG_REACH_NAME && strcmp(host, "localhost") != 0)
			tell(r, &p, false, "is not encrypted; every connect is refused unless all "
			                   "addresses of the host are loopback or private");
	}
}

static void
judge_venues(struct config_read *r)
{
	const struct config *c = r->config;
	uint32_t on_count = 0;

	for (uint32_t i = 0; i < c->watch.venues.count; i++)
		on_count += config_venue_is_on(c, c->watch.venues.id[i]);
	if (on_count == 0 && r->use == CONFIG_FOR_RUN)
		tell_of(r, "watch", "venues", true, "all of them are switched off by enabled = no; "
		                                    "nothing is left to watch");
	for (uint32_t i = 0; i < c->venue_count; i++) {
		const struct venue *v = venue_by_name(slice_str(c->venue[i].name));
		struct config_place p = place_of("venue", "enabled");
		bool is_listed = false;

		for (uint32_t k = 0; k < c->watch.venues.count; k++)
			is_listed |= c->watch.venues.id[k] == v->id;
		p = config_place_of(p.section, p.key, i);
		if (!is_listed && c->venue[i].enabled)
			tell(r, &p, false, "watch.venues does not name this venue; its section has no "
			                   "effect");
	}
}

static void
judge_secrets(struct config_read *r)
{
	const struct config *c = r->config;
	enum config_reach reach = config_reach_of(c->http.listen.host);
	bool has_token = c->telegram.token[0] != '\0';

	if (c->http.listen.host[0] != '\0' && strcmp(c->http.listen.host, "localhost") != 0 &&
	    reach != CONFIG_REACH_LOOPBACK && c->http.token[0] == '\0')
		tell_of(r, "http", "listen", true, "others can reach this address: it needs "
		        "http.token (or token_file), or an address of loopback");
	if (!has_token && r->report->origin[place_of("telegram", "token").number].source ==
	                          CONFIG_UNSET) {
		if (c->telegram.chats.count > 0)
			tell_of(r, "telegram", "chats", false, "has no effect without "
			        "telegram.token");
		if (c->telegram.owner != 0)
			tell_of(r, "telegram", "owner", false, "has no effect without "
			        "telegram.token");
	}
	/* NUMBER:SECRET is what @BotFather gives; a stand-in may use anything. */
	if (has_token && strchr(c->telegram.token, ':') == NULL)
		tell_of(r, "telegram", "token", false, "does not look like a bot's token "
		        "(NUMBER:LETTERS)");
}

void
config_judge(struct config_read *r)
{
	const struct config *c = r->config;

	if (c->net.backoff_min_ms > c->net.backoff_max_ms)
		tell_of(r, "net", "backoff_min_ms", true, "is more than net.backoff_max_ms");
	if (c->watch.coins.kind != CONFIG_COINS_ALL &&
	    (int64_t)c->watch.coins.count > c->limits.instruments_max)
		tell_of(r, "limits", "instruments_max", true, "is less than the number of coins "
		                                              "in watch.coins");
	judge_venues(r);
	if (r->use != CONFIG_FOR_RUN)
		return;
	judge_places(r);
	judge_plain_names(r);
	judge_secrets(r);
}
