/* info.c - what is on a tape, at a glance; see command.h. */
#include "tape/command.h"
#include <string.h>

/* What was found out about one file. */
struct about {
	const char *name;
	struct tape_totals totals;
	struct tape_names names;
	bool is_closed;
	bool is_torn;
	struct tape_fault tear;
	uint64_t fault_count;
	uint64_t damage_count; /* faults that are not just an early end */
	char head[TAPE_HEAD_BYTES_MAX];
	size_t head_bytes;
};

static void
take_head(struct about *a, const struct tape_record *record)
{
	if (record->kind != TAPE_HEAD || a->head_bytes > 0)
		return;
	a->head_bytes = record->data.count < sizeof a->head ? record->data.count
	                                                     : sizeof a->head;
	memcpy(a->head, record->data.at, a->head_bytes);
	tape_names_learn(&a->names, slice_of(a->head, a->head_bytes));
}

static void
find_out(struct about *a, struct tape_read *r)
{
	struct tape_record record;
	enum tape_read_result result;
	bool has_index = tape_read_index(r, &a->totals);

	a->is_closed = has_index;
	if (!has_index) {
		memset(&a->totals, 0, sizeof a->totals);
		r->totals = &a->totals;
	}
	while ((result = tape_read_next(r, &record)) != TAPE_READ_END) {
		if (result == TAPE_READ_RECORD) {
			take_head(a, &record);
			if (has_index)
				break; /* the rest was counted when it was written */
			continue;
		}
		a->fault_count++;
		if (r->fault.kind == TAPE_FAULT_TORN) {
			a->is_torn = true;
			a->tear = r->fault;
		} else if (r->fault.kind != TAPE_FAULT_UNCLOSED) {
			a->damage_count++;
		}
	}
	if (!has_index)
		a->is_closed = r->is_closed;
}

static double
ratio(uint64_t raw_bytes, uint64_t stored_bytes)
{
	return stored_bytes > 0 ? (double)raw_bytes / (double)stored_bytes : 0;
}

static void
venue_text(const struct about *a, int venue, struct text *t)
{
	if (venue == 0)
		text_str(t, "-");
	else if (a->names.venue[venue].text[0] != '\0')
		text_str(t, a->names.venue[venue].text);
	else
		text_format(t, "#%d", venue);
}

static void
put_text(const struct about *a, const struct tape_print *out)
{
	const struct tape_totals *s = &a->totals;
	struct slice head = slice_of(a->head, a->head_bytes);
	char room[512];
	struct text t = text_init(room, sizeof room);

	out->put(out->context, SLICE("file     "));
	out->put(out->context, slice_str(a->name));
	text_str(&t, "\nspan     ");
	if (s->block_count > 0) {
		text_time(&t, s->first_ns, 9);
		text_str(&t, " .. ");
		text_time(&t, s->last_ns, 9);
	} else {
		text_str(&t, "no records");
	}
	text_str(&t, "\nend      ");
	if (a->is_torn)
		text_format(&t, "torn at offset %llu, %llu bytes lost",
		            (unsigned long long)a->tear.offset,
		            (unsigned long long)a->tear.bytes);
	else
		text_str(&t, a->is_closed ? "closed" : "not closed (no index)");
	if (a->damage_count > 0)
		text_format(&t, "; damaged, %llu faults: see tape verify",
		            (unsigned long long)a->damage_count);
	text_format(&t, "\nsize     %llu blocks, %llu records, "
	                "%llu bytes, stored in %llu, ratio %.2f\n",
	            (unsigned long long)s->block_count, (unsigned long long)s->record_count,
	            (unsigned long long)s->raw_bytes, (unsigned long long)s->stored_bytes,
	            ratio(s->raw_bytes, s->stored_bytes));
	out->put(out->context, text_slice(&t));
	for (int venue = 0; venue < 256; venue++) {
		for (int kind = TAPE_NONE + 1; kind < TAPE_KIND_COUNT; kind++) {
			if (s->records[kind][venue] == 0)
				continue;
			t.count = 0;
			text_str(&t, "records  ");
			venue_text(a, venue, &t);
			text_format(&t, " %s %llu\n", tape_kind_name((enum tape_kind)kind),
			            (unsigned long long)s->records[kind][venue]);
			out->put(out->context, text_slice(&t));
		}
	}
	while (head.count > 0) {
		out->put(out->context, SLICE("head     "));
		out->put(out->context, slice_cut(&head, '\n'));
		out->put(out->context, SLICE("\n"));
	}
}

static void
put_json_kinds(const struct about *a, const struct tape_print *out)
{
	const char *comma = "";

	for (int venue = 0; venue < 256; venue++) {
		for (int kind = TAPE_NONE + 1; kind < TAPE_KIND_COUNT; kind++) {
			char room[128], name[40];
			struct text t = text_init(room, sizeof room);
			struct text v = text_init(name, sizeof name);

			if (a->totals.records[kind][venue] == 0)
				continue;
			text_format(&t, "%s{\"kind\":\"%s\",\"venue\":", comma,
			            tape_kind_name((enum tape_kind)kind));
			out->put(out->context, text_slice(&t));
			venue_text(a, venue, &v);
			if (venue == 0)
				out->put(out->context, SLICE("null"));
			else
				tape_print_json(out, text_slice(&v));
			t.count = 0;
			text_format(&t, ",\"records\":%llu}",
			            (unsigned long long)a->totals.records[kind][venue]);
			out->put(out->context, text_slice(&t));
			comma = ",";
		}
	}
}

