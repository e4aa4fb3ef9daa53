// SPDX-License-Identifier: GPL-2.0
/*
 * SIGHUP: what changes, what stays, and that a mistake changes nothing.
 */
#include <errno.h>
#include <arpa/inet.h>

#include "ctl_host.h"

#include "reload.h"

static char conf[96], hosts[96], keys[96], access_file[96];

static void write_file(const char *path, const char *fmt, ...)
{
	FILE *f = fopen(path, "w");
	va_list ap;

	assert_non_null(f);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	assert_int_equal(fclose(f), 0);
}

#define CONFIG "[hipd]\nkernel = null\nsocket = %s\nhosts = %s\nkeys = %s\n" \
	"[protocol]\n"

static void write_config(const char *more)
{
	write_file(conf, CONFIG "%s", w.near.config.socket, hosts, keys,
		   more);
}

/* The running host's configuration is what the file says. */
static int start(void **state)
{
	struct hip_config *c = &w.near.config;
	struct hip_identities made = { NULL };
	struct hip_identity *id;
	char err[512] = "";

	if (world_start(state))
		return -1;
	snprintf(conf, sizeof(conf), "%s/conf", w.dir);
	snprintf(hosts, sizeof(hosts), "%s/hosts", w.dir);
	snprintf(keys, sizeof(keys), "%s/keys", w.dir);
	strcpy(made.dir, keys);
	assert_int_equal(hip_identity_create(&made, "one", HIP_HI_ECDSA, 256, false,
					     &id, err, sizeof(err)), 0);
	hip_identities_exit(&made);
	write_config("");
	if (hip_config_load(c, conf, false, err, sizeof(err)))
		fail_msg("%s", err);
	return 0;
}

static void reload(void)
{
	char err[512] = "";

	if (hip_reload(&w.near, conf, err, sizeof(err)))
		fail_msg("%s", err);
}

static void reload_fails(const char *sentence)
{
	char err[512] = "";

	assert_true(hip_reload(&w.near, conf, err, sizeof(err)) < 0);
	assert_string_equal(err, sentence);
}

static void test_config(void **state)
{
	char want[256];

	write_config("puzzle-difficulty = 3\nciphers = aes-256-cbc\n");
	reload();
	assert_int_equal(w.near.config.puzzle_k, 3);
	assert_int_equal(w.near.config.ciphers.v[0], 4);
	expect_ok(ask(client_open(), "io.hip.Status.Get", "{}"));

	write_config("puzzle-difficulty = 4\n[hipd]\nmtu = 1300\n");
	snprintf(want, sizeof(want), "%s: mtu: changed from '1400' to '1300', "
		 "which needs a restart", conf);
	reload_fails(want);
	write_config("puzzle-difficulty = 4\nreplay-window = 4096\n");
	snprintf(want, sizeof(want), "%s: replay-window: changed from '2048' "
		 "to '4096', which needs a restart", conf);
	reload_fails(want);
	write_config("puzzle-difficulty = 3\nesp-suites = 8\n");
	reload();
	assert_int_equal(w.near.config.esp_suites.n, 1);
	write_config("puzzle-difficulty = x\n");
	snprintf(want, sizeof(want), "%s:7: puzzle-difficulty: found 'x', "
		 "expected a number from 0 to 26", conf);
	reload_fails(want);
	assert_int_equal(w.near.config.puzzle_k, 3);

	assert_int_equal(unlink(conf), 0);
	snprintf(want, sizeof(want), "%s: No such file or directory", conf);
	reload_fails(want);
}

static struct hip_kif_ops ops;

/* A kernel without AES-CBC. */
static int no_cbc(struct hip_kif *kif, struct hip_list *suites, char *err,
		  size_t err_len)
{
	size_t i, n = 0;

	for (i = 0; i < suites->n; i++)
		if (suites->v[i] != 8 && suites->v[i] != 9)
			suites->v[n++] = suites->v[i];
	suites->n = n;
	snprintf(err, err_len, "no such suite");
	return n ? 0 : -ENOENT;
}

/* What the kernel cannot do is not offered; with nothing left, nothing
 * changes.
 */
static void test_suites(void **state)
{
	const struct hip_kif_ops *was = w.near.kif->ops;

	ops = *was;
	ops.suites = no_cbc;
	w.near.kif->ops = &ops;
	write_config("esp-suites = 8 13 9\n");
	reload();
	assert_int_equal(w.near.config.esp_suites.n, 1);
	assert_int_equal(w.near.config.esp_suites.v[0], 13);
	write_config("puzzle-difficulty = 5\nesp-suites = 8 9\n");
	reload_fails("no such suite");
	assert_int_equal(w.near.config.esp_suites.v[0], 13);
	assert_int_not_equal(w.near.config.puzzle_k, 5);
	w.near.kif->ops = was;
}

