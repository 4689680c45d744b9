/* Goal: no peer makes a link grow, hang or talk without end, and what goes out is whole
 * frames in order whatever is taken of it when.
 * Method: floods and promises against a store of known size, which must be empty again
 * behind each; outputs that nobody takes; a store that is too small. */
#include "ws_world.h"

enum { HELLO_LENT = sizeof(struct ws_hello) + 32, OUT_LENT = WS_OUT_BYTES + 32 };

static char flood[1 << 20];

static size_t
lent(void)
{
	return world_pool->store.used_bytes;
}

static size_t
repeat(const char *bytes, size_t count)
{
	size_t at = 0;

	while (at + count <= sizeof flood) {
		memcpy(flood + at, bytes, count);
		at += count;
	}
	return at;
}

/* --- floods --------------------------------------------------------------------------------- */

static void
endless_headers_end_at_the_bound(void)
{
	static const struct { const char *start, *again; } row[] = {
		{ "HTTP/1.1 101 X\r\n", "A: b\r\n" },
		{ "HTTP/1.1 101 X\r\n", "aaaaaaaa" },
		{ "HTTP/1.1 ", "1" },
		{ "HTTP/1.1 403 X\r\n", "\r" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t cut = 0; cut < 8; cut++) {
			struct ws *w = ws_open(world_pool, "a", "/", NULL, 100);
			const size_t start = strlen(row[i].start);
			size_t count = repeat(row[i].again, strlen(row[i].again));

			ws_sent(w, ws_output(w).count);
			world_feed(w, slice_str(row[i].start), cut);
			world_feed(w, slice_of(flood, WS_HELLO_BYTES_MAX - start - 1), cut);
			CHECK(ws_state(w) == WS_OPENING);
			CHECK(lent() <= HELLO_LENT);
			world_feed(w, slice_of(flood, 1), cut);
			CHECK(ws_state(w) == WS_ENDED);
			CHECK(ws_reason(w) == WS_REASON_HEADER_LONG);
			world_feed(w, slice_of(flood, count), cut == 0 ? 0 : 1000);
			CHECK(lent() == 0);
			ws_free(w);
		}
}

static void
endless_interim_answers_end(void)
{
	static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct ws *w = ws_open(world_pool, "a", "/", NULL, 100);

	ws_sent(w, ws_output(w).count);
	for (int i = 0; i < 8; i++)
		world_feed(w, SLICE(interim), CUT_WHOLE);
	CHECK(ws_state(w) == WS_OPENING);
	world_feed(w, SLICE(interim), CUT_WHOLE);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_HANDSHAKE);
	ws_free(w);
	CHECK(lent() == 0);
}

static void
an_endless_body_of_a_refusal_is_not_kept(void)
{
	struct ws *w = ws_open(world_pool, "a", "/", NULL, 100);

	ws_sent(w, ws_output(w).count);
	world_feed(w, SLICE("HTTP/1.1 403 X\r\nTransfer-Encoding: chunked\r\n\r\n"), CUT_WHOLE);
	/* A chunk's length that never comes to an end says nothing. */
	memset(flood, '0', sizeof flood);
	world_feed(w, slice_of(flood, WS_REFUSAL_BYTES_MAX), 4096);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_STATUS);
	CHECK(lent() <= sizeof(struct ws_refusal) + 32);
	ws_free(w);
	CHECK(lent() == 0);
}

static void
endless_fragments_end_when_they_are_too_long(void)
{
	static const size_t cuts[] = { CUT_WHOLE, 1, 4096, CUT_RANDOM + 9 };

	for (size_t c = 0; c < sizeof cuts / sizeof cuts[0]; c++) {
		struct ws *w = world_open(5000);
		size_t count = repeat("\x00\x01z", 3);

		world_begin();
		world_feed(w, SLICE("\x01\x01z"), cuts[c]);
		world_feed(w, slice_of(flood, 4999 * 3), cuts[c]);
		CHECK(ws_state(w) == WS_OPEN);
		CHECK(lent() <= 5000 + WS_SLACK_BYTES + 32);
		world_feed(w, slice_of(flood, count), cuts[c]);
		CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_TOO_LONG);
		world_listen(w);
		CHECK_TEXT(world_text(&world_in), "");
		CHECK_TEXT(world_text(&world_out), "c(1009)");
		ws_free(w);
		CHECK(lent() == 0);
	}
}

