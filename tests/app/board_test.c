/* Goal: the board says what the daemon said, and nothing else: it fits every screen,
 *       what is not known is "-", what is wrong stands in words, old is marked as old.
 * Method: answers written by hand, and screens laid out by hand from the widths and the
 *       order of columns that board_table.h and board_draw.h promise; then every size of
 *       screen, for what must hold on all of them. */
#include "app/board_draw.h"
#include "app/board_table.h"
#include "app/cells.h"
#include "check.h"
#include <math.h>
#include <stdlib.h>

static struct board now, before;
static char out[BOARD_DRAW_BYTES];
static char json[BOARD_DRAW_BYTES];

/* An answer in parts; %s takes more coins, links or venues. */
#define HEAD(NOW) "{\"version\":\"0.1.0\",\"pid\":1234,\"state\":\"live\",\"ready\":true," \
	"\"started_ns\":1732500000000000000,\"now_ns\":" NOW ","                       \
	"\"memory\":{\"plan_bytes\":9000000,\"limit_bytes\":67108864,\"rss_bytes\":3500000}," \
	"\"watch\":{\"coins\":\"BTC,PEPE,NEW\",\"coin_count\":3,\"instrument_count\":14},"    \
	"\"window_s\":300,"                                                            \
	"\"totals\":{\"frames\":1000,\"bodies\":50,\"events\":5000,\"trades\":4000,\"duplicates\":4," \
	"\"gaps\":3,\"gaps_filled\":1,\"unreadable\":2,\"unwatched\":10},"             \
	"\"tape\":{\"state\":\"recording\",\"dir\":\"/x\",\"records\":1000,\"stored_bytes\":50000," \
	"\"dropped\":0,\"reason\":\"\"},"
#define VENUES "\"venues\":["                                                          \
	"{\"venue\":\"binance-usdm\",\"state\":\"up\",\"trouble\":\"\",\"doubt\":\"\",\"gaps\":3,\"filled\":1," \
	"\"unfilled\":2},"                                                             \
	"{\"venue\":\"bybit-linear\",\"state\":\"down\",\"trouble\":\"no answer to three dials\"," \
	"\"doubt\":\"\",\"gaps\":0,\"filled\":0,\"unfilled\":0}],"
#define LINKS(FRAMES) "\"links\":["                                                    \
	"{\"venue\":\"binance-usdm\",\"link\":1,\"state\":\"live\",\"reason\":\"\"," \
	"\"about\":\"192.0.2.7:443 TLS 1.3\",\"since_ms\":59000,\"age_ms\":40,\"lag_ms\":12,\"streams\":9," \
	"\"silent\":0,\"tries\":0,\"restarts\":1,\"frames\":" FRAMES ",\"bytes\":200000}," \
	"{\"venue\":\"bybit-linear\",\"link\":2,\"state\":\"backoff\",\"reason\":\"connection refused\"," \
	"\"about\":\"\",\"since_ms\":9000,\"age_ms\":41000,\"lag_ms\":null,\"streams\":7,\"silent\":7," \
	"\"tries\":3,\"restarts\":4,\"frames\":null,\"bytes\":0}],"
#define COINS "\"coins\":["                                                            \
	"{\"coin\":\"BTC\",\"price\":61234.5,\"change\":0.0123,\"delta_usd\":-1200000.5,\"volume_usd\":45000000.1," \
	"\"liquidated_long_usd\":3400000,\"liquidated_short_usd\":0,\"age_ms\":20,\"trades\":3210}," \
	"{\"coin\":\"PEPE\",\"price\":0.00001234,\"change\":-0.045,\"delta_usd\":734,\"volume_usd\":12345," \
	"\"liquidated_long_usd\":-0.0,\"liquidated_short_usd\":1200,\"age_ms\":3210,\"trades\":7}," \
	"{\"coin\":\"NEW\",\"price\":null,\"change\":null,\"delta_usd\":-0.0,\"volume_usd\":0," \
	"\"liquidated_long_usd\":0,\"liquidated_short_usd\":0,\"age_ms\":null,\"trades\":0}]}"

