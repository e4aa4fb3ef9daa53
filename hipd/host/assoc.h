/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HIP associations: at most one for each pair of HITs, found by that pair
 * alone and never by addresses (RFC 7401 section 4.4).
 */
#ifndef HIP_ASSOC_H
#define HIP_ASSOC_H

#include "hash.h"

#include "keymat.h"
#include "kif.h"
#include "puzzle.h"
#include "timer.h"

struct hip_host;
struct hip_identity;

enum hip_state {
	HIP_UNASSOCIATED,
	HIP_I1_SENT,
	HIP_I2_SENT,
	HIP_R2_SENT,
	HIP_ESTABLISHED,
	HIP_CLOSING,
	HIP_CLOSED,
	HIP_E_FAILED,
	HIP_N_STATES,
};

/* As RFC 7401 writes them: "I1-SENT". */
const char *hip_state_name(enum hip_state state);

/* What ICMP said about our I1s; anybody may have. */
enum hip_hint {
	HIP_HINT_NONE,
	HIP_HINT_NO_HIP,		/* protocol unreachable */
	HIP_HINT_PROHIBITED,
	HIP_HINT_UNREACHABLE,
};

struct hip_pair {
	struct in6_addr local, peer;	/* HITs */
};

/* The packet that is sent again until its answer comes (send.h), or that
 * answers a repeated packet of the peer.
 */
struct hip_retransmit {
	uint8_t *buf;			/* NULL = none */
	size_t len;
	unsigned int tries;		/* sent so far */
	uint64_t interval;		/* ns, doubles */
};

/* What one base exchange agreed on: made by the compute steps of bex.h, taken
 * over by the association at the end (hip_assoc_take).
 */
struct hip_session {
	unsigned int dh_group, cipher;
	struct hip_keymat keymat;
	struct hip_hipkeys own_keys, peer_keys;
	uint16_t keymat_index;		/* where the ESP keys are drawn */
	bool peer_anonymous;		/* it says so */
	struct hip_key *peer_key;	/* reference */
	uint8_t *peer_host_id;		/* malloc'ed TLV with padding */
	size_t peer_host_id_len;
	struct hip_dh_halves dh;	/* what keymat was made of */
	struct hip_path path;
};

/* Sequence numbers of UPDATE (update.h). All zero is the beginning. */
struct hip_update {
	uint32_t next_id;		/* of our next one */
	uint32_t skipped;		/* below it, after a restart */
	uint32_t forgotten;		/* likewise, with unanswered ones */
	uint32_t peer_next;		/* one above the peer's highest */
	uint32_t peer_seen;		/* bit n: peer_next - 1 - n is done */
	bool peer_wrapped;		/* peer_next was once above */
	unsigned int busy;		/* answers that are being made */
	unsigned int making;		/* of our IDs, the last so many */
	uint64_t reacked_at;		/* ns, the last ACK of a repeat */
	struct hip_update_out *out;	/* ours, not acknowledged */
};

struct hip_assoc {
	UT_hash_handle hh;
	struct hip_pair pair;		/* the key of the table */
	struct hip_host *host;
	struct hip_identity *identity;	/* ours; the identity outlives us */
	enum hip_state state;
	bool initiator;			/* of the exchange that made the keys */
	struct in6_addr local, peer;	/* locators in use */
	struct in6_addr asked;		/* see opportunistic.h; or zero */

	bool peer_anonymous;		/* says that its HI is */
	struct hip_key *peer_key;	/* its HI, once verified */
	uint8_t *peer_host_id;		/* its HOST_ID TLV with padding */
	size_t peer_host_id_len;
	uint64_t epoch;			/* I2s to older R1s are stale */

	unsigned int dh_group, cipher;
	struct hip_keymat keymat;
	struct hip_hipkeys own_keys, peer_keys;
	uint16_t keymat_index;		/* where the ESP keys were drawn */
	struct hip_dh_halves dh;	/* what keymat was made of */
	uint32_t life;			/* tells these keys from others */
	struct hip_path *path;		/* the default path, or NULL */
	struct hip_path path_store;	/* what it points to */
	struct hip_old_path *old;	/* were replaced, the first first */
	unsigned int n_old;		/* so many */
	struct hip_timer linger;	/* until it goes */
	uint64_t linger_end;		/* ns, latest, after a rekey */

