/* Goal: every mistake in a configuration is told with line, key, what is allowed and
 *       what was probably meant; all of them at once; and never a secret with it.
 * Method: one wrong text a row, and the parts its message must hold. Then texts with
 *       many mistakes, too many mistakes, and secrets in wrong places. */
#include "app/config.h"
#include "check.h"

static struct config config;
static struct config_report report;
static char text[512 * 1024];

static enum err
parse_bytes(struct slice ini)
{
	return config_parse(&config, &report, ini, "t.conf", CONFIG_FOR_RUN);
}

static enum err
parse(const char *ini)
{
	return parse_bytes(slice_str(ini));
}

static void
each_mistake_has_its_message(void)
{
	static const struct { const char *ini; const char *part[4]; } row[] = {
		/* lines */
		{ "coins = BTC\n", { "t.conf:1: a key stands before the first [section]" } },
		{ "[watch]\ncoins BTC\n", { "t.conf:2: is neither" } },
		{ "[watch]\n\nhello\nworld\n", { "t.conf:3: is neither" } },
		{ "[watch\ncoins = BTC\n", { "t.conf:1: the section lacks its closing ]" } },
		{ "[watch] coins = BTC\n", { "t.conf:1: something stands behind the ]" } },
		{ "[watch]\n= BTC\n", { "t.conf:2: a key is missing" } },
		{ "[log]\nlevel = in\x80" "fo\n", { "t.conf:2: byte 11 (0x80) is no UTF-8" } },
		{ "[log]\nlevel = \xc0\xaf\n", { "t.conf:2: byte 9 (0xc0) is no UTF-8" } }, /* overlong */
		{ "[log]\nlevel = \xed\xa0\x80\n", { "is no UTF-8" } }, /* a surrogate */
		{ "[log]\nlevel = \x1b[31m\n", { "t.conf:2: byte 9 is a control character (0x1b)" } },
		{ "[log]\rlevel = info\r", { "t.conf:1: byte 6 is a control character (0x0d)" } },
		{ "\xff\xfe[\0l\0", { "t.conf:1: the file is UTF-16" } },
		/* sections */
		{ "[wacth]\n", { "t.conf:1: unknown section \"wacth\"", "did you mean [watch]?", "[account.NAME]" } },
		{ "[venues.binance-usdm]\n", { "did you mean [venue.NAME]?" } },
		{ "[Watch]\n", { "unknown section \"Watch\"", "did you mean [watch]?" } },
		{ "[]\n", { "unknown section \"\"" } },
		{ "[watch.btc]\n", { "t.conf:1: [watch] takes no name" } },
		{ "[venue]\n", { "t.conf:1: [venue] needs a name: [venue.NAME]" } },
		{ "[webhook.]\nurl = https://x\n", { "[webhook] needs a name" } },
		{ "[venue.binance-usd]\n", { "t.conf:1: [venue]: \"binance-usd\" is no venue", "did you mean binance-usdm?", "bybit-inverse" } },
		{ "[venue.kraken]\n", { "is no venue of this build", "binance-spot" } },
		{ "[account.binance-usdm]\n", { "is no exchange of this build; allowed: binance bybit" } },
		{ "[webhook.a b]\nurl = https://x\n", { "\"a b\" is no name", "1 to 32 letters and digits" } },
		{ "[webhook.a__b]\nurl = https://x\n", { "is no name" } },
		{ "[webhook.-a]\nurl = https://x\n", { "is no name" } },
		{ "[webhook.abcdefghijklmnopqrstuvwxyz0123456]\nurl = https://x\n", { "is no name" } },
		{ "[webhook.a-b]\nurl = https://x\n[webhook.a_b]\nurl = https://x\n", { "t.conf:3", "cannot be told from a-b" } },
		{ "[ntfy.0]\nurl=https://x\n[ntfy.1]\nurl=https://x\n[ntfy.2]\nurl=https://x\n[ntfy.3]\nurl=https://x\n[ntfy.4]\nurl=https://x\n"
		  "[ntfy.5]\nurl=https://x\n[ntfy.6]\nurl=https://x\n[ntfy.7]\nurl=https://x\n[ntfy.8]\nurl=https://x\n",
		  { "t.conf:17: [ntfy]: \"8\" is one too many: at most 8" } },
		/* keys */
		{ "[watch]\ncoin = BTC\n", { "t.conf:2: watch.coin: unknown key", "did you mean coins?", "Keys of [watch]: coins, venues" } },
		{ "[watch]\nCoins = BTC\n", { "watch.Coins: unknown key", "did you mean coins?" } },
		{ "[telegram]\ncoins = BTC\n", { "telegram.coins: unknown key", "there is one in [watch]" } },
		{ "[telegram]\ntokenfile = /x\n", { "token, token_file" } },
		{ "[watch]\ncoins_file = /x\n", { "watch.coins_file: unknown key" } },
		{ "[venue.bybit-spot]\nwss = wss://x\n", { "t.conf:2: venue.bybit-spot.wss: unknown key", "did you mean ws?", "proxy, proxy_file" } },
		{ "[log]\nlevel = info\n\nlevel = warn\n", { "t.conf:4: log.level: stands here for the second time", "first in line 2" } },
		{ "[telegram]\ntoken = 1:a\ntoken_file = /x\n", { "t.conf:3: telegram.token_file: stands here and as token", "first in line 2" } },
		{ "[rules]\na = alert btc x\na = alert btc y\n", { "t.conf:3: rules.a:", "first in line 2" } },
		{ "[rules]\na b = alert btc x\n", { "t.conf:2: rules.", "is no name" } },
		{ "[rules]\na =\n", { "t.conf:2: rules.a: has no value", "at most 512 bytes" } },
		/* values of each type */
		{ "[log]\nlevel =\n", { "t.conf:2: log.level: has no value; allowed: error, warn, info, debug or trace" } },
		{ "[log]\nlevel = inf0\n", { "\"inf0\" is not known; did you mean info?" } },
		{ "[log]\nlevel = in\tfo\n", { "\"in?fo\" is not known" } },
		{ "[log]\nlevel = \"info\"\n", { "t.conf:2: log.level: values stand without quotes" } },
		{ "[log]\nlevel = info ; loud\n", { "is not known", "allowed: error, warn" } },
		{ "[log]\nformat = xml\n", { "logfmt, json or plain" } },
		{ "[tls]\nbackend = openssl\n", { "tls.backend: \"openssl\" is not known", "mbedtls or bearssl" } },
		{ "[alerts]\npreset = bussy\n", { "did you mean busy?" } },
		{ "[limits]\nmemory_mb = 64MB\n", { "limits.memory_mb: \"64MB\" is no whole number", "from 1 to 65536, in MB" } },
		{ "[limits]\nmemory_mb = 0\n", { "is out of range" } },
		{ "[limits]\nmemory_mb = 65537\n", { "is out of range" } },
		{ "[limits]\nmemory_mb = 99999999999999999999\n", { "is no whole number" } },
		{ "[limits]\nmemory_mb = 6.4\n", { "is no whole number" } },
		{ "[limits]\nmemory_mb = -1\n", { "is out of range" } },
		{ "[limits]\nmemory_mb = 0x40\n", { "is no whole number" } },
		{ "[watch]\ntop_live = 1001\n", { "is out of range", "from 0 to 1000, in coins" } },
		{ "[limits]\ninstruments_max = 15\n", { "is out of range", "from 16 to 8192" } },
		{ "[net]\nbackoff_min_ms = 2 hours\n", { "is no whole number", "500ms, 30s, 2m" } },
		{ "[net]\nquiet_max_ms = 2h\n", { "is out of range" } },
		{ "[net]\nquiet_max_ms = 9223372036854775807h\n", { "is out of range" } },
		/* times 3600000 this is a little more than 2^64 */
		{ "[net]\nquiet_max_ms = 5124095576031h\n", { "is out of range" } },
		{ "[limits]\ntick_ms = 1s\n", { "is no whole number" } },
		{ "[tape]\nretain_gb = lots\n", { "is no number", "from 0 to 1000000, in GB" } },
		{ "[tape]\nretain_gb = -0.1\n", { "is out of range" } },
		{ "[tape]\nretain_gb = nan\n", { "is no number" } },
		{ "[tape]\ndir = ~/tapes\n", { "\"~/tapes\" begins with ~", "a path, or off" } },
		{ "[venue.bybit-spot]\nenabled = maybe\n", { "\"maybe\" is neither yes nor no; allowed: yes or no" } },
		{ "[telegram]\nchats = 5,,6\n", { "telegram.chats: \"\" is no id" } },
		{ "[telegram]\nchats = 5,@me\n", { "\"@me\" is no id" } },
		{ "[telegram]\nchats = 5,5\n", { "\"5\" stands twice" } },
		{ "[telegram]\nchats = 0\n", { "is no id" } },
		{ "[telegram]\nowner = -5\n", { "is out of range", "a whole number from 1" } },
		{ "[watch]\ncoins = BTC,,ETH\n", { "watch.coins: \"\" is an empty name: a comma too many" } },
		{ "[watch]\ncoins = BTC,\n", { "a comma too many" } },
		{ "[watch]\ncoins = BTC ETH\n", { "\"BTC ETH\" is no coin" } },
		{ "[watch]\ncoins = BTC,btc\n", { "\"btc\" stands twice" } },
		{ "[watch]\ncoins = BTC,all\n", { "\"all\" stands alone" } },
		{ "[watch]\ncoins = top:5,BTC\n", { "is no top:N" } },
		{ "[watch]\ncoins = BTC,top:5\n", { "stands alone" } },
		{ "[watch]\ncoins = top:0\n", { "is no top:N with N from 1 to 1000" } },
		{ "[watch]\ncoins = top:1001\n", { "is no top:N" } },
		{ "[watch]\ncoins = BTCUSDT\n", { "\"BTCUSDT\" is a symbol", "without their quote: BTC" } },
		{ "[watch]\ncoins = BTC ; my coins\n", { "a comment needs a line of its own" } },
		{ "[watch]\ncoins = ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF\n", { "is too long for a coin" } },
		{ "[watch]\nvenues = binance-usd\n", { "watch.venues: \"binance-usd\" is no venue", "did you mean binance-usdm?" } },
		{ "[watch]\nvenues = binance-usdm,binance-usdm\n", { "stands twice" } },
		{ "[watch]\nvenues = okx\n", { "\"okx\" is no venue of this build", "or all" } },
		{ "[watch]\nvenues = binance-\n", { "is no venue" } },
		{ "[http]\nlisten = 8080\n", { "http.listen: \"8080\"", "ADDRESS:PORT, or off" } },
		{ "[http]\nlisten = :8080\n", { "lacks a host" } },
		{ "[http]\nlisten = 127.0.0.1\n", { "lacks a port" } },
		{ "[http]\nlisten = 127.0.0.1:\n", { "has no port" } },
		{ "[http]\nlisten = 127.0.0.1:65536\n", { "has no port" } },
		{ "[http]\nlisten = 127.0.0.1:+80\n", { "has no port" } },
		{ "[http]\nlisten = ::1:8080\n", { "an IPv6 address stands in [ ]" } },
		{ "[http]\nlisten = [::1:8080\n", { "lacks the closing ]" } },
		{ "[http]\nlisten = [::1]8080\n", { "behind the ]" } },
		{ "[http]\nlisten = [127.0.0.1]:80\n", { "is no IPv6 address" } },
		{ "[http]\nlisten = [fe80::zz]:80\n", { "is no IPv6 address" } },
		{ "[http]\nlisten = example.com:80\n", { "has a name; an address is needed" } },
		{ "[http]\nlisten = 127.1:80\n", { "neither a name nor an address" } },
		{ "[http]\nlisten = 256.0.0.1:80\n", { "neither a name nor an address" } },
		{ "[http]\nlisten = -x.com:80\n", { "neither a name nor an address" } },
		{ "[dns]\nservers = dns.example\n", { "dns.servers: \"dns.example\" is no address" } },
		{ "[dns]\nservers = 1.1.1.1:0\n", { "has no port" } },
		{ "[dns]\nservers = 1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5\n", { "is one server too many" } },
		{ "[tls]\npin = example.com sha256/short=\n", { "is no HOST sha256/BASE64" } },
		{ "[tls]\npin = example.com 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", { "is no HOST" } },
		{ "[tls]\npin = sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", { "is no HOST" } },
		{ "[tls]\npin = a.b sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", { "is no HOST" } },
		{ "[alerts]\nquiet_hours = 23-7\n", { "alerts.quiet_hours: \"23-7\" is no HH:MM-HH:MM" } },
		{ "[alerts]\nquiet_hours = 24:00-07:00\n", { "is no HH:MM-HH:MM" } },
		{ "[alerts]\nquiet_hours = 23:60-07:00\n", { "is no HH:MM-HH:MM" } },
		{ "[alerts]\nquiet_hours = 23:00-07:00x\n", { "is no HH:MM-HH:MM" } },
		{ "[alerts]\nquiet_hours = 07:00-07:00\n", { "no time at all, or the whole day" } },
		{ "[alerts]\ntimezone = Europe/\n", { "is no time zone", "Europe/Berlin" } },
		{ "[alerts]\ntimezone = UTC+15\n", { "is no time zone" } },
		{ "[alerts]\ntimezone = UTC+8:\n", { "is no time zone" } },
		{ "[alerts]\ntimezone = +08:00\n", { "is no time zone" } },
		{ "[alerts]\ntimezone = ../../etc/passwd\n", { "is no time zone" } },
		/* URLs */
		{ "[venue.bybit-spot]\nws = https://x\n", { "venue.bybit-spot.ws: \"https://x\" does not begin with wss:// or ws://" } },
		{ "[venue.bybit-spot]\nws = stream.example.com\n", { "does not begin with" } },
		{ "[venue.bybit-spot]\nws = wss://\n", { "lacks a host" } },
		{ "[venue.bybit-spot]\nws = wss://:443\n", { "lacks a host" } },
		{ "[venue.bybit-spot]\nws = wss://x/stream\n", { "has a path; only scheme, host and port" } },
		{ "[venue.bybit-spot]\nws = wss://x?a=b\n", { "has a path" } },
		{ "[venue.bybit-spot]\nws = wss://x#y\n", { "has a path" } },
		{ "[venue.bybit-spot]\nws = wss://x:0\n", { "has no port" } },
		{ "[venue.bybit-spot]\nws = wss://u:p@x\n", { "has a user or password in it" } },
		{ "[venue.bybit-spot]\nws = wss://x\\y\n", { "neither a name nor an address" } },
		{ "[venue.bybit-spot]\nws = ws://8.8.8.8:80\n", { "is not encrypted", "use wss://" } },
		{ "[venue.bybit-spot]\nws = ws://172.32.0.1\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://192.169.0.1\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://[2606:4700::1111]\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://[::ffff:8.8.8.8]\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://[fec0::1]\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://[fe7f::1]\n", { "is not encrypted" } },
		{ "[venue.bybit-spot]\nws = ws://0.0.0.0:80\n", { "nobody can be reached at" } },
		{ "[venue.bybit-spot]\nws = ws://[::]:80\n", { "nobody can be reached at" } },
		{ "[venue.bybit-spot]\nws = wss://2130706433\n", { "neither a name nor an address" } },
		{ "[venue.bybit-spot]\nws = ws://0x7f.1\n", { "neither a name nor an address" } },
		{ "[venue.bybit-spot]\nrest = http://8.8.8.8\n", { "is not encrypted", "use https://" } },
		{ "[telegram]\napi_base = http://149.154.167.220\n", { "is not encrypted" } },
		{ "[telegram]\napi_base = https://x/y?z=1\n", { "has a query" } },
		{ "[telegram]\napi_base = https://x/a b\n", { "must be written as %XX" } },
		{ "[telegram]\napi_base = https://b\xc3\xbc" "cher.example\n", { "neither a name nor an address" } },
		{ "[venue.bybit-spot]\nproxy = socks4://x:1\n", { "venue.bybit-spot.proxy: the value does not begin with http:// or socks5://" } },
		{ "[venue.bybit-spot]\nproxy = socks5://x\n", { "lacks a port" } },
		{ "[webhook.a]\nurl = http://8.8.8.8/h\n", { "webhook.a.url: the value is not encrypted" } },
		{ "[webhook.a]\nurl = ftp://x\n", { "does not begin with https://" } },
		{ "[telegram]\ntoken = 1:a/../b\n", { "telegram.token: the value has a character that no token has" } },
		/* what does not fit together */
		{ "[webhook.a]\n", { "webhook.a.url: is missing" } },
		{ "[webhook.a]\nsecret = x\n", { "webhook.a.url: is missing" } },
		{ "[account.binance]\nkey = x\n", { "account.binance.secret: is missing" } },
		{ "[net]\nbackoff_min_ms = 100\nbackoff_max_ms = 50\n", { "t.conf:2: net.backoff_min_ms: is more than net.backoff_max_ms" } },
		{ "[http]\nlisten = 0.0.0.0:8080\n", { "t.conf:2: http.listen: others can reach this address", "http.token" } },
		{ "[http]\nlisten = [::]:8080\n", { "others can reach" } },
		{ "[http]\nlisten = 192.168.1.5:8080\n", { "others can reach" } },
		{ "[watch]\nvenues = bybit-spot\n[venue.bybit-spot]\nenabled = no\n", { "watch.venues: all of them are switched off" } },
		{ "[watch]\ncoins = top:50\n[limits]\ninstruments_max = 49\n", { "t.conf:4: limits.instruments_max: is less than the number of coins" } },
		{ "[tls]\nca_file = /no/such/ca.pem\n", { "t.conf:2: tls.ca_file: \"/no/such/ca.pem\" cannot be read: No such file" } },
		{ "[telegram]\ntoken_file = /no/such/token\n", { "t.conf:2: telegram.token_file: \"/no/such/token\" cannot be read" } },
		{ "[telegram]\ntoken_file =\n", { "telegram.token_file: has no value; allowed: a path" } },
		{ "[telegram]\ntoken_file = /\n", { "is no plain file" } },
		{ "[telegram]\ntoken_file = /dev/zero\n", { "is no plain file" } },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(parse(row[i].ini) == ERR_CONFIG);
		CHECK(report.error_count >= 1);
		for (int k = 0; k < 4 && row[i].part[k] != NULL; k++) {
			CHECK(strstr(report.error[0], row[i].part[k]) != NULL);
			if (strstr(report.error[0], row[i].part[k]) == NULL)
				printf("  message: %s\n  lacks:   %s\n", report.error[0],
				       row[i].part[k]);
		}
	}
}

