/* shelf_test.c - the directory of a recording: repaired at start, trimmed while it grows.
 *
 * Goal: what a crash left is closed, the oldest go first and only as many as must, and
 * nothing that is not ours is read, touched or counted.
 * Method: real files; names and sizes in tables, and what must be left beside them. */
#include "memory_tape.h"
#include "check.h"
#include "base/limits.h"
#include "sys/file.h"
#include "tape/shelf.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/tape_shelf_test.XXXXXX";
static char left[1 << 16]; /* names that are there: "a b c " */

static const char *
path_of(const char *name)
{
	static char path[2][600];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
	return path[turn];
}

static void
make(const char *name, struct slice content)
{
	struct file f;

	CHECK(file_create(&f, path_of(name), 0600) == ERR_NONE);
	CHECK(file_write(&f, content) == ERR_NONE);
	CHECK(file_close(&f) == ERR_NONE);
}

/* A file of so many bytes, a hole. */
static void
make_of_size(const char *name, int64_t bytes)
{
	make(name, SLICE(""));
	CHECK(truncate(path_of(name), bytes) == 0);
}

static int
is_name(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static const char *
names(void)
{
	struct dirent **entry;
	int count = scandir(directory, &entry, is_name, alphasort);
	size_t used = 0;

	left[0] = '\0';
	for (int i = 0; i < count; i++) {
		used += (size_t)snprintf(left + used, sizeof left - used, "%s ", entry[i]->d_name);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	return left;
}

static void
empty_directory(void)
{
	char *rest, *name;

	names();
	for (name = strtok_r(left, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest))
		CHECK(remove(path_of(name)) == 0);
}

/* --- repair --------------------------------------------------------------------------------- */

static struct tape_rooms *rooms;
static struct tape_repair repair;
static struct memory_sink tape; /* one closed tape of several blocks */
static size_t index_at;         /* where its index begins */

static void
write_tape(void)
{
	static struct tape_write w;
	struct tape_write_options options = memory_options(memory_sink(&tape, 1 << 16));
	struct arena arena;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int i = 0; i < 40; i++) {
		struct tape_record record = memory_frame(1000 + i, SLICE("{\"a\":1}"));

		CHECK(tape_write_put(&w, &record) == ERR_NONE);
		if (i % 10 == 9)
			tape_write_flush(&w);
	}
	index_at = (size_t)w.offset;
	CHECK(tape_write_close(&w) == ERR_NONE);
	memory_free(&arena);
}

static bool
has_content(const char *name, struct slice want)
{
	static char got[1 << 16];
	struct file f;
	int64_t n;

	if (file_open(&f, path_of(name)) != ERR_NONE)
		return false;
	n = file_read(&f, got, sizeof got);
	file_close(&f);
	return n >= 0 && slice_equal(slice_of(got, (size_t)n), want);
}

static void
torn_tapes_are_closed_and_others_left(void)
{
	struct slice whole = slice_of(tape.at, tape.count);
	struct shelf_told told;
	static char damaged[1 << 16];

	memcpy(damaged, tape.at, tape.count);
	damaged[TAPE_HEADER_BYTES + 3] ^= 1; /* in the payload of the first block */
	make("2026-11-25T03.tape", whole);
	make("2026-11-25T03_001.tape", slice_of(whole.at, index_at));      /* no index */
	make("2026-11-25T04.tape", slice_of(whole.at, index_at + 30));     /* half an index */
	make("2026-11-25T05.tape", slice_of(whole.at, whole.count - 1));   /* no trailer */
	make("2026-11-25T06.tape", SLICE(""));
	make("2026-11-25T07.tape", slice_of(whole.at, 20));                /* not one block */
	make("2026-11-25T08.tape", slice_of(damaged, index_at));           /* damaged, unclosed */
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.closed_count == 1);
	CHECK(told.repaired_count == 3);
	CHECK(told.left_count == 3);
	/* The index whose trailer is torn is a whole block: not counted as cut. */
	CHECK(told.cut_bytes >= 30);
	CHECK(told.cut_bytes <= 30 + whole.count - 1 - index_at);
	/* The same records make the same index: all are the one that was closed. */
	CHECK(has_content("2026-11-25T03.tape", whole));
	CHECK(has_content("2026-11-25T03_001.tape", whole));
	CHECK(has_content("2026-11-25T04.tape", whole));
	CHECK(has_content("2026-11-25T05.tape", whole));
	CHECK(has_content("2026-11-25T06.tape", SLICE("")));
	CHECK(has_content("2026-11-25T07.tape", slice_of(whole.at, 20)));
	CHECK(has_content("2026-11-25T08.tape", slice_of(damaged, index_at)));
	/* Once is enough. */
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.closed_count == 4);
	CHECK(told.repaired_count == 0);
	CHECK(told.left_count == 3);
	CHECK(told.cut_bytes == 0);
	empty_directory();
}

