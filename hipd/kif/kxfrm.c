// SPDX-License-Identifier: GPL-2.0
/*
 * SAs and policies in the kernel: what goes into one batch, and what an
 * earlier run may have left. The messages are made in kxfrm_msg.c.
 */
#include "kxfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

int hip_kxfrm_open(struct hip_kxfrm *k, unsigned int replay_window,
		   bool forward)
{
	k->replay_window = replay_window;
	k->forward = forward;
	return hip_nl_open(&k->nl, NETLINK_XFRM, "xfrm");
}

void hip_kxfrm_close(struct hip_kxfrm *k)
{
	if (k->events)
		nl_socket_free(k->events);
	k->events = NULL;
	hip_nl_close(&k->nl);
}

int hip_kxfrm_probe(struct hip_kxfrm *k, const struct hip_esp_alg *alg)
{
	/* between HITs that no key gives: hip_kxfrm_sweep() knows them */
	struct hip_path p = {
		.local_hit = { .s6_addr = { 0x20, 0x01, 0, 0x20 } },
		.peer_hit = { .s6_addr = { 0x20, 0x01, 0, 0x20, [15] = 1 } },
		.local = IN6ADDR_LOOPBACK_INIT,
		.peer = IN6ADDR_LOOPBACK_INIT,
		.alg = alg,
	};
	struct hip_nlbatch b;

	hip_crypto_random(&p.spi_in, sizeof(p.spi_in));
	p.spi_in |= 0x80000000;	/* not among the reserved ones */
	p.in.enc_len = alg->enc_len;
	p.in.auth_len = alg->auth_len;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, false, k->replay_window);
	hip_kxfrm_put_sa_del(&b, &p, false);
	return hip_nl_commit(&k->nl, &b);
}

static void put_policy_in(struct hip_kxfrm *k, struct hip_nlbatch *b,
			  const struct hip_path *p)
{
	hip_kxfrm_put_policy(b, p, XFRM_POLICY_IN);
	if (k->forward)
		hip_kxfrm_put_policy(b, p, XFRM_POLICY_FWD);
}

/* @b begins with an SA: nobody keeps one whose policy was refused, or that may
 * have come about although no answer came.
 */
static int commit_sa(struct hip_kxfrm *k, struct hip_nlbatch *b,
		     const struct hip_path *p, bool out)
{
	char sentence[HIP_NL_SENTENCE];
	struct hip_nlbatch undo;
	int ret = hip_nl_commit(&k->nl, b);

	if (!ret || !k->nl.refused)
		return ret;
	memcpy(sentence, k->nl.sentence, sizeof(sentence));
	hip_nlbatch_init(&undo);
	undo.absent_ok = true;
	hip_kxfrm_put_sa_del(&undo, p, out);
	hip_nl_commit(&k->nl, &undo);
	memcpy(k->nl.sentence, sentence, sizeof(sentence));
	return ret;
}

int hip_kxfrm_in(struct hip_kxfrm *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, p, false, k->replay_window);
	put_policy_in(k, &b, p);
	return commit_sa(k, &b, p, false);
}

int hip_kxfrm_policy_in_add(struct hip_kxfrm *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	put_policy_in(k, &b, p);
	return hip_nl_commit(&k->nl, &b);
}

/* The SA first: a policy without its SA would swallow packets. */
int hip_kxfrm_out(struct hip_kxfrm *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, p, true, k->replay_window);
	hip_kxfrm_put_policy(&b, p, XFRM_POLICY_OUT);
	return commit_sa(k, &b, p, true);
}

int hip_kxfrm_policy_add(struct hip_kxfrm *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_policy(&b, p, XFRM_POLICY_OUT);
	return hip_nl_commit(&k->nl, &b);
}

int hip_kxfrm_policy_del(struct hip_kxfrm *k, const struct hip_path *p)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	b.absent_ok = true;
	hip_kxfrm_put_policy_del(&b, p, XFRM_POLICY_OUT);
	return hip_nl_commit(&k->nl, &b);
}

