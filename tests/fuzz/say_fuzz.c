/* say_fuzz.c - any bytes as a venue's answer: an acknowledgement or a refusal is only
 * believed when the message is whole; data is never taken for one; a refusal of HTTP is
 * judged without reading beyond its end.
 *
 * The first byte is the venue, the second the HTTP status.
 */
#include "base/json.h"
#include "venue/say.h"
#include <stdlib.h>

#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_whole(struct slice msg)
{
	struct json r = json_open(msg);
	struct json_value value;
	struct slice key;

	while (r.type == JSON_OBJECT && json_member(&r, &key, &value)) { }
	return r.type == JSON_OBJECT && json_ok(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = { 200, 403, 404, 418, 429, 451, 500, 0 };
	const struct venue_say *say;
	struct say_answer answer = { 0 };
	enum say_reply reply;
	enum say_trouble trouble;
	struct slice msg;
	char *copy, sentence[512];
	struct text out = text_init(sentence, sizeof sentence);

	if (size < 2)
		return 0;
	say = venue_say((uint8_t)(data[0] % 6 + 1));
	/* A block of its own, so that one byte too far is seen. */
	copy = malloc(size - 2 > 0 ? size - 2 : 1);
	memcpy(copy, data + 2, size - 2);
	msg = slice_of(copy, size - 2);

	reply = say->reply(msg, &answer);
	if (reply == SAY_ACK || reply == SAY_REFUSED || reply == SAY_PONG)
		MUST(is_whole(msg));
	if (answer.text.count > 0) {
		MUST(answer.text.at >= msg.at);
		MUST(answer.text.at + answer.text.count <= msg.at + msg.count);
	}
	MUST(!answer.has_id || answer.id > 0);

	trouble = say->trouble(statuses[data[1] % 8], msg);
	MUST(trouble < TROUBLE_COUNT);
	MUST(trouble != TROUBLE_NONE || statuses[data[1] % 8] == 200);
	say_trouble_sentence(say, trouble, statuses[data[1] % 8], &out);
	MUST(!out.cut);
	free(copy);
	return 0;
}
