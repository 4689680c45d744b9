/* tapes.c - see the header. */
#include "app/tapes.h"
#include "app/memory.h"
#include "base/limits.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_BYTES = 256 * 1024 };

static void
put_stdio(void *context, struct slice bytes)
{
	/* stdio keeps the error; tapes_close looks at it. */
	(void)fwrite(bytes.at, 1, bytes.count, context);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds one name; the text is kept by the arena. */
static bool
add_name(struct tapes *t, const char *directory, const char *name, char *names,
         size_t *used)
{
	size_t bytes = strlen(name) + 1;

	if (directory != NULL)
		bytes += strlen(directory) + 1;
	if (t->count == LIMIT_replay_files_max || *used + bytes > NAMES_BYTES) {
		fprintf(stderr, "tidewatch: %s: more than %d tapes\n", name,
		        LIMIT_replay_files_max);
		return false;
	}
	snprintf(names + *used, bytes, "%s%s%s", directory != NULL ? directory : "",
	         directory != NULL ? "/" : "", name);
	t->name[t->count++] = names + *used;
	*used += bytes;
	return true;
}

static bool
add_directory(struct tapes *t, const char *path, char *names, size_t *used)
{
	uint32_t first = t->count;
	DIR *d = opendir(path);
	bool ok = true;

	if (d == NULL) {
		fprintf(stderr, "tidewatch: %s: %s\n", path, strerror(errno));
		return false;
	}
	for (struct dirent *e; ok && (e = readdir(d)) != NULL;)
		if (slice_ends(slice_str(e->d_name), SLICE(".tape")))
			ok = add_name(t, path, e->d_name, names, used);
	closedir(d);
	if (ok && t->count == first) {
		fprintf(stderr, "tidewatch: %s: no .tape file in this directory\n", path);
		return false;
	}
	qsort(t->name + first, t->count - first, sizeof t->name[0], by_name);
	return ok;
}

static enum err
open_one(struct tapes *t, uint32_t i)
{
	bool is_stdin = strcmp(t->name[i], "-") == 0;
	struct tape_source source;
	enum err err = file_open(&t->file[i], t->name[i]);

	if (err) {
		fprintf(stderr, "tidewatch: %s: cannot open: %s\n", t->name[i],
		        file_reason(&t->file[i]));
		return err;
	}
	if (is_stdin) {
		if (t->stream.file != NULL) {
			fprintf(stderr, "tidewatch: standard input (-) is named twice\n");
			return ERR_USAGE;
		}
		err = tape_stream_init(&t->stream, &t->file[i], &t->arena);
		if (err)
			return err;
		source = tape_source_stream(&t->stream);
	} else {
		source = tape_source_file(&t->file[i]);
	}
	tape_read_init(&t->read[i], source, &t->rooms);
	return ERR_NONE;
}

enum err
tapes_open(struct tapes *t, const char *const *path, int path_count, size_t extra_bytes)
{
	/* Per file a room to unpack in; see tape_rooms_init. */
	size_t bytes = extra_bytes + ((size_t)LIMIT_replay_files_max + 512) * 128 * 1024;
	size_t used = 0;
	char *names;
	enum err err;

	*t = (struct tapes){ .out = { stdout, put_stdio }, .log = { stderr, put_stdio } };
	err = memory_open(&t->arena, bytes);
	if (err)
		return err;
	t->name = arena_take(&t->arena, "names", LIMIT_replay_files_max, sizeof t->name[0]);
	names = arena_take(&t->arena, "names", NAMES_BYTES, 1);
	for (int i = 0; i < path_count; i++) {
		struct stat st;
		bool is_directory = strcmp(path[i], "-") != 0 && stat(path[i], &st) == 0 &&
		                    S_ISDIR(st.st_mode);

		if (is_directory ? !add_directory(t, path[i], names, &used)
		                 : !add_name(t, NULL, path[i], names, &used))
			return ERR_NOT_FOUND;
	}
	t->file = arena_take(&t->arena, "files", t->count, sizeof t->file[0]);
	t->read = arena_take(&t->arena, "files", t->count, sizeof t->read[0]);
	err = tape_rooms_init(&t->rooms, t->count, &t->arena);
	for (uint32_t i = 0; !err && i < t->count; i++)
		err = open_one(t, i);
	if (!err)
		err = tape_merge_init(&t->merge, t->read, t->count, &t->arena);
	if (err == ERR_FULL)
		fprintf(stderr, "tidewatch: not enough memory for %u tapes\n", t->count);
	return err;
}

enum err
tapes_close(struct tapes *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		file_close(&t->file[i]);
	if (fflush(stdout) == 0 || errno == EPIPE)
		return ERR_NONE;
	fprintf(stderr, "tidewatch: standard output: %s\n", strerror(errno));
	return ERR_IO;
}
