/* live_reload.c - another configuration while it runs: SIGHUP.
 *
 * It is read on the disk thread, compared key by key, and what can change at run time is
 * changed: the watch list, the log, tape.retain_gb, limits.tick_ms.  Other keys that
 * differ are named as waiting for a restart.  On any mistake the old configuration stays
 * and the mistake is told.
 */
#include "app/live.h"
#include "app/config_schema.h"
#include "app/config_value.h"
#include <stdio.h>
#include <string.h>

static int64_t
read_config(void *context)
{
	struct live *l = context;

	l->reload_err = config_load(&l->next, &l->report, l->options.config_path,
	                            CONFIG_FOR_RUN);
	return 0;
}

static void
tell_mistakes(struct live *l)
{
	char number[16];

	snprintf(number, sizeof number, "%u", (unsigned)++l->reload_failed_count);
	for (uint32_t i = 0; i < l->report.error_count && i < CONFIG_ERRORS_MAX; i++) {
		log_begin(&l->log, l->loop.now.wall_ns, LOG_ERROR, "configuration is wrong");
		log_text(&l->log, "what", slice_str(l->report.error[i]));
		log_end(&l->log);
	}
	log_begin(&l->log, l->loop.now.wall_ns, LOG_ERROR, "reload refused, the old "
	          "configuration stays");
	log_text(&l->log, "refused", slice_str(number));
	log_int(&l->log, "mistakes", l->report.error_count);
	log_end(&l->log);
}

static bool
is_at_run_time(const char *name)
{
	static const char *const list[] = { "watch.coins", "log.level", "log.format",
	                                    "tape.retain_gb", "limits.tick_ms" };

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

/* Names of keys that differ and need a restart.  Values are compared as text and never
 * shown: some are secrets. */
static uint32_t
differing(struct live *l, struct text *out)
{
	static char a[LIMIT_config_line_bytes_max + 1024], b[sizeof a];
	struct config_place now = { 0 }, next = { 0 };
	uint32_t count = 0;

	for (;;) {
		bool more = config_place_next(&l->config, &now);
		bool next_more = config_place_next(&l->next, &next);
		char name[CONFIG_NAME_BYTES * 3];
		struct text n = text_init(name, sizeof name - 1);
		struct text left = text_init(a, sizeof a), right = text_init(b, sizeof b);

		if (!more || !next_more || now.number != next.number) {
			/* Sections came or went. */
			if (more || next_more) {
				text_str(out, count++ > 0 ? " sections" : "sections");
			}
			break;
		}
		config_value_put(now.key, config_field_const(&l->config, &now), &left);
		config_value_put(next.key, config_field_const(&l->next, &next), &right);
		config_place_name(&l->next, &next, &n);
		name[n.count] = '\0';
		if (slice_equal(text_slice(&left), text_slice(&right)) || is_at_run_time(name))
			continue;
		text_format(out, "%s%s", count++ > 0 ? " " : "", name);
	}
	return count;
}

static void
take_coins(struct live *l)
{
	const char *text = l->next.watch.coins.text;
	enum err err;

	if (strcmp(text, l->config.watch.coins.text) == 0)
		return;
	err = feed_watch(l->feed, text);
	if (err) {
		log_begin(&l->log, l->loop.now.wall_ns, LOG_ERROR,
		          "watch list needs a restart: more coins than were planned for");
		log_int(&l->log, "coins_max", l->capacity.coins_max);
		log_end(&l->log);
		return;
	}
	l->config.watch.coins = l->next.watch.coins;
	live_own_record(l, TAPE_WATCH, slice_str(text));
	log_begin(&l->log, l->loop.now.wall_ns, LOG_INFO, "watch list changed");
	log_text(&l->log, "coins", slice_str(text));
	log_end(&l->log);
}

static void
done(void *context, int64_t result, struct now now)
{
	static char names[2048];
	struct live *l = context;
	struct text t = text_init(names, sizeof names);
	char number[16];
	uint32_t count;

	(void)result;
	l->reloading = false;
	if (l->stopping)
		return;
	if (l->reload_err) {
		tell_mistakes(l);
		return;
	}
	snprintf(number, sizeof number, "%u", (unsigned)++l->reload_count);
	count = differing(l, &t);
	l->config.log = l->next.log;
	live_take_log(l);
	take_coins(l);
	l->config.tape.retain_gb = l->next.tape.retain_gb;
	l->recorder.retain_bytes = (uint64_t)(l->config.tape.retain_gb * 1e9);
	l->config.limits.tick_ms = l->next.limits.tick_ms;
	l->pace.tick_ns = l->config.limits.tick_ms * 1000000;
	log_begin(&l->log, now.wall_ns, count > 0 ? LOG_WARN : LOG_INFO, "reloaded");
	/* As text: an answer to a person is not to be folded into the one before. */
	log_text(&l->log, "reload", slice_str(number));
	log_int(&l->log, "warnings", l->report.warning_count);
	if (count > 0)
		log_text(&l->log, "need_a_restart", text_slice(&t));
	log_end(&l->log);
}

void
live_reload(struct live *l)
{
	if (l->reloading || l->stopping)
		return;
	l->reloading = disk_put(&l->disk, "read configuration", read_config, done, l);
	if (!l->reloading) {
		log_begin(&l->log, l->loop.now.wall_ns, LOG_ERROR, "reload refused: disk is busy");
		log_end(&l->log);
	}
}