/* Two answers 2 s apart, 240 frames between them. */
static const char first_answer[] = HEAD("1732503718000000000") VENUES LINKS("760") COINS;
static const char second_answer[] = HEAD("1732503720000000000") VENUES LINKS("1000") COINS;

static const char screen_80[] =
	"tidewatch 0.1.0  live, ready  up 1 h 2 m  3.3/64 MB  watch BTC,PEPE,NEW\n"
	"\n"
	"last 5 m           price    change    delta   volume  liq long liq short     age\n"
	"BTC             61,234.5    +1.23%    -1.2M    45.0M      3.4M         0   20 ms\n"
	"PEPE          0.00001234    -4.50%     +734    12.3k         0      1.2k   3.2 s\n"
	"NEW                    -         -        0        0         0         0       -\n"
	"\n"
	"venue             link state       frames/s     lag     age streams silent  gaps\n"
	"binance-usdm         1 live             120   12 ms   40 ms       9      0     3\n"
	"bybit-linear         2 ! backoff          -       -    41 s       7    ! 7     0\n"
	"! bybit-linear is down: no answer to three dials\n"
	"! binance-usdm: 2 gaps are not filled, their trades are missing\n"
	"! bybit-linear link 2: backoff, connection refused, tried 3 times\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"gaps 3, filled 1  duplicates 4  ! unreadable 2  tape recording 50.0 kB  q quits\n";

static const char screen_60[] =
	"tidewatch 0.1.0  live, ready  up 1 h 2 m  3.3/64 MB\n"
	"\n"
	"last 5 m        price    change    delta  liq long liq short\n"
	"BTC          61,234.5    +1.23%    -1.2M      3.4M         0\n"
	"PEPE       0.00001234    -4.50%     +734         0      1.2k\n"
	"NEW                 -         -        0         0         0\n"
	"\n"
	"venue               link state       frames/s     age silent\n"
	"binance-usdm           1 live             120   40 ms      0\n"
	"bybit-linear           2 ! backoff          -    41 s    ! 7\n"
	"! bybit-linear is down: no answer to three dials\n"
	"! binance-usdm: 2 gaps are not filled, their trades are\n"
	"  missing\n"
	"! bybit-linear link 2: backoff, connection refused, tried 3\n"
	"  times\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"\n"
	"gaps 3, filled 1  ! unreadable 2  tape recording 50.0 kB\n";

static const char block_120[] =
	"tidewatch 0.1.0  live, ready  up 1 h 2 m  3.3/64 MB  watch BTC,PEPE,NEW\n"
	"\n"
	"last 5 m                price    change    delta   volume  liq long liq short     age    trades\n"
	"BTC                  61,234.5    +1.23%    -1.2M    45.0M      3.4M         0   20 ms     3,210\n"
	"PEPE               0.00001234    -4.50%     +734    12.3k         0      1.2k   3.2 s         7\n"
	"NEW                         -         -        0        0         0         0       -         0\n"
	"\n"
	"venue             link state       frames/s     lag     age streams silent  gaps restarts about\n"
	"binance-usdm         1 live             120   12 ms   40 ms       9      0     3        1 192.0.2.7:443 TLS 1.3\n"
	"bybit-linear         2 ! backoff          -       -    41 s       7    ! 7     0        4\n"
	"! bybit-linear is down: no answer to three dials\n"
	"! binance-usdm: 2 gaps are not filled, their trades are missing\n"
	"! bybit-linear link 2: backoff, connection refused, tried 3 times\n"
	"\n"
	"gaps 3, filled 1  duplicates 4  ! unreadable 2  tape recording 50.0 kB\n";

static const char *
draw(const struct board *b, const struct board *old, struct board_view view)
{
	struct text t = text_init(out, sizeof out - 1);

	board_draw(&t, b, old, &view);
	CHECK(!t.cut);
	out[t.count] = '\0';
	return out;
}

