/* feed_world.h - a feed with its pipeline on the fake network: what a test plays with.
 *
 * Records go through app/pipeline.h as in the program, and its events back to the feed.
 * REST answers are made up here: metadata of the coins in `world.coins`, empty lists for
 * what a test does not care about.
 */
#ifndef TESTS_FEED_WORLD_H
#define TESTS_FEED_WORLD_H
#include "app/pipeline.h"
#include "app/watch.h"
#include "feed/inside.h"
#include "fake_net.h"

enum { WORLD_RECORDS_MAX = 400000, WORLD_MEMORY = 96 << 20 };

static struct world {
	struct feed *feed;
	struct pipeline pipeline;
	struct log log;
	struct arena arena;
	char *memory;
	const char *const *coins;   /* of the venues' metadata; NULL at the end */
	/* What reached the sink, but for frames and bodies only their number. */
	struct { uint8_t kind, venue; uint16_t link; char asked[80], data[200]; } record[4096];
	int record_count;
	uint64_t frames, bodies;
	struct { uint8_t kind, what; uint32_t instrument; uint64_t from_id, to_id; } event[4096];
	int event_count;
	struct watch_list watch;
	char log_text[1 << 16];
	size_t log_count;
	struct fake_answer (*answer)(struct conn *c, struct slice path); /* first asked */
	bool echo;
} world;

static void
world_log(void *context, struct slice line)
{
	(void)context;
	if (world.echo)
		fprintf(stderr, "%8.3f %.*s", (double)fake.loop.now.mono_ns / 1e9,
		        (int)line.count, line.at);
	if (world.log_count + line.count < sizeof world.log_text) {
		memcpy(world.log_text + world.log_count, line.at, line.count);
		world.log_count += line.count;
	}
}

static bool
world_watches(void *context, const struct instrument *row)
{
	(void)context;
	return watch_has(&world.watch, slice_str(row->coin));
}

static void
world_event(void *context, const struct event *ev)
{
	(void)context;
	if (ev->kind != EVENT_INSTRUMENT && world.event_count < 4096) {
		world.event[world.event_count].kind = ev->kind;
		world.event[world.event_count].instrument = ev->instrument;
		if (ev->kind == EVENT_STATUS) {
			world.event[world.event_count].what = ev->u.status.what;
			world.event[world.event_count].from_id = ev->u.status.from_id;
			world.event[world.event_count].to_id = ev->u.status.to_id;
		} else if (ev->kind == EVENT_TRADE) {
			world.event[world.event_count].from_id = ev->u.trade.first_id;
		}
		world.event_count++;
	}
	if (world.feed != NULL)
		feed_event(world.feed, ev);
}

static void
world_sink(void *context, const struct tape_record *r)
{
	(void)context;
	if (r->kind == TAPE_FRAME)
		world.frames++;
	else if (r->kind == TAPE_BODY)
		world.bodies++;
	if (r->kind != TAPE_FRAME && world.record_count < (r->kind == TAPE_BODY ? 1000 : 4096)) {
		int i = world.record_count++;

		world.record[i].kind = r->kind;
		world.record[i].venue = r->venue;
		world.record[i].link = r->link;
		snprintf(world.record[i].asked, sizeof world.record[i].asked, "%.*s",
		         (int)r->asked.count, r->asked.count > 0 ? r->asked.at : "");
		snprintf(world.record[i].data, sizeof world.record[i].data, "%.*s",
		         (int)(r->data.count < 199 ? r->data.count : 199),
		         r->data.count > 0 ? r->data.at : "");
	}
	if (r->kind == TAPE_WATCH) {
		watch_set(&world.watch, r->data);
		pipeline_watch_changed(&world.pipeline);
	}
	pipeline_record(&world.pipeline, r);
}

/* How many records of that kind have these words ("" any). */
static inline int
world_count(enum tape_kind kind, const char *asked, const char *data)
{
	int count = 0;

	for (int i = 0; i < world.record_count; i++)
		count += world.record[i].kind == kind &&
		         strstr(world.record[i].asked, asked) != NULL &&
		         strstr(world.record[i].data, data) != NULL;
	return count;
}

/* How many messages or requests with this word were said. */
static inline int
world_said(const char *word)
{
	int count = 0;

	for (int i = 0; i < fake.sent_count; i++)
		count += strstr(fake.sent[i].text, word) != NULL;
	return count;
}

static char *
world_binance_info(bool spot)
{
	static char text[1 << 20];
	struct text out = text_init(text, sizeof text - 1);

	text_str(&out, "{\"timezone\":\"UTC\",\"symbols\":[");
	for (int i = 0; world.coins[i] != NULL; i++) {
		text_format(&out, "%s{\"symbol\":\"%sUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"%s\","
		            "\"quoteAsset\":\"USDT\",%s\"filters\":[{\"filterType\":\"PRICE_FILTER\","
		            "\"tickSize\":\"0.10\"},{\"filterType\":\"LOT_SIZE\",\"stepSize\":"
		            "\"0.001\"}]}", i > 0 ? "," : "", world.coins[i], world.coins[i],
		            spot ? "" : "\"contractType\":\"PERPETUAL\",\"marginAsset\":\"USDT\",");
	}
	text_str(&out, "]}");
	text[out.count] = '\0';
	return text;
}

