/* conn_io.c - bytes of a connection: socket, proxy, TLS, owner, and back.
 *
 *   read ─> shared buffer ─> [proxy] ─> [tls] ─> on_bytes
 *   write <────────────────── [proxy] [tls] or own output <─ conn_send
 *
 * Limits one read buffer for all: what arrives is handed on within the call, and what
 *        is left of a record is TLS's to keep.  A turn reads CONN_TURN_BYTES of one
 *        connection at most; the loop is level-triggered and brings the rest.
 */
#include "base/check.h"
#include "net/conn_internal.h"
#include "sys/tcp.h"
#include <errno.h>
#include <string.h>

/* A socket that cannot be written is read on, for what the peer said before it went;
 * but not for ever. */
static const int32_t after_write_error_ms = 2000;

/* --- out --------------------------------------------------------------------------------- */

static struct slice
output_of(struct conn *c)
{
	if (c->state == CONN_PROXY)
		return proxy_output(&c->proxy);
	if (c->tls != NULL)
		return tls_output(c->tls);
	return slice_of(c->out + c->out_head, c->out_count);
}

static void
output_sent(struct conn *c, size_t count)
{
	if (c->state == CONN_PROXY) {
		proxy_sent(&c->proxy, count);
	} else if (c->tls != NULL) {
		tls_sent(c->tls, count);
	} else {
		c->out_count -= count;
		c->out_head = c->out_count == 0 ? 0 : c->out_head + count;
	}
}

/* Write interest only while something waits. */
static void
want(struct conn *c, unsigned wanted)
{
	if (c->wanted == wanted || c->state == CONN_CLOSED)
		return;
	c->wanted = wanted;
	(void)loop_want(c->net->loop, c->handle, wanted);
}

static void
write_failed(struct conn *c, int error_number)
{
	c->write_error = error_number;
	output_sent(c, output_of(c).count);
	want(c, LOOP_READ);
	if (c->state == CONN_OPEN)
		conn_stay(c, after_write_error_ms);
}

void
conn_flush(struct conn *c)
{
	struct slice out;
	bool moved = false;

	if (c->fd < 0 || c->receiving)
		return;
	while ((out = output_of(c)).count > 0) {
		int64_t put;

		if (c->write_error != 0) {
			output_sent(c, out.count);
			return;
		}
		put = tcp_write(c->fd, out);
		if (put == -EAGAIN)
			break;
		if (put < 0) {
			write_failed(c, (int)-put);
			return;
		}
		output_sent(c, (size_t)put);
		c->net->stats.bytes_out += (uint64_t)put;
		moved = true;
	}
	if (c->state == CONN_OPEN && c->write_error == 0) {
		if (out.count == 0)
			conn_stay(c, 0);
		else if (moved || c->timer == 0)
			conn_stay(c, c->net->stay_max_ms[CONN_OPEN]);
	}
	want(c, out.count == 0 ? LOOP_READ : LOOP_READ | LOOP_WRITE);
}

size_t
conn_output_room(const struct conn *c)
{
	if (c->state != CONN_OPEN || c->write_error != 0)
		return 0;
	return c->tls != NULL ? tls_room(c->tls) : CONN_OUTPUT_BYTES - c->out_count;
}

static void
put_plain(struct conn *c, struct slice bytes)
{
	if (c->out_head + c->out_count + bytes.count > CONN_OUTPUT_BYTES) {
		memmove(c->out, c->out + c->out_head, c->out_count);
		c->out_head = 0;
	}
	if (bytes.count > 0)
		memcpy(c->out + c->out_head + c->out_count, bytes.at, bytes.count);
	c->out_count += bytes.count;
}

bool
conn_send(struct conn *c, struct slice bytes)
{
	if (conn_output_room(c) < bytes.count)
		conn_flush(c);
	if (conn_output_room(c) < bytes.count) {
		c->wants_room = c->state == CONN_OPEN;
		return false;
	}
	if (c->tls == NULL) {
		put_plain(c, bytes);
	} else if (tls_send(c->tls, bytes) != bytes.count) {
		/* There was room: it ended on the way, and says why when it is read. */
		return false;
	}
	conn_flush(c);
	return c->state == CONN_OPEN;
}

/* --- in ---------------------------------------------------------------------------------- */

static void
deliver(struct conn *c, struct slice plain)
{
	if (plain.count == 0 || c->state != CONN_OPEN)
		return;
	c->bytes_in += plain.count;
	c->owner.on_bytes(c->owner.context, plain, c->net->loop->now);
}

/* Bytes may come in the same record as the end of the handshake. */
static void
on_plain(void *context, struct slice plain)
{
	struct conn *c = context;

	if (c->state == CONN_SECURE)
		conn_step(c, CONN_IN_READY);
	deliver(c, plain);
}

/* It ended by itself: cured by another try, or told. */
static void
tls_ended(struct conn *c)
{
	const enum tls_reason reason = tls_reason(c->tls);

	if (c->state == CONN_SECURE && tls_try_again_with_12(c->tls)) {
		conn_step(c, CONN_IN_AGAIN);
		return;
	}
	if (reason == TLS_REASON_CLOSED)
		conn_fail(c, CONN_REASON_ENDED, "closed by the peer");
	else
		conn_fail(c, CONN_REASON_TLS, "%s: %s", tls_reason_text(reason), tls_detail(c->tls));
}

