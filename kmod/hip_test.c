// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of hip.ko: every transition in the life of an association and of
 * a path, the limits of the queues, the counters. They work on tables of their
 * own, which belong to the first network namespace; a socket stands for the
 * daemon that listens to events.
 */
#include <kunit/test.h>
#include <linux/ipv6.h>
#include <linux/icmpv6.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>
#include <net/xfrm.h>

#include "hip.h"

/* The prefix test */

struct prefix_case {
	const char *name;
	u8 octets[4];
	bool hit;
};

static const struct prefix_case prefix_cases[] = {
	{ "first", { 0x20, 0x01, 0x00, 0x20 }, true },
	{ "last", { 0x20, 0x01, 0x00, 0x2f }, true },
	{ "below", { 0x20, 0x01, 0x00, 0x1f }, false },
	{ "above", { 0x20, 0x01, 0x00, 0x30 }, false },
	{ "HIPv1 ORCHID", { 0x20, 0x01, 0x00, 0x10 }, false },
	{ "third octet", { 0x20, 0x01, 0x10, 0x20 }, false },
	{ "documentation", { 0x20, 0x01, 0x0d, 0xb8 }, false },
	{ "unspecified", { 0 }, false },
	{ "multicast", { 0xff, 0x02 }, false },
};

static void prefix_name(const struct prefix_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(prefix, prefix_cases, prefix_name);

static void prefix_test(struct kunit *test)
{
	const struct prefix_case *c = test->param_value;
	struct in6_addr addr = {};

	memcpy(&addr, c->octets, 4);
	KUNIT_EXPECT_EQ(test, hip_is_hit(&addr), c->hit);
	/* The rest of the address does not matter. */
	memset(&addr.s6_addr[4], 0xff, 12);
	KUNIT_EXPECT_EQ(test, hip_is_hit(&addr), c->hit);
}

/* Fixture */

static const struct hip_path_config config = {
	.spi_in = htonl(0x2000),
	.spi_out = htonl(0x1000),
};

static struct hip_pair pair_of(u32 n)
{
	struct hip_pair pair = {
		.local.s6_addr = { 0x20, 0x01, 0x00, 0x20, [15] = 1 },
		.peer.s6_addr = { 0x20, 0x01, 0x00, 0x21 },
	};

	pair.peer.s6_addr32[3] = htonl(n);
	return pair;
}

/* First member: test->priv serves as both. */
struct fixture {
	struct hip_net hn;
	struct socket *daemon;
};

static void listen(struct kunit *test)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	struct fixture *f = test->priv;
	u32 group = hip_netlink_group();
	int err;

	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, PF_NETLINK, SOCK_RAW,
					       NETLINK_GENERIC, &f->daemon), 0);
	KUNIT_ASSERT_EQ(test, kernel_bind(f->daemon, (struct sockaddr *)&any,
					  sizeof(any)), 0);
	err = f->daemon->ops->setsockopt(f->daemon, SOL_NETLINK,
					 NETLINK_ADD_MEMBERSHIP,
					 KERNEL_SOCKPTR(&group), sizeof(group));
	KUNIT_ASSERT_EQ(test, err, 0);
}

static void listen_no_more(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f->daemon)
		sock_release(f->daemon);
	f->daemon = NULL;
}

static int fixture_init(struct kunit *test)
{
	struct fixture *f;

	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_EQ(test, hip_net_setup(&f->hn, &init_net), 0);
	test->priv = f;
	listen(test);
	return 0;
}

static void fixture_exit(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	if (!hn)
		return;
	listen_no_more(test);
	hip_net_cleanup(hn);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->queued), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hn->queued_bytes), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 0);
}

static struct hip_assoc *get(struct hip_net *hn, u32 n)
{
	struct hip_pair pair = pair_of(n);

	return hip_assoc_lookup(hn, &pair);
}

static struct hip_path *path_add(struct kunit *test, u32 id, u32 n)
{
	struct hip_net *hn = test->priv;
	struct hip_pair pair = pair_of(n);
	struct hip_path *path;

