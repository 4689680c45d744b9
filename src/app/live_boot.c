/* live_boot.c - see the header. */
#include "app/live_boot.h"
#include "app/daemon.h"
#include "app/memory.h"
#include "app/status.h"
#include "base/check.h"
#include "build_info.h"
#include "sys/file.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	STACK_BYTES = 1 << 20,      /* of the loop's thread: what it ever touches */
	CA_BYTES_MAX = 4 << 20,
	DIRECTORY_MODE = 0700, TAPES_MODE = 0750,
	REPAIR_BYTES = 32 << 20,    /* given back before the loop begins */
	SERVER_CONNS_MAX = 16, SERVER_OUTS_MAX = 3,
};

enum err
boot_says(enum err err, const char *format, ...)
{
	va_list list;

	fputs("tidewatch: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return err;
}

size_t
boot_arena_bytes(const struct config *c)
{
	size_t bytes = (size_t)c->limits.memory_mb << 20;
	size_t other = STACK_BYTES + (size_t)DISK_STACK_BYTES + sizeof(struct live);

	return bytes > 2 * other ? bytes - other : bytes / 2;
}

void
boot_dns_servers(const struct config *c, char *to, size_t size)
{
	struct text t = text_init(to, size - 1);

	for (uint32_t i = 0; i < c->dns.servers.count; i++) {
		const struct config_address *a = &c->dns.servers.at[i];
		bool v6 = strchr(a->host, ':') != NULL;

		text_format(&t, "%s%s%s%s", i > 0 ? "," : "", v6 ? "[" : "", a->host,
		            v6 ? "]" : "");
		if (a->port != 0)
			text_format(&t, ":%u", (unsigned)a->port);
	}
	ASSERT(!t.cut);
	to[t.count] = '\0';
}

/* --- venues ------------------------------------------------------------------------------ */

/* The trust of a CA file, read once; "" the roots built in. */
static enum err
trust_of(struct live *l, const char *path, const struct tls_trust **out)
{
	const char *pin[CONFIG_PINS_MAX];
	struct file_view view = { 0 };
	struct file f = { .fd = -1 };
	char why[256] = "";
	enum err err = ERR_NONE;

	for (int i = 0; i < l->trust_count; i++)
		if (strcmp(l->trust_path[i], path) == 0) {
			*out = l->trust[i];
			return ERR_NONE;
		}
	ASSERT(l->trust_count < LIVE_TRUSTS_MAX);
	for (uint32_t i = 0; i < l->config.tls.pin.count; i++)
		pin[i] = l->config.tls.pin.at[i];
	if (path[0] != '\0') {
		err = file_open(&f, path);
		if (!err)
			err = file_map(&f, CA_BYTES_MAX, &view);
		if (err)
			boot_says(err, "tls.ca_file %s: %s", path, file_reason(&f));
		file_close(&f);
		if (err)
			return err;
	}
	err = tls_trust_init(&l->trust[l->trust_count], view.data, pin,
	                     (int)l->config.tls.pin.count, &l->arena, why, sizeof why);
	file_unmap(&view);
	if (err == ERR_FULL)
		return ERR_NONE;
	if (err)
		return boot_says(err, "tls.ca_file %s: %s", path[0] != '\0' ? path : "(built in)",
		                 why);
	l->trust_path[l->trust_count] = path;
	*out = l->trust[l->trust_count++];
	return ERR_NONE;
}

static enum tls_backend
backend_of(uint8_t configured)
{
	return configured == CONFIG_TLS_BEARSSL ? TLS_BEARSSL : TLS_MBEDTLS;
}

enum err
boot_venues(struct live *l)
{
	const struct config *c = &l->config;

	for (uint32_t i = 0; i < c->watch.venues.count; i++) {
		uint8_t id = c->watch.venues.id[i];
		const struct config_venue *own = config_venue(c, slice_str(venue_by_id(id)->name));
		struct feed_venue *v = &l->venue[l->venue_count];
		const char *ca = c->tls.ca_file;
		enum err err;

		if (!config_venue_is_on(c, id))
			continue;
		if (l->venue_count == LIVE_VENUES_MAX)
			return boot_says(ERR_CONFIG, "watch.venues: at most %d", LIVE_VENUES_MAX);
		*v = (struct feed_venue){ .venue = id, .backend = backend_of(c->tls.backend) };
		if (own != NULL) {
			snprintf(v->ws, sizeof v->ws, "%s", own->ws);
			snprintf(v->rest, sizeof v->rest, "%s", own->rest);
			if (!slice_copy(slice_str(own->proxy), v->proxy, sizeof v->proxy))
				return boot_says(ERR_CONFIG, "venue.%s.proxy is too long", own->name);
			if (own->tls != CONFIG_TLS_NONE)
				v->backend = backend_of(own->tls);
			if (own->ca_file[0] != '\0')
				ca = own->ca_file;
		}
		err = trust_of(l, ca, &v->trust);
		if (err)
			return err;
		l->venue_count++;
	}
	if (l->venue_count == 0)
		return boot_says(ERR_CONFIG, "watch.venues: no venue is left to watch; all of them "
		                 "are switched off (venue.NAME.enabled)");
	return ERR_NONE;
}

/* --- directories --------------------------------------------------------------------------- */

/* The directory and those above it that are missing. */
static enum err
make_directory(const char *key, const char *path, unsigned mode)
{
	char part[LIMIT_path_bytes_max];

	for (size_t i = 1; i < sizeof part && path[i - 1] != '\0'; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(part, i + 1, "%s", path);
		if (mkdir(part, path[i] == '\0' ? mode : 0755) != 0 && errno != EEXIST)
			return boot_says(errno == EACCES ? ERR_PERMISSION : ERR_CREATE,
			                 "%s: cannot make the directory %s: %s; give another one, "
			                 "or one this user may write to", key, part, strerror(errno));
	}
	return ERR_NONE;
}

static void
log_repair(struct live *l, const char *directory, const struct shelf_told *told)
{
	if (told->repaired_count + told->left_count == 0)
		return;
	log_begin(&l->log, l->loop.now.wall_ns, told->left_count > 0 ? LOG_WARN : LOG_INFO,
	          "tapes of an earlier run");
	log_text(&l->log, "directory", slice_str(directory));
	log_int(&l->log, "repaired", told->repaired_count);
	log_int(&l->log, "cut_bytes", (int64_t)told->cut_bytes);
	log_int(&l->log, "left_damaged", told->left_count);
	log_end(&l->log);
}

/* Two that record into one directory would repair each other's open tapes. */
static enum err
lock_tapes(struct live *l, const char *directory)
{
	char path[LIMIT_path_bytes_max + 8];
	enum err err;

	snprintf(path, sizeof path, "%s/.lock", directory);
	err = file_lock(&l->tape_lock, path);
	if (err == ERR_AGAIN)
		return boot_says(ERR_UNAVAILABLE, "tape.dir %s: another tidewatch records there: "
		                 "end it first, or give this one another directory", directory);
	if (err)
		return boot_says(err, "tape.dir %s: cannot write there: %s", directory,
		                 file_reason(&l->tape_lock));
	return ERR_NONE;
}

static enum err
repair_tapes(struct live *l, const char *directory)
{
	struct tape_rooms rooms;
	struct tape_repair repair;
	struct shelf_told told;
	struct arena arena;
	enum err err = memory_open(&arena, REPAIR_BYTES);

	if (!err)
		err = tape_rooms_init(&rooms, 1, &arena);
	if (!err)
		err = tape_repair_init(&repair, &rooms, &arena);
	if (!err)
		err = shelf_repair(directory, &repair, &told);
	if (err)
		return boot_says(err, "tape.dir %s: %s", directory, err_text(err));
	munmap(arena.at, REPAIR_BYTES);
	log_repair(l, directory, &told);
	return ERR_NONE;
}

enum err
boot_recorder(struct live *l)
{
	static const char *venue_name[LIMIT_venues_max];
	static char head[256];
	struct text t = text_init(head, sizeof head - 1);
	const char *directory = l->options.record_dir != NULL ? l->options.record_dir
	                                                      : l->config.tape.dir;
	struct recorder_options options = { .directory = directory };
	enum err err;

	if (directory[0] == '\0' && l->options.must_record)
		return boot_says(ERR_USAGE, "record: where to? Give a directory, or set tape.dir");
	if (directory[0] == '\0')
		return ERR_NONE;
	err = make_directory("tape.dir", directory, TAPES_MODE);
	if (!err)
		err = lock_tapes(l, directory);
	if (!err)
		err = repair_tapes(l, directory);
	if (err)
		return err;
	for (size_t i = 0; venue_at(i) != NULL; i++)
		venue_name[venue_at(i)->id] = venue_at(i)->name;
	/* instruments=listed: symbols were known from the venues' lists alone, so replay
	 * must not guess those that no list has. */
	text_format(&t, "build=%s\nseed=%llu\nmade_by=run\ninstruments=listed\n", BUILD_VERSION,
	            (unsigned long long)l->seed);
	options.retain_bytes = (uint64_t)(l->config.tape.retain_gb * 1e9);
	options.ring_bytes = l->capacity.ring_bytes;
	options.write = (struct tape_write_options){
		.head = text_slice(&t), .venue_name = venue_name, .venue_count = LIMIT_venues_max,
		.prologue = live_prologue, .context = l, .level = TAPE_LEVEL_LIVE,
		.record_bytes_max = l->capacity.record_bytes_max,
	};
	err = recorder_init(&l->recorder, &options, &l->disk, &l->log, &l->arena);
	if (err == ERR_USAGE)
		return boot_says(err, "tape.dir %s: the path is too long", directory);
	l->recording = err == ERR_NONE;
	return err == ERR_FULL ? ERR_NONE : err;
}

enum err
boot_server(struct live *l)
{
	char socket[LIMIT_path_bytes_max + 16];
	struct server_options options = {
		.listen_host = l->config.http.listen.host,
		.listen_port = l->config.http.listen.port,
		.unix_path = socket, .token = l->config.http.token,
		.connection_count_max = SERVER_CONNS_MAX, .out_count_max = SERVER_OUTS_MAX,
		.out_bytes_max = status_bytes_max(l->capacity.coins_max),
	};
	enum err err = make_directory("data.dir", l->config.data.dir, DIRECTORY_MODE);

	if (err)
		return err;
	snprintf(socket, sizeof socket, "%s/" DAEMON_SOCKET, l->config.data.dir);
	err = server_open(&l->server, &options, &l->loop, live_answer, l, &l->arena, &l->log);
	if (err && err != ERR_FULL)
		return boot_says(err, "%s", l->server.trouble);
	l->serving = err == ERR_NONE;
	return ERR_NONE;
}

/* What is configured and would be waited for in vain. */
static void
tell_not_yet(struct live *l)
{
	const struct config *c = &l->config;

	if (c->telegram.token[0] == '\0' && c->rule_count + c->webhook_count + c->ntfy_count +
	    c->discord_count + c->slack_count + c->account_count == 0)
		return;
	log_begin(&l->log, l->loop.now.wall_ns, LOG_WARN, "this build raises no alerts yet: "
	          "telegram, rules, channels and accounts of the configuration wait");
	log_end(&l->log);
}

/* --- the plan ---------------------------------------------------------------------------------- */

enum err
boot_plan(struct live *l)
{
	const struct arena *a = &l->arena;
	const struct config_coins *coins = &l->config.watch.coins;

	if (a->missing_bytes > 0) {
		size_t outside = ((size_t)l->config.limits.memory_mb << 20) - a->bytes;
		size_t needed = outside + a->used_bytes + a->missing_bytes;

		boot_says(ERR_CONFIG, "limits.memory_mb = %lld is too little for this watch list: "
		          "at least %zu MB are needed; raise it, or watch fewer coins. The plan "
		          "in KB:", (long long)l->config.limits.memory_mb, (needed >> 20) + 1);
		for (int i = 0; i < a->part_count; i++)
			fprintf(stderr, "  %-14s %8zu\n", a->part[i].name, a->part[i].bytes / 1024);
		return ERR_CONFIG;
	}
	tell_not_yet(l);
	log_begin(&l->log, l->loop.now.wall_ns, LOG_INFO, "plan of memory");
	log_text(&l->log, "version", SLICE(BUILD_VERSION));
	log_text(&l->log, "coins", slice_str(coins->text));
	log_int(&l->log, "coins_max", l->capacity.coins_max);
	log_int(&l->log, "venues", l->venue_count);
	log_int(&l->log, "connections_max", l->capacity.conns_max);
	log_double(&l->log, "planned_mb", (double)(a->used_bytes >> 10) / 1024);
	log_int(&l->log, "limit_mb", l->config.limits.memory_mb);
	log_end(&l->log);
	return ERR_NONE;
}
