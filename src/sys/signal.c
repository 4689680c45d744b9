/* signal.c - signalfd for the four signals we obey; see the header. */
#include "sys/signal.h"
#include <errno.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int obeyed[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

enum err
signal_open(struct signals *s)
{
	sigset_t set;

	s->fd = -1;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++)
		sigaddset(&set, obeyed[i]);
	/* A shell starts background jobs with INT ignored, and a parent may have
	 * ignored CHLD, which reaps by itself: an ignored signal is dropped
	 * before a signalfd sees it. */
	for (size_t i = 0; i < sizeof obeyed / sizeof obeyed[0]; i++)
		if (signal(obeyed[i], SIG_DFL) == SIG_ERR)
			return ERR_INTERNAL;
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return ERR_INTERNAL;
	if (pthread_sigmask(SIG_BLOCK, &set, &s->mask_before) != 0)
		return ERR_INTERNAL;
	s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->fd >= 0)
		return ERR_NONE;
	pthread_sigmask(SIG_SETMASK, &s->mask_before, NULL);
	return ERR_UNAVAILABLE;
}

int
signal_next(struct signals *s)
{
	struct signalfd_siginfo one;
	ssize_t got;

	do {
		got = read(s->fd, &one, sizeof one);
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof one ? (int)one.ssi_signo : 0;
}

void
signal_close(struct signals *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	s->fd = -1;
	pthread_sigmask(SIG_SETMASK, &s->mask_before, NULL);
}
