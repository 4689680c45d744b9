/* Goal: a websocket server that keeps to RFC 6455 is understood, one that does not is left
 * with the right word, and neither depends on how the network cut the bytes.
 * Method: tables in the order of the Autobahn test suite (framing, pings, reserved bits,
 * opcodes, fragmentation, UTF-8, close, limits), written from the RFC's text.  Each row is
 * fed whole, byte by byte, in small pieces and at random cuts. */
#include "ws_world.h"

static const size_t cuts[] = { CUT_WHOLE, 1, 2, 3, 5, 7, 64, CUT_RANDOM + 1, CUT_RANDOM + 2,
                               CUT_RANDOM + 3, CUT_RANDOM + 4, CUT_RANDOM + 5 };

struct want {
	const char *heard, *said;
	enum ws_reason reason; /* NONE: still open */
};

static void
row_is(const char *name, struct slice bytes, const struct want *want)
{
	for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
		const int failed = check_failed_count;
		struct ws *w;

		world_begin();
		w = world_open(WORLD_MAX);
		world_feed(w, bytes, cuts[c]);
		world_listen(w);
		CHECK_TEXT(world_text(&world_in), want->heard);
		CHECK_TEXT(world_text(&world_out), want->said);
		CHECK_TEXT(ws_reason_text(ws_reason(w)), ws_reason_text(want->reason));
		CHECK(ws_state(w) == (want->reason == WS_REASON_NONE ? WS_OPEN : WS_ENDED));
		CHECK((ws_detail(w)[0] == '\0') == (want->reason == WS_REASON_NONE));
		if (want->reason != WS_REASON_NONE) {
			/* Ended is ended. */
			world_feed(w, SLICE("\x81\x01x\x88\x00"), CUT_WHOLE);
			CHECK(ws_output(w).count == 0);
			CHECK(ws_send_text(w, SLICE("x")) == ERR_UNAVAILABLE);
			CHECK(ws_close(w, 1000) == ERR_UNAVAILABLE);
			CHECK_TEXT(world_text(&world_in), want->heard);
		}
		ws_free(w);
		CHECK(world_pool->store.used_bytes == 0);
		if (check_failed_count != failed)
			printf("  in: %s, cut %zu\n", name, cuts[c]);
	}
}

/* --- short frames, written as bytes ---------------------------------------------------------- */

