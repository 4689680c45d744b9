/* cat.c - the records of tapes as lines; see command.h. */
#include "tape/command.h"

static void
put_line(const struct tape_print *out, const struct tape_record *record)
{
	char room[32];
	struct text t = text_init(room, sizeof room);
	struct slice rest = record->data;

	text_int(&t, record->recv_ns);
	text_char(&t, '\t');
	out->put(out->context, text_slice(&t));
	while (rest.count > 0) {
		size_t count = 0;

		while (count < rest.count && rest.at[count] != '\n' && rest.at[count] != '\r')
			count++;
		out->put(out->context, slice_of(rest.at, count));
		if (count == rest.count)
			break;
		out->put(out->context, SLICE(" "));
		rest = slice_after(rest, count + 1);
	}
	out->put(out->context, SLICE("\n"));
}

static void
put_json(const struct tape_print *out, const struct tape_record *record,
         const struct tape_names *names)
{
	const char *venue = names->venue[record->venue].text;
	char room[128];
	struct text t = text_init(room, sizeof room);

	text_format(&t, "{\"recv_ns\":%lld,\"kind\":\"%s\",\"venue\":",
	            (long long)record->recv_ns,
	            tape_kind_name((enum tape_kind)record->kind));
	out->put(out->context, text_slice(&t));
	if (record->venue != 0 && venue[0] != '\0')
		tape_print_json(out, slice_str(venue));
	t.count = 0;
	if (record->venue == 0)
		text_str(&t, "null");
	else if (venue[0] == '\0')
		text_format(&t, "\"#%u\"", (unsigned)record->venue);
	text_format(&t, ",\"link\":%u,\"asked\":", (unsigned)record->link);
	out->put(out->context, text_slice(&t));
	tape_print_json(out, record->asked);
	out->put(out->context, SLICE(",\"data\":"));
	tape_print_json(out, record->data);
	out->put(out->context, SLICE("}\n"));
}

/* The names stand in the heads, which a jump into the tape leaves out. */
static void
learn_names(struct tape_merge *m, struct tape_names *names)
{
	for (uint32_t i = 0; i < m->file_count; i++) {
		struct tape_record record;
		enum tape_read_result result;

		do {
			result = tape_read_next(&m->file[i], &record);
		} while (result == TAPE_READ_FAULT);
		if (result == TAPE_READ_RECORD && record.kind == TAPE_HEAD)
			tape_names_learn(names, record.data);
	}
}

enum err
tape_cat(struct tape_merge *m, const char *const *names,
         const struct tape_cat_options *options, const struct tape_print *out,
         const struct tape_print *log)
{
	struct tape_names venues = { 0 };
	struct tape_record record;
	enum tape_read_result result;
	enum err err = ERR_NONE;

	if (options->from_ns > 0) {
		if (options->json)
			learn_names(m, &venues);
		tape_merge_seek(m, options->from_ns);
	}
	while ((result = tape_merge_next(m, &record)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			const struct tape_fault *fault = &m->file[m->index].fault;

			tape_print_fault(log, names[m->index], fault, false);
			if (fault->kind != TAPE_FAULT_TORN && fault->kind != TAPE_FAULT_UNCLOSED)
				err = fault->kind == TAPE_FAULT_READ ? ERR_IO : ERR_FAILED;
			continue;
		}
		/* Later files may hold only later records. */
		if (options->to_ns > 0 && record.recv_ns >= options->to_ns)
			break;
		if (record.kind == TAPE_HEAD)
			tape_names_learn(&venues, record.data);
		if (options->venue != 0 && record.venue != options->venue)
			continue;
		if (options->json)
			put_json(out, &record, &venues);
		else if (record.kind == TAPE_FRAME)
			put_line(out, &record);
	}
	return err;
}