/* Names that are not those of a segment, and things that are not files. */
static const char *const foreign[] = {
	"binance.tape", "2026-11-25T03.tape.tmp", "2026-11-25T03.tap", ".tape", "0.tape",
	"2026-11-25T03_01.tape", "2026-11-25T03_0001.tape", "2026-11-25t03.tape", "2026-11-25T0x.tape",
	"12026-11-25T03.tape", "2026-11-25T03-001.tape", "2026-11-25T03_001.tapes",
};

static void
make_foreign(struct slice content)
{
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		make(foreign[i], content);
	CHECK(mkfifo(path_of("2026-11-25T01.tape"), 0600) == 0);
	CHECK(mkdir(path_of("2026-11-25T01_001.tape"), 0700) == 0);
	CHECK(symlink("binance.tape", path_of("2026-11-25T01_002.tape")) == 0);
	CHECK(symlink("nowhere", path_of("2026-11-25T01_003.tape")) == 0);
}

static void
what_is_not_ours_is_left_alone(void)
{
	struct slice torn = slice_of(tape.at, index_at);
	struct shelf_trimmed trimmed;
	struct shelf_told told;
	char before[1 << 12];

	make_foreign(torn);
	make("2026-11-25T02.tape", torn);
	make("2026-11-25T09.tape", torn);
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE); /* opens no pipe: it would wait */
	CHECK(told.repaired_count == 2);
	CHECK(told.closed_count + told.left_count == 0);
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		CHECK(has_content(foreign[i], torn));
	CHECK(shelf_trim(directory, path_of("2026-11-25T09.tape"), 0, &trimmed) == ERR_NONE);
	CHECK(trimmed.removed_count == 1);
	CHECK(trimmed.removed_bytes == tape.count);
	CHECK(trimmed.kept_bytes == tape.count);
	snprintf(before, sizeof before, "%s", names());
	CHECK(strstr(before, "2026-11-25T02.tape") == NULL);
	CHECK(strstr(before, "2026-11-25T09.tape") != NULL);
	CHECK(unlink(path_of("2026-11-25T09.tape")) == 0);
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		CHECK(has_content(foreign[i], torn));
	CHECK(strstr(before, "2026-11-25T01.tape 2026-11-25T01_001.tape 2026-11-25T01_002.tape "
	                     "2026-11-25T01_003.tape ") != NULL);
	empty_directory();
}

static void
a_tape_that_is_being_written_is_left_until_its_writer_is_gone(void)
{
	struct slice torn = slice_of(tape.at, index_at);
	struct shelf_told told;
	struct file f;

	make("2026-11-25T02.tape", torn);
	CHECK(file_open_append(&f, path_of("2026-11-25T02.tape"), 0600) == ERR_NONE);
	shelf_claim(f.fd);
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.left_count == 1);
	CHECK(told.repaired_count == 0);
	CHECK(has_content("2026-11-25T02.tape", torn));
	CHECK(file_close(&f) == ERR_NONE);
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.repaired_count == 1);
	shelf_claim(-1); /* a place without locks: nothing happens */
	empty_directory();
}

static void
a_directory_that_is_none_is_an_error(void)
{
	static char long_path[LIMIT_path_bytes_max + 2000];
	struct shelf_told told;
	struct shelf_trimmed trimmed;

	memset(long_path, 'x', sizeof long_path - 1);
	CHECK(shelf_repair(path_of("missing"), &repair, &told) == ERR_NOT_FOUND);
	CHECK(shelf_trim(path_of("missing"), "", 0, &trimmed) == ERR_NOT_FOUND);
	CHECK(errno == ENOENT);
	CHECK(trimmed.removed_count == 0);
	make("file", SLICE("x"));
	CHECK(shelf_repair(path_of("file"), &repair, &told) == ERR_IO);
	CHECK(shelf_trim(path_of("file"), "", 0, &trimmed) == ERR_IO);
	CHECK(errno == ENOTDIR);
	CHECK(shelf_repair(long_path, &repair, &told) == ERR_IO);
	/* Nothing there is nothing to do. */
	CHECK(unlink(path_of("file")) == 0);
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.closed_count + told.repaired_count + told.left_count == 0);
	CHECK(shelf_trim(directory, "", 0, &trimmed) == ERR_NONE);
	CHECK(errno == 0);
}

/* --- trim ----------------------------------------------------------------------------------- */

