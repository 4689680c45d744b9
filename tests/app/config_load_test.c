/* Goal: the file is found where the contract says, the environment wins over it,
 *       secrets come from their files, and each of the three tells its mistakes.
 * Method: a directory of our own under /tmp with hand-made files, an environment
 *       that is emptied before each row, the real reader. */
#include "app/config.h"
#include "app/config_schema.h"
#include "check.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config config;
static struct config_report report;
static char dir[] = "/tmp/config_load_test.XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[64][256]; /* more than any one story here names */
	static int at;

	at = (at + 1) % 64;
	snprintf(path[at], sizeof path[at], "%s/%s", dir, name);
	return path[at];
}

static const char *
file(const char *name, const char *content, mode_t mode)
{
	const char *path = path_of(name);
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	if (f == NULL)
		return path;
	fputs(content, f);
	fclose(f);
	chmod(path, mode);
	return path;
}

/* An environment with nothing of ours in it; HOME is a directory without a file. */
static void
begin(void)
{
	clearenv();
	setenv("HOME", path_of("home"), 1);
}

static enum err
load(const char *path)
{
	return config_load(&config, &report, path, CONFIG_FOR_RUN);
}

static void
show(void)
{
	for (uint32_t i = 0; i < report.error_count && i < CONFIG_ERRORS_MAX; i++)
		printf("  error: %s\n", report.error[i]);
}

static struct config_origin
origin_of(const char *section, const char *key)
{
	const struct config_section *s = config_section_find(slice_str(section));

	return report.origin[config_place_of(s, config_key_find(s, slice_str(key)), 0).number];
}

static void
files_are_looked_for_in_their_order(void)
{
	const char *named;

	begin();
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(report.file, "");
	CHECK_TEXT(config.watch.coins.text, "BTC,ETH,SOL");

	mkdir(path_of("home"), 0700);
	mkdir(path_of("home/.config"), 0700);
	mkdir(path_of("home/.config/tidewatch"), 0700);
	file("home/.config/tidewatch/tidewatch.conf", "[watch]\ncoins = HOME\n", 0600);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.watch.coins.text, "HOME");
	CHECK_TEXT(report.file, path_of("home/.config/tidewatch/tidewatch.conf"));

	mkdir(path_of("xdg"), 0700);
	mkdir(path_of("xdg/tidewatch"), 0700);
	file("xdg/tidewatch/tidewatch.conf", "[watch]\ncoins = XDG\n", 0600);
	setenv("XDG_CONFIG_HOME", path_of("xdg"), 1);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.watch.coins.text, "XDG");
	setenv("XDG_CONFIG_HOME", "relative", 1); /* counts as not set */
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.watch.coins.text, "HOME");

	setenv("TIDEWATCH_CONFIG", file("env.conf", "[watch]\ncoins = ENV\n", 0600), 1);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.watch.coins.text, "ENV");
	named = file("c.conf", "[watch]\ncoins = NAMED\n", 0600);
	CHECK(load(named) == ERR_NONE);
	CHECK_TEXT(config.watch.coins.text, "NAMED");

	/* One that was asked for by name must be there. */
	setenv("TIDEWATCH_CONFIG", path_of("missing.conf"), 1);
	CHECK(load(NULL) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "missing.conf: cannot be opened: No such file") != NULL);
	CHECK(load(path_of("missing.conf")) == ERR_CONFIG);
	CHECK(load(dir) == ERR_CONFIG);
	CHECK(report.error_count == 1);
}

static void
a_file_that_is_too_long_is_refused(void)
{
	static char big[LIMIT_config_bytes_max + 2];

	begin();
	memset(big, '\n', sizeof big - 1);
	big[LIMIT_config_bytes_max] = '\0';
	CHECK(load(file("big.conf", big, 0600)) == ERR_NONE);
	big[LIMIT_config_bytes_max] = '\n';
	CHECK(load(file("big.conf", big, 0600)) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "is longer than 262144 bytes") != NULL);
}

