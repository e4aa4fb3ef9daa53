// SPDX-License-Identifier: GPL-2.0
/*
 * hipnl: speak the generic netlink family of hip.ko by hand, for tests that
 * need no daemon. One command a run; answers are lines of NAME=VALUE; a refusal
 * is the kernel's sentence on stderr and exit code 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "../../uapi/linux/hip.h"

static const char usage[] =
	"usage: hipnl assoc-get [LOCAL-HIT PEER-HIT]\n"
	"       hipnl assoc-new LOCAL-HIT PEER-HIT up PATH | closing\n"
	"       hipnl assoc-del LOCAL-HIT PEER-HIT\n"
	"       hipnl assoc-fail LOCAL-HIT PEER-HIT no-locator|no-answer|refused\n"
	"       hipnl path-get [ID]\n"
	"       hipnl path-new ID LOCAL-HIT PEER-HIT SPI-IN SPI-OUT LOCAL PEER [IF-ID]\n"
	"       hipnl path-del ID\n"
	"       hipnl inside-get [IFINDEX] | inside-new IFINDEX | inside-del IFINDEX\n"
	"       hipnl stat-get [NAME]\n"
	"       hipnl monitor [COUNT]      until COUNT notifications came\n"
	"       hipnl bench-fill FIRST N   N paths and associations, then a dump\n";

enum kind { U8, U32, BE32, U64, HIT, ADDR, STRING };

struct attr {
	const char *name;
	enum kind kind;
};

static const struct attr assoc_attrs[HIP_A_ASSOC_MAX + 1] = {
	[HIP_A_ASSOC_LOCAL_HIT] = { "local-hit", HIT },
	[HIP_A_ASSOC_PEER_HIT] = { "peer-hit", HIT },
	[HIP_A_ASSOC_STATE] = { "state", U32 },
	[HIP_A_ASSOC_DEFAULT_PATH] = { "default-path", U32 },
	[HIP_A_ASSOC_QUEUED] = { "queued", U32 },
	[HIP_A_ASSOC_AGE] = { "age", U64 },
	[HIP_A_ASSOC_LAST_IN] = { "last-in", U64 },
	[HIP_A_ASSOC_LAST_OUT] = { "last-out", U64 },
	[HIP_A_ASSOC_RX_PACKETS] = { "rx-packets", U64 },
	[HIP_A_ASSOC_RX_BYTES] = { "rx-bytes", U64 },
	[HIP_A_ASSOC_TX_PACKETS] = { "tx-packets", U64 },
	[HIP_A_ASSOC_TX_BYTES] = { "tx-bytes", U64 },
	[HIP_A_ASSOC_GENERATION] = { "generation", U32 },
	[HIP_A_ASSOC_PROTO] = { "proto", U8 },
};

static const struct attr path_attrs[HIP_A_PATH_MAX + 1] = {
	[HIP_A_PATH_ID] = { "id", U32 },
	[HIP_A_PATH_LOCAL_HIT] = { "local-hit", HIT },
	[HIP_A_PATH_PEER_HIT] = { "peer-hit", HIT },
	[HIP_A_PATH_IF_ID] = { "if-id", U32 },
	[HIP_A_PATH_SPI_IN] = { "spi-in", BE32 },
	[HIP_A_PATH_SPI_OUT] = { "spi-out", BE32 },
	[HIP_A_PATH_LOCAL] = { "local", ADDR },
	[HIP_A_PATH_PEER] = { "peer", ADDR },
	[HIP_A_PATH_MTU] = { "mtu", U32 },
	[HIP_A_PATH_LAST_IN] = { "last-in", U64 },
	[HIP_A_PATH_LAST_OUT] = { "last-out", U64 },
	[HIP_A_PATH_RX_PACKETS] = { "rx-packets", U64 },
	[HIP_A_PATH_RX_BYTES] = { "rx-bytes", U64 },
	[HIP_A_PATH_TX_PACKETS] = { "tx-packets", U64 },
	[HIP_A_PATH_TX_BYTES] = { "tx-bytes", U64 },
	[HIP_A_PATH_GENERATION] = { "generation", U32 },
	[HIP_A_PATH_STATE] = { "state", U32 },
};

static const struct attr inside_attrs[HIP_A_INSIDE_MAX + 1] = {
	[HIP_A_INSIDE_IFINDEX] = { "ifindex", U32 },
};

static const struct attr stat_attrs[HIP_A_STAT_MAX + 1] = {
	[HIP_A_STAT_NAME] = { "name", STRING },
	[HIP_A_STAT_VALUE] = { "value", U64 },
	[HIP_A_STAT_HELP] = { "help", STRING },
};

static const struct cmd {
	const char *name;
	const struct attr *attrs;
	int max;
} cmds[HIP_CMD_MAX + 1] = {
	[HIP_CMD_ASSOC_GET] = { "assoc-get", assoc_attrs, HIP_A_ASSOC_MAX },
	[HIP_CMD_ASSOC_NEW] = { "assoc-new", assoc_attrs, HIP_A_ASSOC_MAX },
	[HIP_CMD_ASSOC_DEL] = { "assoc-del", assoc_attrs, HIP_A_ASSOC_MAX },
	[HIP_CMD_ASSOC_FAIL] = { "assoc-fail", assoc_attrs, HIP_A_ASSOC_MAX },
	[HIP_CMD_PATH_GET] = { "path-get", path_attrs, HIP_A_PATH_MAX },
	[HIP_CMD_PATH_NEW] = { "path-new", path_attrs, HIP_A_PATH_MAX },
	[HIP_CMD_PATH_DEL] = { "path-del", path_attrs, HIP_A_PATH_MAX },
	[HIP_CMD_INSIDE_GET] = { "inside-get", inside_attrs, HIP_A_INSIDE_MAX },
	[HIP_CMD_INSIDE_NEW] = { "inside-new", inside_attrs, HIP_A_INSIDE_MAX },
	[HIP_CMD_INSIDE_DEL] = { "inside-del", inside_attrs, HIP_A_INSIDE_MAX },
	[HIP_CMD_STAT_GET] = { "stat-get", stat_attrs, HIP_A_STAT_MAX },
	[HIP_CMD_ASSOC_NTF] = { "assoc-ntf", assoc_attrs, HIP_A_ASSOC_MAX },
	[HIP_CMD_PATH_NTF] = { "path-ntf", path_attrs, HIP_A_PATH_MAX },
	[HIP_CMD_ACQUIRE] = { "acquire", assoc_attrs, HIP_A_ASSOC_MAX },
};

struct tool {
	struct nl_sock *sock;
	int family;
	int left;		/* notifications to wait for, -1 endless */
	int replies;
	bool quiet;
	bool interrupted;
};