/* Also where it could be handed out in place. */
static void
a_whole_frame_that_is_too_long_is_not_handed_out(void)
{
	static const struct { const char *head; size_t bytes, max; } row[] = {
		{ "\x81\x0b", 11, 10 }, { "\x82\x0b", 11, 10 }, { "\x81\x7d", 125, 124 },
		{ "\x81\x7e\x03\xe9", 1001, 1000 },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t more = 0; more < 2; more++) {
			struct ws *w = world_open(row[i].max + 1 - more);
			char bytes[1100];
			const size_t head = row[i].bytes < 126 ? 2 : 4;

			memcpy(bytes, row[i].head, head);
			memset(bytes + head, 'w', row[i].bytes);
			world_begin();
			world_feed(w, slice_of(bytes, head + row[i].bytes), CUT_WHOLE);
			CHECK(ws_state(w) == (more == 0 ? WS_OPEN : WS_ENDED));
			CHECK(ws_reason(w) == (more == 0 ? WS_REASON_NONE : WS_REASON_TOO_LONG));
			CHECK((world_in.count > 0) == (more == 0));
			ws_free(w);
		}
}

static void
fragments_of_nothing_cost_nothing(void)
{
	struct ws *w = world_open(5000);
	size_t count = repeat("\x00\x00", 2);

	world_begin();
	world_feed(w, SLICE("\x01\x00"), CUT_WHOLE);
	world_feed(w, slice_of(flood, count), 65536);
	CHECK(ws_state(w) == WS_OPEN);
	CHECK(lent() == 0);
	world_feed(w, SLICE("\x80\x01z"), CUT_WHOLE);
	CHECK_TEXT(world_text(&world_in), "T(z)");
	ws_free(w);
}

static void
a_promise_is_lent_no_more_than_what_came_of_it(void)
{
	struct ws *w = world_open(500000);
	static const char head[] = "\x82\x7f\x00\x00\x00\x00\x00\x07\xa1\x20"; /* 500000 */
	size_t came = 0;

	world_begin();
	world_feed(w, SLICE(head), CUT_WHOLE);
	CHECK(lent() == 0);
	memset(flood, 'f', sizeof flood);
	for (size_t piece = 1; came + piece < 500000; piece *= 3) {
		world_feed(w, slice_of(flood, piece), CUT_WHOLE);
		came += piece;
		CHECK(lent() <= 4 * came + 16384 + WS_SLACK_BYTES + 32);
		CHECK(lent() <= 500000 + WS_SLACK_BYTES + 32);
	}
	world_feed(w, slice_of(flood, 500000 - came), CUT_WHOLE);
	CHECK(lent() == 0);
	CHECK(world_in.count > 0 && memcmp(world_in.at, "B#500000:", 9) == 0);
	ws_free(w);
}

/* --- pings -------------------------------------------------------------------------------------- */

static void
a_burst_of_pings_is_answered_by_the_last_sixteen(void)
{
	struct ws *w = world_open(100);
	struct text bytes = text_init(flood, sizeof flood);
	char word[16], want[400];
	struct text t = text_init(want, sizeof want);

	for (int i = 0; i < 5000; i++) {
		snprintf(word, sizeof word, "%d", i);
		world_frame(&bytes, 0x89, slice_str(word));
	}
	for (int i = 5000 - 16; i < 5000; i++)
		text_format(&t, "o(%d) ", i);
	world_begin();
	world_feed(w, text_slice(&bytes), CUT_WHOLE);
	CHECK(lent() <= OUT_LENT);
	world_listen(w);
	CHECK_TEXT(world_text(&world_out), world_text(&t));
	CHECK(lent() == 0);
	/* And the next call begins anew. */
	world_begin();
	world_feed(w, SLICE("\x89\x01x"), CUT_WHOLE);
	world_listen(w);
	CHECK_TEXT(world_text(&world_out), "o(x)");
	ws_free(w);
}

