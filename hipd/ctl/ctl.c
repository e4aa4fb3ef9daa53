// SPDX-License-Identifier: GPL-2.0
/*
 * The control socket: who may connect, how many, and the way of events from
 * the host to the calls that wait for them. Framing and dispatch are in
 * ctl_client.c, the methods in ctl_<noun>.c.
 *
 * Owns the socket file and the list of clients. Everything runs in the event
 * loop.
 */
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "ctl_call.h"
#include "log.h"

/* A call's hook may end the call, but never frees another client. */
static void on_event(struct hip_host *host, const struct hip_assoc *assoc,
		     const char *what)
{
	struct hip_ctl *ctl = host->event_ctx;
	struct hip_ctl_client *client;

	for (client = ctl->clients; client; client = client->next)
		if (client->call && client->call->event)
			client->call->event(client->call, assoc, what);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *addr, int len, void *arg)
{
	static const char busy[] =
		"{\"error\":\"io.hip.Failed\",\"parameters\":{\"message\":"
		"\"hipd serves as many clients as it can, try again\"}}";
	struct hip_ctl *ctl = arg;

	if (ctl->n_clients >= HIP_CTL_CLIENTS) {
		if (send(fd, busy, sizeof(busy), MSG_NOSIGNAL | MSG_DONTWAIT) <
		    0)
			hip_log_limited(CTL, WARNING, "too many clients");
		close(fd);
		return;
	}
	hip_ctl_client_add(ctl, fd);
}

/* EMFILE and the like: whoever waits would wake us again at once, so nobody
 * is let in for a while.
 */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval pause = { .tv_usec = 200000 };
	struct hip_ctl *ctl = arg;

	hip_log_limited(CTL, ERR, "accept: %s", strerror(errno));
	evconnlistener_disable(listener);
	event_add(ctl->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct hip_ctl *ctl = arg;

	evconnlistener_enable(ctl->listener);
}

static int make_directory(const char *path, char *err, size_t err_len)
{
	char dir[HIP_CONFIG_PATH];
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (!mkdir(dir, 0755) || errno == EEXIST)
		return 0;
	snprintf(err, err_len, "%s: cannot make directory: %s", dir,
		 strerror(errno));
	return -errno;
}

/* A socket file that nobody answers on is from an earlier run. */
static int remove_stale(const struct sockaddr_un *sun, char *err,
			size_t err_len)
{
	struct stat st;
	int fd, ret;

	if (lstat(sun->sun_path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(err, err_len, "%s: found a file that is no socket, "
			 "remove it or set another 'socket'", sun->sun_path);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	ret = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	close(fd);
	if (!ret || errno == EAGAIN) {
		snprintf(err, err_len, "%s: another hipd answers there",
			 sun->sun_path);
		return -EADDRINUSE;
	}
	unlink(sun->sun_path);
	return 0;
}

/* The group 'hip', where it exists, may ask; changes are for root and the
 * daemon's own user, which ctl_client.c sees to.
 */
static void set_access(const char *path)
{
	const struct group *group = getgrnam("hip");

	if (group && chown(path, (uid_t)-1, group->gr_gid) &&
	    geteuid() == 0)
		hip_warn(CTL, "%s: cannot give it to group hip: %s", path,
			 strerror(errno));
}

static int bind_socket(const struct sockaddr_un *sun)
{
	int fd, err;
	mode_t mask;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0117);
	err = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) ? errno : 0;
	umask(mask);
	if (err) {
		close(fd);
		return -err;
	}
	set_access(sun->sun_path);
	return fd;
}

static int listen_on(struct hip_ctl *ctl, char *err, size_t err_len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(ctl->path) >= sizeof(sun.sun_path)) {
		snprintf(err, err_len, "%s: expected at most %zu characters",
			 ctl->path, sizeof(sun.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	strcpy(sun.sun_path, ctl->path);
	if (make_directory(ctl->path, err, err_len) ||
	    remove_stale(&sun, err, err_len))
		return -EEXIST;
	fd = bind_socket(&sun);
	if (fd < 0) {
		snprintf(err, err_len, "%s: %s", ctl->path, strerror(-fd));
		return fd;
	}
	ctl->listener = evconnlistener_new(ctl->base, on_accept, ctl,
					   LEV_OPT_CLOSE_ON_FREE |
					   LEV_OPT_CLOSE_ON_EXEC, 64, fd);
	ctl->resume = event_new(ctl->base, -1, 0, on_resume, ctl);
	if (!ctl->listener || !ctl->resume) {
		snprintf(err, err_len, "%s: cannot listen", ctl->path);
		if (ctl->listener)
			evconnlistener_free(ctl->listener);
		else
			close(fd);
		if (ctl->resume)
			event_free(ctl->resume);
		unlink(ctl->path);
		return -EIO;
	}
	evconnlistener_set_error_cb(ctl->listener, on_accept_error);
	return 0;
}

struct hip_ctl *hip_ctl_open(struct hip_host *host, struct event_base *base,
			     char *err, size_t err_len)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct hip_ctl *ctl = calloc(1, sizeof(*ctl));

	if (!ctl) {
		snprintf(err, err_len, "%s", strerror(ENOMEM));
		return NULL;
	}
	ctl->host = host;
	ctl->base = base;
	ctl->opened = hip_host_now(host);
	snprintf(ctl->path, sizeof(ctl->path), "%s", host->config.socket);
	if (listen_on(ctl, err, err_len)) {
		free(ctl);
		return NULL;
	}
	/* libevent writes without MSG_NOSIGNAL. */
	sigaction(SIGPIPE, &ignore, NULL);
	host->event = on_event;
	host->event_ctx = ctl;
	return ctl;
}

void hip_ctl_close(struct hip_ctl *ctl)
{
	if (!ctl)
		return;
	ctl->host->event = NULL;
	ctl->host->event_ctx = NULL;
	evconnlistener_free(ctl->listener);
	event_free(ctl->resume);
	unlink(ctl->path);
	hip_ctl_keygen_stop(ctl);
	while (ctl->clients)
		hip_ctl_client_del(ctl->clients);
	free(ctl);
}
