/* binance_test.c - Binance's messages and bodies against events written by hand.
 *
 * Goal: every kind of message and REST answer of Binance gives exactly the events
 *       of its fixture, and what is broken gives none.
 * Method: the pairs in tests/venue/binance/: NAME.frame as the venue sends it,
 *       NAME.events written by hand from the sheet ("# venue result [asked]", notes,
 *       event lines as the NDJSON contract has them).  Hand-made frames for the
 *       unhappy side.
 */
#include "venue/binance_harness.h"
#include "check.h"
#include <dirent.h>

enum { FILE_BYTES = 65536 };

static const char folder[] = "tests/venue/binance/";
static struct harness h;

static size_t
read_file(const char *name, const char *end, char *to)
{
	char path[512];
	size_t count;
	FILE *file;

	snprintf(path, sizeof path, "%s%s%s", folder, name, end);
	file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	count = fread(to, 1, FILE_BYTES - 1, file);
	fclose(file);
	while (count > 0 && to[count - 1] == '\n')
		count--;
	to[count] = '\0';
	return count;
}

struct fixture {
	struct slice frame, asked;  /* asked empty: a websocket message */
	const struct venue *v;
	struct slice result;
	int64_t recv_ns;
	uint32_t other_product;     /* rows skipped for it */
	char want[FILE_BYTES];      /* the event lines */
};

/* "123\t{...": the receipt time of a recording. */
static void
cut_receipt(struct fixture *f)
{
	struct slice rest = f->frame, time = slice_cut(&rest, '\t');

	if (rest.count == 0 || time.count != 19)
		return;
	f->recv_ns = strtoll(time.at, NULL, 10);
	f->frame = rest;
}

static bool
load(const char *name, struct fixture *f)
{
	static char frame[FILE_BYTES], events[FILE_BYTES];
	struct slice rest, line, word;
	struct text want = text_init(f->want, sizeof f->want - 1);

	memset(f, 0, sizeof *f);
	f->frame = slice_of(frame, read_file(name, ".frame", frame));
	rest = slice_of(events, read_file(name, ".events", events));
	line = slice_cut(&rest, '\n');
	slice_cut(&line, ' ');
	word = slice_cut(&line, ' ');
	f->v = venue_by_name(word);
	f->result = slice_cut(&line, ' ');
	f->asked = line;
	cut_receipt(f);
	while (rest.count > 0) {
		line = slice_cut(&rest, '\n');
		if (slice_starts(line, SLICE("# recv_ns ")))
			f->recv_ns = strtoll(line.at + 10, NULL, 10);
		else if (slice_starts(line, SLICE("# skipped other_product ")))
			f->other_product = (uint32_t)strtoul(line.at + 24, NULL, 10);
		if (line.count == 0 || line.at[0] == '#')
			continue;
		text_put(&want, line);
		text_char(&want, '\n');
	}
	f->want[want.count] = '\0';
	return f->frame.count > 0 && f->v != NULL && f->result.count > 0 && !want.cut;
}

static void
fixture_gives_its_events(const char *name)
{
	static struct fixture f;
	static char got[FILE_BYTES];
	struct text out = text_init(got, sizeof got - 1);
	enum decode result;
	bool took;

	CHECK(load(name, &f));
	if (f.v == NULL)
		return;
	harness_init(&h, f.v);
	h.call.recv_ns = f.recv_ns;
	if (f.asked.count > 0) {
		result = harness_body(&h, f.asked, f.frame, &out);
	} else {
		result = f.v->decode(f.v, &h.call, f.frame);
		harness_print(&h, &out);
	}
	got[out.count] = '\0';
	if (!slice_equal(slice_str(decode_text(result)), f.result) || strcmp(got, f.want) != 0)
		printf("%s:\n", name);
	CHECK(slice_equal(slice_str(decode_text(result)), f.result));
	CHECK_TEXT(got, f.want);
	CHECK(h.call.skipped[DECODE_OTHER_PRODUCT] == f.other_product);
	CHECK(h.call.skipped[DECODE_UNKNOWN_SYMBOL] == 0);
	if (f.asked.count > 0)
		return;

	/* The second time the symbol is known, and the fast way may take it. */
	h.batch.count = 0;
	CHECK(harness_agree(&h, f.frame, &took));
	/* A message that is cut anywhere is no message. */
	for (size_t cut = 0; cut < f.frame.count; cut++) {
		char *part = malloc(cut + 1); /* its own, so that ASan sees a step beyond */

		memcpy(part, f.frame.at, cut);
		h.batch.count = 0;
		result = f.v->decode(f.v, &h.call, slice_of(part, cut));
		if (result == DECODE_OK && strspn(f.frame.at + cut, " ") == f.frame.count - cut)
			h.batch.count = 0; /* only the blanks behind it were cut */
		else
			CHECK(result == DECODE_JSON || result == DECODE_EMPTY);
		CHECK(h.batch.count == 0);
		free(part);
	}
}

