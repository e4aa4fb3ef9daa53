/* SPDX-License-Identifier: GPL-2.0 */
/* The Responder's job: from an I2 to an R2. Private to bex_i2.c and
 * bex_answer.c.
 */
#ifndef HIP_BEX_ANSWER_H
#define HIP_BEX_ANSWER_H

#include "host.h"
#include "job.h"
#include "msg.h"

/* An I2 on its way to an R2. The compute step sees nothing else. */
struct hip_answer {
	struct hip_job job;
	struct hip_pair pair;
	struct hip_held i2;
	uint64_t counter;		/* of the R1 that was answered */
	uint64_t epoch;			/* when that R1 was sent */
	enum hip_hash hash;		/* RHASH */
	uint64_t started;		/* ns */
	struct hip_key *key;		/* ours, reference */
	uint8_t host_id[HIP_HOST_ID_MAX];
	size_t host_id_len;
	struct hip_dh *dh;
	int drop;			/* counter, 0 = R2 is ready */
	struct hip_session session;
	struct hip_builder r2;
};

void hip_answer_compute(struct hip_job *job);

#endif
