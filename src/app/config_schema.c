/* config_schema.c - every section and key of the configuration, and walks over them.
 *
 * The names are a contract: users have them in files and scripts.  A key is never
 * renamed; a new one is a row here, a field in struct config, and the test of the
 * list in README.md.
 */
#include "app/config_schema.h"
#include "base/check.h"
#include <string.h>

#define FIELD(TYPE, MEMBER)                                                    \
	.offset = (uint32_t)offsetof(TYPE, MEMBER),                            \
	.size = (uint16_t)sizeof ((TYPE *)0)->MEMBER
#define PLAIN(MEMBER) FIELD(struct config, MEMBER)

static const struct config_key telegram_key[] = {
	{ .name = "token", .type = CONFIG_TOKEN, .flags = CONFIG_IS_SECRET,
	  PLAIN(telegram.token), .help = "the bot's token; without it alerts are printed" },
	{ .name = "api_base", .type = CONFIG_URL_BASE, PLAIN(telegram.api_base),
	  .initial = "https://api.telegram.org", .help = "where the Bot API is" },
	{ .name = "ca_file", .type = CONFIG_PATH, .flags = CONFIG_IS_CA,
	  PLAIN(telegram.ca_file), .shown = "tls.ca_file",
	  .help = "trusted roots for api_base, PEM" },
	{ .name = "chats", .type = CONFIG_IDS, .flags = CONFIG_MAY_BE_EMPTY,
	  PLAIN(telegram.chats), .help = "chats that may ask and are alerted; none: only "
	  "who has the pairing code" },
	{ .name = "owner", .type = CONFIG_INTEGER, PLAIN(telegram.owner), .min = 1,
	  .max = (int64_t)1 << 52, .help = "user id of the owner; unset: the first to pair" },
};

static const struct config_key watch_key[] = {
	{ .name = "coins", .type = CONFIG_COINS, PLAIN(watch.coins), .initial = "BTC,ETH,SOL",
	  .help = "the coins to watch" },
	{ .name = "venues", .type = CONFIG_VENUES, PLAIN(watch.venues), .initial = "all",
	  .help = "where to watch them" },
	{ .name = "top_live", .type = CONFIG_INTEGER, PLAIN(watch.top_live), .min = 0,
	  .max = CONFIG_COINS_MAX, .unit = "coins", .initial = "10",
	  .help = "the first so many coins have their best bid and ask in real time, the "
	  "rest every few seconds: it is the loudest stream" },
};

#define VENUE_FIELD(MEMBER) FIELD(struct config_venue, MEMBER)
static const struct config_key venue_key[] = {
	{ .name = "enabled", .type = CONFIG_BOOL, VENUE_FIELD(enabled), .initial = "yes",
	  .help = "no: never connect, also when watch.venues names it" },
	{ .name = "ws", .type = CONFIG_URL_WS, VENUE_FIELD(ws), .shown = "the venue's own",
	  .help = "replaces scheme, host and port of its websockets; paths stay" },
	{ .name = "rest", .type = CONFIG_URL_REST, VENUE_FIELD(rest),
	  .shown = "the venue's own", .help = "replaces scheme, host and port of its REST" },
	{ .name = "ca_file", .type = CONFIG_PATH, .flags = CONFIG_IS_CA, VENUE_FIELD(ca_file),
	  .shown = "tls.ca_file", .help = "trusted roots for this venue, PEM" },
	{ .name = "proxy", .type = CONFIG_URL_PROXY, .flags = CONFIG_IS_SECRET,
	  VENUE_FIELD(proxy), .help = "reach it through this proxy" },
	{ .name = "tls", .type = CONFIG_WORD, VENUE_FIELD(tls), .words = "mbedtls bearssl",
	  .shown = "tls.backend", .help = "TLS library for this venue" },
};

static const struct config_key tls_key[] = {
	{ .name = "backend", .type = CONFIG_WORD, PLAIN(tls.backend),
	  .words = "mbedtls bearssl", .initial = "mbedtls",
	  .help = "TLS library: mbedtls has TLS 1.3, bearssl is smaller" },
	{ .name = "ca_file", .type = CONFIG_PATH, .flags = CONFIG_IS_CA, PLAIN(tls.ca_file),
	  .shown = "the roots built in", .help = "replaces the trusted roots, PEM" },
	{ .name = "pin", .type = CONFIG_PINS, PLAIN(tls.pin),
	  .help = "keys that must be in the certificate chain of a host, besides the checks" },
};

