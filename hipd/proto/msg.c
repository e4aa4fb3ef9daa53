// SPDX-License-Identifier: GPL-2.0
/* Copies of received packets. No state. */
#include <string.h>

#include "msg.h"

void hip_msg_hold(struct hip_held *held, const struct hip_msg *msg)
{
	const struct hip_packet *p = msg->p;
	uint16_t i;

	memcpy(held->buf, p->buf, p->len);
	memcpy(&held->p, p, offsetof(struct hip_packet, param));
	held->p.buf = held->buf;
	for (i = 0; i < p->n_params; i++) {
		held->p.param[i] = p->param[i];
		held->p.param[i].data = held->buf + p->param[i].off + 4;
	}
	held->src = msg->src;
	held->dst = msg->dst;
}
