// SPDX-License-Identifier: GPL-2.0
/*
 * Events that the kernel could not keep. It says so once (ENOBUFS) and drops
 * in silence what comes until the queue was read empty: who looked at the
 * kernel's tables before that would miss it. The sockets' kernel is played
 * here, for the order of things; tests/netns/faults.sh has the real one.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/hip.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "kgenl.h"
#include "krtnl.h"
#include "kxfrm.h"
#include "util.h"

#define FAMILY 0x123
#define OVERRUN 1	/* an error in place of a message */
#define BROKEN 2

/* Only hip_nl_drain() calls it. */
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags,
			struct sockaddr *from, socklen_t *from_len);

/* What the watched socket has to give, in order. */
static struct {
	int fd;
	struct nl_msg *msg[8];
	int error[8];
	size_t n, at;
	uint32_t sender;	/* port; 0 is the kernel */
	unsigned int told;	/* by the code under test */
} play;

static void open_play(int fd)
{
	memset(&play, 0, sizeof(play));
	play.fd = fd;
}

static void put_error(int error)
{
	play.error[play.n++] = error;
}

static struct nl_msg *put_msg(int type, const void *hdr, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc();

	assert_non_null(msg);
	assert_non_null(nlmsg_put(msg, 0, 0, type, 0, 0));
	assert_int_equal(nlmsg_append(msg, (void *)hdr, len, NLMSG_ALIGNTO),
			 0);
	play.msg[play.n++] = msg;
	return msg;
}

static ssize_t give(void *buf, size_t room)
{
	const struct nlmsghdr *nlh;
	size_t len;

	if (play.at == play.n) {
		errno = EAGAIN;
		return -1;
	}
	if (play.error[play.at]) {
		errno = play.error[play.at++] == BROKEN ? EIO : ENOBUFS;
		return -1;
	}
	nlh = nlmsg_hdr(play.msg[play.at]);
	len = nlh->nlmsg_len;
	assert_true(len <= room);
	memcpy(buf, nlh, len);
	nlmsg_free(play.msg[play.at++]);
	return (ssize_t)len;
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags,
			struct sockaddr *from, socklen_t *from_len)
{
	struct sockaddr_nl *nl = (void *)from;

	assert_int_equal(fd, play.fd);
	memset(from, 0, *from_len);
	nl->nl_pid = play.sender;
	return give(buf, len);
}

/* ---- hip.ko ---- */

static void put_acquire(const struct in6_addr *local,
			const struct in6_addr *peer)
{
	struct genlmsghdr gh = { .cmd = HIP_CMD_ACQUIRE };
	struct nl_msg *msg = put_msg(FAMILY, &gh, sizeof(gh));

	if (local)
		assert_int_equal(nla_put(msg, HIP_A_ASSOC_LOCAL_HIT,
					 sizeof(*local), local), 0);
	assert_int_equal(nla_put(msg, HIP_A_ASSOC_PEER_HIT, sizeof(*peer),
				 peer), 0);
}

static void on_acquire(void *arg, const struct in6_addr *local,
		       const struct in6_addr *peer)
{
	const struct in6_addr *want = arg;

	assert_memory_equal(local, &want[0], sizeof(*local));
	assert_memory_equal(peer, &want[1], sizeof(*peer));
	play.told++;
}

static int read_genl(const struct in6_addr pair[2])
{
	static const struct hip_kgenl_handler handler = {
		.acquire = on_acquire,
	};
	struct hip_kgenl k = { .family = FAMILY };
	int ret;

	/* neither is connected; the play is read from the first and the
	 * second is empty
	 */
	k.events = nl_socket_alloc();
	k.families = nl_socket_alloc();
	assert_non_null(k.events);
	assert_non_null(k.families);
	play.fd = nl_socket_get_fd(k.events);
	ret = hip_kgenl_read_events(&k, &handler, (void *)pair);
	nl_socket_free(k.events);
	nl_socket_free(k.families);
	return ret;
}

static void test_genl(void **state)
{
	struct in6_addr pair[2] = { addr("2001:22::1"), addr("2001:22::2") };

	open_play(-1);
	put_acquire(&pair[0], &pair[1]);
	put_error(OVERRUN);
	put_acquire(&pair[0], &pair[1]);
	put_acquire(NULL, &pair[1]);		/* makes no sense */
	put_acquire(&pair[0], &pair[1]);
	assert_int_equal(read_genl(pair), -ENOBUFS);
	assert_int_equal(play.at, play.n);
	assert_int_equal(play.told, 3);

	open_play(-1);
	put_acquire(&pair[0], &pair[1]);
	assert_int_equal(read_genl(pair), 0);
	assert_int_equal(play.told, 1);

	open_play(-1);
	put_error(OVERRUN);
	put_error(BROKEN);
	assert_int_equal(read_genl(pair), -EIO);
}

