/* tls.c - slots, states and output of TLS connections.
 *
 * Why    The rest of the program sees one engine; which library is behind it is a
 *        line in the configuration.
 * Input  cipher bytes, plain bytes, in pieces of any size.
 * Output the same the other way, a reason and a sentence at the end.
 * Limits a slot is the whole memory of a connection: this struct, the output, and
 *        the heap of the library.
 *
 *   slot  │ struct tls │ output, 20 KB │ heap of the library             │
 */
#include "net/tls_internal.h"
#include "base/check.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	HEAD_BYTES = (sizeof(struct tls) + 63) / 64 * 64,
	HEAP_BYTES = TLS_SLOT_BYTES - HEAD_BYTES - TLS_OUTPUT_BYTES,
};

_Static_assert(TLS_SLOT_BYTES % 64 == 0, "slots stay aligned");
_Static_assert(HEAP_BYTES >= 64 * 1024, "what mbedTLS needs with a long chain");
_Static_assert(HEAP_BYTES % 16 == 0, "the heap's blocks are aligned");

/* --- the pool -------------------------------------------------------------------- */

enum err
tls_pool_init(struct tls_pool **pool_out, struct arena *boot, int count_max)
{
	struct tls_pool *p = arena_take(boot, "tls pool", 1, sizeof *p);
	char *slot;

	ASSERT(count_max > 0);
	slot = arena_take(boot, "tls slots", (size_t)count_max, TLS_SLOT_BYTES);
	*pool_out = NULL;
	if (!p || !slot || !tls_session_init(&p->sessions, boot))
		return ERR_FULL;
	if (!tls_mbedtls_boot())
		return ERR_INTERNAL;
	p->slot = slot;
	p->count_max = count_max;
	for (int i = count_max - 1; i >= 0; i--) {
		struct tls *t = (struct tls *)(void *)(slot + (size_t)i * TLS_SLOT_BYTES);

		t->pool = p;
		t->next_free = p->free;
		p->free = t;
	}
	*pool_out = p;
	return ERR_NONE;
}

static struct tls_session_key
session_key(const struct tls *t)
{
	return (struct tls_session_key){
		.host = t->host.name,
		.trust = t->trust,
		.backend = (enum tls_backend)t->backend,
		.no_tls13 = t->no_tls13,
	};
}

static void
begin(struct tls *t, const struct tls_options *options)
{
	char *slot = (char *)t;

	*t = (struct tls){
		.pool = t->pool,
		.taken = true,
		.backend = (uint8_t)options->backend,
		.library = options->backend == TLS_BEARSSL ? &tls_bearssl : &tls_mbedtls,
		.trust = options->trust,
		.entropy = options->entropy,
		.wall_ns = options->wall_ns,
		.no_tls13 = options->no_tls13,
		.state = TLS_HANDSHAKE,
		.out = slot + HEAD_BYTES,
	};
	heap_init(&t->heap, slot + HEAD_BYTES + TLS_OUTPUT_BYTES, HEAP_BYTES);
}

struct tls *
tls_open(struct tls_pool *pool, const struct tls_options *options)
{
	struct tls *t = pool->free;
	struct tls_session_key key;
	struct slice session;

	ASSERT(options->backend == TLS_MBEDTLS || options->backend == TLS_BEARSSL);
	ASSERT(options->trust != NULL);
	ASSERT(options->entropy != NULL);
	if (!t)
		return NULL;
	pool->free = t->next_free;
	begin(t, options);
	if (!tls_host_read(slice_str(options->host), &t->host)) {
		tls_end(t, TLS_REASON_NAME, "what should be a host is none");
		return t;
	}
	key = session_key(t);
	session = tls_session_find(&pool->sessions, &key, t->wall_ns / 1000000000, &t->until_s);
	t->offered_session = session.count != 0;
	t->library->open(t, session);
	return t;
}