static void
pings_to_a_link_that_nobody_empties_stop_being_answered(void)
{
	/* Of each length, so that what is left over at the end differs. */
	static const char length[] = { 125, 124, 31, 3, 2, 1, 0 };
	char ping[127] = { (char)0x89 };

	for (size_t i = 0; i < sizeof length; i++) {
		struct ws *w = world_open(100);
		size_t before;

		ping[1] = length[i];
		for (int k = 0; k < 5000; k++)
			world_feed(w, slice_of(ping, 2 + (size_t)length[i]), CUT_WHOLE);
		CHECK(ws_state(w) == WS_OPEN);
		before = ws_output(w).count;
		CHECK(before <= WS_OUT_BYTES && before > WS_OUT_BYTES - 3 * WS_CONTROL_OUT);
		CHECK(lent() <= OUT_LENT);
		CHECK(ws_send_text(w, SLICE("x")) == ERR_FULL);
		CHECK(ws_send_ping(w, SLICE("")) == ERR_FULL);
		CHECK(ws_output(w).count == before);
		/* The close has a place of its own. */
		world_feed(w, SLICE("\x88\x02\x03\xe9"), CUT_WHOLE);
		CHECK(ws_state(w) == WS_ENDED);
		CHECK(ws_output(w).count == before + 8);
		world_begin();
		world_listen(w);
		CHECK(strstr(world_text(&world_out), " c(1001)") != NULL);
		ws_free(w);
		CHECK(lent() == 0);
	}
}

/* --- what goes out --------------------------------------------------------------------------------- */

static void
text_leaves_room_for_pongs_and_the_close(void)
{
	struct ws *w = world_open(100);
	char ping[127] = { (char)0x89, 125 };
	static char text[WS_SEND_BYTES_MAX + 1];
	int pongs = 0;
	const char *said;

	memset(text, 't', sizeof text);
	CHECK(ws_send_text(w, slice_of(text, sizeof text)) == ERR_FULL);
	CHECK(ws_output(w).count == 0 && lent() == 0);
	CHECK(ws_send_text(w, slice_of(text, WS_SEND_BYTES_MAX)) == ERR_NONE);
	CHECK(ws_send_text(w, slice_of(text, 30)) == ERR_FULL);
	for (int i = 0; i < 16; i++)
		world_feed(w, slice_of(ping, sizeof ping), CUT_WHOLE);
	CHECK(ws_close(w, 1000) == ERR_NONE);
	world_begin();
	world_listen(w);
	said = world_text(&world_out);
	CHECK(memcmp(said, "t#16384:", 8) == 0);
	for (const char *at = said; (at = strstr(at, "o#125:")) != NULL; at++)
		pongs++;
	CHECK(pongs == 16);
	CHECK(strcmp(said + strlen(said) - 7, "c(1000)") == 0);
	ws_free(w);
	CHECK(lent() == 0);
}

static void
what_is_taken_in_pieces_comes_in_order(void)
{
	static char stream[1 << 18];
	struct text all = text_init(stream, sizeof stream), want = text_init(world_heard, sizeof world_heard);
	struct ws *w = world_open(100), *reader = world_open(100);
	uint32_t chance = 7;
	int sent = 0;

	while (sent < 400) {
		char text[700];
		int count = snprintf(text, sizeof text, "%d:%*d", sent, 1 + sent * 13 % 600, sent);

		if (ws_send_text(w, slice_of(text, (size_t)count)) == ERR_NONE) {
			world_note(&want, "t", slice_of(text, (size_t)count));
			sent++;
		}
		chance = chance * 1664525u + 1013904223u;
		{
			struct slice out = ws_output(w);
			size_t part = (chance >> 16) % 500; /* slower than it comes */

			out.count = part < out.count ? part : out.count;
			text_put(&all, out);
			ws_sent(w, out.count);
		}
	}
	text_put(&all, ws_output(w));
	ws_sent(w, ws_output(w).count);
	CHECK(!all.cut);
	/* Read by the test's reader, from another link's output. */
	world_out = text_init(world_said, sizeof world_said);
	for (size_t at = 0; at < all.count;) {
		const uint8_t *b = (const uint8_t *)all.at + at;
		size_t count = (b[1] & 127) < 126 ? 6 + (size_t)(b[1] & 127)
		                                  : 8 + ((size_t)b[2] << 8 | b[3]);

		reader->out = heap_take(&world_pool->store, WS_OUT_BYTES);
		memcpy(reader->out, b, count);
		reader->out_count = count;
		world_listen(reader);
		at += count;
	}
	CHECK_TEXT(world_text(&world_out), world_text(&want));
	ws_free(w);
	ws_free(reader);
	CHECK(lent() == 0);
}

