/* verify.c - reads a whole tape and tells everything that is wrong; see command.h. */
#include "tape/command.h"
#include <string.h>

static void
tell(const struct tape_print *out, const char *name, bool json,
     const struct tape_fault *fault, uint64_t *fault_count)
{
	tape_print_fault(out, name, fault, json);
	++*fault_count;
}

/* Does it begin with a head of a format we know? */
static bool
is_head(const struct tape_record *record)
{
	return record->kind == TAPE_HEAD &&
	       slice_equal(tape_head_value(record->data, "format"), SLICE("1"));
}

static void
put_sums(const struct tape_print *out, const char *name, bool json,
         const struct tape_totals *found, uint64_t fault_count)
{
	char room[256];
	struct text t = text_init(room, sizeof room);

	out->put(out->context, json ? SLICE("{\"file\":") : SLICE("tape verify file="));
	if (json)
		tape_print_json(out, slice_str(name));
	else
		out->put(out->context, slice_str(name));
	text_format(&t, json ? ",\"blocks\":%llu,\"records\":%llu,\"faults\":%llu,\"ok\":%s}\n"
	                     : " blocks=%llu records=%llu faults=%llu result=%s\n",
	            (unsigned long long)found->block_count,
	            (unsigned long long)found->record_count,
	            (unsigned long long)fault_count,
	            json ? fault_count == 0 ? "true" : "false"
	                 : fault_count == 0 ? "ok" : "failed");
	out->put(out->context, text_slice(&t));
}

enum err
tape_verify(struct tape_read *r, const char *name, bool json, const struct tape_print *out)
{
	struct tape_totals found = { 0 }, said = { 0 };
	struct tape_record record;
	enum tape_read_result result;
	uint64_t fault_count = 0;
	bool is_first = true, has_head = false;

	r->totals = &found;
	while ((result = tape_read_next(r, &record)) != TAPE_READ_END) {
		if (result == TAPE_READ_FAULT) {
			tell(out, name, json, &r->fault, &fault_count);
			continue;
		}
		if (is_first)
			has_head = is_head(&record);
		is_first = false;
	}
	if (!has_head)
		tell(out, name, json, &(struct tape_fault){ .kind = TAPE_FAULT_HEAD },
		     &fault_count);
	/* A pipe cannot go back to the index, and what was left out is missing in
	 * the counts: told already. */
	if (fault_count == 0 && r->is_closed && tape_read_index(r, &said) &&
	    memcmp(&said, &found, sizeof said) != 0)
		tell(out, name, json,
		     &(struct tape_fault){ .kind = TAPE_FAULT_INDEX, .offset = r->offset },
		     &fault_count);
	put_sums(out, name, json, &found, fault_count);
	return fault_count == 0 ? ERR_NONE : ERR_FAILED;
}
