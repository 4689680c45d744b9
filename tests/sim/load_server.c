/* load_server.c - a websocket server that is never the limit of a measurement.
 *
 * Why     A server that encrypts while it is measured limits the client (one core each at
 *         best).  This one encrypts everything first and then only writes.
 * Input   A file of messages, one a line (`recv_ns TAB message` or plain), a certificate.
 *         A client that subscribes to something that holds --match is given the messages;
 *         any other is acknowledged and hears nothing.
 * Output  `ready PORT`, and for each client that was served one JSON line with counts, time
 *         and our CPU, encryption and sending apart.
 * How     TLS by OpenSSL over memory, one frame a record, one record a SSL_write; the
 *         records lie in one block that is written with write(2), as fast as the client
 *         reads or paced.  With --stamp the times E, T and ts in a message become the
 *         millisecond in which it is due.
 * Limits  Serves one client at a time with messages; others wait in their own process
 *         (one fork for each connection).  What the client says meanwhile is answered
 *         after the block.  For benchmarks only: no limits, no fault is simulated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
enum { FRAME_HEAD_MAX = 10, REQUEST_BYTES_MAX = 65536, START_SLEEP_NS = 500000 };

struct options {
	const char *certificate, *key, *file, *match;
	long count_max, rate, wait_ms;
	bool is_tls12, is_stamped, is_once;
};

struct message {
	const char *text;
	size_t count;
};

/* The messages of the file. */
static struct message *messages;
static size_t message_count;

/* One connection. */
struct client {
	int fd;
	SSL *ssl;
	BIO *in, *out;
	char heard[REQUEST_BYTES_MAX]; /* plain bytes from the client */
	size_t heard_count;
};

static void
die(const char *what)
{
	fprintf(stderr, "load_server: %s\n", what);
	exit(1);
}

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double
cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec)
	     + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* --- the messages ---------------------------------------------------------------- */

static void
read_messages(const struct options *o)
{
	struct stat st;
	int fd = open(o->file, O_RDONLY);
	char *text, *at, *end;
	size_t room = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		die("cannot read the file of messages");
	text = malloc((size_t)st.st_size + 1);
	for (size_t have = 0; have < (size_t)st.st_size;) {
		ssize_t got = text ? read(fd, text + have, (size_t)st.st_size - have) : -1;

		if (got <= 0)
			die("cannot read the file of messages");
		have += (size_t)got;
	}
	close(fd);
	text[st.st_size] = '\0';
	for (at = text; *at && (!o->count_max || message_count < (size_t)o->count_max); at = end + 1) {
		char *line = at, *tab;

		end = strchr(at, '\n');
		if (!end)
			end = at + strlen(at);
		tab = memchr(line, '\t', (size_t)(end - line));
		if (tab)
			line = tab + 1;
		if (message_count == room) {
			room = room ? room * 2 : 65536;
			messages = realloc(messages, room * sizeof messages[0]);
			if (!messages)
				die("out of memory");
		}
		if (end > line)
			messages[message_count++] = (struct message){ line, (size_t)(end - line) };
		if (!*end)
			break;
	}
}

/* Times are 13 digits: `due_ms` takes their place, so that no length changes. */
static void
stamp(char *text, size_t count, int64_t due_ms)
{
	static const char *const name[] = { "\"E\":", "\"T\":", "\"ts\":" };
	char digits[16];

	snprintf(digits, sizeof digits, "%013lld", (long long)due_ms);
	for (size_t n = 0; n < sizeof name / sizeof name[0]; n++) {
		size_t size = strlen(name[n]);
		char *at = text;

		while ((at = memmem(at, count - (size_t)(at - text), name[n], size)) != NULL) {
			at += size;
			if (text + count - at >= 14 && at[0] == '1' && (at[13] < '0' || at[13] > '9')
			    && strspn(at, "0123456789") == 13)
				memcpy(at, digits, 13);
		}
	}
}

/* --- TLS over memory ----------------------------------------------------------------- */

static void
write_all(int fd, const char *at, size_t count)
{
	while (count) {
		ssize_t sent = write(fd, at, count);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			exit(0); /* the client is gone */
		at += sent;
		count -= (size_t)sent;
	}
}

