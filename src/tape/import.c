/* import.c - lines of text to frames on a tape; see command.h. */
#include "tape/command.h"
#include "base/num.h"

/* "1723161255088176367 TAB message": splits the time off.  A line without one is
 * all message: JSON never begins with a digit and holds a bare TAB behind it. */
static bool
split_time(struct slice *line, int64_t *ns_out)
{
	struct slice message = *line;
	struct slice time = slice_cut(&message, '\t');

	if (time.count == line->count || time.count == 0 || time.at[0] == '-' ||
	    !num_int64(time, ns_out) || *ns_out <= 0)
		return false;
	*line = message;
	return true;
}

enum err
tape_import_line(struct tape_import *im, struct slice line)
{
	struct tape_record record = { .kind = TAPE_FRAME, .venue = im->venue,
	                              .link = im->link };
	int64_t ns = im->last_ns;
	enum err err;

	im->count.lines++;
	if (line.count == 0) {
		im->count.empty++;
		return ERR_NONE;
	}
	if (split_time(&line, &ns)) {
		im->count.timed++;
	} else {
		im->count.plain++;
		if (im->time_of == NULL || !im->time_of(im->context, line, &ns)) {
			im->count.untimed++;
			ns = im->last_ns;
		}
	}
	if (ns < im->last_ns) {
		im->count.raised++;
		ns = im->last_ns;
	}
	im->last_ns = ns;
	record.recv_ns = ns;
	record.data = line;
	err = tape_write_put(im->to, &record);
	if (err == ERR_DATA && im->to->err == ERR_NONE) {
		im->count.refused++;
		return ERR_NONE;
	}
	return err;
}