static void
a_zero_byte_is_told_with_its_line(void)
{
	static const char ini[] = "[log]\nlevel = in\0fo\n[watch]\ncoins = \0\n";

	CHECK(parse_bytes(slice_of(ini, sizeof ini - 1)) == ERR_CONFIG);
	CHECK(report.error_count == 2);
	CHECK_TEXT(report.error[0], "t.conf:2: byte 11 is a control character (0x00)");
	CHECK(strstr(report.error[1], "t.conf:4: byte 9") != NULL);
}

static void
all_mistakes_are_told_at_once(void)
{
	CHECK(parse("[wacth]\nx = 1\n[log]\nlevel = loud\nlevle = x\nnonsense\n[limits]\n"
	            "memory_mb = 0\n[venue.x]\nws = y\n") == ERR_CONFIG);
	CHECK(report.error_count == 6);
	CHECK(strstr(report.error[0], "t.conf:1:") != NULL);
	CHECK(strstr(report.error[1], "t.conf:4:") != NULL);
	CHECK(strstr(report.error[2], "t.conf:5:") != NULL);
	CHECK(strstr(report.error[3], "t.conf:6:") != NULL);
	CHECK(strstr(report.error[4], "t.conf:8:") != NULL);
	CHECK(strstr(report.error[5], "t.conf:9:") != NULL);
	/* More than are kept are counted. */
	text[0] = '\0';
	strcpy(text, "[watch]\n");
	for (int i = 0; i < 100; i++)
		strcat(text, "nonsense\n");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(report.error_count == 100);
	CHECK(strstr(report.error[CONFIG_ERRORS_MAX - 1], "t.conf:21:") != NULL);
}

