/* print.c - text of any length out through a small buffer, for the commands. */
#include "tape/command.h"

enum {
	PIECE_BYTES = 2048,
	/* A byte becomes six at most ("\u0001"); two quotes and a terminator. */
	PIECE_JSON_BYTES = PIECE_BYTES * 6 + 3,
};

/* Bytes to take from the front of `s` so that no UTF-8 character is cut: at most
 * PIECE_BYTES, and what is not UTF-8 is cut anywhere. */
static size_t
piece_bytes(struct slice s)
{
	size_t count = PIECE_BYTES;

	if (s.count <= PIECE_BYTES)
		return s.count;
	/* A character of n bytes begins with a byte of n leading ones. */
	for (size_t back = 1; back <= 3; back++) {
		unsigned char byte = (unsigned char)s.at[count - back];
		size_t bytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;

		if (byte >= 0x80 && byte < 0xc0)
			continue;
		return bytes > back ? count - back : count;
	}
	return count;
}

void
tape_print_json(const struct tape_print *out, struct slice s)
{
	char room[PIECE_JSON_BYTES];

	out->put(out->context, SLICE("\""));
	while (s.count > 0) {
		size_t bytes = piece_bytes(s);
		struct text t = text_init(room, sizeof room);

		text_json(&t, slice_of(s.at, bytes));
		/* Without the quotes of the piece. */
		out->put(out->context, slice_of(t.at + 1, t.count - 2));
		s = slice_after(s, bytes);
	}
	out->put(out->context, SLICE("\""));
}

void
tape_print_fault(const struct tape_print *out, const char *name,
                 const struct tape_fault *fault, bool json)
{
	const char *reason = tape_fault_name((enum tape_fault_kind)fault->kind);
	char room[256];
	struct text t = text_init(room, sizeof room);

	out->put(out->context, json ? SLICE("{\"file\":") : SLICE("tape fault file="));
	if (json)
		tape_print_json(out, slice_str(name));
	else
		out->put(out->context, slice_str(name));
	text_format(&t,
	            json ? ",\"reason\":\"%s\",\"offset\":%llu,\"bytes\":%llu,\"blocks\":%llu}\n"
	                 : " reason=%s offset=%llu bytes=%llu blocks=%llu\n",
	            reason, (unsigned long long)fault->offset,
	            (unsigned long long)fault->bytes, (unsigned long long)fault->blocks);
	out->put(out->context, text_slice(&t));
}
