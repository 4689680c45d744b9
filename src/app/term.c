/* term.c - see the header.
 *
 * Signals are blocked except while we wait and while we write: nothing is interrupted
 * that does not expect it, and none is missed between looking at a flag and waiting.
 * Escapes are those every terminal since the VT100 and xterm knows.
 */
#include "app/term.h"
#include "app/board_draw.h"
#include "base/text.h"
#include "sys/clock.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Alternate screen, no cursor, no wrapping; and back, with plain letters. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[H\033[2J"
#define LEAVE "\033[0m\033[?7h\033[?25h\033[?1049l"

/* A line more needs four bytes more. */
enum { SHOW_BYTES = BOARD_DRAW_BYTES + 16 * 1024, COLUMNS_OTHERWISE = 80, ROWS_OTHERWISE = 24 };

static const int told[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP };
static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };

static struct {
	bool open, is_screen, has_keys, gone;
	volatile sig_atomic_t entered; /* the screen is ours */
	volatile sig_atomic_t quit, draw, stop;
	struct termios termios_before;
	sigset_t mask_before, mask_closed;
} term;

/* --- to and from the screen; both may run in a handler ------------------------------- */

/* The terminal may be gone: then there is nothing to be done about it. */
static void
say(const char *words, size_t count)
{
	ssize_t put = write(STDOUT_FILENO, words, count);

	(void)put;
}

static void
enter(void)
{
	struct termios raw = term.termios_before;

	if (!term.is_screen)
		return;
	term.entered = 1;
	if (term.has_keys) {
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 1;
		raw.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	say(ENTER, sizeof ENTER - 1);
}

static void
leave(void)
{
	if (!term.entered)
		return;
	term.entered = 0;
	say(LEAVE, sizeof LEAVE - 1);
	if (term.has_keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &term.termios_before);
}

static void
on_told(int number)
{
	if (number == SIGWINCH)
		term.draw = 1;
	else if (number == SIGTSTP)
		term.stop = 1;
	else
		term.quit = 1;
}

/* The handler is gone when it runs (SA_RESETHAND): raised again, it is the end. */
static void
on_deadly(int number)
{
	leave();
	raise(number);
}

/* Gives the screen back while we sleep, and takes it again. */
static void
stop(void)
{
	term.stop = 0;
	leave();
	raise(SIGSTOP);
	enter();
	term.draw = 1;
}

/* --- what it is ------------------------------------------------------------------------ */

bool
term_is_screen(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && kind != NULL && kind[0] != '\0' &&
	       strcmp(kind, "dumb") != 0;
}

bool
term_is_unicode(void)
{
	static const char *const name[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		const char *value = getenv(name[i]);
		const char *set;

		if (value == NULL || value[0] == '\0')
			continue;
		set = strchr(value, '.');
		return set != NULL && (strncasecmp(set, ".utf-8", 6) == 0 ||
		                       strncasecmp(set, ".utf8", 5) == 0);
	}
	return false;
}

void
term_size(int *columns_out, int *rows_out)
{
	struct winsize size = { 0 };
	const char *columns = getenv("COLUMNS");

	*columns_out = COLUMNS_OTHERWISE;
	*rows_out = ROWS_OTHERWISE;
	/* A serial line has a terminal at its end, of a size that nobody knows. */
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0 && size.ws_row > 0) {
		*columns_out = size.ws_col;
		*rows_out = size.ws_row;
	} else if (columns != NULL && strtol(columns, NULL, 10) > 0) {
		long given = strtol(columns, NULL, 10);

		*columns_out = given < BOARD_DRAW_COLUMNS_MAX ? (int)given
		                                               : BOARD_DRAW_COLUMNS_MAX;
	}
}

/* --- open, close ------------------------------------------------------------------------ */