static void
flush_tls(struct client *c)
{
	char *data;
	long count = BIO_get_mem_data(c->out, &data);

	if (count > 0) {
		write_all(c->fd, data, (size_t)count);
		(void)BIO_reset(c->out);
	}
}

/* Reads what is there, waiting up to wait_ms (-1: for ever); false: nothing came. */
static bool
hear(struct client *c, int wait_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	char wire[16384];
	ssize_t got;
	int plain;

	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	got = read(c->fd, wire, sizeof wire);
	if (got <= 0)
		exit(0);
	BIO_write(c->in, wire, (int)got);
	if (!SSL_is_init_finished(c->ssl)) {
		ERR_clear_error();
		if (SSL_do_handshake(c->ssl) <= 0) {
			flush_tls(c);
			if (ERR_peek_error())
				die("handshake failed");
			return true;
		}
		flush_tls(c);
	}
	while (c->heard_count < sizeof c->heard - 1
	       && (plain = SSL_read(c->ssl, c->heard + c->heard_count,
	                            (int)(sizeof c->heard - 1 - c->heard_count))) > 0)
		c->heard_count += (size_t)plain;
	if (SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN)
		exit(0);
	c->heard[c->heard_count] = '\0';
	return true;
}

static void
forget(struct client *c, size_t count)
{
	memmove(c->heard, c->heard + count, c->heard_count - count + 1);
	c->heard_count -= count;
}

/* --- websocket ----------------------------------------------------------------------- */

static size_t
frame_head(unsigned char *head, unsigned opcode, size_t count)
{
	head[0] = (unsigned char)(0x80u | opcode);
	if (count < 126) {
		head[1] = (unsigned char)count;
		return 2;
	}
	if (count < 65536) {
		head[1] = 126;
		head[2] = (unsigned char)(count >> 8);
		head[3] = (unsigned char)(count & 255);
		return 4;
	}
	head[1] = 127;
	for (int i = 0; i < 8; i++)
		head[2 + i] = (unsigned char)((uint64_t)count >> (56 - 8 * i) & 255);
	return 10;
}

static void
say(struct client *c, unsigned opcode, const char *text, size_t count)
{
	unsigned char frame[FRAME_HEAD_MAX + REQUEST_BYTES_MAX];
	size_t head = frame_head(frame, opcode, count);

	memcpy(frame + head, text, count);
	if (SSL_write(c->ssl, frame, (int)(head + count)) <= 0)
		die("cannot encrypt");
	flush_tls(c);
}

static void
upgrade(struct client *c)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[256], accept[64], *key, *end;

	while (!strstr(c->heard, "\r\n\r\n"))
		hear(c, -1);
	key = strcasestr(c->heard, "sec-websocket-key:");
	if (!key)
		die("no websocket key");
	key += strlen("sec-websocket-key:");
	key += strspn(key, " ");
	end = strpbrk(key, " \r");
	snprintf(text, sizeof text, "%.*s%s", (int)(end - key), key, GUID);
	SHA1((unsigned char *)text, strlen(text), digest);
	EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
	snprintf(text, sizeof text, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	         "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
	SSL_write(c->ssl, text, (int)strlen(text));
	flush_tls(c);
	forget(c, (size_t)(strstr(c->heard, "\r\n\r\n") + 4 - c->heard));
}

static void
acknowledge(struct client *c, const char *text)
{
	char answer[256];
	const char *id = strstr(text, "\"id\":");

	if (strstr(text, "\"ping\""))
		snprintf(answer, sizeof answer, "{\"success\":true,\"ret_msg\":\"pong\","
		         "\"conn_id\":\"load\",\"req_id\":\"\",\"op\":\"ping\"}");
	else if (strstr(text, "\"op\""))
		snprintf(answer, sizeof answer, "{\"success\":true,\"ret_msg\":\"\","
		         "\"conn_id\":\"load\",\"req_id\":\"\",\"op\":\"subscribe\"}");
	else
		snprintf(answer, sizeof answer, "{\"result\":null,\"id\":%ld}", id ? atol(id + 5) : 0);
	say(c, 1, answer, strlen(answer));
}

