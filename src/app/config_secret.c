/* config_secret.c - a secret out of the file that holds nothing else.
 *
 * The first line counts, without its newline (editors and `echo` add one).  Only a
 * plain file is read: a pipe nobody writes to would hold up the start for ever.
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "sys/file.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void
say(struct text *why, const char *path, const char *what)
{
	config_quote(why, slice_str(path));
	text_format(why, " %s", what);
}

bool
config_secret_read(const char *path, char *to, size_t size, bool *is_open, struct text *why)
{
	struct stat st;
	struct file f;
	struct slice rest, line;
	char bytes[CONFIG_SECRET_BYTES + 2]; /* a CR and a newline behind the longest */
	char ignored[128];
	struct text unclean = text_init(ignored, sizeof ignored);
	int64_t got;
	bool is_good = false;

	if (stat(path, &st) != 0) {
		say(why, path, "cannot be read: ");
		text_str(why, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		say(why, path, "is no plain file");
		return false;
	}
	*is_open = (st.st_mode & S_IROTH) != 0;
	if (file_open(&f, path) != ERR_NONE) {
		say(why, path, "cannot be read: ");
		text_str(why, file_reason(&f));
		return false;
	}
	got = file_read(&f, bytes, sizeof bytes);
	if (got < 0) {
		say(why, path, "cannot be read: ");
		text_str(why, file_reason(&f));
		file_close(&f);
		return false;
	}
	file_close(&f);
	rest = slice_of(bytes, (size_t)got);
	line = slice_cut(&rest, '\n');
	if (line.count > 0 && line.at[line.count - 1] == '\r')
		line.count--;
	line = config_trim(line);
	if (line.count == 0) {
		say(why, path, "has nothing in its first line");
	} else if (!config_text_is_clean(line, &unclean)) {
		say(why, path, "holds bytes that are no text");
	} else if (!slice_copy(line, to, size)) {
		text_str(why, "the first line of ");
		config_quote(why, slice_str(path));
		text_format(why, " is longer than %zu bytes", size - 1);
	} else {
		is_good = true;
	}
	/* Nothing of a secret stays on the stack for whoever comes next. */
	explicit_bzero(bytes, sizeof bytes);
	return is_good;
}