static void
long_lines_are_refused_not_cut(void)
{
	memset(text, 0, sizeof text);
	strcpy(text, "[log]\nlevel = info");
	memset(text + strlen(text), ' ', LIMIT_config_line_bytes_max);
	strcat(text, "x\n[watch]\ncoins = DOGE\n");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(report.error_count == 1);
	CHECK_TEXT(report.error[0], "t.conf:2: the line is longer than 4093 bytes");
	/* The lines behind it keep their numbers. */
	strcat(text, "nonsense\n");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(strstr(report.error[1], "t.conf:5:") != NULL);
	/* A rule that is too long, a name that inih alone would cut. */
	memset(text, 0, sizeof text);
	strcpy(text, "[rules]\na = ");
	memset(text + strlen(text), 'x', 513);
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "is longer than 512 bytes") != NULL);
	memset(text, 0, sizeof text);
	strcpy(text, "[webhook.");
	memset(text + strlen(text), 'x', 300);
	strcat(text, "]\nurl = https://x\n");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(report.error_count == 1);
}

static void
too_many_rules_and_coins_are_refused(void)
{
	char line[64];

	strcpy(text, "[rules]\n");
	for (int i = 0; i < CONFIG_RULES_MAX; i++) {
		snprintf(line, sizeof line, "r%d = alert btc x\n", i);
		strcat(text, line);
	}
	CHECK(parse(text) == ERR_NONE);
	CHECK(config.rule_count == CONFIG_RULES_MAX);
	strcat(text, "one_more = alert btc x\n");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "rules.one_more: is one too many: at most 128") != NULL);
	strcpy(text, "[watch]\ncoins = A0");
	for (int i = 1; i < 1000; i++) {
		/* Names of three letters fit a line. */
		snprintf(line, sizeof line, ",%c%c%c", 'A' + i / 100, 'A' + i / 10 % 10,
		         'A' + i % 10);
		strcat(text, line);
	}
	CHECK(parse(text) == ERR_NONE);
	CHECK(config.watch.coins.count == 1000);
	strcat(text, ",X");
	CHECK(parse(text) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "is one coin too many") != NULL);
}