static void
read_both(void)
{
	CHECK(board_read(&before, slice_str(first_answer)));
	CHECK(board_read(&now, slice_str(second_answer)));
}

/* --- reading --------------------------------------------------------------------------- */

static void
an_answer_is_read_as_it_stands(void)
{
	read_both();
	CHECK_TEXT(now.version, "0.1.0");
	CHECK(now.ready);
	CHECK(now.pid == 1234);
	CHECK(now.now_ns == 1732503720000000000);
	CHECK(now.coins_told == 3 && now.coins_kept == 3);
	CHECK(now.links_told == 2 && now.link_count == 2);
	CHECK(now.venues_told == 2 && now.venue_count == 2);
	CHECK_TEXT(now.coin[1].name, "PEPE");
	CHECK(now.coin[1].price == 0.00001234);
	CHECK(isnan(now.coin[2].price) && isnan(now.coin[2].age_ms));
	CHECK(now.coin[2].volume_usd == 0);
	CHECK(isnan(now.link[1].lag_ms) && isnan(now.link[1].frames));
	CHECK_TEXT(now.venue[1].trouble, "no answer to three dials");
	CHECK(isnan(now.venue[0].weight_used)); /* was not said */
	CHECK(now.unreadable == 2 && now.tape.stored_bytes == 50000);
}

static void
an_answer_cut_anywhere_is_none(void)
{
	for (size_t count = 0; count < sizeof second_answer - 1; count++)
		CHECK(!board_read(&now, slice_of(second_answer, count)));
	CHECK(board_read(&now, slice_of(second_answer, sizeof second_answer - 1)));
}

#define MINIMAL(MORE) "{\"version\":\"1\",\"state\":\"live\",\"links\":[],\"coins\":[]" MORE "}"

static void
what_is_no_answer_of_a_daemon_is_refused(void)
{
	static const struct { const char *text; bool want; } row[] = {
		{ MINIMAL(""), true },
		{ MINIMAL(",\"later\":{\"x\":[1,{}]},\"more\":null"), true },
		{ MINIMAL(",\"memory\":null,\"totals\":{}"), true },
		{ "", false },
		{ "{}", false },
		{ "[]", false },
		{ "null", false },
		{ "all is well", false },
		{ "{\"pid\":1,\"hello\":[]}", false },
		{ "{\"state\":\"live\",\"links\":[],\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"links\":[],\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"links\":[]}", false },
		{ "{\"version\":1,\"state\":\"live\",\"links\":[],\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"links\":{},\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"links\":\"[]\",\"coins\":[]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"links\":[],\"coins\":[1]}", false },
		{ "{\"version\":\"1\",\"state\":\"live\",\"links\":[],\"coins\":[null]}", false },
		{ MINIMAL(",\"memory\":7"), false },
		{ MINIMAL(",\"venues\":null"), false },
		{ MINIMAL("") "x", false },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		CHECK(board_read(&now, slice_str(row[i].text)) == row[i].want);
}

static void
a_figure_that_is_no_number_is_not_known(void)
{
	static const char *const value[] = { "null", "\"12\"", "true", "[]", "{}", "1e999" };

	for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
		snprintf(json, sizeof json, "{\"version\":\"1\",\"state\":\"live\",\"links\":[],\"coins\":"
		         "[{\"coin\":\"BTC\",\"price\":%s}],\"started_ns\":%s}", value[i], value[i]);
		CHECK(board_read(&now, slice_str(json)));
		CHECK(isnan(now.coin[0].price));
		CHECK(now.started_ns == 0);
	}
	CHECK(board_read(&now, slice_str(MINIMAL(",\"pid\":9,\"now_ns\":-5"))));
	CHECK(now.now_ns == 0);
	CHECK(!now.ready);
}

