/* tls_hostile_test.c - servers and networks that lie, stall, repeat or die.
 *
 * Goal: every end has its reason, nothing hangs, grows or is believed that was changed
 *       on its way; a connection that ended stays so.
 * Method: the bytes of a real server (tls_peer.py) are cut, dripped, changed and
 *         repeated between it and the client.  Chance comes from a fixed seed.
 */
#include "net/tls_peer.h"

static const char *const versions[] = { "max=12 cert=p256", "cert=p256" };

static struct tls *
serve_open(enum tls_backend backend, const char *words)
{
	struct tls *t;

	peer_forget_sessions();
	peer_ask("serve %s", words);
	t = peer_open(backend, "good.example");
	CHECK(t != NULL);
	heard.count = 0;
	heard.call_count = 0;
	return t;
}

static struct tls *
serve_talk(enum tls_backend backend, const char *words)
{
	struct tls *t = serve_open(backend, words);

	peer_talk(t, 0);
	CHECK(tls_state(t) == TLS_OPEN);
	return t;
}

#define CHECK_REASON(t, want) \
	CHECK_TEXT(tls_reason_text(tls_reason(t)), tls_reason_text(TLS_REASON_##want))

/* The client's whole output to the server, and the answer into `to`. */
static struct slice
flight(struct tls *t, char *to, size_t size)
{
	struct slice answer = peer_put(tls_output(t));

	tls_sent(t, tls_output(t).count);
	CHECK(answer.count <= size);
	memcpy(to, answer.at, answer.count);
	return slice_of(to, answer.count);
}

/* Bytes of the record at the front, header included; 0: not whole. */
static size_t
record_bytes(struct slice s)
{
	size_t count;

	if (s.count < 5)
		return 0;
	count = 5 + ((size_t)(uint8_t)s.at[3] << 8 | (uint8_t)s.at[4]);
	return count <= s.count ? count : 0;
}

/* --- the end ------------------------------------------------------------------------ */

static void
every_cut_of_a_handshake_is_a_truncation(enum tls_backend backend, const char *words)
{
	static char bytes[65536];

	/* Cut behind each record, inside its header, and inside its body. */
	for (size_t index = 0; index < 64; index++) {
		struct tls *t = serve_open(backend, words);
		struct slice all = flight(t, bytes, sizeof bytes);
		static const size_t into[] = { 0, 1, 4, 5, 6 };
		size_t at = 0, count;

		for (size_t i = 0; i < index / 5; i++)
			at += record_bytes(slice_after(all, at));
		count = record_bytes(slice_after(all, at));
		if (count == 0 && index % 5 != 0) {
			tls_free(t);
			return; /* all records were cut */
		}
		at += into[index % 5];
		if (at < all.count) {
			peer_feed(t, slice_of(all.at, at), 0);
			CHECK(tls_state(t) == TLS_HANDSHAKE);
			tls_receive_end(t);
			CHECK(tls_state(t) == TLS_ENDED);
			CHECK_REASON(t, TRUNCATED);
			CHECK(tls_receive(t, all, hear, &heard) == TLS_ENDED);
			CHECK_REASON(t, TRUNCATED);
		}
		tls_free(t);
	}
	/* The server's flight has no end. */
	CHECK(false);
}

static void
nothing_at_all_is_a_truncation(enum tls_backend backend)
{
	struct tls *t = serve_open(backend, "cert=p256");

	tls_receive_end(t);
	CHECK_REASON(t, TRUNCATED);
	CHECK(strstr(tls_detail(t), "before the server said anything") != NULL);
	tls_free(t);
}

static void
close_notify_and_a_cut_are_told_apart(enum tls_backend backend, const char *words)
{
	struct tls *t = serve_talk(backend, words);

	peer_feed(t, peer_ask("do write 100"), 0);
	peer_feed(t, peer_ask("do shutdown"), 0);
	CHECK(heard.count == 100);
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK_REASON(t, CLOSED);
	tls_receive_end(t);
	CHECK_REASON(t, CLOSED);
	tls_free(t);

	t = serve_talk(backend, words);
	peer_feed(t, peer_ask("do write 100"), 0);
	tls_receive_end(t);
	CHECK(heard.count == 100);
	CHECK_REASON(t, TRUNCATED);
	CHECK(tls_send(t, SLICE("late")) == 0);
	CHECK(tls_room(t) == 0);
	tls_free(t);

	/* Inside a record: what came whole was handed out. */
	t = serve_talk(backend, words);
	peer_feed(t, peer_ask("do write 50"), 0);
	{
		struct slice record = peer_ask("do write 100");

		record.count--;
		peer_feed(t, record, 0);
	}
	tls_receive_end(t);
	CHECK(heard.count == 50);
	CHECK_REASON(t, TRUNCATED);
	tls_free(t);
}

static void
our_close_is_said_and_ends_it(enum tls_backend backend, const char *words)
{
	struct tls *t = serve_talk(backend, words);
	struct slice told;

	CHECK(tls_send(t, SLICE("last words")) == 10);
	tls_close(t);
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK_REASON(t, NONE);
	CHECK(tls_send(t, SLICE("more")) == 0);
	peer_put(tls_output(t));
	tls_sent(t, tls_output(t).count);
	told = peer_ask("tell");
	CHECK(strstr(told.at, "got=10 error=close_notify") != NULL);
	tls_close(t);
	CHECK(tls_output(t).count == 0);
	tls_free(t);

	/* During the handshake nobody is there to hear it. */
	t = serve_open(backend, words);
	tls_close(t);
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK_REASON(t, NONE);
	tls_free(t);
}

static void
an_alert_has_its_number(enum tls_backend backend)
{
	static const struct { const char *bytes; size_t count; enum tls_reason want;
	                      const char *detail; } row[] = {
		{ "\x15\x03\x03\x00\x02\x02\x28", 7, TLS_REASON_CIPHER, "alert 40" },
		{ "\x15\x03\x03\x00\x02\x02\x46", 7, TLS_REASON_VERSION, "alert 70" },
		{ "\x15\x03\x03\x00\x02\x02\x70", 7, TLS_REASON_ALERT, "112, unrecognized_name" },
		{ "\x15\x03\x03\x00\x02\x02\xfe", 7, TLS_REASON_ALERT, "254, unknown" },
		{ "\x15\x03\x03\x00\x02\x01\x00", 7, TLS_REASON_CLOSED, "during the handshake" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t piece = 0; piece < 2; piece++) {
			struct tls *t = serve_open(backend, "cert=p256");

			peer_feed(t, slice_of(row[i].bytes, row[i].count), piece);
			CHECK(tls_state(t) == TLS_ENDED);
			CHECK_TEXT(tls_reason_text(tls_reason(t)), tls_reason_text(row[i].want));
			CHECK(strstr(tls_detail(t), row[i].detail) != NULL);
			tls_free(t);
		}
}

/* Several alerts in one record, before there are keys: the first that ends it counts
 * (RFC 5246, 7.2.1: what comes behind a closure alert is ignored), however they are cut.
 * mbedTLS waits for the whole record and refuses what RFC 8446, 5.1, forbids. */
static void
alerts_of_one_record_count_in_their_order(enum tls_backend backend)
{
	static const struct { struct slice bytes; enum tls_reason want[2]; bool answered; } row[] = {
		{ SLICE_INIT("\x15\x03\x03\x00\x04\x01\x00\x02\x28"),
		  { TLS_REASON_RECORD, TLS_REASON_CLOSED }, true },
		{ SLICE_INIT("\x15\x03\x03\x00\x04\x02\x28\x01\x00"),
		  { TLS_REASON_RECORD, TLS_REASON_CIPHER }, false },
		{ SLICE_INIT("\x15\x03\x03\x00\x06\x01\x5a\x02\x28\x01\x00"),
		  { TLS_REASON_RECORD, TLS_REASON_CIPHER }, false },
		/* As the fuzzer found it: a record of 10 KB that never comes whole. */
		{ SLICE_INIT("\x15\x03\x02\x27\x27\x01\x00\x15\x10\x83\x3d\x02\x22"),
		  { TLS_REASON_TRUNCATED, TLS_REASON_CLOSED }, true },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t piece = 0; piece <= row[i].bytes.count; piece++) {
			struct tls *t = serve_open(backend, "cert=p256");
			struct slice said;

			tls_sent(t, tls_output(t).count);
			peer_feed(t, row[i].bytes, piece);
			tls_receive_end(t);
			CHECK_TEXT(tls_reason_text(tls_reason(t)),
			           tls_reason_text(row[i].want[backend == TLS_BEARSSL]));
			said = tls_output(t);
			if (backend == TLS_BEARSSL && row[i].answered)
				CHECK(said.count == 7 && said.at[0] == 21 && slice_ends(said, slice_of("\1\0", 2)));
			else if (backend == TLS_BEARSSL)
				CHECK(said.count == 0);
			tls_free(t);
		}
}

static void
what_is_no_tls_is_said_so(enum tls_backend backend)
{
	static const struct { struct slice bytes; enum tls_reason want[2]; } row[] = {
		{ SLICE_INIT("HTTP/1.1 400 Bad Request\r\n\r\n"),
		  { TLS_REASON_RECORD, TLS_REASON_RECORD } },
		{ SLICE_INIT("\0\0\0\0\0\0\0\0"), { TLS_REASON_RECORD, TLS_REASON_RECORD } },
		/* A record of 16 KB and 257 bytes, of no bytes, of another version. */
		{ SLICE_INIT("\x16\x03\x03\x48\x01????"), { TLS_REASON_RECORD, TLS_REASON_RECORD } },
		{ SLICE_INIT("\x16\x02\x00\x00\x04\x0e\x00\x00\x00"),
		  { TLS_REASON_PROTOCOL, TLS_REASON_VERSION } },
		/* Application data, and a cipher change, before anything else. */
		{ SLICE_INIT("\x17\x03\x03\x00\x01?"), { TLS_REASON_PROTOCOL, TLS_REASON_PROTOCOL } },
		/* A handshake message that is no ServerHello. */
		{ SLICE_INIT("\x16\x03\x03\x00\x04\x0e\x00\x00\x00"),
		  { TLS_REASON_PROTOCOL, TLS_REASON_PROTOCOL } },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t piece = 0; piece < 2; piece++) {
			struct tls *t = serve_open(backend, "cert=p256");
			int failed = check_failed_count;

			peer_feed(t, row[i].bytes, piece);
			CHECK(tls_state(t) == TLS_ENDED);
			CHECK_TEXT(tls_reason_text(tls_reason(t)),
			           tls_reason_text(row[i].want[backend == TLS_BEARSSL]));
			if (failed != check_failed_count)
				printf("  row %zu, %s: %s\n", i, tls_backend_text(backend),
				       tls_detail(t));
			tls_free(t);
		}
}

/* Neither library waits for the end of a message that fits nowhere. */
static void
a_message_of_16_mb_is_not_awaited(enum tls_backend backend)
{
	static char record[5 + 16384] = "\x16\x03\x03\x40";
	struct tls *t = serve_open(backend, "cert=p256");

	memcpy(record + 5, "\x02\xff\xff\xff\x03\x03", 6);
	for (int i = 0; i < 3; i++) {
		peer_feed(t, slice_of(record, sizeof record), 0);
		memset(record + 5, 0, 16384);
	}
	CHECK(tls_state(t) == TLS_ENDED);
	CHECK(tls_reason(t) != TLS_REASON_NONE);
	CHECK(tls_reason(t) != TLS_REASON_INTERNAL);
	tls_free(t);
}

/* --- what a server may not do ------------------------------------------------------------ */

static void
a_key_update_ends_it_with_its_reason(void)
{
	for (int ask = 0; ask < 2; ask++) {
		struct tls *t = serve_talk(TLS_MBEDTLS, "min=13 cert=p256");

		peer_feed(t, peer_ask("do write 10"), 0);
		peer_feed(t, peer_ask("do keyupdate %d", ask), 0);
		CHECK(heard.count == 10);
		CHECK_REASON(t, KEY_UPDATE);
		tls_free(t);
	}
}

static void
renegotiation_is_refused(enum tls_backend backend)
{
	for (size_t piece = 0; piece < 2; piece++) {
		struct tls *t = serve_talk(backend, "max=12 cert=p256");

		peer_feed(t, peer_ask("do write 10"), 0);
		peer_feed(t, peer_ask("do renegotiate"), piece);
		CHECK(heard.count == 10);
		CHECK(tls_state(t) == TLS_ENDED);
		CHECK_REASON(t, RENEGOTIATION);
		tls_free(t);
	}
}

/* A second ServerHello, sent in the clear or stolen from another connection. */
static void
a_replayed_record_is_refused(enum tls_backend backend, const char *words)
{
	struct tls *t = serve_talk(backend, words);
	static char copy[1024];
	struct slice record = peer_ask("do write 20");

	memcpy(copy, record.at, record.count);
	record.at = copy;
	peer_feed(t, record, 0);
	CHECK(heard.count == 20);
	peer_feed(t, record, 0);
	CHECK(heard.count == 20);
	CHECK_REASON(t, RECORD);
	tls_free(t);
}

static void
a_changed_record_is_refused(enum tls_backend backend, const char *words)
{
	for (size_t at = 5; at < 5 + 40; at += 7) {
		struct tls *t = serve_talk(backend, words);
		struct slice record = peer_ask("do write 40");

		((char *)(uintptr_t)record.at)[at] ^= 1;
		peer_feed(t, record, 0);
		CHECK(heard.count == 0);
		CHECK(tls_state(t) == TLS_ENDED);
		CHECK_REASON(t, RECORD);
		tls_free(t);
	}
}

static void
endless_nothing_has_an_end(enum tls_backend backend)
{
	static const struct slice nothing[] = {
		SLICE_INIT("\x16\x03\x03\x00\x00"),         /* an empty handshake record */
		SLICE_INIT("\x15\x03\x03\x00\x02\x01\x5a"), /* a warning */
		SLICE_INIT("\x14\x03\x03\x00\x01\x01"),     /* a cipher change */
		SLICE_INIT("\x16\x03\x03\x00\x04\x00\x00\x00\x00"), /* HelloRequest */
	};

	/* Ended or not: every byte is looked at once, nothing is said and nothing kept. */
	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
		struct tls *t = serve_open(backend, "cert=p256");
		size_t used, said;

		peer_feed(t, nothing[i], 0);
		tls_sent(t, tls_output(t).count);
		used = tls_used_bytes(t);
		for (int k = 0; k < 20000; k++)
			peer_feed(t, nothing[i], 0);
		CHECK(tls_state(t) != TLS_OPEN);
		/* The buffer of a handshake message may have been begun, not more. */
		CHECK(tls_used_bytes(t) <= used + 2048);
		said = tls_output(t).count;
		CHECK(said <= 64);
		tls_free(t);
	}
}

/* --- one bit ---------------------------------------------------------------------------- */

static uint64_t seed = 20261125;

static uint64_t
chance(void)
{
	seed ^= seed << 13; /* xorshift64, Marsaglia 2003 */
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Whatever bit of the server's messages is changed, the connection does not open:
 * both sides' Finished cover every byte of them. */
static void
a_changed_handshake_never_opens(enum tls_backend backend, const char *words)
{
	static char bytes[65536];

	for (int k = 0; k < 60; k++) {
		struct tls *t = serve_open(backend, words);
		struct slice all = flight(t, bytes, sizeof bytes);
		size_t at = chance() % all.count, start = 0, count;

		while ((count = record_bytes(slice_after(all, start))) != 0 && at >= start + count)
			start += count;
		/* The version in a record's header means nothing any more; the cipher
		 * change of 1.3 neither. */
		if (count == 0 || at < start + 5 || bytes[start] == 0x14) {
			tls_free(t);
			continue;
		}
		bytes[at] = (char)(bytes[at] ^ 1 << chance() % 8);
		peer_feed(t, all, 0);
		peer_talk(t, 0);
		CHECK(tls_state(t) != TLS_OPEN);
		CHECK(heard.count == 0);
		tls_free(t);
	}
}

/* Any bytes instead of the rest of the handshake. */
static void
noise_never_opens(enum tls_backend backend, const char *words)
{
	static char bytes[65536];

	for (int k = 0; k < 40; k++) {
		struct tls *t = serve_open(backend, words);
		struct slice all = flight(t, bytes, sizeof bytes);

		for (size_t i = chance() % all.count, n = 0; i < all.count && n < 64; i++, n++)
			bytes[i] = (char)chance();
		peer_feed(t, all, chance() % 100);
		CHECK(tls_state(t) != TLS_OPEN);
		CHECK(heard.count == 0);
		tls_receive_end(t);
		CHECK(tls_state(t) == TLS_ENDED);
		CHECK(tls_detail(t)[0] != 0);
		tls_free(t);
	}
}

int
main(void)
{
	peer_boot();
	for (int b = 0; b < 2; b++) {
		for (int v = 0; v < 2; v++) {
			every_cut_of_a_handshake_is_a_truncation(both[b], versions[v]);
			close_notify_and_a_cut_are_told_apart(both[b], versions[v]);
			our_close_is_said_and_ends_it(both[b], versions[v]);
			a_replayed_record_is_refused(both[b], versions[v]);
			a_changed_record_is_refused(both[b], versions[v]);
			a_changed_handshake_never_opens(both[b], versions[v]);
			noise_never_opens(both[b], versions[v]);
		}
		nothing_at_all_is_a_truncation(both[b]);
		an_alert_has_its_number(both[b]);
		alerts_of_one_record_count_in_their_order(both[b]);
		what_is_no_tls_is_said_so(both[b]);
		a_message_of_16_mb_is_not_awaited(both[b]);
		renegotiation_is_refused(both[b]);
		endless_nothing_has_an_end(both[b]);
	}
	a_key_update_ends_it_with_its_reason();
	return CHECK_END("tls_hostile");
}
