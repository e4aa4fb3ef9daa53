// SPDX-License-Identifier: GPL-2.0
/*
 * The messages of NETLINK_XFRM, parsed back: what the kernel would read.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "addr.h"
#include "kxfrm.h"

#define LOCAL_HIT "2001:21:1234::a"
#define PEER_HIT "2001:22:5678::b"

static struct in6_addr addr(const char *text)
{
	struct in6_addr a;

	assert_int_equal(hip_addr_parse(&a, text), 0);
	return a;
}

static struct hip_path path(unsigned int suite, const char *local,
			    const char *peer)
{
	struct hip_path p = { .id = 77, .spi_in = 0x11223344,
			      .spi_out = 0xaabbccdd };

	p.alg = hip_esp_alg(suite);
	assert_non_null(p.alg);
	p.local_hit = addr(LOCAL_HIT);
	p.peer_hit = addr(PEER_HIT);
	p.local = addr(local);
	p.peer = addr(peer);
	p.in.enc_len = p.alg->enc_len;
	p.out.enc_len = p.alg->enc_len;
	p.in.auth_len = p.alg->auth_len;
	p.out.auth_len = p.alg->auth_len;
	for (size_t i = 0; i < HIP_ESP_KEY_MAX; i++) {
		p.in.enc[i] = (uint8_t)i;
		p.in.auth[i] = (uint8_t)(0x40 + i);
		p.out.enc[i] = (uint8_t)(0x80 + i);
		p.out.auth[i] = (uint8_t)(0xc0 + i);
	}
	return p;
}

/* The only message of @b, with its attributes. */
static const void *parse(struct hip_nlbatch *b, unsigned int type, size_t hdr,
			 struct nlattr **tb)
{
	const struct nlmsghdr *nlh;

	assert_false(b->failed);
	assert_int_equal(b->n, 1);
	nlh = nlmsg_hdr(b->msg[0]);
	assert_int_equal(nlh->nlmsg_type, type);
	assert_true(nlh->nlmsg_flags & NLM_F_REQUEST);
	assert_int_equal(hip_nl_parse(nlh, hdr, tb, XFRMA_MAX, NULL), 0);
	return nlmsg_data(nlh);
}

static void check_selector(const struct xfrm_selector *sel, const char *from,
			   const char *to)
{
	struct in6_addr f = addr(from), t = addr(to);

	assert_int_equal(sel->family, AF_INET6);
	assert_int_equal(sel->prefixlen_s, 128);
	assert_int_equal(sel->prefixlen_d, 128);
	assert_memory_equal(&sel->saddr, &f, 16);
	assert_memory_equal(&sel->daddr, &t, 16);
	assert_int_equal(sel->proto, 0);
	assert_int_equal(sel->sport_mask, 0);
	assert_int_equal(sel->dport_mask, 0);
}

static void check_outer(const xfrm_address_t *x, const char *text)
{
	struct in6_addr a = addr(text);
	xfrm_address_t want = { 0 };
	const void *octets;
	size_t len;

	octets = hip_addr_octets(&a, &len);
	memcpy(&want, octets, len);
	assert_memory_equal(x, &want, sizeof(want));
}

/* What the kernel is given for a suite: AEAD, or cipher and MAC. */
static void sa_algs(unsigned int suite, const char *aead, const char *cipher,
		    const char *mac)
{
	struct hip_path p = path(suite, "192.0.2.1", "192.0.2.2");
	const struct xfrm_algo_auth *auth;
	const struct xfrm_algo_aead *a;
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_algo *enc;
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, true, 2048);
	parse(&b, XFRM_MSG_NEWSA, sizeof(struct xfrm_usersa_info), tb);
	assert_int_equal(!tb[XFRMA_ALG_AEAD], !aead);
	assert_int_equal(!tb[XFRMA_ALG_CRYPT], !cipher);
	assert_int_equal(!tb[XFRMA_ALG_AUTH_TRUNC], !mac);
	if (aead) {
		a = nla_data(tb[XFRMA_ALG_AEAD]);
		assert_string_equal(a->alg_name, aead);
		assert_int_equal(a->alg_icv_len, p.alg->icv_bits);
		assert_int_equal(a->alg_key_len,
				 8 * (p.out.enc_len + p.out.auth_len));
		assert_memory_equal(a->alg_key, p.out.enc_len ? p.out.enc :
				    p.out.auth, a->alg_key_len / 8);
	} else {
		enc = nla_data(tb[XFRMA_ALG_CRYPT]);
		assert_string_equal(enc->alg_name, cipher);
		assert_int_equal(enc->alg_key_len, 8 * p.out.enc_len);
		assert_memory_equal(enc->alg_key, p.out.enc, p.out.enc_len);
		auth = nla_data(tb[XFRMA_ALG_AUTH_TRUNC]);
		assert_string_equal(auth->alg_name, mac);
		assert_int_equal(auth->alg_trunc_len, p.alg->icv_bits);
		assert_int_equal(auth->alg_key_len, 8 * p.out.auth_len);
		assert_memory_equal(auth->alg_key, p.out.auth, p.out.auth_len);
	}
	hip_nlbatch_exit(&b);
}