	mutex_lock(&hn->lock);
	KUNIT_EXPECT_EQ(test, hip_path_set(hn, id, &pair, &config, NULL), 0);
	path = hip_path_lookup(hn, id);
	mutex_unlock(&hn->lock);
	KUNIT_ASSERT_NOT_NULL(test, path);
	return path;
}

static int bring_up(struct hip_net *hn, u32 n, struct hip_path *path)
{
	struct hip_pair pair = pair_of(n);
	int err;

	mutex_lock(&hn->lock);
	err = hip_assoc_up(hn, &pair, path);
	mutex_unlock(&hn->lock);
	return err;
}

static int change(struct hip_net *hn, u32 n,
		  int (*op)(struct hip_net *hn, const struct hip_pair *pair))
{
	struct hip_pair pair = pair_of(n);
	int err;

	mutex_lock(&hn->lock);
	err = op(hn, &pair);
	mutex_unlock(&hn->lock);
	return err;
}

static int path_remove(struct hip_net *hn, u32 id)
{
	int err;

	mutex_lock(&hn->lock);
	err = hip_path_del(hn, id, NULL);
	mutex_unlock(&hn->lock);
	return err;
}

static unsigned int fail(struct hip_net *hn, u32 n)
{
	unsigned int waited = 0;
	struct hip_assoc *assoc;

	mutex_lock(&hn->lock);
	assoc = get(hn, n);
	if (assoc)
		waited = hip_acquire_fail(hn, assoc, ICMPV6_ADDR_UNREACH,
					  HIP_STAT_WAIT_FAILED);
	mutex_unlock(&hn->lock);
	return waited;
}

/* One packet to peer @n through the slow path of the hook; freed unless it
 * waits.
 */
static unsigned int packet_lost(struct kunit *test, u32 n,
				unsigned int truesize, bool lost)
{
	const struct nf_hook_state state = {
		.hook = NF_INET_LOCAL_OUT,
		.pf = NFPROTO_IPV6,
		.net = &init_net,
	};
	struct hip_net *hn = test->priv;
	struct hip_pair pair = pair_of(n);
	struct sk_buff *skb;
	unsigned int verdict;
	struct ipv6hdr *hdr;

	skb = alloc_skb(256, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, 128);
	skb_reset_network_header(skb);
	hdr = skb_put_zero(skb, sizeof(*hdr));
	hdr->version = 6;
	/* Nothing above IPv6: nobody answers and nobody listens. */
	hdr->nexthdr = IPPROTO_NONE;
	hdr->saddr = pair.local;
	hdr->daddr = pair.peer;
	skb->protocol = htons(ETH_P_IPV6);
	if (truesize)
		skb->truesize = truesize;

	rcu_read_lock();
	verdict = hip_acquire_packet(hn, skb, &pair, &state, lost);
	rcu_read_unlock();
	if (verdict != NF_STOLEN)
		kfree_skb(skb);
	return verdict & NF_VERDICT_MASK;
}

static unsigned int packet(struct kunit *test, u32 n, unsigned int truesize)
{
	return packet_lost(test, n, truesize, false);
}

static u64 counter(struct kunit *test, enum hip_stat stat)
{
	return hip_stats_read(test->priv, stat);
}

/* Associations */

static void assoc_acquire_to_up(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	struct hip_path *path = path_add(test, 1, 1);

	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_ACQUIRE);
	KUNIT_EXPECT_TRUE(test, get(hn, 1)->waiting);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 1);

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_UP);
	KUNIT_EXPECT_FALSE(test, get(hn, 1)->waiting);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->queued), 0);
	/* There is no SA: it went to its path and was dropped there. */
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_RELEASED), 1);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_OUT_NO_SA), 1);
}

static void assoc_new_to_up(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_UP);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 0);
	/* No packet waits for what is up. */
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_QUEUED), 0);
}