static void
the_environment_wins(void)
{
	const char *path = file("e.conf", "[watch]\ncoins = FILE\n[log]\nlevel = warn\n"
	                                  "[venue.bybit-spot]\nws = wss://file\n"
	                                  "[rules]\nbig-move = alert btc file\n", 0600);
	const struct config_venue *v;

	begin();
	setenv("TIDEWATCH_WATCH__COINS", " doge ", 1);
	setenv("TIDEWATCH_LOG__LEVEL", "", 1); /* empty: as good as none */
	setenv("TIDEWATCH_VENUE_BYBIT_SPOT__WS", "wss://env", 1);
	setenv("TIDEWATCH_VENUE_BINANCE_USDM__WS", "wss://usdm", 1);
	setenv("TIDEWATCH_NET__BACKOFF_MIN_MS", "20", 1);
	setenv("TIDEWATCH_RULES__BIG_MOVE", "alert btc env", 1);
	setenv("TIDEWATCH_RULES__OTHER", "alert eth env", 1);
	setenv("TIDEWATCH_WEBHOOK_OPS__URL", "https://ops", 1);
	setenv("TIDEWATCH_ACCOUNT_BINANCE__KEY", "k", 1);
	setenv("TIDEWATCH_ACCOUNT_BINANCE__SECRET", "s", 1);
	setenv("TIDEWATCH_TELEGRAM__TOKEN", "1:env", 1);
	setenv("OTHER_PROGRAM__KEY", "x", 1);
	setenv("TIDEWATCH", "/not/ours", 1);
	CHECK(load(path) == ERR_NONE);
	show();
	CHECK_TEXT(config.watch.coins.text, "DOGE");
	CHECK(config.log.level == CONFIG_LEVEL_WARN);
	CHECK(config.net.backoff_min_ms == 20);
	v = config_venue(&config, SLICE("bybit-spot"));
	CHECK(v != NULL && strcmp(v->ws, "wss://env") == 0);
	v = config_venue(&config, SLICE("binance-usdm"));
	CHECK(v != NULL && strcmp(v->ws, "wss://usdm") == 0);
	CHECK(v != NULL && v->enabled);
	CHECK(config.rule_count == 2);
	CHECK_TEXT(config.rule[0].name, "big-move");
	CHECK_TEXT(config.rule[0].text, "alert btc env");
	CHECK_TEXT(config.rule[1].name, "other");
	CHECK_TEXT(config.webhook[0].name, "ops");
	CHECK_TEXT(config.webhook[0].url, "https://ops");
	CHECK_TEXT(config.account[0].key, "k");
	CHECK_TEXT(config.telegram.token, "1:env");
	CHECK(origin_of("watch", "coins").source == CONFIG_ENVIRONMENT);
	CHECK(origin_of("log", "level").source == CONFIG_FILE);
}

