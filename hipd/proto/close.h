/* SPDX-License-Identifier: GPL-2.0 */
/* CLOSE and CLOSE_ACK (RFC 7401 sections 5.3.7, 5.3.8, 6.14 and 6.15). */
#ifndef HIP_CLOSE_H
#define HIP_CLOSE_H

#include "fsm.h"

/* Sends CLOSE and goes to CLOSING; @msg is not looked at. */
void hip_close_start(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg);
/* The timer in CLOSING. */
void hip_close_again(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg);
/* CLOSED or E-FAILED has lasted long enough. */
void hip_close_over(struct hip_host *host, struct hip_assoc *assoc,
		    const struct hip_msg *msg);
/* The workers are gone: sends the CLOSEs that those had not come to. */
void hip_close_stop(struct hip_host *host);
void hip_close_rx(struct hip_host *host, struct hip_assoc *assoc,
		  const struct hip_msg *msg);
/* In I2-SENT: the keys are those of the I2. */
void hip_close_rx_early(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg);
void hip_close_rx_ack(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg);

#endif
