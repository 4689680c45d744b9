/* look.h - how the commands that only look find the daemon and ask it.
 *
 * The daemon is the one whose socket is in data.dir of the same configuration.  Of
 * that nothing else is used, so what is wrong elsewhere in it (a token file that we
 * may not read) does not matter, and warnings are `check`'s to tell.
 */
#ifndef APP_LOOK_H
#define APP_LOOK_H
#include "app/board.h"
#include "app/cli.h"
#include "app/config.h"
#include "app/daemon.h"

enum { LOOK_WORDS_BYTES = 1024 };

/* Large: static memory. */
struct look {
	struct daemon daemon;
	struct config config;
	struct config_report report;
	char trouble[LOOK_WORDS_BYTES]; /* why the last question failed: "SOCKET: words" */
	char start[CONFIG_PATH_BYTES + 64]; /* how to start one, if none runs */
	bool is_away;                   /* the last question found nobody who answers */
};

/* ERR_CONFIG: said on stderr. */
enum err look_open(struct look *l, const struct cli *cli);

/* Asks and takes only 200 for an answer, with its body in l->daemon.  Else see
 * l->trouble; ERR_UNAVAILABLE: nobody answers, or another status, which is in
 * l->daemon.status then; ERR_PERMISSION, ERR_DATA as daemon_get says. */
enum err look_ask(struct look *l, const char *target);

/* /status.json into `b`; ERR_DATA: it is not what this program understands. */
enum err look_status(struct look *l, struct board *b);
#endif