static void
the_oldest_go_first_and_only_as_many_as_must(void)
{
	/* Four files of 100, 200, 300 and 400 bytes, of which the third hour has two. */
	const struct { const char *keep; uint64_t max; const char *want; uint64_t kept; } row[] = {
		{ "2026-11-25T05.tape", 1000, "T03 T04 T04_001 T05 ", 1000 },
		{ "2026-11-25T05.tape", 999, "T04 T04_001 T05 ", 900 },
		{ "2026-11-25T05.tape", 900, "T04 T04_001 T05 ", 900 },
		{ "2026-11-25T05.tape", 899, "T04_001 T05 ", 700 },
		{ "2026-11-25T05.tape", 400, "T05 ", 400 },
		{ "2026-11-25T05.tape", 0, "T05 ", 400 },
		/* Nothing of the hour that is written, nor later. */
		{ "2026-11-25T04_001.tape", 0, "T04 T04_001 T05 ", 900 },
		{ "2026-11-25T03.tape", 0, "T03 T04 T04_001 T05 ", 1000 },
		{ "2026-11-25T02.tape", 0, "T03 T04 T04_001 T05 ", 1000 },
		{ "2027-01-01T00.tape", 0, "", 0 },
		/* Nobody knows what is written: all is kept. */
		{ "", 0, "T03 T04 T04_001 T05 ", 1000 },
		{ "zzz", 0, "T03 T04 T04_001 T05 ", 1000 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct shelf_trimmed trimmed;
		char got[200] = "", *rest, *name;

		make_of_size("2026-11-25T05.tape", 400); /* made in no order */
		make_of_size("2026-11-25T03.tape", 100);
		make_of_size("2026-11-25T04_001.tape", 300);
		make_of_size("2026-11-25T04.tape", 200);
		CHECK(shelf_trim(directory, row[i].keep[0] == '2' ? path_of(row[i].keep) : row[i].keep,
		                 row[i].max, &trimmed) == ERR_NONE);
		names();
		for (name = strtok_r(left, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
			*strchr(name, '.') = '\0';
			strcat(got, name + 10);
			strcat(got, " ");
		}
		CHECK_TEXT(got, row[i].want);
		CHECK(trimmed.kept_bytes == row[i].kept);
		CHECK(trimmed.removed_bytes == 1000 - row[i].kept);
		empty_directory();
	}
}

/* More than one walk finds, and more than one read of the directory gives. */
static void
hundreds_go_at_once(void)
{
	enum { DAYS = 20, COUNT = DAYS * 24 };
	struct shelf_trimmed trimmed;
	char name[32], want[1000] = "";

	for (int i = 0; i < COUNT; i++) {
		int k = i * 77 % COUNT; /* 77 and 480 have no divisor in common: each once */

		snprintf(name, sizeof name, "2026-11-%02dT%02d.tape", 1 + k / 24, k % 24);
		make_of_size(name, 10);
	}
	for (int k = COUNT - 7; k < COUNT; k++) {
		snprintf(name, sizeof name, "2026-11-%02dT%02d.tape ", 1 + k / 24, k % 24);
		strcat(want, name);
	}
	CHECK(shelf_trim(directory, path_of("2026-11-20T23.tape"), 79, &trimmed) == ERR_NONE);
	CHECK(trimmed.removed_count == COUNT - 7);
	CHECK(trimmed.kept_bytes == 70);
	CHECK_TEXT(names(), want);
	empty_directory();
}

static void
what_cannot_be_removed_is_said(void)
{
	struct shelf_trimmed trimmed;
	struct shelf_told told;

	if (mount("tape", directory, "tmpfs", 0, "size=1m") != 0) {
		printf("  (no mounting here: %s)\n", strerror(errno));
		return;
	}
	make("2026-11-25T03.tape", slice_of(tape.at, index_at));
	make("2026-11-25T04.tape", slice_of(tape.at, tape.count));
	CHECK(mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CHECK(shelf_trim(directory, path_of("2026-11-25T04.tape"), 0, &trimmed) == ERR_PERMISSION);
	CHECK(errno == EROFS);
	CHECK(trimmed.removed_count == 0);
	CHECK(trimmed.kept_bytes == index_at + tape.count);
	CHECK(shelf_repair(directory, &repair, &told) == ERR_NONE);
	CHECK(told.left_count == 1);
	CHECK(told.closed_count == 1);
	CHECK(umount(directory) == 0);
}

int
main(void)
{
	struct arena boot;

	if (mkdtemp(directory) == NULL) {
		printf("no directory for temporary files: %s\n", strerror(errno));
		return 77;
	}
	alarm(120); /* who waits for a pipe is killed */
	rooms = memory_rooms(1);
	memory_arena(&boot, 4 << 20);
	CHECK(tape_repair_init(&repair, rooms, &boot) == ERR_NONE);
	write_tape();
	torn_tapes_are_closed_and_others_left();
	what_is_not_ours_is_left_alone();
	a_tape_that_is_being_written_is_left_until_its_writer_is_gone();
	a_directory_that_is_none_is_an_error();
	the_oldest_go_first_and_only_as_many_as_must();
	hundreds_go_at_once();
	what_cannot_be_removed_is_said();
	memory_free(&boot);
	free(tape.at);
	CHECK(rmdir(directory) == 0);
	return CHECK_END("tape shelf");
}
