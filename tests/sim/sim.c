// SPDX-License-Identifier: GPL-2.0
/* Hosts in one process on virtual time; see sim.h. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "job.h"
#include "sim.h"
#include "store.h"

/* ---- random numbers, from the seed alone ---- */

uint64_t sim_seed(void)
{
	const char *text = getenv("HIP_SEED");
	static uint64_t seed;

	if (seed)
		return seed;
	if (text)
		seed = strtoull(text, NULL, 0);
	else
		hip_crypto_random(&seed, sizeof(seed));
	if (!seed)
		seed = 1;
	printf("# HIP_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

uint64_t sim_random(struct sim *sim, uint64_t below)
{
	uint64_t z = (sim->rng += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % below;
}

struct hip_key *sim_key(unsigned int alg, unsigned int which)
{
	static struct hip_key *rsa[SIM_HOSTS], *ecdsa[SIM_HOSTS];
	struct hip_key **key = alg == HIP_HI_RSA ? &rsa[which] : &ecdsa[which];

	if (!*key)
		*key = hip_key_generate(alg, alg == HIP_HI_RSA ? 2048 : 256);
	assert_non_null(*key);
	return *key;
}

/* ---- the environment of a host ---- */

static uint64_t env_now(void *ctx)
{
	return ((struct sim_host *)ctx)->sim->now;
}

static void note(struct sim_host *host, const char *what,
		 const struct hip_path *path)
{
	struct sim_op *op;

	if (host->n_ops == SIM_OPS)	/* keep the newest half */
		memmove(host->op, host->op + SIM_OPS / 2,
			(host->n_ops = SIM_OPS / 2) * sizeof(*host->op));
	op = &host->op[host->n_ops++];
	memset(op, 0, sizeof(*op));
	op->at = host->sim->now;
	snprintf(op->what, sizeof(op->what), "%s", what);
	if (!path)
		return;
	op->id = path->id;
	op->spi_in = path->spi_in;
	op->spi_out = path->spi_out;
}

static void observe(void *arg, const char *op, const struct hip_path *path)
{
	note(arg, op, path);
}

static void enqueue(struct sim *sim, const struct sim_packet *p)
{
	struct sim_packet **at, *copy;

	copy = malloc(sizeof(*copy));
	assert_non_null(copy);
	*copy = *p;
	copy->at = sim->now + sim->delay +
		   (sim->jitter ? sim_random(sim, sim->jitter) : 0);
	copy->serial = sim->n_sent;
	for (at = &sim->flight; *at && (*at)->at <= copy->at; at = &(*at)->next)
		;
	copy->next = *at;
	*at = copy;
}

static int env_send(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	struct sim_host *host = ctx;
	struct sim *sim = host->sim;
	struct sim_packet p = { .src = *src, .dst = *dst, .len = len };
	char what[24];

	assert_true(len <= sizeof(p.buf));
	memcpy(p.buf, buf, len);
	sim->n_sent++;
	sim->type_sent[sim_type(&p)]++;
	snprintf(what, sizeof(what), "tx %s", hip_wire_type_name(sim_type(&p)));
	note(host, what, NULL);
	if (sim->filter && sim->filter(sim, &p) == SIM_DROP)
		return 0;
	if (sim_random(sim, 1000) < sim->loss)
		return 0;
	if (sim_random(sim, 1000) < sim->dup)
		enqueue(sim, &p);
	if (sim_random(sim, 1000) < sim->corrupt)
		p.buf[sim_random(sim, p.len)] ^= 1 << sim_random(sim, 8);
	enqueue(sim, &p);
	return 0;
}

/* Errors arrive at once. */
static int env_icmp(void *ctx, const struct in6_addr *src,
		    const struct in6_addr *dst, const void *buf, size_t len)
{
	struct sim *sim = ((struct sim_host *)ctx)->sim;

	assert_true(len <= sizeof(sim->icmp.buf));
	sim->icmp.n++;
	sim->icmp.src = *src;
	sim->icmp.dst = *dst;
	sim->icmp.len = len;
	memcpy(sim->icmp.buf, buf, len);
	sim_icmp(sim, dst, buf, len);
	return 0;
}

void sim_icmp(struct sim *sim, const struct in6_addr *dst, const void *buf,
	      size_t len)
{
	struct sim_host *host;
	unsigned int i;
	uint8_t *exact;

	exact = malloc(len ? len : 1);
	assert_non_null(exact);
	memcpy(exact, buf, len);
	for (i = 0; i < SIM_HOSTS; i++) {
		host = &sim->host[i];
		if (host->running && (hip_addr_eq(dst, &host->v4) ||
				      hip_addr_eq(dst, &host->v6)))
			hip_icmp_receive(&host->h, hip_addr_family(dst),
					 exact, len);
	}
	free(exact);
}

/* ---- hosts ---- */

static void address(struct sim_host *host)
{
	char text[64];

	snprintf(text, sizeof(text), "192.0.2.%u", host->n + 1);
	assert_int_equal(hip_addr_parse(&host->v4, text), 0);
	snprintf(text, sizeof(text), "2001:db8::%u", host->n + 1);
	assert_int_equal(hip_addr_parse(&host->v6, text), 0);
}

void sim_prepare(struct sim *sim)
{
	unsigned int i;

	memset(sim, 0, sizeof(*sim));
	sim->seed = sim_seed();
	sim->rng = sim->seed;
	sim->now = 1000 * HIP_SEC;
	sim->delay = 5 * HIP_MSEC;
	sim->n_hosts = 2;
	hip_config_default(&sim->config);
	sim->config.r1_counter[0] = '\0';
	for (i = 0; i < SIM_HOSTS; i++) {
		sim->host[i].sim = sim;
		sim->host[i].n = i;
		address(&sim->host[i]);
	}
}

const struct in6_addr *sim_addr(const struct sim_host *host)
{
	return host->sim->v6 ? &host->v6 : &host->v4;
}

void sim_know(struct sim_host *host, const struct sim_host *peer)
{
	assert_int_equal(hip_peer_add(&host->h.peers, &peer->hit, NULL, 0,
				      sim_addr(peer), 1, HIP_PEER_COMMAND), 0);
}

/* Threads of each host: none, unless HIP_WORKERS says how many. */
static unsigned int workers(void)
{
	const char *text = getenv("HIP_WORKERS");

	return text ? (unsigned int)strtoul(text, NULL, 10) : 0;
}

void sim_work(struct sim_host *host)
{
	struct pollfd pfd = { .events = POLLIN };

	while (host->running && hip_jobs_pending(&host->h)) {
		pfd.fd = hip_jobs_fd(host->h.jobs);
		assert_int_equal(poll(&pfd, 1, 60000), 1);
		hip_jobs_complete(&host->h);
	}
}

/* Its file of saved state, as the daemon's main() opens it. */
static void open_store(struct sim_host *host)
{
	char file[64], key[64], err[256] = "";

	if (!host->folder[0])
		return;
	snprintf(file, sizeof(file), "%s/associations", host->folder);
	snprintf(key, sizeof(key), "%s/key", host->folder);
	host->h.store = hip_store_open(&host->h, file, key, host->boot, err,
				       sizeof(err));
	if (!host->h.store)
		fail_msg("hip_store_open: %s", err);
}

int sim_try_start(struct sim_host *host, char *err, size_t err_len)
{
	struct hip_host *h = &host->h;
	struct hip_identity *id;

	host->hit = *hip_key_hit(host->key);
	memset(h, 0, sizeof(*h));
	h->config = host->sim->config;
	h->env = (struct hip_env){ env_now, env_send, env_icmp, host };
	h->r1_counter = host->r1_counter ? host->r1_counter : host->sim->now;
	host->kernel.observe = observe;
	host->kernel.arg = host;
	h->kif = hip_kif_null_attach(h, &host->kernel);
	id = h->kif ? hip_identity_add(&h->identities, "host", host->key) :
		      NULL;
	if (!id) {
		snprintf(err, err_len, "no memory");
		return -1;
	}
	id->is_default = true;
	open_store(host);
	hip_host_locator_add(h, &host->v4, 1);
	hip_host_locator_add(h, &host->v6, 1);
	host->running = !hip_host_start(h, err, err_len);
	return host->running ? 0 : -1;
}

void sim_start(struct sim_host *host)
{
	char err[256] = "";

	if (!host->key)
		host->key = sim_key(HIP_HI_ECDSA, host->n);
	if (sim_try_start(host, err, sizeof(err)))
		fail_msg("hip_host_start: %s", err);
	if (workers())
		assert_int_equal(hip_jobs_create(&host->h,
						 workers()), 0);
}

void sim_init(struct sim *sim)
{
	if (!sim->now)
		sim_prepare(sim);
	sim_start(&sim->host[0]);
	sim_start(&sim->host[1]);
	sim_know(&sim->host[0], &sim->host[1]);
	sim_know(&sim->host[1], &sim->host[0]);
}

void sim_stop(struct sim_host *host, bool crash)
{
	if (host->running)
		hip_host_stop(&host->h);
	host->running = false;
	if (crash)
		hip_null_kernel_exit(&host->kernel);
}

static int ignored(struct hip_kif *kif, const struct hip_path *path, bool last)
{
	return 0;
}

void sim_kill(struct sim_host *host)
{
	struct hip_kif_ops ops = *host->h.kif->ops;

	hip_store_close(host->h.store);
	host->h.store = NULL;
	ops.path_down = ignored;
	host->h.kif->ops = &ops;
	sim_stop(host, false);
}

void sim_exit(struct sim *sim)
{
	struct sim_packet *p;
	unsigned int i;

	for (i = 0; i < SIM_HOSTS; i++)
		sim_stop(&sim->host[i], true);
	while ((p = sim->flight)) {
		sim->flight = p->next;
		free(p);
	}
	sim->now = 0;
}

/* ---- the network and time ---- */

uint8_t sim_type(const struct sim_packet *p)
{
	return ((const struct hip_header *)p->buf)->type & 0x7f;
}

void sim_inject(struct sim *sim, const struct in6_addr *src,
		const struct in6_addr *dst, const void *buf, size_t len)
{
	struct sim_host *host;
	unsigned int i;
	uint8_t *exact;

	/* exactly as long as the packet, so that a sanitizer sees overreads */
	exact = malloc(len ? len : 1);
	assert_non_null(exact);
	memcpy(exact, buf, len);
	for (i = 0; i < SIM_HOSTS; i++) {
		host = &sim->host[i];
		if (host->running && (hip_addr_eq(dst, &host->v4) ||
				      hip_addr_eq(dst, &host->v6)))
			hip_host_receive(&host->h, src, dst, exact, len);
		sim_work(host);
	}
	free(exact);
}

void sim_deliver(struct sim *sim, struct sim_packet *p)
{
	struct sim_packet **at;

	for (at = &sim->flight; *at != p; at = &(*at)->next)
		;
	*at = p->next;
	sim_inject(sim, &p->src, &p->dst, p->buf, p->len);
	free(p);
}

static uint64_t next_timer(struct sim *sim)
{
	uint64_t next = HIP_NEVER, t;
	unsigned int i;

	for (i = 0; i < SIM_HOSTS; i++) {
		if (!sim->host[i].running)
			continue;
		t = hip_timers_next(&sim->host[i].h.timers);
		if (t < next)
			next = t;
	}
	return next;
}

/* The next event up to @until; false when there is none. */
bool sim_step(struct sim *sim, uint64_t until)
{
	struct sim_packet *p;
	unsigned int i;
	uint64_t timer;

	for (i = 0; i < SIM_HOSTS; i++)	/* what a test began itself */
		sim_work(&sim->host[i]);
	timer = next_timer(sim);
	p = sim->manual ? NULL : sim->flight;
	if (p && p->at <= timer && p->at <= until) {
		if (p->at > sim->now)
			sim->now = p->at;
		sim_deliver(sim, p);
		return true;
	}
	if (timer > until)
		return false;
	if (timer > sim->now)
		sim->now = timer;
	for (i = 0; i < SIM_HOSTS; i++) {
		if (sim->host[i].running)
			hip_timers_run(&sim->host[i].h.timers, sim->now);
		sim_work(&sim->host[i]);
	}
	return true;
}

void sim_run(struct sim *sim, uint64_t t)
{
	uint64_t until = sim->now + t;

	while (sim_step(sim, until))
		;
	sim->now = until;
}

void sim_settle(struct sim *sim)
{
	while (sim->flight)
		sim_step(sim, HIP_NEVER - 1);
}

/* ---- looking ---- */

struct hip_assoc *sim_assoc(struct sim_host *host, const struct sim_host *peer)
{
	return hip_assoc_find(&host->h.assocs, &host->hit, &peer->hit);
}

enum hip_state sim_state(struct sim_host *host, const struct sim_host *peer)
{
	struct hip_assoc *assoc = sim_assoc(host, peer);

	return assoc ? assoc->state : HIP_UNASSOCIATED;
}

uint64_t sim_drops(const struct sim_host *host)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < HIP_N_STATS; i++)
		if (!strncmp(hip_stat_name(i), "drop_", 5))
			sum += host->h.stats.v[i];
	return sum;
}

void sim_print_stats(const struct sim_host *host)
{
	unsigned int i;

	for (i = 0; i < HIP_N_STATS; i++)
		if (host->h.stats.v[i])
			print_message("# host %u %s %llu\n", host->n,
				      hip_stat_name(i),
				      (unsigned long long)host->h.stats.v[i]);
}

int sim_find_op(const struct sim_host *host, const char *what, size_t from)
{
	size_t i;

	for (i = from; i < host->n_ops; i++)
		if (!strcmp(host->op[i].what, what))
			return (int)i;
	return -1;
}

/* ---- the data path ---- */

/* The pair's newest outbound SA: the policy points there. */
static struct hip_null_path *out_path(struct sim_host *from,
				      const struct sim_host *to)
{
	struct hip_null_path *p, *tmp, *best = NULL;

	HASH_ITER(hh, from->kernel.by_id, p, tmp)
		if (p->out && hip_addr_eq(&p->path.local_hit, &from->hit) &&
		    hip_addr_eq(&p->path.peer_hit, &to->hit) &&
		    (!best || p->path.id > best->path.id))
			best = p;
	return best;
}

static bool same_keys(const struct hip_espkeys *a, const struct hip_espkeys *b)
{
	return a->enc_len == b->enc_len && a->auth_len == b->auth_len &&
	       !memcmp(a->enc, b->enc, a->enc_len) &&
	       !memcmp(a->auth, b->auth, a->auth_len);
}

int sim_data(struct sim_host *from, struct sim_host *to)
{
	struct hip_null_path *out = out_path(from, to), *in, *tmp;

	if (!out) {
		if (from->running)
			hip_host_acquire(&from->h, &from->hit, &to->hit);
		return 0;
	}
	out->stats.tx_packets++;
	HASH_ITER(hh, to->kernel.by_id, in, tmp) {
		if (!in->in || in->path.spi_in != out->path.spi_out ||
		    !same_keys(&in->path.in, &out->path.out))
			continue;
		in->stats.rx_packets++;
		return 1;
	}
	return -1;
}

/* ---- assertions ---- */

static void assert_keys(const struct hip_hipkeys *a,
			const struct hip_hipkeys *b)
{
	assert_int_equal(a->enc_len, b->enc_len);
	assert_memory_equal(a->enc, b->enc, a->enc_len);
	assert_int_equal(a->mac_len, b->mac_len);
	assert_memory_equal(a->mac, b->mac, a->mac_len);
}

void sim_assert_up(struct sim_host *a, struct sim_host *b)
{
	struct hip_assoc *x = sim_assoc(a, b), *y = sim_assoc(b, a);

	assert_non_null(x);
	assert_non_null(y);
	assert_true(x->state == HIP_ESTABLISHED || x->state == HIP_R2_SENT);
	assert_true(y->state == HIP_ESTABLISHED || y->state == HIP_R2_SENT);
	assert_int_not_equal(x->initiator, y->initiator);
	assert_int_equal(x->keymat.secret_len, y->keymat.secret_len);
	assert_memory_equal(x->keymat.secret, y->keymat.secret,
			    x->keymat.secret_len);
	assert_memory_equal(x->keymat.i, y->keymat.i, HIP_HASH_MAX);
	assert_memory_equal(x->keymat.j, y->keymat.j, HIP_HASH_MAX);
	assert_keys(&x->own_keys, &y->peer_keys);
	assert_keys(&x->peer_keys, &y->own_keys);
	assert_non_null(x->path);
	assert_non_null(y->path);
	assert_int_equal(x->path->spi_in, y->path->spi_out);
	assert_int_equal(x->path->spi_out, y->path->spi_in);
	assert_true(x->path->alg == y->path->alg);
	assert_true(hip_addr_eq(&x->path->local, &y->path->peer));
	assert_true(hip_addr_eq(&x->path->peer, &y->path->local));
	assert_memory_equal(hip_key_hit(x->peer_key), &b->hit, 16);
	assert_memory_equal(hip_key_hit(y->peer_key), &a->hit, 16);
	assert_int_equal(HASH_COUNT(a->kernel.by_id), 1 + x->n_old);
	assert_int_equal(HASH_COUNT(b->kernel.by_id), 1 + y->n_old);
	assert_int_equal(sim_data(a, b), 1);
	assert_int_equal(sim_data(b, a), 1);
}

void sim_assert_empty(struct sim_host *host)
{
	assert_null(host->h.assocs.by_pair);
	assert_int_equal(HASH_COUNT(host->kernel.by_id), 0);
	/* at most the SPI that is kept for the next I2 */
	assert_true(HASH_COUNT(host->kernel.by_spi) <= 1);
}
