/* input_test.c - lines of a file, whatever their lengths and ends.
 *
 * Goal: no line is lost, doubled or cut; what is too long is counted and skipped.
 * Method: a small file with every kind of line, read through buffers of all sizes.
 */
#include "app/input.h"
#include "app/watch.h"
#include "check.h"
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/input_test.XXXXXX";

static void
write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void
every_line_comes_once_with_any_buffer(void)
{
	static const char text[] = "a\n\nbb\r\nthis one has thirty-one letters\nc\nlast";

	write_file(text);
	for (size_t size = 5; size < 80; size++) {
		char buffer[80], got[128] = "";
		struct input in;
		struct slice line;

		CHECK(input_open(&in, path, buffer, size) == ERR_NONE);
		while (input_line(&in, &line)) {
			strncat(got, line.at, line.count);
			strcat(got, "|");
		}
		CHECK(input_close(&in) == ERR_NONE);
		if (in.too_long_count == 0) {
			CHECK_TEXT(got, "a||bb|this one has thirty-one letters|c|last|");
		} else {
			CHECK(in.too_long_count == 1);
			CHECK_TEXT(got, "a||bb|c|last|");
			CHECK(size <= 31);
		}
	}
}

static void
the_receipt_time_is_split_off(void)
{
	struct { const char *line, *message; int64_t ns; } row[] = {
		{ "1723161255088176367\t{\"a\":1}", "{\"a\":1}", 1723161255088176367 },
		{ "{\"a\":1}", "{\"a\":1}", 0 },
		{ "12x\t{}", "12x\t{}", 0 },
		{ "0\t{}", "0\t{}", 0 },
		{ "99999999999999999999\t{}", "99999999999999999999\t{}", 0 },
		{ "123", "123", 0 },
		{ "5\t", "", 5 },
		{ "[1]\t2", "[1]\t2", 0 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		int64_t ns;
		struct slice m = input_receipt(slice_str(row[i].line), &ns);

		CHECK(slice_equal(m, slice_str(row[i].message)));
		CHECK(ns == row[i].ns);
	}
}

static void
a_missing_file_is_told(void)
{
	char buffer[16];
	struct input in;

	CHECK(input_open(&in, "/nonexistent/file", buffer, sizeof buffer) == ERR_NOT_FOUND);
}

static void
watch_lists(void)
{
	struct { const char *list, *coin; bool want; } row[] = {
		{ "BTC,ETH", "BTC", true },   { "BTC,ETH", "ETH", true },
		{ "BTC,ETH", "SOL", false },  { "btc, eth", "ETH", true },
		{ "all", "SOL", true },       { "top:5", "SOL", true },
		{ "", "SOL", true },          { "BTC", "BT", false },
		{ "BTC", "BTCX", false },
	};
	static struct watch_list w;
	static char long_list[WATCH_LIST_BYTES + 1];

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(watch_set(&w, slice_str(row[i].list)));
		CHECK(watch_has(&w, slice_str(row[i].coin)) == row[i].want);
	}
	memset(long_list, 'A', sizeof long_list);
	CHECK(watch_set(&w, SLICE("BTC")));
	CHECK(!watch_set(&w, slice_of(long_list, sizeof long_list)));
	CHECK(watch_has(&w, SLICE("BTC")));
}

int
main(void)
{
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	close(fd);
	every_line_comes_once_with_any_buffer();
	the_receipt_time_is_split_off();
	a_missing_file_is_told();
	watch_lists();
	unlink(path);
	return CHECK_END("input");
}
