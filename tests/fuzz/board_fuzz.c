/* Goal: whatever answers on the socket, the board is read or refused, and what is drawn
 *       of it fits the screen and holds nothing that a terminal would obey.
 * Method: three bytes say columns, rows and looks, the rest is the answer.  Read twice
 *       into memory with other rubbish in it: both must give the same screen. */
#include "app/board_draw.h"
#include "app/cells.h"
#include "base/check.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct board board[2];
static char out[2][BOARD_DRAW_BYTES];

/* Jumps over "ESC [ digits m", the only escape there may be. */
static const char *
skip_paint(const char *at, const char *end)
{
	ASSERT(end - at >= 4);
	ASSERT(at[1] == '[');
	at += 2;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	ASSERT(at < end);
	ASSERT(*at == 'm');
	return at + 1;
}

static void
judge(struct slice screen, const struct board_view *view)
{
	static char letters[BOARD_DRAW_BYTES];
	struct text nowhere = text_init(NULL, 0);
	struct cells c = cells_init(&nowhere, 1000, false, true);
	size_t count = 0, columns = (size_t)view->columns;
	const char *at = screen.at, *end = screen.at + screen.count;
	struct slice rest;
	int lines = 0;

	if (columns < BOARD_DRAW_COLUMNS_MIN)
		columns = BOARD_DRAW_COLUMNS_MIN;
	while (at < end) {
		if (*at == '\033') {
			ASSERT(view->colour);
			at = skip_paint(at, end);
			continue;
		}
		ASSERT((unsigned char)*at >= 0x20 || *at == '\n');
		ASSERT(view->unicode || (unsigned char)*at < 0x7f);
		letters[count++] = *at++;
	}
	rest = slice_of(letters, count);
	while (rest.count > 0) {
		struct slice line = slice_cut(&rest, '\n');

		ASSERT(cells_width(&c, line) <= columns);
		lines++;
	}
	if (view->rows > 0)
		ASSERT(lines <= view->rows);
	if (view->rows > 0 && view->trouble == NULL)
		ASSERT(lines == view->rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board_view view = { .old_ms = 1234 };
	struct slice json;
	struct text text[2];
	bool read[2];

	if (size < 3)
		return 0;
	view.columns = data[0];
	view.rows = data[1];
	view.colour = data[2] & 1;
	view.unicode = data[2] & 2;
	view.keys = data[2] & 4;
	view.trouble = data[2] & 8 ? "/d/tidewatch.sock: no daemon runs with this data.dir" : NULL;
	view.cure = data[2] & 16 ? "start it" : NULL;
	json = slice_of((const char *)data + 3, size - 3);
	for (int i = 0; i < 2; i++) {
		memset(&board[i], i == 0 ? 0xaa : 0x55, sizeof board[i]);
		read[i] = board_read(&board[i], json);
	}
	ASSERT(read[0] == read[1]);
	if (!read[0])
		return 0;
	for (int i = 0; i < 2; i++) {
		text[i] = text_init(out[i], sizeof out[i]);
		board_draw(&text[i], &board[i], data[2] & 32 ? &board[1 - i] : NULL, &view);
		ASSERT(!text[i].cut);
	}
	ASSERT(slice_equal(text_slice(&text[0]), text_slice(&text[1])));
	judge(text_slice(&text[0]), &view);
	return 0;
}