int hip_kxfrm_down(struct hip_kxfrm *k, const struct hip_path *p, bool last)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	b.absent_ok = true;
	/* a path with an if_id has a policy of its own; the default path's
	 * belongs by now to the path that took its place
	 */
	if (last || p->if_id)
		hip_kxfrm_put_policy_del(&b, p, XFRM_POLICY_OUT);
	if (last) {
		hip_kxfrm_put_policy_del(&b, p, XFRM_POLICY_IN);
		if (k->forward)
			hip_kxfrm_put_policy_del(&b, p, XFRM_POLICY_FWD);
	}
	if (p->spi_out)
		hip_kxfrm_put_sa_del(&b, p, true);
	if (p->spi_in)
		hip_kxfrm_put_sa_del(&b, p, false);
	return hip_nl_commit(&k->nl, &b);
}

/* ---- what an earlier run left ---- */

/* Identifies one thing to delete: headers ready to be sent. */
struct doomed {
	struct doomed *next;
	uint16_t type;
	uint32_t if_id;
	size_t len;
	union {
		struct xfrm_usersa_id sa;
		struct xfrm_userpolicy_id policy;
	} id;
};

struct sweep {
	struct doomed *first;
	hip_kxfrm_owned owned;
	void *arg;
};

bool hip_kxfrm_is_ours(const struct xfrm_selector *sel)
{
	struct in6_addr from, to;

	memcpy(&from, &sel->saddr, sizeof(from));
	memcpy(&to, &sel->daddr, sizeof(to));
	return sel->family == AF_INET6 && sel->prefixlen_s == 128 &&
	       sel->prefixlen_d == 128 && hip_addr_is_hit(&from) &&
	       hip_addr_is_hit(&to);
}

static struct doomed *doom(struct sweep *s, uint16_t type, size_t len)
{
	struct doomed *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->type = type;
	d->len = len;
	d->next = s->first;
	s->first = d;
	return d;
}

static bool owns(struct sweep *s, struct hip_kxfrm_found *f,
		 const struct xfrm_selector *sel)
{
	memcpy(&f->from, &sel->saddr, sizeof(f->from));
	memcpy(&f->to, &sel->daddr, sizeof(f->to));
	return s->owned(s->arg, f);
}

static int judge_sa(void *arg, const struct nlmsghdr *nlh)
{
	const struct xfrm_usersa_info *sa = nlmsg_data(nlh);
	struct hip_kxfrm_found f = { 0 };
	struct sweep *s = arg;
	struct doomed *d;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA ||
	    nlh->nlmsg_len < NLMSG_HDRLEN + sizeof(*sa))
		return 0;
	if (sa->mode != XFRM_MODE_BEET || !hip_kxfrm_is_ours(&sa->sel))
		return 0;
	f.id = sa->reqid;
	f.spi = ntohl(sa->id.spi);
	f.worn = sa->curlft.packets >= sa->lft.soft_packet_limit ||
		 sa->curlft.bytes >= sa->lft.soft_byte_limit;
	if (owns(s, &f, &sa->sel))
		return 0;
	d = doom(s, XFRM_MSG_DELSA, sizeof(d->id.sa));
	if (!d)
		return -ENOMEM;
	d->id.sa.daddr = sa->id.daddr;
	d->id.sa.spi = sa->id.spi;
	d->id.sa.family = sa->family;
	d->id.sa.proto = sa->id.proto;
	return 0;
}

