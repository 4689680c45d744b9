/* main.c - the program begins here and goes straight to its commands.
 *
 * Two things are put right before anybody opens a file: the three standard
 * descriptors exist (else the first file opened would become "standard output"),
 * and a reader that goes away is an error of write, not a signal that ends us.
 */
#include "app/command.h"
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(err_exit(ERR_INTERNAL));
	signal(SIGPIPE, SIG_IGN);
	return command_main(argc, argv);
}
