/* inih.h - how our configuration files are read; forced into inih's build.
 *
 * A rule is a long line and may hold `;` and `#`: a comment is a line of its
 * own.  An indented line is a line like any other, never the continuation of
 * the one before.  Every handler call gets its line number, for error messages.
 */
#define INI_MAX_LINE 4096
#define INI_USE_STACK 1
#define INI_ALLOW_REALLOC 0
#define INI_ALLOW_MULTILINE 0
#define INI_ALLOW_INLINE_COMMENTS 0
#define INI_ALLOW_BOM 1
#define INI_ALLOW_NO_VALUE 0
#define INI_STOP_ON_FIRST_ERROR 0
#define INI_HANDLER_LINENO 1
