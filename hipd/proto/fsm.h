/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine of RFC 7401 section 4.4: one table of states and events.
 */
#ifndef HIP_FSM_H
#define HIP_FSM_H

#include "host.h"
#include "msg.h"

enum hip_event {
	HIP_EV_DATA,		/* a packet waits for the peer */
	HIP_EV_I1,
	HIP_EV_R1,
	HIP_EV_I2,
	HIP_EV_R2,
	HIP_EV_UPDATE,
	HIP_EV_NOTIFY,
	HIP_EV_CLOSE,
	HIP_EV_CLOSE_ACK,
	HIP_EV_ESP,		/* ESP came in through the new SA */
	HIP_EV_RETRY,		/* no answer to I1 or I2 in time */
	HIP_EV_TIMEOUT,		/* the state's own time is over */
	HIP_N_EVENTS,
};

/**
 * hip_fsm_run() - do what the table says
 * @host: the host
 * @assoc: the association, or NULL for none (UNASSOCIATED); may be gone when
 *	this returns
 * @event: what happened
 * @msg: the packet, for events that are packets; else NULL
 *
 * A packet that the state does not expect is dropped and counted.
 */
void hip_fsm_run(struct hip_host *host, struct hip_assoc *assoc,
		 enum hip_event event, const struct hip_msg *msg);

/* The event of a packet type; -1 for an unknown one. */
int hip_fsm_event(uint8_t type);
/* Is there anything that this state does about this event? */
bool hip_fsm_expects(enum hip_state state, enum hip_event event);

/* What this state does when a packet waits for the peer, for people. @sas: the
 * SAs are there. *@tries: it begins a base exchange, so somewhere to send an I1
 * to is needed.
 */
const char *hip_fsm_data(enum hip_state state, bool sas, bool *tries);

#endif