static void
wrong_variables_are_told(void)
{
	static const struct { const char *name, *value, *part; } row[] = {
		{ "TIDEWATCH_WATCH__COIN", "BTC", "did you mean TIDEWATCH_WATCH__COINS?" },
		{ "TIDEWATCH_TELEGRAM_TOKEN", "1:SECRET", "did you mean TIDEWATCH_TELEGRAM__TOKEN?" },
		{ "TIDEWATCH_TELEGRAM__TOKN_FILE", "/x", "did you mean TIDEWATCH_TELEGRAM__TOKEN_FILE?" },
		{ "TIDEWATCH_VENUE_BINANCE_USDM__WSS", "x", "did you mean TIDEWATCH_VENUE_BINANCE_USDM__WS?" },
		{ "TIDEWATCH_VENUE_KRAKEN__WS", "wss://x", "venue.kraken.ws: is no venue of this build" },
		{ "TIDEWATCH_watch__coins", "BTC", "did you mean TIDEWATCH_WATCH__COINS?" },
		{ "TIDEWATCH_NONSENSE", "x", "environment: TIDEWATCH_NONSENSE: no key has this name" },
		{ "TIDEWATCH_", "x", "no key has this name" },
		{ "TIDEWATCH___", "x", "no key has this name" },
		{ "TIDEWATCH_WEBHOOK___URL", "x", "no key has this name" },
		{ "TIDEWATCH_WEBHOOK_A__B__URL", "https://x", "is no name" },
		{ "TIDEWATCH_RULES__", "x", "no key has this name" },
		{ "TIDEWATCH_RULES__A__B", "x", "is no name" },
		{ "TIDEWATCH_WATCH__COINS_FILE", "x", "no key has this name" },
		{ "TIDEWATCH_LIMITS__MEMORY_MB", "64MB", "environment: TIDEWATCH_LIMITS__MEMORY_MB: limits.memory_mb: \"64MB\" is no whole number; allowed:" },
		{ "TIDEWATCH_LOG__LEVEL", "\"info\"", "without quotes" },
		{ "TIDEWATCH_LOG__LEVEL", "in\x01" "fo", "is a control character" },
		{ "TIDEWATCH_TELEGRAM__TOKEN", "SECRET!", "the value has a character" },
		{ "TIDEWATCH_WEBHOOK_A__URL", "SECRET", "the value does not begin with" },
		{ "TIDEWATCH_TELEGRAM__TOKEN_FILE", "/no/such", "cannot be read" },
		{ "TIDEWATCH_WEBHOOK_A__SECRET", "x", "webhook.a.url: is missing" },
		{ "TIDEWATCH_HTTP__LISTEN", "0.0.0.0:1", "environment: http.listen: others can reach" },
	};
	static char long_name[400];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		begin();
		setenv(row[i].name, row[i].value, 1);
		CHECK(load(NULL) == ERR_CONFIG);
		CHECK(strstr(report.error[0], row[i].part) != NULL);
		CHECK(strstr(report.error[0], "SECRET") == NULL || strstr(row[i].name, "SECRET"));
		if (strstr(report.error[0], row[i].part) == NULL)
			printf("  message: %s\n  lacks:   %s\n", report.error[0], row[i].part);
	}
	/* What Kubernetes sets for a service called tidewatch is not ours. */
	begin();
	setenv("TIDEWATCH_SERVICE_HOST", "10.0.0.1", 1);
	setenv("TIDEWATCH_SERVICE_PORT_HTTP", "8080", 1);
	setenv("TIDEWATCH_PORT", "tcp://10.0.0.1:8080", 1);
	setenv("TIDEWATCH_PORT_8080_TCP_ADDR", "10.0.0.1", 1);
	CHECK(load(NULL) == ERR_NONE);
	/* For work that sends nothing a strange name is a warning, a wrong value is not. */
	begin();
	setenv("TIDEWATCH_NONSENSE", "x", 1);
	CHECK(config_load(&config, &report, path_of("c.conf"), CONFIG_FOR_REPLAY) == ERR_NONE);
	CHECK(report.warning_count == 1);
	CHECK_TEXT(config.watch.coins.text, "NAMED");
	setenv("TIDEWATCH_LOG__LEVEL", "loud", 1);
	CHECK(config_load(&config, &report, path_of("c.conf"), CONFIG_FOR_REPLAY) == ERR_CONFIG);
	/* A name longer than any of ours. */
	begin();
	memset(long_name, 'X', sizeof long_name - 1);
	memcpy(long_name, "TIDEWATCH_RULES__", 17);
	setenv(long_name, "x", 1);
	CHECK(load(NULL) == ERR_CONFIG);
	/* The value and its file. */
	begin();
	setenv("TIDEWATCH_TELEGRAM__TOKEN", "1:a", 1);
	setenv("TIDEWATCH_TELEGRAM__TOKEN_FILE", file("t", "1:b", 0600), 1);
	CHECK(load(NULL) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "stands here and as token") != NULL);
}

