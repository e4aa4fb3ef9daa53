// SPDX-License-Identifier: GPL-2.0
/*
 * The messages of NETLINK_XFRM. Owns nothing; keys only pass through into
 * the batch, which is wiped when it is sent.
 *
 * BEET (RFC 7402 appendix B): the selector holds the HITs, so the inner
 * family is always IPv6; family, saddr and id.daddr are the locators, of
 * either family.
 */
#include "kxfrm.h"

#include <string.h>

#include "addr.h"

static void set_addr(xfrm_address_t *x, const struct in6_addr *a)
{
	size_t len;
	const void *octets = hip_addr_octets(a, &len);

	memset(x, 0, sizeof(*x));
	memcpy(x, octets, len);
}

static void set_selector(struct xfrm_selector *sel,
			 const struct in6_addr *from,
			 const struct in6_addr *to)
{
	memset(sel, 0, sizeof(*sel));
	memcpy(&sel->saddr, from, sizeof(*from));
	memcpy(&sel->daddr, to, sizeof(*to));
	sel->prefixlen_s = 128;
	sel->prefixlen_d = 128;
	sel->family = AF_INET6;
}

/* HIP negotiates no lifetimes (RFC 7402 section 3.3.5); the soft ones of SAs
 * are our own policy.
 */
static void set_unlimited(struct xfrm_lifetime_cfg *lft)
{
	memset(lft, 0, sizeof(*lft));
	lft->soft_byte_limit = XFRM_INF;
	lft->hard_byte_limit = XFRM_INF;
	lft->soft_packet_limit = XFRM_INF;
	lft->hard_packet_limit = XFRM_INF;
}

static void put_aead(struct hip_nlbatch *b, struct nl_msg *msg,
		     const struct hip_esp_alg *alg,
		     const struct hip_espkeys *keys)
{
	/* GMAC has no encryption key: it is drawn as an authentication key */
	const uint8_t *key = keys->enc_len ? keys->enc : keys->auth;
	size_t len = keys->enc_len ? keys->enc_len : keys->auth_len;
	struct {
		struct xfrm_algo_aead a;
		uint8_t key[HIP_ESP_KEY_MAX];
	} v = { .a.alg_key_len = (unsigned int)len * 8,
		.a.alg_icv_len = alg->icv_bits };

	strncpy(v.a.alg_name, alg->aead, sizeof(v.a.alg_name) - 1);
	memcpy(v.key, key, len);
	hip_nlbatch_put(b, msg, XFRMA_ALG_AEAD, &v, sizeof(v.a) + len);
	hip_crypto_wipe(&v, sizeof(v));
}

static void put_crypt(struct hip_nlbatch *b, struct nl_msg *msg,
		      const struct hip_esp_alg *alg,
		      const struct hip_espkeys *keys)
{
	struct {
		struct xfrm_algo a;
		uint8_t key[HIP_ESP_KEY_MAX];
	} v = { .a.alg_key_len = (unsigned int)keys->enc_len * 8 };

	strncpy(v.a.alg_name, alg->enc, sizeof(v.a.alg_name) - 1);
	memcpy(v.key, keys->enc, keys->enc_len);
	hip_nlbatch_put(b, msg, XFRMA_ALG_CRYPT, &v,
			sizeof(v.a) + keys->enc_len);
	hip_crypto_wipe(&v, sizeof(v));
}

/* The ICV is truncated (RFC 7402 section 5.1.2), which XFRMA_ALG_AUTH alone
 * would do to 96 bits.
 */
static void put_auth(struct hip_nlbatch *b, struct nl_msg *msg,
		     const struct hip_esp_alg *alg,
		     const struct hip_espkeys *keys)
{
	struct {
		struct xfrm_algo_auth a;
		uint8_t key[HIP_ESP_KEY_MAX];
	} v = { .a.alg_key_len = (unsigned int)keys->auth_len * 8,
		.a.alg_trunc_len = alg->icv_bits };

	strncpy(v.a.alg_name, alg->auth, sizeof(v.a.alg_name) - 1);
	memcpy(v.key, keys->auth, keys->auth_len);
	hip_nlbatch_put(b, msg, XFRMA_ALG_AUTH_TRUNC, &v,
			sizeof(v.a) + keys->auth_len);
	hip_crypto_wipe(&v, sizeof(v));
}

static void put_keys(struct hip_nlbatch *b, struct nl_msg *msg,
		     const struct hip_esp_alg *alg,
		     const struct hip_espkeys *keys)
{
	if (keys->enc_len > HIP_ESP_KEY_MAX ||
	    keys->auth_len > HIP_ESP_KEY_MAX) {
		b->failed = true;
		return;
	}
	if (alg->aead) {
		put_aead(b, msg, alg, keys);
		return;
	}
	put_crypt(b, msg, alg, keys);
	put_auth(b, msg, alg, keys);
}

/* Extended sequence numbers always (RFC 7402 section 3.3.4). */
static void put_replay(struct hip_nlbatch *b, struct nl_msg *msg,
		       unsigned int window)
{
	struct {
		struct xfrm_replay_state_esn esn;
		uint32_t bmp[XFRMA_REPLAY_ESN_MAX / 32];
	} v = { .esn.replay_window = window };

	if (window > XFRMA_REPLAY_ESN_MAX) {
		b->failed = true;
		return;
	}
	v.esn.bmp_len = (window + 31) / 32;
	hip_nlbatch_put(b, msg, XFRMA_REPLAY_ESN_VAL, &v,
			sizeof(v.esn) + v.esn.bmp_len * sizeof(uint32_t));
}

