/* config_value.h - one value of the configuration: text to field, field to text.
 *
 * The text form is canonical: what config_value_put writes, config_value_set reads
 * to the same field.  Nothing here touches a file or the network; a host name of a
 * plain URL is looked up, and its addresses are judged, by who connects.
 */
#ifndef APP_CONFIG_VALUE_H
#define APP_CONFIG_VALUE_H
#include "app/config_schema.h"

/* Sets the field.  False: `why` says what is wrong ("... is no whole number"), the
 * field holds its old value.  `base_dir` is where relative paths begin; NULL: they
 * are kept as they are.  A secret never gets into `why`. */
bool config_value_set(const struct config_key *k, void *field, struct slice text,
                      const char *base_dir, struct text *why);

/* The canonical text; nothing when it is not set.  Of a secret too: the caller
 * must not show it. */
void config_value_put(const struct config_key *k, const void *field, struct text *out);

bool config_value_is_set(const struct config_key *k, const void *field);

/* What may stand there, as words: "a whole number from 1 to 65536, in MB". */
void config_value_allowed(const struct config_key *k, struct text *out);

/* Quotes what somebody wrote, short and without control characters. */
void config_quote(struct text *out, struct slice typed);

/* UTF-8 without control characters (a tab may be)?  Else `why` names the byte. */
bool config_text_is_clean(struct slice text, struct text *why);

/* --- for the files of this family ------------------------------------------------ */

/* Adds `"text" what` to `why`; of a secret "the value what".  Returns false. */
bool config_wrong(const struct config_key *k, struct text *why, struct slice text,
                  const char *what);

struct slice config_trim(struct slice s);

/* Is it the word, in letters of either case?  `word` is in lower case. */
bool config_is_word(struct slice s, const char *word);
bool config_is_off(struct slice s);

/* The next part of a list between commas, without blanks around; false at the end.
 * Begin with *more true.  An empty part is one, too. */
bool config_next_item(struct slice *rest, bool *more, struct slice *item);

/* One for each type: as config_value_set. */
bool config_set_text(const struct config_key *k, char *field, struct slice text,
                     struct text *why);
bool config_set_token(const struct config_key *k, char *field, struct slice text,
                      struct text *why);
bool config_set_path(const struct config_key *k, char *field, struct slice text,
                     const char *base_dir, struct text *why);
bool config_set_bool(const struct config_key *k, bool *field, struct slice text,
                     struct text *why);
bool config_set_integer(const struct config_key *k, int64_t *field, struct slice text,
                        struct text *why);
bool config_set_decimal(const struct config_key *k, double *field, struct slice text,
                        struct text *why);
bool config_set_word(const struct config_key *k, uint8_t *field, struct slice text,
                     struct text *why);
bool config_set_quiet(const struct config_key *k, struct config_quiet *field,
                      struct slice text, struct text *why);
bool config_set_zone(const struct config_key *k, char *field, struct slice text,
                     struct text *why);
bool config_set_ids(const struct config_key *k, struct config_ids *field,
                    struct slice text, struct text *why);
bool config_set_coins(const struct config_key *k, struct config_coins *field,
                      struct slice text, struct text *why);
bool config_set_venues(const struct config_key *k, struct config_venues *field,
                       struct slice text, struct text *why);
bool config_set_listen(const struct config_key *k, struct config_address *field,
                       struct slice text, struct text *why);
bool config_set_servers(const struct config_key *k, struct config_servers *field,
                        struct slice text, struct text *why);
bool config_set_pins(const struct config_key *k, struct config_pins *field,
                     struct slice text, struct text *why);

/* --- config_address.c ---------------------------------------------------------- */

enum config_reach { CONFIG_REACH_NAME, CONFIG_REACH_LOOPBACK, CONFIG_REACH_PRIVATE,
                    CONFIG_REACH_PUBLIC, CONFIG_REACH_ANY };

/* HOST:PORT, [V6]:PORT.  port_default -1: the port must be there. */
bool config_address_read(struct slice text, int port_default, bool port_may_be_0,
                         struct config_address *out, struct text *why);
void config_address_put(const struct config_address *a, struct text *out);

/* Is the host an address, and of which kind?  CONFIG_REACH_NAME: it is a name. */
enum config_reach config_reach_of(const char *host);

/* Checks scheme, host, port, path as the type wants and writes it in canonical form
 * (scheme and host in lower case, no slash at the end of a base). */
bool config_url_read(enum config_type type, struct slice text, char *to, size_t size,
                     struct text *why);
#endif