static void
texts_are_cut_between_characters(void)
{
	char name[200];

	/* 47 bytes are kept: 23 characters of two bytes, not 23 and a half. */
	for (size_t i = 0; i < 60; i++)
		memcpy(name + 2 * i, "\xc3\xa9", 2);
	name[120] = '\0';
	snprintf(json, sizeof json, "{\"version\":\"%s\",\"state\":\"a\\u0000b\\nc\\u00e9\",\"links\":[],"
	         "\"coins\":[]}", name);
	CHECK(board_read(&now, slice_str(json)));
	CHECK(strlen(now.version) == 46);
	CHECK_TEXT(now.state, "a?b\nc\xc3\xa9");
}

static size_t
many(size_t coins, size_t links)
{
	size_t at = (size_t)snprintf(json, sizeof json, HEAD("1732503720000000000") VENUES "\"links\":[");

	for (size_t i = 0; i < links; i++)
		at += (size_t)snprintf(json + at, sizeof json - at, "%s{\"venue\":\"v%zu\",\"link\":%zu,\"state\":"
		                       "\"%s\",\"reason\":\"%s\",\"silent\":%d,\"age_ms\":%zu}", i > 0 ? "," : "",
		                       i / 3, i, i % 4 == 3 ? "connect" : "live", i % 8 == 7 ? "why" : "",
		                       i % 16 == 5, i * 1000);
	at += (size_t)snprintf(json + at, sizeof json - at, "],\"coins\":[");
	for (size_t i = 0; i < coins; i++)
		at += (size_t)snprintf(json + at, sizeof json - at, "%s{\"coin\":\"COIN%zu\",\"price\":%zu.5,\"change\":"
		                       "-0.01,\"delta_usd\":%zu,\"volume_usd\":1e9,\"liquidated_long_usd\":5e5,"
		                       "\"liquidated_short_usd\":0,\"age_ms\":1,\"trades\":9}", i > 0 ? "," : "",
		                       i, i, i * 1000);
	at += (size_t)snprintf(json + at, sizeof json - at, "]}");
	return at;
}

static void
more_than_there_is_room_for_is_counted(void)
{
	CHECK(board_read(&now, slice_of(json, many(500, 9))));
	CHECK(now.coins_told == 500 && now.coins_kept == 500);
	CHECK_TEXT(now.coin[499].name, "COIN499");
	CHECK(board_read(&now, slice_of(json, many(1100, 200))));
	CHECK(now.coins_told == 1100 && now.coins_kept == BOARD_COINS_MAX);
	CHECK(now.links_told == 200 && now.link_count == BOARD_LINKS_MAX);
	/* The lines that are missing are told, also where there is room for all. */
	CHECK(strstr(draw(&now, NULL, (struct board_view){ .columns = 80 }), "\n... 76 more\n") != NULL);
	CHECK(strstr(out, "\n... 80 more\n") != NULL);
}

static void
rates_are_differences_of_one_life(void)
{
	static const struct { const char *answer; double want; } row[] = {
		{ HEAD("1732503718000000000") VENUES LINKS("760") COINS, 120 },
		{ HEAD("1732503720000000000") VENUES LINKS("760") COINS, NAN },  /* no time between */
		{ HEAD("1732503721000000000") VENUES LINKS("760") COINS, NAN },  /* from the future */
		{ HEAD("1732503718000000000") VENUES LINKS("1001") COINS, NAN }, /* counted anew */
		{ HEAD("1732503718000000000") VENUES LINKS("null") COINS, NAN },
		{ HEAD("1732503718000000000") VENUES "\"links\":[]," COINS, NAN }, /* a new link */
		{ HEAD("null") VENUES LINKS("760") COINS, NAN },
		{ MINIMAL(""), NAN }, /* another daemon */
	};

	CHECK(board_read(&now, slice_str(second_answer)));
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		double got;

		CHECK(board_read(&before, slice_str(row[i].answer)));
		got = board_frames_per_s(&now, &before, &now.link[0]);
		CHECK(isnan(row[i].want) ? isnan(got) : got == row[i].want);
		CHECK(isnan(board_frames_per_s(&now, &before, &now.link[1])));
	}
	CHECK(isnan(board_frames_per_s(&now, NULL, &now.link[0])));

	/* Another process that began in the same nanosecond, and the same number again. */
	CHECK(board_read(&before, slice_str(first_answer)));
	CHECK(board_follows(&now, &before));
	before.pid = 1235;
	CHECK(!board_follows(&now, &before));
	before.pid = now.pid;
	before.started_ns++;
	CHECK(!board_follows(&now, &before));
}

