// SPDX-License-Identifier: GPL-2.0
/*
 * hipd, the process: options, the order of starting and stopping, reload. It
 * never forks; the service manager does that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include "counter.h"
#include "ctl.h"
#include "host.h"
#include "io.h"
#include "io_icmp.h"
#include "job.h"
#include "krtnl.h"
#include "log.h"
#include "loop.h"
#include "options.h"
#include "privilege.h"
#include "reload.h"
#include "store.h"
#include "version.h"
#include "workers.h"

#define ERR_LEN 512

struct daemon {
	const char *config_file;
	struct hip_loop loop;
	struct hip_host host;
	struct hip_io *io;
	struct hip_io_icmp *icmp;
	struct hip_ctl *ctl;
	struct event *workers;
	struct hip_krtnl rtnl;	/* of kernel = null, for the locators */
};

/* ---- starting ---- */

static int load_files(struct daemon *d, const struct hip_options *o, char *err)
{
	struct hip_config *c = &d->host.config;
	int ret;

	hip_config_default(c);
	/* only the default file may be absent */
	d->config_file = o->config ? o->config : HIP_CONFIG_FILE;
	ret = hip_config_load(c, d->config_file, !o->config, err, ERR_LEN);
	if (ret)
		return ret;
	if (o->keylog) {
		if (strlen(o->keylog) >= sizeof(c->keylog)) {
			snprintf(err, ERR_LEN, "--keylog: the path is too long");
			return -ENAMETOOLONG;
		}
		strcpy(c->keylog, o->keylog);
	}
	ret = hip_identities_load(&d->host.identities, c->keys, err, ERR_LEN);
	if (ret)
		return ret;
	ret = hip_peers_load(&d->host.peers, c->hosts, err, ERR_LEN);
	if (ret)
		return ret;
	ret = hip_acl_load(&d->host.acl, c->access, &d->host.peers, err,
			   ERR_LEN);
	if (!ret)
		ret = hip_leaps_load(&d->host.leaps, c->learned, err, ERR_LEN);
	if (!ret)
		hip_leaps_tell(&d->host.leaps, &d->host.peers);
	return ret;
}

static void unload_files(struct daemon *d)
{
	hip_identities_exit(&d->host.identities);
	hip_peers_exit(&d->host.peers);
	hip_acl_exit(&d->host.acl);
	hip_leaps_exit(&d->host.leaps);
}

/* A host without a name of its own gets one of each kind at its first start:
 * RFC 7401 section 5.2.8 wants both understood everywhere. Both or none: the
 * next start would not make the one that is missing.
 */
static int first_identities(struct daemon *d, char *err)
{
	struct hip_identities *ids = &d->host.identities;
	struct hip_identity *ecdsa, *rsa;
	char unused[ERR_LEN];
	int ret;

	if (ids->first)
		return 0;
	ret = hip_identity_create(ids, "ecdsa", HIP_HI_ECDSA, 256, false, &ecdsa, err,
				  ERR_LEN);
	if (!ret)
		ret = hip_identity_create(ids, "rsa", HIP_HI_RSA, 2048, false, &rsa,
					  err, ERR_LEN);
	if (!ret)
		ret = hip_identity_set_default(ids, ecdsa, err, ERR_LEN);
	while (ret && ids->first && !hip_identity_delete(ids, ids->first,
							 unused, ERR_LEN))
		;
	if (!ret)
		hip_notice(MAIN, "made this host's first keys in %s",
			   ids->dir);
	return ret;
}

static void log_identities(const struct daemon *d)
{
	const struct hip_identity *id;
	char hit[HIP_ADDRSTRLEN];

	for (id = d->host.identities.first; id; id = id->next)
		hip_info(MAIN, "HIT %s, %s%s", hip_addr_str(&id->hit, hit),
			 id->name, id->is_default ? ", default" : "");
}

static int env_send(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	const struct daemon *d = ctx;

	return hip_io_send(d->io, src, dst, buf, len);
}

static int env_icmp(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	const struct daemon *d = ctx;

	return hip_io_icmp_send(d->icmp, src, dst, buf, len);
}

static void null_locator_add(void *arg, const struct in6_addr *addr,
			     unsigned int ifindex)
{
	hip_host_locator_add(arg, addr, ifindex);
}

static void null_locator_del(void *arg, const struct in6_addr *addr,
			     unsigned int ifindex)
{
	hip_host_locator_del(arg, addr, ifindex);
}

/* The kernel kif watches the locators itself. */
static int watch_locators(struct daemon *d, char *err)
{
	static const struct hip_krtnl_ops ops = {
		.add = null_locator_add,
		.del = null_locator_del,
	};
	int ret = hip_krtnl_open(&d->rtnl);

	if (!ret)
		ret = hip_klocator_watch(&d->rtnl, d->loop.base, &ops,
					 &d->host);
	if (ret)
		snprintf(err, ERR_LEN, "locators: %s", strerror(-ret));
	return ret;
}

static uint64_t wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * HIP_SEC + (uint64_t)ts.tv_nsec;
}

static void on_reload(void *arg)
{
	struct daemon *d = arg;
	char err[ERR_LEN];
	int ret;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)(hip_loop_now(NULL) / 1000));
	ret = hip_reload(&d->host, d->config_file, err, sizeof(err));
	if (ret < 0)
		hip_err(CONFIG, "nothing changed: %s", err);
	else if (ret)
		hip_err(CONFIG, "configuration, keys and hosts read again and in force, but %s",
			err);
	else
		hip_notice(CONFIG, "configuration, keys and hosts read again");
	sd_notify(0, "READY=1");
}

