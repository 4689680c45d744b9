/* command_test.c - what the tape commands print.
 *
 * Goal: cat, info, verify and import say what is on a tape, in the words and numbers
 * of the contract, and a second reader that knows only README.md says the same.
 * Method: small tapes with hand-written lines for what must be printed; read_tape.py
 * on whole, torn and damaged tapes (left out, with exit code 77, without python3). */
#include "memory_tape.h"
#include "check.h"
#include "sys/file.h"
#include "tape/command.h"
#include <unistd.h>

static struct tape_rooms *rooms;
static char printed[8 << 20], logged[1 << 16];
static struct text out_text, log_text;

static void
put(void *context, struct slice bytes)
{
	text_put(context, bytes);
}

static const struct tape_print out = { &out_text, put }, log_out = { &log_text, put };

static void
clear(void)
{
	out_text = text_init(printed, sizeof printed - 1);
	log_text = text_init(logged, sizeof logged - 1);
}

static const char *
said(struct text *t)
{
	CHECK(!t->cut);
	t->at[t->count] = '\0';
	return t->at;
}

/* 2026-11-25T03:00:00Z */
static const int64_t three = 1795575600 * (int64_t)1000000000;

static struct slice
make_tape(struct memory_sink *s)
{
	static struct tape_write w;
	struct tape_write_options options = memory_options(memory_sink(s, 1 << 20));
	struct tape_record row[] = {
		{ .kind = TAPE_LINK, .venue = 2, .link = 1, .recv_ns = three,
		  .asked = SLICE("up"), .data = SLICE("") },
		{ .kind = TAPE_FRAME, .venue = 2, .link = 1, .recv_ns = three + 5,
		  .data = SLICE("{\"e\":\"trade\"}") },
		{ .kind = TAPE_FRAME, .venue = 5, .link = 65535, .recv_ns = three + 5,
		  .data = SLICE("{\n \"a\":\r\n 1}") },
		{ .kind = TAPE_BODY, .venue = 7, .link = 0, .recv_ns = three + 1000000000,
		  .asked = SLICE("/x?y=1"), .data = SLICE("[\"\x01\xc3\xa4\xff\"]") },
		{ .kind = TAPE_FRAME, .venue = 2, .link = 2, .recv_ns = three + 2000000000,
		  .data = SLICE("") },
	};
	struct arena arena;

	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(tape_write_put(&w, &row[i]) == ERR_NONE);
	CHECK(tape_write_close(&w) == ERR_NONE);
	memory_free(&arena);
	return memory_file(s, 0);
}

static enum err
cat(struct slice tape, struct tape_cat_options options)
{
	static struct tape_read r;
	const char *name = "a.tape";
	struct tape_merge m;
	struct arena arena;
	enum err err;

	clear();
	memory_arena(&arena, 1 << 16);
	tape_read_init(&r, tape_source_memory(&tape), rooms);
	CHECK(tape_merge_init(&m, &r, 1, &arena) == ERR_NONE);
	err = tape_cat(&m, &name, &options, &out, &log_out);
	/* A walk that was left early still holds its room. */
	tape_read_seek(&r, 0);
	memory_free(&arena);
	return err;
}