/* --- drawing ----------------------------------------------------------------------------- */

static void
a_screen_of_80_by_24(void)
{
	read_both();
	CHECK_TEXT(draw(&now, &before, (struct board_view){ .columns = 80, .rows = 24, .keys = true }), screen_80);
}

static void
a_screen_of_60_columns_drops_whole_columns(void)
{
	read_both();
	CHECK_TEXT(draw(&now, &before, (struct board_view){ .columns = 60, .rows = 24, .keys = true }), screen_60);
}

static void
a_block_of_120_columns_has_more_of_them(void)
{
	read_both();
	CHECK_TEXT(draw(&now, &before, (struct board_view){ .columns = 120 }), block_120);
}

static void
colour_adds_nothing_but_escapes(void)
{
	static char plain[65536], stripped[65536];
	size_t count = 0;

	read_both();
	snprintf(plain, sizeof plain, "%s", draw(&now, &before, (struct board_view){ .columns = 80, .rows = 24 }));
	CHECK(strchr(plain, '\033') == NULL);
	draw(&now, &before, (struct board_view){ .columns = 80, .rows = 24, .colour = true });
	for (const char *at = out; *at != '\0'; at++) {
		if (*at == '\033') {
			CHECK(at[1] == '[');
			at = strchr(at, 'm');
			CHECK(at != NULL);
			continue;
		}
		stripped[count++] = *at;
	}
	stripped[count] = '\0';
	CHECK_TEXT(stripped, plain);
	/* Red beside a minus, green beside a plus, yellow beside "!". */
	CHECK(strstr(out, "\033[31m   -1.2M\033[0m") != NULL);
	CHECK(strstr(out, "\033[32m   +1.23%\033[0m") != NULL);
	CHECK(strstr(out, "\033[33m! backoff  \033[0m") != NULL);
	CHECK(strstr(out, "\033[1m     3.4M\033[0m") != NULL);
}

static void
few_rows_say_how_much_is_left_out(void)
{
	static const char want[] =
		"tidewatch 0.1.0  live, ready  up 1 h 2 m  3.3/64 MB  watch BTC,PEPE,NEW\n"
		"last 5 m           price    change    delta   volume  liq long liq short     age\n"
		"COIN0                0.5    -1.00%        0     1.0B      500k         0    1 ms\n"
		"COIN1                1.5    -1.00%    +1.0k     1.0B      500k         0    1 ms\n"
		"\xe2\x80\xa6 48 more\n"
		"venue             link state       frames/s     lag     age streams silent  gaps\n"
		"v1                   3 ! connect          -       -   3.0 s       -      0\n"
		"\xe2\x80\xa6 3 more, all live\n"
		"! bybit-linear is down: no answer to three dials\n"
		"! binance-usdm: 2 gaps are not filled, their trades are missing\n"
		"gaps 3, filled 1  duplicates 4  ! unreadable 2  tape recording 50.0 kB\n";
	const char *got;

	CHECK(board_read(&now, slice_of(json, many(50, 4))));
	got = draw(&now, NULL, (struct board_view){ .columns = 80, .rows = 11, .unicode = true });
	CHECK_TEXT(got, want);
}

