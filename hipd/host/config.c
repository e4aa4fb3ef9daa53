// SPDX-License-Identifier: GPL-2.0
/*
 * The keys of hipd.conf. One table says what each is called, how its value is
 * read, what its default is and what it does; defaults go through the same
 * readers as the file (config_file.c). Owns no state.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "crypto.h"
#include "names.h"

enum kind {
	K_MODE,			/* kernel | null */
	K_SWITCH,		/* yes | no */
	K_DEVICE,
	K_DEVICES,
	K_PATH,
	K_DOMAIN,		/* FQDN | NAI | nothing */
	K_NUMBER,
	K_BIG,			/* 64 bits */
	K_AUTO,			/* auto | number */
	K_LIST,
	K_CHOICE,		/* one of a few words */
};

struct key {
	struct hip_config_key pub;
	enum kind kind;
	size_t off;		/* of the field in struct hip_config */
	/* Of a number; max: the longest path or list; min: the item of a list
	 * that may not stand alone.
	 */
	unsigned int min, max;
	/* of a list's item; a choice has names from 1 on */
	const char *(*name)(unsigned int number);
};

/* Of HIP_CIPHER and ESP_TRANSFORM (RFC 7401 section 5.2.8, RFC 7402 section
 * 5.1.2).
 */
#define PROPOSALS 6

#define FIELD(f) offsetof(struct hip_config, f)

