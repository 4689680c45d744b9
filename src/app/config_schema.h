/* config_schema.h - the table of all sections and keys, and walks over it.
 *
 * Parsing, messages, `check`, the environment's names, help and README.md are made
 * from this table; a key exists when it has a row here, and only then.
 *
 * A section is plain ([watch]), named ([venue.NAME]: an array in struct config, its
 * elements begin with the name), or free ([rules]: the keys are the names).
 */
#ifndef APP_CONFIG_SCHEMA_H
#define APP_CONFIG_SCHEMA_H
#include "app/config.h"
#include <stddef.h>

enum config_type {
	CONFIG_NONE,
	CONFIG_TEXT,
	CONFIG_TOKEN,    /* characters that survive in a path or a header */
	CONFIG_PATH,
	CONFIG_BOOL,
	CONFIG_INTEGER,
	CONFIG_MS,       /* an integer; also "30s", "2m", "1h" */
	CONFIG_DECIMAL,
	CONFIG_WORD,     /* one of `words`, kept as its place from 1 */
	CONFIG_IDS,
	CONFIG_COINS,
	CONFIG_VENUES,
	CONFIG_LISTEN,
	CONFIG_SERVERS,
	CONFIG_PINS,
	CONFIG_QUIET,
	CONFIG_ZONE,
	CONFIG_URL_WS,   /* wss://HOST[:PORT], no path */
	CONFIG_URL_REST, /* https://HOST[:PORT], no path */
	CONFIG_URL_WEB,  /* https://HOST[:PORT][/PATH][?QUERY] */
	CONFIG_URL_BASE, /* the same without a query */
	CONFIG_URL_PROXY,
	CONFIG_RULE,
};

enum {
	CONFIG_IS_SECRET = 1,  /* never shown; also as KEY_file */
	CONFIG_IS_REQUIRED = 2, /* a section without it is an error */
	CONFIG_MAY_BE_EMPTY = 4,
	CONFIG_IS_CA = 8,      /* a file that is opened at start */
};

struct config_key {
	const char *name;
	uint8_t type;        /* enum config_type */
	uint8_t flags;
	uint16_t size;       /* bytes of the field */
	uint32_t offset;     /* in struct config, or in the section's element */
	int64_t min, max;    /* of numbers, in `unit` */
	const char *unit;    /* "ms", "MB"; NULL: none */
	const char *words;   /* CONFIG_WORD: one blank between */
	const char *initial; /* default as one would write it; NULL: unset */
	const char *shown;   /* the default in help, where `initial` is not it */
	const char *help;
};

struct config_section {
	const char *name;
	bool named;         /* [name.NAME] */
	bool free;          /* [name] with keys of the user's naming; key[0] tells of them */
	bool is_private;    /* not on a tape */
	uint32_t offset;    /* named, free: of the array in struct config ... */
	uint32_t stride;
	uint32_t count_offset;
	uint32_t count_max;
	const struct config_key *key;
	uint32_t key_count;
	const char *help;
};

/* One value: a key of a section, of which `index` counts the names (plain: 0). */
struct config_place {
	const struct config_section *section;
	const struct config_key *key;
	uint32_t index;
	uint32_t number; /* in config_report.origin */
};

size_t config_section_count(void);
const struct config_section *config_section_at(size_t position);
const struct config_section *config_section_find(struct slice name);
const struct config_key *config_key_find(const struct config_section *s, struct slice name);

/* How many places the table needs; at most CONFIG_PLACES_MAX (a test looks). */
uint32_t config_place_count(void);

struct config_place config_place_of(const struct config_section *s,
                                    const struct config_key *k, uint32_t index);

/* The next place that exists in `c`, in the order of the table.  Begin with zeroed
 * memory; false at the end. */
bool config_place_next(const struct config *c, struct config_place *p);

void *config_field(struct config *c, const struct config_place *p);
const void *config_field_const(const struct config *c, const struct config_place *p);

/* How many names a named or free section has, and the index-th of them. */
uint32_t config_name_count(const struct config *c, const struct config_section *s);
const char *config_name_at(const struct config *c, const struct config_section *s,
                           uint32_t index);

/* Finds the name or adds it.  False: no room. */
bool config_name_add(struct config *c, const struct config_section *s, struct slice name,
                     uint32_t *index_out);

/* "venue.binance-usdm.ws"; for a free section "rules.NAME". */
void config_place_name(const struct config *c, const struct config_place *p,
                       struct text *out);

/* "TIDEWATCH_VENUE_BINANCE_USDM__WS"; without the key when k is NULL.  `name` is
 * empty for a plain section. */
void config_env_name(const struct config_section *s, struct slice name,
                     const struct config_key *k, struct text *out);

/* All keys, as text for people. */
void config_describe(struct text *out);
#endif
