/* Goal: requests go out by urgency and within the budget, refusals are told apart and
 *       obeyed, connections are used again, and long answers arrive whole.
 * Method: the whole feed on a fake network; a made-up host that answers as the test says. */
#include "feed_world.h"
#include "check.h"

enum { SPOT = 1, USDM = 2, COINM = 3, BYBIT_SPOT = 4, BYBIT = 5, INVERSE = 6 };

static int status_next;
static const char *header_next;
static char body_next[600];
static int64_t refused_at_ns;
static int after_refusal;

/* The first request of `path` is answered so; the others as usual. */
static const char *refused_path;

static struct fake_answer
refuse_once(struct conn *c, struct slice path)
{
	struct fake_answer a = { 0 };

	(void)c;
	if (refused_at_ns != 0 && slice_starts(path, slice_str("/fapi")))
		after_refusal += fake.loop.now.mono_ns > refused_at_ns;
	if (status_next != 0 && slice_starts(path, slice_str(refused_path))) {
		a = (struct fake_answer){ .status = status_next, .header = header_next,
		                          .body = body_next };
		status_next = 0;
		refused_at_ns = fake.loop.now.mono_ns;
		after_refusal = 0;
	}
	return a;
}

static void
refuse(const char *path, int status, const char *header, const char *body)
{
	refused_path = path;
	status_next = status;
	header_next = header;
	snprintf(body_next, sizeof body_next, "%s", body);
	refused_at_ns = 0;
	after_refusal = 0;
	world.answer = refuse_once;
}

static int64_t
first_after(const char *word, int64_t at_ns)
{
	for (int i = 0; i < fake.sent_count; i++)
		if (fake.sent[i].at_ns > at_ns && strstr(fake.sent[i].text, word) != NULL)
			return fake.sent[i].at_ns - at_ns;
	return -1;
}

static void
metadata_comes_first_and_one_connection_serves_all(void)
{
	world.answer = NULL;
	world_open("BTC,ETH", USDM);
	fake_run_ms(30000);
	CHECK(strstr(fake.sent[0].text, "GET /fapi/v1/exchangeInfo HTTP/1.1\r\nHost: "
	                                "fapi.binance.com\r\n") == fake.sent[0].text);
	CHECK(world_said("/fapi/v1/exchangeInfo") == 1);
	CHECK(world_said("/fapi/v1/fundingInfo") == 1);
	/* OI of two instruments every 15 s: the walk makes three steps a round. */
	CHECK(world_said("/fapi/v1/openInterest?symbol=BTCUSDT") >= 2);
	CHECK(world_said("/fapi/v1/openInterest?symbol=BTCUSDT") <= 3);
	CHECK(world_said("globalLongShortAccountRatio?symbol=ETHUSDT") == 1);
	for (int i = 0; i < fake.sent_count; i++)
		CHECK(strncmp(fake.sent[i].text, "GET ", 4) != 0 || fake.sent[i].conn == 1);
	CHECK(world_count(TAPE_BODY, "/fapi/v1/exchangeInfo", "symbols") == 1);
	/* Nothing that spot or Bybit have. */
	CHECK(world_said("/api/v3") == 0);
	CHECK(world_said("bookTicker HTTP") == 0);
	/* History was not wanted. */
	CHECK(world_said("klines") == 0);
}

static void
ratios_keep_to_the_five_minutes(void)
{
	int64_t at_ns;
	int count = 0;

	world.answer = NULL;
	world_open("BTC", USDM);
	fake_run_ms(1300 * 1000);
	for (int i = 0; i < fake.sent_count; i++) {
		if (strstr(fake.sent[i].text, "globalLongShortAccountRatio") == NULL)
			continue;
		at_ns = fake.sent[i].at_ns - 1000 * SECONDS + 1795600000 * SECONDS;
		/* At start, then in the first minute behind each full five. */
		CHECK(count == 0 || at_ns % (300 * SECONDS) < 60 * SECONDS);
		CHECK(count == 0 || at_ns % (300 * SECONDS) >= 20 * SECONDS);
		count++;
	}
	CHECK(count >= 4 && count <= 6);
}