/* ---- xfrm ---- */

static void on_sa_gone(void *arg, uint32_t spi)
{
	assert_int_equal(spi, 0x1001);
	play.told++;
}

static void put_sa_gone(void)
{
	struct xfrm_usersa_id id = { .spi = htonl(0x1001),
				     .proto = IPPROTO_ESP };

	put_msg(XFRM_MSG_DELSA, &id, sizeof(id));
}

static int read_xfrm(void)
{
	static const struct hip_kxfrm_handler handler = {
		.sa_gone = on_sa_gone,
	};
	struct hip_kxfrm k = { 0 };
	int ret;

	k.nl.sk = nl_socket_alloc();
	k.events = nl_socket_alloc();
	assert_non_null(k.nl.sk);
	assert_non_null(k.events);
	play.fd = nl_socket_get_fd(k.events);
	ret = hip_kxfrm_read_events(&k, &handler, NULL);
	nl_socket_free(k.events);
	nl_socket_free(k.nl.sk);
	return ret;
}

static void test_xfrm(void **state)
{
	open_play(-1);
	put_error(OVERRUN);
	put_sa_gone();
	put_error(OVERRUN);
	put_sa_gone();
	assert_int_equal(read_xfrm(), -ENOBUFS);
	assert_int_equal(play.at, play.n);
	assert_int_equal(play.told, 2);

	open_play(-1);
	put_sa_gone();
	assert_int_equal(read_xfrm(), 0);
	assert_int_equal(play.told, 1);

	/* one like it of another process */
	open_play(-1);
	play.sender = 4711;
	put_sa_gone();
	assert_int_equal(read_xfrm(), 0);
	assert_int_equal(play.at, play.n);
	assert_int_equal(play.told, 0);

	open_play(-1);
	put_sa_gone();
	put_error(BROKEN);
	assert_int_equal(read_xfrm(), -EIO);
}

/* ---- locators: the real rtnetlink, with an overrun thrown in ---- */

static unsigned int overruns, links;
static int links_ret;

static void on_lost(void *arg)
{
	assert_int_equal(play.at, play.n);
	overruns++;
}

static int on_links(void *arg)
{
	int ret = links_ret;

	links++;
	links_ret = 0;
	return ret;
}

static void on_locator(void *arg, const struct in6_addr *a,
		       unsigned int ifindex)
{
}

static void test_rtnl(void **state)
{
	static const struct hip_krtnl_ops ops = { .add = on_locator,
						  .del = on_locator,
						  .links = on_links,
						  .lost = on_lost };
	struct event_base *base = event_base_new();
	struct ifaddrmsg ifa = { 0 };
	struct hip_krtnl k;

	assert_int_equal(hip_krtnl_open(&k), 0);
	assert_int_equal(hip_klocator_watch(&k, base, &ops, NULL), 0);
	assert_int_equal(links, 1);
	open_play(nl_socket_get_fd(k.events));
	put_msg(RTM_NEWADDR, &ifa, sizeof(ifa));
	put_error(OVERRUN);
	put_msg(RTM_NEWADDR, &ifa, sizeof(ifa));
	event_active(k.event, EV_READ, 0);
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	assert_int_equal(overruns, 1);
	assert_int_equal(links, 2);

	/* an error of who looks at the devices is not the end of it */
	links_ret = -EMFILE;
	event_active(k.event, EV_READ, 0);
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	assert_int_equal(links, 3);
	assert_true(event_pending(k.retry, EV_TIMEOUT, NULL));
	event_active(k.retry, EV_TIMEOUT, 0);
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	assert_int_equal(links, 4);
	assert_false(event_pending(k.retry, EV_TIMEOUT, NULL));
	assert_int_equal(overruns, 1);
	open_play(-1);
	hip_krtnl_close(&k);
	event_base_free(base);
}

/* Without a descriptor to spare a device is found all the same: hip.ko would
 * be told that none of the devices inside is there.
 */
static void test_index(void **state)
{
	struct rlimit was, none = { 0 };
	struct hip_krtnl k;
	unsigned int index;
	int ret;

	assert_int_equal(hip_krtnl_open(&k), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ret = hip_krtnl_index(&k, "lo", &index);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(ret, 0);
	assert_int_equal(index, if_nametoindex("lo"));
	assert_int_equal(hip_krtnl_index(&k, "none-such", &index), 0);
	assert_int_equal(index, 0);
	hip_krtnl_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_genl),
		cmocka_unit_test(test_xfrm),
		cmocka_unit_test(test_rtnl),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests_name("overrun", tests, NULL, NULL);
}
