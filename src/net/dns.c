/* dns.c - questions, the names they wait for, and where the answers come from.
 *
 * Why    The loop must not wait for a name server, and sixty links to one host must not
 *        ask sixty times.
 * Input  names.
 * Output addresses or a sentence, each from a timer: nobody is called from inside
 *        of the library or of dns_ask.
 *
 *   ask ──┐  (deadline, callback)          literal, localhost, hosts (dns_local)
 *   ask ──┼──> lookup ────────────────────┤
 *   ask ──┘     (name)                     servers (dns_ares)
 *
 * Limits a question that was given up goes on in the library until its tries are over:
 *        it has no way to end one alone.  Its name waits with it, and the next
 *        question for the name finds it.
 */
#include "net/dns.h"
#include "base/check.h"
#include "base/text.h"
#include "net/dns_ares.h"
#include "net/dns_local.h"
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { SERVERS_BYTES = 512, WHY_BYTES = 384 };

/* Nobody joins a lookup older than this; one that is older than stuck_ns is lost. */
static const int64_t join_max_ns = (int64_t)20 * 1000000000;
static const int64_t stuck_ns = (int64_t)120 * 1000000000;

struct lookup {
	bool used;
	bool running;          /* the library will call back */
	bool answered;
	bool lost;             /* not even a cancel brought it back: left alone for ever */
	uint8_t err;           /* enum err */
	int64_t begun_ns;
	uint32_t ask_count;
	int count;
	struct dns *dns;
	struct dns_question question;
	struct dns_address address[DNS_ADDRESSES_MAX];
	char name[DNS_NAME_BYTES];
	char why[WHY_BYTES];
};

struct ask {
	bool used;
	uint32_t generation;
	uint32_t next_free;    /* first free ask + 1 */
	uint64_t timer;        /* its deadline; moved to now when there is an answer */
	int64_t timeout_ns;
	dns_done *done;
	void *context;
	struct lookup *lookup;
};

/* Says whether a file is still the one that was read. */
struct file_mark { int64_t changed_ns, size; uint64_t inode; };

struct dns {
	struct loop *loop;
	uint32_t free_ask;     /* first free ask + 1 */
	bool own_servers;      /* of the configuration, not of the system */
	const char *hosts_path, *resolv_path;
	struct file_mark resolv_mark;
	char servers[SERVERS_BYTES];
	struct dns_stats stats;
	struct dns_ares ares;
	struct lookup lookup[DNS_LOOKUPS_MAX];
	struct ask ask[DNS_ASKS_MAX];
};

/* --- lookups -------------------------------------------------------------------------- */

static void
release_if_over(struct lookup *l)
{
	if (l->ask_count == 0 && !l->running)
		l->used = false;
}

/* The answer is there: whoever waits is told in the next turn. */
static void
answer(struct lookup *l, enum err err)
{
	struct dns *d = l->dns;

	l->answered = true;
	l->err = (uint8_t)err;
	if (err == ERR_NONE)
		l->why[0] = '\0';
	for (int i = 0; i < DNS_ASKS_MAX; i++)
		if (d->ask[i].used && d->ask[i].lookup == l)
			timer_move(&d->loop->timers, d->ask[i].timer, d->loop->now.mono_ns);
}

static void
say(struct lookup *l, const char *words, const char *before, const char *behind)
{
	struct text t = text_init(l->why, sizeof l->why - 1);

	text_format(&t, "%s%s %s%s", words, before, l->name, behind);
	text_format(&t, " (asked %s)", l->dns->servers);
	l->why[t.count] = '\0';
}

static enum err
explain(struct lookup *l, enum dns_end end, const char *words)
{
	switch (end) {
	case DNS_END_NONE:
	case DNS_END_FOUND:
		return ERR_NONE;
	case DNS_END_NO_NAME:
		say(l, "", "there is no name", "");
		return ERR_NOT_FOUND;
	case DNS_END_NO_ADDRESS:
		say(l, "", "the name", " has no address");
		return ERR_NOT_FOUND;
	case DNS_END_SILENT:
		say(l, "", "no name server answered about", "");
		return ERR_AGAIN;
	case DNS_END_REFUSED:
		say(l, "", "no name server can be reached to ask about", "");
		break;
	case DNS_END_NO_SERVER:
		say(l, "", "there is no name server to ask about", "");
		break;
	case DNS_END_BROKEN:
		say(l, "", "the name server's answer is broken about", "");
		break;
	case DNS_END_MEMORY:
		say(l, "", "the resolver's memory was used up asking about", "");
		return ERR_FULL;
	case DNS_END_FAILED:
	case DNS_END_OTHER:
		say(l, words, ", asking about", "");
		break;
	}
	return ERR_UNAVAILABLE;
}

static void
on_end(void *context, enum dns_end end, const char *words, const struct dns_address *address,
       int count)
{
	struct lookup *l = context;

	ASSERT(l->running);
	ASSERT(count <= DNS_ADDRESSES_MAX);
	l->running = false;
	l->count = count;
	memcpy(l->address, address, (size_t)count * sizeof *address);
	l->dns->stats.failed_count += end != DNS_END_FOUND;
	answer(l, explain(l, end, words));
	release_if_over(l);
}