void
tls_free(struct tls *t)
{
	struct tls_pool *pool = t->pool;

	ASSERT(t->taken);
	if (t->own)
		t->library->free(t);
	heap_wipe(&t->heap);
	memset(t->out, 0, t->out_reached);
	memset(t, 0, sizeof *t);
	__asm__ volatile("" : : "r"(t) : "memory");
	t->pool = pool;
	t->next_free = pool->free;
	pool->free = t;
}

/* --- the end --------------------------------------------------------------------- */

void
tls_end(struct tls *t, enum tls_reason reason, const char *format, ...)
{
	va_list list;

	if (t->state == TLS_ENDED)
		return;
	if (t->state == TLS_HANDSHAKE && t->offered_session) {
		/* Whatever it was: the next try begins from nothing. */
		struct tls_session_key key = session_key(t);

		tls_session_drop(&t->pool->sessions, &key);
	}
	t->state = TLS_ENDED;
	t->reason = (uint8_t)reason;
	va_start(list, format);
	vsnprintf(t->detail, sizeof t->detail, format, list);
	va_end(list);
}

/* --- certificates and sessions ----------------------------------------------------- */

enum tls_reason
tls_judge(struct tls *t, const struct tls_chain *chain)
{
	struct text why = text_init(t->detail, sizeof t->detail - 1);
	struct tls_path *path = &t->pool->path;
	enum tls_reason reason;
	const int64_t wall_s = t->wall_ns / 1000000000;

	reason = tls_policy_judge(chain, t->trust, &t->host, wall_s, path, &why);
	t->verdict = (uint8_t)reason;
	t->judged_good = reason == TLS_REASON_NONE;
	if (t->judged_good)
		t->until_s = path->until_s < wall_s + TLS_SESSION_KEEP_S
		                     ? path->until_s : wall_s + TLS_SESSION_KEEP_S;
	t->detail[why.count] = 0;
	return reason;
}

void
tls_end_refused(struct tls *t)
{
	char sentence[TLS_DETAIL_BYTES];

	memcpy(sentence, t->detail, sizeof sentence);
	tls_end(t, (enum tls_reason)t->verdict, "%s", sentence);
}

void
tls_keep_session(struct tls *t, struct slice session)
{
	struct tls_session_key key = session_key(t);

	tls_session_put(&t->pool->sessions, &key, t->until_s, session);
}

void
tls_opened(struct tls *t, int version, int suite, int group)
{
	struct text about = text_init(t->about, sizeof t->about - 1);
	const char *name = tls_suite_text(suite);

	/* Neither may happen, whatever the server does: the lists that we send and what
	 * is compiled in see to that.  Here stands the last door. */
	if (!name || (version != 0x0303 && version != 0x0304)) {
		tls_end(t, TLS_REASON_INTERNAL, "the library agreed to version %x, suite %x",
		        (unsigned)version, (unsigned)suite);
		return;
	}
	if (!t->judged_good && !t->offered_session) {
		tls_end(t, TLS_REASON_INTERNAL, "the library took a server that nobody judged");
		return;
	}
	text_str(&about, version == 0x0304 ? "TLS 1.3 " : "TLS 1.2 ");
	text_str(&about, name);
	text_str(&about, tls_group_text(group));
	if (!t->judged_good)
		text_str(&about, " resumed");
	t->about[about.count] = 0;
	t->detail[0] = 0;
	t->state = TLS_OPEN;
}

/* --- output ---------------------------------------------------------------------- */

size_t
tls_put_room(const struct tls *t)
{
	return TLS_OUTPUT_BYTES - t->out_count;
}

bool
tls_put(struct tls *t, const void *bytes, size_t count)
{
	if (count > tls_put_room(t))
		return false;
	if (t->out_head + t->out_count + count > TLS_OUTPUT_BYTES) {
		memmove(t->out, t->out + t->out_head, t->out_count);
		t->out_head = 0;
	}
	memcpy(t->out + t->out_head + t->out_count, bytes, count);
	t->out_count += count;
	if (t->out_head + t->out_count > t->out_reached)
		t->out_reached = t->out_head + t->out_count;
	return true;
}