static void
every_frame_has_a_mask_of_its_own(void)
{
	struct ws *w = world_open(100);
	uint32_t seen[300];

	for (int i = 0; i < 300; i++) {
		CHECK(ws_send_text(w, SLICE("same")) == ERR_NONE);
		CHECK(ws_output(w).count == 10);
		memcpy(&seen[i], ws_output(w).at + 2, 4);
		ws_sent(w, 10);
		for (int k = i > 60 ? i - 60 : 0; k < i; k++)
			CHECK(seen[k] != seen[i]);
	}
	ws_free(w);
}

static void
after_our_close_nothing_more_is_said(void)
{
	struct ws *w = world_open(100);

	world_begin();
	CHECK(ws_close(w, 1000) == ERR_NONE);
	CHECK(ws_close(w, 1000) == ERR_UNAVAILABLE);
	CHECK(ws_send_text(w, SLICE("x")) == ERR_UNAVAILABLE);
	CHECK(ws_send_ping(w, SLICE("x")) == ERR_UNAVAILABLE);
	world_feed(w, SLICE("\x81\x04late\x89\x01p"), CUT_WHOLE);
	CHECK(ws_state(w) == WS_OPEN);
	world_feed(w, SLICE("\x88\x02\x03\xe8"), CUT_WHOLE);
	CHECK(ws_state(w) == WS_ENDED && ws_reason(w) == WS_REASON_CLOSED);
	world_listen(w);
	CHECK_TEXT(world_text(&world_in), "T(late) I(p)");
	CHECK_TEXT(world_text(&world_out), "c(1000)");
	CHECK_TEXT(ws_detail(w), "1000");
	ws_free(w);
}

static void
the_end_is_told_in_words(void)
{
	static const struct { struct slice bytes; enum ws_reason reason; const char *detail; } row[] = {
		{ SLICE_INIT("\x81\x01""a"), WS_REASON_ENDED, "between messages" },
		{ SLICE_INIT("\x81\x02""a"), WS_REASON_ENDED, "inside of a message" },
		{ SLICE_INIT("\x01\x00"), WS_REASON_ENDED, "inside of a message" },
		{ SLICE_INIT("\x81"), WS_REASON_ENDED, "inside of a message" },
		{ SLICE_INIT("\x88\x0b\x03\xe9go\x1b[2J\xce\xba!"), WS_REASON_CLOSED, "1001 go?[2J?\?!" },
		{ SLICE_INIT("\x88\x00"), WS_REASON_CLOSED, "without a code" },
		{ SLICE_INIT("\x88\x02\x03\xed"), WS_REASON_FRAME, "a close with code 1005" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		struct ws *w = world_open(100);

		world_feed(w, row[i].bytes, CUT_WHOLE);
		ws_receive_end(w);
		ws_receive_end(w);
		CHECK(ws_reason(w) == row[i].reason);
		CHECK_TEXT(ws_detail(w), row[i].detail);
		ws_free(w);
	}
	CHECK(lent() == 0);
}

/* --- a sink that answers ---------------------------------------------------------------------------- */

static void
answering_sink(void *context, enum ws_kind kind, struct slice message)
{
	struct ws **both = context;

	world_sink(NULL, kind, message);
	if (kind == WS_TEXT) {
		CHECK(ws_send_text(both[0], message) == ERR_NONE);
		CHECK(ws_send_text(both[1], SLICE("told")) == ERR_NONE);
	}
	if (kind == WS_TEXT && slice_is(message, "stop")) {
		CHECK(ws_close(both[1], 1001) == ERR_NONE);
		CHECK(ws_close(both[0], 1000) == ERR_NONE);
	}
}

static void
a_sink_may_send_and_close(void)
{
	struct ws *both[] = { world_open(100), world_open(100) };
	static const char bytes[] = "\x89\x01p\x01\x01""a\x80\x01""b\x89\x01q\x81\x04stop\x89\x01r\x81\x00"
	                            "................................";
	const struct slice given = { bytes, sizeof bytes - 1 - WS_SLACK_BYTES - 2 };

	world_begin();
	ws_receive(both[0], given, answering_sink, both);
	CHECK_TEXT(world_text(&world_in), "I(p) T(ab) I(q) T(stop) I(r)");
	/* Pings of before the close are answered before it, and by the link they came to. */
	world_listen(both[0]);
	CHECK_TEXT(world_text(&world_out), "t(ab) t(stop) o(p) o(q) c(1000)");
	world_begin();
	world_listen(both[1]);
	CHECK_TEXT(world_text(&world_out), "t(told) t(told) c(1001)");
	ws_free(both[0]);
	ws_free(both[1]);
}

/* --- no room ---------------------------------------------------------------------------------------- */

static void
links_are_as_many_as_the_pool_has(void)
{
	struct ws *w[WORLD_LINKS];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < WORLD_LINKS; i++)
			w[i] = world_open(100);
		CHECK(ws_open(world_pool, "a", "/", NULL, 100) == NULL);
		CHECK(lent() == 0);
		for (int i = 0; i < WORLD_LINKS; i++)
			ws_free(w[i]);
	}
}

