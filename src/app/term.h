/* term.h - a terminal that is drawn on as a whole, and given back as it was.
 *
 * While it is open standard output shows the alternate screen without cursor and
 * without wrapping, keys come at once and unseen.  It is given back by term_close,
 * and by handlers when a signal ends the program: also one of a crash, which then
 * goes on its usual way.  Ctrl-Z gives it back too and takes it again on return.
 *
 * Where standard output is no terminal (or a dumb one) nothing of that happens and
 * only the waiting is left.  One terminal, one thread: the state is the file's own,
 * since handlers need it.
 */
#ifndef APP_TERM_H
#define APP_TERM_H
#include "base/slice.h"
#include <stdbool.h>
#include <stdint.h>

enum term_event {
	TERM_NONE,
	TERM_TIME, /* the time has come */
	TERM_DRAW, /* another size, or back from Ctrl-Z */
	TERM_QUIT, /* q, Ctrl-C, SIGTERM, or the terminal is gone */
};

/* Is standard output a terminal that can be drawn on? */
bool term_is_screen(void);

/* Does the locale say UTF-8? */
bool term_is_unicode(void);

/* Columns and rows as they are now; where nobody knows $COLUMNS, else 80, and 24. */
void term_size(int *columns_out, int *rows_out);

/* From here on signals are told by term_wait. */
void term_open(void);
void term_close(void);

/* Waits until this monotonic time, or what happens before it. */
enum term_event term_wait(int64_t until_mono_ns);

/* Shows lines (each with its newline) from the top of the screen on, in one write; to
 * what is no screen they go as they are.  False: nobody reads any more, or somebody
 * wants to quit while the terminal takes nothing. */
bool term_show(struct slice lines);
#endif