static void sa_every_suite(void **state)
{
	sa_algs(7, NULL, "ecb(cipher_null)", "hmac(sha256)");
	sa_algs(8, NULL, "cbc(aes)", "hmac(sha256)");
	sa_algs(9, NULL, "cbc(aes)", "hmac(sha256)");
	sa_algs(10, "rfc4309(ccm(aes))", NULL, NULL);
	sa_algs(11, "rfc4309(ccm(aes))", NULL, NULL);
	sa_algs(12, "rfc4106(gcm(aes))", NULL, NULL);
	sa_algs(13, "rfc4106(gcm(aes))", NULL, NULL);
	sa_algs(14, NULL, "ecb(cipher_null)", "cmac(aes)");
	sa_algs(15, "rfc4543(gcm(aes))", NULL, NULL);
}

static void sa_out_gcm_v4(void **state)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_usersa_info *sa;
	const struct xfrm_algo_aead *aead;
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, true, 2048);
	sa = parse(&b, XFRM_MSG_NEWSA, sizeof(*sa), tb);
	assert_true(nlmsg_hdr(b.msg[0])->nlmsg_flags & NLM_F_EXCL);
	check_selector(&sa->sel, LOCAL_HIT, PEER_HIT);
	check_outer(&sa->saddr, "192.0.2.1");
	check_outer(&sa->id.daddr, "192.0.2.2");
	assert_int_equal(sa->family, AF_INET);
	assert_int_equal(sa->mode, XFRM_MODE_BEET);
	assert_int_equal(sa->id.proto, IPPROTO_ESP);
	assert_int_equal(ntohl(sa->id.spi), 0xaabbccdd);
	assert_int_equal(sa->reqid, 77);
	assert_int_equal(sa->flags, XFRM_STATE_ESN);
	assert_int_equal(sa->replay_window, 0);
	assert_true(sa->lft.hard_byte_limit == XFRM_INF);
	assert_true(sa->lft.hard_packet_limit == XFRM_INF);
	assert_int_equal(sa->lft.hard_add_expires_seconds, 0);

	assert_non_null(tb[XFRMA_ALG_AEAD]);
	assert_null(tb[XFRMA_ALG_CRYPT]);
	assert_null(tb[XFRMA_IF_ID]);
	aead = nla_data(tb[XFRMA_ALG_AEAD]);
	assert_int_equal(nla_len(tb[XFRMA_ALG_AEAD]), sizeof(*aead) + 20);
	assert_string_equal(aead->alg_name, "rfc4106(gcm(aes))");
	assert_int_equal(aead->alg_key_len, 160);
	assert_int_equal(aead->alg_icv_len, 128);
	assert_memory_equal(aead->alg_key, p.out.enc, 20);
	hip_nlbatch_exit(&b);
}

