/* dns_server.h - a name server on loopback that does what the first label of a name says.
 *
 * UDP and TCP at one port of the kernel's choice; served by hand between two turns of the
 * client's loop.  "good" is answered, "nothing" is NXDOMAIN, "silent" hears nothing; the
 * others are ways to be slow, cut, wrong or hostile.
 */
#ifndef TESTS_NET_DNS_SERVER_H
#define TESTS_NET_DNS_SERVER_H
#include "check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
	int udp, tcp, stream;
	char text[32];       /* "127.0.0.1:PORT" */
	int query_count;     /* over UDP */
	int stream_count;    /* over TCP */
	int failures_left;   /* of "flap" */
	bool mute;
	unsigned char held[512]; /* of "late": the answer to give when asked */
	size_t held_count;
	struct sockaddr_in held_to;
};

static void
server_open(struct server *s, bool with_tcp)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t size = sizeof a;

	memset(s, 0, sizeof *s);
	s->tcp = s->stream = -1;
	/* The same port twice: TCP first, as its ports are scarcer. */
	for (int tries = 0; tries < 50; tries++) {
		s->udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		s->tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		a.sin_port = 0;
		if (bind(s->tcp, (void *)&a, sizeof a) == 0 &&
		    getsockname(s->tcp, (void *)&a, &size) == 0 &&
		    bind(s->udp, (void *)&a, sizeof a) == 0)
			break;
		close(s->udp);
		close(s->tcp);
	}
	if (with_tcp) {
		CHECK(listen(s->tcp, 8) == 0);
	} else {
		close(s->tcp);
		s->tcp = -1;
	}
	snprintf(s->text, sizeof s->text, "127.0.0.1:%d", ntohs(a.sin_port));
}

static void
server_close(struct server *s)
{
	close(s->udp);
	if (s->tcp >= 0)
		close(s->tcp);
	if (s->stream >= 0)
		close(s->stream);
	s->udp = s->tcp = s->stream = -1;
}

struct reply { unsigned char at[4096]; size_t count; };

static void
put(struct reply *r, const void *bytes, size_t count)
{
	memcpy(r->at + r->count, bytes, count);
	r->count += count;
}

/* RFC 1035 4.1.3: a record whose name points to the question's (offset 12). */
static void
put_record(struct reply *r, int type, const void *data, size_t count)
{
	const unsigned char head[] = {
		0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0, 0, 60, 0, (unsigned char)count,
	};

	put(r, head, sizeof head);
	put(r, data, count);
	r->at[7]++; /* ANCOUNT */
}

static void
put_addresses(struct reply *r, int type, int count)
{
	for (int i = 1; i <= count; i++) {
		unsigned char v4[4] = { 192, 0, 2, (unsigned char)i };
		unsigned char v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = (unsigned char)i };

		if (type == 1)
			put_record(r, 1, v4, 4);
		else
			put_record(r, 28, v6, 16);
	}
}

/* The first label decides; false: no answer at all. */
static bool
reply_to(struct server *s, const unsigned char *q, size_t count, bool is_stream,
         struct reply *r)
{
	char label[64];
	size_t end = 12, label_count;
	int type;

	if (count < 17)
		return false;
	label_count = q[12] < sizeof label ? q[12] : 0;
	memcpy(label, q + 13, label_count);
	label[label_count] = '\0';
	while (end < count && q[end] != 0)
		end += q[end] + 1u;
	end += 5;
	type = q[end - 3];
	r->count = 0;
	put(r, q, end);
	r->at[2] = 0x81; /* an answer, recursion desired */
	r->at[3] = 0x80; /* and available */
	memset(r->at + 4, 0, 8);
	r->at[5] = 1;
#define IS(word) (strcasecmp(label, word) == 0)
	if (s->mute || IS("silent"))
		return false;
	if (IS("good") || IS("late") || IS("flood"))
		put_addresses(r, type, 1);
	else if (IS("four") && type == 1)
		put_addresses(r, type, 2);
	else if (IS("six") && type == 28)
		put_addresses(r, type, 1);
	else if (IS("many") || (IS("big") && is_stream))
		put_addresses(r, type, 20);
	else if (IS("big"))
		r->at[2] |= 2; /* TC: ask again over TCP */
	else if (IS("alias")) { /* -> canonical.test, which has the address */
		static const unsigned char target[] = "\011canonical\004test";
		const unsigned char at = (unsigned char)(r->count + 12);
		unsigned char v4[4] = { 192, 0, 2, 9 };

		put_record(r, 5, target, sizeof target);
		if (type == 1) {
			put_record(r, 1, v4, 4);
			r->at[r->count - 15] = at; /* its name is the target's */
		}
	} else if (IS("nothing"))
		r->at[3] |= 3; /* NXDOMAIN */
	else if (IS("servfail") || (IS("flap") && s->failures_left-- > 0))
		r->at[3] |= 2;
	else if (IS("flap"))
		put_addresses(r, type, 1);
	else if (IS("refused"))
		r->at[3] |= 5;
	else if (IS("garbage"))
		memset(r->at + 3, 0xff, r->count - 3);
	else if (IS("short"))
		r->count = 11;
	else if (IS("empty"))
		r->count = 0;
	else if (IS("wrongid"))
		r->at[0] ^= 0xff;
	else if (IS("loop")) { /* a name that points to itself */
		const unsigned char self = (unsigned char)r->count;

		put_addresses(r, type, 1);
		r->at[self + 1] = self;
	} else if (IS("wrongname"))
		r->at[13] ^= 1;
	return true;
}

static void
serve_udp(struct server *s)
{
	static unsigned char q[2048];
	static struct reply r;
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t got;

	while ((got = recvfrom(s->udp, q, sizeof q, 0, (void *)&from, &size)) >= 0) {
		s->query_count++;
		if (!reply_to(s, q, (size_t)got, false, &r))
			continue;
		if (got > 17 && memcmp(q + 13, "late", 4) == 0) {
			memcpy(s->held, r.at, r.count);
			s->held_count = r.count;
			s->held_to = from;
			continue;
		}
		/* Sixty that are not the answer, and the answer. */
		if (got > 17 && memcmp(q + 13, "flood", 5) == 0) {
			r.at[0] ^= 0xff;
			for (int i = 0; i < 60; i++)
				(void)!sendto(s->udp, r.at, i % 2 ? r.count : 0, 0, (void *)&from, size);
			r.at[0] ^= 0xff;
		}
		(void)!sendto(s->udp, r.at, r.count, 0, (void *)&from, size);
	}
}

static void
serve_tcp(struct server *s)
{
	static unsigned char q[2048];
	static struct reply r;
	ssize_t got;
	size_t at = 0;

	if (s->tcp >= 0 && s->stream < 0)
		s->stream = accept4(s->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (s->stream < 0)
		return;
	got = recv(s->stream, q, sizeof q, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		close(s->stream);
		s->stream = -1;
		return;
	}
	while (got > 0 && at + 2 <= (size_t)got) {
		size_t count = (size_t)q[at] << 8 | q[at + 1];
		unsigned char head[2];

		s->stream_count++;
		if (reply_to(s, q + at + 2, count, true, &r)) {
			head[0] = (unsigned char)(r.count >> 8);
			head[1] = (unsigned char)r.count;
			(void)!send(s->stream, head, 2, MSG_NOSIGNAL);
			(void)!send(s->stream, r.at, r.count, MSG_NOSIGNAL);
		}
		at += 2 + count;
	}
}
#endif
