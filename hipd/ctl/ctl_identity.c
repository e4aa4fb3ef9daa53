// SPDX-License-Identifier: GPL-2.0
/*
 * An identity as the control socket shows it, and what `hip id add` asks for.
 * The command uses this too, for keys while no daemon runs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "ctl_identity.h"
#include "host.h"
#include "names.h"

#define NAME_LEN (64 + 1 + HIP_NAME_MAX + 1)

json_t *hip_ctl_identity_json(const struct hip_identity *id)
{
	char hit[HIP_ADDRSTRLEN];

	return json_pack("{s:s,s:s,s:s,s:i,s:b,s:b}", "name", id->name, "hit",
			 hip_addr_str(&id->hit, hit), "type",
			 hip_names_hi_alg(hip_key_alg(id->key)) ?: "?",
			 "bits", (int)hip_key_bits(id->key), "default",
			 id->is_default, "anonymous", id->anonymous);
}

/* ---- export ---- */

static void base64(char *out, const uint8_t *in, size_t len)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; len; in += 3, len -= len < 3 ? len : 3) {
		uint32_t v = (uint32_t)in[0] << 16 |
			     (len > 1 ? (uint32_t)in[1] << 8 : 0) |
			     (len > 2 ? in[2] : 0);

		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = len > 1 ? digit[v >> 6 & 63] : '=';
		*out++ = len > 2 ? digit[v & 63] : '=';
	}
	*out = '\0';
}

/* What the peers may call this identity: the host's name, for all but the
 * default one with the identity's.
 */
static void public_name(const struct hip_identity *id, char *name, size_t len)
{
	char host[65];

	if (gethostname(host, sizeof(host)))
		*host = '\0';
	host[sizeof(host) - 1] = '\0';
	if (!hip_peer_name_valid(host))
		snprintf(name, len, "%s", id->name);
	else
		snprintf(name, len, "%s%s%s", host, id->is_default ? "" : "-",
			 id->is_default ? "" : id->name);
}

/* RFC 8005 section 6. An ECDSA key stands there as X | Y (RFC 6605), in the
 * HI behind the curve and the octet of the point's form.
 */
static json_t *dns_record(const struct hip_identity *id, const char *name)
{
	char key[4 * (HIP_HI_MAX + 2) / 3 + 1], hit[33];
	unsigned int alg = hip_key_alg(id->key);
	const uint8_t *hi;
	size_t len, skip;

	hi = hip_key_hi(id->key, &len);
	skip = alg == HIP_HI_ECDSA ? 3 : 0;
	base64(key, hi + skip, len - skip);
	for (size_t i = 0; i < 16; i++)
		snprintf(hit + 2 * i, 3, "%02X", id->hit.s6_addr[i]);
	return json_sprintf("%s IN HIP ( %d %s %s )", name,
			    alg == HIP_HI_ECDSA ? 3 : 2, hit, key);
}

static json_t *hosts_line(const struct hip_identity *id, const char *name,
			  const struct hip_locator *locators, size_t n)
{
	char line[HIP_ADDRSTRLEN * (HIP_PEER_LOCATORS + 1) + NAME_LEN + 2];
	char buf[HIP_ADDRSTRLEN];
	int len;

	len = snprintf(line, sizeof(line), "%s %s",
		       hip_addr_str(&id->hit, buf), name);
	for (size_t i = 0; i < n && i < HIP_PEER_LOCATORS; i++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, " %s",
				hip_addr_str(&locators[i].addr, buf));
	return json_string(line);
}

json_t *hip_ctl_identity_export(const struct hip_identity *id,
				const struct hip_locator *locators, size_t n)
{
	char hi[4 * (HIP_HI_MAX + 2) / 3 + 1];
	json_t *o = hip_ctl_identity_json(id);
	const uint8_t *octets;
	char name[NAME_LEN];
	size_t len;

	if (!o)
		return NULL;
	public_name(id, name, sizeof(name));
	octets = hip_key_hi(id->key, &len);
	base64(hi, octets, len);
	json_object_set_new(o, "hi", json_string(hi));
	json_object_set_new(o, "dns", dns_record(id, name));
	json_object_set_new(o, "hosts", hosts_line(id, name, locators, n));
	return o;
}

static void free_name(const struct hip_identities *ids, const char *type,
		      char *name)
{
	snprintf(name, HIP_NAME_MAX + 1, "%s", type);
	for (int i = 2; hip_identity_by_name(ids, name); i++)
		snprintf(name, HIP_NAME_MAX + 1, "%s%d", type, i);
}

int hip_ctl_identity_spec(const struct hip_identities *ids, const char *name,
			  const char *type, int bits,
			  struct hip_identity_spec *spec, char *err,
			  size_t err_len)
{
	if (!strcmp(type, hip_names_hi_alg(HIP_HI_ECDSA))) {
		spec->alg = HIP_HI_ECDSA;
		spec->bits = bits ? (unsigned int)bits : 256;
	} else if (!strcmp(type, hip_names_hi_alg(HIP_HI_RSA))) {
		spec->alg = HIP_HI_RSA;
		spec->bits = bits ? (unsigned int)bits : 2048;
	} else {
		snprintf(err, err_len,
			 "type: found '%.32s', expected ecdsa or rsa", type);
		return -EINVAL;
	}
	if (spec->alg == HIP_HI_ECDSA ?
	    spec->bits != 256 && spec->bits != 384 :
	    spec->bits < 2048 || spec->bits > 4096 || spec->bits % 8) {
		snprintf(err, err_len,
			 "bits: found %d, expected %s", bits,
			 spec->alg == HIP_HI_ECDSA ? "256 or 384" :
			 "2048 to 4096 in steps of 8");
		return -EINVAL;
	}
	if (name && strlen(name) > HIP_NAME_MAX) {
		snprintf(err, err_len, "name: expected at most %d characters",
			 HIP_NAME_MAX);
		return -EINVAL;
	}
	if (name && hip_identity_by_name(ids, name)) {
		snprintf(err, err_len, "identity '%s' exists", name);
		return -EEXIST;
	}
	if (name)
		strcpy(spec->name, name);
	else
		free_name(ids, type, spec->name);
	return 0;
}