static const struct config_key dns_key[] = {
	{ .name = "servers", .type = CONFIG_SERVERS, PLAIN(dns.servers),
	  .shown = "those of the system", .help = "name servers to ask" },
};

static const struct config_key net_key[] = {
	{ .name = "backoff_min_ms", .type = CONFIG_MS, PLAIN(net.backoff_min_ms), .min = 10,
	  .max = 600000, .unit = "ms", .initial = "500",
	  .help = "first wait before a link is dialled again; it doubles with each failure" },
	{ .name = "backoff_max_ms", .type = CONFIG_MS, PLAIN(net.backoff_max_ms), .min = 10,
	  .max = 3600000, .unit = "ms", .initial = "60000", .help = "longest such wait" },
	{ .name = "quiet_max_ms", .type = CONFIG_MS, PLAIN(net.quiet_max_ms), .min = 0,
	  .max = 3600000, .unit = "ms", .initial = "0",
	  .help = "a stream silent for longer is a fault; 0: each venue's own limit" },
};

static const struct config_key data_key[] = {
	{ .name = "dir", .type = CONFIG_PATH, PLAIN(data.dir),
	  .shown = "$STATE_DIRECTORY, else $XDG_STATE_HOME/tidewatch, else "
	           "~/.local/state/tidewatch",
	  .help = "store, outbox and the socket of the running daemon" },
};

static const struct config_key tape_key[] = {
	{ .name = "dir", .type = CONFIG_PATH, PLAIN(tape.dir), .shown = "off",
	  .help = "record all raw frames there" },
	{ .name = "retain_gb", .type = CONFIG_DECIMAL, PLAIN(tape.retain_gb), .min = 0,
	  .max = 1000000, .unit = "GB", .initial = "5",
	  .help = "the oldest tapes are removed beyond this size" },
};

static const struct config_key http_key[] = {
	{ .name = "listen", .type = CONFIG_LISTEN, PLAIN(http.listen),
	  .initial = "127.0.0.1:8080", .help = "status page and API; beyond loopback only "
	  "with a token" },
	{ .name = "token", .type = CONFIG_TEXT, .flags = CONFIG_IS_SECRET, PLAIN(http.token),
	  .help = "who asks must show it" },
};

static const struct config_key limits_key[] = {
	{ .name = "memory_mb", .type = CONFIG_INTEGER, PLAIN(limits.memory_mb), .min = 1,
	  .max = 65536, .unit = "MB", .initial = "64",
	  .help = "hard bound; what does not fit is refused at start, with the numbers" },
	{ .name = "instruments_max", .type = CONFIG_INTEGER, PLAIN(limits.instruments_max),
	  .min = 16, .max = LIMIT_instruments_max, .unit = "instruments", .initial = "8192",
	  .help = "room for instruments when coins = all" },
	{ .name = "alerts_per_hour", .type = CONFIG_INTEGER, PLAIN(limits.alerts_per_hour),
	  .min = 1, .max = 1000, .unit = "messages", .initial = "20",
	  .help = "for each chat; what is beyond becomes one summary, a crit never" },
	{ .name = "tick_ms", .type = CONFIG_INTEGER, PLAIN(limits.tick_ms), .min = 0,
	  .max = 60000, .unit = "ms", .initial = "0",
	  .help = "how often the loop looks at its work; 0: adaptive" },
};

static const struct config_key log_key[] = {
	{ .name = "level", .type = CONFIG_WORD, PLAIN(log.level),
	  .words = "error warn info debug trace", .initial = "info",
	  .help = "what is not logged: everything less severe" },
	{ .name = "format", .type = CONFIG_WORD, PLAIN(log.format),
	  .words = "logfmt json plain", .initial = "logfmt", .help = "form of a log line" },
};

static const struct config_key alerts_key[] = {
	{ .name = "preset", .type = CONFIG_WORD, PLAIN(alerts.preset),
	  .words = "quiet normal busy", .initial = "normal",
	  .help = "thresholds and daily budget of the rules built in" },
	{ .name = "quiet_hours", .type = CONFIG_QUIET, PLAIN(alerts.quiet_hours),
	  .shown = "off", .help = "only a crit rings then" },
	{ .name = "timezone", .type = CONFIG_ZONE, PLAIN(alerts.timezone), .initial = "UTC",
	  .help = "for quiet hours, digests and the times people see" },
};

static const struct config_key rule_key[] = {
	{ .name = "NAME", .type = CONFIG_RULE, FIELD(struct config_rule, text),
	  .help = "a rule of your own: big_move = alert btc price.change.5m > 2%" },
};