/* Up, but somebody removed the SAs. */
static void assoc_up_without_sas(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	struct hip_path *path = path_add(test, 1, 1);

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, packet_lost(test, 1, 0, true), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet_lost(test, 1, 0, true), NF_STOLEN);
	/* One question, and none overtakes. */
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_ACQUIRE), 1);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_UP);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 1);
	/* The daemon takes the path away: they go on waiting. */
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), 0);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->queue.qlen, 3);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_RELEASED), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 0);
	/* Without a daemon nothing waits. */
	listen_no_more(test);
	KUNIT_EXPECT_EQ(test, packet_lost(test, 1, 0, true), NF_DROP);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 0);
}

static void assoc_up_to_other_path(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	struct hip_path *one = path_add(test, 1, 1);
	struct hip_path *two = path_add(test, 2, 1);

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, one), 0);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, two), 0);
	KUNIT_EXPECT_PTR_EQ(test, two,
			    rcu_access_pointer(get(hn, 1)->path));
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 2), -EBUSY);
}

static void assoc_up_to_closing_to_up(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	struct hip_path *path = path_add(test, 1, 1);

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), 0);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_CLOSING);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 1);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_ACQUIRE), 1);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_RELEASED), 1);
}

static void assoc_closing_to_acquire(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), 0);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), 0);
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, get(hn, 1)->state, HIP_ASSOC_ACQUIRE);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->queue.qlen, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 1);
}

static void assoc_deleted(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), 0);
	KUNIT_EXPECT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), -ENOENT);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
}

static void assoc_acquire_is_none(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), -ENOENT);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), -ENOENT);
}

static void assoc_acquire_fails(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, fail(hn, 1), 0);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, fail(hn, 1), 2);
	KUNIT_EXPECT_EQ(test, fail(hn, 1), 0);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_WAIT_FAILED), 2);
	/* The object stays to remember when it asked last. */
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_ACQUIRE), 1);
}

/* Traffic */

/* An SA that has carried packets, as the locators of @config name it. */
static struct xfrm_state *sa_add(struct kunit *test, __be32 spi, u64 packets)
{
	struct xfrm_state *x = xfrm_state_alloc(&init_net);

	KUNIT_ASSERT_NOT_NULL(test, x);
	x->id.spi = spi;
	x->id.proto = IPPROTO_ESP;
	x->props.family = AF_INET6;
	x->km.state = XFRM_STATE_VALID;
	x->curlft.packets = packets;
	x->lastused = packets;
	xfrm_state_hold(x);
	xfrm_state_insert(x);
	return x;
}

static void sa_del(struct xfrm_state *x)
{
	xfrm_state_delete(x);
	xfrm_state_put(x);
}

static struct hip_traffic traffic(struct hip_net *hn, u32 n)
{
	struct hip_traffic sum = {};

	mutex_lock(&hn->lock);
	if (get(hn, n))
		hip_assoc_traffic(hn, get(hn, n), &sum);
	mutex_unlock(&hn->lock);
	return sum;
}

/* As the daemon does it: the path goes, then its SAs. */
static void traffic_of_paths(struct kunit *test)
{
	struct xfrm_state *one, *two, *three;
	struct hip_path_config other = config;
	struct hip_net *hn = test->priv;
	struct hip_pair pair = pair_of(1);
	struct hip_path *path;

	one = sa_add(test, config.spi_in, 5);
	two = sa_add(test, htonl(0x2001), 3);
	three = sa_add(test, htonl(0x2002), 1);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 5);

	path = path_add(test, 2, 1);
	mutex_lock(&hn->lock);
	other.spi_in = htonl(0x2001);
	KUNIT_EXPECT_EQ(test, hip_path_set(hn, 2, &pair, &other, NULL), 0);
	mutex_unlock(&hn->lock);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 5 + 3);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
	sa_del(one);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 5 + 3);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).last_in, 5);

	/* Other SAs of the same path. */
	mutex_lock(&hn->lock);
	other.spi_in = htonl(0x2002);
	KUNIT_EXPECT_EQ(test, hip_path_set(hn, 2, &pair, &other, NULL), 0);
	mutex_unlock(&hn->lock);
	sa_del(two);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 5 + 3 + 1);

	/* Another association has nothing of that. */
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), 0);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path), 0);
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 1);
	sa_del(three);
}

