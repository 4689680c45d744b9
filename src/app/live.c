/* live.c - opens the rooms in their order, and closes them in reverse.
 *
 * What fails at start is said on standard error with the key of the configuration that
 * cures it; what fails later is a log line and a state, and the program goes on.
 */
#include "app/live.h"
#include "app/live_boot.h"
#include "app/memory.h"
#include "base/check.h"
#include "sys/entropy.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
	CONSOLE_BYTES = 64 * 1024,
	OUT_BYTES = 4 << 20, /* a second of a crash, as NDJSON */
	LINE_BYTES = 16 * 1024,
	DISK_JOBS_MAX = 128,
	GOODBYE_MS = 200,
	/* Names are looked up, attempts are made side by side (conn.h). */
	WATCHERS_EACH = 3, WATCHERS_MORE = 96, TIMERS_MORE = 128,
};

static void
to_console(void *context, struct slice line)
{
	console_put(context, line);
}

void
live_take_log(struct live *l)
{
	static const uint8_t level[] = { LOG_INFO, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG,
	                                 LOG_DEBUG };
	static const uint8_t format[] = { LOG_LOGFMT, LOG_LOGFMT, LOG_JSON, LOG_PLAIN };
	bool is_json;

	l->log.level = level[l->config.log.level];
	l->log.format = format[l->config.log.format];
	is_json = l->log.format == LOG_JSON;
	l->console.told_before = is_json ? "{\"level\":\"warn\",\"lines_lost_here\":" : "... ";
	l->console.told_after = is_json ? "}\n" : " lines lost here\n";
}

static void
on_disk(void *context, unsigned ready, struct now now)
{
	(void)ready;
	disk_reap(context, now, 16);
}

/* --- the parts ------------------------------------------------------------------------- */

static enum err
open_base(struct live *l)
{
	uint32_t conns = l->capacity.conns_max;
	enum err err;

	console_init(&l->console, STDERR_FILENO, &l->arena, CONSOLE_BYTES);
	log_init(&l->log, LOG_INFO, LOG_LOGFMT, to_console, &l->console);
	live_take_log(l);
	if (l->options.print_events) {
		char *line = arena_take(&l->arena, "console", LINE_BYTES, 1);

		console_init(&l->out, STDOUT_FILENO, &l->arena, OUT_BYTES);
		l->out.told_before = "{\"type\":\"lost\",\"lines\":";
		l->out.told_after = "}\n";
		l->line = text_init(line, line != NULL ? LINE_BYTES : 0);
	}
	err = signal_open(&l->signals);
	if (!err)
		err = entropy_open();
	if (!err)
		err = disk_start(&l->disk, &l->arena, DISK_JOBS_MAX);
	if (!err)
		err = loop_open(&l->loop, &l->arena, conns * WATCHERS_EACH + WATCHERS_MORE,
		                2 * conns + DNS_ASKS_MAX + TIMERS_MORE);
	if (err && err != ERR_FULL)
		return boot_says(err, "the loop cannot begin: %s", strerror(errno));
	if (err)
		return err;
	entropy_fill(&l->seed, sizeof l->seed);
	l->started_ns = l->loop.now.wall_ns;
	return ERR_NONE;
}

static enum err
open_net(struct live *l)
{
	static const struct conn_timeouts timeouts = { 0 }; /* the usual ones */
	uint64_t ignored;
	char servers[1024], why[256] = "";
	enum err err;

	boot_dns_servers(&l->config, servers, sizeof servers);
	err = dns_open(&l->dns, &l->loop, servers, DNS_HEAP_BYTES, &l->arena, why, sizeof why);
	if (err == ERR_FULL)
		return ERR_NONE; /* the plan says how much is missing */
	if (err)
		return boot_says(err, "dns.servers: %s", why);
	err = net_open(&l->net, &l->loop, l->dns, (int)l->capacity.conns_max, &timeouts,
	               &l->arena);
	if (!err)
		err = ws_pool_init(&l->ws, &l->arena, (int)l->capacity.links_max,
		                   l->capacity.part_bytes, entropy_fill);
	if (!err)
		err = loop_watch(&l->loop, l->disk.done_fd, LOOP_READ, "disk", on_disk, &l->disk,
		                 &ignored);
	if (!err)
		err = loop_watch(&l->loop, l->signals.fd, LOOP_READ, "signals", live_on_signal, l,
		                 &ignored);
	return err == ERR_FULL ? ERR_NONE : err;
}