static int judge_policy(void *arg, const struct nlmsghdr *nlh)
{
	const struct xfrm_userpolicy_info *pol = nlmsg_data(nlh);
	struct nlattr *tb[XFRMA_MAX + 1];
	struct hip_kxfrm_found f = { 0 };
	const struct xfrm_user_tmpl *t;
	struct sweep *s = arg;
	struct doomed *d;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    hip_nl_parse(nlh, sizeof(*pol), tb, XFRMA_MAX, NULL))
		return 0;
	if (!tb[XFRMA_TMPL] || nla_len(tb[XFRMA_TMPL]) < (int)sizeof(*t) ||
	    !hip_kxfrm_is_ours(&pol->sel))
		return 0;
	t = nla_data(tb[XFRMA_TMPL]);
	if (t->mode != XFRM_MODE_BEET)
		return 0;
	f.out = pol->dir == XFRM_POLICY_OUT;
	f.id = f.out ? t->reqid : 0;
	if (owns(s, &f, &pol->sel))
		return 0;
	d = doom(s, XFRM_MSG_DELPOLICY, sizeof(d->id.policy));
	if (!d)
		return -ENOMEM;
	d->id.policy.sel = pol->sel;
	d->id.policy.dir = pol->dir;
	if (tb[XFRMA_IF_ID] && nla_len(tb[XFRMA_IF_ID]) >= 4)
		d->if_id = nla_get_u32(tb[XFRMA_IF_ID]);
	return 0;
}

static void forget(struct sweep *s)
{
	struct doomed *d;

	while ((d = s->first)) {
		s->first = d->next;
		free(d);
	}
}

static int dump(struct hip_kxfrm *k, void *arg, uint16_t type, hip_nl_cb cb)
{
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	/* Without a header: the kernel takes what follows for attributes. */
	hip_nlbatch_add(&b, type, NLM_F_DUMP, "", 0);
	return hip_nl_ask(&k->nl, &b, cb, arg);
}

static int execute(struct hip_kxfrm *k, struct sweep *s)
{
	int n = 0;

	for (const struct doomed *d = s->first; d; d = d->next, n++) {
		struct hip_nlbatch b;
		struct nl_msg *msg;
		int ret;

		hip_nlbatch_init(&b);
		b.absent_ok = true;
		msg = hip_nlbatch_add(&b, d->type, 0, &d->id, d->len);
		if (d->if_id)
			hip_nlbatch_put_u32(&b, msg, XFRMA_IF_ID, d->if_id);
		ret = hip_nl_commit(&k->nl, &b);
		if (ret)
			return ret;
	}
	return n;
}

int hip_kxfrm_sweep(struct hip_kxfrm *k, hip_kxfrm_owned owned, void *arg)
{
	int ret, tries = 0;
	struct sweep s;

	do {
		s = (struct sweep){ .owned = owned, .arg = arg };
		ret = dump(k, &s, XFRM_MSG_GETPOLICY, judge_policy);
		if (!ret)
			ret = dump(k, &s, XFRM_MSG_GETSA, judge_sa);
		if (!ret)
			ret = execute(k, &s);
		forget(&s);
	} while (ret == -EAGAIN && ++tries < 5);
	return ret;
}

/* ---- what there is ---- */

static int found(void *arg, const struct nlmsghdr *nlh)
{
	bool *there = arg;

	*there = true;
	return 0;
}

/* Takes @b. xfrm says ESRCH for an SA that is absent, ENOENT for a policy. */
static int look(struct hip_kxfrm *k, struct hip_nlbatch *b, bool *there)
{
	int ret;

	*there = false;
	ret = hip_nl_ask(&k->nl, b, found, there);
	return ret == -ESRCH || ret == -ENOENT ? 0 : ret;
}

int hip_kxfrm_look(struct hip_kxfrm *k, const struct hip_path *p,
		   struct hip_kif_pair *out)
{
	struct hip_nlbatch b;
	int ret;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_policy_get(&b, p, XFRM_POLICY_OUT);
	ret = look(k, &b, &out->policy);
	out->sa_in = false;
	out->sa_out = false;
	if (!ret && p->spi_in) {
		hip_nlbatch_init(&b);
		hip_kxfrm_put_sa_get(&b, p, false);
		ret = look(k, &b, &out->sa_in);
	}
	if (!ret && p->spi_out) {
		hip_nlbatch_init(&b);
		hip_kxfrm_put_sa_get(&b, p, true);
		ret = look(k, &b, &out->sa_out);
	}
	return ret;
}
