/* Goal: the sockets are ours alone, an old one is replaced and a live one is not, and what
 * hinders us is told with its cure.
 * Method: every thing that can stand at the path; a child process that is killed while it
 * listens; a port that is taken; real modes of real files. */
#include "http/world.h"
#include <signal.h>
#include <sys/wait.h>

static char trouble_text[512];

static enum err
open_unix(struct listen_unix *u, const char *path)
{
	struct text trouble = text_init(trouble_text, sizeof trouble_text - 1);
	enum err err = listen_unix_open(u, path, &trouble);

	trouble_text[trouble.count] = '\0';
	return err;
}

static unsigned
mode_of(const char *path)
{
	struct stat st;

	CHECK(lstat(path, &st) == 0);
	return (unsigned)st.st_mode & 07777;
}

static bool
answers(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), failed;

	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	failed = connect(fd, (void *)&a, sizeof a);
	close(fd);
	return failed == 0;
}

static void
only_the_owner_may_connect(void)
{
	static const mode_t mask[] = { 0, 022, 077, 0777 };
	struct listen_unix u;
	char lock[128];

	world_begin();
	snprintf(lock, sizeof lock, "%s.lock", world.path);
	for (size_t i = 0; i < sizeof mask / sizeof mask[0]; i++) {
		mode_t before = umask(mask[i]);

		CHECK(open_unix(&u, world.path) == ERR_NONE);
		CHECK_TEXT(trouble_text, "");
		CHECK(umask(before) == mask[i]); /* left as it was */
		CHECK(mode_of(world.path) == 0600);
		CHECK((mode_of(lock) & 077) == 0);
		CHECK(answers(world.path));
		listen_unix_close(&u);
		CHECK(access(world.path, F_OK) < 0);
		unlink(lock);
	}
	world_end();
}