void
term_open(void)
{
	struct sigaction on = { .sa_handler = on_told };
	struct sigaction crash = { .sa_handler = on_deadly, .sa_flags = (int)SA_RESETHAND };

	memset(&term, 0, sizeof term);
	term.is_screen = term_is_screen();
	term.has_keys = term.is_screen && isatty(STDIN_FILENO) &&
	                tcgetattr(STDIN_FILENO, &term.termios_before) == 0;
	sigemptyset(&term.mask_closed);
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		if (told[i] != SIGTSTP || term.is_screen)
			sigaddset(&term.mask_closed, told[i]);
	sigprocmask(SIG_BLOCK, &term.mask_closed, &term.mask_before);
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		if (sigismember(&term.mask_closed, told[i]))
			sigaction(told[i], &on, NULL);
	for (size_t i = 0; term.is_screen && i < sizeof deadly / sizeof deadly[0]; i++)
		sigaction(deadly[i], &crash, NULL);
	term.open = true;
	enter();
}

void
term_close(void)
{
	if (!term.open)
		return;
	leave();
	for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
		if (sigismember(&term.mask_closed, told[i]))
			signal(told[i], SIG_DFL);
	for (size_t i = 0; term.is_screen && i < sizeof deadly / sizeof deadly[0]; i++)
		signal(deadly[i], SIG_DFL);
	/* One that came meanwhile asked for what is happening anyway. */
	sigprocmask(SIG_SETMASK, &term.mask_before, NULL);
	term.open = false;
}

/* --- waiting and showing ------------------------------------------------------------------ */

/* Reads what was typed; true when it means the end. */
static bool
read_keys(void)
{
	char typed[64];
	ssize_t count = read(STDIN_FILENO, typed, sizeof typed);

	if (count <= 0)
		return count == 0 || (errno != EINTR && errno != EAGAIN);
	for (ssize_t i = 0; i < count; i++)
		if (typed[i] == 'q' || typed[i] == 'Q' || typed[i] == 4)
			return true;
	return false;
}

enum term_event
term_wait(int64_t until_mono_ns)
{
	struct pollfd keys = { STDIN_FILENO, POLLIN, 0 };

	for (;;) {
		int64_t left_ns = until_mono_ns - clock_mono_ns();
		struct timespec left = { 0, 0 };
		int ready;

		if (term.stop)
			stop();
		if (term.quit || term.gone)
			return TERM_QUIT;
		if (term.draw) {
			term.draw = 0;
			return TERM_DRAW;
		}
		if (left_ns > 0)
			left = (struct timespec){ left_ns / 1000000000, left_ns % 1000000000 };
		ready = ppoll(&keys, term.has_keys ? 1 : 0, &left, &term.mask_before);
		if (ready > 0 && read_keys())
			return TERM_QUIT;
		if (ready == 0 && !term.quit && !term.draw && !term.stop)
			return TERM_TIME;
	}
}

/* Writes all of it.  A terminal that takes nothing (Ctrl-S) can be left by Ctrl-C. */
static bool
write_all(struct slice s)
{
	while (s.count > 0) {
		ssize_t put;

		sigprocmask(SIG_SETMASK, &term.mask_before, NULL);
		put = write(STDOUT_FILENO, s.at, s.count);
		sigprocmask(SIG_BLOCK, &term.mask_closed, NULL);
		if (put >= 0) {
			s = slice_after(s, (size_t)put);
			continue;
		}
		if (errno == EAGAIN) { /* somebody else made it so */
			struct pollfd room = { STDOUT_FILENO, POLLOUT, 0 };

			if (ppoll(&room, 1, NULL, &term.mask_before) > 0 && !term.quit)
				continue;
		} else if (errno == EINTR && !term.quit) {
			continue;
		}
		term.gone = true;
		return false;
	}
	return true;
}

bool
term_show(struct slice lines)
{
	static char buffer[SHOW_BYTES];
	struct text t = text_init(buffer, sizeof buffer);
	struct slice line;

	if (!term.is_screen)
		return write_all(lines);
	/* Each line is cleared before it is written: behind a line of full width the cursor
	 * still stands on its last cell, and clearing there would take it away.  All is one
	 * write, so nothing flickers. */
	text_str(&t, "\033[H");
	for (bool first = true; lines.count > 0; first = false) {
		if (!first)
			text_str(&t, "\r\n");
		line = slice_cut(&lines, '\n');
		text_str(&t, lines.count > 0 ? "\033[K" : "\033[J");
		text_put(&t, line);
	}
	return write_all(text_slice(&t));
}