static enum err
open_feed(struct live *l)
{
	struct pipeline_room room = {
		.instruments_max = LIMIT_instruments_max,
		.seen_max = l->capacity.instruments_max,
		.state_bytes = l->capacity.state_bytes,
	};
	struct feed_options options = {
		.venue = l->venue, .venue_count = l->venue_count,
		.coins = l->config.watch.coins.text,
		.coins_max = l->capacity.coins_max,
		.instruments_max = l->capacity.instruments_max,
		.top_live_coins = (uint32_t)l->config.watch.top_live,
		.backoff_min_ms = l->config.net.backoff_min_ms,
		.backoff_max_ms = l->config.net.backoff_max_ms,
		.quiet_max_ms = l->config.net.quiet_max_ms,
		.seed = l->seed,
	};
	enum err err;

	pipeline_init(&l->pipeline, &l->arena, &room, live_event, l);
	l->pipeline.watch = live_watches;
	watch_set(&l->watch, slice_str(l->config.watch.coins.text));
	tally_init(&l->tally, &l->arena, l->capacity.coins_max, LIMIT_instruments_max);
	if (l->net == NULL || l->ws == NULL)
		return ERR_NONE;
	err = feed_open(&l->feed, &options, &l->loop, l->net, l->ws, &l->pipeline.table, &l->log,
	                live_record, l, &l->arena);
	return err == ERR_FULL ? ERR_NONE : err;
}

static enum err
open_rooms(struct live *l)
{
	enum err err = open_base(l);

	if (!err)
		err = boot_venues(l);
	if (!err)
		err = open_net(l);
	if (!err)
		err = open_feed(l);
	/* Before the tapes: what another daemon is writing must not be repaired. */
	if (!err)
		err = boot_server(l);
	if (!err)
		err = boot_recorder(l);
	return err;
}

/* Started without one of the three, the next file opened would be it, and get our log. */
static void
guard_standard_streams(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return; /* no /dev: a bare image; nothing can be done */
}

/* --- all of it --------------------------------------------------------------------------- */

static void
close_rooms(struct live *l)
{
	struct now now = l->loop.now;

	if (l->serving)
		server_close(&l->server);
	if (l->net != NULL)
		net_close(l->net);
	if (l->dns != NULL)
		dns_close(l->dns);
	if (l->recording)
		recorder_close(&l->recorder);
	if (l->disk.running)
		disk_stop(&l->disk, now);
	file_close(&l->tape_lock);
	log_flush(&l->log);
	console_close(&l->out, GOODBYE_MS);
	console_close(&l->console, GOODBYE_MS);
	loop_close(&l->loop);
	signal_close(&l->signals);
}

enum err
live_main(struct live *l, const struct live_options *options)
{
	enum err err;

	guard_standard_streams();
	*l = (struct live){ .options = *options, .loop.epoll_fd = -1, .signals.fd = -1,
	                    .console.fd = -1, .out.fd = -1, .tape_lock.fd = -1 };
	err = config_load(&l->config, &l->report, options->config_path, CONFIG_FOR_RUN);
	config_report_print(&l->report);
	if (err)
		return err;
	capacity_of(&l->config, &l->capacity);
	err = memory_open(&l->arena, boot_arena_bytes(&l->config));
	if (err)
		return err;
	err = open_rooms(l);
	if (!err || err == ERR_FULL)
		err = boot_plan(l);
	if (err) {
		close_rooms(l);
		return err;
	}
	arena_seal(&l->arena);
	/* Nothing that runs from here on may gain rights. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	console_watch(&l->console, &l->loop);
	if (l->options.print_events)
		console_watch(&l->out, &l->loop);
	err = live_turns(l);
	close_rooms(l);
	return err;
}
