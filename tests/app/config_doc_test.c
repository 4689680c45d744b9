/* Goal: README.md lists the keys the program has, with their types and defaults, and
 *       nothing else; the same words as `tidewatch help config`.
 * Method: the block between the two marks of README.md against config_describe().
 *       Run from the top of the repository, as the make file does. */
#include "app/config_schema.h"
#include "check.h"
#include <stdlib.h>

static char readme[256 * 1024], want[64 * 1024];

int
main(void)
{
	static const char begin[] = "<!-- keys: made by `tidewatch help config` -->\n```\n";
	static const char end[] = "```\n<!-- end of keys -->\n";
	FILE *f = fopen("src/app/README.md", "r");
	struct text t = text_init(want, sizeof want - 1);
	size_t count = f != NULL ? fread(readme, 1, sizeof readme - 1, f) : 0;
	char *first = strstr(readme, begin), *last = strstr(readme, end);
	char *got = first != NULL ? first + sizeof begin - 1 : readme;

	CHECK(f != NULL);
	CHECK(count > 0);
	CHECK(first != NULL);
	CHECK(last != NULL);
	config_describe(&t);
	CHECK(!t.cut);
	if (last != NULL)
		*last = '\0';
	CHECK_TEXT(got, want);
	for (struct slice rest = text_slice(&t); rest.count > 0;)
		CHECK(slice_cut(&rest, '\n').count <= 80);
	if (f != NULL)
		fclose(f);
	return CHECK_END("config_doc");
}