#define HIT_X "2001:22:1:2:3:4:5:6"

static bool no_memory;

struct hip_dhpool *__real_hip_dhpool_create(struct hip_host *host);
struct hip_dhpool *__wrap_hip_dhpool_create(struct hip_host *host);

struct hip_dhpool *__wrap_hip_dhpool_create(struct hip_host *host)
{
	return no_memory ? NULL : __real_hip_dhpool_create(host);
}

/* What cannot be done once all is read is no "nothing changed". */
static void test_no_r1s(void **state)
{
	char err[512] = "";

	write_config("puzzle-difficulty = 3\n");
	write_file(hosts, HIT_X " x 192.0.2.9\n");
	no_memory = true;
	assert_true(hip_reload(&w.near, conf, err, sizeof(err)) > 0);
	no_memory = false;
	assert_string_equal(err, "new R1s cannot be made: Cannot allocate "
				 "memory");
	assert_int_equal(w.near.config.puzzle_k, 3);
	assert_non_null(hip_peer_by_name(&w.near.peers, "x"));
	write_config("puzzle-difficulty = 4\n");
	reload();
}

static void test_hosts(void **state)
{
	char want[256];

	reload();
	/* The peer of the test came from no file: it is gone. */
	assert_null(w.near.peers.by_hit);
	write_file(hosts, HIT_X " x 192.0.2.9\n");
	reload();
	assert_non_null(hip_peer_by_name(&w.near.peers, "x"));

	write_file(hosts, HIT_X " y 192.0.2.9\nrubbish\n");
	write_config("puzzle-difficulty = 5\n");
	snprintf(want, sizeof(want), "%s:2: found 'rubbish', expected a HIT "
		 "(2001:20::/28)", hosts);
	reload_fails(want);
	assert_non_null(hip_peer_by_name(&w.near.peers, "x"));
	assert_null(hip_peer_by_name(&w.near.peers, "y"));
	assert_int_equal(w.near.config.puzzle_k, 0);
}

static void test_access(void **state)
{
	char want[320], more[160];

	snprintf(access_file, sizeof(access_file), "%s/access", w.dir);
	snprintf(more, sizeof(more), "[hipd]\naccess = %s\n", access_file);
	write_config(more);
	write_file(hosts, HIT_X " x 192.0.2.9\n");
	/* a name that this same reload brings */
	write_file(access_file, "deny peer x\nallow any\n");
	reload();
	assert_int_equal(w.near.acl.n, 2);
	assert_string_equal(w.near.config.access, access_file);
	w.near.acl.rule[1].hits = 7;

	write_file(hosts, HIT_X " y 192.0.2.9\n");
	snprintf(want, sizeof(want), "%s:1: peer: found 'x', expected a name "
		 "of the hosts file", access_file);
	reload_fails(want);
	assert_int_equal(w.near.acl.n, 2);
	assert_non_null(hip_peer_by_name(&w.near.peers, "x"));
	write_file(access_file, "allow any\n");
	reload();
	assert_int_equal(w.near.acl.rule[0].hits, 7);
	assert_null(hip_peer_by_name(&w.near.peers, "x"));
}

/* The state of near's only association, or -1. */
static int near_state(void)
{
	return w.near.assocs.by_pair ? (int)w.near.assocs.by_pair->state : -1;
}

/* A rule that denies a peer closes what the peer began, and nothing else. */
static void test_access_closes(void **state)
{
	const struct in6_addr *near;
	struct hip_assoc *assoc;
	char more[160];

	snprintf(access_file, sizeof(access_file), "%s/access", w.dir);
	snprintf(more, sizeof(more), "[hipd]\naccess = %s\n", access_file);
	write_config(more);
	reload();	/* takes the key from the file */
	near = &w.near.identities.first->hit;
	assert_int_equal(hip_peer_add(&w.far.peers, near, NULL, 0,
				      &w.near_addr, 1, HIP_PEER_COMMAND), 0);
	assert_int_equal(hip_host_connect(&w.far, NULL, near, &assoc), 0);
	world_pass(HIP_SEC);
	assert_int_equal(near_state(), HIP_R2_SENT);
	write_file(access_file, "deny suite rsa\nallow any\n");
	reload();
	assert_int_equal(near_state(), HIP_R2_SENT);
	write_file(access_file, "deny from 192.0.2.2\n");
	reload();
	assert_int_equal(near_state(), HIP_CLOSING);
	assert_int_equal(w.near.stats.v[HIP_STAT_ACCESS_CLOSED], 1);
	world_pass(HIP_SEC);
	assert_null(w.near.assocs.by_pair);

	/* the same peer, and we began: rules are about who asks us */
	assert_int_equal(hip_peer_add(&w.near.peers,
				      &w.far.identities.first->hit, NULL, 0,
				      &w.far_addr, 1, HIP_PEER_COMMAND), 0);
	assert_int_equal(hip_host_connect(&w.near, NULL,
					  &w.far.identities.first->hit,
					  &assoc), 0);
	world_pass(HIP_SEC);
	assert_int_equal(near_state(), HIP_ESTABLISHED);
	reload();
	assert_int_equal(near_state(), HIP_ESTABLISHED);
}