	struct hip_update update;
	uint64_t rtt;			/* ns, 0 = not known */
	struct hip_rekey *rekey;	/* a running one (rekey.h) */
	struct hip_timer rekey_timer;	/* until the next */
	unsigned int n_rekeys;		/* done */

	struct hip_retransmit rtx;	/* R2, CLOSE or CLOSE_ACK */
	struct hip_timer timer;		/* lifetime of the state, CLOSE again */
	uint64_t since;			/* ns, of the present state */
	uint64_t poll;			/* ns, next look for inbound ESP */
	uint64_t used_packets;		/* at the last look for idleness */
	uint64_t used_at;		/* ns, when they last had grown */
	uint64_t started;		/* ns, first I1 sent or I2 received */
	uint64_t bex_time;		/* ns, started to SAs up, 0 = none */
	bool queued;			/* an exchange is planned (adopt.h) */
	bool waits;			/* the kernel keeps packets for it */
	bool failed;			/* the last attempt, ... */
	enum hip_kif_failure failure;	/* ... why */
	enum hip_hint hint;		/* of the last attempt */
	bool close_sent;
	uint8_t close_nonce[16];	/* CLOSE's ECHO_REQUEST_SIGNED */
	uint64_t reclosed_at;		/* ns, the last CLOSE that came again */
	struct hip_bex *bex;		/* a running exchange (bex.h) */
};

struct hip_assocs {
	struct hip_assoc *by_pair;
	uint32_t next_path_id;
	uint32_t next_serial;		/* of attempts and offers (bex.h) */
};

struct hip_assoc *hip_assoc_find(const struct hip_assocs *as,
				 const struct in6_addr *local,
				 const struct in6_addr *peer);
/* NULL: no memory, or the pair exists. */
struct hip_assoc *hip_assoc_create(struct hip_host *host,
				   struct hip_identity *identity,
				   const struct in6_addr *peer);
/* The peer turns out to have this HIT, which no other association has. 0, or
 * -ENOMEM: it is in no table and can only be destroyed.
 */
int hip_assoc_name(struct hip_assoc *assoc, const struct in6_addr *peer);
/* Takes its paths down, wipes the keys, frees. */
void hip_assoc_destroy(struct hip_assoc *assoc);
/* The same, but SAs that carry traffic stay in the kernel for the next run. */
void hip_assoc_forget(struct hip_assoc *assoc);
/* Has it nothing but the SAs of an earlier run? */
bool hip_assoc_adopted(const struct hip_assoc *assoc);
/* Tells the monitor its state once more: an attempt beside it has ended. */
void hip_assoc_tell(struct hip_assoc *assoc);
/* Changes state, notes the time, tells the monitor. */
void hip_assoc_enter(struct hip_assoc *assoc, enum hip_state state);

/**
 * hip_assoc_take() - the keys of a finished base exchange become ours
 * @assoc: its old keys go, and its old SAs after a while: what the peer sent
 *	before it heard of the new ones still arrives
 * @s: emptied; its path is up in the kernel already, unless its id is 0
 */
void hip_assoc_take(struct hip_assoc *assoc, struct hip_session *s);
/* The keys that an earlier run saved, and what belongs to them, become those
 * of @assoc, whose path the kernel has; @s is emptied. ESTABLISHED.
 */
void hip_assoc_resume(struct hip_assoc *assoc, struct hip_session *s);
/* Takes all that it has out of the kernel; not @last: packets that wait for
 * the pair go on waiting.
 */
void hip_assoc_path_down(struct hip_assoc *assoc, bool last);
/* @path is replaced by assoc->path and goes on receiving for a while: the
 * peer may still send through it until it uses the new one. Of many that come
 * quickly the first goes early.
 */
void hip_assoc_retire(struct hip_assoc *assoc, const struct hip_path *path);
/* Wipes and empties; the kernel is not asked. */
void hip_session_exit(struct hip_session *s);
/* Are there HIP keys, so that packets of the association can be checked? */
bool hip_assoc_has_keys(const struct hip_assoc *assoc);
uint32_t hip_assoc_path_id(struct hip_host *host);

#endif