/* Takes the client's frames; true when one subscribed to what is served. */
static bool
obey(struct client *c, const char *match)
{
	bool is_wanted = false;

	for (;;) {
		const unsigned char *h = (const unsigned char *)c->heard;
		size_t at = 2, count;
		char text[REQUEST_BYTES_MAX];

		if (c->heard_count < 2)
			return is_wanted;
		count = h[1] & 127;
		if (count == 127)
			die("a frame this long is none of ours");
		if (count == 126) {
			if (c->heard_count < 4)
				return is_wanted;
			count = (size_t)h[2] << 8 | h[3];
			at = 4;
		}
		if (c->heard_count < at + 4 + count)
			return is_wanted;
		for (size_t i = 0; i < count; i++)
			text[i] = (char)(h[at + 4 + i] ^ h[at + (i & 3)]);
		text[count] = '\0';
		switch (h[0] & 15) {
		case 8:
			say(c, 8, text, count < 2 ? 0 : 2);
			exit(0);
		case 9:
			say(c, 10, text, count);
			break;
		case 1:
			acknowledge(c, text);
			if (!strstr(text, "\"ping\"") && strstr(text, match))
				is_wanted = true;
			break;
		default:
			break;
		}
		forget(c, at + 4 + count);
	}
}

/* --- the block --------------------------------------------------------------------------- */

struct block {
	char *data;
	size_t *end; /* of each record */
	size_t count;
};

static struct block
encrypt(struct client *c, const struct options *o, int64_t start_ms)
{
	struct block b = { .end = malloc(message_count * sizeof b.end[0]) };
	size_t longest = 0, used = 0, room = 1u << 20;
	unsigned char *frame;

	for (size_t i = 0; i < message_count; i++)
		if (messages[i].count > longest)
			longest = messages[i].count;
	frame = malloc(FRAME_HEAD_MAX + longest);
	b.data = malloc(room);
	if (!frame || !b.data || !b.end)
		die("out of memory");
	for (size_t i = 0; i < message_count; i++) {
		size_t head = frame_head(frame, 1, messages[i].count);
		char *record;
		long count;

		memcpy(frame + head, messages[i].text, messages[i].count);
		if (o->is_stamped)
			stamp((char *)frame + head, messages[i].count,
			      start_ms + (o->rate ? (int64_t)i * 1000 / o->rate : 0));
		if (SSL_write(c->ssl, frame, (int)(head + messages[i].count)) <= 0)
			die("cannot encrypt");
		count = BIO_get_mem_data(c->out, &record);
		if (used + (size_t)count > room) {
			room = room * 2 + (size_t)count;
			b.data = realloc(b.data, room);
			if (!b.data)
				die("out of memory");
		}
		memcpy(b.data + used, record, (size_t)count);
		used += (size_t)count;
		b.end[i] = used;
		(void)BIO_reset(c->out);
	}
	free(frame);
	b.count = used;
	return b;
}

/* Record by record in time: what is due is written in one go. */
static void
send_paced(struct client *c, const struct block *b, long rate, int64_t start_ns)
{
	size_t next = 0, sent = 0;

	while (next < message_count) {
		int64_t age_ns = clock_ns(CLOCK_REALTIME) - start_ns;
		size_t due = age_ns < 0 ? 0 : (size_t)((double)age_ns * (double)rate / 1e9) + 1;
		int64_t rest_ns = (int64_t)((double)next * 1e9 / (double)rate) - age_ns;
		struct timespec pause = { .tv_sec = rest_ns / 1000000000, .tv_nsec = rest_ns % 1000000000 };

		if (due > message_count)
			due = message_count;
		if (due > next) {
			write_all(c->fd, b->data + sent, b->end[due - 1] - sent);
			sent = b->end[due - 1];
			next = due;
		} else if (rest_ns > 0) {
			nanosleep(&pause, NULL);
		}
	}
}