static void die(const char *what)
{
	fprintf(stderr, "hipnl: %s\n", what);
	exit(1);
}

static void bad_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

static unsigned long number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || *end || end == text || value > UINT32_MAX)
		bad_usage();
	return value;
}

/* An IPv6 address, or an IPv4 address in its mapped form. */
static void address(const char *text, struct in6_addr *addr)
{
	struct in_addr v4;

	if (inet_pton(AF_INET6, text, addr) == 1)
		return;
	if (inet_pton(AF_INET, text, &v4) != 1)
		bad_usage();
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr[10] = 0xff;
	addr->s6_addr[11] = 0xff;
	memcpy(&addr->s6_addr[12], &v4, 4);
}

static void print_address(struct nlattr *nla)
{
	struct in6_addr *addr = nla_data(nla);
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(addr))
		inet_ntop(AF_INET, &addr->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr, text, sizeof(text));
	fputs(text, stdout);
}

static void print_attr(const struct attr *attr, struct nlattr *nla)
{
	printf(" %s=", attr->name);
	switch (attr->kind) {
	case U8:
		printf("%u", nla_get_u8(nla));
		break;
	case U32:
		printf("%u", nla_get_u32(nla));
		break;
	case BE32:
		printf("0x%x", ntohl(nla_get_u32(nla)));
		break;
	case U64:
		printf("%llu", (unsigned long long)nla_get_u64(nla));
		break;
	case HIT:
	case ADDR:
		print_address(nla);
		break;
	case STRING:
		printf("%s", nla_get_string(nla));
		break;
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *hdr = genlmsg_hdr(nlh);
	struct tool *tool = arg;
	const struct cmd *cmd;
	struct nlattr *nla;
	int left;

	if (hdr->cmd > HIP_CMD_MAX || !cmds[hdr->cmd].name)
		return NL_SKIP;
	tool->replies++;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		tool->interrupted = true;
	if (tool->left > 0)
		tool->left--;
	if (tool->quiet)
		return NL_OK;
	cmd = &cmds[hdr->cmd];
	fputs(cmd->name, stdout);
	nla_for_each_attr(nla, genlmsg_attrdata(hdr, 0),
			  genlmsg_attrlen(hdr, 0), left)
		if (nla_type(nla) <= cmd->max && cmd->attrs[nla_type(nla)].name)
			print_attr(&cmd->attrs[nla_type(nla)], nla);
	putchar('\n');
	fflush(stdout);
	return NL_OK;
}

/* The kernel's sentence, when the error carries one. */
static int on_error(struct sockaddr_nl *nla, struct nlmsgerr *err, void *arg)
{
	size_t skip = sizeof(*err);
	struct nlmsghdr *nlh;
	struct nlattr *text;

	(void)nla;
	(void)arg;
	nlh = (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	fprintf(stderr, "hipnl: %s", strerror(-err->error));
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		text = nla_find((struct nlattr *)((char *)err + skip),
				nlh->nlmsg_len - NLMSG_HDRLEN - skip,
				NLMSGERR_ATTR_MSG);
		if (text)
			fprintf(stderr, ": %s", nla_get_string(text));
	}
	fputc('\n', stderr);
	return -NLE_FAILURE;
}

static struct nl_msg *request(struct tool *tool, int cmd, int flags)
{
	struct nl_msg *msg;

	msg = nlmsg_alloc();
	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, tool->family,
				 0, flags, cmd, HIP_GENL_VERSION))
		die("no memory");
	return msg;
}