static const struct config_key webhook_key[] = {
	{ .name = "url", .type = CONFIG_URL_WEB, .flags = CONFIG_IS_SECRET | CONFIG_IS_REQUIRED,
	  FIELD(struct config_webhook, url), .help = "alerts are posted there as JSON" },
	{ .name = "secret", .type = CONFIG_TEXT, .flags = CONFIG_IS_SECRET,
	  FIELD(struct config_webhook, secret), .help = "signs each body (HMAC-SHA256)" },
};

static const struct config_key channel_key[] = {
	{ .name = "url", .type = CONFIG_URL_WEB, .flags = CONFIG_IS_SECRET | CONFIG_IS_REQUIRED,
	  FIELD(struct config_channel, url), .help = "alerts are posted there" },
};

static const struct config_key account_key[] = {
	{ .name = "key", .type = CONFIG_TEXT, .flags = CONFIG_IS_SECRET | CONFIG_IS_REQUIRED,
	  FIELD(struct config_account, key), .help = "a read-only key, for /balance and "
	  "/positions" },
	{ .name = "secret", .type = CONFIG_TEXT, .flags = CONFIG_IS_SECRET | CONFIG_IS_REQUIRED,
	  FIELD(struct config_account, secret), .help = "its secret" },
};

#define KEYS(LIST) .key = (LIST), .key_count = sizeof (LIST) / sizeof (LIST)[0]
#define NAMED(LIST, COUNT)                                                     \
	.offset = (uint32_t)offsetof(struct config, LIST),                     \
	.stride = sizeof ((struct config *)0)->LIST[0],                        \
	.count_offset = (uint32_t)offsetof(struct config, COUNT),              \
	.count_max = sizeof ((struct config *)0)->LIST / sizeof ((struct config *)0)->LIST[0]

static const struct config_section section[] = {
	{ .name = "telegram", .is_private = true, KEYS(telegram_key),
	  .help = "alerts and answers in Telegram" },
	{ .name = "watch", KEYS(watch_key), .help = "what is watched" },
	{ .name = "venue", .named = true, NAMED(venue, venue_count), KEYS(venue_key),
	  .help = "one exchange product line, for example [venue.binance-usdm]" },
	{ .name = "tls", KEYS(tls_key), .help = "trust and TLS; checks cannot be turned off" },
	{ .name = "dns", KEYS(dns_key), .help = "names to addresses" },
	{ .name = "net", KEYS(net_key), .help = "links" },
	{ .name = "data", KEYS(data_key), .help = "what survives a restart" },
	{ .name = "tape", KEYS(tape_key), .help = "recording" },
	{ .name = "http", KEYS(http_key), .help = "status page and API" },
	{ .name = "limits", KEYS(limits_key), .help = "bounds" },
	{ .name = "log", KEYS(log_key), .help = "the log, on stderr" },
	{ .name = "alerts", KEYS(alerts_key), .help = "when people are told" },
	{ .name = "rules", .free = true, NAMED(rule, rule_count), KEYS(rule_key),
	  .help = "rules of your own, one a line" },
	{ .name = "webhook", .named = true, .is_private = true, NAMED(webhook, webhook_count),
	  KEYS(webhook_key), .help = "alerts to a program of yours" },
	{ .name = "ntfy", .named = true, .is_private = true, NAMED(ntfy, ntfy_count),
	  KEYS(channel_key), .help = "alerts to an ntfy topic" },
	{ .name = "discord", .named = true, .is_private = true, NAMED(discord, discord_count),
	  KEYS(channel_key), .help = "alerts to a Discord webhook" },
	{ .name = "slack", .named = true, .is_private = true, NAMED(slack, slack_count),
	  KEYS(channel_key), .help = "alerts to a Slack webhook" },
	{ .name = "account", .named = true, .is_private = true, NAMED(account, account_count),
	  KEYS(account_key), .help = "read-only keys of an exchange, for example "
	  "[account.binance]" },
};

enum { SECTION_COUNT = sizeof section / sizeof section[0] };

size_t
config_section_count(void)
{
	return SECTION_COUNT;
}

const struct config_section *
config_section_at(size_t position)
{
	return position < SECTION_COUNT ? &section[position] : NULL;
}

const struct config_section *
config_section_find(struct slice name)
{
	for (size_t i = 0; i < SECTION_COUNT; i++)
		if (slice_equal(name, slice_str(section[i].name)))
			return &section[i];
	return NULL;
}

