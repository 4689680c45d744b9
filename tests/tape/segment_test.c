/* segment_test.c - the files of a recording.
 *
 * Goal: a recording is files named by their hour, none is ever overwritten, and a
 * disk that is full leaves files that end with a whole block.
 * Method: real files in a directory of our own; RLIMIT_FSIZE as the full disk, at
 * every size; what is read back is compared with what was put. */
#include "memory_tape.h"
#include "check.h"
#include "sys/file.h"
#include "tape/segment.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/tape_segment_test.XXXXXX";
static struct tape_rooms *rooms;

static void
empty_directory(void)
{
	DIR *d = opendir(directory);
	struct dirent *entry;
	char path[600];

	CHECK(d != NULL);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		CHECK(unlink(path) == 0);
	}
	if (d != NULL)
		closedir(d);
}

/* Frames of a file, each with its number; -1: there is no such file. */
static int
count_frames(const char *path, int first, int *fault_count)
{
	struct tape_record got;
	struct tape_read r;
	enum tape_read_result result;
	struct file f;
	int count = 0;

	*fault_count = 0;
	if (file_open(&f, path) != ERR_NONE)
		return -1;
	tape_read_init(&r, tape_source_file(&f), rooms);
	while ((result = tape_read_next(&r, &got)) != TAPE_READ_END) {
		char want[16];

		if (result == TAPE_READ_FAULT) {
			++*fault_count;
			CHECK(r.fault.kind == TAPE_FAULT_UNCLOSED);
			continue;
		}
		if (got.kind != TAPE_FRAME)
			continue;
		snprintf(want, sizeof want, "%d ", first + count);
		CHECK(slice_starts(got.data, slice_str(want)));
		count++;
	}
	file_close(&f);
	return count;
}

static enum err
record(struct tape_write *w, const struct tape_write_options *options, struct arena *arena,
       int first, int count, int64_t first_ns, int64_t step_ns)
{
	static char text[200];
	uint64_t seed = 11;

	memory_arena(arena, MEMORY_BYTES);
	CHECK(tape_write_init(w, options, arena) == ERR_NONE);
	for (int i = 0; i < count; i++) {
		struct tape_record r;
		int bytes = snprintf(text, sizeof text, "%d ", first + i);

		for (size_t k = (size_t)bytes; k < sizeof text; k++)
			text[k] = (char)('a' + chance(&seed) % 26);
		r = memory_frame(first_ns + i * step_ns, slice_of(text, sizeof text));
		tape_write_put(w, &r);
		if (i % 5 == 4)
			tape_write_flush(w);
	}
	tape_write_close(w);
	memory_free(arena);
	return w->err;
}

static void
files_are_named_by_their_hour(void)
{
	/* 2026-11-25T03:59:50Z */
	const int64_t begin = 1795579190 * (int64_t)1000000000;
	const struct { const char *name; int first, count; } row[] = {
		{ "2026-11-25T03.tape", 0, 2 },     /* :50 and :55 */
		{ "2026-11-25T04.tape", 2, 8 },
		{ "2026-11-25T03_001.tape", 0, 2 }, /* the same again: a restart */
		{ "2026-11-25T04_001.tape", 2, 8 },
		{ "2026-11-25T03_002.tape", 0, 2 },
		{ "2026-11-25T04_002.tape", 2, 8 },
	};
	static struct tape_write w;
	struct tape_segment s;
	struct tape_write_options options;
	struct arena arena;
	char path[600];
	int faults;

	for (int run = 0; run < 3; run++) {
		CHECK(tape_segment_init(&s, directory) == ERR_NONE);
		options = memory_options(tape_segment_sink(&s));
		CHECK(record(&w, &options, &arena, 0, 10, begin, 5 * (int64_t)1000000000) ==
		      ERR_NONE);
		CHECK(s.error_number == 0);
	}
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, row[i].name);
		CHECK(count_frames(path, row[i].first, &faults) == row[i].count);
		CHECK(faults == 0);
	}
	CHECK(strstr(s.path, "2026-11-25T04_002.tape") != NULL);
	snprintf(path, sizeof path, "%s/2026-11-25T03_003.tape", directory);
	CHECK(count_frames(path, 0, &faults) == -1);
	empty_directory();
}

