/* reply.c - status lines, dates and headers of answers; see the header.
 *
 * Why    Every answer says how long it is, so that a connection can be used again, and
 *        that nobody keeps it: a figure out of a cache is an old figure that looks new.
 * Source RFC 9110 sections 5.6.7 (dates), 8, 10, 15; RFC 9111 section 5.2.2.5.
 */
#include "http/reply.h"
#include "base/check.h"
#include <time.h>

static const char *
reason_of(int status)
{
	static const struct { int status; const char *reason; } row[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		if (row[i].status == status)
			return row[i].reason;
	return "Other"; /* the number is what counts (RFC 9112, 4) */
}

void
reply_words(struct reply *r, int status, const char *words)
{
	r->status = status;
	r->content_type = NULL;
	r->body = text_init(r->body.at, r->body.size);
	text_str(&r->body, words);
	text_char(&r->body, '\n');
}

/* "Wed, 25 Nov 2026 06:37:13 GMT" */
static void
put_date(struct text *out, int64_t wall_ns)
{
	static const char day[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char month[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	                                   "Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t at_s = (time_t)(wall_ns / 1000000000);
	struct tm tm;

	if (gmtime_r(&at_s, &tm) == NULL)
		return;
	text_format(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", day[tm.tm_wday],
	            tm.tm_mday, month[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	            tm.tm_sec);
}

void
reply_head(const struct reply *r, bool keep_alive, int64_t wall_ns, struct text *out)
{
	ASSERT(r->status >= 200);
	ASSERT(r->status <= 599);
	text_format(out, "HTTP/1.1 %d %s\r\n", r->status, reason_of(r->status));
	put_date(out, wall_ns);
	text_format(out, "Content-Type: %s\r\nContent-Length: %zu\r\n",
	            r->content_type == NULL ? REPLY_TEXT : r->content_type, r->body.count);
	/* Not kept, not guessed to be something else, not drawn into the page of somebody
	 * else. */
	text_str(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	              "Cross-Origin-Resource-Policy: same-origin\r\n");
	if (r->status == 401)
		text_str(out, "WWW-Authenticate: Bearer realm=\"tidewatch\"\r\n");
	if (r->status == 405)
		text_str(out, "Allow: GET, HEAD\r\n");
	if (r->retry_after_s > 0)
		text_format(out, "Retry-After: %d\r\n", r->retry_after_s);
	text_str(out, keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}
