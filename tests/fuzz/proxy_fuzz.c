/* Goal: whatever a proxy answers, and however the network cuts it, the engine ends
 * the same way, takes the same bytes, says the same, and never takes what is not
 * its own.
 * Method: the first byte chooses the kind of proxy, the second how the rest is cut;
 * fed whole, in pieces, and byte by byte. */
#include "net/proxy.h"
#include <stdlib.h>
#include <string.h>

static const char *const urls[] = {
	"http://p:1", "http://user:word@p:1", "socks5://p:1", "socks5://user:word@p:1",
};

struct outcome {
	struct proxy engine;
	size_t taken;
	size_t said_count;
	char said[4096];
};

static void
collect(struct outcome *o)
{
	struct slice out = proxy_output(&o->engine);

	if (out.count > sizeof o->said - o->said_count)
		abort();
	memcpy(o->said + o->said_count, out.at, out.count);
	o->said_count += out.count;
	proxy_sent(&o->engine, out.count);
}

static void
run(struct outcome *o, const struct proxy_url *url, struct slice bytes, size_t piece)
{
	memset(o, 0, sizeof *o);
	proxy_init(&o->engine, url, "host.example", 443);
	collect(o);
	while (o->taken < bytes.count && o->engine.state == PROXY_WAITING) {
		struct slice part = slice_after(bytes, o->taken);
		size_t got;

		if (part.count > piece)
			part.count = piece;
		got = proxy_receive(&o->engine, part);
		if (got > part.count || (got < part.count && o->engine.state != PROXY_OPEN))
			abort();
		o->taken += got;
		collect(o);
	}
	if (o->engine.state != PROXY_OPEN)
		o->taken = 0; /* a failed one says nothing about bytes */
	if ((o->engine.state == PROXY_FAILED) != (o->engine.reason != PROXY_REASON_NONE) ||
	    (o->engine.state == PROXY_FAILED) != (o->engine.detail[0] != '\0'))
		abort();
	if (o->engine.state == PROXY_WAITING && bytes.count > PROXY_ANSWER_BYTES_MAX)
		abort();
	for (const char *c = o->engine.detail; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static void
same(const struct outcome *a, const struct outcome *b)
{
	if (a->engine.state != b->engine.state || a->engine.reason != b->engine.reason ||
	    strcmp(a->engine.detail, b->engine.detail) != 0 || a->taken != b->taken ||
	    a->said_count != b->said_count || memcmp(a->said, b->said, a->said_count) != 0)
		abort();
}

/* A text that is read gives parts that fit, and nothing that breaks a request line. */
static void
read_url(struct slice text)
{
	struct proxy_url u;
	char sentence[128];
	struct text why = text_init(sentence, sizeof sentence);

	if (proxy_url_read(text, &u, &why) != (why.count == 0))
		abort();
	if (why.count != 0 || u.kind == PROXY_NONE)
		return;
	if (u.port == 0 || u.host[0] == '\0' || strpbrk(u.host, " \r\n\t/@") != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, pieces, bytewise;
	struct proxy_url url;
	struct text why = text_init(NULL, 0);
	struct slice bytes;

	if (size < 2)
		return 0;
	bytes = slice_of((const char *)data + 2, size - 2);
	if (data[0] % 5 == 4) {
		read_url(bytes);
		return 0;
	}
	if (!proxy_url_read(slice_str(urls[data[0] % 5]), &url, &why))
		abort();
	run(&whole, &url, bytes, size);
	run(&pieces, &url, bytes, 1u + data[1]);
	run(&bytewise, &url, bytes, 1);
	same(&whole, &pieces);
	same(&whole, &bytewise);
	return 0;
}
