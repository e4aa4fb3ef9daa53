// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel side "null": tables of paths and SPIs, no packets. The tables
 * may outlive the daemon, as the real ones do, when a test owns them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"
#include "kif_null.h"

#define SPI_FIRST 256		/* RFC 4303 section 2.1 */

struct null_kif {
	struct hip_kif kif;
	struct hip_null_kernel *kernel;
	struct hip_null_kernel own;
};

static struct hip_null_kernel *kernel_of(struct hip_kif *kif)
{
	return ((struct null_kif *)kif)->kernel;
}

static void tell(struct hip_null_kernel *k, const char *op,
		 const struct hip_path *path)
{
	if (k->observe)
		k->observe(k->arg, op, path);
}

struct hip_null_path *hip_null_kernel_path(const struct hip_null_kernel *kernel,
					   uint32_t id)
{
	struct hip_null_path *p;

	HASH_FIND(hh, kernel->by_id, &id, sizeof(id), p);
	return p;
}

static struct hip_null_pair *pair_find(const struct hip_null_kernel *k,
				       const struct in6_addr *local,
				       const struct in6_addr *peer)
{
	struct in6_addr hits[2] = { *local, *peer };
	struct hip_null_pair *pair;

	HASH_FIND(hh, k->by_pair, hits, sizeof(hits), pair);
	return pair;
}

/* It has no path yet, or no more. */
static void pair_free(struct hip_null_kernel *k, struct hip_null_pair *pair)
{
	HASH_DEL(k->by_pair, pair);
	free(pair);
}

static struct hip_null_pair *pair_make(struct hip_null_kernel *k,
				       const struct hip_path *path)
{
	struct hip_null_pair *pair =
		pair_find(k, &path->local_hit, &path->peer_hit);

	if (pair)
		return pair;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return NULL;
	pair->hits[0] = path->local_hit;
	pair->hits[1] = path->peer_hit;
	HASH_ADD(hh, k->by_pair, hits, sizeof(pair->hits), pair);
	if (hip_hash_added(hh, pair))
		return pair;
	free(pair);
	return NULL;
}

static void stats_add(struct hip_path_stats *sum,
		      const struct hip_path_stats *s)
{
	sum->rx_packets += s->rx_packets;
	sum->rx_bytes += s->rx_bytes;
	sum->tx_packets += s->tx_packets;
	sum->tx_bytes += s->tx_bytes;
	if (s->last_rx > sum->last_rx)
		sum->last_rx = s->last_rx;
	if (s->last_tx > sum->last_tx)
		sum->last_tx = s->last_tx;
}

static void path_free(struct hip_null_kernel *k, struct hip_null_path *p)
{
	struct hip_null_pair *pair = p->pair;
	struct hip_null_path **at = &pair->paths;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	stats_add(&pair->past, &p->stats);
	if (!pair->paths)
		pair_free(k, pair);
	HASH_DEL(k->by_id, p);
	hip_crypto_wipe(&p->path, sizeof(p->path));
	free(p);
}

static void path_remove(struct hip_null_kernel *k, const struct hip_path *path)
{
	struct hip_null_path *p;
	struct hip_null_spi *s;

	HASH_FIND(hh, k->by_spi, &path->spi_in, sizeof(path->spi_in), s);
	if (s && s->id == path->id) {
		HASH_DEL(k->by_spi, s);
		free(s);
	}
	p = hip_null_kernel_path(k, path->id);
	if (p)
		path_free(k, p);
}

static void mark_pair(struct hip_null_kernel *k, const struct hip_path *of)
{
	struct hip_null_path *p, *tmp;

	HASH_ITER(hh, k->by_id, p, tmp)
		if (hip_addr_eq(&p->path.local_hit, &of->local_hit) &&
		    hip_addr_eq(&p->path.peer_hit, &of->peer_hit))
			p->unfinished = true;
}

/* Inbound SAs of exchanges that an earlier run did not finish go. */
static int null_open(struct hip_kif *kif, char *err, size_t err_len)
{
	struct hip_null_kernel *k = kernel_of(kif);
	struct hip_null_path *p, *tmp;

	HASH_ITER(hh, k->by_id, p, tmp) {
		if (p->out)
			continue;
		mark_pair(k, &p->path);
		path_remove(k, &p->path);
	}
	return 0;
}

static void null_close(struct hip_kif *kif)
{
	struct null_kif *n = (struct null_kif *)kif;

	hip_null_kernel_exit(&n->own);
	free(n);
}

static int null_suites(struct hip_kif *kif, struct hip_list *suites, char *err,
		       size_t err_len)
{
	return 0;
}

