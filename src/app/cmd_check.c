/* cmd_check.c - reads the configuration as `run` would, and explains it.
 *
 * Why    Before a restart one wants to know what will be watched and which value
 *        comes from where, and after a mistake which line is wrong.
 * Output The values with their origin on stdout, mistakes on stderr; with --json one
 *        object on stdout that holds both.  Exit code 78 when there is a mistake.
 * Limits Nothing is connected; names of hosts are not looked up (`doctor` does).
 */
#include "app/capacity.h"
#include "app/command.h"
#include "app/config_schema.h"
#include "app/config_value.h"
#include "base/check.h"
#include "venue/venue.h"
#include <stdio.h>
#include <string.h>

enum { VALUE_BYTES = LIMIT_config_line_bytes_max + 1024 };

static struct config config;
static struct config_report report;

static const char *
value_of(const struct config_place *p, char *to)
{
	struct text t = text_init(to, VALUE_BYTES - 1);
	const void *field = config_field_const(&config, p);

	memset(to, 0, VALUE_BYTES);
	if (p->key->flags & CONFIG_IS_SECRET)
		text_str(&t, "set (hidden)");
	else
		config_value_put(p->key, field, &t);
	return to;
}

static const char *
key_of(const struct config_place *p)
{
	return p->section->free ? config_name_at(&config, p->section, p->index) : p->key->name;
}

/* "line 3", "default", "TIDEWATCH_WATCH__COINS" */
static const char *
origin_of(const struct config_place *p, char *to, size_t size)
{
	const struct config_origin *o = &report.origin[p->number];
	struct text t = text_init(to, size - 1);

	memset(to, 0, size);
	if (o->source == CONFIG_FILE) {
		text_format(&t, "line %u%s", (unsigned)o->line, o->from_file ? ", by a file" : "");
	} else if (o->source == CONFIG_ENVIRONMENT) {
		config_env_name(p->section,
		                slice_str(config_name_at(&config, p->section, p->index)), p->key,
		                &t);
		text_str(&t, o->from_file ? "_FILE" : "");
	} else {
		text_str(&t, "default");
	}
	return to;
}

static void
print_values(void)
{
	static char value[VALUE_BYTES];
	struct config_place p = { 0 };
	const struct config_section *open = NULL;
	uint32_t open_index = 0;

	printf("configuration: %s\n", report.file[0] != '\0' ? report.file
	                                                     : "no file, defaults");
	while (config_place_next(&config, &p)) {
		char origin[160];

		ASSERT(p.section != NULL);
		if (!config_value_is_set(p.key, config_field_const(&config, &p)))
			continue;
		if (open != p.section || (p.section->named && open_index != p.index)) {
			printf("\n[%s%s%s]\n", p.section->name, p.section->named ? "." : "",
			       p.section->named ? config_name_at(&config, p.section, p.index)
			                        : "");
			open = p.section;
			open_index = p.index;
		}
		printf("  %s = %s  (%s)\n", key_of(&p), value_of(&p, value),
		       origin_of(&p, origin, sizeof origin));
	}
}

/* Room is taken at start: what is named, and a reserve for /watch add. */
static void
print_room(void)
{
	const struct config_coins *coins = &config.watch.coins;
	struct capacity room;

	capacity_of(&config, &room);
	if (coins->kind == CONFIG_COINS_ALL)
		printf("room: for %lld instruments\n", (long long)config.limits.instruments_max);
	else
		printf("room: for %u coins and a reserve of %u for /watch add\n",
		       (unsigned)coins->count, (unsigned)room.reserve);
	printf("memory: at most %lld MB\n", (long long)config.limits.memory_mb);
}