static char *
world_bybit_info(const char *category)
{
	static char text[1 << 20];
	struct text out = text_init(text, sizeof text - 1);

	text_format(&out, "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"category\":\"%s\","
	            "\"list\":[", category);
	for (int i = 0; world.coins[i] != NULL; i++)
		text_format(&out, "%s{\"symbol\":\"%sUSDT\",%s\"status\":\"Trading\",\"baseCoin\":\"%s\","
		            "\"quoteCoin\":\"USDT\",\"settleCoin\":\"USDT\",\"priceFilter\":{"
		            "\"tickSize\":\"0.10\"},\"lotSizeFilter\":{\"qtyStep\":\"0.001\","
		            "\"basePrecision\":\"0.001\"},\"fundingInterval\":480}", i > 0 ? "," : "",
		            world.coins[i], strcmp(category, "spot") == 0 ? ""
		            : "\"contractType\":\"LinearPerpetual\",", world.coins[i]);
	text_str(&out, "],\"nextPageCursor\":\"\"}}");
	text[out.count] = '\0';
	return text;
}

static struct fake_answer
world_request(struct conn *c, struct slice path)
{
	static char empty[] = "[]", envelope[] = "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{"
	                                         "\"list\":[]}}";
	struct fake_answer a = { .status = 200 };

	if (world.answer != NULL) {
		a = world.answer(c, path);
		if (a.status != 0 || a.drop || c->hang)
			return a;
		a.status = 200;
	}
	if (slice_starts(path, SLICE("/fapi/v1/exchangeInfo")))
		a.body = world_binance_info(false);
	else if (slice_starts(path, SLICE("/api/v3/exchangeInfo")))
		a.body = world_binance_info(true);
	else if (slice_starts(path, SLICE("/v5/market/instruments-info?category=linear")))
		a.body = world_bybit_info("linear");
	else if (slice_starts(path, SLICE("/v5/market/instruments-info?category=spot")))
		a.body = world_bybit_info("spot");
	else
		a.body = slice_starts(path, SLICE("/v5/")) ? envelope : empty;
	return a;
}

struct world_options {
	const char *coins;
	uint32_t instruments_max, coins_max, top_live_coins;
	int64_t quiet_max_ms;
	bool backfill;
	uint8_t venue[6];       /* 0 ends the list */
};

/* Room for the names of a list and eight more. */
static uint32_t
world_commas(const char *list)
{
	uint32_t count = 0;

	for (; *list != '\0'; list++)
		count += *list == ',';
	return count;
}

static inline void
world_open_as(const struct world_options *o)
{
	static const char *const coins[] = { "BTC", "ETH", "SOL", "XRP", "DOGE", "ADA",
	                                     "LTC", "LINK", NULL };
	static struct feed_venue venue[6];
	struct feed_options options = {
		.venue = venue, .coins = o->coins,
		.instruments_max = o->instruments_max ? o->instruments_max : 100,
		.coins_max = o->coins_max ? o->coins_max : 9 + world_commas(o->coins),
		.top_live_coins = o->top_live_coins, .backoff_min_ms = 500,
		.backoff_max_ms = 60000, .quiet_max_ms = o->quiet_max_ms, .seed = 7,
		.backfill = o->backfill,
	};

	for (int i = 0; i < fake.sent_count; i++)
		free(fake.sent[i].text);
	for (int i = 0; i < FAKE_CONNS; i++)
		if (fake.conn[i].state != FAKE_FREE) {
			free(fake.conn[i].out);
			free(fake.conn[i].ws);
		}
	memset(&fake, 0, sizeof fake);
	free(world.memory);
	if (world.coins == NULL)
		world.coins = coins;
	world = (struct world){ .coins = world.coins, .answer = world.answer,
	                        .echo = world.echo, .memory = calloc(1, WORLD_MEMORY) };
	fake.delay_ns = 10 * MS;
	fake.on_request = world_request;
	fake.loop.now = (struct now){ 1000 * SECONDS, 1795600000 * SECONDS };
	arena_init(&world.arena, world.memory, WORLD_MEMORY);
	timer_init(&fake.loop.timers, &world.arena, 16);
	log_init(&world.log, LOG_DEBUG, LOG_PLAIN, world_log, NULL);
	pipeline_init(&world.pipeline, &world.arena, &(struct pipeline_room){ 2000, 64, 16 << 20 },
	              world_event, NULL);
	world.pipeline.watch = world_watches;
	watch_set(&world.watch, slice_str(o->coins));
	memset(venue, 0, sizeof venue);
	for (int i = 0; i < 6 && o->venue[i] != 0; i++) {
		venue[i].venue = o->venue[i];
		options.venue_count++;
	}
	if (feed_open(&world.feed, &options, &fake.loop, NULL, NULL, &world.pipeline.table,
	              &world.log, world_sink, NULL, &world.arena) != ERR_NONE)
		abort();
}

static inline void
world_open(const char *coins, uint8_t venue)
{
	world_open_as(&(struct world_options){ .coins = coins, .venue = { venue } });
}

/* The connection a link has; NULL: none. */
static inline struct conn *
world_conn(int group, int side)
{
	return world.feed->group[group].link[side].conn;
}

/* Of the side that carries. */
static inline enum link_state
world_active(int group)
{
	const struct group *g = &world.feed->group[group];

	return (enum link_state)g->link[g->active].state;
}

static inline enum link_state
world_state(int group, int side)
{
	return (enum link_state)world.feed->group[group].link[side].state;
}
#endif