static int null_hit_add(struct hip_kif *kif, const struct in6_addr *hit,
			bool is_default)
{
	return 0;
}

static int null_hit_del(struct hip_kif *kif, const struct in6_addr *hit)
{
	return 0;
}

static int null_spi_alloc(struct hip_kif *kif, const struct hip_path *path,
			  uint32_t *spi)
{
	struct hip_null_kernel *k = kernel_of(kif);
	struct hip_null_spi *s;

	do {
		hip_crypto_random(spi, sizeof(*spi));
		HASH_FIND(hh, k->by_spi, spi, sizeof(*spi), s);
	} while (*spi < SPI_FIRST || s);
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->spi = *spi;
	s->id = path->id;
	HASH_ADD(hh, k->by_spi, spi, sizeof(s->spi), s);
	if (hip_hash_added(hh, s))
		return 0;
	free(s);
	return -ENOMEM;
}

static struct hip_null_path *path_make(struct hip_null_kernel *k,
				       const struct hip_path *path)
{
	struct hip_null_path *p = hip_null_kernel_path(k, path->id);
	struct hip_null_pair *pair;

	if (p)
		return p;
	pair = pair_make(k, path);
	if (!pair)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		goto err_pair;
	p->path = *path;
	HASH_ADD(hh, k->by_id, path.id, sizeof(p->path.id), p);
	if (!hip_hash_added(hh, p))
		goto err_path;
	p->pair = pair;
	p->next = pair->paths;
	pair->paths = p;
	return p;

err_path:
	free(p);
err_pair:
	if (!pair->paths)
		pair_free(k, pair);
	return NULL;
}

static int refused(struct hip_kif *kif)
{
	kif->host->stats.v[HIP_STAT_KERNEL_ERROR]++;
	return kernel_of(kif)->fail;
}

/* The path as it is now, or NULL after setting @err. */
static struct hip_null_path *path_set(struct hip_kif *kif,
				      const struct hip_path *path,
				      const char *what, int *err)
{
	struct hip_null_kernel *k = kernel_of(kif);
	struct hip_null_path *p = NULL;

	if (k->fail) {
		*err = refused(kif);
		return NULL;
	}
	p = path_make(k, path);
	if (!p) {
		*err = -ENOMEM;
		return NULL;
	}
	p->path = *path;
	tell(k, what, path);
	return p;
}

static int null_path_in(struct hip_kif *kif, const struct hip_path *path)
{
	int err = 0;
	struct hip_null_path *p = path_set(kif, path, "path_in", &err);

	if (p)
		p->in = true;
	return err;
}

static int null_path_up(struct hip_kif *kif, const struct hip_path *path)
{
	int err = 0;
	struct hip_null_path *p = path_set(kif, path, "path_up", &err);

	if (p)
		p->out = true;
	return err;
}

static int null_path_down(struct hip_kif *kif, const struct hip_path *path,
			  bool last)
{
	struct hip_null_kernel *k = kernel_of(kif);

	path_remove(k, path);
	tell(k, last ? "path_down last" : "path_down", path);
	return 0;
}

static int null_path_stats(struct hip_kif *kif, const struct hip_path *path,
			   struct hip_path_stats *stats)
{
	struct hip_null_path *p =
		hip_null_kernel_path(kernel_of(kif), path->id);

	if (!p)
		return -ENOENT;
	*stats = p->stats;
	return 0;
}

static int null_path_state(struct hip_kif *kif, const struct hip_path *path)
{
	const struct hip_null_path *p =
		hip_null_kernel_path(kernel_of(kif), path->id);

	return p && p->out ? HIP_KIF_PATH_UP : HIP_KIF_PATH_UNUSABLE;
}

static int null_assoc_stats(struct hip_kif *kif, const struct in6_addr *local,
			    const struct in6_addr *peer,
			    struct hip_path_stats *stats)
{
	const struct hip_null_pair *pair =
		pair_find(kernel_of(kif), local, peer);
	const struct hip_null_path *p;

	memset(stats, 0, sizeof(*stats));
	if (!pair)
		return 0;
	*stats = pair->past;
	for (p = pair->paths; p; p = p->next)
		stats_add(stats, &p->stats);
	return 0;
}

static int null_assoc_state(struct hip_kif *kif, const struct in6_addr *local,
			    const struct in6_addr *peer,
			    enum hip_kif_assoc_state state)
{
	struct hip_path pair = { .local_hit = *local, .peer_hit = *peer };

	tell(kernel_of(kif),
	     state == HIP_KIF_ASSOC_UP ? "assoc_up" : "assoc_closing", &pair);
	return 0;
}