static void sa_in_cbc_v6(void **state)
{
	struct hip_path p = path(8, "2001:db8::1", "2001:db8::2");
	const struct xfrm_replay_state_esn *esn;
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_usersa_info *sa;
	const struct xfrm_algo_auth *auth;
	const struct xfrm_algo *enc;
	struct hip_nlbatch b;

	p.if_id = 9;	/* of the outbound half only */
	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, false, 2048);
	sa = parse(&b, XFRM_MSG_NEWSA, sizeof(*sa), tb);
	check_selector(&sa->sel, PEER_HIT, LOCAL_HIT);
	check_outer(&sa->saddr, "2001:db8::2");
	check_outer(&sa->id.daddr, "2001:db8::1");
	assert_int_equal(sa->family, AF_INET6);
	assert_int_equal(ntohl(sa->id.spi), 0x11223344);
	assert_null(tb[XFRMA_IF_ID]);

	assert_null(tb[XFRMA_ALG_AEAD]);
	assert_null(tb[XFRMA_ALG_AUTH]);
	enc = nla_data(tb[XFRMA_ALG_CRYPT]);
	assert_string_equal(enc->alg_name, "cbc(aes)");
	assert_int_equal(enc->alg_key_len, 128);
	assert_memory_equal(enc->alg_key, p.in.enc, 16);
	auth = nla_data(tb[XFRMA_ALG_AUTH_TRUNC]);
	assert_string_equal(auth->alg_name, "hmac(sha256)");
	assert_int_equal(auth->alg_key_len, 256);
	assert_int_equal(auth->alg_trunc_len, 128);
	assert_memory_equal(auth->alg_key, p.in.auth, 32);

	esn = nla_data(tb[XFRMA_REPLAY_ESN_VAL]);
	assert_int_equal(nla_len(tb[XFRMA_REPLAY_ESN_VAL]),
			 sizeof(*esn) + 2048 / 8);
	assert_int_equal(esn->bmp_len, 64);
	assert_int_equal(esn->replay_window, 2048);
	assert_int_equal(esn->seq, 0);
	assert_int_equal(esn->oseq, 0);
	hip_nlbatch_exit(&b);
}

static void sa_if_id_out(void **state)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	struct nlattr *tb[XFRMA_MAX + 1];
	struct hip_nlbatch b;

	p.if_id = 9;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, true, 64);
	parse(&b, XFRM_MSG_NEWSA, sizeof(struct xfrm_usersa_info), tb);
	assert_non_null(tb[XFRMA_IF_ID]);
	assert_int_equal(nla_get_u32(tb[XFRMA_IF_ID]), 9);
	hip_nlbatch_exit(&b);
}

/* Window in packets to 32-bit words, rounded up; the largest and too large. */
static void replay_windows(void **state)
{
	static const struct {
		unsigned int window, words;
		bool refused;
	} table[] = {
		{ 1, 1, false }, { 32, 1, false }, { 33, 2, false },
		{ 64, 2, false }, { 2048, 64, false }, { 4096, 128, false },
		{ 4097, 0, true }, { ~0u, 0, true },
	};
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct xfrm_replay_state_esn *esn;
		struct nlattr *tb[XFRMA_MAX + 1];
		struct hip_nlbatch b;

		hip_nlbatch_init(&b);
		hip_kxfrm_put_sa(&b, &p, false, table[i].window);
		assert_int_equal(b.failed, table[i].refused);
		if (!b.failed) {
			parse(&b, XFRM_MSG_NEWSA,
			      sizeof(struct xfrm_usersa_info), tb);
			esn = nla_data(tb[XFRMA_REPLAY_ESN_VAL]);
			assert_int_equal(esn->bmp_len, table[i].words);
			assert_int_equal(esn->replay_window, table[i].window);
		}
		hip_nlbatch_exit(&b);
	}
}

static void policy_out(void **state)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	const struct xfrm_userpolicy_info *pol;
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_user_tmpl *t;
	struct hip_nlbatch b;

	p.if_id = 5;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_policy(&b, &p, XFRM_POLICY_OUT);
	pol = parse(&b, XFRM_MSG_UPDPOLICY, sizeof(*pol), tb);
	check_selector(&pol->sel, LOCAL_HIT, PEER_HIT);
	assert_int_equal(pol->dir, XFRM_POLICY_OUT);
	assert_int_equal(pol->action, XFRM_POLICY_ALLOW);
	assert_true(pol->lft.soft_packet_limit == XFRM_INF);
	assert_int_equal(nla_len(tb[XFRMA_TMPL]), sizeof(*t));
	t = nla_data(tb[XFRMA_TMPL]);
	check_outer(&t->saddr, "192.0.2.1");
	check_outer(&t->id.daddr, "192.0.2.2");
	assert_int_equal(t->family, AF_INET);
	assert_int_equal(t->id.proto, IPPROTO_ESP);
	assert_int_equal(t->mode, XFRM_MODE_BEET);
	assert_int_equal(t->reqid, 77);
	assert_int_equal(t->optional, 0);
	assert_int_equal(nla_get_u32(tb[XFRMA_IF_ID]), 5);
	hip_nlbatch_exit(&b);
}