static void
print_result(void)
{
	const struct config_coins *coins = &config.watch.coins;

	printf("\nwatching: ");
	if (coins->kind == CONFIG_COINS_ALL)
		printf("all coins");
	else if (coins->kind == CONFIG_COINS_TOP)
		printf("the %u coins of largest 24 h volume", (unsigned)coins->count);
	else
		printf("%u coins (%s)", (unsigned)coins->count, coins->text);
	printf("\nvenues:");
	for (uint32_t i = 0; i < config.watch.venues.count; i++)
		if (config_venue_is_on(&config, config.watch.venues.id[i]))
			printf(" %s", venue_by_id(config.watch.venues.id[i])->name);
	printf("\n");
	print_room();
	printf("alerts: %s\n", config.telegram.token[0] != '\0'
	                               ? "to Telegram" : "to the console (no telegram.token)");
	printf("\nThe configuration is right");
	if (report.warning_count > 0)
		printf(", with %u warning%s on stderr", (unsigned)report.warning_count,
		       report.warning_count == 1 ? "" : "s");
	printf(".\n");
}

static void
json_messages(struct text *out, const char *key, bool is_error)
{
	uint32_t count = is_error ? report.error_count : report.warning_count;

	text_format(out, ",\"%s\":[", key);
	for (uint32_t i = 0; i < count && i < CONFIG_ERRORS_MAX; i++) {
		text_str(out, i > 0 ? "," : "");
		text_json(out, slice_str(is_error ? report.error[i] : report.warning[i]));
	}
	text_char(out, ']');
}

static void
json_values(struct text *out)
{
	static char value[VALUE_BYTES];
	static const char *const source[] = { "unset", "default", "file", "environment" };
	struct config_place p = { 0 };
	const char *comma = "";

	text_str(out, ",\"keys\":[");
	while (config_place_next(&config, &p)) {
		const struct config_origin *o = &report.origin[p.number];
		char name[CONFIG_NAME_BYTES * 3];
		struct text n = text_init(name, sizeof name);

		if (!config_value_is_set(p.key, config_field_const(&config, &p)))
			continue;
		config_place_name(&config, &p, &n);
		text_format(out, "%s{\"key\":", comma);
		text_json(out, text_slice(&n));
		text_str(out, ",\"value\":");
		if (p.key->flags & CONFIG_IS_SECRET)
			text_str(out, "null");
		else
			text_json(out, slice_str(value_of(&p, value)));
		text_format(out, ",\"secret\":%s,\"source\":\"%s\",\"line\":",
		            p.key->flags & CONFIG_IS_SECRET ? "true" : "false", source[o->source]);
		if (o->source == CONFIG_FILE)
			text_uint(out, o->line);
		else
			text_str(out, "null");
		text_char(out, '}');
		comma = ",";
	}
	text_str(out, "],\"venues\":[");
	comma = "";
	for (uint32_t i = 0; i < config.watch.venues.count; i++) {
		if (!config_venue_is_on(&config, config.watch.venues.id[i]))
			continue;
		text_format(out, "%s\"%s\"", comma, venue_by_id(config.watch.venues.id[i])->name);
		comma = ",";
	}
	text_char(out, ']');
}

static void
print_json(bool is_right)
{
	static char buffer[1024 * 1024];
	struct text out = text_init(buffer, sizeof buffer);

	text_format(&out, "{\"ok\":%s,\"file\":", is_right ? "true" : "false");
	if (report.file[0] != '\0')
		text_json(&out, slice_str(report.file));
	else
		text_str(&out, "null");
	text_format(&out, ",\"error_count\":%u", (unsigned)report.error_count);
	json_messages(&out, "errors", true);
	json_messages(&out, "warnings", false);
	if (is_right)
		json_values(&out);
	text_str(&out, "}\n");
	fwrite(out.at, 1, out.count, stdout);
}

int
cmd_check(const struct cli *cli)
{
	enum err err = config_load(&config, &report, cli_text(cli, "config"), CONFIG_FOR_RUN);

	config_report_print(&report);
	if (cli_flag(cli, "json")) {
		print_json(err == ERR_NONE);
	} else if (err == ERR_NONE) {
		print_values();
		print_result();
	}
	return err_exit(err);
}
