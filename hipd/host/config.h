/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hipd.conf (INI) and its drop-ins hipd.conf.d/NAME.conf. Every key is in one
 * table in config.c: section, key, how it is read, its default and its help.
 */
#ifndef HIP_CONFIG_H
#define HIP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain.h"

#define HIP_CONFIG_FILE "/etc/hip/hipd.conf"
#define HIP_CONFIG_LIST 8
#define HIP_CONFIG_PATH 256
#define HIP_CONFIG_AUTO UINT32_MAX	/* a number that is "auto" */

struct hip_list {
	size_t n;
	uint16_t v[HIP_CONFIG_LIST];	/* wire numbers, best first */
};

/* Values of access-default. */
enum hip_access { HIP_ACCESS_ALLOW = 1, HIP_ACCESS_DENY };
/* Of access-refusal. */
enum hip_refusal { HIP_REFUSAL_ICMP = 1, HIP_REFUSAL_SILENT };

struct hip_config {
	/* [hipd] */
	bool kernel;			/* kernel = kernel | null */
	char device[16];		/* device = hip0 */
	char keys[HIP_CONFIG_PATH];	/* keys = /etc/hip/keys */
	char hosts[HIP_CONFIG_PATH];	/* hosts = /etc/hip/hosts */
	char access[HIP_CONFIG_PATH];	/* access = /etc/hip/access */
	char learned[HIP_CONFIG_PATH];	/* learned = /var/lib/hip/peers */
	char socket[HIP_CONFIG_PATH];	/* socket = /run/hip/hipd.sock */
	char saved_state[HIP_CONFIG_PATH]; /* = /run/hip/associations */
	char r1_counter[HIP_CONFIG_PATH]; /* = /var/lib/hip/r1-counter */
	char inside[8][16];		/* inside = lan0 ...: clear HITs ok */
	size_t n_inside;
	uint32_t mtu;			/* mtu = 1400, of device */
	unsigned int workers;		/* workers = 0..64 */
	/* [protocol] */
	struct hip_list hit_suites;	/* hit-suites = ecdsa-sha384 ... */
	struct hip_list dh_groups;	/* dh-groups = p256 p384 ... */
	struct hip_list ciphers;	/* ciphers = aes-128-cbc aes-256-cbc */
	struct hip_list esp_suites;	/* esp-suites = aes128-gcm-16 ... */
	unsigned int puzzle_k;		/* puzzle-difficulty = 0..26 */
	unsigned int puzzle_k_max;	/* puzzle-difficulty-max = 20 */
	unsigned int puzzle_lifetime;	/* puzzle-lifetime, seconds: 32 */
	unsigned int r1_lifetime;	/* r1-lifetime, seconds: 120 */
	unsigned int r1_rate;		/* r1-rate, a second and address: 100 */
	unsigned int max_associations;	/* max-associations = 65536 */
	unsigned int i1_retries;	/* i1-retries = 5, I1s sent in all */
	unsigned int i2_retries;	/* i2-retries = 5, for each R1 */
	unsigned int rto_ms;		/* retransmission-timeout = 1000 ms */
	unsigned int unused_lifetime;	/* unused-lifetime, s: 900, 0 never */
	unsigned int update_retries;	/* update-retries = 5, after the 1st */
	unsigned int rekey_time;	/* rekey-time, s: 3600, 0 never */
	uint64_t rekey_bytes;		/* rekey-bytes = 2^40, 0 no limit */
	uint64_t rekey_packets;		/* rekey-packets = 2^32, likewise */
	bool rekey_dh;			/* rekey-dh = yes */
	unsigned int replay_window;	/* replay-window = 2048, packets */
	bool encrypt_host_id;		/* encrypt-host-id = no */
	unsigned int access_refusal;	/* access-refusal = icmp | silent */
	unsigned int icmp_rate;		/* icmp-rate, a second: 10 */
	bool opportunistic;		/* opportunistic = no */
	bool leap_of_faith;		/* leap-of-faith = yes */
	bool accept_anonymous;		/* accept-anonymous = yes */
	char domain[HIP_DOMAIN_TEXT];	/* domain-identifier = */
	unsigned int access_default;	/* access-default = allow | deny */
	/* command line only: key log of test captures, 0600, "" = none */
	char keylog[HIP_CONFIG_PATH];
};

/* A key of the file, as documents and tests want it. */
struct hip_config_key {
	const char *section, *name;
	const char *value;		/* the default, as one would write it */
	const char *help;		/* one sentence */
	bool restart;			/* a change waits for a restart */
};

#define HIP_CONFIG_TEXT 512		/* room for any value as text */
#define HIP_CONFIG_KEYS 64		/* more than there are keys */

void hip_config_default(struct hip_config *c);
/* The @i-th key in the order of the file, or NULL behind the last. */
const struct hip_config_key *hip_config_key(size_t i);
/* 0, or -EINVAL and @c undefined in this field. */
int hip_config_set(struct hip_config *c, const struct hip_config_key *key,
		   const char *text);
/* "a number from 0 to 26", in @buf (HIP_CONFIG_TEXT). */
const char *hip_config_expected(const struct hip_config_key *key, char *buf);
/* The value of @key in @c as one would write it, in @buf (HIP_CONFIG_TEXT). */
const char *hip_config_text(const struct hip_config *c,
			    const struct hip_config_key *key, char *buf);
/**
 * hip_config_load() - read a file and its drop-ins, all or nothing
 * @c: overwritten but for keylog; what no file names becomes the default
 * @file: INI; FILE.d/NAME.conf are read after it in the order of their names
 * @optional: a missing @file is no error
 * @err: on error file, line, key, what was found and what was expected
 * @err_len: its room
 *
 * Return: 0, -EINVAL, or the errno of opening the file; then @c is unchanged.
 */
int hip_config_load(struct hip_config *c, const char *file, bool optional,
		    char *err, size_t err_len);

#endif
