/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The daemon's counters. One row each: name for the enum, name for people,
 * one sentence. Every packet that is dropped is counted under its reason.
 */
#ifndef HIP_STATS_H
#define HIP_STATS_H

#include <stdint.h>

#define HIP_STATS(X) \
	X(RX, "rx", "HIP packets received") \
	X(TX, "tx", "HIP packets sent, retransmissions included") \
	X(TX_ERROR, "tx_error", "HIP packets that the kernel did not take") \
	X(RETRANSMIT, "retransmit", "HIP packets sent again") \
	X(BEX_INITIATED, "bex_initiated", "base exchanges started here") \
	X(BEX_COMPLETED, "bex_completed", "base exchanges completed, both roles") \
	X(BEX_FAILED, "bex_failed", "base exchanges given up after all retries") \
	X(NOTIFY_RX, "notify_rx", "genuine NOTIFYs received") \
	X(NOTIFY_TX, "notify_tx", "NOTIFYs sent") \
	X(NOTIFY_LIMITED, "notify_limited", "NOTIFYs not sent, to spare the peer or us") \
	X(ACCESS_CLOSED, "access_closed", "associations closed because new access rules deny them") \
	X(UPDATE_AGAIN, "update_again", "UPDATEs that came again and were acknowledged again") \
	X(UPDATE_FAILED, "update_failed", "UPDATEs never acknowledged: the association was closed") \
	X(REKEYS, "rekeys", "new ESP keys agreed on in running associations, both roles") \
	X(REKEY_FAILED, "rekey_failed", "rekeys that came to nothing") \
	X(PUZZLE_HARDER, "puzzle_harder", "times that load made the puzzles harder") \
	X(PUZZLE_EASIER, "puzzle_easier", "times that quiet made the puzzles easier again") \
	X(ACQUIRE, "acquire", "packets to a HIT without association, reported by hip.ko") \
	X(ACQUIRE_UNKNOWN_PEER, "acquire_unknown_peer", "acquires for a HIT without a known locator") \
	X(ACQUIRE_UNKNOWN_HIT, "acquire_unknown_hit", "acquires from a source HIT that is not ours") \
	X(DROP_SHORT, "drop_short", "dropped: shorter than its header says") \
	X(DROP_VERSION, "drop_version", "dropped: not HIP version 2") \
	X(DROP_TYPE, "drop_type", "dropped: unknown packet type") \
	X(DROP_CHECKSUM, "drop_checksum", "dropped: checksum") \
	X(DROP_PARAM, "drop_param", "dropped: parameter length, size or repetition") \
	X(DROP_PARAM_ORDER, "drop_param_order", "dropped: parameters out of order") \
	X(DROP_CRITICAL, "drop_critical", "dropped: unknown critical parameter") \
	X(DROP_MISSING, "drop_missing", "dropped: a parameter is missing") \
	X(DROP_HIT, "drop_hit", "dropped: receiver HIT is not ours") \
	X(DROP_SENDER_HIT, "drop_sender_hit", "dropped: sender HIT is null, ours or not a HIT of a supported suite") \
	X(DROP_STATE, "drop_state", "dropped: not expected in the association's state") \
	X(DROP_NO_ASSOC, "drop_no_assoc", "dropped: no association of these HITs") \
	X(DROP_LOCATOR, "drop_locator", "dropped: impossible source or destination locator") \
	X(DROP_HOST_ID, "drop_host_id", "dropped: Host Identity does not give the sender's HIT") \
	X(DROP_HI_ALG, "drop_hi_alg", "dropped: Host Identity of an algorithm that is not supported, such as DSA") \
	X(DROP_ANONYMOUS, "drop_anonymous", "dropped: anonymous Host Identity, against accept-anonymous") \
	X(DROP_SIGNATURE, "drop_signature", "dropped: signature") \
	X(DROP_MAC, "drop_mac", "dropped: HIP_MAC") \
	X(DROP_PUZZLE, "drop_puzzle", "dropped: puzzle is not ours, too old or not solved") \
	X(DROP_R1_COUNTER, "drop_r1_counter", "dropped: R1 generation counter too old") \
	X(DROP_DH, "drop_dh", "dropped: Diffie-Hellman group or public value") \
	X(DROP_CIPHER, "drop_cipher", "dropped: HIP_CIPHER not offered or none acceptable") \
	X(DROP_ESP_SUITE, "drop_esp_suite", "dropped: ESP suite not offered or none acceptable") \
	X(DROP_ESP_INFO, "drop_esp_info", "dropped: ESP_INFO with an invalid SPI or KEYMAT index") \
	X(DROP_TRANSPORT, "drop_transport", "dropped: no common transport format") \
	X(DROP_HIT_SUITE, "drop_hit_suite", "dropped: HIT suite not supported by one side") \
	X(DROP_DECRYPT, "drop_decrypt", "dropped: ENCRYPTED holds no Host Identity") \
	X(DROP_ECHO, "drop_echo", "dropped: echoed nonce differs") \
	X(DROP_REPLAY, "drop_replay", "dropped: I2 whose solution was used before") \
	X(DROP_BLACKLIST, "drop_blacklist", "dropped: I2 whose solution came with several bad I2s before") \
	X(DROP_STALE, "drop_stale", "dropped: I2 of an attempt that a newer exchange has replaced") \
	X(DROP_RACE, "drop_race", "dropped: simultaneous initiation, the other exchange wins") \
	X(DROP_UPDATE_ID, "drop_update_id", "dropped: UPDATE with an Update ID outside of the window") \
	X(DROP_UPDATE_AGAIN, "drop_update_again", "dropped: UPDATE that came again too soon") \
	X(DROP_UPDATE_ACK, "drop_update_ack", "dropped: UPDATE that acknowledges nothing outstanding") \
	X(DROP_CLOSE_AGAIN, "drop_close_again", "dropped: CLOSE that came again too soon") \
	X(DROP_NOTIFY_RATE, "drop_notify_rate", "dropped: more NOTIFYs of an address than 10 a second") \
	X(DROP_RATE, "drop_rate", "dropped: more I1s or I2s of an address than r1-rate") \
	X(DROP_NULL_HIT, "drop_null_hit", "dropped: I1 without a receiver HIT, opportunistic mode is off") \
	X(DROP_HIT_CHANGED, "drop_hit_changed", "dropped: R1 of another HIT than the locator had before (hip peer trust)") \
	X(DROP_ANONYMOUS_R1, "drop_anonymous_r1", "dropped: R1 of an anonymous host in opportunistic mode") \
	X(DROP_POLICY, "drop_policy", "dropped: I1 or I2 refused by the access rules") \
	X(DROP_FULL, "drop_full", "dropped: I2 of an unknown peer beyond max-associations") \
	X(DROP_BUSY, "drop_busy", "dropped: too many packets of an association wait for its cryptography") \
	X(DROP_OVERLOAD, "drop_overload", "dropped: the workers have more to do than they can") \
	X(DROP_MEMORY, "drop_memory", "dropped: out of memory") \
	X(DROP_CRYPTO, "drop_crypto", "dropped: the cryptographic library failed") \
	X(DROP_KERNEL, "drop_kernel", "dropped: the kernel refused the SAs") \
	X(DROP_ANSWER_SIZE, "drop_answer_size", "dropped: the answer does not fit into a packet") \
	X(KERNEL_ERROR, "kernel_error", "requests that the kernel refused") \
	X(KERNEL_OVERRUN, "kernel_overrun", "times that events of the kernel were lost and its tables were read instead") \
	X(RESUMED, "resumed", "associations of an earlier run that go on from the saved state") \
	X(REESTABLISHED, "reestablished", "associations of an earlier run that get a new base exchange") \
	X(STATE_SAVED, "state_saved", "times that the associations were saved") \
	X(STATE_ERROR, "state_error", "times that associations, the R1 counter or learned HITs could not be saved") \
	X(STATE_REFUSED, "state_refused", "saved states that were damaged, foreign or too old") \
	X(ICMP_TX, "icmp_tx", "ICMP errors sent about HIP packets") \
	X(ICMP_LIMITED, "icmp_limited", "ICMP errors not sent, for icmp-rate") \
	X(ICMP_RX, "icmp_rx", "ICMP errors received about HIP packets")

enum hip_stat {
#define X(id, name, help) HIP_STAT_##id,
	HIP_STATS(X)
#undef X
	HIP_N_STATS,
};

struct hip_stats {
	uint64_t v[HIP_N_STATS];
};

const char *hip_stat_name(enum hip_stat s);
const char *hip_stat_help(enum hip_stat s);

#endif