static void
serve_messages(struct client *c, const struct options *o)
{
	double before_s = cpu_s(), encrypted_s, sent_s;
	/* Encryption takes about a microsecond a message: the first is due after it. */
	int64_t start_ms = clock_ns(CLOCK_REALTIME) / 1000000 + o->wait_ms
	                 + (int64_t)message_count / 400;
	struct block b = encrypt(c, o, start_ms);
	int64_t begin_ns, end_ns;

	encrypted_s = cpu_s();
	while (clock_ns(CLOCK_REALTIME) / 1000000 < start_ms) {
		struct timespec pause = { .tv_nsec = START_SLEEP_NS };

		nanosleep(&pause, NULL);
	}
	begin_ns = clock_ns(CLOCK_MONOTONIC);
	if (o->rate)
		send_paced(c, &b, o->rate, start_ms * 1000000);
	else
		write_all(c->fd, b.data, b.count);
	end_ns = clock_ns(CLOCK_MONOTONIC);
	sent_s = cpu_s();
	printf("{\"messages\":%zu,\"bytes\":%zu,\"rate\":%ld,\"tls\":\"%s\",\"cipher\":\"%s\","
	       "\"wall_s\":%.6f,\"cpu_encrypt_s\":%.6f,\"cpu_send_s\":%.6f}\n", message_count, b.count,
	       o->rate, SSL_get_version(c->ssl), SSL_get_cipher(c->ssl),
	       (double)(end_ns - begin_ns) / 1e9, encrypted_s - before_s, sent_s - encrypted_s);
	fflush(stdout);
	free(b.data);
	free(b.end);
	if (o->is_once)
		kill(getppid(), SIGTERM);
}

static void
serve(int fd, SSL_CTX *ctx, const struct options *o)
{
	static struct client c;
	bool is_served = false;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c.fd = fd;
	c.ssl = SSL_new(ctx);
	c.in = BIO_new(BIO_s_mem());
	c.out = BIO_new(BIO_s_mem());
	if (!c.ssl || !c.in || !c.out)
		die("out of memory");
	SSL_set_bio(c.ssl, c.in, c.out);
	SSL_set_accept_state(c.ssl);
	while (!SSL_is_init_finished(c.ssl))
		hear(&c, -1);
	upgrade(&c);
	for (;;) {
		if (obey(&c, o->match) && !is_served) {
			is_served = true;
			serve_messages(&c, o);
		}
		hear(&c, -1);
	}
}

/* --- start ---------------------------------------------------------------------------------- */

static SSL_CTX *
make_context(const struct options *o)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, o->certificate) != 1
	    || SSL_CTX_use_PrivateKey_file(ctx, o->key, SSL_FILETYPE_PEM) != 1)
		die("cannot use the certificate or its key");
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_max_proto_version(ctx, o->is_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
	SSL_CTX_set_num_tickets(ctx, 0);
	return ctx;
}

static void
read_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--tls12"))
			o->is_tls12 = true;
		else if (!strcmp(argv[i], "--stamp"))
			o->is_stamped = true;
		else if (!strcmp(argv[i], "--once"))
			o->is_once = true;
		else if (i++, !strcmp(argv[i - 1], "--cert"))
			o->certificate = value;
		else if (!strcmp(argv[i - 1], "--key"))
			o->key = value;
		else if (!strcmp(argv[i - 1], "--file"))
			o->file = value;
		else if (!strcmp(argv[i - 1], "--match"))
			o->match = value;
		else if (!strcmp(argv[i - 1], "--count"))
			o->count_max = atol(value);
		else if (!strcmp(argv[i - 1], "--rate"))
			o->rate = atol(value);
		else if (!strcmp(argv[i - 1], "--wait-ms"))
			o->wait_ms = atol(value);
		else
			die("options: --cert F --key F --file F [--match TEXT] [--count N] [--rate N] "
			    "[--wait-ms N] [--tls12] [--stamp] [--once]");
	}
	if (!o->certificate || !o->key || !o->file)
		die("--cert, --key and --file are needed");
}

int
main(int argc, char **argv)
{
	struct options o = { .match = "", .wait_ms = 200 };
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	SSL_CTX *ctx;

	read_options(&o, argc, argv);
	read_messages(&o);
	ctx = make_context(&o);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0
	    || listen(listener, 64) < 0 || getsockname(listener, (struct sockaddr *)&at, &size) < 0)
		die("cannot listen");
	printf("ready %d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		if (fork() == 0) {
			close(listener);
			/* Nobody serves on when the parent was ended. */
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			serve(fd, ctx, &o);
		}
		close(fd);
	}
}