static void
one_file_takes_everything_and_replaces(void)
{
	static struct tape_write w;
	struct tape_segment s;
	struct tape_write_options options;
	struct arena arena;
	char path[600];
	int faults;

	snprintf(path, sizeof path, "%s/one.tape", directory);
	for (int count = 300; count >= 100; count -= 200) {
		CHECK(tape_segment_init_file(&s, path) == ERR_NONE);
		options = memory_options(tape_segment_sink(&s));
		options.segment_ns = 0;
		CHECK(record(&w, &options, &arena, 0, count, 0, TAPE_HOUR_NS) == ERR_NONE);
		CHECK(count_frames(path, 0, &faults) == count);
		CHECK(faults == 0);
	}
	empty_directory();
}

/* The file may not grow beyond `limit` bytes: a disk that is full in the middle of a
 * write.  Returns false when it was large enough. */
static bool
survives_full_disk(rlim_t limit)
{
	static struct tape_write w;
	const struct rlimit small = { limit, RLIM_INFINITY };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct tape_segment s;
	struct tape_write_options options;
	struct arena arena;
	struct stat about;
	enum err err;
	int faults, count;

	CHECK(tape_segment_init(&s, directory) == ERR_NONE);
	options = memory_options(tape_segment_sink(&s));
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	err = record(&w, &options, &arena, 0, 20, 1000, 1);
	CHECK(setrlimit(RLIMIT_FSIZE, &none) == 0);
	count = count_frames(s.path, 0, &faults);
	if (err == ERR_NONE) {
		CHECK(count == 20);
		CHECK(faults == 0);
	} else {
		CHECK(err == ERR_FULL);
		CHECK(s.error_number == EFBIG);
		CHECK(s.file.fd == -1);
		/* Nothing of a half block is left, and no file without a block. */
		CHECK(count == -1 ? s.whole_bytes == 0 : count % 5 == 0 && faults == 1);
		CHECK(count == -1 || (stat(s.path, &about) == 0 &&
		                      (uint64_t)about.st_size == s.whole_bytes));
		CHECK(count == -1 || (uint64_t)(20 - count) == w.count.dropped);
		/* There is room again: recording goes on in a file of its own. */
		CHECK(tape_segment_init(&s, directory) == ERR_NONE);
		CHECK(record(&w, &options, &arena, 7, 10, 2000, 1) == ERR_NONE);
		CHECK(count_frames(s.path, 7, &faults) == 10);
		CHECK(faults == 0);
	}
	empty_directory();
	return err != ERR_NONE;
}

static void
a_place_that_cannot_be_is_an_error(void)
{
	static struct tape_write w;
	static char long_path[2000];
	struct tape_segment s;
	struct tape_write_options options;
	struct arena arena;
	char path[600];

	memset(long_path, 'x', sizeof long_path - 1);
	CHECK(tape_segment_init(&s, long_path) == ERR_USAGE);
	CHECK(tape_segment_init(&s, "") == ERR_USAGE);
	CHECK(s.error_number == ENOENT);
	snprintf(path, sizeof path, "%s/missing", directory);
	CHECK(tape_segment_init(&s, path) == ERR_NONE);
	options = memory_options(tape_segment_sink(&s));
	CHECK(record(&w, &options, &arena, 0, 1, 0, 1) == ERR_NOT_FOUND);
	CHECK(s.error_number == ENOENT);
	CHECK(w.count.dropped == 1);
	/* A thousand restarts in one hour are not served. */
	for (int i = 0; i <= 1000; i++) {
		struct file f;

		if (i == 0)
			snprintf(path, sizeof path, "%s/1970-01-01T00.tape", directory);
		else
			snprintf(path, sizeof path, "%s/1970-01-01T00_%03d.tape", directory, i - 1);
		file_open_append(&f, path, 0600);
		CHECK(file_close(&f) == ERR_NONE);
	}
	CHECK(tape_segment_init(&s, directory) == ERR_NONE);
	options = memory_options(tape_segment_sink(&s));
	CHECK(record(&w, &options, &arena, 0, 1, 0, 1) == ERR_CREATE);
	empty_directory();
}

int
main(void)
{
	bool goes_on = true;

	if (mkdtemp(directory) == NULL) {
		printf("no directory for temporary files: %s\n", strerror(errno));
		return 77;
	}
	rooms = memory_rooms(1);
	signal(SIGXFSZ, SIG_IGN);
	files_are_named_by_their_hour();
	one_file_takes_everything_and_replaces();
	for (rlim_t limit = 0; goes_on; limit += limit < 400 ? 1 : 17) {
		goes_on = survives_full_disk(limit);
		CHECK(limit < 100000);
		if (limit >= 100000)
			break;
	}
	a_place_that_cannot_be_is_an_error();
	CHECK(rmdir(directory) == 0);
	return CHECK_END("tape segment");
}