/* A peer's own lifetime, for an association that is up already. */
static void test_unused(void **state)
{
	char hit[INET6_ADDRSTRLEN];
	struct hip_assoc *assoc;

	inet_ntop(AF_INET6, &w.far.identities.first->hit, hit, sizeof(hit));
	write_file(hosts, "%s far 192.0.2.2\n", hit);
	write_config("unused-lifetime = 0\n");
	reload();
	assert_int_equal(hip_host_connect(&w.near, NULL,
					  &w.far.identities.first->hit,
					  &assoc), 0);
	world_pass(90 * HIP_SEC);
	assert_int_equal(near_state(), HIP_ESTABLISHED);
	write_file(hosts, "%s far 192.0.2.2 unused-lifetime=60\n", hit);
	reload();
	world_pass(50 * HIP_SEC);
	assert_int_not_equal(near_state(), HIP_ESTABLISHED);
}

static void test_keys(void **state)
{
	struct hip_identities made = { NULL };
	struct hip_identity *one, *two, *id;
	char err[512] = "", want[256], cmd[256];
	int fd = client_open();

	/* "near" had no file. */
	reload();
	one = w.near.identities.first;
	assert_string_equal(one->name, "one");
	assert_null(one->next);
	assert_true(one->is_default);

	assert_int_equal(hip_peer_add(&w.near.peers,
				      &w.far.identities.first->hit, NULL, 0,
				      &w.far_addr, 1, HIP_PEER_COMMAND), 0);
	strcpy(made.dir, keys);
	assert_int_equal(hip_identity_create(&made, "two", HIP_HI_ECDSA, 256, false,
					     &id, err, sizeof(err)), 0);
	assert_int_equal(hip_identity_set_default(&made, id, err,
						  sizeof(err)), 0);
	hip_identities_exit(&made);
	snprintf(cmd, sizeof(cmd), "mv %s/one.pem %s/uno.pem", keys, keys);

	/* An association lives through it, with its identity renamed. */
	snprintf(want, sizeof(want), "{\"peer\":\"%s\"}",
		 inet_ntop(AF_INET6, &w.far.identities.first->hit, err,
			   sizeof(err)));
	expect_ok(ask(fd, "io.hip.Assoc.Connect", want));
	assert_int_equal(system(cmd), 0);
	reload();
	two = w.near.identities.first;
	assert_string_equal(two->name, "two");
	assert_true(two->is_default);
	assert_ptr_equal(two->next, one);
	assert_string_equal(one->name, "uno");
	assert_false(one->is_default);
	assert_null(one->next);
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), 1);
	assert_ptr_equal(w.near.assocs.by_pair->identity, one);

	/* A key that others may read is refused, and nothing changes. */
	snprintf(cmd, sizeof(cmd), "chmod 0644 %s/uno.pem", keys);
	assert_int_equal(system(cmd), 0);
	assert_true(hip_reload(&w.near, conf, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "uno.pem"));
	assert_int_equal(HASH_COUNT(w.near.assocs.by_pair), 1);

	/* A key that is gone takes its association along. */
	snprintf(cmd, sizeof(cmd), "rm %s/uno.pem", keys);
	assert_int_equal(system(cmd), 0);
	reload();
	assert_null(two->next);
	assert_null(w.near.assocs.by_pair);
	assert_null(w.near_kernel.by_id);

	/* All keys gone: rather the file system's fault than meant. */
	snprintf(cmd, sizeof(cmd), "rm -r %s", keys);
	assert_int_equal(system(cmd), 0);
	snprintf(want, sizeof(want), "%s: found no key, expected one at least",
		 keys);
	reload_fails(want);
	assert_ptr_equal(w.near.identities.first, two);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, world_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_config),
		TEST(test_suites),
		TEST(test_no_r1s),
		TEST(test_hosts),
		TEST(test_access),
		TEST(test_access_closes),
		TEST(test_unused),
		TEST(test_keys),
	};

	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