/* What a killed process leaves behind: the file, and nobody. */
static void
a_dead_one_is_replaced(void)
{
	struct listen_unix u;
	int ready[2], status;
	char c;
	pid_t child;

	world_begin();
	CHECK(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		if (open_unix(&u, world.path) == ERR_NONE)
			(void)!write(ready[1], "x", 1);
		pause();
		_exit(0);
	}
	CHECK(read(ready[0], &c, 1) == 1);
	/* While it lives, however often one tries. */
	for (int i = 0; i < 3; i++) {
		CHECK(open_unix(&u, world.path) == ERR_UNAVAILABLE);
		CHECK(strstr(trouble_text, "a tidewatch runs already with this data.dir") != NULL);
		CHECK(strstr(trouble_text, world.path) != NULL);
		CHECK(answers(world.path));
	}
	CHECK(kill(child, SIGKILL) == 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(access(world.path, F_OK) == 0);
	CHECK(!answers(world.path));
	CHECK(open_unix(&u, world.path) == ERR_NONE);
	CHECK(answers(world.path));
	CHECK(mode_of(world.path) == 0600);
	listen_unix_close(&u);
	close(ready[0]);
	close(ready[1]);
	world_end();
}

/* One that holds no lock: another program, or a lock that somebody removed. */
static void
a_live_one_without_a_lock_is_left_alone(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct listen_unix u, second;
	char lock[128];
	int fd;

	world_begin();
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(a.sun_path, world.path, sizeof world.path);
	CHECK(bind(fd, (void *)&a, sizeof a) == 0);
	CHECK(listen(fd, 1) == 0);
	CHECK(open_unix(&u, world.path) == ERR_UNAVAILABLE);
	/* Its queue full: nobody can connect, and still it lives. */
	for (int i = 0; i < 4; i++)
		CHECK(open_unix(&u, world.path) == ERR_UNAVAILABLE);
	CHECK(access(world.path, F_OK) == 0);
	close(fd);
	CHECK(open_unix(&u, world.path) == ERR_NONE);
	snprintf(lock, sizeof lock, "%s.lock", world.path);
	CHECK(unlink(lock) == 0);
	CHECK(open_unix(&second, world.path) == ERR_UNAVAILABLE);
	CHECK(answers(world.path));
	listen_unix_close(&u);
	world_end();
}

/* One that is about to listen: it holds the lock and does not answer yet. */
static void
a_lock_is_enough_to_be_left_alone(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct listen_unix u;
	char lock[128];
	int fd, bound;

	world_begin();
	bound = socket(AF_UNIX, SOCK_STREAM, 0);
	memcpy(a.sun_path, world.path, sizeof world.path);
	CHECK(bind(bound, (void *)&a, sizeof a) == 0);
	snprintf(lock, sizeof lock, "%s.lock", world.path);
	fd = open(lock, O_RDWR | O_CREAT, 0600);
	CHECK(fcntl(fd, F_OFD_SETLK, &whole) == 0);
	CHECK(!answers(world.path));
	CHECK(open_unix(&u, world.path) == ERR_UNAVAILABLE);
	CHECK(access(world.path, F_OK) == 0);
	close(fd);
	CHECK(open_unix(&u, world.path) == ERR_NONE);
	listen_unix_close(&u);
	close(bound);
	world_end();
}

/* Many at once on a file that a dead one left: exactly one wins, every time. */
static void
of_many_that_start_at_once_one_wins(void)
{
	enum { MANY = 6 };

	world_begin();
	for (int round = 0; round < 20; round++) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		int start[2], done[2], fd = socket(AF_UNIX, SOCK_STREAM, 0), won = 0;
		pid_t child[MANY];
		char verdict;

		memcpy(a.sun_path, world.path, sizeof world.path);
		CHECK(bind(fd, (void *)&a, sizeof a) == 0);
		close(fd);
		CHECK(pipe(start) == 0);
		CHECK(pipe(done) == 0);
		for (int i = 0; i < MANY; i++) {
			child[i] = fork();
			if (child[i] == 0) {
				struct listen_unix u;
				char c;

				close(start[1]);
				(void)!read(start[0], &c, 1); /* ends for all at once */
				verdict = open_unix(&u, world.path) == ERR_NONE ? 'w' : 'l';
				(void)!write(done[1], &verdict, 1);
				pause();
				_exit(0);
			}
		}
		close(start[0]);
		close(start[1]);
		for (int i = 0; i < MANY; i++) {
			CHECK(read(done[0], &verdict, 1) == 1);
			won += verdict == 'w';
		}
		CHECK(won == 1);
		CHECK(answers(world.path));
		for (int i = 0; i < MANY; i++) {
			CHECK(kill(child[i], SIGKILL) == 0);
			CHECK(waitpid(child[i], NULL, 0) == child[i]);
		}
		close(done[0]);
		close(done[1]);
		unlink(world.path);
	}
	world_end();
}

static void
what_is_no_socket_is_not_touched(void)
{
	struct listen_unix u;
	char target[128];
	int fd;

	world_begin();
	fd = open(world.path, O_CREAT | O_WRONLY, 0600);
	CHECK(write(fd, "precious", 8) == 8);
	CHECK(open_unix(&u, world.path) == ERR_CREATE);
	CHECK(strstr(trouble_text, "is no socket") != NULL);
	CHECK(lseek(fd, 0, SEEK_END) == 8);
	close(fd);
	CHECK(access(world.path, F_OK) == 0);
	unlink(world.path);
	/* Not through a link to somewhere else either. */
	snprintf(target, sizeof target, "%s/elsewhere", world.directory);
	CHECK(symlink(target, world.path) == 0);
	CHECK(open_unix(&u, world.path) == ERR_CREATE);
	CHECK(access(target, F_OK) < 0);
	unlink(world.path);
	CHECK(mkdir(world.path, 0700) == 0);
	CHECK(open_unix(&u, world.path) == ERR_CREATE);
	CHECK(rmdir(world.path) == 0);
	world_end();
}

