/* dns_ares.c - the door to c-ares.
 *
 * Input  readiness of its sockets, one timer.
 * Output addresses, at most DNS_ADDRESSES_MAX of them, or what went wrong.
 * Limits a try waits one second at first, later ones up to three; three tries for
 *        each server.  A question cannot be ended alone.
 */
#include "net/dns_ares.h"
#include "base/check.h"
#include <ares.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRY_MS = 1000, TRY_MAX_MS = 3000, TRIES = 3 };

/* Reads in a turn, of one socket: a flood is heard in parts. */
enum { READS_MAX = 32 };

/* --- memory: the hooks have no context, so there is one resolver at a time ----------- */

static struct heap *hook_heap;

/* Nothing for a size of 0, as its own hooks have it. */
static void *
hook_take(size_t size)
{
	return size != 0 ? heap_take(hook_heap, size) : NULL;
}

static void *
hook_resize(void *block, size_t size)
{
	if (size == 0) {
		heap_give(hook_heap, block);
		return NULL;
	}
	return heap_resize(hook_heap, block, size);
}

static void
hook_give(void *block)
{
	heap_give(hook_heap, block);
}

/* --- time ------------------------------------------------------------------------------ */

static void arm(struct dns_ares *a);

static void
on_timer(void *context, struct now now)
{
	struct dns_ares *a = context;

	(void)now;
	a->timer = 0;
	(void)ares_process_fds(a->channel, NULL, 0, ARES_PROCESS_FLAG_NONE);
	arm(a);
}

/* One timer for all that the library waits for; it says how long. */
static void
arm(struct dns_ares *a)
{
	struct timeval room, *wait = ares_timeout(a->channel, NULL, &room);
	int64_t at_ns = a->loop->now.mono_ns;

	if (wait == NULL && a->running_count > 0) {
		/* A heap that runs dry at the wrong place makes the library forget a
		 * question without a word: it waits for nothing, and somebody waits for
		 * it.  Dropping all that it does brings the lost ones back. */
		a->lost_count += a->running_count;
		dns_ares_cancel(a);
		wait = ares_timeout(a->channel, NULL, &room);
	}
	if (wait == NULL) {
		timer_cancel(&a->loop->timers, a->timer);
		a->timer = 0;
		return;
	}
	at_ns += (int64_t)wait->tv_sec * 1000000000 + (int64_t)wait->tv_usec * 1000;
	if (!timer_move(&a->loop->timers, a->timer, at_ns))
		a->timer = timer_set(&a->loop->timers, at_ns, "dns", on_timer, a);
}

/* --- sockets --------------------------------------------------------------------------- */

/* The library's calls of sockets, for three reasons: they never wait and are never
 * inherited from the first instant; a turn has an end; and an empty datagram is passed
 * over, of which the library (1.34.5) would take a length that it never set. */

static ares_socket_t
call_socket(int family, int type, int protocol, void *context)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), on = 1;

	(void)context;
	if (fd >= 0 && type == SOCK_STREAM)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static int
call_close(ares_socket_t fd, void *context)
{
	(void)context;
	return close(fd);
}

/* Nothing that it would set is wanted. */
static int
call_set(ares_socket_t fd, ares_socket_opt_t option, const void *value, ares_socklen_t size,
         void *context)
{
	(void)fd;
	(void)option;
	(void)value;
	(void)size;
	(void)context;
	errno = ENOSYS;
	return -1;
}

static int
call_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t size, unsigned flags,
             void *context)
{
	(void)flags;
	(void)context;
	return connect(fd, to, size);
}

/* `from` is asked for of datagrams only: there 0 bytes are no end. */
static ares_ssize_t
call_receive(ares_socket_t fd, void *to, size_t size, int flags, struct sockaddr *from,
             ares_socklen_t *from_size, void *context)
{
	struct dns_ares *a = context;

	while (a->reads_left > 0) {
		ssize_t got = recvfrom(fd, to, size, flags, from, from_size);

		a->reads_left--;
		if (got != 0 || from == NULL)
			return got;
	}
	errno = EAGAIN;
	return -1;
}

