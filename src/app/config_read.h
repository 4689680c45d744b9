/* config_read.h - how the parts that read the configuration work together.
 *
 *   config_load.c   finds and reads the file, then the environment, then judges
 *   config_parse.c  lines of the file, through inih      \  both give
 *   config_env.c    variables of the environment         /  config_assign
 *   config_assign.c one key and its value: known? twice? right? where from?
 *   config_secret.c the file a secret is in
 *   config_judge.c  what no single value shows
 */
#ifndef APP_CONFIG_READ_H
#define APP_CONFIG_READ_H
#include "app/config_schema.h"

struct config_read {
	struct config *config;
	struct config_report *report;
	enum config_use use;
	const char *name;     /* of the file, in messages */
	const char *base_dir; /* of relative paths in the file; NULL: kept as they are */
};

/* Where a text stands: a line of the file, or a variable (`env` not NULL). */
struct config_given {
	const struct config_section *section;
	struct slice name; /* of a named section; else empty */
	struct slice key;
	struct slice value;
	const char *env;
	uint32_t line;
};

/* Adds a message, with room for more than are kept: these are counted. */
void config_tell(struct config_report *r, bool is_error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* May this be the NAME of the section?  Else `why` says what may. */
bool config_name_is_right(const struct config *c, const struct config_section *s,
                          struct slice name, struct text *why);

/* Sets the defaults of a section's keys; `r` may be NULL. */
void config_set_initial(struct config *c, struct config_report *r,
                        const struct config_section *s, uint32_t index);

/* Finds the name of a named or free section, or adds it with its defaults.  False:
 * there is no room for one more. */
bool config_begin_name(struct config_read *r, const struct config_section *s,
                       struct slice name, uint32_t *index_out);

/* Takes one key and its value, or tells what is wrong with it. */
void config_assign(struct config_read *r, const struct config_given *g);

/* All lines of a text. */
void config_parse_lines(struct config_read *r, struct slice text);

/* All variables that are ours; `environment` as environ. */
void config_parse_env(struct config_read *r, char *const *environment);

/* Reads the first line of a file without its newline.  False: `why` says what is
 * wrong.  *is_open: everybody on the machine may read it. */
bool config_secret_read(const char *path, char *to, size_t size, bool *is_open,
                        struct text *why);

/* What does not fit together. */
void config_judge(struct config_read *r);
#endif
