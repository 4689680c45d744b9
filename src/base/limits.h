/* limits.h - every capacity of the program, and what happens when it is full.
 *
 * A number here is a promise about memory; the last column is the design.
 * What follows from the configuration (watched coins, memory) is bounded by the
 * line here and planned at start.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/*        name                    value     unit           when full             */
#define LIMITS(X) \
	X(venues_max,                  32, "venues",      "build error")              \
	X(instruments_max,           8192, "instruments", "ignore new, count")        \
	X(symbol_bytes_max,            32, "bytes",       "unknown symbol, count")    \
	X(message_bytes_max,      1048576, "bytes",       "drop link, count")         \
	X(body_element_bytes_max,   65536, "bytes",       "skip element, count")      \
	X(message_events_max,        8192, "events",      "refuse message, count")    \
	X(json_depth_max,              48, "levels",      "refuse message, count")    \
	X(log_line_bytes,            1024, "bytes",       "leave fields out, say so") \
	X(log_repeats_max,             16, "lines",       "end the oldest fold")      \
	X(json_pool_bytes,         262144, "bytes",       "refuse element, count")    \
	X(config_bytes_max,        262144, "bytes",       "refuse configuration")     \
	X(config_line_bytes_max,     4096, "bytes",       "refuse configuration")     \
	X(tape_block_bytes,         65536, "bytes",       "close block, begin next")  \
	X(tape_record_bytes_max,  4194304, "bytes",       "refuse record, count")     \
	X(tape_links_max,             256, "links",       "refuse record, count")     \
	X(replay_files_max,          1024, "files",       "refuse to start")          \
	X(path_bytes_max,            1024, "bytes",       "refuse path")              \
	X(seen_ids_per_instrument,   1024, "trade ids",   "forget oldest")            \
	X(links_max,                  120, "links",       "leave streams out, say so") \
	X(hosts_max,                    8, "hosts",       "refuse to start")          \
	X(host_name_bytes,            254, "bytes",       "refuse name")              \
	X(topic_bytes,                 96, "bytes",       "leave stream out, say so") \
	X(request_path_bytes,         512, "bytes",       "give request up, count")   \
	X(page_cursor_bytes,          256, "bytes",       "ask for no further page")

enum limit {
#define X(name, value, unit, when_full) LIMIT_##name = (value),
	LIMITS(X)
#undef X
};

_Static_assert((LIMIT_seen_ids_per_instrument & (LIMIT_seen_ids_per_instrument - 1)) == 0,
               "the ring index is masked: the count is a power of two");
#endif