static void
links_that_are_not_well_come_first(void)
{
	static const char live[] = "{\"venue\":\"a\",\"link\":1,\"state\":\"live\",\"silent\":0}";
	static const char silent[] = "{\"venue\":\"a\",\"link\":2,\"state\":\"live\",\"silent\":5}";
	static const char down[] = "{\"venue\":\"b\",\"link\":3,\"state\":\"idle\",\"silent\":0}";
	static const struct { size_t rows; const char *want; } row[] = {
		/* All: as they came. */
		{ 9, "link\na 1\na 2\nb 3\na 1\n" },
		{ 4, "link\na 1\na 2\nb 3\na 1\n" },
		{ 3, "link\na 2\nb 3\n... 2 more, all live\n" },
		{ 2, "link\na 2\n... 3 more, of all 4 are 3 live\n" },
		{ 1, "link\n... 4 more, of all 4 are 3 live\n" },
		{ 0, "link\n" },
	};

	snprintf(json, sizeof json, "{\"version\":\"1\",\"state\":\"live\",\"coins\":[],\"links\":[%s,%s,%s,%s]}",
	         live, silent, down, live);
	CHECK(board_read(&now, slice_str(json)));
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char got[4096];
		struct text t = text_init(got, sizeof got - 1);
		struct cells c = cells_init(&t, 80, false, false);
		struct slice rest, line;
		size_t count = 0;

		board_table_links(&c, &now, NULL, row[i].rows);
		rest = text_slice(&t);
		/* Of each line the venue and the link's number. */
		while (rest.count > 0) {
			char *to = out + count;

			line = slice_cut(&rest, '\n');
			if (slice_starts(line, SLICE("venue")))
				count += (size_t)sprintf(to, "link\n");
			else if (slice_starts(line, SLICE("...")))
				count += (size_t)sprintf(to, "%.*s\n", (int)line.count, line.at);
			else
				count += (size_t)sprintf(to, "%c %c\n", line.at[0], line.at[21]);
		}
		CHECK_TEXT(out, row[i].want);
	}
}

static void
gaps_of_a_venue_stand_once(void)
{
	CHECK(board_read(&now, slice_str("{\"version\":\"1\",\"state\":\"live\",\"ready\":true,\"coins\":[],"
	      "\"links\":[{\"venue\":\"a\",\"link\":1,\"state\":\"live\",\"silent\":0,\"streams\":8},"
	      "{\"venue\":\"a\",\"link\":2,\"state\":\"live\",\"silent\":0,\"streams\":8}],"
	      "\"venues\":[{\"venue\":\"a\",\"state\":\"up\",\"gaps\":12}],"
	      "\"totals\":{\"gaps\":0,\"gaps_filled\":0}}")));
	draw(&now, NULL, (struct board_view){ .columns = 80 });
	CHECK(strstr(out, "\na                    1 live               -       -       -       8      0    12\n"
	                  "a                    2 live               -       -       -       8      0\n") != NULL);
	CHECK(strstr(out, "\ngaps 0  duplicates -  tape -\n") != NULL);
}

static void
nothing_yet_is_said_in_words(void)
{
	static const char want[] =
		"tidewatch 1  ! starting, not ready: 0 of 0 venues up, 0 of 0 links live  - MB\n"
		"\n"
		"coin               price    change    delta   volume  liq long liq short     age\n"
		"no coin has traded yet\n"
		"\n"
		"venue             link state       frames/s     lag     age streams silent  gaps\n"
		"no link yet\n"
		"\n"
		"gaps -  duplicates -  tape -\n";

	CHECK(board_read(&now, SLICE("{\"version\":\"1\",\"state\":\"starting\",\"ready\":false,\"links\":[],"
	                             "\"coins\":[],\"venues\":[]}")));
	CHECK_TEXT(draw(&now, NULL, (struct board_view){ .columns = 80 }), want);
}

static void
huge_numbers_stay_in_their_columns(void)
{
	static const char want[] =
		"\nBIG              1.8e308 +1.0e300% -1.0e200  1.0e200   1.0e300    1.0e15 >9999 d\n";

	CHECK(board_read(&now, SLICE("{\"version\":\"1\",\"state\":\"live\",\"ready\":true,\"links\":[],\"coins\":["
	                             "{\"coin\":\"BIG\",\"price\":1.797e308,\"change\":1e298,\"delta_usd\":-1e200,"
	                             "\"volume_usd\":1e200,\"liquidated_long_usd\":1e300,\"liquidated_short_usd\":1e15,"
	                             "\"age_ms\":1e300,\"trades\":1e300}]}")));
	draw(&now, NULL, (struct board_view){ .columns = 80 });
	CHECK(strstr(out, want) != NULL);
}

