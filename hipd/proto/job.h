/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A step of an exchange that costs: public-key work, puzzles.
 *
 * compute() is a pure function of what the job holds: it may run in any
 * thread and sees neither host nor association. commit() runs in the event
 * loop afterwards; it looks its association up again, because the world may
 * have changed, and frees the job. A job that was abandoned, because the host
 * stops, was not computed: commit() frees it and does nothing else.
 *
 * Without workers both run at once in hip_job_run(). With workers the packets
 * of a pair of HITs that has a job under way wait until it is committed: each
 * association sees its packets one after the other, as it would without.
 */
#ifndef HIP_JOB_H
#define HIP_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "assoc.h"
#include "msg.h"

struct hip_host;
struct hip_jobs;

/* What goes first when there is more than can be done. */
enum hip_job_class {
	HIP_JOB_SHORT,		/* packets of associations: MAC, signature */
	HIP_JOB_OFFER,		/* an R1 on its way to an I2 */
	HIP_JOB_ANSWER,		/* an I2 on its way to an R2 */
	HIP_JOB_SPARE,		/* keys and R1s in advance */
	HIP_JOB_PUZZLE,		/* a stretch of solving */
	HIP_N_JOB_CLASSES,
};

struct hip_job {
	struct hip_host *host;
	void (*compute)(struct hip_job *job);
	void (*commit)(struct hip_job *job);
	const struct hip_pair *pair;	/* whose packets wait, or NULL */
	enum hip_job_class class;
	bool abandoned;
	struct hip_job *next;		/* in a queue */
};

/**
 * hip_jobs_create() - start worker threads for @host
 * @host: jobs is set; its loop calls hip_jobs_complete() when hip_jobs_fd()
 *	is readable
 * @n: threads, at least 1; when the system does not give as many, fewer
 *
 * Return: 0 or a negative errno; then jobs go on running in the loop.
 */
int hip_jobs_create(struct hip_host *host, unsigned int n);
/* Ends and joins the threads, abandons what is not committed. None is fine. */
void hip_jobs_destroy(struct hip_host *host);
/* How many there are. */
unsigned int hip_jobs_threads(const struct hip_jobs *jobs);
/* Called now and then, long enough apart for any job: jobs waited all the time
 * since the last call, and no worker has taken one.
 */
bool hip_jobs_stuck(struct hip_jobs *jobs);
int hip_jobs_fd(const struct hip_jobs *jobs);
/* Commits what the workers have done, then lets waiting packets go on. */
void hip_jobs_complete(struct hip_host *host);
/* Jobs that are not committed yet. */
size_t hip_jobs_pending(const struct hip_host *host);

/* Is there room for another of @class? Who makes jobs for what a peer sends
 * asks first, and sheds.
 */
bool hip_job_room(const struct hip_host *host, enum hip_job_class class);
/* How full @class is, in percent. */
unsigned int hip_job_fill(const struct hip_host *host,
			  enum hip_job_class class);
/* Does @job, now or later; takes it over. */
void hip_job_run(struct hip_job *job);

/* Keeps a packet back if a job of its pair is under way: true when @msg needs
 * no more attention. A pair has few places; beyond them a packet is dropped.
 */
bool hip_job_hold(struct hip_host *host, const struct hip_msg *msg);

#endif
