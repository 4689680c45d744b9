/* Goal: every key of the contract takes what it should, lands in its field, is
 *       written in one canonical form, and that form reads back to the same bytes.
 * Method: one table row for each key and form; the expected canonical text is from
 *       the contract. Struct fields are looked at one by one where a text alone
 *       would not show a value in the wrong place. */
#include "app/config.h"
#include "app/config_schema.h"
#include "app/config_value.h"
#include "check.h"
#include "venue/venue.h"

static struct config config, again;
static struct config_report report;
static char text[64 * 1024], public_text[512 * 1024], second[512 * 1024];

static enum err
parse(const char *ini)
{
	return config_parse(&config, &report, slice_str(ini), "t", CONFIG_FOR_RUN);
}

static void
show_errors(void)
{
	for (uint32_t i = 0; i < report.error_count && i < CONFIG_ERRORS_MAX; i++)
		printf("  error: %s\n", report.error[i]);
}

/* The canonical text of section.key in `c`; NULL when there is no such place. */
static const char *
value_of(const struct config *c, const char *name)
{
	static char value[8192];
	struct config_place p = { 0 };

	while (config_place_next(c, &p)) {
		char place[128] = { 0 };
		struct text t = text_init(place, sizeof place - 1);
		struct text v = text_init(value, sizeof value - 1);

		config_place_name(c, &p, &t);
		if (strcmp(place, name) != 0)
			continue;
		memset(value, 0, sizeof value);
		config_value_put(p.key, config_field_const(c, &p), &v);
		return value;
	}
	return NULL;
}