static int null_pair(struct hip_kif *kif, const struct hip_path *path,
		     struct hip_kif_pair *out)
{
	const struct hip_null_path *p =
		hip_null_kernel_path(kernel_of(kif), path->id);

	memset(out, 0, sizeof(*out));
	/* as hip.ko */
	if (!hip_addr_is_hit(&path->local_hit) ||
	    !hip_addr_is_hit(&path->peer_hit) ||
	    hip_addr_eq(&path->local_hit, &path->peer_hit))
		return -EINVAL;
	if (!p)
		return 0;
	out->sa_in = p->in;
	out->sa_out = p->out;
	out->policy = p->out;
	out->state = p->out ? HIP_KIF_PAIR_UP : HIP_KIF_PAIR_NONE;
	out->path = p->out ? path->id : 0;
	return 0;
}

static int null_acquire_fail(struct hip_kif *kif, const struct in6_addr *local,
			     const struct in6_addr *peer,
			     enum hip_kif_failure why)
{
	static const char *const name[] = {
		[HIP_KIF_NO_LOCATOR] = "fail no-locator",
		[HIP_KIF_NO_ANSWER] = "fail no-answer",
		[HIP_KIF_REFUSED] = "fail refused",
	};
	struct hip_path pair = { .local_hit = *local, .peer_hit = *peer };

	tell(kernel_of(kif), name[why], &pair);
	return 0;
}

static int null_paths_left(struct hip_kif *kif, hip_kif_path_cb cb, void *arg)
{
	struct hip_null_path *p, *tmp;
	int err = 0;

	HASH_ITER(hh, kernel_of(kif)->by_id, p, tmp) {
		struct hip_path path = p->path;

		if (!p->out)
			continue;
		memset(&path.in, 0, sizeof(path.in));
		memset(&path.out, 0, sizeof(path.out));
		if (p->unfinished)
			path.spi_out = 0;
		err = cb(arg, &path);
		if (err)
			break;
	}
	return err;
}

static int null_counters(struct hip_kif *kif, hip_kif_counter_cb cb, void *arg)
{
	return cb(arg, "null_paths", HASH_COUNT(kernel_of(kif)->by_id),
		  "paths that a kernel would have");
}

/* What the routing table would take: a connected datagram socket knows. */
static int ask_socket(const struct in6_addr *peer, struct in6_addr *local)
{
	struct sockaddr_in6 a = {
		.sin6_family = AF_INET6,
		.sin6_addr = *peer,
		.sin6_port = 1,
	};
	socklen_t len = sizeof(a);
	int err = 0;
	int fd;

	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		err = -errno;
	else
		*local = a.sin6_addr;
	close(fd);
	return err;
}

static int null_route_source(struct hip_kif *kif, const struct in6_addr *peer,
			     struct in6_addr *local)
{
	const struct hip_host *host = kif->host;
	size_t i;

	if (!host->n_locators)
		return ask_socket(peer, local);
	for (i = 0; i < host->n_locators; i++) {
		if (hip_addr_family(&host->locators[i].addr) !=
		    hip_addr_family(peer))
			continue;
		*local = host->locators[i].addr;
		return 0;
	}
	return -ENETUNREACH;
}

static const struct hip_kif_ops null_ops = {
	.name = "null",
	.open = null_open,
	.close = null_close,
	.suites = null_suites,
	.hit_add = null_hit_add,
	.hit_del = null_hit_del,
	.spi_alloc = null_spi_alloc,
	.path_in = null_path_in,
	.path_up = null_path_up,
	.path_down = null_path_down,
	.path_stats = null_path_stats,
	.path_state = null_path_state,
	.assoc_stats = null_assoc_stats,
	.assoc_state = null_assoc_state,
	.pair = null_pair,
	.acquire_fail = null_acquire_fail,
	.paths_left = null_paths_left,
	.counters = null_counters,
	.route_source = null_route_source,
};

struct hip_kif *hip_kif_null_attach(struct hip_host *host,
				    struct hip_null_kernel *kernel)
{
	struct null_kif *n;

	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->kif.ops = &null_ops;
	n->kif.host = host;
	n->kernel = kernel ? kernel : &n->own;
	return &n->kif;
}

struct hip_kif *hip_kif_null_create(struct hip_host *host)
{
	return hip_kif_null_attach(host, NULL);
}

void hip_null_kernel_exit(struct hip_null_kernel *kernel)
{
	struct hip_null_path *p, *ptmp;
	struct hip_null_spi *s, *stmp;

	HASH_ITER(hh, kernel->by_id, p, ptmp)
		path_free(kernel, p);
	HASH_ITER(hh, kernel->by_spi, s, stmp) {
		HASH_DEL(kernel->by_spi, s);
		free(s);
	}
}
