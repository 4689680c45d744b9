/* dns_local.h - what can be said about a name without asking a server.
 *
 * The files are those of the system and small; they are read when they are needed,
 * with memory of the stack only, because c-ares would hold all of a hosts file (some
 * have a hundred thousand lines against advertising) in its bounded heap.
 */
#ifndef NET_DNS_LOCAL_H
#define NET_DNS_LOCAL_H
#include "base/slice.h"
#include "base/text.h"
#include "net/dns.h"
#include <stdbool.h>

/* "192.0.2.7", "::1"; not "127.1", and no interface ("fe80::1%eth0"). */
bool dns_is_literal(const char *name, struct dns_address *out);

/* "localhost" and what ends in ".localhost", which no server is ever asked (RFC 6761):
 * ::1 and 127.0.0.1. */
int dns_localhost(const char *name, struct dns_address address[DNS_ADDRESSES_MAX]);

/* Addresses of `name` in a hosts file, in its order; 0: none, or no file.  Looked
 * through up to DNS_HOSTS_BYTES_MAX. */
enum { DNS_HOSTS_BYTES_MAX = 4 * 1024 * 1024 };
int dns_hosts(const char *path, const char *name,
              struct dns_address address[DNS_ADDRESSES_MAX]);

/* Servers of a resolv.conf as "1.1.1.1,[fe80::1]%eth0", the first 8; "127.0.0.1", as in
 * every libc, when it names none. */
void dns_resolv_conf(const char *path, struct text *servers);

/* Is it a list that the library reads as we do?  It takes "1.2.3" for an address, and
 * what is none for nothing.  Items: ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT%INTERFACE. */
bool dns_servers_are_good(const char *servers);
#endif