static void
secrets_come_from_files(void)
{
	static const struct { const char *content, *want; } row[] = {
		{ "1:abc", "1:abc" }, { "1:abc\n", "1:abc" }, { "1:abc\r\n", "1:abc" },
		{ "1:abc\nsecond line\n", "1:abc" }, { "  1:abc \t\n", "1:abc" },
	};
	static const struct { const char *content, *part; } wrong[] = {
		{ "", "has nothing in its first line" }, { "\n1:abc\n", "has nothing in its first line" },
		{ "\x01\n", "holds bytes that are no text" }, { "\xff\n", "holds bytes that are no text" },
		{ "SECRET!\n", "the value has a character that no token has" },
	};
	static char long_secret[600];
	const char *conf;

	begin();
	conf = file("s.conf", "[telegram]\ntoken_file = token\n", 0644);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		file("token", row[i].content, 0600); /* beside the file that names it */
		CHECK(load(conf) == ERR_NONE);
		show();
		CHECK_TEXT(config.telegram.token, row[i].want);
		CHECK(report.warning_count == 0);
		CHECK(origin_of("telegram", "token").from_file);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		file("token", wrong[i].content, 0600);
		CHECK(load(conf) == ERR_CONFIG);
		CHECK(strstr(report.error[0], wrong[i].part) != NULL);
		CHECK(strstr(report.error[0], "SECRET") == NULL);
	}
	memset(long_secret, 'a', 512);
	file("token", long_secret, 0600);
	CHECK(load(conf) == ERR_NONE);
	long_secret[512] = 'a';
	file("token", long_secret, 0600);
	CHECK(load(conf) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "is longer than 512 bytes") != NULL);

	file("token", "1:abc\n", 0644);
	CHECK(load(conf) == ERR_NONE);
	CHECK(report.warning_count == 1);
	CHECK(strstr(report.warning[0], "can be read by everybody here; chmod 600") != NULL);
	unlink(path_of("token"));
	CHECK(load(conf) == ERR_CONFIG);
	CHECK(strstr(report.error[0], "s.conf:2: telegram.token_file:") != NULL);
	/* Work that sends nothing needs no secret. */
	CHECK(config_load(&config, &report, conf, CONFIG_FOR_REPLAY) == ERR_NONE);

	/* By a variable; it wins over a secret in the file. */
	setenv("TIDEWATCH_TELEGRAM__TOKEN_FILE", file("other", "2:env\n", 0600), 1);
	CHECK(load(file("s.conf", "[telegram]\ntoken = 1:file\n", 0600)) == ERR_NONE);
	CHECK_TEXT(config.telegram.token, "2:env");
	unsetenv("TIDEWATCH_TELEGRAM__TOKEN_FILE");
	/* A secret in a file that all may read. */
	CHECK(load(file("s.conf", "[telegram]\ntoken = 1:file\n", 0644)) == ERR_NONE);
	CHECK(report.warning_count == 1);
	CHECK(strstr(report.warning[0], "s.conf:2: a secret is in a file that everybody") != NULL);
	CHECK(load(file("s.conf", "[watch]\ncoins = BTC\n", 0644)) == ERR_NONE);
	CHECK(report.warning_count == 0);
}

static void
paths_begin_at_the_file(void)
{
	char want[256];

	begin();
	CHECK(load(file("p.conf", "[data]\ndir = state\n[tape]\ndir = /abs\n", 0600)) == ERR_NONE);
	snprintf(want, sizeof want, "%s/state", dir);
	CHECK_TEXT(config.data.dir, want);
	CHECK_TEXT(config.tape.dir, "/abs");
	setenv("TIDEWATCH_DATA__DIR", "here", 1); /* a variable's begin where we are */
	CHECK(load(path_of("p.conf")) == ERR_NONE);
	CHECK_TEXT(config.data.dir, "here");
	unsetenv("TIDEWATCH_DATA__DIR");
	file("ca.pem", "x", 0600);
	CHECK(load(file("p.conf", "[tls]\nca_file = ca.pem\n", 0600)) == ERR_NONE);
	CHECK(load(file("p.conf", "[tls]\nca_file = ca2.pem\n", 0600)) == ERR_CONFIG);
	CHECK(chdir(dir) == 0);
	CHECK(load("p.conf") == ERR_CONFIG);
	CHECK(strstr(report.error[0], "p.conf:2: tls.ca_file: \"ca2.pem\"") != NULL);
	CHECK(chdir("/") == 0);
}

static void
the_data_directory_has_its_defaults(void)
{
	char want[256];

	begin();
	CHECK(load(NULL) == ERR_NONE);
	snprintf(want, sizeof want, "%s/home/.local/state/tidewatch", dir);
	CHECK_TEXT(config.data.dir, want);
	CHECK(origin_of("data", "dir").source == CONFIG_DEFAULT);
	setenv("XDG_STATE_HOME", "/xdg", 1);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.data.dir, "/xdg/tidewatch");
	setenv("STATE_DIRECTORY", "/state/one:/state/two", 1);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.data.dir, "/state/one");
	setenv("TIDEWATCH_DATA__DIR", "/data", 1);
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.data.dir, "/data");
	clearenv();
	CHECK(load(NULL) == ERR_NONE);
	CHECK_TEXT(config.data.dir, "/var/lib/tidewatch");
}

int
main(void)
{
	char remove[64];

	umask(022);
	CHECK(mkdtemp(dir) != NULL);
	files_are_looked_for_in_their_order();
	a_file_that_is_too_long_is_refused();
	the_environment_wins();
	wrong_variables_are_told();
	secrets_come_from_files();
	paths_begin_at_the_file();
	the_data_directory_has_its_defaults();
	snprintf(remove, sizeof remove, "/bin/rm -rf %s", dir);
	CHECK(system(remove) == 0);
	return CHECK_END("config_load");
}