/* Wherever a secret is put by mistake, no message holds it. */
static void
messages_never_hold_a_secret(void)
{
	static const char *const wrong[] = {
		"[telegram]\ntoken = SECRET!value\n",
		"[telegram]\ntoken = \"SECRETvalue\"\n",
		"[telegram]\ntoken = 1:SECRET\ntoken = 2:SECRET\n",
		"[telegram]\nSECRETvalue\n",
		"[telegram]\n110201543:AASECRETvalueAAAAAAAAAAAAAAAAAAAAA\n",
		"[telegram]\nSECRETvalueSECRETvalueSECRETvalue = x\n",
		"[webhook.a]\nurl = SECRETvalue\n",
		"[webhook.a]\nurl = http://8.8.8.8/SECRETvalue\n",
		"[webhook.a]\nurl = https://user:SECRET@x\n",
		"[discord.a]\nurl = https://x/a b/SECRET\n",
		"[venue.bybit-spot]\nproxy = socks5://user:SECRET@x\n",
		"[venue.bybit-spot]\nproxy = socks5://us er:SECRET@x:1\n",
		"[account.binance]\nkey = \"SECRET\"\nsecret = 'SECRET'\n",
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		CHECK(parse(wrong[i]) == ERR_CONFIG);
		for (uint32_t k = 0; k < report.error_count && k < CONFIG_ERRORS_MAX; k++) {
			CHECK(strstr(report.error[k], "SECRET") == NULL);
			if (strstr(report.error[k], "SECRET") != NULL)
				printf("  %s\n", report.error[k]);
		}
	}
}