static const struct key keys[] = {
	{ { "hipd", "kernel", "kernel",
	    "Where packets go: kernel (hip.ko and xfrm) or null (signalling "
	    "only, no data path).", true },
	  K_MODE, FIELD(kernel), 0, 0, NULL },
	{ { "hipd", "device", "hip0",
	    "Device that holds this host's HITs.", true },
	  K_DEVICE, FIELD(device), 0, 0, NULL },
	{ { "hipd", "keys", "/etc/hip/keys",
	    "Directory of the identities' keys, NAME.pem.", true },
	  K_PATH, FIELD(keys), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "hosts", "/etc/hip/hosts",
	    "File of known peers.", false },
	  K_PATH, FIELD(hosts), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "access", "/etc/hip/access",
	    "File of rules for who may set up an association.", false },
	  K_PATH, FIELD(access), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "learned", "/var/lib/hip/peers",
	    "File of the HITs that opportunistic exchanges found.", true },
	  K_PATH, FIELD(learned), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "socket", "/run/hip/hipd.sock",
	    "Socket on which the command hip finds hipd.", true },
	  K_PATH, FIELD(socket), 0, 107, NULL },
	{ { "hipd", "saved-state", "/run/hip/associations",
	    "File in which associations outlive a restart of hipd.", true },
	  K_PATH, FIELD(saved_state), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "r1-counter", "/var/lib/hip/r1-counter",
	    "File in which the R1 counter outlives a restart.", true },
	  K_PATH, FIELD(r1_counter), 0, HIP_CONFIG_PATH - 1, NULL },
	{ { "hipd", "inside", "",
	    "Devices behind which HITs may travel in clear.", true },
	  K_DEVICES, FIELD(inside), 0, 8, NULL },
	{ { "hipd", "mtu", "1400",
	    "MTU of the device, octets.", true },
	  K_NUMBER, FIELD(mtu), 1280, 65535, NULL },
	{ { "hipd", "workers", "auto",
	    "Threads for cryptography and puzzles; 0: none, auto: one for "
	    "each processor.", true },
	  K_AUTO, FIELD(workers), 0, 64, NULL },
	{ { "protocol", "hit-suites",
	    "ecdsa-sha384 rsa-sha256 ecdsa-low-sha1",
	    "HIT suites of the peers that this host talks to, best first.",
	    false },
	  K_LIST, FIELD(hit_suites), 0, HIP_CONFIG_LIST, hip_names_hit_suite },
	{ { "protocol", "dh-groups", "p256 p384 modp3072 p521 modp1536",
	    "Diffie-Hellman groups, best first; secp160r1 is accepted, never "
	    "proposed.", false },
	  K_LIST, FIELD(dh_groups), HIP_DH_SECP160R1, HIP_CONFIG_LIST,
	  hip_names_dh_group },
	{ { "protocol", "ciphers", "aes-128-cbc aes-256-cbc",
	    "Ciphers of HIP packets, best first.", false },
	  K_LIST, FIELD(ciphers), 0, PROPOSALS, hip_names_cipher },
	{ { "protocol", "esp-suites",
	    "aes128-gcm-16 aes128-ccm-16 aes256-cbc-sha256 aes128-cbc-sha256 "
	    "aes128-gcm-8 aes128-ccm-8",
	    "ESP suites of the data path, best first.", false },
	  K_LIST, FIELD(esp_suites), 0, PROPOSALS, hip_names_esp_suite },
	{ { "protocol", "puzzle-difficulty", "0",
	    "K of the puzzles that initiators are given in quiet times, bits.",
	    false },
	  K_NUMBER, FIELD(puzzle_k), 0, 26, NULL },
	{ { "protocol", "puzzle-difficulty-max", "20",
	    "How far K rises under load.", false },
	  K_NUMBER, FIELD(puzzle_k_max), 0, 26, NULL },
	{ { "protocol", "puzzle-lifetime", "32",
	    "How long a puzzle may be solved, seconds.", false },
	  K_NUMBER, FIELD(puzzle_lifetime), 1, 3600, NULL },
	{ { "protocol", "r1-lifetime", "120",
	    "How long a signed R1 is given out, seconds.", false },
	  K_NUMBER, FIELD(r1_lifetime), 10, 86400, NULL },
	{ { "protocol", "r1-rate", "100",
	    "I1s and I2s that one address may have answered in a second.",
	    false },
	  K_NUMBER, FIELD(r1_rate), 1, 1000000, NULL },
	{ { "protocol", "max-associations", "65536",
	    "With so many associations unknown peers are not taken on.",
	    false },
	  K_NUMBER, FIELD(max_associations), 0, 16777216, NULL },
	{ { "protocol", "i1-retries", "5",
	    "How many I1s are sent before the peer counts as unreachable.",
	    false },
	  K_NUMBER, FIELD(i1_retries), 1, 20, NULL },
	{ { "protocol", "i2-retries", "5",
	    "How many I2s are sent for an R1 without an answer; an attempt "
	    "ends after twice as many.", false },
	  K_NUMBER, FIELD(i2_retries), 1, 20, NULL },
	{ { "protocol", "retransmission-timeout", "1000",
	    "Wait before the first retransmission, milliseconds; it doubles "
	    "with each.", false },
	  K_NUMBER, FIELD(rto_ms), 10, 60000, NULL },
	{ { "protocol", "unused-lifetime", "900",
	    "An association unused for so many seconds is closed; 0: never.",
	    false },
	  K_NUMBER, FIELD(unused_lifetime), 0, 604800, NULL },
	{ { "protocol", "update-retries", "5",
	    "How often an UPDATE is sent again before the association is "
	    "closed.", false },
	  K_NUMBER, FIELD(update_retries), 1, 20, NULL },
	{ { "protocol", "rekey-time", "3600",
	    "After so many seconds, or a little before, an association gets "
	    "new ESP keys; 0: never.", false },
	  K_NUMBER, FIELD(rekey_time), 0, 604800, NULL },
	{ { "protocol", "rekey-bytes", "1099511627776",
	    "After so many octets in one direction, or a little before, an "
	    "association gets new ESP keys; 0: no limit.", false },
	  K_BIG, FIELD(rekey_bytes), 0, 0, NULL },
	{ { "protocol", "rekey-packets", "4294967296",
	    "After so many packets in one direction, or a little before, an "
	    "association gets new ESP keys; 0: no limit.", false },
	  K_BIG, FIELD(rekey_packets), 0, 0, NULL },
	{ { "protocol", "rekey-dh", "yes",
	    "Whether new ESP keys come from new Diffie-Hellman values.",
	    false },
	  K_SWITCH, FIELD(rekey_dh), 0, 0, NULL },
	{ { "protocol", "replay-window", "2048",
	    "Replay window of inbound SAs, packets.", true },
	  K_NUMBER, FIELD(replay_window), 2048, 4096, NULL },
	{ { "protocol", "encrypt-host-id", "no",
	    "Whether this host sends its Host Identity encrypted when it "
	    "initiates.", false },
	  K_SWITCH, FIELD(encrypt_host_id), 0, 0, NULL },
	{ { "protocol", "access-refusal", "icmp",
	    "How peers that are denied are told.", false },
	  K_CHOICE, FIELD(access_refusal), 0, 0, hip_names_refusal },
	{ { "protocol", "icmp-rate", "10",
	    "ICMP errors about HIP packets sent in a second at most; 0: none.",
	    false },
	  K_NUMBER, FIELD(icmp_rate), 0, 100000, NULL },
	{ { "protocol", "opportunistic", "no",
	    "Whether exchanges may begin without a HIT of the peer, here or "
	    "there.", false },
	  K_SWITCH, FIELD(opportunistic), 0, 0, NULL },
	{ { "protocol", "leap-of-faith", "yes",
	    "Whether a HIT that changes at a locator is refused in "
	    "opportunistic mode.", false },
	  K_SWITCH, FIELD(leap_of_faith), 0, 0, NULL },
	{ { "protocol", "accept-anonymous", "yes",
	    "Whether peers may call their Host Identity anonymous.", false },
	  K_SWITCH, FIELD(accept_anonymous), 0, 0, NULL },
	{ { "protocol", "domain-identifier", "",
	    "What this host calls itself towards its peers: a full name or "
	    "user@realm.", true },
	  K_DOMAIN, FIELD(domain), 0, 0, NULL },
	{ { "protocol", "access-default", "allow",
	    "What happens to peers that no access rule matches.", false },
	  K_CHOICE, FIELD(access_default), 0, 0, hip_names_access },
};