static void
a_close_removes_only_what_is_ours(void)
{
	struct listen_unix u;
	int fd;

	world_begin();
	CHECK(open_unix(&u, world.path) == ERR_NONE);
	CHECK(unlink(world.path) == 0);
	fd = open(world.path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	listen_unix_close(&u);
	CHECK(access(world.path, F_OK) == 0);
	unlink(world.path);
	listen_unix_close(&u); /* twice is fine */
	world_end();
}

static void
paths_that_do_not_do_are_told(void)
{
	static char longest[LISTEN_PATH_BYTES + 1];
	struct listen_unix u;
	char path[128];

	world_begin();
	memset(longest, 'a', LISTEN_PATH_BYTES);
	longest[0] = '/';
	CHECK(open_unix(&u, longest) == ERR_CONFIG);
	CHECK(strstr(trouble_text, "has 108 bytes, and the name of a socket at most 107") != NULL);
	snprintf(path, sizeof path, "%s/none/tidewatch.sock", world.directory);
	CHECK(open_unix(&u, path) != ERR_NONE);
	CHECK(strstr(trouble_text, "is data.dir there?") != NULL);
	/* A name of the greatest length does. */
	memset(longest, 'b', LISTEN_PATH_BYTES - 1);
	longest[LISTEN_PATH_BYTES - 1] = '\0';
	memcpy(longest, world.directory, strlen(world.directory));
	longest[strlen(world.directory)] = '/';
	CHECK(open_unix(&u, longest) == ERR_NONE);
	CHECK(answers(longest));
	listen_unix_close(&u);
	snprintf(path, sizeof path, "%s.lock", longest);
	CHECK(unlink(path) == 0);
	if (geteuid() == 0)
		printf("note: root may write anywhere, so a forbidden directory is not tried\n");
	if (geteuid() != 0) {
		CHECK(chmod(world.directory, 0500) == 0);
		CHECK(open_unix(&u, world.path) == ERR_PERMISSION);
		CHECK(strstr(trouble_text, "belongs to another user") != NULL);
		CHECK(chmod(world.directory, 0700) == 0);
	}
	world_end();
}

/* --- TCP, and the server as a whole ------------------------------------------------ */

static void
addresses_that_do_not_do_are_told(void)
{
	char taken_host[] = "127.0.0.1";
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct { const char *host; uint16_t port; const char *token; enum err err; const char *words; } row[] = {
		{ taken_host, 0, "", ERR_UNAVAILABLE, "another program has this port" }, /* port set below */
		{ "192.0.2.1", 8080, "t", ERR_CONFIG, "does not have that address" },
		{ "tidewatch.example", 8080, "t", ERR_CONFIG, "is no address" },
		{ "tidewatch.example", 8080, "", ERR_CONFIG, "http.token" },
		{ "127.1", 8080, "t", ERR_CONFIG, "is no address" },
		{ "0.0.0.0", 0, "", ERR_CONFIG, "set http.token, or listen on 127.0.0.1" },
		{ "::", 0, "", ERR_CONFIG, "set http.token, or listen on 127.0.0.1" },
		{ "192.168.0.1", 0, "", ERR_CONFIG, "set http.token, or listen on 127.0.0.1" },
		{ "::ffff:10.0.0.1", 0, "", ERR_CONFIG, "set http.token, or listen on 127.0.0.1" },
		{ "127.0.0.1", 0, "two words", ERR_CONFIG, "http.token: at most 512" },
	};

	CHECK(bind(fd, (void *)&a, sizeof a) == 0);
	CHECK(listen(fd, 1) == 0);
	CHECK(getsockname(fd, (void *)&a, &size) == 0);
	row[0].port = ntohs(a.sin_port);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		world_begin();
		world.options.listen_host = row[i].host;
		world.options.listen_port = row[i].port;
		world.options.token = row[i].token;
		CHECK(world_open() == row[i].err);
		CHECK(strstr(world.server.trouble, row[i].words) != NULL);
		if (strstr(world.server.trouble, row[i].words) == NULL)
			printf("  %s\n", world.server.trouble);
		/* Nothing stays open, and the file is gone with it. */
		CHECK(world.loop.watcher_count == 0);
		CHECK(access(world.path, F_OK) < 0);
		world_end();
	}
	close(fd);
}

