/* cmd_version.c - which program this is, and what is linked into it.
 *
 * Why    A bug report and a CVE day both begin with this page.
 * Input  build_info.h, which the make file writes from the source and the pins.
 */
#include "app/command.h"
#include "build_info.h"
#include <stdio.h>

static const struct { const char *name, *version, *licence; } library[] = {
#define X(name, version, licence) { (name), (version), (licence) },
	BUILD_LIBRARIES(X)
#undef X
};

enum { LIBRARY_COUNT = sizeof library / sizeof library[0] };

static void
member(struct text *out, const char *key, const char *value)
{
	text_format(out, "\"%s\":", key);
	text_json(out, slice_str(value));
}

static void
version_json(struct text *out)
{
	text_char(out, '{');
	member(out, "version", BUILD_VERSION);
	text_char(out, ',');
	member(out, "arch", BUILD_ARCH);
	text_char(out, ',');
	member(out, "compiler", BUILD_COMPILER);
	text_char(out, ',');
	member(out, "flags", BUILD_FLAGS);
	text_str(out, ",\"libraries\":[");
	for (int i = 0; i < LIBRARY_COUNT; i++) {
		text_str(out, i > 0 ? ",{" : "{");
		member(out, "name", library[i].name);
		text_char(out, ',');
		member(out, "version", library[i].version);
		text_char(out, ',');
		member(out, "licence", library[i].licence);
		text_char(out, '}');
	}
	text_str(out, "]}\n");
}

static void
version_text(struct text *out)
{
	text_format(out, "tidewatch %s %s\n\nbuilt with %s\nflags %s\n\nlibraries:\n",
	            BUILD_VERSION, BUILD_ARCH, BUILD_COMPILER, BUILD_FLAGS);
	for (int i = 0; i < LIBRARY_COUNT; i++)
		text_format(out, "  %-12s %-10s %s\n", library[i].name, library[i].version,
		            library[i].licence);
}

int
cmd_version(const struct cli *cli)
{
	static char buffer[16 * 1024];
	struct text out = text_init(buffer, sizeof buffer);

	if (cli_flag(cli, "json"))
		version_json(&out);
	else
		version_text(&out);
	fwrite(out.at, 1, out.count, stdout);
	return 0;
}
