/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of xfrm. One row each, in the kernel's order: its name in
 * /proc/net/xfrm_stat and one sentence. Those of 6.12; 6.1 has all but the two
 * of a direction.
 */
#ifndef HIP_KXFRM_STATS_H
#define HIP_KXFRM_STATS_H

#include "kif.h"

#define HIP_KXFRM_STATS(X) \
	X("XfrmInError", "dropped: inbound, memory or a route was missing, or what no other counter names") \
	X("XfrmInBufferError", "dropped: inbound, through more SAs or policies than the kernel follows") \
	X("XfrmInHdrError", "dropped: inbound, headers that cannot be read, such as ESP without a whole SPI") \
	X("XfrmInNoStates", "dropped: ESP of an SPI that no SA has at this address") \
	X("XfrmInStateProtoError", "dropped: ESP that does not pass the integrity check or cannot be decrypted") \
	X("XfrmInStateModeError", "dropped: inbound, what the SA's mode (BEET for HIP) cannot unpack") \
	X("XfrmInStateSeqError", "dropped: ESP with a sequence number that was seen or is behind the replay window") \
	X("XfrmInStateExpired", "dropped: inbound, the SA has reached its limit of time, packets or octets") \
	X("XfrmInStateMismatch", "dropped: inbound, the SA wants another UDP encapsulation or has another selector") \
	X("XfrmInStateInvalid", "dropped: inbound, the SA is being removed or has failed") \
	X("XfrmInTmplMismatch", "dropped: inbound, came through other SAs than the policy asks for") \
	X("XfrmInNoPols", "dropped: inbound, came through an SA but no policy allows that") \
	X("XfrmInPolBlock", "dropped: inbound, a policy blocks it") \
	X("XfrmInPolError", "dropped: inbound, the search for a policy failed") \
	X("XfrmOutError", "dropped: outbound, memory or a route was missing, or what no other counter names") \
	X("XfrmOutBundleGenError", "dropped: outbound, SAs and route could not be put together") \
	X("XfrmOutBundleCheckError", "dropped: outbound, SAs and route fit together no longer") \
	X("XfrmOutNoStates", "outbound: a policy asks for an SA that is not there; dropped or made to wait") \
	X("XfrmOutStateProtoError", "dropped: outbound, encryption failed") \
	X("XfrmOutStateModeError", "dropped: outbound, what the SA's mode (BEET for HIP) cannot pack") \
	X("XfrmOutStateSeqError", "dropped: outbound, the SA has no sequence numbers left") \
	X("XfrmOutStateExpired", "dropped: outbound, the SA has reached its limit of time, packets or octets") \
	X("XfrmOutPolBlock", "dropped: outbound, a policy blocks it") \
	X("XfrmOutPolDead", "dropped: outbound, the policy was being removed") \
	X("XfrmOutPolError", "dropped: outbound, the search for a policy or for its SAs failed") \
	X("XfrmFwdHdrError", "dropped: to be forwarded, but no policy could be looked up for its headers") \
	X("XfrmOutStateInvalid", "dropped: outbound, the SA is being removed or has failed") \
	X("XfrmAcquireError", "dropped: inbound, the SA has no keys yet") \
	X("XfrmOutStateDirError", "dropped: outbound, the SA found is for the inbound direction") \
	X("XfrmInStateDirError", "dropped: inbound, the SA found is for the outbound direction")

/* The sentence of a counter; one for all that are not known. */
const char *hip_kxfrm_stats_help(const char *name);
/* Calls @cb with each counter of this network namespace until it returns not
 * 0, which is returned.
 */
int hip_kxfrm_stats(hip_kif_counter_cb cb, void *arg);

#endif