static void put_address(struct nl_msg *msg, int attr, const char *text)
{
	struct in6_addr addr;

	address(text, &addr);
	NLA_PUT(msg, attr, sizeof(addr), &addr);
	return;
nla_put_failure:
	die("message too long");
}

static void put_u32(struct nl_msg *msg, int attr, uint32_t value)
{
	NLA_PUT_U32(msg, attr, value);
	return;
nla_put_failure:
	die("message too long");
}

static int exchange(struct tool *tool, struct nl_msg *msg)
{
	int rc;

	rc = nl_send_auto(tool->sock, msg);
	nlmsg_free(msg);
	if (rc < 0)
		die(nl_geterror(rc));
	/* Until the acknowledgement or the end of the dump. */
	rc = nl_recvmsgs_default(tool->sock);
	while (rc >= 0 && tool->left == -2)
		rc = nl_recvmsgs_default(tool->sock);
	return rc < 0 ? 1 : 0;
}

static int stop(struct nl_msg *msg, void *arg)
{
	struct tool *tool = arg;

	(void)msg;
	tool->left = 0;
	return NL_STOP;
}

static const char *const states[] = { "acquire", "up", "closing" };
static const char *const reasons[] = { "no-locator", "no-answer", "refused" };

static int word(const char *text, const char *const *list, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(text, list[i]))
			return i;
	bad_usage();
	return -1;
}

/* The arguments of each command, in the order of the usage text. */
static void put_assoc(struct nl_msg *msg, int cmd, int argc, char **argv)
{
	if (argc < 2)
		bad_usage();
	put_address(msg, HIP_A_ASSOC_LOCAL_HIT, argv[0]);
	put_address(msg, HIP_A_ASSOC_PEER_HIT, argv[1]);
	if (cmd == HIP_CMD_ASSOC_NEW) {
		if (argc < 3 || argc > 4)
			bad_usage();
		put_u32(msg, HIP_A_ASSOC_STATE, word(argv[2], states, 3));
		if (argc == 4)
			put_u32(msg, HIP_A_ASSOC_DEFAULT_PATH,
				number(argv[3]));
	} else if (cmd == HIP_CMD_ASSOC_FAIL) {
		if (argc != 3)
			bad_usage();
		put_u32(msg, HIP_A_ASSOC_REASON, word(argv[2], reasons, 3));
	} else if (argc != 2) {
		bad_usage();
	}
}

static void put_path(struct nl_msg *msg, int cmd, int argc, char **argv)
{
	if (argc < 1)
		bad_usage();
	put_u32(msg, HIP_A_PATH_ID, number(argv[0]));
	if (cmd != HIP_CMD_PATH_NEW) {
		if (argc != 1)
			bad_usage();
		return;
	}
	if (argc < 7 || argc > 8)
		bad_usage();
	put_address(msg, HIP_A_PATH_LOCAL_HIT, argv[1]);
	put_address(msg, HIP_A_PATH_PEER_HIT, argv[2]);
	put_u32(msg, HIP_A_PATH_SPI_IN, htonl(number(argv[3])));
	put_u32(msg, HIP_A_PATH_SPI_OUT, htonl(number(argv[4])));
	put_address(msg, HIP_A_PATH_LOCAL, argv[5]);
	put_address(msg, HIP_A_PATH_PEER, argv[6]);
	if (argc == 8)
		put_u32(msg, HIP_A_PATH_IF_ID, number(argv[7]));
}