static void
doubtful_things_are_warned_about(void)
{
	static const struct { const char *ini, *part; } row[] = {
		{ "[telegram]\nchats = 5\n", "t.conf:2: telegram.chats: has no effect without telegram.token" },
		{ "[telegram]\nowner = 5\n", "telegram.owner: has no effect" },
		{ "[telegram]\ntoken = abc\n", "telegram.token: does not look like a bot's token" },
		{ "[watch]\nvenues = bybit-spot\n[venue.bybit-linear]\nenabled = yes\n", "venue.bybit-linear.enabled: watch.venues does not name this venue" },
		{ "[telegram]\ntoken = 1:a\napi_base = http://bot-api.lan:8081\n", "t.conf:3: telegram.api_base: is not encrypted; every connect is refused unless" },
		{ "[webhook.a]\nurl = http://hook.lan/x\n", "webhook.a.url: is not encrypted" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(parse(row[i].ini) == ERR_NONE);
		CHECK(report.warning_count == 1);
		CHECK(strstr(report.warning[0], row[i].part) != NULL);
		if (strstr(report.warning[0], row[i].part) == NULL)
			printf("  warning: %s\n", report.warning[0]);
	}
	CHECK(parse("[telegram]\ntoken = 1:a\napi_base = http://localhost:8081\n") == ERR_NONE);
	CHECK(report.warning_count == 0);
}

int
main(void)
{
	each_mistake_has_its_message();
	a_zero_byte_is_told_with_its_line();
	all_mistakes_are_told_at_once();
	long_lines_are_refused_not_cut();
	too_many_rules_and_coins_are_refused();
	messages_never_hold_a_secret();
	doubtful_things_are_warned_about();
	return CHECK_END("config_wrong");
}
