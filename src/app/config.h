/* config.h - what the user wants, read once at start and again at a reload.
 *
 * Input is one INI file (or none), and the environment: every key also as
 * TIDEWATCH_SECTION__KEY, the environment wins.  The table in config_schema.c knows
 * every key with its type, default and range; `tidewatch help config` prints it.
 * All mistakes are collected, each with file, line and key: nothing is guessed and
 * nothing is ignored.
 *
 * The struct is a value of fixed size and holds no pointer: it can be copied and
 * compared.  A text that is not set is "", an enum 0, a list has count 0.
 *
 * Secrets (and every URL that is one: webhooks, proxies) come from the file, from
 * the environment, or from a file named by KEY_file / ..._FILE.  They are in this
 * struct and nowhere else: config_write_public, config_explain and messages never
 * hold them.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

/* Sizes of texts hold the closing zero.  Whatever is full refuses the
 * configuration with its line. */
enum {
	CONFIG_NAME_BYTES = 33,   /* NAME of [webhook.NAME], of a rule */
	CONFIG_SECRET_BYTES = 513,
	CONFIG_URL_BYTES = 513,
	CONFIG_HOST_BYTES = 254,
	CONFIG_PATH_BYTES = LIMIT_path_bytes_max,
	CONFIG_COINS_BYTES = LIMIT_config_line_bytes_max,
	CONFIG_COINS_MAX = 1000,
	CONFIG_RULE_BYTES = 513,  /* a rule has at most 512 bytes */
	CONFIG_RULES_MAX = 128,
	CONFIG_CHATS_MAX = 32,
	CONFIG_SERVERS_MAX = 4,
	CONFIG_PINS_MAX = 16,
	CONFIG_PIN_BYTES = 320,
	CONFIG_CHANNELS_MAX = 8,  /* of each kind */
	CONFIG_ACCOUNTS_MAX = 8,
	CONFIG_ERRORS_MAX = 20,   /* kept; more are counted */
	CONFIG_MESSAGE_BYTES = 2048,
	CONFIG_PLACES_MAX = 1024, /* keys, counted for every NAME there may be */
};

/* Numbers are the places of the words in config_schema.c, from 1; 0 is not set. */
enum config_tls { CONFIG_TLS_NONE, CONFIG_TLS_MBEDTLS, CONFIG_TLS_BEARSSL };
enum config_level {
	CONFIG_LEVEL_NONE,
	CONFIG_LEVEL_ERROR,
	CONFIG_LEVEL_WARN,
	CONFIG_LEVEL_INFO,
	CONFIG_LEVEL_DEBUG,
	CONFIG_LEVEL_TRACE,
};
enum config_format {
	CONFIG_FORMAT_NONE,
	CONFIG_FORMAT_LOGFMT,
	CONFIG_FORMAT_JSON,
	CONFIG_FORMAT_PLAIN,
};
enum config_preset {
	CONFIG_PRESET_NONE,
	CONFIG_PRESET_QUIET,
	CONFIG_PRESET_NORMAL,
	CONFIG_PRESET_BUSY,
};
enum config_coins_kind { CONFIG_COINS_NONE, CONFIG_COINS_LIST, CONFIG_COINS_TOP, CONFIG_COINS_ALL };

struct config_ids { int64_t at[CONFIG_CHATS_MAX]; uint32_t count; };

struct config_coins {
	uint8_t kind;                  /* enum config_coins_kind */
	uint32_t count;                /* coins in the list, or the N of top:N */
	char text[CONFIG_COINS_BYTES]; /* "BTC,ETH,SOL", "top:50" or "all" */
};

struct config_venues { uint8_t id[LIMIT_venues_max]; uint32_t count; };

struct config_address { char host[CONFIG_HOST_BYTES]; uint16_t port; };

struct config_servers { struct config_address at[CONFIG_SERVERS_MAX]; uint32_t count; };

/* "HOST sha256/BASE64": the certificate chain of HOST must hold that key. */
struct config_pins { char at[CONFIG_PINS_MAX][CONFIG_PIN_BYTES]; uint32_t count; };

/* Minutes after midnight, local to alerts.timezone; may pass midnight. */
struct config_quiet { bool set; uint16_t from_min, until_min; };

