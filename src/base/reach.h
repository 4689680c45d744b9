/* reach.h - who can see what is sent to an IP address.  Pure.
 *
 * Plain bytes (ws://, http://) may go to the own machine and the own network only, as
 * anybody on the way can read and change them.  The one place that says which addresses
 * those are; configuration and connections both ask here.
 *
 *   LOOPBACK  127/8, ::1
 *   PRIVATE   10/8, 172.16/12, 192.168/16 (RFC 1918), fc00::/7 (RFC 4193), fe80::/10
 *             (RFC 4291: no router passes it on)
 *   NOWHERE   0.0.0.0, :: : may be listened on, nobody can be reached at it
 *   PUBLIC    all others.  Also 169.254/16, 100.64/10 and what a translator wraps
 *             (64:ff9b::/96): clouds and carriers put other people's machines there.
 *
 * ::ffff:a.b.c.d goes where a.b.c.d does, and is judged so.
 */
#ifndef BASE_REACH_H
#define BASE_REACH_H
#include <stddef.h>

enum reach { REACH_NONE, REACH_LOOPBACK, REACH_PRIVATE, REACH_PUBLIC, REACH_NOWHERE };

/* `address` is in network order, `count` 4 or 16; never REACH_NONE. */
enum reach reach_of(const unsigned char *address, size_t count);
#endif