static void check_policy_in(int dir)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	const struct xfrm_userpolicy_info *pol;
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_user_tmpl *t;
	struct hip_nlbatch b;

	p.if_id = 5;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_policy(&b, &p, dir);
	pol = parse(&b, XFRM_MSG_UPDPOLICY, sizeof(*pol), tb);
	check_selector(&pol->sel, PEER_HIT, LOCAL_HIT);
	assert_int_equal(pol->dir, dir);
	t = nla_data(tb[XFRMA_TMPL]);
	check_outer(&t->saddr, "::");
	check_outer(&t->id.daddr, "::");
	assert_int_equal(t->family, AF_INET6);
	assert_int_equal(t->reqid, 0);
	assert_int_equal(t->id.proto, IPPROTO_ESP);
	assert_null(tb[XFRMA_IF_ID]);
	hip_nlbatch_exit(&b);
}

static void policy_in(void **state)
{
	check_policy_in(XFRM_POLICY_IN);
}

static void policy_fwd(void **state)
{
	check_policy_in(XFRM_POLICY_FWD);
}

static void deletions(void **state)
{
	struct hip_path p = path(13, "2001:db8::1", "2001:db8::2");
	const struct xfrm_userpolicy_id *pol;
	struct nlattr *tb[XFRMA_MAX + 1];
	const struct xfrm_usersa_id *sa;
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa_del(&b, &p, false);
	sa = parse(&b, XFRM_MSG_DELSA, sizeof(*sa), tb);
	check_outer(&sa->daddr, "2001:db8::1");
	assert_int_equal(ntohl(sa->spi), 0x11223344);
	assert_int_equal(sa->family, AF_INET6);
	assert_int_equal(sa->proto, IPPROTO_ESP);
	hip_nlbatch_exit(&b);

	p.if_id = 3;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_policy_del(&b, &p, XFRM_POLICY_OUT);
	pol = parse(&b, XFRM_MSG_DELPOLICY, sizeof(*pol), tb);
	check_selector(&pol->sel, LOCAL_HIT, PEER_HIT);
	assert_int_equal(pol->dir, XFRM_POLICY_OUT);
	assert_int_equal(nla_get_u32(tb[XFRMA_IF_ID]), 3);
	hip_nlbatch_exit(&b);
}

/* A key longer than the table's largest would run over the message. */
static void key_too_long(void **state)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	struct hip_nlbatch b;

	p.out.enc_len = HIP_ESP_KEY_MAX + 1;
	hip_nlbatch_init(&b);
	hip_kxfrm_put_sa(&b, &p, true, 2048);
	assert_true(b.failed);
	hip_nlbatch_exit(&b);
}

static void batch_full(void **state)
{
	struct hip_path p = path(13, "192.0.2.1", "192.0.2.2");
	struct hip_nl nl = { 0 };
	struct hip_nlbatch b;

	hip_nlbatch_init(&b);
	for (size_t i = 0; i < HIP_NL_BATCH; i++)
		hip_kxfrm_put_sa_del(&b, &p, true);
	assert_false(b.failed);
	hip_kxfrm_put_sa_del(&b, &p, true);
	assert_true(b.failed);
	/* nothing of it is sent, and all of it is freed */
	assert_int_equal(hip_nl_commit(&nl, &b), -ENOBUFS);
	assert_int_equal(b.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sa_every_suite),
		cmocka_unit_test(sa_out_gcm_v4),
		cmocka_unit_test(sa_in_cbc_v6),
		cmocka_unit_test(sa_if_id_out),
		cmocka_unit_test(replay_windows),
		cmocka_unit_test(policy_out),
		cmocka_unit_test(policy_in),
		cmocka_unit_test(policy_fwd),
		cmocka_unit_test(deletions),
		cmocka_unit_test(key_too_long),
		cmocka_unit_test(batch_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