static bool
is_stuck(const struct lookup *l)
{
	return l->running && !l->lost && l->dns->loop->now.mono_ns - l->begun_ns > stuck_ns;
}

/* Such a one was lost by the library: it forgets all that it does, which brings them
 * back.  What else was going on fails with them, and is asked again. */
static void
reap_stuck(struct dns *d)
{
	uint64_t stuck_count = 0;

	for (int i = 0; i < DNS_LOOKUPS_MAX; i++)
		stuck_count += is_stuck(&d->lookup[i]);
	if (stuck_count == 0)
		return;
	d->stats.stuck_count += stuck_count;
	dns_ares_cancel(&d->ares);
	for (int i = 0; i < DNS_LOOKUPS_MAX; i++)
		d->lookup[i].lost |= is_stuck(&d->lookup[i]);
}

static struct file_mark
mark_of(const char *path)
{
	struct stat s;

	if (stat(path, &s) < 0)
		return (struct file_mark){ .size = -1 };
	return (struct file_mark){
		.changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec,
		.size = s.st_size,
		.inode = s.st_ino,
	};
}

/* The system's servers may change while we run: another network, another lease. */
static void
follow_system(struct dns *d)
{
	struct file_mark mark = mark_of(d->resolv_path);
	struct text t = text_init(d->servers, sizeof d->servers - 1);

	if (d->own_servers || (mark.changed_ns == d->resolv_mark.changed_ns &&
	                       mark.size == d->resolv_mark.size &&
	                       mark.inode == d->resolv_mark.inode))
		return;
	d->resolv_mark = mark;
	dns_resolv_conf(d->resolv_path, &t);
	d->servers[t.count] = '\0';
	(void)dns_ares_servers(&d->ares, d->servers);
}

static void
ask_servers(struct lookup *l)
{
	struct dns *d = l->dns;

	follow_system(d);
	d->stats.lookup_count++;
	l->running = true;
	l->question = (struct dns_question){ .done = on_end, .context = l };
	dns_ares_ask(&d->ares, l->name, &l->question);
}

/* What is no name is told before anybody is asked. */
static bool
is_name(const char *name)
{
	const size_t count = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return false;
	return count > 0 && count < DNS_NAME_BYTES;
}

static void
begin(struct lookup *l)
{
	struct dns *d = l->dns;

	if (!is_name(l->name)) {
		struct text t = text_init(l->why, sizeof l->why - 1);

		text_str(&t, "what should be a name or an address is none");
		l->why[t.count] = '\0';
		answer(l, ERR_NOT_FOUND);
	} else if (dns_is_literal(l->name, &l->address[0])) {
		l->count = 1;
		answer(l, ERR_NONE);
	} else if ((l->count = dns_localhost(l->name, l->address)) > 0 ||
	           (l->count = dns_hosts(d->hosts_path, l->name, l->address)) > 0) {
		answer(l, ERR_NONE);
	} else {
		ask_servers(l);
	}
}

/* NULL: too many names at once. */
static struct lookup *
find_lookup(struct dns *d, const char *name, bool *is_new)
{
	const int64_t now_ns = d->loop->now.mono_ns;
	struct lookup *free_one = NULL;

	*is_new = false;
	for (int i = 0; i < DNS_LOOKUPS_MAX; i++) {
		struct lookup *l = &d->lookup[i];

		if (!l->used && free_one == NULL)
			free_one = l;
		if (l->used && !l->answered && now_ns - l->begun_ns < join_max_ns &&
		    strcasecmp(l->name, name) == 0)
			return l;
	}
	if (free_one == NULL)
		return NULL;
	*free_one = (struct lookup){ .used = true, .dns = d, .begun_ns = now_ns };
	/* One that is too long is cut to nothing, and refused as no name. */
	if (!slice_copy(slice_str(name), free_one->name, sizeof free_one->name))
		free_one->name[0] = '\0';
	*is_new = true;
	return free_one;
}

/* --- asks ------------------------------------------------------------------------------ */

static void
give_ask(struct dns *d, struct ask *a)
{
	a->used = false;
	a->next_free = d->free_ask;
	d->free_ask = (uint32_t)(a - d->ask) + 1;
}

static void
leave_lookup(struct lookup *l)
{
	ASSERT(l->ask_count > 0);
	l->ask_count--;
	release_if_over(l);
}

/* Its deadline, or its answer, whichever came first. */
static void
on_ask(void *context, struct now now)
{
	struct ask *a = context, asked = *a;
	struct lookup *l = a->lookup;
	struct dns *d = l->dns;
	char why[WHY_BYTES + 64];
	struct text t = text_init(why, sizeof why - 1);

	(void)now;
	ASSERT(a->used);
	/* Given back first: who is told may ask again. */
	give_ask(d, a);
	if (l->answered) {
		asked.done(asked.context, (enum err)l->err, l->why, l->address,
		           l->err == ERR_NONE ? l->count : 0);
	} else {
		d->stats.late_count++;
		text_format(&t, "no name server answered about %s within %lld ms (asked %s)",
		            l->name, (long long)(asked.timeout_ns / 1000000), d->servers);
		why[t.count] = '\0';
		asked.done(asked.context, ERR_AGAIN, why, NULL, 0);
	}
	leave_lookup(l);
}