static ares_ssize_t
call_send(ares_socket_t fd, const void *bytes, size_t count, int flags,
          const struct sockaddr *to, ares_socklen_t size, void *context)
{
	(void)context;
	return sendto(fd, bytes, count, flags | MSG_NOSIGNAL, to, size);
}

static int
call_own_name(ares_socket_t fd, struct sockaddr *own, ares_socklen_t *size, void *context)
{
	(void)context;
	return getsockname(fd, own, size);
}

static const struct ares_socket_functions_ex calls = {
	.version = 1,
	.flags = ARES_SOCKFUNC_FLAG_NONBLOCKING,
	.asocket = call_socket,
	.aclose = call_close,
	.asetsockopt = call_set,
	.aconnect = call_connect,
	.arecvfrom = call_receive,
	.asendto = call_send,
	.agetsockname = call_own_name,
};

static void
on_socket(void *context, unsigned ready, struct now now)
{
	struct dns_watched *w = context;
	struct dns_ares *a = w->ares;
	ares_fd_events_t event = { .fd = w->fd };

	(void)now;
	if (ready & (LOOP_READ | LOOP_HANGUP))
		event.events |= ARES_FD_EVENT_READ;
	if (ready & LOOP_WRITE)
		event.events |= ARES_FD_EVENT_WRITE;
	a->reads_left = READS_MAX;
	/* Its result is memory alone, which the heap has counted. */
	(void)ares_process_fds(a->channel, &event, 1, ARES_PROCESS_FLAG_NONE);
	arm(a);
}

/* The library opened, wants to write to, or is about to close a socket. */
static void
on_socket_state(void *context, ares_socket_t fd, int readable, int writable)
{
	struct dns_ares *a = context;
	const unsigned want = (readable ? LOOP_READ : 0u) | (writable ? LOOP_WRITE : 0u);
	struct dns_watched *w = NULL, *free_one = NULL;

	for (int i = 0; i < DNS_SOCKETS_MAX; i++) {
		if (a->watched[i].fd == fd)
			w = &a->watched[i];
		else if (a->watched[i].fd < 0 && free_one == NULL)
			free_one = &a->watched[i];
	}
	if (w != NULL && want == 0) {
		loop_forget(a->loop, w->handle);
		w->fd = -1;
	} else if (w != NULL) {
		(void)loop_want(a->loop, w->handle, want);
	} else if (want != 0 && free_one != NULL &&
	           loop_watch(a->loop, fd, want, "dns", on_socket, free_one,
	                      &free_one->handle) == ERR_NONE) {
		free_one->fd = fd;
	} else if (want != 0) {
		/* It hears no answer, and its tries run out. */
		a->unwatched_count++;
	}
}

/* --- answers --------------------------------------------------------------------------- */

static bool
read_node(const struct ares_addrinfo_node *node, struct dns_address *out)
{
	memset(out, 0, sizeof *out);
	if (node->ai_family == AF_INET)
		memcpy(out->at, &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr,
		       4);
	else if (node->ai_family == AF_INET6)
		memcpy(out->at,
		       &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr, 16);
	else
		return false;
	out->family = node->ai_family;
	return true;
}

/* The next node of a family, or NULL. */
static const struct ares_addrinfo_node *
node_of(const struct ares_addrinfo_node *node, int family)
{
	while (node != NULL && node->ai_family != family)
		node = node->ai_next;
	return node;
}

/* One of each family in turn, so that forty of one leave room for the other. */
static int
gather(const struct ares_addrinfo *found, struct dns_address *address)
{
	const struct ares_addrinfo_node *v6 = node_of(found->nodes, AF_INET6);
	const struct ares_addrinfo_node *v4 = node_of(found->nodes, AF_INET);
	int count = 0;

	while (count < DNS_ADDRESSES_MAX && (v6 != NULL || v4 != NULL)) {
		if (v6 != NULL) {
			count += read_node(v6, &address[count]);
			v6 = node_of(v6->ai_next, AF_INET6);
		}
		if (v4 != NULL && count < DNS_ADDRESSES_MAX) {
			count += read_node(v4, &address[count]);
			v4 = node_of(v4->ai_next, AF_INET);
		}
	}
	return count;
}

