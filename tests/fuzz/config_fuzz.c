/* Goal: no text can crash the configuration's reader, make it keep more than it says,
 *       or get something strange onto a terminal; and what is accepted has one
 *       canonical form.
 * Method: any bytes, read as a user's file and as the head of a tape.
 *         - an error code and an error message come together;
 *         - kept messages end, and hold no control character;
 *         - an accepted text, written for a tape, is accepted again without a word
 *           and written as the same bytes;
 *         - reading twice gives the same struct, byte for byte. */
#include "app/config.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config first, second;
static struct config_report report;
static char text[1024 * 1024], again[1024 * 1024];

static void
must(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "config_fuzz: %s\n", what);
	abort();
}

static void
look_at_message(const char *message)
{
	size_t count = strnlen(message, CONFIG_MESSAGE_BYTES);

	must(count > 0 && count < CONFIG_MESSAGE_BYTES, "a message is empty or does not end");
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)message[i];

		must(c >= ' ' && c != 0x7f, "a message holds a control character");
	}
}

static void
look_at_report(enum err err)
{
	must((err != ERR_NONE) == (report.error_count > 0), "code and count differ");
	for (uint32_t i = 0; i < report.error_count && i < CONFIG_ERRORS_MAX; i++)
		look_at_message(report.error[i]);
	for (uint32_t i = 0; i < report.warning_count && i < CONFIG_ERRORS_MAX; i++)
		look_at_message(report.warning[i]);
}

static struct slice
public_text(const struct config *c, char *to, size_t size)
{
	struct text t = text_init(to, size);

	config_write_public(c, &t);
	must(!t.cut, "the public text has no bound");
	return text_slice(&t);
}

static void
read_as(struct slice input, enum config_use use)
{
	enum err err = config_parse(&first, &report, input, "input", use);
	struct slice one, two;

	look_at_report(err);
	must(config_parse(&second, &report, input, "input", use) == err, "not the same twice");
	if (err)
		return;
	must(memcmp(&first, &second, sizeof first) == 0, "not the same bytes twice");
	one = public_text(&first, text, sizeof text);
	err = config_parse(&second, &report, one, "tape", CONFIG_FROM_TAPE);
	look_at_report(err);
	must(err == ERR_NONE, report.error[0]);
	must(report.warning_count == 0 || use != CONFIG_FROM_TAPE, "public text is doubted");
	two = public_text(&second, again, sizeof again);
	must(slice_equal(one, two), "the public text is not canonical");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice input = slice_of((const char *)data, size);

	if (size > LIMIT_config_bytes_max)
		return 0;
	read_as(input, CONFIG_FOR_REPLAY);
	read_as(input, CONFIG_FROM_TAPE);
	/* With this use files that the text names are opened: not those of a fuzzer. */
	if (memmem(data, size, "_file", 5) == NULL) {
		enum err err = config_parse(&first, &report, input, "input", CONFIG_FOR_RUN);

		look_at_report(err);
	}
	return 0;
}
