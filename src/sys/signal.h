/* signal.h - signals as something to read, not something that happens.
 *
 * TERM, INT, HUP and CHLD are blocked and come through a descriptor that the loop
 * watches.  PIPE and XFSZ are ignored: a write that fails says so itself.  The
 * mask is inherited by threads, so this is opened before any thread begins, and
 * no signal ever interrupts one.
 */
#ifndef SYS_SIGNAL_H
#define SYS_SIGNAL_H
#include "base/err.h"
#include <signal.h>

struct signals {
	int fd; /* to be watched for LOOP_READ; -1: not open */
	sigset_t mask_before;
};

enum err signal_open(struct signals *s);

/* The next of SIGTERM, SIGINT, SIGHUP, SIGCHLD; 0: none is waiting.  Equal ones
 * that came before they were read are one: after SIGCHLD reap until there is no
 * child left to reap. */
int signal_next(struct signals *s);

/* Gives the mask back; for children before they start something else, and tests. */
void signal_close(struct signals *s);
#endif