static void
put_json(const struct about *a, const struct tape_print *out)
{
	const struct tape_totals *s = &a->totals;
	struct slice head = slice_of(a->head, a->head_bytes);
	char room[512];
	struct text t = text_init(room, sizeof room);
	const char *comma = "";

	out->put(out->context, SLICE("{\"file\":"));
	tape_print_json(out, slice_str(a->name));
	text_str(&t, ",\"first_ns\":");
	if (s->block_count > 0)
		text_format(&t, "%lld,\"last_ns\":%lld", (long long)s->first_ns,
		            (long long)s->last_ns);
	else
		text_str(&t, "null,\"last_ns\":null");
	text_format(&t, ",\"closed\":%s,\"torn_offset\":", a->is_closed ? "true" : "false");
	if (a->is_torn)
		text_uint(&t, a->tear.offset);
	else
		text_str(&t, "null");
	text_format(&t, ",\"torn_bytes\":%llu,\"faults\":%llu,\"blocks\":%llu,\"records\":%llu"
	                ",\"raw_bytes\":%llu,\"stored_bytes\":%llu,\"ratio\":%.4f,\"kinds\":[",
	            (unsigned long long)a->tear.bytes, (unsigned long long)a->fault_count,
	            (unsigned long long)s->block_count, (unsigned long long)s->record_count,
	            (unsigned long long)s->raw_bytes, (unsigned long long)s->stored_bytes,
	            ratio(s->raw_bytes, s->stored_bytes));
	out->put(out->context, text_slice(&t));
	put_json_kinds(a, out);
	out->put(out->context, SLICE("],\"head\":{"));
	while (head.count > 0) {
		struct slice value = slice_cut(&head, '\n');
		struct slice key = slice_cut(&value, '=');

		if (key.count == 0)
			continue;
		out->put(out->context, slice_str(comma));
		tape_print_json(out, key);
		out->put(out->context, SLICE(":"));
		tape_print_json(out, value);
		comma = ",";
	}
	out->put(out->context, SLICE("}}\n"));
}

enum err
tape_info_file(struct tape_info *info, struct tape_read *r, const char *name,
               const struct tape_print *out)
{
	struct about a = { .name = name };

	find_out(&a, r);
	if (info->file_count > 0 && !info->json)
		out->put(out->context, SLICE("\n"));
	if (info->json)
		put_json(&a, out);
	else
		put_text(&a, out);
	info->file_count++;
	info->torn_count += a.is_torn;
	info->fault_count += a.fault_count;
	if (a.totals.block_count == 0)
		return ERR_FAILED;
	if (info->record_count == 0 || a.totals.first_ns < info->first_ns)
		info->first_ns = a.totals.first_ns;
	if (info->record_count == 0 || a.totals.last_ns > info->last_ns)
		info->last_ns = a.totals.last_ns;
	info->record_count += a.totals.record_count;
	info->raw_bytes += a.totals.raw_bytes;
	info->stored_bytes += a.totals.stored_bytes;
	return ERR_NONE;
}

void
tape_info_end(const struct tape_info *info, const struct tape_print *out)
{
	char room[512];
	struct text t = text_init(room, sizeof room);

	if (info->file_count < 2)
		return;
	if (info->json) {
		text_format(&t, "{\"files\":%llu,\"first_ns\":%lld,\"last_ns\":%lld,\"torn\":%llu"
		                ",\"faults\":%llu,\"records\":%llu,\"raw_bytes\":%llu"
		                ",\"stored_bytes\":%llu,\"ratio\":%.4f}\n",
		            (unsigned long long)info->file_count, (long long)info->first_ns,
		            (long long)info->last_ns, (unsigned long long)info->torn_count,
		            (unsigned long long)info->fault_count,
		            (unsigned long long)info->record_count,
		            (unsigned long long)info->raw_bytes,
		            (unsigned long long)info->stored_bytes,
		            ratio(info->raw_bytes, info->stored_bytes));
	} else {
		text_format(&t, "\nall      %llu files, %llu torn, ",
		            (unsigned long long)info->file_count,
		            (unsigned long long)info->torn_count);
		text_time(&t, info->first_ns, 9);
		text_str(&t, " .. ");
		text_time(&t, info->last_ns, 9);
		text_format(&t, ", %llu records, %llu bytes, stored in %llu, ratio %.2f\n",
		            (unsigned long long)info->record_count,
		            (unsigned long long)info->raw_bytes,
		            (unsigned long long)info->stored_bytes,
		            ratio(info->raw_bytes, info->stored_bytes));
	}
	out->put(out->context, text_slice(&t));
}