static void
addresses_that_do_are_listened_on(void)
{
	static const struct { const char *host, *token; } row[] = {
		{ "127.0.0.1", "" }, { "localhost", "" }, { "127.0.0.2", "" }, { "::1", "" },
		{ "0.0.0.0", "t" }, { "::", "t" }, { "::ffff:127.0.0.1", "" },
	};

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		enum err err;

		world_begin();
		world.options.listen_host = row[i].host;
		world.options.token = row[i].token;
		err = world_open();
		if (err != ERR_NONE && strchr(row[i].host, ':') != NULL) {
			printf("skipped: no IPv6 here: %s\n", world.server.trouble);
		} else {
			CHECK(err == ERR_NONE);
			CHECK_TEXT(world.server.trouble, "");
			CHECK(world.server.tcp_port != 0);
		}
		/* :: is IPv4 as well. */
		if (err == ERR_NONE && (i == 0 || i == 1 || i == 4 || i == 5 || i == 6)) {
			static struct heard heard;

			CHECK(world_ask(false, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", &heard) == 200);
		}
		world_end();
	}
}

/* A restart at once finds the port, though the kernel remembers the last connections. */
static void
a_restart_finds_its_port(void)
{
	static struct heard heard;
	uint16_t port = 0;

	for (int i = 0; i < 3; i++) {
		world_begin();
		world.options.listen_port = port;
		CHECK(world_open() == ERR_NONE);
		CHECK(world_ask(false, "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", &heard) == 200);
		port = world.server.tcp_port;
		world_end();
	}
}

static void
either_socket_may_be_left_out(void)
{
	world_begin();
	world.options.unix_path = "";
	CHECK(world_open() == ERR_NONE);
	CHECK(access(world.path, F_OK) < 0);
	CHECK(world.server.tcp_port != 0);
	world_end();
	world_begin();
	world.options.listen_host = "";
	CHECK(world_open() == ERR_NONE);
	CHECK(answers(world.path));
	CHECK(world.server.tcp_port == 0);
	world_end();
	world_begin();
	world.options.listen_host = world.options.unix_path = "";
	CHECK(world_open() == ERR_NONE);
	CHECK(world.loop.watcher_count == 0);
	world_end();
}

/* Memory of every size until one is enough: refused, never half open. */
static void
without_memory_it_does_not_open(void)
{
	size_t bytes = 4096, refused = 0;
	enum err err = ERR_FULL;

	for (; err == ERR_FULL && bytes < sizeof world_memory / 2; bytes += 300000) {
		struct arena small;

		world_begin();
		arena_init(&small, world_memory + sizeof world_memory / 2, bytes);
		err = server_open(&world.server, &world.options, &world.loop, world_handler, &world, &small, NULL);
		CHECK(err == ERR_FULL || err == ERR_NONE);
		CHECK((err == ERR_NONE) == (small.missing_bytes == 0));
		CHECK(err == ERR_NONE || world.server.trouble[0] != '\0');
		refused += err == ERR_FULL;
		world_end();
	}
	CHECK(err == ERR_NONE);
	CHECK(refused > 3);
}

int
main(void)
{
	signal(SIGPIPE, SIG_DFL);
	only_the_owner_may_connect();
	a_dead_one_is_replaced();
	a_live_one_without_a_lock_is_left_alone();
	a_lock_is_enough_to_be_left_alone();
	of_many_that_start_at_once_one_wins();
	what_is_no_socket_is_not_touched();
	a_close_removes_only_what_is_ours();
	paths_that_do_not_do_are_told();
	addresses_that_do_not_do_are_told();
	addresses_that_do_are_listened_on();
	a_restart_finds_its_port();
	either_socket_may_be_left_out();
	without_memory_it_does_not_open();
	return CHECK_END("listen");
}