#define N_KEYS (sizeof(keys) / sizeof(*keys))

_Static_assert(N_KEYS <= HIP_CONFIG_KEYS, "a reader marks each key");

static void *field(const struct hip_config *c, const struct key *key)
{
	return (char *)c + key->off;
}

/* ---- readers: 0, or -EINVAL with what was expected ---- */

static int read_number(const char *text, unsigned int min, unsigned int max,
		       unsigned int *out)
{
	unsigned long v;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return -EINVAL;
	*out = (unsigned int)v;
	return 0;
}

#define BIG_MAX 9223372036854775807ull

static int read_big(const char *text, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 10);
	if (errno || *end || v > BIG_MAX)
		return -EINVAL;
	*out = v;
	return 0;
}

/* As dev_valid_name() of the kernel. */
static bool valid_device(const char *text)
{
	return *text && strlen(text) < 16 && strcmp(text, ".") &&
	       strcmp(text, "..") && !strpbrk(text, "/: \t");
}

static int read_devices(struct hip_config *c, char *text)
{
	char *word, *save;

	c->n_inside = 0;
	for (word = strtok_r(text, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		if (c->n_inside == 8 || !valid_device(word))
			return -EINVAL;
		strcpy(c->inside[c->n_inside++], word);
	}
	return 0;
}

static unsigned int list_number(const struct key *key, const char *word)
{
	unsigned int n;

	if (!read_number(word, 1, 255, &n))
		return key->name(n) ? n : 0;
	for (n = 1; n < 256; n++)
		if (key->name(n) && !strcasecmp(key->name(n), word))
			return n;
	return 0;
}

static int read_list(const struct key *key, struct hip_list *list, char *text)
{
	char *word, *save;

	list->n = 0;
	for (word = strtok_r(text, " \t", &save); word;
	     word = strtok_r(NULL, " \t", &save)) {
		unsigned int n = list_number(key, word);

		if (!n || list->n == key->max)
			return -EINVAL;
		for (size_t i = 0; i < list->n; i++)
			if (list->v[i] == n)
				return -EINVAL;
		list->v[list->n++] = (uint16_t)n;
	}
	return !list->n || (list->n == 1 && list->v[0] == key->min) ? -EINVAL :
								     0;
}

static int read_choice(const struct key *key, unsigned int *to,
		       const char *text)
{
	for (unsigned int n = 1; key->name(n); n++)
		if (!strcmp(key->name(n), text)) {
			*to = n;
			return 0;
		}
	return -EINVAL;
}

static int read_domain(char *to, const char *text)
{
	uint8_t octets[HIP_DOMAIN_MAX];
	enum hip_domain_type type;

	if (*text && (strlen(text) >= HIP_DOMAIN_TEXT ||
		      !hip_domain_encode(text, octets, &type)))
		return -EINVAL;
	strcpy(to, text);
	return 0;
}

static int read_path(const struct key *key, char *to, const char *text)
{
	if (*text != '/' || strlen(text) > key->max)
		return -EINVAL;
	strcpy(to, text);
	return 0;
}

int hip_config_set(struct hip_config *c, const struct hip_config_key *pub,
		   const char *text)
{
	const struct key *key = (const struct key *)pub;
	char copy[HIP_CONFIG_TEXT];
	void *to = field(c, key);

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	switch (key->kind) {
	case K_MODE:
		*(bool *)to = !strcmp(text, "kernel");
		return *(bool *)to || !strcmp(text, "null") ? 0 : -EINVAL;
	case K_SWITCH:
		*(bool *)to = !strcmp(text, "yes");
		return *(bool *)to || !strcmp(text, "no") ? 0 : -EINVAL;
	case K_DEVICE:
		if (!valid_device(text))
			return -EINVAL;
		strcpy(to, text);
		return 0;
	case K_DEVICES:
		return read_devices(c, copy);
	case K_PATH:
		return read_path(key, to, text);
	case K_AUTO:
		if (!strcmp(text, "auto")) {
			*(unsigned int *)to = HIP_CONFIG_AUTO;
			return 0;
		}
		return read_number(text, key->min, key->max, to);
	case K_DOMAIN:
		return read_domain(to, text);
	case K_NUMBER:
		return read_number(text, key->min, key->max, to);
	case K_BIG:
		return read_big(text, to);
	case K_LIST:
		return read_list(key, to, copy);
	case K_CHOICE:
		return read_choice(key, to, text);
	}
	return -EINVAL;
}

/* ---- what a key expects, and what it holds, in words ---- */

__attribute__((format(printf, 2, 3)))
static void append(char *buf, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + len, HIP_CONFIG_TEXT - len, fmt, ap);
	va_end(ap);
}