/* That the loop runs shows by its asking. */
static bool is_alive(void *arg)
{
	struct daemon *d = arg;

	if (!d->host.jobs || !hip_jobs_stuck(d->host.jobs))
		return true;
	hip_err(MAIN, "the workers are stuck: the service manager's watchdog is not told that all is well");
	return false;
}

/* Without one the daemon works, too: see adopt.c. */
static struct hip_store *open_store(struct daemon *d)
{
	const struct hip_config *c = &d->host.config;
	char key[HIP_CONFIG_PATH + 32], err[ERR_LEN];
	struct hip_store *store = NULL;
	sd_id128_t boot;
	int ret = sd_id128_get_boot(&boot);

	snprintf(key, sizeof(key), "%s/saved-state.key", c->keys);
	if (ret < 0)
		snprintf(err, sizeof(err), "the id of this boot: %s",
			 strerror(-ret));
	else
		store = hip_store_open(&d->host, c->saved_state, key,
				       boot.bytes, err, sizeof(err));
	if (!store)
		hip_warn(MAIN, "associations are not saved: %s", err);
	return store;
}

static int start_host(struct daemon *d, char *err)
{
	struct hip_host *h = &d->host;

	h->env = (struct hip_env){ .now = hip_loop_now, .send = env_send,
				   .icmp = env_icmp,
				   .ctx = d };
	hip_counter_open(h, wall_clock());
	/* without a kernel no SA outlives us */
	if (h->config.kernel)
		h->store = open_store(d);
	h->kif = h->config.kernel ?
		 hip_kif_kernel_create(h, d->loop.base) :
		 hip_kif_null_create(h);
	if (!h->kif) {
		snprintf(err, ERR_LEN, "no memory");
		return -ENOMEM;
	}
	return hip_host_start(h, err, ERR_LEN);
}

static int start(struct daemon *d, char *err)
{
	struct hip_host *h = &d->host;
	int ret;

	ret = hip_privilege_check(h->config.kernel, err, ERR_LEN);
	if (!ret)
		ret = first_identities(d, err);
	if (ret)
		goto err_files;
	if (hip_loop_init(&d->loop, &h->timers, on_reload, d)) {
		snprintf(err, ERR_LEN, "event loop: no memory");
		ret = -ENOMEM;
		goto err_files;
	}
	d->loop.alive = is_alive;
	d->io = hip_io_open(h, d->loop.base, err, ERR_LEN);
	if (!d->io) {
		ret = -EIO;
		goto err_loop;
	}
	d->icmp = hip_io_icmp_open(h, d->loop.base, err, ERR_LEN);
	if (!d->icmp) {
		ret = -EIO;
		goto err_io;
	}
	ret = start_host(d, err);
	if (!ret && !h->config.kernel)
		ret = watch_locators(d, err);
	if (ret)
		goto err_host;
	d->ctl = hip_ctl_open(h, d->loop.base, err, ERR_LEN);
	if (!d->ctl) {
		ret = -EIO;
		goto err_host;
	}
	ret = hip_privilege_drop(err, ERR_LEN);
	if (!ret)	/* threads take over what the process may do */
		ret = hip_workers_start(h, d->loop.base, &d->workers, err,
					ERR_LEN);
	if (ret)
		goto err_ctl;
	return 0;

err_ctl:
	hip_ctl_close(d->ctl);
err_host:
	hip_krtnl_close(&d->rtnl);
	hip_host_stop(h);
	hip_io_icmp_close(d->icmp);
err_io:
	hip_io_close(d->io);
err_loop:
	hip_loop_exit(&d->loop);
err_files:
	unload_files(d);
	return ret;
}

static void stop(struct daemon *d)
{
	hip_ctl_close(d->ctl);
	hip_krtnl_close(&d->rtnl);
	hip_workers_stop(&d->host, d->workers);
	hip_host_stop(&d->host);
	hip_io_icmp_close(d->icmp);
	hip_io_close(d->io);
	hip_loop_exit(&d->loop);
}

static int run(struct daemon *d)
{
	int ret;

	log_identities(d);
	hip_info(MAIN, "hipd " HIP_VERSION " is ready");
	sd_notify(0, "READY=1");
	ret = hip_loop_run(&d->loop);
	sd_notify(0, "STOPPING=1");
	if (ret)
		hip_err(MAIN, "event loop: %s", strerror(-ret));
	else
		hip_info(MAIN, "stopped; associations stay in the kernel");
	return ret;
}

int main(int argc, char **argv)
{
	struct hip_options o = { 0 };
	char err[ERR_LEN] = "";
	struct daemon *d;
	int ret = hip_options_parse(argc, argv, &o);

	if (ret >= 0)
		return ret;
	if (o.log && hip_log_setup(o.log, err, sizeof(err))) {
		fprintf(stderr, "hipd: %s\n", err);
		return HIP_OPTIONS_USAGE;
	}
	hip_privilege_no_dumps();
	d = calloc(1, sizeof(*d));
	if (!d) {
		fputs("hipd: no memory\n", stderr);
		return EXIT_FAILURE;
	}
	ret = load_files(d, &o, err);
	if (ret || o.check) {
		unload_files(d);
	} else {
		ret = start(d, err);
		if (!ret) {
			ret = run(d);
			stop(d);
		}
	}
	free(d);
	if (ret && *err)
		fprintf(stderr, "hipd: %s\n", err);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
