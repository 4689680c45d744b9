/* wslay.h - stands in for the config.h of wslay's own configure. */
#define HAVE_ARPA_INET_H 1
#define HAVE_NETINET_IN_H 1