static void
a_failed_tape_and_a_doubt_are_told(void)
{
	CHECK(board_read(&now, slice_str(MINIMAL(",\"venues\":[{\"venue\":\"bybit-spot\",\"state\":\"refused\","
	      "\"trouble\":\"403 from this region\",\"doubt\":\"volume is 40 % below its ticker\",\"unfilled\":1},"
	      "{\"venue\":\"okx\",\"state\":\"partly\",\"trouble\":\"\",\"doubt\":\"\"}],"
	      "\"tape\":{\"state\":\"failed\",\"reason\":\"no space left\",\"dropped\":12}"))));
	draw(&now, NULL, (struct board_view){ .columns = 80 });
	CHECK(strstr(out, "! the tape failed and records nothing: no space left\n"
	                  "! bybit-spot is refused: 403 from this region\n"
	                  "! okx is partly up\n"
	                  "! bybit-spot may be wrong: volume is 40 % below its ticker\n"
	                  "! bybit-spot: 1 gap is not filled, its trades are missing\n"
	                  "! the tape lost 12 records\n") != NULL);
	CHECK(strstr(out, "! tape failed\n") != NULL);

	/* Of the 9 lines between the first and the last the tables need 4. */
	draw(&now, NULL, (struct board_view){ .columns = 80, .rows = 11 });
	CHECK(strstr(out, "! okx is partly up\n"
	                  "! bybit-spot may be wrong: volume is 40 % below its ticker\n"
	                  "! 2 things more are wrong\n"
	                  "gaps ") != NULL);
}

static void
an_absent_daemon_is_told_and_the_last_figures_are_marked_old(void)
{
	static const char head[] =
		"! No figures from the daemon: /d/tidewatch.sock: no daemon runs with this\n"
		"  data.dir\n"
		"  start it: tidewatch run\n"
		"  the figures below are 12 s old\n"
		"tidewatch 0.1.0  live, ready  up 1 h 2 m  3.3/64 MB  watch BTC,PEPE,NEW\n";
	struct board_view view = { .columns = 80, .rows = 24, .old_ms = 12345, .cure = "start it: tidewatch run",
	                           .trouble = "/d/tidewatch.sock: no daemon runs with this data.dir" };
	size_t lines = 0;

	read_both();
	draw(&now, &before, view);
	CHECK(strncmp(out, head, sizeof head - 1) == 0);
	for (const char *at = out; *at != '\0'; at++)
		lines += *at == '\n';
	CHECK(lines == 24);

	/* Dim: each line of figures begins and ends so, and has no other colour. */
	view.colour = true;
	draw(&now, &before, view);
	CHECK(strstr(out, "\n\033[2mtidewatch 0.1.0  live, ready") != NULL);
	CHECK(strstr(out, "\n\033[2mBTC ") != NULL);
	CHECK(strstr(out, "\033[31m") == NULL && strstr(out, "\033[32m") == NULL);

	CHECK_TEXT(draw(NULL, NULL, (struct board_view){ .columns = 40, .rows = 24, .cure = view.cure, .trouble = "x" }),
	           "! No figures from the daemon: x\n  start it: tidewatch run\n");
	/* No room for all of that: at least the sentence. */
	view.colour = false;
	view.rows = 1;
	CHECK_TEXT(draw(&now, &before, view),
	           "! No figures from the daemon: /d/tidewatch.sock: no daemon runs with this data.~\n");
}