const struct config_key *
config_key_find(const struct config_section *s, struct slice name)
{
	for (uint32_t i = 0; i < s->key_count && !s->free; i++)
		if (slice_equal(name, slice_str(s->key[i].name)))
			return &s->key[i];
	return NULL;
}

static bool
has_names(const struct config_section *s)
{
	return s->named || s->free;
}

static uint32_t
places(const struct config_section *s)
{
	return s->key_count * (has_names(s) ? s->count_max : 1);
}

uint32_t
config_place_count(void)
{
	uint32_t count = 0;

	for (size_t i = 0; i < SECTION_COUNT; i++)
		count += places(&section[i]);
	return count;
}

struct config_place
config_place_of(const struct config_section *s, const struct config_key *k, uint32_t index)
{
	struct config_place p = { s, k, index, 0 };

	ASSERT(index < (has_names(s) ? s->count_max : 1));
	for (const struct config_section *before = section; before < s; before++)
		p.number += places(before);
	p.number += index * s->key_count + (uint32_t)(k - s->key);
	ASSERT(p.number < CONFIG_PLACES_MAX);
	return p;
}

bool
config_place_next(const struct config *c, struct config_place *p)
{
	const struct config_section *s = p->section;

	if (s != NULL) {
		uint32_t key = (uint32_t)(p->key - s->key) + 1;

		if (key < s->key_count) {
			*p = config_place_of(s, &s->key[key], p->index);
			return true;
		}
		if (p->index + 1 < config_name_count(c, s)) {
			*p = config_place_of(s, s->key, p->index + 1);
			return true;
		}
	}
	for (s = s != NULL ? s + 1 : section; s < section + SECTION_COUNT; s++) {
		if (config_name_count(c, s) > 0) {
			*p = config_place_of(s, s->key, 0);
			return true;
		}
	}
	return false;
}

const void *
config_field_const(const struct config *c, const struct config_place *p)
{
	const char *at = (const char *)c;

	if (has_names(p->section))
		at += p->section->offset + (size_t)p->index * p->section->stride;
	return at + p->key->offset;
}

void *
config_field(struct config *c, const struct config_place *p)
{
	char *at = (char *)c;

	if (has_names(p->section))
		at += p->section->offset + (size_t)p->index * p->section->stride;
	return at + p->key->offset;
}

/* A plain section counts as one, without a name. */
uint32_t
config_name_count(const struct config *c, const struct config_section *s)
{
	uint32_t count = 1;

	if (has_names(s))
		memcpy(&count, (const char *)c + s->count_offset, sizeof count);
	return count;
}

const char *
config_name_at(const struct config *c, const struct config_section *s, uint32_t index)
{
	if (!has_names(s))
		return "";
	ASSERT(index < s->count_max);
	return (const char *)c + s->offset + (size_t)index * s->stride;
}

bool
config_name_add(struct config *c, const struct config_section *s, struct slice name,
                uint32_t *index_out)
{
	uint32_t count = config_name_count(c, s);
	char *at = (char *)c + s->offset;

	ASSERT(has_names(s));
	for (*index_out = 0; *index_out < count; ++*index_out)
		if (slice_equal(name, slice_str(config_name_at(c, s, *index_out))))
			return true;
	if (count == s->count_max ||
	    !slice_copy(name, at + (size_t)count * s->stride, CONFIG_NAME_BYTES))
		return false;
	count++;
	memcpy((char *)c + s->count_offset, &count, sizeof count);
	return true;
}

void
config_place_name(const struct config *c, const struct config_place *p, struct text *out)
{
	text_str(out, p->section->name);
	text_char(out, '.');
	if (has_names(p->section))
		text_str(out, config_name_at(c, p->section, p->index));
	if (p->section->named)
		text_char(out, '.');
	if (!p->section->free)
		text_str(out, p->key->name);
}

/* Letters in upper case; what is no letter or digit is an underscore. */
static void
put_env(struct text *out, struct slice s)
{
	for (size_t i = 0; i < s.count; i++) {
		char c = s.at[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			c = '_';
		text_char(out, c);
	}
}

void
config_env_name(const struct config_section *s, struct slice name,
                const struct config_key *k, struct text *out)
{
	text_str(out, "TIDEWATCH_");
	put_env(out, slice_str(s->name));
	if (s->named) {
		text_char(out, '_');
		put_env(out, name);
	}
	text_str(out, "__");
	if (s->free)
		put_env(out, name);
	else if (k != NULL)
		put_env(out, slice_str(k->name));
}