#define ROW(name, bytes, heard, said, reason)                                  \
	{ name, SLICE_INIT(bytes), { heard, said, WS_REASON_##reason } }

static const struct { const char *name; struct slice bytes; struct want want; } short_row[] = {
	/* 1: framing */
	ROW("an empty text", "\x81\x00", "T()", "", NONE),
	ROW("the RFC's own example", "\x81\x05Hello", "T(Hello)", "", NONE),
	ROW("an empty binary", "\x82\x00", "B()", "", NONE),
	ROW("a binary with any bytes", "\x82\x04\xff\xfe\x01 ", "B(\xff\xfe\\x01 )", "", NONE),
	ROW("many in one go", "\x81\x01""a\x81\x02""bc\x82\x01""d\x81\x00\x81\x01""e",
	    "T(a) T(bc) B(d) T() T(e)", "", NONE),
	ROW("a text with a NUL", "\x81\x03""a\x00""b", "T(a\\x00b)", "", NONE),

	/* 2: pings and pongs */
	ROW("a ping", "\x89\x00", "I()", "o()", NONE),
	ROW("a ping with a word", "\x89\x05Hello", "I(Hello)", "o(Hello)", NONE),
	ROW("a ping with binary", "\x89\x04\xff\xfd\x01 ", "I(\xff\xfd\\x01 )", "o(\xff\xfd\\x01 )", NONE),
	ROW("a ping that looks like texts, cut in front of them", "\x81\x01x\x89\x06\x81\x02hi\x81\x00\x81\x02yo",
	    "T(x) I(\x81\\x02hi\x81\\x00) T(yo)", "o(\x81\\x02hi\x81\\x00)", NONE),
	ROW("ten pings", "\x89\x01""0\x89\x01""1\x89\x01""2\x89\x01""3\x89\x01""4\x89\x01""5\x89\x01""6\x89\x01""7\x89\x01""8\x89\x01""9",
	    "I(0) I(1) I(2) I(3) I(4) I(5) I(6) I(7) I(8) I(9)", "o(0) o(1) o(2) o(3) o(4) o(5) o(6) o(7) o(8) o(9)", NONE),
	ROW("a pong nobody asked for", "\x8a\x00\x8a\x03new", "O() O(new)", "", NONE),
	ROW("a ping of 126 bytes", "\x89\x7e\x00\x7e", "", "c(1002)", FRAME),
	ROW("a ping of 64 KB", "\x89\x7f\x00\x00\x00\x00\x00\x01\x00\x00", "", "c(1002)", FRAME),
	ROW("a ping before the breach", "\x89\x01""a\x83\x00", "I(a)", "o(a) c(1002)", FRAME),

	/* 3: reserved bits */
	ROW("RSV1 (a compressed text)", "\xc1\x01""a", "", "c(1002)", FRAME),
	ROW("RSV2", "\x81\x01""a\xa1\x01""b\x81\x01""c", "T(a)", "c(1002)", FRAME),
	ROW("RSV3", "\x91\x00", "", "c(1002)", FRAME),
	ROW("all three, binary", "\xf2\x01""a", "", "c(1002)", FRAME),
	ROW("RSV1 in a ping", "\xc9\x01""a", "", "c(1002)", FRAME),
	ROW("RSV3 in a close", "\x98\x02\x03\xe8", "", "c(1002)", FRAME),
	ROW("RSV1 in a continuation", "\x01\x01""a\xc0\x01""b", "", "c(1002)", FRAME),

	/* 4: opcodes, and masks */
	ROW("opcode 3", "\x83\x00", "", "c(1002)", FRAME),
	ROW("opcode 4", "\x84\x01x", "", "c(1002)", FRAME),
	ROW("opcode 5", "\x81\x01""a\x85\x00", "T(a)", "c(1002)", FRAME),
	ROW("opcode 6", "\x86\x00", "", "c(1002)", FRAME),
	ROW("opcode 7", "\x87\x00", "", "c(1002)", FRAME),
	ROW("opcode 11", "\x8b\x00", "", "c(1002)", FRAME),
	ROW("opcode 12", "\x8c\x01x", "", "c(1002)", FRAME),
	ROW("opcode 13", "\x8d\x00", "", "c(1002)", FRAME),
	ROW("opcode 14", "\x8e\x00", "", "c(1002)", FRAME),
	ROW("opcode 15", "\x8f\x00", "", "c(1002)", FRAME),
	ROW("a masked text", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "", "c(1002)", FRAME),
	ROW("a masked empty text", "\x81\x80\x37\xfa\x21\x3d", "", "c(1002)", FRAME),
	ROW("a masked ping", "\x89\x81\x01\x02\x03\x04x", "", "c(1002)", FRAME),

	/* 5: fragmentation */
	ROW("two parts", "\x01\x03Hel\x80\x02lo", "T(Hello)", "", NONE),
	ROW("two parts of a binary", "\x02\x03Hel\x80\x02\xff\xfe", "B(Hel\xff\xfe)", "", NONE),
	ROW("parts of nothing", "\x01\x00\x00\x00\x80\x00", "T()", "", NONE),
	ROW("an empty part between", "\x01\x01""a\x00\x00\x80\x01""b\x81\x01""c", "T(ab) T(c)", "", NONE),
	ROW("a ping between parts", "\x01\x01""a\x89\x01p\x00\x01""b\x89\x00\x80\x01""c",
	    "I(p) I() T(abc)", "o(p) o()", NONE),
	ROW("a pong between parts", "\x01\x01""a\x8a\x01p\x80\x01""b", "O(p) T(ab)", "", NONE),
	ROW("a ping in parts", "\x09\x01""a\x80\x01""b", "", "c(1002)", FRAME),
	ROW("a pong in parts", "\x0a\x01""a\x80\x01""b", "", "c(1002)", FRAME),
	ROW("a close in parts", "\x08\x02\x03\xe8", "", "c(1002)", FRAME),
	ROW("a continuation of nothing", "\x80\x01""a", "", "c(1002)", FRAME),
	ROW("an open continuation of nothing", "\x00\x01""a", "", "c(1002)", FRAME),
	ROW("a continuation behind the end", "\x01\x01""a\x80\x01""b\x80\x01""c", "T(ab)", "c(1002)", FRAME),
	ROW("a text inside of a text", "\x01\x01""a\x81\x01""b", "", "c(1002)", FRAME),
	ROW("a binary inside of a text", "\x01\x01""a\x02\x01""b", "", "c(1002)", FRAME),
	ROW("a whole text inside of a text", "\x01\x01""a\x81\x05Hello", "", "c(1002)", FRAME),
	ROW("a text inside of an empty start", "\x01\x00\x81\x01""b", "", "c(1002)", FRAME),

	/* 6: UTF-8; more in ws_utf8_test.c */
	ROW("a word with umlauts", "\x81\x0b\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
	    "T(\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5)", "", NONE),
	ROW("a character over two parts", "\x01\x03\xf0\x9f\x92\x80\x01\xb0", "T(\xf0\x9f\x92\xb0)", "", NONE),
	ROW("a character over four parts and a ping", "\x01\x01\xf0\x00\x01\x9f\x89\x00\x00\x01\x92\x80\x01\xb0",
	    "I() T(\xf0\x9f\x92\xb0)", "o()", NONE),
	ROW("half a character at the end", "\x81\x02""a\xce", "", "c(1007)", UTF8),
	ROW("half a character at the end of parts", "\x01\x01\xce\x80\x00", "", "c(1007)", UTF8),
	ROW("a surrogate over two parts", "\x01\x02\xed\xa0\x80\x01\x80", "", "c(1007)", UTF8),
	ROW("beyond Unicode", "\x81\x04\xf4\x90\x80\x80", "", "c(1007)", UTF8),
	ROW("overlong", "\x81\x02\xc0\xaf", "", "c(1007)", UTF8),
	ROW("broken early in a part: nothing behind it counts", "\x01\x02\xff""a\x89\x00\x80\x01""b", "", "c(1007)", UTF8),
	ROW("any bytes in a binary in parts", "\x02\x01\xce\x80\x01""a", "B(\xce""a)", "", NONE),
	ROW("the state of one text does not reach the next", "\x02\x01\xce\x80\x00\x01\x01\xce\x80\x01\xba\x81\x01x",
	    "B(\xce) T(\xce\xba) T(x)", "", NONE),

	/* 7: the close */
	ROW("a close without a code", "\x88\x00", "", "c()", CLOSED),
	ROW("half a code", "\x88\x01\x03", "", "c(1002)", FRAME),
	ROW("half a code where a ping left the other half", "\x89\x02\x03\xe8\x88\x01\x03", "I(\\x03\xe8)", "o(\\x03\xe8) c(1002)", FRAME),
	ROW("1000", "\x88\x02\x03\xe8", "", "c(1000)", CLOSED),
	ROW("1000 with words", "\x88\x0a\x03\xe8Hello\xce\xba""x", "", "c(1000)", CLOSED),
	ROW("words that are not UTF-8", "\x88\x04\x03\xe8\xce\xce", "", "c(1007)", UTF8),
	ROW("a message behind the close", "\x81\x01""a\x88\x02\x03\xe8\x81\x01""b", "T(a)", "c(1000)", CLOSED),
	ROW("a ping behind the close", "\x88\x02\x03\xe8\x89\x00", "", "c(1000)", CLOSED),
	ROW("a ping before the close", "\x89\x01p\x88\x02\x03\xe8", "I(p)", "o(p) c(1000)", CLOSED),
	ROW("a second close", "\x88\x02\x03\xe8\x88\x02\x03\xe9", "", "c(1000)", CLOSED),
	ROW("a close inside of a message", "\x01\x01""a\x88\x00", "", "c()", CLOSED),
	ROW("a close of 126 bytes", "\x88\x7e\x00\x7e", "", "c(1002)", FRAME),

	/* Lengths (RFC 6455 5.2): the shortest form, the highest bit 0 */
	ROW("125 in two bytes", "\x81\x7e\x00\x7d", "", "c(1002)", FRAME),
	ROW("0 in two bytes", "\x81\x7e\x00\x00", "", "c(1002)", FRAME),
	ROW("65535 in eight bytes", "\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff", "", "c(1002)", FRAME),
	ROW("0 in eight bytes", "\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x00", "", "c(1002)", FRAME),
	ROW("2^63", "\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", "", "c(1002)", FRAME),
	ROW("2^64 - 1", "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "", "c(1002)", FRAME),
	ROW("2^63 - 1, and one byte of it", "\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" "a", "", "c(1009)", TOO_LONG),
	ROW("2^63 - 1 as a continuation", "\x01\x01""a\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" "b", "", "c(1009)", TOO_LONG),
	ROW("2^32 + 5", "\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x05" "a", "", "c(1009)", TOO_LONG),
};

static void
short_frames_are_read_as_the_rfc_says(void)
{
	for (size_t i = 0; i < sizeof short_row / sizeof short_row[0]; i++)
		row_is(short_row[i].name, short_row[i].bytes, &short_row[i].want);
}

static void
close_codes_are_those_that_may_be_sent(void)
{
	/* RFC 6455 7.4.1 and 7.4.2, and IANA's list for 1012 to 1014. */
	static const struct { unsigned first, final; bool fine; } row[] = {
		{ 0, 999, false }, { 1000, 1003, true }, { 1004, 1006, false }, { 1007, 1014, true },
		{ 1015, 2999, false }, { 3000, 4999, true }, { 5000, 65535, false },
	};
	static const unsigned tried[] = { 0, 1, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009,
		1010, 1011, 1012, 1013, 1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535 };

	for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
		const unsigned code = tried[i];
		const char bytes[] = { (char)0x88, 2, (char)(code >> 8), (char)(code & 255) };
		char name[32], said[16];
		bool fine = false;

		for (size_t k = 0; k < sizeof row / sizeof row[0]; k++)
			if (code >= row[k].first && code <= row[k].final)
				fine = row[k].fine;
		snprintf(name, sizeof name, "close %u", code);
		snprintf(said, sizeof said, "c(%u)", fine ? code : 1002);
		row_is(name, slice_of(bytes, sizeof bytes),
		       &(struct want){ "", said, fine ? WS_REASON_CLOSED : WS_REASON_FRAME });
	}
}

/* --- long frames, made ------------------------------------------------------------------------ */

static char made[1 << 20], wanted[1 << 16];

/* So many bytes, every 64 of them with a character of three: no length is ASCII alone. */
static struct slice
text_of(size_t count)
{
	static char text[WORLD_MAX + 1];

	for (size_t i = 0; i < count; i++)
		text[i] = (char)('a' + i % 26);
	for (size_t i = 5; i + 3 <= count; i += 64)
		memcpy(text + i, "\xe5\xb8\x81", 3);
	return slice_of(text, count);
}

static void
lengths_around_every_border(void)
{
	static const size_t length[] = { 1, 7, 8, 9, 31, 32, 33, 100, 124, 125, 126, 127, 128, 255, 256, 4095, 4096,
		4097, 16383, 16384, 16385, 65535, 65536, 65537, WORLD_MAX - 1, WORLD_MAX };

	for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
		struct slice s = text_of(length[i]);
		struct text bytes = text_init(made, sizeof made), want = text_init(wanted, sizeof wanted);
		char name[32];

		/* Before it and behind it one that is simple. */
		world_frame(&bytes, 0x81, SLICE("before"));
		world_frame(&bytes, 0x81, s);
		world_frame(&bytes, 0x82, s);
		world_frame(&bytes, 0x81, SLICE("behind"));
		world_note(&want, "T", SLICE("before"));
		world_note(&want, "T", s);
		world_note(&want, "B", s);
		world_note(&want, "T", SLICE("behind"));
		snprintf(name, sizeof name, "%zu bytes", length[i]);
		row_is(name, text_slice(&bytes), &(struct want){ world_text(&want), "", WS_REASON_NONE });
	}
}

static void
a_long_text_in_parts_of_every_size(void)
{
	static const struct { size_t total, part; } row[] = {
		{ 3000, 1 }, { 3000, 2 }, { 3000, 3 }, { 70000, 61 }, { 70000, 125 }, { 70000, 126 },
		{ 70000, 1000 }, { 70000, 4096 }, { 70000, 16384 }, { 70000, 65536 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text bytes = text_init(made, sizeof made), want = text_init(wanted, sizeof wanted);
		const struct slice all = text_of(row[i].total);
		struct slice rest = all;
		char name[32];

		while (rest.count > 0) {
			size_t count = rest.count < row[i].part ? rest.count : row[i].part;

			world_frame(&bytes, (uint8_t)((rest.count == all.count ? 1 : 0) |
			                              (count == rest.count ? 0x80 : 0)),
			            slice_of(rest.at, count));
			if (rest.count == all.count)
				world_frame(&bytes, 0x89, SLICE("between"));
			rest = slice_after(rest, count);
		}
		world_frame(&bytes, 0x81, SLICE("behind"));
		CHECK(!bytes.cut);
		world_note(&want, "I", SLICE("between"));
		world_note(&want, "T", all);
		world_note(&want, "T", SLICE("behind"));
		snprintf(name, sizeof name, "parts of %zu", row[i].part);
		row_is(name, text_slice(&bytes),
		       &(struct want){ world_text(&want), "o(between)", WS_REASON_NONE });
	}
}

static void
a_message_may_be_as_long_as_allowed_and_no_longer(void)
{
	static const struct { size_t part[3]; bool fine; } row[] = {
		{ { WORLD_MAX }, true },
		{ { WORLD_MAX + 1 }, false },
		{ { WORLD_MAX - 1, 1 }, true },
		{ { WORLD_MAX - 1, 2 }, false },
		{ { 1, WORLD_MAX - 1 }, true },
		{ { 1, WORLD_MAX }, false },
		{ { 50000, 49999, 1 }, true },
		{ { 50000, 50000, 1 }, false },
		{ { 50000, 0, 50001 }, false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct text bytes = text_init(made, sizeof made), want = text_init(wanted, sizeof wanted);
		size_t total = 0, last = row[i].part[2] > 0 ? 2 : row[i].part[1] > 0 ? 1 : 0;
		const char *text = text_of(WORLD_MAX + 1).at;
		char name[32];

		/* The parts follow each other in the text: characters are cut by them. */
		for (size_t k = 0; k <= last; k++) {
			world_frame(&bytes, (uint8_t)((k == 0 ? 1 : 0) | (k == last ? 0x80 : 0)),
			            slice_of(text + total, row[i].part[k]));
			total += row[i].part[k];
		}
		if (row[i].fine)
			world_note(&want, "T", slice_of(text, total));
		snprintf(name, sizeof name, "length row %zu", i);
		row_is(name, text_slice(&bytes), &(struct want){ world_text(&want), row[i].fine ? "" : "c(1009)",
		       row[i].fine ? WS_REASON_NONE : WS_REASON_TOO_LONG });
	}
}

static void
control_frames_of_the_longest_kind(void)
{
	struct text bytes = text_init(made, sizeof made), want = text_init(wanted, sizeof wanted);
	struct text said = text_init(wanted + sizeof wanted / 2, sizeof wanted / 2);
	char words[125];

	want.size /= 2;
	memset(words, 'w', sizeof words);
	memcpy(words, "\x03\xe9", 2); /* 1001 */
	world_frame(&bytes, 0x89, slice_of(words, sizeof words));
	world_frame(&bytes, 0x88, slice_of(words, sizeof words));
	world_note(&want, "I", slice_of(words, sizeof words));
	world_note(&said, "o", slice_of(words, sizeof words));
	text_str(&said, "c(1001)");
	row_is("125 bytes of control", text_slice(&bytes),
	       &(struct want){ world_text(&want), world_text(&said), WS_REASON_CLOSED });
}

/* --- what in place means ------------------------------------------------------------------------ */

static const char *place_from, *place_to;
static int place_count;

static void
place_sink(void *context, enum ws_kind kind, struct slice message)
{
	(void)context;
	CHECK(kind == WS_TEXT);
	CHECK(message.at >= place_from && message.at + message.count <= place_to);
	place_count++;
}

static void
simple_frames_are_handed_out_where_they_lie(void)
{
	struct text bytes = text_init(made, sizeof made - WS_SLACK_BYTES);
	struct ws *w = world_open(WORLD_MAX);

	for (size_t i = 1; i < 70; i++)
		world_frame(&bytes, 0x81, text_of(i * 13));
	/* Half a message and a ping disturb nothing behind them. */
	place_from = made;
	place_to = made + bytes.count;
	place_count = 0;
	ws_receive(w, text_slice(&bytes), place_sink, NULL);
	CHECK(place_count == 69);
	world_begin();
	world_feed(w, SLICE("\x01\x01""a\x89\x00\x80\x01""b\x81\x05wh"), CUT_WHOLE);
	world_feed(w, SLICE("ole"), CUT_WHOLE);
	CHECK_TEXT(world_text(&world_in), "I() T(ab) T(whole)");
	ws_receive(w, text_slice(&bytes), place_sink, NULL);
	CHECK(place_count == 138);
	ws_free(w);
}

int
main(void)
{
	world_boot(WORLD_STORE);
	short_frames_are_read_as_the_rfc_says();
	close_codes_are_those_that_may_be_sent();
	lengths_around_every_border();
	a_long_text_in_parts_of_every_size();
	a_message_may_be_as_long_as_allowed_and_no_longer();
	control_frames_of_the_longest_kind();
	simple_frames_are_handed_out_where_they_lie();
	return CHECK_END("ws");
}
