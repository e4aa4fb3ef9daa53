// SPDX-License-Identifier: GPL-2.0
/* Tools of an attacker; see forge.h. */
#include <stdlib.h>
#include <string.h>

#include "forge.h"

static enum sim_verdict keep(struct sim *sim, struct sim_packet *p)
{
	struct forge_record *r = sim->arg;

	if (r && r->n < FORGE_KEPT)
		r->p[r->n++] = *p;
	return SIM_PASS;
}

void forge_begin(struct sim *sim, struct forge_record *r)
{
	memset(r, 0, sizeof(*r));
	sim_prepare(sim);
	sim->config.dh_groups.n = 1;
	sim->filter = keep;
	sim->arg = r;
	sim_init(sim);
}

struct sim_packet *forge_kept(struct forge_record *r, uint8_t type)
{
	size_t i;

	for (i = r->n; i--;)
		if (sim_type(&r->p[i]) == type)
			return &r->p[i];
	fail_msg("no %s was kept", hip_wire_type_name(type));
	return NULL;
}

void forge_catch(struct sim *sim, uint8_t type, struct sim_packet *out)
{
	struct sim_packet *p;
	unsigned int i;

	for (i = 0; i < SIM_HOSTS; i++)	/* what a test began itself */
		sim_work(&sim->host[i]);
	while (!(p = sim->flight) || sim_type(p) != type)
		assert_true(sim_step(sim, sim->now + HIP_SEC));
	*out = *p;
	sim->flight = p->next;
	free(p);
}

void forge_inject(struct sim *sim, const struct sim_packet *p)
{
	sim_inject(sim, &p->src, &p->dst, p->buf, p->len);
}

void forge_parse(struct hip_packet *p, const struct sim_packet *from)
{
	assert_int_equal(hip_wire_parse(p, from->buf, from->len, &from->src,
					&from->dst), HIP_WIRE_OK);
}

void forge_checksum(struct sim_packet *p)
{
	hip_build_checksum(p->buf, p->len, &p->src, &p->dst);
}

static bool is_mac(uint16_t type)
{
	return type == HIP_PARAM_HIP_MAC || type == HIP_PARAM_HIP_MAC_2;
}

static bool is_signature(uint16_t type)
{
	return type == HIP_PARAM_HIP_SIGNATURE ||
	       type == HIP_PARAM_HIP_SIGNATURE_2;
}

static void copy_param(struct hip_builder *b, const struct hip_param *q,
		       const struct forge_change *c)
{
	if (is_mac(q->type) && c->keys)
		assert_int_equal(hip_auth_mac(b, q->type, c->hash, c->keys,
					      c->host_id, c->host_id_len), 0);
	else if (is_signature(q->type) && c->key)
		assert_int_equal(hip_auth_sign(b, q->type, c->key), 0);
	else
		hip_build_copy(b, q->type, q->data, q->len);
}

void forge_copy(struct sim_packet *out, const struct sim_packet *in,
		const struct forge_change *c)
{
	const struct hip_param *q;
	bool added = !c->with;
	struct hip_builder b;
	struct hip_packet p;
	uint16_t i;

	forge_parse(&p, in);
	hip_build_start(&b, p.type, p.controls, &p.sender, &p.receiver);
	for (i = 0; i < p.n_params; i++) {
		q = &p.param[i];
		if (!added && q->type > c->with) {
			hip_build_copy(&b, c->with, c->data, c->len);
			added = true;
		}
		if (q->type != c->without)
			copy_param(&b, q, c);
	}
	if (!added)
		hip_build_copy(&b, c->with, c->data, c->len);
	assert_int_equal(hip_build_end(&b), 0);
	*out = *in;
	out->len = b.len;
	memcpy(out->buf, b.buf, b.len);
	forge_checksum(out);
}