static void
history_is_asked_once_for_each(void)
{
	world.answer = NULL;
	world_open_as(&(struct world_options){ .coins = "BTC,ETH", .venue = { USDM },
	                                       .backfill = true });
	fake_run_ms(60000);
	CHECK(world_said("/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=1440") == 1);
	CHECK(world_said("/fapi/v1/klines?symbol=ETHUSDT&interval=1m&limit=1440") == 1);
	CHECK(world_said("/futures/data/openInterestHist?symbol=ETHUSDT") == 1);
	CHECK(world_said("/fapi/v1/fundingRate?symbol=BTCUSDT") == 1);
	/* A coin that comes later has a history too, the others are not asked again. */
	CHECK(feed_watch(world.feed, "BTC,ETH,SOL") == ERR_NONE);
	fake_run_ms(60000);
	CHECK(world_said("/fapi/v1/klines?symbol=SOLUSDT") == 1);
	CHECK(world_said("/fapi/v1/klines?symbol=") == 3);
}

static void
refusals_are_told_apart_and_obeyed(void)
{
	/* Which pause, whether anything else goes out meanwhile. */
	const struct { int status; const char *header, *body; int64_t pause_s;
	               const char *state; const char *word; } row[] = {
		{ 429, "Retry-After: 17\r\n", "{\"code\":-1003,\"msg\":\"x\"}", 17, "down", "asks too much" },
		{ 418, "Retry-After: 200\r\n", "", 200, "refused", "banned" },
		{ 403, NULL, "<html>", 300, "refused", "firewall" },
		{ 451, NULL, "{\"code\":0,\"msg\":\"restricted location\"}", 1800, "refused", "country" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct feed_venue_status s;
		int64_t pause_ns;

		refuse("/fapi/v1/exchangeInfo", row[i].status, row[i].header, row[i].body);
		world_open("BTC", USDM);
		fake_run_ms(3000);
		CHECK(feed_venue_status(world.feed, 0, &s));
		CHECK_TEXT(s.state, row[i].state);
		CHECK(strstr(s.trouble, row[i].word) != NULL);
		fake_run_ms((row[i].pause_s - 4) * 1000);
		CHECK(after_refusal == 0);
		fake_run_ms(10000);
		pause_ns = first_after("exchangeInfo", refused_at_ns);
		CHECK(pause_ns >= row[i].pause_s * SECONDS);
		CHECK(pause_ns <= (row[i].pause_s + 2) * SECONDS);
		CHECK(feed_venue_status(world.feed, 0, &s));
		CHECK_TEXT(s.trouble, "");
		CHECK(world_active(0) == LINK_LIVE);
	}
}

static void
a_host_that_cannot_be_reached_is_told_with_its_reason(void)
{
	struct feed_venue_status s;

	world_open("BTC", USDM);
	fake.refuse = true;
	fake_run_ms(3000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK_TEXT(s.state, "down");
	CHECK(strstr(s.trouble, "cannot be reached") != NULL);
	CHECK(strstr(s.trouble, "fapi.binance.com") != NULL);
	fake.refuse = false;
	fake_run_ms(70000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK_TEXT(s.state, "up");
	CHECK_TEXT(s.trouble, "");
}

static void
a_ban_that_never_ends_is_bounded(void)
{
	refuse("/fapi/v1/exchangeInfo", 418, "Retry-After: 99999999999999\r\n", "");
	world_open("BTC", USDM);
	fake_run_ms(3000);
	CHECK(world.feed->host[0].not_before_ns <= fake.loop.now.mono_ns + 3 * 86400 * SECONDS);
}

static void
their_troubles_are_tried_again_with_pauses(void)
{
	struct feed_venue_status s;

	refuse("/fapi/v1/exchangeInfo", 503, NULL, "");
	world_open("BTC", USDM);
	fake_run_ms(5000);
	CHECK(world_said("exchangeInfo") == 2);
	CHECK(world_active(0) == LINK_LIVE);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.request_failed_count == 1);
}

static void
an_unknown_symbol_is_not_asked_for_twice_in_a_row(void)
{
	refuse("/fapi/v1/openInterest", 400, NULL, "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}");
	world_open("BTC", USDM);
	fake_run_ms(6000);
	CHECK(world_said("openInterest?") == 1); /* the next is of the next round */
	fake_run_ms(20000);
	CHECK(world_said("openInterest?") >= 2);
	CHECK(world_active(0) == LINK_LIVE);
}

static bool drop_on;

static struct fake_answer
drop_some(struct conn *c, struct slice path)
{
	static char empty[] = "[]";

	(void)path;
	if (drop_on && c->requests > 3)
		return (struct fake_answer){ .drop = true };
	return drop_on && slice_starts(path, SLICE("/futures")) ?
	       (struct fake_answer){ .status = 200, .body = empty } : (struct fake_answer){ 0 };
}

static void
a_connection_closed_between_requests_is_nobodys_fault(void)
{
	struct feed_venue_status s;

	drop_on = true;
	world.answer = drop_some;
	world_open("BTC", USDM);
	fake_run_ms(45000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.request_failed_count == 0);
	CHECK(world_said("openInterest?") >= 3);
	CHECK(world_active(0) == LINK_LIVE);
}

static struct fake_answer
hang_on_oi(struct conn *c, struct slice path)
{
	if (slice_starts(path, SLICE("/fapi/v1/openInterest")))
		c->hang = true;
	return (struct fake_answer){ 0 };
}

static void
a_host_that_hangs_is_given_up(void)
{
	world.answer = hang_on_oi;
	world_open("BTC", USDM);
	fake_run_ms(60000);
	/* 15 s each, and new connections. */
	CHECK(world_said("openInterest?") >= 2);
	CHECK(world_said("openInterest?") <= 4);
	CHECK(world_active(0) == LINK_LIVE);
}

static struct fake_answer
weighty(struct conn *c, struct slice path)
{
	static char empty[] = "[]";

	(void)c;
	if (!slice_starts(path, SLICE("/fapi/v1/openInterest")))
		return (struct fake_answer){ 0 };
	return (struct fake_answer){ .status = 200, .body = empty,
	                             .header = "X-MBX-USED-WEIGHT-1M: 1900\r\n" };
}

static void
a_window_used_up_by_others_is_left_alone(void)
{
	struct feed_venue_status s;
	int count;

	world.answer = weighty;
	world_open("BTC", USDM);
	fake_run_ms(6000);
	CHECK(feed_venue_status(world.feed, 0, &s));
	CHECK(s.weight_used >= 1900);
	CHECK(s.weight_max == 2400);
	count = world_said("openInterest?");
	/* Until the minute is over: 1795600000 is 40 s into one. */
	fake_run_ms(13000);
	CHECK(world_said("openInterest?") == count);
	fake_run_ms(8000);
	CHECK(world_said("openInterest?") > count);
}

static void
five_hundred_instruments_stay_within_the_budget(void)
{
	static const char *coins[501];
	static char name[500][16], list[8000];
	struct text out = text_init(list, sizeof list - 1);
	int in_minute = 0, most = 0;
	int64_t minute = 0;

	for (int i = 0; i < 500; i++) {
		snprintf(name[i], sizeof name[i], "C%03d", i);
		coins[i] = name[i];
		text_format(&out, "%s%s", i > 0 ? "," : "", name[i]);
	}
	world.coins = coins;
	world.answer = NULL;
	world_open_as(&(struct world_options){ .coins = list, .venue = { USDM },
	                                       .instruments_max = 500 });
	fake_run_ms(300000);
	for (int i = 0; i < fake.sent_count; i++) {
		int64_t wall_ns = fake.sent[i].at_ns - 1000 * SECONDS + 1795600000 * SECONDS;

		if (strstr(fake.sent[i].text, "GET /fapi") == NULL)
			continue;
		in_minute = wall_ns / (60 * SECONDS) == minute ? in_minute + 1 : 1;
		minute = wall_ns / (60 * SECONDS);
		most = in_minute > most ? in_minute : most;
	}
	CHECK(most > 600);
	CHECK(most <= 1200);
	CHECK(world_said("/futures/data/") <= 500 + 500); /* half of 1000 in each 5 minutes */
	CHECK(world_said("/futures/data/") >= 400);
	world.coins = NULL;
}

static struct fake_answer
in_pages(struct conn *c, struct slice path)
{
	static char text[4000];

	(void)c;
	if (!slice_starts(path, SLICE("/v5/market/instruments-info?category=linear")))
		return (struct fake_answer){ 0 };
	snprintf(text, sizeof text, "{\"retCode\":0,\"retMsg\":\"OK\",\"result\":{\"list\":[{"
	         "\"symbol\":\"%sUSDT\",\"contractType\":\"LinearPerpetual\",\"status\":\"Trading\","
	         "\"baseCoin\":\"%s\",\"quoteCoin\":\"USDT\",\"settleCoin\":\"USDT\","
	         "\"priceFilter\":{\"tickSize\":\"0.1\"},\"lotSizeFilter\":{\"qtyStep\":\"1\"},"
	         "\"fundingInterval\":480}],\"nextPageCursor\":\"%s\"}}",
	         say_contains(path, "cursor=two") ? "ETH" : "BTC",
	         say_contains(path, "cursor=two") ? "ETH" : "BTC",
	         say_contains(path, "cursor=two") ? "" : "two%3D");
	return (struct fake_answer){ .status = 200, .body = text };
}

static void
bybit_metadata_is_read_page_by_page(void)
{
	world.answer = in_pages;
	world_open("BTC,ETH", BYBIT);
	fake_run_ms(3000);
	CHECK(world_said("instruments-info?category=linear&limit=1000&cursor=two%3D ") == 1);
	CHECK(world_said("instruments-info") == 2);
	CHECK(world.feed->place[0].watched_count == 2);
}

static void
bybits_three_venues_share_one_connection_and_one_ban(void)
{
	refuse("/v5/market/instruments-info?category=linear", 403, NULL, "access too frequent");
	world_open_as(&(struct world_options){ .coins = "BTC", .venue = { BYBIT, BYBIT_SPOT } });
	fake_run_ms(3000);
	CHECK(world.feed->host_count == 1);
	CHECK(world_said("GET ") == 1);
	fake_run_ms(290000);
	CHECK(world_said("GET ") == 1);
}

static void
a_dead_host_is_tried_for_ever(void)
{
	world.answer = NULL;
	world_open("BTC", USDM);
	fake.refuse = true;
	fake_run_ms(600000);
	CHECK(fake.conn_count >= 10);
	CHECK(fake.conn_count <= 40);
	CHECK(!feed_is_ready(world.feed));
	fake.refuse = false;
	fake_run_ms(120000);
	CHECK(feed_is_ready(world.feed));
}

int
main(void)
{
	metadata_comes_first_and_one_connection_serves_all();
	ratios_keep_to_the_five_minutes();
	history_is_asked_once_for_each();
	refusals_are_told_apart_and_obeyed();
	a_host_that_cannot_be_reached_is_told_with_its_reason();
	a_ban_that_never_ends_is_bounded();
	their_troubles_are_tried_again_with_pauses();
	an_unknown_symbol_is_not_asked_for_twice_in_a_row();
	a_connection_closed_between_requests_is_nobodys_fault();
	a_host_that_hangs_is_given_up();
	a_window_used_up_by_others_is_left_alone();
	five_hundred_instruments_stay_within_the_budget();
	bybit_metadata_is_read_page_by_page();
	bybits_three_venues_share_one_connection_and_one_ban();
	a_dead_host_is_tried_for_ever();
	return CHECK_END("rest");
}