static enum dns_end
end_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return DNS_END_FOUND;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return DNS_END_NO_NAME;
	case ARES_ENODATA:
		return DNS_END_NO_ADDRESS;
	case ARES_ETIMEOUT:
		return DNS_END_SILENT;
	case ARES_ECONNREFUSED:
		return DNS_END_REFUSED;
	case ARES_ENOSERVER:
		return DNS_END_NO_SERVER;
	case ARES_EBADRESP:
	case ARES_EFORMERR:
		return DNS_END_BROKEN;
	case ARES_ESERVFAIL:
	case ARES_ENOTIMP:
	case ARES_EREFUSED:
		return DNS_END_FAILED;
	case ARES_ENOMEM:
	case ARES_ECANCELLED: /* by us, when it had lost some */
		return DNS_END_MEMORY;
	default:
		return DNS_END_OTHER;
	}
}

static void
on_answer(void *context, int status, int timeouts, struct ares_addrinfo *found)
{
	struct dns_question *q = context;
	struct dns_address address[DNS_ADDRESSES_MAX];
	int count = 0;

	(void)timeouts;
	ASSERT(q->ares->running_count > 0);
	q->ares->running_count--;
	if (status == ARES_SUCCESS && found != NULL)
		count = gather(found, address);
	if (found != NULL)
		ares_freeaddrinfo(found);
	if (status == ARES_SUCCESS && count == 0)
		status = ARES_ENODATA;
	q->done(q->context, end_of(status), ares_strerror(status), address, count);
}

void
dns_ares_ask(struct dns_ares *a, const char *name, struct dns_question *question)
{
	static const struct ares_addrinfo_hints hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = ARES_AI_NOSORT, /* the race decides, and sorting opens sockets */
	};

	ASSERT(question->done != NULL);
	question->ares = a;
	a->running_count++;
	ares_getaddrinfo(a->channel, name, NULL, &hints, on_answer, question);
	arm(a);
}

void
dns_ares_cancel(struct dns_ares *a)
{
	ares_cancel(a->channel);
}

/* --- open and close -------------------------------------------------------------------- */

enum err
dns_ares_servers(struct dns_ares *a, const char *servers)
{
	int status = ares_set_servers_csv(a->channel, servers);

	return status == ARES_SUCCESS ? ERR_NONE : status == ARES_ENOMEM ? ERR_FULL : ERR_CONFIG;
}

enum err
dns_ares_open(struct dns_ares *a, struct loop *loop, void *memory, size_t bytes)
{
	char lookups[] = "b"; /* servers only: files are ours, see dns_local.h */
	struct ares_options options = {
		.timeout = TRY_MS,
		.maxtimeout = TRY_MAX_MS,
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = a,
		.qcache_max_ttl = 0,
	};
	int status;

	ASSERT(hook_heap == NULL);
	a->loop = loop;
	for (int i = 0; i < DNS_SOCKETS_MAX; i++)
		a->watched[i] = (struct dns_watched){ .ares = a, .fd = -1 };
	heap_init(&a->heap, memory, bytes);
	hook_heap = &a->heap;
	(void)ares_library_init_mem(ARES_LIB_INIT_NONE, hook_take, hook_give, hook_resize);
	status = ares_init_options(&a->channel, &options,
	                           ARES_OPT_TIMEOUTMS | ARES_OPT_MAXTIMEOUTMS | ARES_OPT_TRIES |
	                           ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
	                           ARES_OPT_QUERY_CACHE | ARES_OPT_NOROTATE);
	if (status == ARES_SUCCESS)
		return ares_set_socket_functions_ex(a->channel, &calls, a) == ARES_SUCCESS
		               ? ERR_NONE : ERR_UNAVAILABLE;
	a->channel = NULL;
	dns_ares_close(a);
	return status == ARES_ENOMEM ? ERR_FULL : ERR_UNAVAILABLE;
}

void
dns_ares_close(struct dns_ares *a)
{
	if (hook_heap != &a->heap)
		return;
	/* Calls back for what is running; closes its sockets, which are forgotten. */
	if (a->channel != NULL)
		ares_destroy(a->channel);
	a->channel = NULL;
	timer_cancel(&a->loop->timers, a->timer);
	a->timer = 0;
	ares_library_cleanup();
	hook_heap = NULL;
}