/* Nor has one for which packets wait already. */
static void traffic_of_another(struct kunit *test)
{
	struct xfrm_state *sa = sa_add(test, config.spi_in, 5);
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), 0);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_del), 0);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, traffic(hn, 1).rx_packets, 0);
	sa_del(sa);
}

/* The reaper. Time is moved by moving the object's times back. */

static void reap(struct hip_net *hn)
{
	hip_acquire_reap(&hn->reaper.work);
}

static void reap_frees(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, fail(hn, 1), 1);
	reap(hn);
	KUNIT_ASSERT_NOT_NULL(test, get(hn, 1));
	get(hn, 1)->asked -= HIP_ACQUIRE_INTERVAL;
	reap(hn);
	KUNIT_EXPECT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), 0);
}

static void reap_repeats(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	reap(hn);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_ACQUIRE), 1);
	get(hn, 1)->asked -= HIP_ACQUIRE_INTERVAL;
	reap(hn);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_ACQUIRE), 2);
	KUNIT_EXPECT_EQ(test, get(hn, 1)->queue.qlen, 1);
}

static void reap_expires(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	get(hn, 1)->since -= HIP_QUEUE_LIFETIME;
	reap(hn);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_WAIT_EXPIRED), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->waiting), 0);
}

static void reap_spares(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, bring_up(hn, 2, path_add(test, 2, 2)), 0);
	KUNIT_EXPECT_EQ(test, change(hn, 2, hip_assoc_close), 0);
	get(hn, 1)->asked -= HIP_ACQUIRE_INTERVAL;
	get(hn, 2)->asked -= HIP_ACQUIRE_INTERVAL;
	reap(hn);
	KUNIT_EXPECT_NOT_NULL(test, get(hn, 1));
	KUNIT_EXPECT_NOT_NULL(test, get(hn, 2));
}

/* Limits */

static void limit_of_pair(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	int i;

	for (i = 0; i < HIP_QUEUE_PAIR; i++)
		KUNIT_ASSERT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_PAIR_FULL), 1);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_QUEUED), HIP_QUEUE_PAIR);
	KUNIT_EXPECT_EQ(test, packet(test, 2, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, fail(hn, 1), HIP_QUEUE_PAIR);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
}

static void limit_of_packets(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	atomic_set(&hn->queued, HIP_QUEUE_PACKETS - 1);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 2, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_QUEUE_FULL), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->queued), HIP_QUEUE_PACKETS);
	atomic_set(&hn->queued, 1);
}

static void limit_of_bytes(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, packet(test, 1, HIP_QUEUE_BYTES - 4096),
			NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 8192), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_QUEUE_FULL), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->queued), 1);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 4096), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&hn->queued_bytes),
			HIP_QUEUE_BYTES);
}

static void limit_of_pairs(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	/* As if all but one were there. */
	atomic_set(&hn->acquiring, HIP_QUEUE_PAIRS - 1);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	KUNIT_EXPECT_EQ(test, packet(test, 2, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_PAIRS_FULL), 1);
	/* It does not bind the daemon. */
	KUNIT_EXPECT_EQ(test, bring_up(hn, 2, path_add(test, 1, 2)), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&hn->acquiring), HIP_QUEUE_PAIRS);
	atomic_set(&hn->acquiring, 1);
}

/* Paths */

static void path_replaced(struct kunit *test)
{
	struct hip_path_config other = config;
	struct hip_net *hn = test->priv;
	struct hip_pair pair = pair_of(1), wrong = pair_of(2);
	struct hip_path *path = path_add(test, 1, 1);

	other.if_id = 7;
	other.spi_out = htonl(0x1001);
	mutex_lock(&hn->lock);
	KUNIT_EXPECT_EQ(test, hip_path_set(hn, 1, &wrong, &other, NULL),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, path->config.if_id, 0);
	KUNIT_EXPECT_EQ(test, hip_path_set(hn, 1, &pair, &other, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, hip_path_lookup(hn, 1), path);
	mutex_unlock(&hn->lock);
	KUNIT_EXPECT_EQ(test, path->config.if_id, 7);
	KUNIT_EXPECT_TRUE(test, path->config.spi_out == htonl(0x1001));
}

static void path_deleted(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	path_add(test, 1, 1);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), -ENOENT);
	/* An id of the largest kind. */
	path_add(test, U32_MAX, 1);
	KUNIT_EXPECT_EQ(test, path_remove(hn, U32_MAX), 0);
}