struct config {
	struct {
		char token[CONFIG_SECRET_BYTES];    /* "": alerts go to the console */
		char api_base[CONFIG_URL_BYTES];    /* no '/' at its end */
		char ca_file[CONFIG_PATH_BYTES];    /* "": tls.ca_file */
		struct config_ids chats;            /* who may ask; besides the owner */
		int64_t owner;                      /* a user's id; 0: by pairing code */
	} telegram;
	struct {
		struct config_coins coins;
		struct config_venues venues;        /* as told; see config_venue_is_on */
		int64_t top_live;                   /* coins whose book top comes in real time */
	} watch;
	struct config_venue {
		char name[CONFIG_NAME_BYTES];       /* "binance-usdm" */
		bool enabled;
		char ws[CONFIG_URL_BYTES];          /* scheme, host, port; "": the venue's own */
		char rest[CONFIG_URL_BYTES];
		char ca_file[CONFIG_PATH_BYTES];    /* "": tls.ca_file */
		char proxy[CONFIG_SECRET_BYTES];    /* secret: it may hold a password */
		uint8_t tls;                        /* enum config_tls; 0: tls.backend */
	} venue[LIMIT_venues_max];              /* only those with a section */
	uint32_t venue_count;
	struct {
		uint8_t backend;                    /* enum config_tls */
		char ca_file[CONFIG_PATH_BYTES];    /* replaces the roots built in; "": these */
		struct config_pins pin;
	} tls;
	struct {
		struct config_servers servers;      /* none: those of the system */
	} dns;
	struct {
		int64_t backoff_min_ms;
		int64_t backoff_max_ms;
		int64_t quiet_max_ms;               /* 0: each venue's own */
	} net;
	struct {
		char dir[CONFIG_PATH_BYTES];
	} data;
	struct {
		char dir[CONFIG_PATH_BYTES];        /* "": nothing is recorded */
		double retain_gb;                   /* the oldest tapes go beyond that; 10^9 bytes */
	} tape;
	struct {
		struct config_address listen;       /* port 0 and host "": off */
		char token[CONFIG_SECRET_BYTES];
	} http;
	struct {
		int64_t memory_mb;                  /* hard bound, 2^20 bytes */
		int64_t instruments_max;
		int64_t alerts_per_hour;            /* a chat; more become one summary */
		int64_t tick_ms;                    /* 0: adaptive */
	} limits;
	struct {
		uint8_t level;                      /* enum config_level */
		uint8_t format;                     /* enum config_format */
	} log;
	struct {
		uint8_t preset;                     /* enum config_preset */
		struct config_quiet quiet_hours;
		char timezone[CONFIG_NAME_BYTES];   /* "Europe/Berlin", "UTC+8" */
	} alerts;
	struct config_rule {
		char name[CONFIG_NAME_BYTES];
		char text[CONFIG_RULE_BYTES];       /* not parsed here: alert/ does */
	} rule[CONFIG_RULES_MAX];
	uint32_t rule_count;
	struct config_webhook {
		char name[CONFIG_NAME_BYTES];
		char url[CONFIG_SECRET_BYTES];
		char secret[CONFIG_SECRET_BYTES];   /* signs the body; "": unsigned */
	} webhook[CONFIG_CHANNELS_MAX];
	uint32_t webhook_count;
	struct config_channel {
		char name[CONFIG_NAME_BYTES];
		char url[CONFIG_SECRET_BYTES];
	} ntfy[CONFIG_CHANNELS_MAX], discord[CONFIG_CHANNELS_MAX], slack[CONFIG_CHANNELS_MAX];
	uint32_t ntfy_count, discord_count, slack_count;
	struct config_account {
		char name[CONFIG_NAME_BYTES];       /* "binance", "bybit" */
		char key[CONFIG_SECRET_BYTES];      /* read-only: we have no code to trade */
		char secret[CONFIG_SECRET_BYTES];
	} account[CONFIG_ACCOUNTS_MAX];
	uint32_t account_count;
};

/* What the configuration is wanted for. */
enum config_use {
	CONFIG_FOR_RUN,    /* everything is read and checked, secrets too */
	CONFIG_FOR_REPLAY, /* a file, for work that sends nothing: files named in it
	                    * are not opened, secrets may be missing */
	CONFIG_FROM_TAPE,  /* the head of a tape: as replay; a key this build does not
	                    * know is a warning, since another build wrote it */
};

enum config_source { CONFIG_UNSET, CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT };

/* What was found on the way: messages, and where each value came from. */
struct config_report {
	char file[CONFIG_PATH_BYTES]; /* "": there is no file */
	uint32_t error_count;         /* may be more than are kept */
	uint32_t warning_count;
	char error[CONFIG_ERRORS_MAX][CONFIG_MESSAGE_BYTES];
	char warning[CONFIG_ERRORS_MAX][CONFIG_MESSAGE_BYTES];
	struct config_origin {
		uint8_t source;  /* enum config_source */
		bool from_file;  /* a secret, by KEY_file */
		uint32_t line;   /* of the file */
	} origin[CONFIG_PLACES_MAX];
};

/* Defaults alone, as an empty file would give. */
void config_defaults(struct config *c);

/* Reads the configuration: `path` ("-": standard input), or, if it is NULL, the
 * file at $TIDEWATCH_CONFIG, else $XDG_CONFIG_HOME/tidewatch/tidewatch.conf (else
 * ~/.config/...), else /etc/tidewatch/tidewatch.conf, else none.  Then the
 * environment.  ERR_CONFIG: see the report; `c` is then not to be used.
 * Not for two threads at once: the text is held in one static buffer. */
enum err config_load(struct config *c, struct config_report *r, const char *path,
                     enum config_use use);

/* The same from a text, without environment.  `name` stands for the file in
 * messages.  The text is not kept. */
enum err config_parse(struct config *c, struct config_report *r, struct slice text,
                      const char *name, enum config_use use);

/* Errors and warnings to stderr, one a line. */
void config_report_print(const struct config_report *r);

/* The configuration in canonical form without [telegram], channels, accounts and
 * anything secret, for tapes: parsing it gives the same again. */
void config_write_public(const struct config *c, struct text *out);

/* The section of a venue; NULL: it has none. */
const struct config_venue *config_venue(const struct config *c, struct slice name);

/* Is the venue on the watch list and not switched off? */
bool config_venue_is_on(const struct config *c, uint8_t venue_id);
#endif
