/* wslay.h - stands in for the config.h of wslay's own configure.
 *
 * Its frame layer has one block on the heap, the context; src/net/ws_frames.c gives it
 * a place of its own.  free() has nothing to do then.
 */
#define HAVE_ARPA_INET_H 1
#define HAVE_NETINET_IN_H 1
#define malloc ws_library_take
#define free ws_library_give
