/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The base exchange: I1 R1 I2 R2 (RFC 7401 sections 4.1, 5.3.1 to 5.3.4, 6.6
 * to 6.10; RFC 7402 section 3), Initiator and Responder.
 *
 * bex.c starts, repeats and gives up; bex_i1.c answers an I1, bex_r1.c an R1,
 * bex_i2.c an I2 and bex_r2.c ends it. What costs is a job (job.h).
 */
#ifndef HIP_BEX_H
#define HIP_BEX_H

#include "fsm.h"
#include "job.h"

#define HIP_BEX_PARALLEL 3	/* I1s at once (RFC 7401 section 6.6.1) */
#define HIP_BEX_RTO_MAX (8 * HIP_SEC)

struct hip_offer;
struct hip_r1;

struct hip_way {
	struct in6_addr local, peer;	/* locators */
};

/* An exchange that we initiate, until R2. Beside the association's own state:
 * in CLOSED the old keys still answer CLOSEs while this one runs.
 */
struct hip_bex {
	struct hip_assoc *assoc;
	uint32_t serial;		/* tells a job's attempt from another */
	struct hip_timer timer;		/* I1, I2 again; puzzle goes on */
	struct hip_retransmit rtx;
	unsigned int n_i2;		/* I2s sent, those of older R1s too */
	uint64_t started;		/* ns */
	uint8_t groups[HIP_CONFIG_LIST];	/* DH_GROUP_LIST of the I1 */
	size_t n_groups;
	/* HIT_SUITE_LIST of an R1 that could not be verified: the next one
	 * must say the same (opportunistic.h).
	 */
	uint8_t suites[16];
	size_t n_suites;
	size_t n_ways;
	struct hip_way way[HIP_PEER_LOCATORS];	/* where I1s go */
	/* For the next I2: reserved once, so that a forged R1 takes nothing. */
	struct hip_path next;
	struct hip_dh *dh;
	struct hip_offer *solving;	/* puzzle unsolved yet, or NULL */
	struct hip_offer *offer;	/* the I2 that was sent, or NULL */
};

/* An R1 on its way to an I2. The compute step sees nothing else. */
struct hip_offer {
	struct hip_job job;
	struct hip_pair pair;
	struct hip_pair found;		/* the association's when R1 came */
	uint32_t serial;		/* of the attempt */
	uint32_t number;		/* tells it from another of the same */
	struct hip_held r1;
	struct hip_key *key;		/* ours, reference */
	uint16_t controls;		/* of the I2 */
	uint8_t host_id[HIP_HOST_ID_MAX];
	size_t host_id_len;
	bool encrypt;			/* HOST_ID goes ENCRYPTED */
	struct hip_dh *dh;
	uint64_t counter;		/* of the R1; 0 without */
	uint64_t deadline;		/* ns, for the puzzle */
	uint8_t j[HIP_HASH_MAX];
	bool verified, suite_missing;
	bool running;			/* its job is under way */
	bool orphan;			/* freed when that is over */
	enum { HIP_OFFER_FAILED, HIP_OFFER_UNSOLVED, HIP_OFFER_READY } result;
	int drop;			/* counter, when it failed */
	struct hip_session session;
	struct hip_builder i2;
};

/* Steps of the state machine (fsm.c). */
void hip_bex_data(struct hip_host *host, struct hip_assoc *assoc,
		  const struct hip_msg *msg);
void hip_bex_queued(struct hip_host *host, struct hip_assoc *assoc,
		    const struct hip_msg *msg);
void hip_bex_refused(struct hip_host *host, struct hip_assoc *assoc,
		     const struct hip_msg *msg);
void hip_bex_rx_i1(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);
void hip_bex_rx_i1_race(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg);
/* An I2 that answered @was found no place: the R1 of today, if its puzzle is
 * harder. The solution has shown that the address is the sender's.
 */
void hip_bex_offer_harder(struct hip_host *host, const struct hip_msg *msg,
			  const struct hip_r1 *was);
void hip_bex_rx_r1(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);
void hip_bex_rx_i2(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);
void hip_bex_rx_i2_race(struct hip_host *host, struct hip_assoc *assoc,
			const struct hip_msg *msg);
void hip_bex_rx_i2_again(struct hip_host *host, struct hip_assoc *assoc,
			 const struct hip_msg *msg);
void hip_bex_rx_r2(struct hip_host *host, struct hip_assoc *assoc,
		   const struct hip_msg *msg);
void hip_bex_retry_i1(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg);
void hip_bex_retry_i2(struct hip_host *host, struct hip_assoc *assoc,
		      const struct hip_msg *msg);

/* Drops a running attempt and the SA that it prepared; none is fine. */
void hip_bex_abort(struct hip_assoc *assoc);
/* The same, but the SA stays for the next run of the daemon to replace. */
void hip_bex_forget(struct hip_assoc *assoc);
/* Gives up: the kernel's waiting packets are answered, E-FAILED. SAs of an
 * earlier run stay, and another attempt follows (life.h).
 */
void hip_bex_fail(struct hip_assoc *assoc, enum hip_kif_failure why);
/* Where I1s to the peer @hit go: its locators that a route leads to, @last
 * (NULL or zero: none) first. Returns how many of @way (HIP_PEER_LOCATORS).
 */
size_t hip_bex_ways(const struct hip_host *host, const struct in6_addr *hit,
		    const struct in6_addr *last, struct hip_way *way);
/* Begins an attempt: I1s to the peer's locators, the one last used first, and
 * I1-SENT, unless the state is CLOSED. A running attempt goes on. Returns 0,
 * -EHOSTUNREACH without a locator or route, -ENOMEM; then nothing changed.
 */
int hip_bex_begin(struct hip_assoc *assoc);
/* How long an answer to our last R2 may still be under way (RFC 7401 section
 * 4.4.2, Exchange Complete), ns.
 */
uint64_t hip_bex_complete_time(const struct hip_config *config);

/* Is an I1 to @addr out that may still be answered? */
bool hip_bex_sent_i1(const struct hip_assoc *assoc,
		     const struct in6_addr *addr);
/* Has the I2 had no answer for so long that another R1 is welcome? */
bool hip_bex_stuck(const struct hip_bex *bex);
/* Have so many I2s had no answer that the attempt ends? */
bool hip_bex_exhausted(const struct hip_bex *bex);
/* Sends the I2 of @offer now, and again until R2. 0 or -ENOMEM. */
int hip_bex_send_i2(struct hip_assoc *assoc, struct hip_offer *offer);

/* What the I2 that was sent leads to; NULL: none was sent. */
const struct hip_session *hip_bex_session(const struct hip_assoc *assoc);
/* Gives back what was reserved for the next I2. */
void hip_bex_unreserve(struct hip_assoc *assoc, struct hip_bex *bex);

/* Wipes, frees, as soon as no job works on it; @offer's SA is the caller's.
 * NULL is fine.
 */
void hip_offer_free(struct hip_offer *offer);
/* The compute step: an I2 from an R1. */
void hip_offer_compute(struct hip_job *job);
/* Another stretch of puzzle solving, unless one is under way. */
void hip_offer_continue(struct hip_assoc *assoc);

#endif
