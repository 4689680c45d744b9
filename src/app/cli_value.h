/* cli_value.h - is a value of the command line of the right kind, and if not, what is? */
#ifndef APP_CLI_VALUE_H
#define APP_CLI_VALUE_H
#include "app/cli.h"

bool cli_is_value(const struct cli_option *o, struct slice value);

/* What would have been right, for the end of a message. */
void cli_put_allowed(struct text *out, const struct cli_option *o, struct slice value);

/* What somebody typed, short and without bytes that would do things to a terminal. */
void cli_put_typed(struct text *out, struct slice typed);
#endif