void hip_kxfrm_put_sa(struct hip_nlbatch *b, const struct hip_path *p,
		      bool out, unsigned int replay_window)
{
	const struct in6_addr *from = out ? &p->local : &p->peer;
	const struct in6_addr *to = out ? &p->peer : &p->local;
	struct xfrm_usersa_info sa = {
		.id.spi = htonl(out ? p->spi_out : p->spi_in),
		.id.proto = IPPROTO_ESP,
		.family = (uint16_t)hip_addr_family(to),
		.mode = XFRM_MODE_BEET,
		.reqid = p->id,
		.flags = XFRM_STATE_ESN,
	};
	struct nl_msg *msg;

	if (out)
		set_selector(&sa.sel, &p->local_hit, &p->peer_hit);
	else
		set_selector(&sa.sel, &p->peer_hit, &p->local_hit);
	set_addr(&sa.saddr, from);
	set_addr(&sa.id.daddr, to);
	set_unlimited(&sa.lft);
	if (p->soft_bytes)
		sa.lft.soft_byte_limit = p->soft_bytes;
	if (p->soft_packets)
		sa.lft.soft_packet_limit = p->soft_packets;

	msg = hip_nlbatch_add(b, XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL,
			      &sa, sizeof(sa));
	put_keys(b, msg, p->alg, out ? &p->out : &p->in);
	put_replay(b, msg, replay_window);
	if (out && p->if_id)
		hip_nlbatch_put_u32(b, msg, XFRMA_IF_ID, p->if_id);
}

static void put_sa_id(struct hip_nlbatch *b, const struct hip_path *p,
		      bool out, uint16_t type)
{
	const struct in6_addr *to = out ? &p->peer : &p->local;
	struct xfrm_usersa_id id = {
		.spi = htonl(out ? p->spi_out : p->spi_in),
		.family = (uint16_t)hip_addr_family(to),
		.proto = IPPROTO_ESP,
	};

	set_addr(&id.daddr, to);
	hip_nlbatch_add(b, type, 0, &id, sizeof(id));
}

void hip_kxfrm_put_sa_del(struct hip_nlbatch *b, const struct hip_path *p,
			  bool out)
{
	put_sa_id(b, p, out, XFRM_MSG_DELSA);
}

void hip_kxfrm_put_sa_get(struct hip_nlbatch *b, const struct hip_path *p,
			  bool out)
{
	put_sa_id(b, p, out, XFRM_MSG_GETSA);
}

static void set_policy_selector(struct xfrm_selector *sel,
				const struct hip_path *p, int dir)
{
	if (dir == XFRM_POLICY_OUT)
		set_selector(sel, &p->local_hit, &p->peer_hit);
	else
		set_selector(sel, &p->peer_hit, &p->local_hit);
}

/* Out: exactly this path's SA. In and forward: any SA of the pair, whatever
 * its locators, so that they need no change when a path comes or goes.
 */
static void set_template(struct xfrm_user_tmpl *t, const struct hip_path *p,
			 int dir)
{
	memset(t, 0, sizeof(*t));
	t->id.proto = IPPROTO_ESP;
	t->family = AF_INET6;
	t->mode = XFRM_MODE_BEET;
	t->aalgos = ~0u;
	t->ealgos = ~0u;
	t->calgos = ~0u;
	if (dir != XFRM_POLICY_OUT)
		return;
	t->family = (uint16_t)hip_addr_family(&p->peer);
	t->reqid = p->id;
	set_addr(&t->saddr, &p->local);
	set_addr(&t->id.daddr, &p->peer);
}

void hip_kxfrm_put_policy(struct hip_nlbatch *b, const struct hip_path *p,
			  int dir)
{
	struct xfrm_userpolicy_info pol = {
		.dir = (uint8_t)dir,
		.action = XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
	};
	struct xfrm_user_tmpl tmpl;
	struct nl_msg *msg;

	set_policy_selector(&pol.sel, p, dir);
	set_unlimited(&pol.lft);
	set_template(&tmpl, p, dir);
	/* UPD makes it, or takes the place of the one with this selector */
	msg = hip_nlbatch_add(b, XFRM_MSG_UPDPOLICY, 0, &pol, sizeof(pol));
	hip_nlbatch_put(b, msg, XFRMA_TMPL, &tmpl, sizeof(tmpl));
	if (dir == XFRM_POLICY_OUT && p->if_id)
		hip_nlbatch_put_u32(b, msg, XFRMA_IF_ID, p->if_id);
}

static void put_policy_id(struct hip_nlbatch *b, const struct hip_path *p,
			  int dir, uint16_t type)
{
	struct xfrm_userpolicy_id id = { .dir = (uint8_t)dir };
	struct nl_msg *msg;

	set_policy_selector(&id.sel, p, dir);
	msg = hip_nlbatch_add(b, type, 0, &id, sizeof(id));
	if (msg && dir == XFRM_POLICY_OUT && p->if_id)
		hip_nlbatch_put_u32(b, msg, XFRMA_IF_ID, p->if_id);
}

void hip_kxfrm_put_policy_del(struct hip_nlbatch *b, const struct hip_path *p,
			      int dir)
{
	put_policy_id(b, p, dir, XFRM_MSG_DELPOLICY);
}

void hip_kxfrm_put_policy_get(struct hip_nlbatch *b, const struct hip_path *p,
			      int dir)
{
	put_policy_id(b, p, dir, XFRM_MSG_GETPOLICY);
}
