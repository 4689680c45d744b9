/* console.h - lines to a descriptor that may be slow, without ever waiting for it.
 *
 * Standard error and output of a daemon are pipes of somebody else's program: when it
 * does not read, a plain write() stops the loop.  Here a line is written when there is
 * room, else kept, and lost and counted when the buffer is full; how many were lost is
 * told in their place, as soon as there is room again.  Lines are whole or absent, and
 * one of a line's usual length is not mixed with what others write to the same pipe.
 *
 * The flags of the descriptor are left alone: they belong to all who share it.  A pipe
 * or terminal is opened a second time, without waiting, a socket is sent to without
 * waiting.  Where the second opening is refused, poll() says when there is room, and no
 * more is written than a pipe or terminal with room for any takes whole; there another
 * writer at the same moment can still make us wait.  A file is written as it is.
 */
#ifndef SYS_CONSOLE_H
#define SYS_CONSOLE_H
#include "base/arena.h"
#include "base/slice.h"
#include "sys/loop.h"

struct console {
	int fd;
	int given_fd;         /* the caller's; another than fd where that is opened anew */
	bool is_socket;
	size_t step_bytes;    /* of one write at most */
	struct loop *loop;
	uint64_t handle;      /* 0: not a descriptor one can wait for (a file), or no loop yet */
	char *at;             /* a ring */
	size_t size, from, count;
	uint64_t lost_count;  /* lines, ever */
	uint64_t told_count;  /* of them, those that the reader was told of */
	/* Around their number; a whole line, together less than 64 bytes.  May be set
	 * after console_init, where the lines are not for people. */
	const char *told_before, *told_after;
	bool broken;          /* the other side is gone: everything is lost */
	bool wanting;         /* the loop watches for room */
};

/* Ready at once, without loop: what does not fit waits for the next put.  Memory from
 * the arena; without it nothing is kept.  `fd` stays the caller's. */
void console_init(struct console *c, int fd, struct arena *boot, size_t bytes);

/* From now on what was kept is written as soon as there is room. */
void console_watch(struct console *c, struct loop *loop);

/* `line` ends with its newline.  One longer than the ring is lost. */
void console_put(struct console *c, struct slice line);

/* At the end: waits, at most so long in all, for room for what is kept.  What is put
 * afterwards goes the plain way of poll() and write(). */
void console_close(struct console *c, int wait_ms);
#endif
