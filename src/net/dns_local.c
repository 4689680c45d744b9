/* dns_local.c - address literals, localhost, hosts and resolv.conf.
 *
 * Input  a name; the two files, whoever wrote them.
 * Output addresses, or a list of servers.
 * Limits a line longer than 4 KB is passed over.
 */
#include "net/dns_local.h"
#include "base/num.h"
#include "sys/file.h"
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { LINE_BYTES_MAX = 4096, SERVERS_MAX = 8 };

bool
dns_is_literal(const char *name, struct dns_address *out)
{
	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, name, out->at) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, name, out->at) == 1)
		out->family = AF_INET6;
	return out->family != 0;
}

int
dns_localhost(const char *name, struct dns_address address[DNS_ADDRESSES_MAX])
{
	static const char dotted[] = ".localhost";
	size_t count = strlen(name);

	/* A dot at the end says that the name is whole; it is. */
	if (count > 0 && name[count - 1] == '.')
		count--;
	if (!(count == sizeof dotted - 2 && strncasecmp(name, dotted + 1, count) == 0) &&
	    !(count >= sizeof dotted &&
	      strncasecmp(name + count - (sizeof dotted - 1), dotted, sizeof dotted - 1) == 0))
		return 0;
	(void)dns_is_literal("::1", &address[0]);
	(void)dns_is_literal("127.0.0.1", &address[1]);
	return 2;
}

/* --- lines of a file ---------------------------------------------------------------- */

struct lines {
	struct file file;
	size_t count;    /* in the buffer */
	size_t at;       /* of these, given out */
	size_t read_bytes;
	bool skipping;   /* the rest of a line that was too long */
	bool ended;
	char buffer[LINE_BYTES_MAX];
};

static void
fill(struct lines *l)
{
	int64_t got;

	memmove(l->buffer, l->buffer + l->at, l->count - l->at);
	l->count -= l->at;
	l->at = 0;
	if (l->count == sizeof l->buffer) {
		l->skipping = true;
		l->count = 0;
	}
	got = file_read_some(&l->file, l->buffer + l->count, sizeof l->buffer - l->count);
	if (got <= 0 || l->read_bytes >= DNS_HOSTS_BYTES_MAX) {
		l->ended = true;
		return;
	}
	l->count += (size_t)got;
	l->read_bytes += (size_t)got;
}

/* The next line without its comment; false at the end.  The last one may lack its
 * newline. */
static bool
next(struct lines *l, struct slice *line)
{
	for (;;) {
		char *from = l->buffer + l->at;
		char *end = memchr(from, '\n', l->count - l->at);
		bool skip = l->skipping;

		if (end == NULL && !l->ended) {
			fill(l);
			continue;
		}
		if (end == NULL && l->at == l->count)
			return false;
		*line = slice_of(from, end != NULL ? (size_t)(end - from) : l->count - l->at);
		l->at += line->count + (end != NULL);
		l->skipping = false;
		if (skip)
			continue;
		*line = slice_cut(line, '#');
		return true;
	}
}

/* Cuts the next word off; empty at the end. */
static struct slice
word(struct slice *line)
{
	static const char blank[] = " \t\r";
	size_t from = 0, to;
	struct slice w;

	while (from < line->count && strchr(blank, line->at[from]) != NULL)
		from++;
	to = from;
	while (to < line->count && strchr(blank, line->at[to]) == NULL)
		to++;
	w = slice_of(line->at + from, to - from);
	*line = slice_after(*line, to);
	return w;
}

static bool
read_address(struct slice s, struct dns_address *out)
{
	char text[INET6_ADDRSTRLEN];

	return slice_copy(s, text, sizeof text) && dns_is_literal(text, out);
}

/* --- hosts ---------------------------------------------------------------------------- */

static bool
is_name(struct slice w, struct slice name)
{
	if (w.count > 0 && w.at[w.count - 1] == '.')
		w.count--;
	return w.count == name.count && strncasecmp(w.at, name.at, name.count) == 0;
}

int
dns_hosts(const char *path, const char *name, struct dns_address address[DNS_ADDRESSES_MAX])
{
	struct lines l = { .count = 0 };
	struct slice line, w, wanted = slice_str(name);
	int count = 0;

	if (wanted.count > 0 && wanted.at[wanted.count - 1] == '.')
		wanted.count--;
	if (file_open(&l.file, path) != ERR_NONE)
		return 0;
	while (count < DNS_ADDRESSES_MAX && next(&l, &line)) {
		struct dns_address a;

		if (!read_address(word(&line), &a))
			continue;
		while ((w = word(&line)).count > 0) {
			if (!is_name(w, wanted))
				continue;
			address[count++] = a;
			break;
		}
	}
	(void)file_close(&l.file);
	return count;
}

/* --- resolv.conf ------------------------------------------------------------------------ */

static void
put_server(struct text *servers, struct slice w)
{
	struct slice address = slice_cut(&w, '%');
	struct dns_address a;

	if (!read_address(address, &a))
		return;
	if (servers->count > 0)
		text_char(servers, ',');
	if (a.family == AF_INET6)
		text_char(servers, '[');
	text_put(servers, address);
	if (a.family == AF_INET6)
		text_char(servers, ']');
	if (a.family == AF_INET6 && w.count > 0) {
		text_char(servers, '%');
		text_put(servers, w);
	}
}

void
dns_resolv_conf(const char *path, struct text *servers)
{
	struct lines l = { .count = 0 };
	struct slice line;
	int count = 0;

	if (file_open(&l.file, path) == ERR_NONE) {
		while (count < SERVERS_MAX && next(&l, &line)) {
			struct slice first = word(&line);

			if (!slice_is(first, "nameserver"))
				continue;
			put_server(servers, word(&line));
			count++;
		}
		(void)file_close(&l.file);
	}
	if (servers->count == 0)
		text_str(servers, "127.0.0.1");
}

/* --- servers of the configuration ----------------------------------------------------- */

static bool
is_server(struct slice item)
{
	struct slice address, port = slice_of(NULL, 0);
	struct dns_address a;
	uint64_t number = 53;

	if (read_address(item, &a))
		return true;
	if (item.count > 0 && item.at[0] == '[') {
		item = slice_after(item, 1);
		address = slice_cut(&item, ']');
		port = slice_cut(&item, '%');
		if (port.count > 0 && port.at[0] != ':')
			return false;
		port = port.count > 0 ? slice_after(port, 1) : port;
		if (!read_address(address, &a) || a.family != AF_INET6)
			return false;
	} else {
		address = slice_cut(&item, ':');
		port = item;
		if (!read_address(address, &a) || port.count == 0)
			return false;
	}
	return port.count == 0 || (num_uint64(port, &number) && number > 0 && number < 65536);
}

bool
dns_servers_are_good(const char *servers)
{
	struct slice rest = slice_str(servers);

	while (rest.count > 0) {
		struct slice item = slice_cut(&rest, ',');

		while (item.count > 0 && item.at[0] == ' ')
			item = slice_after(item, 1);
		while (item.count > 0 && item.at[item.count - 1] == ' ')
			item.count--;
		if (!is_server(item))
			return false;
	}
	return true;
}