static void
every_key_takes_its_values(void)
{
	static const struct { const char *section, *key, *value, *want; } row[] = {
		{ "telegram", "token", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", NULL },
		{ "telegram", "api_base", "https://api.telegram.org/", "https://api.telegram.org" },
		{ "telegram", "api_base", "http://127.0.0.1:8081/bots/", "http://127.0.0.1:8081/bots" },
		{ "telegram", "api_base", "http://[::1]:8081", NULL },
		{ "telegram", "api_base", "http://10.1.2.3", NULL },
		{ "telegram", "api_base", "http://172.16.0.1", NULL },
		{ "telegram", "api_base", "http://172.31.255.255", NULL },
		{ "telegram", "api_base", "http://192.168.1.1:80", NULL },
		{ "telegram", "api_base", "http://[fd00::1]", NULL },
		{ "telegram", "api_base", "http://[fe80::1]", NULL },
		{ "telegram", "api_base", "http://[febf:ffff::1]:81", NULL },
		{ "telegram", "api_base", "http://[::ffff:10.0.0.1]", NULL },
		{ "telegram", "api_base", "HTTP://LocalHost:1", "http://localhost:1" },
		{ "telegram", "chats", "-1001234567890, 42", "-1001234567890,42" },
		{ "telegram", "chats", "", "" },
		{ "telegram", "owner", "4503599627370496", NULL },
		{ "watch", "coins", "BTC,ETH,SOL", NULL },
		{ "watch", "coins", " btc , 1inch,0g,1000SATS ", "BTC,1INCH,0G,1000SATS" },
		{ "watch", "coins", "币安人生", NULL },
		{ "watch", "coins", "top:50", NULL },
		{ "watch", "coins", "TOP: 1000", "top:1000" },
		{ "watch", "coins", "All", "all" },
		{ "watch", "coins", "USDT", NULL },
		{ "watch", "venues", "bybit-linear, binance-usdm", "bybit-linear,binance-usdm" },
		{ "watch", "venues", "binance", "binance-spot,binance-usdm,binance-coinm" },
		{ "watch", "venues", "all", "binance-spot,binance-usdm,binance-coinm,bybit-spot,"
		                            "bybit-linear,bybit-inverse" },
		{ "watch", "top_live", "0", NULL },
		{ "watch", "top_live", "1000", NULL },
		{ "venue.binance-usdm", "enabled", "no", NULL },
		{ "venue.binance-usdm", "enabled", "ON", "yes" },
		{ "venue.binance-usdm", "enabled", "false", "no" },
		{ "venue.binance-usdm", "enabled", "1", "yes" },
		{ "venue.bybit-linear", "ws", "wss://localhost:9443", NULL },
		{ "venue.bybit-linear", "ws", "WSS://Stream.Example.COM/", "wss://stream.example.com" },
		{ "venue.bybit-linear", "ws", "ws://127.0.0.1:9001", NULL },
		{ "venue.bybit-linear", "rest", "https://example.com:65535", NULL },
		{ "venue.bybit-linear", "rest", "http://127.9.9.9:1", NULL },
		{ "venue.bybit-linear", "proxy", "socks5://user:pa%20ss@proxy.example:1080", NULL },
		{ "venue.bybit-linear", "proxy", "http://8.8.8.8:3128", NULL },
		{ "venue.bybit-linear", "tls", "bearssl", NULL },
		{ "venue.bybit-linear", "tls", "MbedTLS", "mbedtls" },
		{ "tls", "backend", "bearssl", NULL },
		{ "tls", "pin", "API.example.com  sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
		  "api.example.com sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
		{ "dns", "servers", "127.0.0.1:5353", NULL },
		{ "dns", "servers", "1.1.1.1, [2606:4700::1111]:53", "1.1.1.1:53,[2606:4700::1111]:53" },
		{ "net", "backoff_min_ms", "10", NULL },
		{ "net", "backoff_min_ms", "2s", "2000" },
		{ "net", "backoff_max_ms", "1h", "3600000" },
		{ "net", "backoff_max_ms", "3600000", NULL },
		{ "net", "quiet_max_ms", "500 ms", "500" },
		{ "net", "quiet_max_ms", "2m", "120000" },
		{ "net", "quiet_max_ms", "0", NULL },
		{ "data", "dir", "/var/lib/tidewatch", NULL },
		{ "data", "dir", "relative/dir with blank", NULL },
		{ "tape", "dir", "/tapes", NULL },
		{ "tape", "dir", "none", "" },
		{ "tape", "dir", "off", "" },
		{ "tape", "retain_gb", "0.5", NULL },
		{ "tape", "retain_gb", "0", NULL },
		{ "tape", "retain_gb", "1000000", NULL },
		{ "http", "listen", "127.0.0.1:0", NULL },
		{ "http", "listen", "[::1]:8080", NULL },
		{ "http", "listen", "LOCALHOST:80", "localhost:80" },
		{ "http", "listen", "off", NULL },
		{ "http", "token", "x y/z+=", NULL },
		{ "limits", "memory_mb", "1", NULL },
		{ "limits", "memory_mb", "65536", NULL },
		{ "limits", "instruments_max", "16", NULL },
		{ "limits", "instruments_max", "8192", NULL },
		{ "limits", "alerts_per_hour", "1000", NULL },
		{ "limits", "tick_ms", "60000", NULL },
		{ "log", "level", "error", NULL }, { "log", "level", "warn", NULL },
		{ "log", "level", "info", NULL }, { "log", "level", "debug", NULL },
		{ "log", "level", "TRACE", "trace" },
		{ "log", "format", "logfmt", NULL }, { "log", "format", "json", NULL },
		{ "log", "format", "plain", NULL },
		{ "alerts", "preset", "quiet", NULL }, { "alerts", "preset", "normal", NULL },
		{ "alerts", "preset", "busy", NULL },
		{ "alerts", "quiet_hours", "23:00-07:30", NULL },
		{ "alerts", "quiet_hours", "00:00 - 23:59", "00:00-23:59" },
		{ "alerts", "quiet_hours", "off", "" },
		{ "alerts", "timezone", "Europe/Berlin", NULL },
		{ "alerts", "timezone", "America/Argentina/Buenos_Aires", NULL },
		{ "alerts", "timezone", "Etc/GMT+8", NULL },
		{ "alerts", "timezone", "UTC", NULL }, { "alerts", "timezone", "UTC+8", NULL },
		{ "alerts", "timezone", "UTC-3:30", NULL }, { "alerts", "timezone", "UTC+14", NULL },
		{ "rules", "big", "alert btc price.change.5m > 2% ; # not a comment = : [x]", NULL },
		{ "rules", "a-b_c9", "alert *@bybit funding.8h > 0.10% repeat 8h", NULL },
		{ "webhook.ops", "url", "https://example.com/hook?x=1&y=%20", NULL },
		{ "webhook.ops", "url", "http://127.0.0.1:9/hook", NULL },
		{ "ntfy.phone", "url", "https://ntfy.sh/topic", NULL },
		{ "discord.team", "url", "https://discord.com/api/webhooks/1/a-b_c", NULL },
		{ "slack.team", "url", "https://hooks.slack.com/services/T/B/x", NULL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const char *want = row[i].want != NULL ? row[i].want : row[i].value;
		char name[128];
		const char *got;

		snprintf(text, sizeof text, "[%s]\n%s = %s\n", row[i].section, row[i].key,
		         row[i].value);
		snprintf(name, sizeof name, "%s.%s", row[i].section, row[i].key);
		CHECK(parse(text) == ERR_NONE);
		show_errors();
		got = value_of(&config, name);
		CHECK(got != NULL);
		CHECK_TEXT(got != NULL ? got : "", want);
	}
}

/* Each value of this text is another than the default, and no two are alike. */
static const char whole[] =
	"[telegram]\ntoken = 1:a\napi_base = https://hidden-t\nchats = 5,-6\nowner = 7\n"
	"[watch]\ncoins = DOGE,XRP\nvenues = bybit-inverse,binance-spot\ntop_live = 3\n"
	"[venue.bybit-inverse]\nenabled = no\nws = wss://ws.example\nrest = https://rest.example\n"
	"proxy = http://p.example:8\ntls = bearssl\n"
	"[tls]\nbackend = bearssl\n"
	"[dns]\nservers = 9.9.9.9:54\n"
	"[net]\nbackoff_min_ms = 11\nbackoff_max_ms = 12\nquiet_max_ms = 13\n"
	"[data]\ndir = /d\n[tape]\ndir = /t\nretain_gb = 1.25\n"
	"[http]\nlisten = 0.0.0.0:14\ntoken = ht\n"
	"[limits]\nmemory_mb = 15\ninstruments_max = 16\nalerts_per_hour = 17\ntick_ms = 18\n"
	"[log]\nlevel = debug\nformat = plain\n"
	"[alerts]\npreset = busy\nquiet_hours = 22:01-06:02\ntimezone = Asia/Tokyo\n"
	"[rules]\nfirst = alert btc x\nsecond = alert eth y\n"
	"[webhook.w]\nurl = https://hidden-w\nsecret = ws\n"
	"[ntfy.n]\nurl = https://hidden-n\n[discord.d]\nurl = https://hidden-d\n"
	"[slack.s]\nurl = https://hidden-s\n"
	"[account.bybit]\nkey = ak\nsecret = as\n";

static void
each_value_lands_in_its_field(void)
{
	const struct config *c = &config;

	CHECK(parse(whole) == ERR_NONE);
	show_errors();
	CHECK_TEXT(c->telegram.token, "1:a");
	CHECK_TEXT(c->telegram.api_base, "https://hidden-t");
	CHECK(c->telegram.chats.count == 2);
	CHECK(c->telegram.chats.at[0] == 5);
	CHECK(c->telegram.chats.at[1] == -6);
	CHECK(c->telegram.owner == 7);
	CHECK(c->watch.coins.kind == CONFIG_COINS_LIST);
	CHECK(c->watch.coins.count == 2);
	CHECK_TEXT(c->watch.coins.text, "DOGE,XRP");
	CHECK(c->watch.venues.count == 2);
	CHECK(c->watch.venues.id[0] == 6); /* table.def: ids are for ever */
	CHECK(c->watch.venues.id[1] == 1);
	CHECK(c->watch.top_live == 3);
	CHECK(c->venue_count == 1);
	CHECK_TEXT(c->venue[0].name, "bybit-inverse");
	CHECK(!c->venue[0].enabled);
	CHECK_TEXT(c->venue[0].ws, "wss://ws.example");
	CHECK_TEXT(c->venue[0].rest, "https://rest.example");
	CHECK_TEXT(c->venue[0].proxy, "http://p.example:8");
	CHECK(c->venue[0].tls == CONFIG_TLS_BEARSSL);
	CHECK(c->tls.backend == CONFIG_TLS_BEARSSL);
	CHECK(c->dns.servers.count == 1);
	CHECK_TEXT(c->dns.servers.at[0].host, "9.9.9.9");
	CHECK(c->dns.servers.at[0].port == 54);
	CHECK(c->net.backoff_min_ms == 11);
	CHECK(c->net.backoff_max_ms == 12);
	CHECK(c->net.quiet_max_ms == 13);
	CHECK_TEXT(c->data.dir, "/d");
	CHECK_TEXT(c->tape.dir, "/t");
	CHECK(c->tape.retain_gb == 1.25);
	CHECK_TEXT(c->http.listen.host, "0.0.0.0");
	CHECK(c->http.listen.port == 14);
	CHECK_TEXT(c->http.token, "ht");
	CHECK(c->limits.memory_mb == 15);
	CHECK(c->limits.instruments_max == 16);
	CHECK(c->limits.alerts_per_hour == 17);
	CHECK(c->limits.tick_ms == 18);
	CHECK(c->log.level == CONFIG_LEVEL_DEBUG);
	CHECK(c->log.format == CONFIG_FORMAT_PLAIN);
	CHECK(c->alerts.preset == CONFIG_PRESET_BUSY);
	CHECK(c->alerts.quiet_hours.set);
	CHECK(c->alerts.quiet_hours.from_min == 22 * 60 + 1);
	CHECK(c->alerts.quiet_hours.until_min == 6 * 60 + 2);
	CHECK_TEXT(c->alerts.timezone, "Asia/Tokyo");
	CHECK(c->rule_count == 2);
	CHECK_TEXT(c->rule[0].name, "first");
	CHECK_TEXT(c->rule[1].text, "alert eth y");
	CHECK(c->webhook_count == 1);
	CHECK_TEXT(c->webhook[0].name, "w");
	CHECK_TEXT(c->webhook[0].url, "https://hidden-w");
	CHECK_TEXT(c->webhook[0].secret, "ws");
	CHECK_TEXT(c->ntfy[0].url, "https://hidden-n");
	CHECK_TEXT(c->discord[0].url, "https://hidden-d");
	CHECK_TEXT(c->slack[0].url, "https://hidden-s");
	CHECK_TEXT(c->account[0].name, "bybit");
	CHECK_TEXT(c->account[0].key, "ak");
	CHECK_TEXT(c->account[0].secret, "as");
	CHECK(!config_venue_is_on(c, 6)); /* named, but switched off */
	CHECK(config_venue_is_on(c, 1));
	CHECK(!config_venue_is_on(c, 2)); /* not named */
	CHECK(!config_venue_is_on(c, 0));
	CHECK(!config_venue_is_on(c, 255));
	CHECK(config_venue(c, SLICE("bybit-inverse")) == &c->venue[0]);
	CHECK(config_venue(c, SLICE("bybit-linear")) == NULL);
}

static void
an_empty_file_gives_the_defaults(void)
{
	const struct config *c = &config;

	CHECK(parse("") == ERR_NONE);
	config_defaults(&again);
	CHECK(memcmp(&config, &again, sizeof config) == 0);
	CHECK_TEXT(c->telegram.token, "");
	CHECK_TEXT(c->telegram.api_base, "https://api.telegram.org");
	CHECK_TEXT(c->watch.coins.text, "BTC,ETH,SOL");
	CHECK(c->watch.coins.count == 3);
	CHECK(c->watch.venues.count == 6);
	CHECK(c->tls.backend == CONFIG_TLS_MBEDTLS);
	CHECK_TEXT(c->http.listen.host, "127.0.0.1");
	CHECK(c->http.listen.port == 8080);
	CHECK(c->watch.top_live == 10);
	CHECK(c->limits.tick_ms == 0);
	CHECK(c->limits.alerts_per_hour == 20);
	CHECK(c->log.format == CONFIG_FORMAT_LOGFMT);
	CHECK(c->alerts.preset == CONFIG_PRESET_NORMAL);
	CHECK_TEXT(c->tape.dir, "");
	CHECK(c->venue_count == 0);
	CHECK(c->limits.instruments_max == LIMIT_instruments_max);
	/* A section that is begun has its defaults too. */
	CHECK(parse("[venue.bybit-spot]\n") == ERR_NONE);
	CHECK(c->venue_count == 1);
	CHECK(c->venue[0].enabled);
	CHECK(c->venue[0].tls == CONFIG_TLS_NONE);
}

static size_t
write_public(const struct config *c, char *to, size_t size)
{
	struct text t = text_init(to, size - 1);

	memset(to, 0, size);
	config_write_public(c, &t);
	CHECK(!t.cut);
	return t.count;
}

static void
the_public_text_reads_back_and_holds_no_secret(void)
{
	static const char *const hidden[] = { "1:a", "hidden", "-6", "p.example", "ht\n",
	                                      "ak", "telegram", "webhook", "ntfy", "discord",
	                                      "slack", "account", "token", "secret", "proxy" };
	size_t count;

	CHECK(parse(whole) == ERR_NONE);
	count = write_public(&config, public_text, sizeof public_text);
	CHECK_TEXT(public_text,
	           "[watch]\ncoins = DOGE,XRP\nvenues = bybit-inverse,binance-spot\ntop_live = 3\n\n"
	           "[venue.bybit-inverse]\nenabled = no\nws = wss://ws.example\n"
	           "rest = https://rest.example\ntls = bearssl\n\n"
	           "[tls]\nbackend = bearssl\n\n[dns]\nservers = 9.9.9.9:54\n\n"
	           "[net]\nbackoff_min_ms = 11\nbackoff_max_ms = 12\nquiet_max_ms = 13\n\n"
	           "[data]\ndir = /d\n\n[tape]\ndir = /t\nretain_gb = 1.25\n\n"
	           "[http]\nlisten = 0.0.0.0:14\n\n"
	           "[limits]\nmemory_mb = 15\ninstruments_max = 16\nalerts_per_hour = 17\n"
	           "tick_ms = 18\n\n[log]\nlevel = debug\nformat = plain\n\n"
	           "[alerts]\npreset = busy\nquiet_hours = 22:01-06:02\ntimezone = Asia/Tokyo\n\n"
	           "[rules]\nfirst = alert btc x\nsecond = alert eth y\n");
	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		CHECK(strstr(public_text, hidden[i]) == NULL);
	CHECK(config_parse(&again, &report, slice_of(public_text, count), "tape",
	                   CONFIG_FROM_TAPE) == ERR_NONE);
	show_errors();
	CHECK(report.warning_count == 0);
	/* All that is public is the same, byte for byte. */
	CHECK(memcmp(&again.watch, &config.watch, sizeof config.watch) == 0);
	CHECK(memcmp(&again.net, &config.net, sizeof config.net) == 0);
	CHECK(memcmp(&again.limits, &config.limits, sizeof config.limits) == 0);
	CHECK(memcmp(&again.alerts, &config.alerts, sizeof config.alerts) == 0);
	CHECK(memcmp(&again.rule, &config.rule, sizeof config.rule) == 0);
	CHECK(again.telegram.token[0] == '\0');
	write_public(&again, second, sizeof second);
	CHECK_TEXT(second, public_text);
	/* And so of the defaults. */
	config_defaults(&config);
	count = write_public(&config, public_text, sizeof public_text);
	CHECK(config_parse(&again, &report, slice_of(public_text, count), "tape",
	                   CONFIG_FROM_TAPE) == ERR_NONE);
	CHECK(memcmp(&again, &config, sizeof config) == 0);
}

static void
lines_come_in_many_shapes(void)
{
	static const char *const same[] = {
		"[watch]\ncoins = DOGE\n[log]\nlevel = warn\n",
		"[watch]\ncoins = DOGE\n[log]\nlevel = warn",              /* no last newline */
		"[watch]\r\ncoins = DOGE\r\n[log]\r\nlevel = warn\r\n",    /* CRLF */
		"\xef\xbb\xbf[watch]\ncoins = DOGE\n[log]\nlevel = warn\n", /* BOM */
		"\n\n# c\n; c\n[watch] # c\n\ncoins=DOGE\n[ log ] ; c\nlevel=warn\n\n",
		"  [watch]\n\tcoins = DOGE\t \n    [log]\n      level = warn\n", /* indented */
		"[watch]\n[log]\nlevel = warn\n[watch]\ncoins = DOGE\n",   /* opened again */
		"[watch]\ncoins: DOGE\n[log]\nlevel : warn\n",             /* as inih has it */
	};

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		CHECK(parse(same[i]) == ERR_NONE);
		show_errors();
		CHECK_TEXT(config.watch.coins.text, "DOGE");
		CHECK(config.log.level == CONFIG_LEVEL_WARN);
	}
	/* An indented line is a line of its own, never the tail of the one before. */
	CHECK(parse("[rules]\na = alert btc x\n  b = alert eth y\n") == ERR_NONE);
	CHECK(config.rule_count == 2);
	CHECK_TEXT(config.rule[0].text, "alert btc x");
	/* The longest line, and the longest rule. */
	memset(text, 0, sizeof text);
	strcpy(text, "[rules]\na = ");
	memset(text + strlen(text), 'x', 512);
	CHECK(parse(text) == ERR_NONE);
	CHECK(strlen(config.rule[0].text) == 512);
	strcpy(text, "[log]\n#");
	memset(text + strlen(text), 'x', LIMIT_config_line_bytes_max - 4);
	CHECK(parse(text) == ERR_NONE);
	strcat(text, "x");
	CHECK(parse(text) == ERR_CONFIG);
}

static void
origins_are_remembered(void)
{
	const struct config_section *s = config_section_find(SLICE("watch"));
	struct config_place coins = config_place_of(s, config_key_find(s, SLICE("coins")), 0);
	struct config_place venues = config_place_of(s, config_key_find(s, SLICE("venues")), 0);

	CHECK(parse("\n\n[watch]\n\ncoins = DOGE\n") == ERR_NONE);
	CHECK(report.origin[coins.number].source == CONFIG_FILE);
	CHECK(report.origin[coins.number].line == 5);
	CHECK(report.origin[venues.number].source == CONFIG_DEFAULT);
	CHECK_TEXT(report.file, "t");
}

static void
a_tape_of_another_build_is_read_with_warnings(void)
{
	static const char newer[] = "[watch]\ncoins = DOGE\nnew_key = 1\n[new_section]\nx = 1\n"
	                            "[venue.moon-spot]\nenabled = yes\n";

	CHECK(parse(newer) == ERR_CONFIG);
	CHECK(report.error_count == 3);
	CHECK(config_parse(&config, &report, SLICE(newer), "tape", CONFIG_FROM_TAPE) == ERR_NONE);
	CHECK(report.warning_count == 3);
	CHECK_TEXT(config.watch.coins.text, "DOGE");
	/* What only matters with secrets and files does not matter to a tape. */
	CHECK(config_parse(&config, &report,
	                   SLICE("[http]\nlisten = 0.0.0.0:80\n[tls]\nca_file = /no/such\n"),
	                   "tape", CONFIG_FROM_TAPE) == ERR_NONE);
	CHECK(config_parse(&config, &report, SLICE("[telegram]\ntoken_file = /no/such\n"), "f",
	                   CONFIG_FOR_REPLAY) == ERR_NONE);
	/* A wrong value stays wrong. */
	CHECK(config_parse(&config, &report, SLICE("[log]\nlevel = loud\n"), "tape",
	                   CONFIG_FROM_TAPE) == ERR_CONFIG);
}

static void
the_table_is_sound(void)
{
	const struct config_section *s;
	char why_text[256];

	CHECK(config_place_count() <= CONFIG_PLACES_MAX);
	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++) {
		CHECK(config_section_find(slice_str(s->name)) == s);
		CHECK(!(s->named && s->free));
		CHECK((s->named || s->free) == (s->count_max > 0));
		for (uint32_t k = 0; k < s->key_count; k++) {
			const struct config_key *key = &s->key[k];
			char allowed[1024];
			struct text a = text_init(allowed, sizeof allowed);
			struct text why = text_init(why_text, sizeof why_text);

			CHECK(key->type != CONFIG_NONE);
			CHECK(key->size > 0);
			CHECK(key->help != NULL && key->help[0] != '\0');
			config_value_allowed(key, &a);
			CHECK(a.count > 0 && !a.cut);
			/* "x_file" would be the file of a secret x. */
			CHECK(!(key->flags & CONFIG_IS_SECRET) ||
			      config_key_find(s, SLICE("token_file")) == NULL);
			if (key->flags & CONFIG_MAY_BE_EMPTY)
				continue;
			CHECK(!config_value_set(key, &again, slice_of("", 0), NULL, &why));
		}
	}
	CHECK(config_section_at(config_section_count()) == NULL);
}

int
main(void)
{
	every_key_takes_its_values();
	each_value_lands_in_its_field();
	an_empty_file_gives_the_defaults();
	the_public_text_reads_back_and_holds_no_secret();
	lines_come_in_many_shapes();
	origins_are_remembered();
	a_tape_of_another_build_is_read_with_warnings();
	the_table_is_sound();
	return CHECK_END("config");
}