static void put_args(struct nl_msg *msg, int cmd, int argc, char **argv)
{
	if (cmds[cmd].attrs == assoc_attrs) {
		put_assoc(msg, cmd, argc, argv);
	} else if (cmds[cmd].attrs == path_attrs) {
		put_path(msg, cmd, argc, argv);
	} else if (argc != 1) {
		bad_usage();
	} else if (cmds[cmd].attrs == stat_attrs) {
		if (nla_put_string(msg, HIP_A_STAT_NAME, argv[0]))
			die("message too long");
	} else {
		put_u32(msg, HIP_A_INSIDE_IFINDEX, number(argv[0]));
	}
}

static int is_get(int cmd)
{
	return cmd == HIP_CMD_ASSOC_GET || cmd == HIP_CMD_PATH_GET ||
	       cmd == HIP_CMD_INSIDE_GET || cmd == HIP_CMD_STAT_GET;
}

static int run(struct tool *tool, int cmd, int argc, char **argv)
{
	bool dump = is_get(cmd) && !argc;
	struct nl_msg *msg;

	msg = request(tool, cmd, dump ? NLM_F_DUMP : NLM_F_ACK);
	if (!dump)
		put_args(msg, cmd, argc, argv);
	tool->left = -2;
	return exchange(tool, msg);
}

static int monitor(struct tool *tool, int count)
{
	static const char *const groups[] = { "mgmt", "events" };
	unsigned int i;
	int group, rc;

	nl_socket_disable_seq_check(tool->sock);
	for (i = 0; i < 2; i++) {
		group = genl_ctrl_resolve_grp(tool->sock, HIP_GENL_NAME,
					      groups[i]);
		if (group < 0 || nl_socket_add_membership(tool->sock, group))
			die("no such group");
	}
	/* Whoever waits for this line knows that events are heard. */
	puts("listening");
	fflush(stdout);
	tool->left = count;
	while (tool->left) {
		rc = nl_recvmsgs_default(tool->sock);
		if (rc < 0 && rc != -NLE_NOMEM)
			return 1;
	}
	return 0;
}

/* Paths and associations 2001:20::1 - 2001:20:1::N, for dumps of many. */
static int fill(struct tool *tool, unsigned long first, unsigned long n)
{
	char id[24], peer[64];
	char *path[] = { id, "2001:20::1", peer, "0x1000", "0x1000",
			 "192.0.2.1", "192.0.2.2" };
	char *assoc[] = { "2001:20::1", peer, "up", id };
	unsigned long i;

	for (i = first; i < first + n; i++) {
		snprintf(id, sizeof(id), "%lu", i);
		snprintf(peer, sizeof(peer), "2001:20:1::%lx:%lx", i >> 16,
			 i & 0xffff);
		if (run(tool, HIP_CMD_PATH_NEW, 7, path) ||
		    run(tool, HIP_CMD_ASSOC_NEW, 4, assoc))
			return 1;
	}
	tool->quiet = true;
	tool->replies = 0;
	if (run(tool, HIP_CMD_ASSOC_GET, 0, NULL))
		return 1;
	printf("dumped=%d interrupted=%d\n", tool->replies, tool->interrupted);
	return 0;
}

int main(int argc, char **argv)
{
	struct tool tool = { .left = -1 };
	int cmd, on = 1;

	if (argc < 2)
		bad_usage();
	tool.sock = nl_socket_alloc();
	if (!tool.sock || genl_connect(tool.sock))
		die("no netlink socket");
	setsockopt(nl_socket_get_fd(tool.sock), SOL_NETLINK, NETLINK_EXT_ACK,
		   &on, sizeof(on));
	tool.family = genl_ctrl_resolve(tool.sock, HIP_GENL_NAME);
	if (tool.family < 0)
		die("no generic netlink family \"hip\": is hip.ko loaded?");
	nl_socket_modify_cb(tool.sock, NL_CB_VALID, NL_CB_CUSTOM, on_message,
			    &tool);
	nl_socket_modify_cb(tool.sock, NL_CB_ACK, NL_CB_CUSTOM, stop, &tool);
	nl_socket_modify_cb(tool.sock, NL_CB_FINISH, NL_CB_CUSTOM, stop, &tool);
	nl_socket_modify_err_cb(tool.sock, NL_CB_CUSTOM, on_error, &tool);
	nl_socket_disable_auto_ack(tool.sock);

	if (!strcmp(argv[1], "monitor"))
		return monitor(&tool, argc > 2 ? (int)number(argv[2]) : -1);
	if (!strcmp(argv[1], "bench-fill") && argc == 4)
		return fill(&tool, number(argv[2]), number(argv[3]));
	for (cmd = 1; cmd <= HIP_CMD_INSIDE_DEL + 1; cmd++)
		if (cmds[cmd].name && !strcmp(argv[1], cmds[cmd].name))
			return run(&tool, cmd, argc - 2, argv + 2);
	bad_usage();
	return 2;
}
