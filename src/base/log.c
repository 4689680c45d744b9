/* log.c - builds one line at a time, and keeps the last of each kind.
 *
 * A line is built in its final form, but without time and closing bracket: those
 * are put when it is written, together with the count of repeats, because a line
 * that is held back does not know yet how often it will come again.
 */
#include "base/log.h"
#include "base/check.h"

enum {
	/* What is put around a line when it is written: time, level, and two
	 * counts of twenty digits. */
	FRAME_BYTES_MAX = 160,
};

static const int64_t fold_default_ns = 10000000000;

static const char *const level_name[LOG_LEVEL_COUNT] = {
	[LOG_OFF] = "off",
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static const char *const format_name[LOG_FORMAT_COUNT] = {
	[LOG_LOGFMT] = "logfmt",
	[LOG_JSON] = "json",
	[LOG_PLAIN] = "plain",
};

static bool
name_read(struct slice name, const char *const *list, uint8_t count, uint8_t *out)
{
	for (uint8_t i = 0; i < count; i++) {
		if (slice_equal(name, slice_str(list[i]))) {
			*out = i;
			return true;
		}
	}
	return false;
}

bool
log_level_read(struct slice name, uint8_t *level_out)
{
	return name_read(name, level_name, LOG_LEVEL_COUNT, level_out);
}

bool
log_format_read(struct slice name, uint8_t *format_out)
{
	return name_read(name, format_name, LOG_FORMAT_COUNT, format_out);
}

void
log_init(struct log *l, uint8_t level, uint8_t format,
         void (*sink)(void *context, struct slice line), void *context)
{
	ASSERT(level < LOG_LEVEL_COUNT);
	ASSERT(format < LOG_FORMAT_COUNT);
	ASSERT(sink != NULL);
	*l = (struct log){
		.sink = sink,
		.context = context,
		.level = level,
		.format = format,
		.fold_ns = fold_default_ns,
	};
}

/* --- one line -------------------------------------------------------------------- */

/* FNV-1a: only to tell lines apart. */
static void
hash(struct log *l, struct slice s)
{
	for (size_t i = 0; i < s.count; i++)
		l->line.hash = (l->line.hash ^ (unsigned char)s.at[i]) * 0x100000001b3u;
	/* An end, so that "ab" "c" is not "a" "bc". */
	l->line.hash = (l->line.hash ^ 0x100) * 0x100000001b3u;
}

/* Bare when a reader of logfmt cannot be misled by it. */
static bool
is_bare(struct slice s)
{
	for (size_t i = 0; i < s.count; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return s.count > 0;
}

static void
put_key(struct log *l, const char *key)
{
	if (l->format == LOG_JSON) {
		text_char(&l->out, ',');
		text_json(&l->out, slice_str(key));
		text_char(&l->out, ':');
	} else {
		text_char(&l->out, ' ');
		text_str(&l->out, key);
		text_char(&l->out, '=');
	}
}

static void
put_value(struct log *l, struct slice value)
{
	if (l->format != LOG_JSON && is_bare(value))
		text_put(&l->out, value);
	else
		text_json(&l->out, value);
}

void
log_begin(struct log *l, int64_t wall_ns, enum log_level level, const char *verb)
{
	ASSERT(level > LOG_OFF);
	ASSERT(level < LOG_LEVEL_COUNT);
	ASSERT(!l->open);
	if (level > l->level)
		return;
	l->open = true;
	l->line.hash = 0xcbf29ce484222325u;
	l->line.wall_ns = wall_ns;
	l->line.level = (uint8_t)level;
	l->line.left_out = 0;
	l->out = text_init(l->line.at, sizeof l->line.at);
	hash(l, slice_str(level_name[level]));
	hash(l, slice_str(verb));
	if (l->format == LOG_PLAIN) {
		text_char(&l->out, ' ');
		text_str(&l->out, verb);
	} else {
		put_key(l, "msg");
		put_value(l, slice_str(verb));
	}
}

/* A field is written whole or not at all; what is left out is said at the end. */
static void
field(struct log *l, const char *key, struct slice value, bool quoted)
{
	const struct text before = l->out;

	if (!l->open)
		return;
	put_key(l, key);
	if (quoted)
		put_value(l, value);
	else
		text_put(&l->out, value);
	if (l->out.cut) {
		l->out = before;
		l->line.left_out++;
	}
}

void
log_text(struct log *l, const char *key, struct slice value)
{
	if (!l->open)
		return;
	hash(l, slice_str(key));
	hash(l, value);
	field(l, key, value, true);
}

void
log_int(struct log *l, const char *key, int64_t value)
{
	char digits[24];
	struct text t = text_init(digits, sizeof digits);

	text_int(&t, value);
	field(l, key, text_slice(&t), false);
}

void
log_double(struct log *l, const char *key, double value)
{
	char digits[40];
	struct text t = text_init(digits, sizeof digits);

	text_double(&t, value);
	field(l, key, text_slice(&t), false);
}

/* --- writing --------------------------------------------------------------------- */

static void
put_count(struct text *t, bool json, const char *key, uint64_t count)
{
	text_str(t, json ? ",\"" : " ");
	text_str(t, key);
	text_str(t, json ? "\":" : "=");
	text_uint(t, count);
}

static void
write_line(struct log *l, const struct log_line *line, uint64_t repeats)
{
	char buffer[sizeof line->at + FRAME_BYTES_MAX];
	struct text t = text_init(buffer, sizeof buffer);
	bool json = l->format == LOG_JSON;

	if (json)
		text_str(&t, "{\"ts\":\"");
	else if (l->format == LOG_LOGFMT)
		text_str(&t, "ts=");
	text_time(&t, line->wall_ns, l->format == LOG_PLAIN ? 0 : 3);
	if (json)
		text_str(&t, "\",\"level\":\"");
	else
		text_str(&t, l->format == LOG_LOGFMT ? " level=" : " ");
	text_str(&t, level_name[line->level]);
	if (json)
		text_char(&t, '"');
	text_put(&t, slice_of(line->at, line->count));
	if (line->left_out > 0)
		put_count(&t, json, "left_out", line->left_out);
	if (repeats > 0)
		put_count(&t, json, "repeats", repeats);
	text_str(&t, json ? "}\n" : "\n");
	ASSERT(!t.cut);
	l->line_count++;
	l->sink(l->context, text_slice(&t));
}

/* Writes what a fold holds back; from then on it counts anew. */
static void
fold_write(struct log *l, struct log_fold *f, int64_t wall_ns)
{
	if (f->held_count > 0)
		write_line(l, &f->last, f->held_count);
	f->held_count = 0;
	f->since_ns = wall_ns;
}

/* A clock that was set back ends a fold too, or it would last for hours. */
static bool
is_over(const struct log *l, const struct log_fold *f, int64_t wall_ns)
{
	return wall_ns < f->since_ns || wall_ns - f->since_ns >= l->fold_ns;
}

/* The fold of this kind of line, or the place for it: a free one, else the one
 * that began first. */
static struct log_fold *
fold_of(struct log *l, uint64_t hash_wanted)
{
	struct log_fold *oldest = &l->fold[0];

	for (int i = 0; i < LIMIT_log_repeats_max; i++) {
		struct log_fold *f = &l->fold[i];

		if (f->used && f->last.hash == hash_wanted)
			return f;
		if (oldest->used && (!f->used || f->since_ns < oldest->since_ns))
			oldest = f;
	}
	return oldest;
}

static void
line_keep(struct log_line *to, const struct log_line *from)
{
	to->hash = from->hash;
	to->wall_ns = from->wall_ns;
	to->level = from->level;
	to->left_out = from->left_out;
	to->count = from->count;
	memcpy(to->at, from->at, from->count);
}

void
log_end(struct log *l)
{
	struct log_fold *f;
	bool known;

	if (!l->open)
		return;
	l->open = false;
	l->line.count = l->out.count;
	if (l->fold_ns <= 0) {
		write_line(l, &l->line, 0);
		return;
	}
	f = fold_of(l, l->line.hash);
	known = f->used && f->last.hash == l->line.hash;
	if (known && !is_over(l, f, l->line.wall_ns)) {
		line_keep(&f->last, &l->line);
		f->held_count++;
		l->held_count++;
		return;
	}
	if (f->used)
		fold_write(l, f, l->line.wall_ns);
	write_line(l, &l->line, 0);
	f->used = true;
	f->since_ns = l->line.wall_ns;
	line_keep(&f->last, &l->line);
}

void
log_tick(struct log *l, int64_t wall_ns)
{
	for (int i = 0; i < LIMIT_log_repeats_max; i++) {
		struct log_fold *f = &l->fold[i];

		if (!f->used || !is_over(l, f, wall_ns))
			continue;
		/* Still coming: one line each fold_ns.  Silent since: forget it. */
		f->used = f->held_count > 0;
		fold_write(l, f, wall_ns);
	}
}

void
log_flush(struct log *l)
{
	for (int i = 0; i < LIMIT_log_repeats_max; i++) {
		if (l->fold[i].used)
			fold_write(l, &l->fold[i], l->fold[i].since_ns);
		l->fold[i].used = false;
	}
}