static void
fixtures_give_their_events(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int count = 0;

	CHECK(dir != NULL);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *dot = strrchr(entry->d_name, '.');

		if (dot == NULL || strcmp(dot, ".frame") != 0)
			continue;
		*dot = '\0';
		fixture_gives_its_events(entry->d_name);
		count++;
	}
	if (dir != NULL)
		closedir(dir);
	CHECK(count >= 100);
}

static enum decode
decode(const struct venue *v, const char *frame)
{
	harness_init(&h, v);
	return v->decode(v, &h.call, slice_str(frame));
}

static void
broken_messages_give_no_event(void)
{
	static const struct { const char *why, *frame; enum decode want; } row[] = {
		{ "nothing",        "", DECODE_EMPTY },
		{ "blanks",         " \r\n\t", DECODE_EMPTY },
		{ "no rows",        "[]", DECODE_EMPTY },
		{ "no rows inside", "{\"stream\":\"!markPrice@arr\",\"data\":[]}", DECODE_EMPTY },
		{ "no members",     "{}", DECODE_UNKNOWN_CHANNEL },
		{ "a number",       "12", DECODE_JSON },
		{ "a word",         "pong", DECODE_JSON },
		{ "data is null",   "{\"stream\":\"a@trade\",\"data\":null}", DECODE_SHAPE },
		{ "data is text",   "{\"stream\":\"a@trade\",\"data\":\"x\"}", DECODE_SHAPE },
		{ "a list of text", "[\"x\"]", DECODE_SHAPE },
		{ "garbage behind", "{\"id\":1,\"result\":null}x", DECODE_JSON },
		{ "garbage inside", "{\"stream\":\"s\",\"data\":{\"e\":\"trade\",\"q\":01}}",
			DECODE_JSON },
#define AGG(s, a, p, q, t, m) "{\"e\":\"aggTrade\",\"E\":9,\"s\":" s ",\"a\":" a \
	",\"p\":" p ",\"q\":" q ",\"f\":1,\"l\":1,\"T\":" t ",\"m\":" m "}"
#define S "\"BTCUSDT\""
		{ "as it should be", AGG(S, "1", "\"2\"", "\"3\"", "8", "true"), DECODE_OK },
		{ "numbers bare",   AGG(S, "\"1\"", "2", "3", "\"8\"", "true"), DECODE_OK },
		{ "no symbol",      AGG("null", "1", "\"2\"", "\"3\"", "8", "true"), DECODE_SHAPE },
		{ "symbol number",  AGG("5", "1", "\"2\"", "\"3\"", "8", "true"), DECODE_SHAPE },
		{ "empty symbol",   AGG("\"\"", "1", "\"2\"", "\"3\"", "8", "true"),
			DECODE_UNKNOWN_SYMBOL },
		{ "long symbol",    AGG("\"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123USDT\"", "1",
			"\"2\"", "\"3\"", "8", "true"), DECODE_UNKNOWN_SYMBOL },
		{ "odd symbol",     AGG("\"A BUSDT\"", "1", "\"2\"", "\"3\"", "8", "true"),
			DECODE_UNKNOWN_SYMBOL },
		{ "half an escape", AGG("\"\\ud83dUSDT\"", "1", "\"2\"", "\"3\"", "8",
			"true"), DECODE_UNKNOWN_SYMBOL },
		{ "no id",          AGG(S, "null", "\"2\"", "\"3\"", "8", "true"), DECODE_SHAPE },
		{ "id below zero",  AGG(S, "-1", "\"2\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "id of 65 bits",  AGG(S, "18446744073709551616", "\"2\"", "\"3\"", "8",
			"true"), DECODE_NUMBER },
		{ "no price",       AGG(S, "1", "\"\"", "\"3\"", "8", "true"), DECODE_SHAPE },
		{ "price 0",        AGG(S, "1", "\"0.00\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "price below 0",  AGG(S, "1", "\"-2\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "price text",     AGG(S, "1", "\"two\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "price NaN",      AGG(S, "1", "\"NaN\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "price true",     AGG(S, "1", "true", "\"3\"", "8", "true"), DECODE_SHAPE },
		{ "price infinite", AGG(S, "1", "\"1e999\"", "\"3\"", "8", "true"), DECODE_NUMBER },
		{ "price vanishes", AGG(S, "1", "\"1e-400\"", "\"3\"", "8", "true"),
			DECODE_NUMBER },
		{ "quantity 0",     AGG(S, "1", "\"2\"", "\"0\"", "8", "true"), DECODE_NUMBER },
		{ "worth too much", AGG(S, "1", "\"1e300\"", "\"1e300\"", "8", "true"),
			DECODE_NUMBER },
		{ "time below 0",   AGG(S, "1", "\"2\"", "\"3\"", "-8", "true"), DECODE_NUMBER },
		{ "time broken",    AGG(S, "1", "\"2\"", "\"3\"", "8.5", "true"), DECODE_NUMBER },
		{ "time far away",  AGG(S, "1", "\"2\"", "\"3\"", "10000000000000000",
			"true"), DECODE_NUMBER },
		{ "no side",        AGG(S, "1", "\"2\"", "\"3\"", "8", "null"), DECODE_SHAPE },
		{ "side is text",   AGG(S, "1", "\"2\"", "\"3\"", "8", "\"true\""), DECODE_SHAPE },
		{ "st is text",     "{\"e\":\"aggTrade\",\"s\":\"BTCUSDT\",\"st\":\"x\"}",
			DECODE_SHAPE },
		{ "order is gone",  "{\"e\":\"forceOrder\",\"E\":9}", DECODE_SHAPE },
		{ "order sideways", "{\"e\":\"forceOrder\",\"E\":9,\"o\":{\"s\":\"BTCUSDT\","
			"\"S\":\"BOTH\",\"q\":\"1\",\"p\":\"1\"}}", DECODE_SHAPE },
		{ "order of none",  "{\"e\":\"forceOrder\",\"E\":9,\"o\":{\"s\":\"BTCUSDT\","
			"\"S\":\"BUY\",\"q\":\"0\",\"p\":\"1\"}}", DECODE_NUMBER },
		{ "no price at all", "{\"e\":\"forceOrder\",\"E\":9,\"o\":{\"s\":\"BTCUSDT\","
			"\"S\":\"BUY\",\"q\":\"1\",\"ap\":\"0\"}}", DECODE_NUMBER },
		{ "order of others", "{\"e\":\"forceOrder\",\"E\":9,\"o\":{\"s\":\"BTCUSDT\","
			"\"S\":\"BUY\",\"q\":\"1\",\"p\":\"1\",\"st\":2}}",
			DECODE_OTHER_PRODUCT },
		{ "mark is gone",   "{\"e\":\"markPriceUpdate\",\"E\":9,\"s\":\"BTCUSDT\","
			"\"r\":\"0\"}", DECODE_SHAPE },
		{ "mark below 0",   "{\"e\":\"markPriceUpdate\",\"E\":9,\"s\":\"BTCUSDT\","
			"\"p\":\"-1\",\"r\":\"0\"}", DECODE_NUMBER },
		{ "funding is text", "{\"e\":\"markPriceUpdate\",\"E\":9,\"s\":\"BTCUSDT\","
			"\"p\":\"1\",\"r\":\"x\"}", DECODE_NUMBER },
		{ "book of one side", "{\"e\":\"bookTicker\",\"s\":\"BTCUSDT\",\"b\":\"1\","
			"\"B\":\"1\"}", DECODE_SHAPE },
		{ "bar without x",  "{\"e\":\"kline\",\"s\":\"BTCUSDT\",\"k\":{\"t\":5,"
			"\"i\":\"1m\",\"o\":\"1\",\"h\":\"1\",\"l\":\"1\",\"c\":\"1\"}}",
			DECODE_SHAPE },
		{ "bar of 7 m",     "{\"e\":\"kline\",\"s\":\"BTCUSDT\",\"k\":{\"t\":5,"
			"\"i\":\"7m\",\"x\":true,\"o\":\"1\",\"h\":\"1\",\"l\":\"1\","
			"\"c\":\"1\"}}", DECODE_SHAPE },
		{ "bar without time", "{\"e\":\"kline\",\"s\":\"BTCUSDT\",\"k\":{\"i\":\"1m\","
			"\"x\":true,\"o\":\"1\",\"h\":\"1\",\"l\":\"1\",\"c\":\"1\"}}",
			DECODE_SHAPE },
		{ "volume below 0", "{\"e\":\"kline\",\"s\":\"BTCUSDT\",\"k\":{\"t\":5,"
			"\"i\":\"1m\",\"x\":true,\"o\":\"1\",\"h\":\"1\",\"l\":\"1\","
			"\"c\":\"1\",\"v\":\"-1\"}}", DECODE_NUMBER },
		{ "status is gone", "{\"e\":\"contractInfo\",\"E\":9,\"s\":\"BTCUSDT\"}",
			DECODE_SHAPE },
		{ "status too long", "{\"e\":\"contractInfo\",\"E\":9,\"s\":\"BTCUSDT\","
			"\"cs\":\"ABCDEFGHIJKLMNOPQRSTUVWX\"}", DECODE_SHAPE },
		{ "e is a number",  "{\"e\":1,\"s\":\"BTCUSDT\"}", DECODE_UNKNOWN_CHANNEL },
		{ "e is new",       "{\"e\":\"somethingNew\",\"s\":\"BTCUSDT\"}",
			DECODE_UNKNOWN_CHANNEL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum decode got = decode(&venue_binance_usdm, row[i].frame);

		if (got != row[i].want)
			printf("%s: got %s\n", row[i].why, decode_text(got));
		CHECK(got == row[i].want);
		CHECK(h.batch.count == (row[i].want == DECODE_OK));
		CHECK(h.call.skipped[DECODE_UNKNOWN_SYMBOL] == 0);
	}
}

/* One bad row drops the whole list, also what came before it, and what was skipped. */
static void
a_list_is_told_whole_or_not_at_all(void)
{
#define MARK(symbol, price, st) "{\"e\":\"markPriceUpdate\",\"E\":9,\"s\":\"" symbol \
	"\",\"p\":\"" price "\",\"r\":\"0\",\"T\":7,\"st\":" st "}"
	CHECK(decode(&venue_binance_usdm, "[" MARK("AUSDT", "1", "1") "," MARK("BUSDT", "1", "2")
	             "," MARK("CCUSDT", "x", "1") "]") == DECODE_NUMBER);
	CHECK(h.batch.count == 0);
	CHECK(h.call.skipped[DECODE_OTHER_PRODUCT] == 0);

	CHECK(decode(&venue_binance_usdm, "[" MARK("AUSDT", "1", "1") "," MARK("BUSDT", "1", "2")
	             "," MARK("CCUSDT", "2", "1") "," MARK("nothing", "2", "1") "]") == DECODE_OK);
	CHECK(h.batch.count == 2);
	CHECK(h.call.skipped[DECODE_OTHER_PRODUCT] == 1);
	CHECK(h.call.skipped[DECODE_UNKNOWN_SYMBOL] == 1);

	harness_init(&h, &venue_binance_usdm);
	h.batch.count_max = 1;
	CHECK(h.v->decode(h.v, &h.call, SLICE("[" MARK("AUSDT", "1", "1") ","
	                                      MARK("CCUSDT", "1", "1") "]")) == DECODE_TOO_MANY);
	CHECK(h.batch.count == 0);

	/* What stood in the batch before the message stays. */
	CHECK(h.v->decode(h.v, &h.call, SLICE(MARK("AUSDT", "1", "1"))) == DECODE_OK);
	CHECK(h.v->decode(h.v, &h.call, SLICE(MARK("AUSDT", "1", "1"))) == DECODE_TOO_MANY);
	CHECK(h.v->decode(h.v, &h.call, SLICE("[" MARK("AUSDT", "", "x") "]")) == DECODE_JSON);
	CHECK(h.batch.count == 1);
}

/* Each way of telling the trades has its own row of ids; a block proves nothing. */
static void
ids_say_what_they_prove(void)
{
	static const struct { const char *frame; uint64_t id; uint8_t space; } row[] = {
		{ "{\"e\":\"aggTrade\",\"E\":9,\"s\":\"BTCUSDT\",\"a\":71,\"p\":\"1\","
			"\"q\":\"1\",\"f\":500,\"l\":509,\"T\":8,\"m\":true}", 71, ID_AGGREGATE },
		{ "{\"e\":\"trade\",\"E\":9,\"s\":\"BTCUSDT\",\"t\":500,\"p\":\"1\","
			"\"q\":\"1\",\"T\":8,\"m\":true}", 500, ID_TRADE },
		{ "{\"e\":\"blockTrade\",\"E\":9,\"s\":\"BTCUSDT\",\"t\":501,\"p\":\"1\","
			"\"q\":\"1\",\"T\":8,\"m\":true}", 0, ID_NONE },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		CHECK(decode(&venue_binance_spot, row[i].frame) == DECODE_OK);
		CHECK(h.event[0].u.trade.first_id == row[i].id);
		CHECK(h.event[0].u.trade.last_id == row[i].id);
		CHECK(h.event[0].u.trade.id_space == row[i].space);
	}
}

static int32_t
interval_in_mark(const char *symbol)
{
	char frame[256];

	snprintf(frame, sizeof frame, "{\"e\":\"markPriceUpdate\",\"E\":9,\"s\":\"%s\","
	         "\"p\":\"1\",\"r\":\"0.0001\",\"T\":7}", symbol);
	h.batch.count = 0;
	if (h.v->decode(h.v, &h.call, slice_str(frame)) != DECODE_OK)
		return -1;
	return h.event[0].u.mark.funding_interval_h;
}

/* 8 h for who is in the metadata and not in fundingInfo; nothing for who is guessed. */
static void
funding_intervals_come_from_metadata(void)
{
	const struct slice info = SLICE("{\"symbols\":["
		"{\"symbol\":\"AAAUSDT\",\"contractType\":\"PERPETUAL\","
			"\"status\":\"TRADING\",\"baseAsset\":\"AAA\",\"quoteAsset\":\"USDT\","
			"\"marginAsset\":\"USDT\",\"filters\":[]},"
		"{\"symbol\":\"BBBUSDT\",\"contractType\":\"PERPETUAL\","
			"\"status\":\"TRADING\",\"baseAsset\":\"BBB\",\"quoteAsset\":\"USDT\","
			"\"marginAsset\":\"USDT\",\"filters\":[]}]}");
	const struct slice funding = SLICE("[{\"symbol\":\"BBBUSDT\",\"fundingIntervalHours\":4},"
		"{\"symbol\":\"NEWUSDT\",\"fundingIntervalHours\":1}]");
	uint32_t index;

	harness_init(&h, &venue_binance_usdm);
	CHECK(interval_in_mark("BBBUSDT") == 0);
	CHECK(harness_body(&h, SLICE("/fapi/v1/exchangeInfo"), info, NULL) == DECODE_OK);
	CHECK(interval_in_mark("AAAUSDT") == 8);
	CHECK(harness_body(&h, SLICE("/fapi/v1/fundingInfo"), funding, NULL) == DECODE_OK);
	CHECK(interval_in_mark("AAAUSDT") == 8);
	CHECK(interval_in_mark("BBBUSDT") == 4);
	CHECK(interval_in_mark("NEWUSDT") == 1);
	/* An interval of a rate that is not there says nothing. */
	h.batch.count = 0;
	CHECK(h.v->decode(h.v, &h.call, SLICE("{\"e\":\"markPriceUpdate\",\"E\":9,"
		"\"s\":\"BBBUSDT\",\"p\":\"1\",\"r\":\"\",\"T\":0}")) == DECODE_OK);
	CHECK(h.event[0].u.mark.funding_interval_h == 0);
	/* The next metadata does not say it again. */
	CHECK(harness_body(&h, SLICE("/fapi/v1/exchangeInfo"), info, NULL) == DECODE_OK);
	CHECK(interval_in_mark("BBBUSDT") == 4);

	/* What was guessed is known now, and keeps its index. */
	index = instrument_find(&h.table, h.v->id, SLICE("BBBUSDT"));
	CHECK(index == 1);
	CHECK(!h.table.at[index].from_spelling);
}

static void
with_metadata_an_unknown_symbol_is_unknown(void)
{
	harness_init(&h, &venue_binance_usdm);
	h.table.learn = false;
	CHECK(interval_in_mark("BTCUSDT") == -1);
	CHECK(h.v->decode(h.v, &h.call, SLICE(MARK("BTCUSDT", "1", "1"))) == DECODE_UNKNOWN_SYMBOL);
	/* Spelled like COIN-M, but the row says it is ours: then it is unknown. */
	CHECK(h.v->decode(h.v, &h.call, SLICE(MARK("BTCUSD_PERP", "1",
		"1"))) == DECODE_UNKNOWN_SYMBOL);
	CHECK(h.v->decode(h.v, &h.call, SLICE(MARK("BTCUSD_PERP", "1",
		"2"))) == DECODE_OTHER_PRODUCT);
	CHECK(h.table.count == 1);
}

/* contractSize is the venue's word: 100 for BTC is only a guess without it. */
static void
contract_size_comes_from_metadata(void)
{
	const struct slice info = SLICE("{\"symbols\":[{\"symbol\":\"BTCUSD_PERP\","
		"\"contractType\":\"PERPETUAL\",\"contractStatus\":\"TRADING\",\"contractSize\":50,"
		"\"baseAsset\":\"BTC\",\"quoteAsset\":\"USD\",\"marginAsset\":\"BTC\","
			"\"filters\":[]}]}");
	const struct slice trade = SLICE("{\"e\":\"trade\",\"E\":9,\"T\":8,\"s\":\"BTCUSD_PERP\","
		"\"t\":1,\"p\":\"25000\",\"q\":\"3\",\"m\":false}");
	const struct slice none = SLICE("{\"symbols\":[{\"symbol\":\"BTCUSD_PERP\","
		"\"baseAsset\":\"BTC\",\"quoteAsset\":\"USD\"}]}");

	harness_init(&h, &venue_binance_coinm);
	CHECK(harness_body(&h, SLICE("/dapi/v1/exchangeInfo"), info, NULL) == DECODE_OK);
	h.batch.count = 0;
	CHECK(h.v->decode(h.v, &h.call, trade) == DECODE_OK);
	CHECK(h.event[0].u.trade.usd == 150);
	CHECK(h.event[0].u.trade.qty == 0.006);
	CHECK(harness_body(&h, SLICE("/dapi/v1/exchangeInfo"), none, NULL) == DECODE_SHAPE);
	CHECK(h.table.at[1].contract_size == 50);
}

/* Without st the spelling decides, for symbols that only one line can have. */
static void
spelling_tells_the_lines_apart(void)
{
	static const struct {
		const char *symbol;
		enum decode spot, usdm, coinm;
	} row[] = {
		{ "BTCUSDT",          DECODE_OK, DECODE_OK, DECODE_OTHER_PRODUCT },
		{ "BTCUSDT_210625",   DECODE_OTHER_PRODUCT, DECODE_OK, DECODE_OTHER_PRODUCT },
		{ "BTCUSD_PERP",      DECODE_OTHER_PRODUCT, DECODE_OTHER_PRODUCT, DECODE_OK },
		{ "BTCUSD_210625",    DECODE_OTHER_PRODUCT, DECODE_OTHER_PRODUCT, DECODE_OK },
		{ "BTCUSD1",          DECODE_OK, DECODE_OK, DECODE_OTHER_PRODUCT },
		{ "BTCUSD",           DECODE_OK, DECODE_UNKNOWN_SYMBOL, DECODE_OTHER_PRODUCT },
		{ "BTCUSDT_PERP",     DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
		{ "BTCUSD_21062",     DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
		{ "BTCUSD_21062A",    DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
		{ "USD_PERP",         DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
		{ "USDT",             DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
		{ "BTCUSDT_C",        DECODE_UNKNOWN_SYMBOL, DECODE_UNKNOWN_SYMBOL,
			DECODE_UNKNOWN_SYMBOL },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		char frame[256];

		snprintf(frame, sizeof frame, "{\"e\":\"24hrMiniTicker\",\"E\":9,\"s\":\"%s\","
		         "\"c\":\"1\",\"o\":\"1\",\"h\":\"1\",\"l\":\"1\",\"v\":\"1\",\"q\":\"1\"}",
		         row[i].symbol);
		CHECK(decode(&venue_binance_spot, frame) == row[i].spot);
		CHECK(decode(&venue_binance_usdm, frame) == row[i].usdm);
		CHECK(decode(&venue_binance_coinm, frame) == row[i].coinm);
	}
}

static void
broken_bodies_give_no_event(void)
{
	static const struct { const char *asked, *body; enum decode want; } row[] = {
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "[[1,\"1\",\"1\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\",\"1\"]]", DECODE_OK },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "[[1,\"1\",\"1\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\"]]", DECODE_SHAPE },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "[{\"t\":1}]", DECODE_SHAPE },
		{ "/fapi/v1/klines?symbol=BTCUSDT", "[[1,\"1\",\"1\",\"1\",\"1\",\"1\",2,"
			"\"1\",1,\"1\",\"1\"]]", DECODE_SHAPE },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1M", "[[1,\"1\",\"1\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\",\"1\"]]", DECODE_NO_EVENT },
		{ "/fapi/v1/klines?interval=1m", "[[1,\"1\",\"1\",\"1\",\"1\",\"1\",2,\"1\",1,"
			"\"1\",\"1\"]]", DECODE_UNKNOWN_SYMBOL },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "[[1,\"1\",\"x\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\",\"1\"]]", DECODE_NUMBER },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "[[0,\"1\",\"1\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\",\"1\"]]", DECODE_SHAPE },
		{ "/fapi/v1/trades", "[{\"id\":1,\"price\":\"1\",\"qty\":\"1\",\"time\":1,"
			"\"isBuyerMaker\":true}]", DECODE_UNKNOWN_SYMBOL },
		{ "/fapi/v1/trades?symbol=%4", "[{\"id\":1,\"price\":\"1\",\"qty\":\"1\","
			"\"time\":1,\"isBuyerMaker\":true}]", DECODE_UNKNOWN_SYMBOL },
		{ "/fapi/v1/trades?symbol=BTCUSDT", "[{\"id\":1,\"price\":\"1\",\"qty\":\"1\","
			"\"time\":1}]", DECODE_SHAPE },
		{ "/fapi/v1/trades?symbol=BTCUSDT", "[{\"id\":1,\"price\":\"1\",\"qty\":\"0\","
			"\"time\":1,\"isBuyerMaker\":true}]", DECODE_NUMBER },
		{ "/fapi/v1/trades?symbol=BTCUSDT", "[[1]]", DECODE_SHAPE },
		{ "/fapi/v1/trades?symbol=BTCUSDT", "[5]", DECODE_JSON },
		{ "/fapi/v1/aggTrades?symbol=BTCUSD_PERP", "[{\"a\":1,\"p\":\"1\",\"q\":\"1\","
			"\"T\":1,\"m\":true}]", DECODE_OTHER_PRODUCT },
		{ "/fapi/v1/openInterest?symbol=BTCUSDT", "{\"symbol\":\"BTCUSDT\","
			"\"time\":1}", DECODE_SHAPE },
		{ "/fapi/v1/openInterest?symbol=BTCUSDT", "{\"symbol\":\"BTCUSDT\","
			"\"openInterest\":\"-1\",\"time\":1}", DECODE_NUMBER },
		{ "/fapi/v1/fundingInfo", "[{\"symbol\":\"BTCUSDT\","
			"\"fundingIntervalHours\":0}]", DECODE_NUMBER },
		{ "/fapi/v1/fundingInfo", "[{\"symbol\":\"BTCUSDT\","
			"\"fundingIntervalHours\":25}]", DECODE_NUMBER },
		{ "/fapi/v1/fundingInfo", "[{\"symbol\":\"BTCUSDT\"}]", DECODE_SHAPE },
		{ "/fapi/v1/fundingRate", "[{\"symbol\":\"BTCUSDT\",\"fundingTime\":1}]",
			DECODE_SHAPE },
		{ "/fapi/v1/premiumIndex", "[{\"symbol\":\"BTCUSDT\",\"time\":1}]", DECODE_SHAPE },
		{ "/futures/data/globalLongShortAccountRatio", "[{\"symbol\":\"BTCUSDT\","
			"\"longAccount\":\"1.01\",\"timestamp\":1}]", DECODE_NUMBER },
		{ "/futures/data/globalLongShortAccountRatio", "[{\"symbol\":\"BTCUSDT\","
			"\"timestamp\":1}]", DECODE_SHAPE },
		{ "/futures/data/takerlongshortRatio?symbol=BTCUSDT", "[{\"buyVol\":\"1\","
			"\"timestamp\":1}]", DECODE_SHAPE },
		{ "/fapi/v1/ticker/24hr", "[{\"symbol\":\"BTCUSDT\"}]", DECODE_SHAPE },
		{ "/fapi/v1/ticker/bookTicker", "[{\"symbol\":\"BTCUSDT\",\"bidPrice\":\"1\","
			"\"bidQty\":\"1\"}]", DECODE_SHAPE },
		{ "/fapi/v1/exchangeInfo", "{\"symbols\":[{\"symbol\":\"BTCUSDT\","
			"\"baseAsset\":\"BTC\"}]}", DECODE_SHAPE },
		{ "/fapi/v1/exchangeInfo", "{\"symbols\":[{\"symbol\":\"\","
			"\"baseAsset\":\"BTC\",\"quoteAsset\":\"USDT\"}]}", DECODE_SHAPE },
		{ "/fapi/v1/exchangeInfo", "{\"symbols\":[{\"symbol\":\"A\\u0000B\","
			"\"baseAsset\":\"BTC\",\"quoteAsset\":\"USDT\"}]}", DECODE_SHAPE },
		{ "/fapi/v1/exchangeInfo", "{\"symbols\":[{\"symbol\":\"BTCUSDT\","
			"\"baseAsset\":\"BTC\",\"quoteAsset\":\"USDT\","
			"\"filters\":[{\"filterType\":\"PRICE_FILTER\","
			"\"tickSize\":\"x\"}]}]}", DECODE_NUMBER },
		{ "", "{}", DECODE_OTHER_PRODUCT },
		{ "/fapi/", "{}", DECODE_UNKNOWN_CHANNEL },
		{ "/api/v3/klines?symbol=BTCUSDT&interval=1m", "[[1,\"1\",\"1\",\"1\",\"1\","
			"\"1\",2,\"1\",1,\"1\",\"1\"]]", DECODE_OTHER_PRODUCT },
		{ "/fapi/v1/klines?symbol=BTCUSDT&interval=1m", "{\"code\":0,"
			"\"msg\":\"Service unavailable from a restricted location\"}",
			DECODE_ERROR_REPLY },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum decode got;

		harness_init(&h, &venue_binance_usdm);
		got = harness_body(&h, slice_str(row[i].asked), slice_str(row[i].body), NULL);
		if (got != row[i].want)
			printf("%s %s: got %s\n", row[i].asked, row[i].body, decode_text(got));
		CHECK(got == row[i].want);
		CHECK(h.batch.count == (row[i].want == DECODE_OK));
	}
}

int
main(void)
{
	fixtures_give_their_events();
	broken_messages_give_no_event();
	a_list_is_told_whole_or_not_at_all();
	ids_say_what_they_prove();
	funding_intervals_come_from_metadata();
	with_metadata_an_unknown_symbol_is_unknown();
	contract_size_comes_from_metadata();
	spelling_tells_the_lines_apart();
	broken_bodies_give_no_event();
	return CHECK_END("binance");
}