static void
look_at_tls(struct conn *c)
{
	if (c->state == CONN_SECURE && tls_state(c->tls) == TLS_OPEN)
		conn_step(c, CONN_IN_READY);
	if ((c->state == CONN_SECURE || c->state == CONN_OPEN) && c->tls != NULL &&
	    tls_state(c->tls) == TLS_ENDED)
		tls_ended(c);
}

static void
feed(struct conn *c, struct slice bytes)
{
	if (c->state == CONN_PROXY) {
		const size_t taken = proxy_receive(&c->proxy, bytes);

		if (c->proxy.state == PROXY_FAILED)
			conn_fail(c, CONN_REASON_PROXY, "%s: %s",
			          proxy_reason_text((enum proxy_reason)c->proxy.reason),
			          c->proxy.detail);
		else if (c->proxy.state == PROXY_OPEN)
			conn_step(c, CONN_IN_READY);
		bytes = slice_after(bytes, taken);
	}
	if (bytes.count == 0 || c->state == CONN_CLOSED || c->state == CONN_PROXY)
		return;
	if (c->tls == NULL) {
		deliver(c, bytes);
		return;
	}
	c->receiving = true;
	(void)tls_receive(c->tls, bytes, on_plain, c);
	c->receiving = false;
	look_at_tls(c);
}

/* --- the end of the socket ---------------------------------------------------------------- */

static void
told_end(struct conn *c)
{
	if (c->write_error != 0)
		conn_fail(c, CONN_REASON_RESET, "%s", tcp_words(c->write_error));
	else
		conn_fail(c, CONN_REASON_ENDED, "closed by the peer");
}

static void
told_error(struct conn *c, int error_number)
{
	switch (error_number) {
	case ETIMEDOUT:
		conn_fail(c, CONN_REASON_TIMEOUT, "the peer is gone: no acknowledgement");
		break;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		conn_fail(c, CONN_REASON_UNREACHED, "%s", tcp_words(error_number));
		break;
	case ENOBUFS:
	case ENOMEM:
		conn_fail(c, CONN_REASON_RESOURCES, "%s", tcp_words(error_number));
		break;
	default:
		conn_fail(c, CONN_REASON_RESET, "%s%s", tcp_words(error_number),
		          c->state == CONN_SECURE ? " during the TLS handshake" : "");
		break;
	}
}

/* got: 0 or a negative errno, as read. */
static void
socket_ended(struct conn *c, int64_t got)
{
	if (c->state == CONN_PROXY) {
		proxy_receive_end(&c->proxy);
		conn_fail(c, CONN_REASON_PROXY, "%s: %s", proxy_reason_text(PROXY_REASON_TRUNCATED),
		          got == 0 ? c->proxy.detail : tcp_words((int)-got));
		return;
	}
	if (c->tls != NULL) {
		/* Some servers hang up on what they do not know, with or without a word. */
		tls_receive_end(c->tls);
		if (got == 0 || (c->state == CONN_SECURE && tls_try_again_with_12(c->tls))) {
			if (got == 0 && c->write_error != 0)
				told_end(c);
			else
				tls_ended(c);
			return;
		}
	}
	if (got == 0)
		told_end(c);
	else
		told_error(c, (int)-got);
}

static bool
is_reading(const struct conn *c)
{
	return c->fd >= 0 && (c->state == CONN_PROXY || c->state == CONN_SECURE ||
	                      c->state == CONN_OPEN);
}

static void
receive(struct conn *c)
{
	struct net *n = c->net;
	size_t left = CONN_TURN_BYTES;

	/* A second try has another descriptor: the race is on, and nothing is read. */
	while (left > 0 && is_reading(c)) {
		const int64_t got = tcp_read(c->fd, n->buffer, CONN_READ_BYTES);

		if (got == -EAGAIN)
			return;
		n->stats.read_count++;
		if (got <= 0) {
			socket_ended(c, got);
			return;
		}
		n->stats.bytes_in += (uint64_t)got;
		feed(c, slice_of(n->buffer, (size_t)got));
		if (got < CONN_READ_BYTES)
			return;
		left -= (size_t)got;
	}
}

void
conn_on_ready(void *context, unsigned ready, struct now now)
{
	struct conn *c = context;

	(void)now;
	if (ready & (LOOP_READ | LOOP_HANGUP))
		receive(c);
	if (!is_reading(c))
		return;
	conn_flush(c);
	if (c->wants_room && c->state == CONN_OPEN && output_of(c).count == 0) {
		c->wants_room = false;
		if (c->owner.on_room != NULL)
			c->owner.on_room(c->owner.context);
	}
}

void
conn_let_go(struct conn *c)
{
	if (c->fd >= 0) {
		/* The goodbye, or the alert that says why. */
		const enum conn_state state = (enum conn_state)c->state;

		ASSERT(!c->receiving);
		ASSERT(state == CONN_CLOSED || state == CONN_CONNECT);
		if (c->write_error == 0) {
			struct slice out = output_of(c);

			if (out.count > 0)
				(void)tcp_write(c->fd, out);
		}
		loop_forget(c->net->loop, c->handle);
		tcp_shut(c->fd);
		tcp_close(c->fd);
		c->fd = -1;
	}
	if (c->tls != NULL)
		tls_free(c->tls);
	c->tls = NULL;
	c->handle = 0;
	c->wanted = 0;
	c->write_error = 0;
}