static void
a_full_store_ends_one_link_and_spares_the_rest(void)
{
	struct ws *w[2];

	world_boot(40000);
	w[0] = world_open(100000);
	w[1] = world_open(100000);
	memset(flood, 'f', sizeof flood);
	world_begin();
	world_feed(w[0], SLICE("\x82\x7f\x00\x00\x00\x00\x00\x01\x86\xa0"), CUT_WHOLE); /* 100000 */
	/* Room is what it is: all of 36,000 bytes are gathered before it says no. */
	world_feed(w[0], slice_of(flood, 36000), 1000);
	CHECK(ws_state(w[0]) == WS_OPEN);
	CHECK(ws_open(world_pool, "a", "/", NULL, 100) == NULL);
	CHECK(ws_send_text(w[1], SLICE("x")) == ERR_FULL);
	world_feed(w[1], SLICE("\x81\x05whole\x89\x01p"), CUT_WHOLE);
	CHECK(ws_state(w[1]) == WS_OPEN);
	world_feed(w[0], slice_of(flood, 8000), CUT_WHOLE);
	CHECK(ws_state(w[0]) == WS_ENDED && ws_reason(w[0]) == WS_REASON_MEMORY);
	CHECK(ws_send_text(w[1], SLICE("x")) == ERR_NONE);
	world_feed(w[1], SLICE("\x81\x03ha"), CUT_WHOLE);
	world_feed(w[1], SLICE("t"), CUT_WHOLE);
	world_listen(w[1]);
	/* The ping came when no answer fit. */
	CHECK_TEXT(world_text(&world_out), "t(x)");
	CHECK_TEXT(world_text(&world_in), "T(whole) I(p) T(hat)");
	ws_free(w[0]);
	ws_free(w[1]);
	CHECK(lent() == 0);
}

static void
an_arena_that_is_too_small_is_told(void)
{
	for (size_t bytes = 0; bytes < 200000; bytes += 5000) {
		struct ws_pool *pool = NULL;
		struct arena a;
		enum err err;

		memset(world_memory, 0, sizeof world_memory);
		arena_init(&a, world_memory, bytes);
		err = ws_pool_init(&pool, &a, 10, 65536, world_entropy);
		CHECK(err == (a.missing_bytes == 0 ? ERR_NONE : ERR_FULL));
		CHECK((pool == NULL) == (err != ERR_NONE));
	}
}

int
main(void)
{
	world_boot(WORLD_STORE);
	endless_headers_end_at_the_bound();
	endless_interim_answers_end();
	an_endless_body_of_a_refusal_is_not_kept();
	endless_fragments_end_when_they_are_too_long();
	a_whole_frame_that_is_too_long_is_not_handed_out();
	fragments_of_nothing_cost_nothing();
	a_promise_is_lent_no_more_than_what_came_of_it();
	a_burst_of_pings_is_answered_by_the_last_sixteen();
	pings_to_a_link_that_nobody_empties_stop_being_answered();
	text_leaves_room_for_pongs_and_the_close();
	what_is_taken_in_pieces_comes_in_order();
	every_frame_has_a_mask_of_its_own();
	after_our_close_nothing_more_is_said();
	the_end_is_told_in_words();
	a_sink_may_send_and_close();
	links_are_as_many_as_the_pool_has();
	a_full_store_ends_one_link_and_spares_the_rest();
	an_arena_that_is_too_small_is_told();
	return CHECK_END("ws_hostile");
}