static void path_in_use(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	KUNIT_EXPECT_EQ(test, bring_up(hn, 1, path_add(test, 1, 1)), 0);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, change(hn, 1, hip_assoc_close), 0);
	KUNIT_EXPECT_EQ(test, path_remove(hn, 1), 0);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(get(hn, 1)->path));
}

/* Devices inside, counters */

static void inside_changes(struct kunit *test)
{
	struct net_device *lo = init_net.loopback_dev;
	struct hip_net *hn = test->priv;

	mutex_lock(&hn->lock);
	KUNIT_EXPECT_FALSE(test, hip_inside(hn, lo));
	KUNIT_EXPECT_EQ(test, hip_inside_del(hn, lo->ifindex, NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, hip_inside_add(hn, lo->ifindex, NULL), 0);
	KUNIT_EXPECT_EQ(test, hip_inside_add(hn, lo->ifindex, NULL), -EEXIST);
	KUNIT_EXPECT_TRUE(test, hip_inside(hn, lo));
	KUNIT_EXPECT_EQ(test, hip_inside_del(hn, lo->ifindex, NULL), 0);
	KUNIT_EXPECT_FALSE(test, hip_inside(hn, lo));
	KUNIT_EXPECT_EQ(test, hip_inside_add(hn, INT_MAX, NULL), -ENODEV);
	mutex_unlock(&hn->lock);
}

static void counters_count(struct kunit *test)
{
	struct hip_net *hn = test->priv;
	int i;

	for (i = 0; i < __HIP_STAT_MAX; i++)
		hip_stats_add(hn, i, i + 1);
	for (i = 0; i < __HIP_STAT_MAX; i++)
		KUNIT_EXPECT_EQ(test, counter(test, i), i + 1);
}

static void nobody_listens(struct kunit *test)
{
	struct hip_net *hn = test->priv;

	listen_no_more(test);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_NO_DAEMON), 1);
	KUNIT_EXPECT_NULL(test, get(hn, 1));
	/* Nor for one that exists already, when the daemon died. */
	listen(test);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_STOLEN);
	listen_no_more(test);
	KUNIT_EXPECT_EQ(test, packet(test, 1, 0), NF_DROP);
	KUNIT_EXPECT_EQ(test, counter(test, HIP_STAT_NO_DAEMON), 2);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(prefix_test, prefix_gen_params),
	KUNIT_CASE(assoc_acquire_to_up),
	KUNIT_CASE(assoc_new_to_up),
	KUNIT_CASE(assoc_up_without_sas),
	KUNIT_CASE(assoc_up_to_other_path),
	KUNIT_CASE(assoc_up_to_closing_to_up),
	KUNIT_CASE(assoc_closing_to_acquire),
	KUNIT_CASE(assoc_deleted),
	KUNIT_CASE(assoc_acquire_is_none),
	KUNIT_CASE(assoc_acquire_fails),
	KUNIT_CASE(traffic_of_paths),
	KUNIT_CASE(traffic_of_another),
	KUNIT_CASE(reap_frees),
	KUNIT_CASE(reap_repeats),
	KUNIT_CASE(reap_expires),
	KUNIT_CASE(reap_spares),
	KUNIT_CASE(limit_of_pair),
	KUNIT_CASE(limit_of_packets),
	KUNIT_CASE(limit_of_bytes),
	KUNIT_CASE(limit_of_pairs),
	KUNIT_CASE(path_replaced),
	KUNIT_CASE(path_deleted),
	KUNIT_CASE(path_in_use),
	KUNIT_CASE(inside_changes),
	KUNIT_CASE(counters_count),
	KUNIT_CASE(nobody_listens),
	{}
};

static struct kunit_suite suite = {
	.name = "hip",
	.init = fixture_init,
	.exit = fixture_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of hip.ko");