uint64_t
dns_ask(struct dns *d, const char *name, int64_t timeout_ns, dns_done *done, void *context)
{
	const uint32_t index = d->free_ask;
	struct timers *timers = &d->loop->timers;
	struct lookup *l = NULL;
	struct ask *a;
	uint64_t timer = 0;
	bool is_new;

	ASSERT(done != NULL);
	ASSERT(timeout_ns > 0);
	reap_stuck(d);
	if (index != 0)
		timer = timer_set(timers, d->loop->now.mono_ns + timeout_ns, "dns ask", on_ask,
		                  &d->ask[index - 1]);
	if (timer != 0)
		l = find_lookup(d, name, &is_new);
	if (l == NULL) {
		timer_cancel(timers, timer);
		d->stats.refused_count++;
		return 0;
	}
	a = &d->ask[index - 1];
	d->free_ask = a->next_free;
	*a = (struct ask){
		.used = true,
		.generation = a->generation + 1,
		.timer = timer,
		.timeout_ns = timeout_ns,
		.done = done,
		.context = context,
		.lookup = l,
	};
	l->ask_count++;
	d->stats.asked_count++;
	if (is_new)
		begin(l);
	else
		d->stats.joined_count++;
	return (uint64_t)a->generation << 32 | index;
}

void
dns_forget(struct dns *d, uint64_t ticket)
{
	const uint32_t index = (uint32_t)ticket;
	struct ask *a;

	if (index == 0 || index > DNS_ASKS_MAX)
		return;
	a = &d->ask[index - 1];
	if (!a->used || a->generation != (uint32_t)(ticket >> 32))
		return;
	timer_cancel(&d->loop->timers, a->timer);
	give_ask(d, a);
	leave_lookup(a->lookup);
}

/* --- open and close -------------------------------------------------------------------- */

static enum err
begin_servers(struct dns *d, const char *servers)
{
	if (servers[0] == '\0') {
		d->resolv_mark.size = -2; /* no file is like this */
		follow_system(d);
		return ERR_NONE;
	}
	d->own_servers = true;
	if (!slice_copy(slice_str(servers), d->servers, sizeof d->servers) ||
	    !dns_servers_are_good(servers))
		return ERR_CONFIG;
	return dns_ares_servers(&d->ares, d->servers);
}

static void
say_open(enum err err, const char *servers, char *why, size_t why_bytes)
{
	struct text t = text_init(why, why_bytes - 1);

	if (err == ERR_CONFIG)
		text_format(&t, "what should be name servers is none: \"%.100s\"", servers);
	else if (err == ERR_FULL)
		text_str(&t, "the resolver needs more memory");
	else
		text_str(&t, "the resolver cannot begin");
	why[t.count] = '\0';
}

enum err
dns_open(struct dns **dns_out, struct loop *loop, const char *servers, size_t heap_bytes,
         struct arena *boot, char *why, size_t why_bytes)
{
	struct dns *d = arena_take(boot, "dns", 1, sizeof *d);
	void *heap = arena_take(boot, "dns heap", 1, heap_bytes);
	enum err err = ERR_FULL;

	ASSERT(why_bytes > 0);
	ASSERT(heap_bytes >= 4096);
	*dns_out = NULL;
	why[0] = '\0';
	if (d == NULL || heap == NULL) {
		say_open(err, servers, why, why_bytes);
		return err;
	}
	d->loop = loop;
	d->hosts_path = "/etc/hosts";
	d->resolv_path = "/etc/resolv.conf";
	for (int i = DNS_ASKS_MAX; i > 0; i--)
		give_ask(d, &d->ask[i - 1]);
	err = dns_ares_open(&d->ares, loop, heap, heap_bytes / 16 * 16);
	if (err == ERR_NONE)
		err = begin_servers(d, servers);
	if (err != ERR_NONE) {
		say_open(err, servers, why, why_bytes);
		dns_close(d);
		return err;
	}
	*dns_out = d;
	return ERR_NONE;
}

void
dns_close(struct dns *d)
{
	for (int i = 0; i < DNS_ASKS_MAX; i++) {
		if (!d->ask[i].used)
			continue;
		timer_cancel(&d->loop->timers, d->ask[i].timer);
		d->ask[i].used = false;
		d->ask[i].lookup->ask_count = 0;
	}
	dns_ares_close(&d->ares);
}

struct dns_stats
dns_stats(const struct dns *d)
{
	struct dns_stats s = d->stats;

	s.stuck_count += d->ares.lost_count;
	s.dry_count = d->ares.heap.refused_count;
	s.heap_used_max_bytes = d->ares.heap.used_max_bytes;
	return s;
}