struct slice
tls_output(struct tls *t)
{
	return slice_of(t->out + t->out_head, t->out_count);
}

void
tls_sent(struct tls *t, size_t count)
{
	ASSERT(count <= t->out_count);
	t->out_count -= count;
	t->out_head = t->out_count == 0 ? 0 : t->out_head + count;
}

size_t
tls_room(const struct tls *t)
{
	const size_t record = TLS_SEND_RECORD_BYTES + TLS_RECORD_EXTRA;
	size_t room = tls_put_room(t), rest = room % record;

	if (t->state != TLS_OPEN)
		return 0;
	return room / record * TLS_SEND_RECORD_BYTES +
	       (rest > TLS_RECORD_EXTRA ? rest - TLS_RECORD_EXTRA : 0);
}

size_t
tls_send(struct tls *t, struct slice plain)
{
	size_t sent = 0;

	while (t->state == TLS_OPEN && sent < plain.count) {
		struct slice part = slice_after(plain, sent);
		size_t room = tls_put_room(t);

		if (part.count > TLS_SEND_RECORD_BYTES)
			part.count = TLS_SEND_RECORD_BYTES;
		if (room <= TLS_RECORD_EXTRA)
			break;
		if (part.count > room - TLS_RECORD_EXTRA)
			part.count = room - TLS_RECORD_EXTRA;
		if (!t->library->send(t, part))
			break;
		sent += part.count;
	}
	return sent;
}

/* --- input ----------------------------------------------------------------------- */

/* Whoever does not speak TLS shows it in the first byte of a record, which is 20 to
 * 23: an HTTP answer on this port, a captive portal, a proxy's error. */
static void
look_at_first(struct tls *t, struct slice cipher)
{
	const uint8_t first = (uint8_t)cipher.at[0];
	char begin[32];
	struct text seen = text_init(begin, sizeof begin - 1);

	t->begun = true;
	if (first >= 20 && first <= 23)
		return;
	cert_plain_text(&seen, cipher, 16);
	begin[seen.count] = 0;
	tls_end(t, TLS_REASON_RECORD, "the server does not speak TLS; it begins with \"%s\"",
	        begin);
}

enum tls_state
tls_receive(struct tls *t, struct slice cipher, tls_sink *sink, void *context)
{
	if (t->state != TLS_ENDED && cipher.count != 0 && !t->begun)
		look_at_first(t, cipher);
	if (t->state != TLS_ENDED && cipher.count != 0)
		t->library->receive(t, cipher, sink, context);
	return (enum tls_state)t->state;
}

void
tls_receive_end(struct tls *t)
{
	if (t->state == TLS_OPEN)
		tls_end(t, TLS_REASON_TRUNCATED,
		        "the connection ended without close_notify: bytes may be missing");
	else if (!t->begun)
		tls_end(t, TLS_REASON_TRUNCATED,
		        "the connection ended before the server said anything");
	else
		tls_end(t, TLS_REASON_TRUNCATED, "the connection ended inside the handshake");
}

void
tls_close(struct tls *t)
{
	if (t->state == TLS_OPEN)
		t->library->close(t);
	tls_end(t, TLS_REASON_NONE, "closed by us");
}

/* --- questions ------------------------------------------------------------------- */

enum tls_state
tls_state(const struct tls *t)
{
	return (enum tls_state)t->state;
}

enum tls_reason
tls_reason(const struct tls *t)
{
	return (enum tls_reason)t->reason;
}

const char *
tls_detail(const struct tls *t)
{
	return t->state == TLS_ENDED ? t->detail : "";
}

const char *
tls_about(const struct tls *t)
{
	return t->about;
}

bool
tls_try_again_with_12(const struct tls *t)
{
	return t->state == TLS_ENDED && t->try_12 && !t->no_tls13;
}

size_t
tls_used_bytes(const struct tls *t)
{
	return HEAD_BYTES + t->out_reached + t->heap.reached;
}