static void
what_comes_from_outside_does_not_reach_the_terminal(void)
{
	CHECK(board_read(&now, SLICE("{\"version\":\"\\u001b[2J\",\"state\":\"a\\u001b]0;x\\u0007\",\"ready\":true,"
	      "\"links\":[{\"venue\":\"\\u009b1m\",\"link\":1,\"state\":\"\\r\",\"reason\":\"\\u202e\",\"about\":\"\\n\"}],"
	      "\"coins\":[{\"coin\":\"\\u001b[31mBTC\"}],\"venues\":[{\"venue\":\"\\b\",\"state\":\"\\t\",\"trouble\":"
	      "\"\\u001bc\",\"doubt\":\"\\n\"}],\"watch\":{\"coins\":\"\\u001b[5m\"}}")));
	draw(&now, NULL, (struct board_view){ .columns = 200, .unicode = true });
	for (const char *at = out; *at != '\0'; at++)
		CHECK((unsigned char)*at >= 0x20 || *at == '\n');
	CHECK(strstr(out, "\xc2\x9b") == NULL && strstr(out, "\xe2\x80\xae") == NULL);
	CHECK(strstr(out, "?[31mBTC") != NULL);
}

/* On every screen: as many lines as rows, none wider than the columns, no escape. */
static void
every_size_is_kept(const struct board *b)
{
	static const char *const trouble[] = { NULL, "/d/tidewatch.sock: no daemon runs with this data.dir: start one" };
	struct text nowhere = text_init(NULL, 0);
	struct cells c = cells_init(&nowhere, 1000, false, true);

	for (int columns = 1; columns <= 140; columns += columns < 30 ? 1 : 7) {
		for (int rows = 0; rows <= 60; rows += rows < 12 ? 1 : 8) {
			for (int away = 0; away < 2; away++) {
				struct board_view view = { .columns = columns, .rows = rows, .unicode = rows % 2,
				                           .keys = true, .trouble = trouble[away],
				                           .cure = trouble[away], .old_ms = 1 };
				int lines = 0;
				size_t most = columns < BOARD_DRAW_COLUMNS_MIN ? BOARD_DRAW_COLUMNS_MIN
				                                               : (size_t)columns;
				struct slice rest;

				rest = slice_str(draw(b, &before, view));
				CHECK(strchr(out, '\033') == NULL);
				while (rest.count > 0) {
					CHECK(cells_width(&c, slice_cut(&rest, '\n')) <= most);
					lines++;
				}
				CHECK(rows == 0 || lines <= rows);
				CHECK(rows == 0 || away || lines == rows);
			}
		}
	}
}

static void
every_size_fits_whatever_there_is_to_say(void)
{
	read_both();
	every_size_is_kept(&now);
	CHECK(board_read(&now, slice_of(json, many(500, 100))));
	every_size_is_kept(&now);
	CHECK(board_read(&now, slice_of(json, many(0, 0))));
	every_size_is_kept(&now);
	CHECK(board_read(&now, slice_of(json, many(2, 60))));
	every_size_is_kept(&now);
	CHECK(board_read(&now, slice_of(json, many(60, 1))));
	every_size_is_kept(&now);
}

int
main(void)
{
	an_answer_is_read_as_it_stands();
	an_answer_cut_anywhere_is_none();
	what_is_no_answer_of_a_daemon_is_refused();
	a_figure_that_is_no_number_is_not_known();
	texts_are_cut_between_characters();
	more_than_there_is_room_for_is_counted();
	rates_are_differences_of_one_life();
	a_screen_of_80_by_24();
	a_screen_of_60_columns_drops_whole_columns();
	a_block_of_120_columns_has_more_of_them();
	colour_adds_nothing_but_escapes();
	few_rows_say_how_much_is_left_out();
	links_that_are_not_well_come_first();
	gaps_of_a_venue_stand_once();
	nothing_yet_is_said_in_words();
	huge_numbers_stay_in_their_columns();
	a_failed_tape_and_a_doubt_are_told();
	an_absent_daemon_is_told_and_the_last_figures_are_marked_old();
	what_comes_from_outside_does_not_reach_the_terminal();
	every_size_fits_whatever_there_is_to_say();
	return CHECK_END("board");
}