static void
cat_prints_frames_as_lines(void)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);

	CHECK(cat(tape, (struct tape_cat_options){ 0 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "1795575600000000005\t{\"e\":\"trade\"}\n"
	                            "1795575600000000005\t{  \"a\":   1}\n"
	                            "1795575602000000000\t\n");
	CHECK_TEXT(said(&log_text), "");
	CHECK(cat(tape, (struct tape_cat_options){ .venue = 5 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "1795575600000000005\t{  \"a\":   1}\n");
	CHECK(cat(tape, (struct tape_cat_options){ .from_ns = three + 6 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "1795575602000000000\t\n");
	CHECK(cat(tape, (struct tape_cat_options){ .to_ns = three + 6, .venue = 2 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "1795575600000000005\t{\"e\":\"trade\"}\n");
	/* Torn: what is there, and where it ends. */
	tape.count -= 17;
	CHECK(cat(tape, (struct tape_cat_options){ .venue = 5 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "1795575600000000005\t{  \"a\":   1}\n");
	CHECK(strstr(said(&log_text), "tape fault file=a.tape reason=torn "
		"offset=") == said(&log_text));
	/* Damaged: that is a failure. */
	s.at[70] ^= 1;
	CHECK(cat(tape, (struct tape_cat_options){ .venue = 5 }) == ERR_FAILED);
	CHECK(strstr(said(&log_text), "reason=damaged_block offset=0 ") != NULL);
	free(s.at);
}

static void
cat_json_prints_everything(void)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	const char *first = "{\"recv_ns\":1795575600000000000,\"kind\":\"head\",\"venue\":null,"
		"\"link\":0,\"asked\":\"\",\"data\":\"format=1\\nsegment=0\\nbuild=test\\nseed=1\\n"
		"venue.2=binance-usdm\\nvenue.5=bybit-linear\\n\"}\n";
	const char *rest =
		"{\"recv_ns\":1795575600000000000,\"kind\":\"link\",\"venue\":\"binance-usdm\","
		"\"link\":1,\"asked\":\"up\",\"data\":\"\"}\n"
		"{\"recv_ns\":1795575600000000005,\"kind\":\"frame\",\"venue\":\"binance-usdm\","
		"\"link\":1,\"asked\":\"\",\"data\":\"{\\\"e\\\":\\\"trade\\\"}\"}\n"
		"{\"recv_ns\":1795575600000000005,\"kind\":\"frame\",\"venue\":\"bybit-linear\","
		"\"link\":65535,\"asked\":\"\",\"data\":\"{\\n \\\"a\\\":\\r\\n 1}\"}\n"
		"{\"recv_ns\":1795575601000000000,\"kind\":\"body\",\"venue\":\"#7\","
		"\"link\":0,\"asked\":\"/x?y=1\","
		"\"data\":\"[\\\"\\u0001\xc3\xa4\xef\xbf\xbd\\\"]\"}\n"
		"{\"recv_ns\":1795575602000000000,\"kind\":\"frame\",\"venue\":\"binance-usdm\","
		"\"link\":2,\"asked\":\"\",\"data\":\"\"}\n";
	char want[4096];

	snprintf(want, sizeof want, "%s%s", first, rest);
	CHECK(cat(tape, (struct tape_cat_options){ .json = true }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), want);
	/* From the middle the names are known all the same. */
	CHECK(cat(tape, (struct tape_cat_options){ .json = true,
		.from_ns = three + 6 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), strstr(rest, "{\"recv_ns\":1795575601"));
	free(s.at);
}

/* Text longer than the pieces it is printed in, with characters across every cut. */
static void
long_text_is_json_whole(void)
{
	static char text[20000], want[70000];
	static const char *const sign[] = { "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x92\xa7" };
	size_t bytes = 0, want_bytes = 0;

	for (size_t lead = 0; lead < 5; lead++) {
		bytes = want_bytes = 0;
		want[want_bytes++] = '"';
		while (bytes < lead)
			text[bytes++] = want[want_bytes++] = 'x';
		for (size_t i = 0; bytes < sizeof text - 8; i++) {
			size_t count = strlen(sign[i % 4 > lead ? 3 : i % 4]);

			memcpy(text + bytes, sign[i % 4 > lead ? 3 : i % 4], count);
			memcpy(want + want_bytes, text + bytes, count);
			bytes += count;
			want_bytes += count;
		}
		want[want_bytes++] = '"';
		clear();
		tape_print_json(&out, slice_of(text, bytes));
		CHECK(out_text.count == want_bytes);
		CHECK(memcmp(printed, want, want_bytes) == 0);
	}
	/* Every byte bad: one U+FFFD each, however it is cut. */
	memset(text, 0x80, sizeof text);
	clear();
	tape_print_json(&out, slice_of(text, sizeof text));
	CHECK(out_text.count == 2 + 3 * sizeof text);
	memset(text, 0xf0, sizeof text);
	clear();
	tape_print_json(&out, slice_of(text, sizeof text));
	CHECK(out_text.count == 2 + 3 * sizeof text);
	/* Every byte six. */
	memset(text, 1, sizeof text);
	clear();
	tape_print_json(&out, slice_of(text, sizeof text));
	CHECK(out_text.count == 2 + 6 * sizeof text);
	CHECK(!out_text.cut);
}

static void
info_says_what_is_there(void)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	struct slice torn = { tape.at, tape.count - 17 };
	struct slice none = { tape.at, 30 };
	struct tape_info info = { 0 };
	static struct tape_read r;
	struct tape_record got;
	const char *text;

	clear();
	tape_read_init(&r, tape_source_memory(&tape), rooms);
	CHECK(tape_info_file(&info, &r, "a.tape", &out) == ERR_NONE);
	while (tape_read_next(&r, &got) != TAPE_READ_END)
		;
	text = said(&out_text);
	CHECK(strstr(text, "file     a.tape\n"
	                   "span     2026-11-25T03:00:00.000000000Z .. "
		"2026-11-25T03:00:02.000000000Z\n"
	                   "end      closed\n"
	                   "size     2 blocks, 6 records, ") == text);
	CHECK(strstr(text, "\nrecords  - head 1\n"
	                   "records  binance-usdm frame 2\n"
	                   "records  binance-usdm link 1\n"
	                   "records  bybit-linear frame 1\n"
	                   "records  #7 body 1\n"
	                   "head     format=1\n"
	                   "head     segment=0\n"
	                   "head     build=test\n"
	                   "head     seed=1\n"
	                   "head     venue.2=binance-usdm\n"
	                   "head     venue.5=bybit-linear\n") != NULL);
	clear();
	tape_read_init(&r, tape_source_memory(&torn), rooms);
	CHECK(tape_info_file(&info, &r, "b.tape", &out) == ERR_NONE);
	CHECK(strstr(said(&out_text), "\nend      torn at offset ") != NULL);
	CHECK(strstr(said(&out_text), "\nsize     2 blocks, 6 records, ") != NULL);
	CHECK(strstr(said(&out_text), "\nrecords  binance-usdm frame 2\n") != NULL);
	CHECK(strstr(said(&out_text), "\nhead     seed=1\n") != NULL);
	/* Without index and trailer, but with all blocks: not closed, and no more. */
	clear();
	torn.count = tape.count - 16;
	while (memcmp(tape.at + torn.count, "TWB1", 4) != 0)
		torn.count--;
	tape_read_init(&r, tape_source_memory(&torn), rooms);
	CHECK(tape_info_file(&(struct tape_info){ 0 }, &r, "b.tape", &out) == ERR_NONE);
	CHECK(strstr(said(&out_text), "\nend      not closed (no index)\nsize ") != NULL);
	/* Damaged in the middle, and torn. */
	clear();
	s.at[60] ^= 1;
	torn.count = tape.count - 17;
	tape_read_init(&r, tape_source_memory(&torn), rooms);
	CHECK(tape_info_file(&(struct tape_info){ 0 }, &r, "b.tape", &out) == ERR_NONE);
	CHECK(strstr(said(&out_text), " bytes lost; damaged, 1 faults: see tape verify\n") != NULL);
	s.at[60] ^= 1;
	clear();
	tape_read_init(&r, tape_source_memory(&none), rooms);
	CHECK(tape_info_file(&info, &r, "c.tape", &out) == ERR_FAILED);
	CHECK(strstr(said(&out_text), "\nspan     no records\nend      torn at offset 0, 30 "
		"bytes lost\n") != NULL);
	clear();
	tape_info_end(&info, &out);
	CHECK(strstr(said(&out_text), "all      3 files, 2 torn, "
		"2026-11-25T03:00:00.000000000Z .. 2026-11-25T03:00:02.000000000Z, 12 records, "
		"") != NULL);
	clear();
	info = (struct tape_info){ .json = true };
	tape_read_init(&r, tape_source_memory(&torn), rooms);
	CHECK(tape_info_file(&info, &r, "b.tape", &out) == ERR_NONE);
	text = said(&out_text);
	CHECK(strstr(text, "{\"file\":\"b.tape\",\"first_ns\":1795575600000000000,\""
		"last_ns\":1795575602000000000,"
	                   "\"closed\":false,\"torn_offset\":") == text);
	CHECK(strstr(text, ",\"faults\":1,\"blocks\":2,\"records\":6,") != NULL);
	CHECK(strstr(text, "\"kinds\":[{\"kind\":\"head\",\"venue\":null,\"records\":1},"
	                   "{\"kind\":\"frame\",\"venue\":\"binance-usdm\",\"records\":2},"
	                   "{\"kind\":\"link\",\"venue\":\"binance-usdm\",\"records\":1},"
	                   "{\"kind\":\"frame\",\"venue\":\"bybit-linear\",\"records\":1},"
	                   "{\"kind\":\"body\",\"venue\":\"#7\",\"records\":1}],"
	                   "\"head\":{\"format\":\"1\",\"segment\":\"0\",\"build\":\"test\","
		"\"seed\":\"1\","
	                   "\"venue.2\":\"binance-usdm\",\"venue.5\":\"bybit-linear\"}}\n"
		"") != NULL);
	free(s.at);
}

static enum err
verify(struct slice tape)
{
	static struct tape_read r;

	clear();
	tape_read_init(&r, tape_source_memory(&tape), rooms);
	return tape_verify(&r, "a.tape", false, &out);
}

static void
verify_finds_every_flipped_bit(void)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	struct tape_read r;

	CHECK(verify(tape) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "tape verify file=a.tape blocks=2 records=6 faults=0 "
		"result=ok\n");
	clear();
	tape_read_init(&r, tape_source_memory(&tape), rooms);
	CHECK(tape_verify(&r, "a\".tape", true, &out) == ERR_NONE);
	CHECK_TEXT(said(&out_text), "{\"file\":\"a\\\".tape\",\"blocks\":2,\"records\":6,\""
		"faults\":0,\"ok\":true}\n");
	for (size_t byte = 0; byte < tape.count; byte++) {
		for (int bit = 0; bit < 8; bit++) {
			s.at[byte] = (char)(s.at[byte] ^ 1 << bit);
			CHECK(verify(tape) == ERR_FAILED);
			CHECK(strstr(said(&out_text), "result=failed") != NULL);
			s.at[byte] = (char)(s.at[byte] ^ 1 << bit);
		}
	}
	for (size_t cut = 0; cut < tape.count; cut++)
		CHECK(verify(slice_of(tape.at, cut)) == ERR_FAILED);
	CHECK(verify(tape) == ERR_NONE);
	free(s.at);
}

/* An index with a right CRC that counts otherwise. */
static void
verify_compares_the_index(void)
{
	struct memory_sink s;
	struct slice tape = make_tape(&s);
	struct tape_block b;
	char index[4096];
	size_t at = 0;

	while (tape_block_get(tape.at + at, &b) && b.type == TAPE_BLOCK_RECORDS)
		at += 52 + b.stored_bytes;
	CHECK(b.type == TAPE_BLOCK_INDEX);
	CHECK(tape_block_unpack(&b, rooms->inflate, tape.at + at + 52, index));
	b.method = TAPE_METHOD_PLAIN;
	b.stored_bytes = b.raw_bytes;
	for (int lie = 0; lie < 2; lie++) {
		index[b.raw_bytes - 8] = (char)(index[b.raw_bytes - 8] + lie);
		b.payload_crc = pack_crc32(0, slice_of(index, b.raw_bytes));
		tape_block_put(s.at + at, &b);
		memcpy(s.at + at + 52, index, b.raw_bytes);
		tape_trailer_put(s.at + at + 52 + b.raw_bytes, at);
		tape.count = at + 52 + b.raw_bytes + 16;
		CHECK(verify(tape) == (lie ? ERR_FAILED : ERR_NONE));
		CHECK((strstr(said(&out_text), "reason=index_differs") != NULL) == lie);
	}
	free(s.at);
}

static bool
time_of(void *context, struct slice message, int64_t *ns_out)
{
	(void)context;
	/* "t5" is five: a stand-in for a venue's own reading. */
	if (message.count < 2 || message.at[0] != 't')
		return false;
	*ns_out = message.at[1] - '0';
	return true;
}

static void
import_takes_both_forms_of_lines(void)
{
	const struct { const char *line; const char *want; } row[] = {
		{ "plain, nothing known yet", "0\tplain, nothing known yet\n" },
		{ "t3 its own time", "3\tt3 its own time\n" },
		{ "no own", "3\tno own\n" },
		{ "", "" },
		{ "t2 goes back", "3\tt2 goes back\n" },
		{ "7\t{\"a\":1}", "7\t{\"a\":1}\n" },
		{ "5\t{\"late\":1}", "7\t{\"late\":1}\n" },
		{ "t9", "9\tt9\n" },
		{ "12\t", "12\t\n" },
		{ "0\tno receipt", "12\t0\tno receipt\n" },
		{ "-5\tno receipt", "12\t-5\tno receipt\n" },
		{ "9223372036854775808\ttoo late", "12\t9223372036854775808\ttoo late\n" },
		{ "17\tx\ty", "17\tx\ty\n" },
		{ "{\"a\":\t1}", "17\t{\"a\":\t1}\n" },
		{ "\tx", "17\t\tx\n" },
		{ "9223372036854775807\tend", "9223372036854775807\tend\n" },
		{ "t1", "9223372036854775807\tt1\n" },
	};
	static struct tape_write w;
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 1 << 20));
	struct tape_import im = { .to = &w, .venue = 2, .link = 1, .time_of = time_of };
	struct arena arena;
	char want[4096] = "";
	char *first, *again;

	options.segment_ns = 0;
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(tape_import_line(&im, slice_str(row[i].line)) == ERR_NONE);
		strcat(want, row[i].want);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(im.count.lines == 17);
	CHECK(im.count.empty == 1);
	CHECK(im.count.timed == 5);
	CHECK(im.count.plain == 11);
	CHECK(im.count.untimed == 7); /* all but those that begin with t */
	CHECK(im.count.raised == 3);
	CHECK(cat(memory_file(&s, 0), (struct tape_cat_options){ 0 }) == ERR_NONE);
	CHECK_TEXT(said(&out_text), want);
	/* What cat prints, imported again, is the same tape. */
	first = s.at;
	again = malloc(out_text.count + 1);
	CHECK(again != NULL);
	if (again != NULL) {
		struct slice lines = slice_of(again, out_text.count);
		struct memory_sink t;

		memcpy(again, printed, out_text.count);
		options.sink = memory_sink(&t, 1 << 20);
		memory_free(&arena);
		memory_arena(&arena, MEMORY_BYTES);
		CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
		im = (struct tape_import){ .to = &w, .venue = 2, .link = 1 };
		while (lines.count > 0)
			CHECK(tape_import_line(&im, slice_cut(&lines, '\n')) == ERR_NONE);
		CHECK(tape_write_close(&w) == ERR_NONE);
		/* All but the first line, whose time 0 is no receipt time. */
		CHECK(cat(memory_file(&t, 0),
		(struct tape_cat_options){ .from_ns = 1 }) == ERR_NONE);
		CHECK_TEXT(said(&out_text), strstr(want, "3\tt3"));
		free(t.at);
	}
	free(again);
	free(first);
	memory_free(&arena);
}

/* --- the reader in python ------------------------------------------------------- */

static bool
has_python(void)
{
	return system("python3 -c 'import zlib' >/dev/null 2>&1") == 0;
}

/* Our lines and its lines on the same bytes. */
static void
compare_with_python(struct slice tape, const char *directory)
{
	char tape_path[600], line_path[600], command[1400];
	static char lines[sizeof printed];
	struct file f;
	int64_t got;

	snprintf(tape_path, sizeof tape_path, "%s/x.tape", directory);
	snprintf(line_path, sizeof line_path, "%s/lines", directory);
	CHECK(file_create(&f, tape_path, 0600) == ERR_NONE);
	CHECK(file_write(&f, tape) == ERR_NONE);
	CHECK(file_close(&f) == ERR_NONE);
	snprintf(command, sizeof command, "python3 tests/tape/read_tape.py %s >%s 2>/dev/null",
	         tape_path, line_path);
	CHECK(system(command) == 0);
	CHECK(file_open(&f, line_path) == ERR_NONE);
	got = file_read(&f, lines, sizeof lines);
	file_close(&f);
	cat(tape, (struct tape_cat_options){ 0 });
	CHECK(!out_text.cut);
	CHECK(got == (int64_t)out_text.count);
	CHECK(got >= 0 && memcmp(lines, printed, out_text.count) == 0);
	unlink(tape_path);
	unlink(line_path);
}

static void
another_reader_says_the_same(void)
{
	static struct tape_write w;
	static char message[200000];
	char directory[] = "/tmp/tape_command_test.XXXXXX";
	struct memory_sink s;
	struct tape_write_options options = memory_options(memory_sink(&s, 4 << 20));
	struct arena arena;
	struct slice tape;
	uint64_t seed = 77;
	int64_t ns = three;

	CHECK(mkdtemp(directory) != NULL);
	memory_arena(&arena, MEMORY_BYTES);
	CHECK(tape_write_init(&w, &options, &arena) == ERR_NONE);
	for (int i = 0; i < 1500; i++) {
		size_t bytes = i % 300 == 7 ? sizeof message : chance(&seed) % 300;
		struct tape_record r;
		bool noise = i % 2 == 0;

		for (size_t k = 0; k < bytes; k++)
			message[k] = noise ? (char)chance(&seed) : "{\"p\":\"61800.30\"}"[k % 16];
		r = memory_frame(ns, slice_of(message, bytes));
		r.kind = (uint8_t)(i % 11 == 0 ? TAPE_BODY : TAPE_FRAME);
		r.asked = i % 11 == 0 ? SLICE("/fapi/v1/klines") : SLICE("");
		r.link = (uint16_t)chance(&seed);
		ns += (int64_t)(chance(&seed) % 3 * 100000000);
		CHECK(tape_write_put(&w, &r) == ERR_NONE);
	}
	CHECK(tape_write_close(&w) == ERR_NONE);
	CHECK(s.file_count == 1);
	memory_free(&arena);
	tape = memory_file(&s, 0);
	compare_with_python(tape, directory);
	CHECK(out_text.count > 1000000);
	/* Torn, and hit in places far apart. */
	for (int i = 1; i < 4; i++)
		compare_with_python(slice_of(tape.at, tape.count / 4 * (size_t)i), directory);
	for (int i = 0; i < 5; i++) {
		s.at[chance(&seed) % s.count] ^= 0x10;
		compare_with_python(tape, directory);
	}
	s.at[20] ^= 1; /* the first header */
	compare_with_python(tape, directory);
	CHECK(rmdir(directory) == 0);
	free(s.at);
}

int
main(void)
{
	int failed;
	bool compared = has_python() && access("tests/tape/read_tape.py", R_OK) == 0;

	rooms = memory_rooms(1);
	cat_prints_frames_as_lines();
	cat_json_prints_everything();
	long_text_is_json_whole();
	info_says_what_is_there();
	verify_finds_every_flipped_bit();
	verify_compares_the_index();
	import_takes_both_forms_of_lines();
	if (compared)
		another_reader_says_the_same();
	failed = CHECK_END("tape commands");
	if (failed || compared)
		return failed;
	printf("python3 or tests/tape/read_tape.py is not here: not compared with another "
		"reader\n");
	return 77;
}
