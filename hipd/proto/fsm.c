// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine (RFC 7401 section 4.4.3, tables 2 to 9, with erratum
 * 4408). An empty place is "drop and stay".
 *
 * Departures, all where the tables say nothing:
 * - E-FAILED answers I1 and I2: a peer that speaks to us is reachable again.
 * - RETRY in CLOSED is the new attempt that runs beside (table 8: "send I1
 *   and stay at CLOSED"); it has its own timer and packet.
 */
#include "bex.h"
#include "close.h"
#include "fsm.h"
#include "icmp.h"
#include "life.h"
#include "notify.h"
#include "update.h"

typedef void step_fn(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg);

static step_fn *const table[HIP_N_STATES][HIP_N_EVENTS] = {
	[HIP_UNASSOCIATED] = {
		[HIP_EV_DATA] = hip_bex_data,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_I2] = hip_bex_rx_i2,
	},
	[HIP_I1_SENT] = {
		[HIP_EV_DATA] = hip_bex_queued,
		[HIP_EV_I1] = hip_bex_rx_i1_race,
		[HIP_EV_R1] = hip_bex_rx_r1,
		[HIP_EV_I2] = hip_bex_rx_i2,
		[HIP_EV_RETRY] = hip_bex_retry_i1,
	},
	[HIP_I2_SENT] = {
		[HIP_EV_DATA] = hip_bex_queued,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_R1] = hip_bex_rx_r1,
		[HIP_EV_I2] = hip_bex_rx_i2_race,
		[HIP_EV_R2] = hip_bex_rx_r2,
		[HIP_EV_CLOSE] = hip_close_rx_early,
		[HIP_EV_RETRY] = hip_bex_retry_i2,
	},
	[HIP_R2_SENT] = {
		[HIP_EV_DATA] = hip_life_data,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_I2] = hip_bex_rx_i2_again,
		[HIP_EV_UPDATE] = hip_update_rx,
		[HIP_EV_NOTIFY] = hip_notify_rx,
		[HIP_EV_CLOSE] = hip_close_rx,
		[HIP_EV_ESP] = hip_life_established,
		[HIP_EV_TIMEOUT] = hip_life_established,
	},
	[HIP_ESTABLISHED] = {
		[HIP_EV_DATA] = hip_life_data,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_I2] = hip_bex_rx_i2_again,
		[HIP_EV_UPDATE] = hip_update_rx,
		[HIP_EV_NOTIFY] = hip_notify_rx,
		[HIP_EV_CLOSE] = hip_close_rx,
		[HIP_EV_TIMEOUT] = hip_close_start,
	},
	[HIP_CLOSING] = {
		[HIP_EV_DATA] = hip_bex_data,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_R1] = hip_bex_rx_r1,
		[HIP_EV_I2] = hip_bex_rx_i2,
		[HIP_EV_CLOSE] = hip_close_rx,
		[HIP_EV_CLOSE_ACK] = hip_close_rx_ack,
		[HIP_EV_TIMEOUT] = hip_close_again,
	},
	[HIP_CLOSED] = {
		[HIP_EV_DATA] = hip_bex_data,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_R1] = hip_bex_rx_r1,
		[HIP_EV_I2] = hip_bex_rx_i2,
		[HIP_EV_CLOSE] = hip_close_rx,
		[HIP_EV_CLOSE_ACK] = hip_close_rx_ack,
		[HIP_EV_RETRY] = hip_bex_retry_i1,
		[HIP_EV_TIMEOUT] = hip_close_over,
	},
	[HIP_E_FAILED] = {
		[HIP_EV_DATA] = hip_bex_refused,
		[HIP_EV_I1] = hip_bex_rx_i1,
		[HIP_EV_I2] = hip_bex_rx_i2,
		[HIP_EV_TIMEOUT] = hip_close_over,
	},
};

static const struct {
	uint8_t type;
	enum hip_event event;
} packets[] = {
	{ HIP_I1, HIP_EV_I1 },
	{ HIP_R1, HIP_EV_R1 },
	{ HIP_I2, HIP_EV_I2 },
	{ HIP_R2, HIP_EV_R2 },
	{ HIP_UPDATE, HIP_EV_UPDATE },
	{ HIP_NOTIFY, HIP_EV_NOTIFY },
	{ HIP_CLOSE, HIP_EV_CLOSE },
	{ HIP_CLOSE_ACK, HIP_EV_CLOSE_ACK },
};

int hip_fsm_event(uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		if (packets[i].type == type)
			return packets[i].event;
	return -1;
}

bool hip_fsm_expects(enum hip_state state, enum hip_event event)
{
	return table[state][event];
}

const char *hip_fsm_data(enum hip_state state, bool sas, bool *tries)
{
	step_fn *step = table[state][HIP_EV_DATA];

	*tries = step == hip_bex_data || (step == hip_life_data && !sas);
	if (step == hip_bex_data)
		return "begins a base exchange: I1s to the peer's locators";
	if (step == hip_bex_queued)
		return "goes on with the base exchange that is under way";
	if (step == hip_life_data)
		return "looks whether the SAs are still there, and begins a "
		       "base exchange if not";
	if (step == hip_bex_refused)
		return "refuses: the last attempt failed, and a new one is "
		       "made when this state ends";
	return "does nothing";
}

void hip_fsm_run(struct hip_host *host, struct hip_assoc *assoc,
		 enum hip_event event, const struct hip_msg *msg)
{
	enum hip_state state = assoc ? assoc->state : HIP_UNASSOCIATED;
	step_fn *step = table[state][event];

	if (step)
		step(host, assoc, msg);
	else if (msg)
		host->stats.v[assoc ? HIP_STAT_DROP_STATE :
				      HIP_STAT_DROP_NO_ASSOC]++;
	if (!step && msg && !assoc)
		hip_icmp_no_assoc(host, msg);
}
