// SPDX-License-Identifier: GPL-2.0
/*
 * Sending and sending again (RFC 7401 sections 5.1.1, 6.6 and 6.8). No state
 * of its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "send.h"

void hip_send(struct hip_host *host, const struct in6_addr *src,
	      const struct in6_addr *dst, uint8_t *buf, size_t len)
{
	hip_build_checksum(buf, len, src, dst);
	if (host->env.send(host->env.ctx, src, dst, buf, len))
		host->stats.v[HIP_STAT_TX_ERROR]++;
	else
		host->stats.v[HIP_STAT_TX]++;
}

int hip_retransmit_set(struct hip_retransmit *r, const void *buf, size_t len,
		       uint64_t interval)
{
	uint8_t *copy;

	copy = malloc(len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, buf, len);
	free(r->buf);
	r->buf = copy;
	r->len = len;
	r->tries = 0;
	r->interval = interval;
	return 0;
}

void hip_retransmit_clear(struct hip_retransmit *r)
{
	free(r->buf);
	memset(r, 0, sizeof(*r));
}

void hip_retransmit_send(struct hip_host *host, struct hip_retransmit *r,
			 const struct in6_addr *src,
			 const struct in6_addr *dst)
{
	if (r->tries++)
		host->stats.v[HIP_STAT_RETRANSMIT]++;
	hip_send(host, src, dst, r->buf, r->len);
}

uint64_t hip_retransmit_wait(struct hip_retransmit *r, uint64_t max)
{
	uint64_t wait = r->interval;

	r->interval = wait * 2 > max ? max : wait * 2;
	return wait;
}
