/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/hip.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_HIP_H
#define _UAPI_LINUX_HIP_H

#define HIP_GENL_NAME		"hip"
#define HIP_GENL_VERSION	1

#define HIP_QUEUE_PAIR	64

/**
 * enum hip_assoc_state - State of an association in the kernel.
 * @HIP_ASSOC_ACQUIRE: packets wait for the daemon
 * @HIP_ASSOC_UP: packets go out through the default path
 * @HIP_ASSOC_CLOSING: as if absent for new packets, kept for display
 */
enum hip_assoc_state {
	HIP_ASSOC_ACQUIRE,
	HIP_ASSOC_UP,
	HIP_ASSOC_CLOSING,
};

/**
 * enum hip_path_state - Whether packets go out through a path, at the time of
 *   the reply.
 * @HIP_PATH_SPARE: usable, but another path or none takes the packets
 * @HIP_PATH_UP: packets go out through it
 * @HIP_PATH_UNUSABLE: no outbound SA, no policy or no route
 */
enum hip_path_state {
	HIP_PATH_SPARE,
	HIP_PATH_UP,
	HIP_PATH_UNUSABLE,
};

/**
 * enum hip_fail_reason - Why waiting packets are given up; the ICMPv6 code
 *   that senders get.
 * @HIP_FAIL_NO_LOCATOR: no route, code 0
 * @HIP_FAIL_NO_ANSWER: address unreachable, code 3
 * @HIP_FAIL_REFUSED: administratively prohibited, code 1
 */
enum hip_fail_reason {
	HIP_FAIL_NO_LOCATOR,
	HIP_FAIL_NO_ANSWER,
	HIP_FAIL_REFUSED,
};

enum {
	HIP_A_ASSOC_PAD = 1,
	HIP_A_ASSOC_LOCAL_HIT,
	HIP_A_ASSOC_PEER_HIT,
	HIP_A_ASSOC_STATE,
	HIP_A_ASSOC_DEFAULT_PATH,
	HIP_A_ASSOC_QUEUED,
	HIP_A_ASSOC_AGE,
	HIP_A_ASSOC_LAST_IN,
	HIP_A_ASSOC_LAST_OUT,
	HIP_A_ASSOC_RX_PACKETS,
	HIP_A_ASSOC_RX_BYTES,
	HIP_A_ASSOC_TX_PACKETS,
	HIP_A_ASSOC_TX_BYTES,
	HIP_A_ASSOC_GENERATION,
	HIP_A_ASSOC_REASON,
	HIP_A_ASSOC_PROTO,

	__HIP_A_ASSOC_MAX
};
#define HIP_A_ASSOC_MAX (__HIP_A_ASSOC_MAX - 1)

enum {
	HIP_A_PATH_PAD = 1,
	HIP_A_PATH_ID,
	HIP_A_PATH_LOCAL_HIT,
	HIP_A_PATH_PEER_HIT,
	HIP_A_PATH_IF_ID,
	HIP_A_PATH_SPI_IN,
	HIP_A_PATH_SPI_OUT,
	HIP_A_PATH_LOCAL,
	HIP_A_PATH_PEER,
	HIP_A_PATH_MTU,
	HIP_A_PATH_LAST_IN,
	HIP_A_PATH_LAST_OUT,
	HIP_A_PATH_RX_PACKETS,
	HIP_A_PATH_RX_BYTES,
	HIP_A_PATH_TX_PACKETS,
	HIP_A_PATH_TX_BYTES,
	HIP_A_PATH_GENERATION,
	HIP_A_PATH_STATE,

	__HIP_A_PATH_MAX
};
#define HIP_A_PATH_MAX (__HIP_A_PATH_MAX - 1)

enum {
	HIP_A_INSIDE_IFINDEX = 1,

	__HIP_A_INSIDE_MAX
};
#define HIP_A_INSIDE_MAX (__HIP_A_INSIDE_MAX - 1)

enum {
	HIP_A_STAT_PAD = 1,
	HIP_A_STAT_NAME,
	HIP_A_STAT_VALUE,
	HIP_A_STAT_HELP,

	__HIP_A_STAT_MAX
};
#define HIP_A_STAT_MAX (__HIP_A_STAT_MAX - 1)

enum {
	HIP_CMD_ASSOC_GET = 1,
	HIP_CMD_ASSOC_NEW,
	HIP_CMD_ASSOC_DEL,
	HIP_CMD_ASSOC_FAIL,
	HIP_CMD_PATH_GET,
	HIP_CMD_PATH_NEW,
	HIP_CMD_PATH_DEL,
	HIP_CMD_INSIDE_GET,
	HIP_CMD_INSIDE_NEW,
	HIP_CMD_INSIDE_DEL,
	HIP_CMD_STAT_GET,
	HIP_CMD_ASSOC_NTF,
	HIP_CMD_PATH_NTF,
	HIP_CMD_ACQUIRE,

	__HIP_CMD_MAX
};
#define HIP_CMD_MAX (__HIP_CMD_MAX - 1)

#define HIP_MCGRP_MGMT		"mgmt"
#define HIP_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_HIP_H */