static void expected_list(const struct key *key, char *buf)
{
	append(buf, "different ones of");
	for (unsigned int n = 1; n < 256; n++)
		if (key->name(n))
			append(buf, " %u (%s)", n, key->name(n));
	append(buf, ", at most %u", key->max);
	if (key->min)
		append(buf, ", not %s alone", key->name(key->min));
}

static void expected_choice(const struct key *key, char *buf)
{
	for (unsigned int n = 1; key->name(n); n++)
		append(buf, "%s'%s'", n == 1 ? "" : " or ", key->name(n));
}

const char *hip_config_expected(const struct hip_config_key *pub, char *buf)
{
	const struct key *key = (const struct key *)pub;

	*buf = '\0';
	switch (key->kind) {
	case K_MODE:
		append(buf, "'kernel' or 'null'");
		break;
	case K_SWITCH:
		append(buf, "'yes' or 'no'");
		break;
	case K_DEVICE:
		append(buf, "a device name of 1 to 15 characters");
		break;
	case K_DEVICES:
		append(buf, "at most %u device names of 1 to 15 characters",
		       key->max);
		break;
	case K_PATH:
		append(buf, "an absolute path of at most %u characters",
		       key->max);
		break;
	case K_AUTO:
		append(buf, "'auto' or a number from %u to %u", key->min,
		       key->max);
		break;
	case K_DOMAIN:
		append(buf, "a full domain name, user@realm, or nothing");
		break;
	case K_NUMBER:
		append(buf, "a number from %u to %u", key->min, key->max);
		break;
	case K_BIG:
		append(buf, "a number from 0 to %llu", BIG_MAX);
		break;
	case K_LIST:
		expected_list(key, buf);
		break;
	case K_CHOICE:
		expected_choice(key, buf);
		break;
	}
	return buf;
}

static void list_text(const struct key *key, const struct hip_list *list,
		      char *buf)
{
	for (size_t i = 0; i < list->n; i++)
		append(buf, "%s%s", i ? " " : "", key->name(list->v[i]));
}

static void devices_text(const struct hip_config *c, char *buf)
{
	for (size_t i = 0; i < c->n_inside; i++)
		append(buf, "%s%s", i ? " " : "", c->inside[i]);
}

const char *hip_config_text(const struct hip_config *c,
			    const struct hip_config_key *pub, char *buf)
{
	const struct key *key = (const struct key *)pub;
	const void *from = field(c, key);

	*buf = '\0';
	switch (key->kind) {
	case K_MODE:
		append(buf, "%s", *(const bool *)from ? "kernel" : "null");
		break;
	case K_SWITCH:
		append(buf, "%s", *(const bool *)from ? "yes" : "no");
		break;
	case K_DEVICE:
	case K_PATH:
	case K_DOMAIN:
		append(buf, "%s", (const char *)from);
		break;
	case K_DEVICES:
		devices_text(c, buf);
		break;
	case K_AUTO:
		if (*(const unsigned int *)from == HIP_CONFIG_AUTO) {
			append(buf, "auto");
			break;
		}
		append(buf, "%u", *(const unsigned int *)from);
		break;
	case K_NUMBER:
		append(buf, "%u", *(const unsigned int *)from);
		break;
	case K_BIG:
		append(buf, "%llu", (unsigned long long)*(uint64_t *)from);
		break;
	case K_LIST:
		list_text(key, from, buf);
		break;
	case K_CHOICE:
		append(buf, "%s", key->name(*(const unsigned int *)from));
		break;
	}
	return buf;
}

const struct hip_config_key *hip_config_key(size_t i)
{
	return i < N_KEYS ? &keys[i].pub : NULL;
}

void hip_config_default(struct hip_config *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < N_KEYS; i++)
		hip_config_set(c, &keys[i].pub, keys[i].pub.value);
}
