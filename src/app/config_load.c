/* config_load.c - from nothing to a whole configuration.
 *
 * Order: defaults, the file, the environment; then the judgement of the whole.
 */
#include "app/config_read.h"
#include "app/config_value.h"
#include "sys/file.h"
#include "venue/venue.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

extern char **environ;

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The XDG rules: a path that is not absolute counts as not set. */
static const char *
base_variable(const char *name)
{
	const char *value = variable(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

static void
set_defaults(struct config *c, struct config_report *r)
{
	const struct config_section *s;

	memset(c, 0, sizeof *c);
	for (size_t i = 0; (s = config_section_at(i)) != NULL; i++)
		if (!s->named && !s->free)
			config_set_initial(c, r, s, 0);
}

void
config_defaults(struct config *c)
{
	set_defaults(c, NULL);
}

/* The one default that is not a constant. */
static void
set_data_dir(struct config *c, struct config_report *r)
{
	const struct config_section *s = config_section_find(SLICE("data"));
	struct config_place p = config_place_of(s, &s->key[0], 0);
	const char *state = base_variable("STATE_DIRECTORY");
	const char *xdg = base_variable("XDG_STATE_HOME"), *home = base_variable("HOME");
	struct text t = text_init(c->data.dir, sizeof c->data.dir - 1);

	if (c->data.dir[0] != '\0')
		return;
	if (state != NULL) /* a service with several has them parted by colons */
		text_put(&t, slice_of(state, strcspn(state, ":")));
	else if (xdg != NULL)
		text_format(&t, "%s/tidewatch", xdg);
	else if (home != NULL)
		text_format(&t, "%s/.local/state/tidewatch", home);
	else
		text_str(&t, "/var/lib/tidewatch");
	memset(c->data.dir + t.count, 0, sizeof c->data.dir - t.count);
	if (t.cut)
		config_tell(r, true, "data.dir: the path of the default is too long; set it");
	r->origin[p.number].source = CONFIG_DEFAULT;
}

/* Looks for a file nobody named.  False: there is none. */
static bool
find_file(char *to, size_t size)
{
	const char *xdg = base_variable("XDG_CONFIG_HOME"), *home = base_variable("HOME");
	char path[3][CONFIG_PATH_BYTES] = { "", "", "/etc/tidewatch/tidewatch.conf" };
	struct stat st;

	if (xdg != NULL)
		snprintf(path[0], sizeof path[0], "%s/tidewatch/tidewatch.conf", xdg);
	else if (home != NULL)
		snprintf(path[0], sizeof path[0], "%s/.config/tidewatch/tidewatch.conf", home);
	for (int i = 0; i < 3; i++) {
		/* What is there and cannot be read is told, not passed over. */
		if (path[i][0] == '\0' || (stat(path[i], &st) != 0 &&
		                           (errno == ENOENT || errno == ENOTDIR)))
			continue;
		return slice_copy(slice_str(path[i]), to, size);
	}
	return false;
}

static bool
read_file(struct config_report *r, const char *path, char *to, size_t size,
          struct slice *text_out, bool *is_open)
{
	struct file f;
	struct stat st;
	int64_t got;

	if (file_open(&f, path) != ERR_NONE) {
		config_tell(r, true, "%s: cannot be opened: %s", r->file, file_reason(&f));
		return false;
	}
	*is_open = fstat(f.fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH);
	got = file_read(&f, to, size);
	if (got < 0)
		config_tell(r, true, "%s: cannot be read: %s", r->file, file_reason(&f));
	else if ((size_t)got == size)
		config_tell(r, true, "%s: is longer than %zu bytes", r->file, size - 1);
	file_close(&f);
	if (got < 0 || (size_t)got == size)
		return false;
	*text_out = slice_of(to, (size_t)got);
	return true;
}

/* A file with a secret in it that everybody may read. */
static void
warn_open(struct config_read *r)
{
	struct config_place p = { 0 };

	while (config_place_next(r->config, &p)) {
		const struct config_origin *o = &r->report->origin[p.number];

		if ((p.key->flags & CONFIG_IS_SECRET) && o->source == CONFIG_FILE &&
		    !o->from_file) {
			config_tell(r->report, false, "%s:%u: a secret is in a file that everybody "
			            "here can read; chmod 600", r->name, (unsigned)o->line);
			return;
		}
	}
}

enum err
config_parse(struct config *c, struct config_report *r, struct slice text, const char *name,
             enum config_use use)
{
	struct config_read read = { c, r, use, name, NULL };

	memset(r, 0, sizeof *r);
	slice_copy(slice_str(name), r->file, sizeof r->file);
	set_defaults(c, r);
	config_parse_lines(&read, text);
	/* What does not fit together is judged when all single values are right. */
	if (r->error_count == 0)
		config_judge(&read);
	return r->error_count > 0 ? ERR_CONFIG : ERR_NONE;
}

enum err
config_load(struct config *c, struct config_report *r, const char *path, enum config_use use)
{
	static char text[LIMIT_config_bytes_max + 1];
	char found[CONFIG_PATH_BYTES], base[CONFIG_PATH_BYTES] = ".";
	struct config_read read = { c, r, use, r->file, base };
	bool is_open = false;
	struct slice content = { NULL, 0 };

	memset(r, 0, sizeof *r);
	set_defaults(c, r);
	if (path == NULL)
		path = variable("TIDEWATCH_CONFIG");
	if (path == NULL && find_file(found, sizeof found))
		path = found;
	if (path != NULL) {
		bool is_stdin = strcmp(path, "-") == 0;

		if (!slice_copy(slice_str(is_stdin ? "standard input" : path), r->file,
		                sizeof r->file)) {
			config_tell(r, true, "%s...: the path is too long", r->file);
			return ERR_CONFIG;
		}
		if (!read_file(r, path, text, sizeof text, &content, &is_open))
			return ERR_CONFIG;
		if (!is_stdin && strrchr(path, '/') != NULL) {
			size_t count = (size_t)(strrchr(path, '/') - path);

			slice_copy(slice_of(path, count > 0 ? count : 1), base, sizeof base);
		} else {
			read.base_dir = NULL; /* here: no need to say so */
		}
		config_parse_lines(&read, content);
		if (is_open && use == CONFIG_FOR_RUN)
			warn_open(&read);
		explicit_bzero(text, content.count);
	}
	if (path == NULL)
		read.name = "defaults";
	config_parse_env(&read, environ);
	set_data_dir(c, r);
	if (r->error_count == 0)
		config_judge(&read);
	return r->error_count > 0 ? ERR_CONFIG : ERR_NONE;
}

void
config_report_print(const struct config_report *r)
{
	for (uint32_t i = 0; i < r->warning_count && i < CONFIG_ERRORS_MAX; i++)
		fprintf(stderr, "warning: %s\n", r->warning[i]);
	for (uint32_t i = 0; i < r->error_count && i < CONFIG_ERRORS_MAX; i++)
		fprintf(stderr, "error: %s\n", r->error[i]);
	if (r->error_count > CONFIG_ERRORS_MAX)
		fprintf(stderr, "error: and %u more\n",
		        (unsigned)(r->error_count - CONFIG_ERRORS_MAX));
}

const struct config_venue *
config_venue(const struct config *c, struct slice name)
{
	for (uint32_t i = 0; i < c->venue_count; i++)
		if (slice_equal(name, slice_str(c->venue[i].name)))
			return &c->venue[i];
	return NULL;
}

bool
config_venue_is_on(const struct config *c, uint8_t venue_id)
{
	const struct venue *v = venue_by_id(venue_id);
	const struct config_venue *section = v != NULL ? config_venue(c, slice_str(v->name)) : NULL;

	for (uint32_t i = 0; i < c->watch.venues.count; i++)
		if (c->watch.venues.id[i] == venue_id)
			return v != NULL && (section == NULL || section->enabled);
	return false;
}
