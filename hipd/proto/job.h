/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A step of an exchange that costs: public-key work, puzzles.
 *
 * compute() is a pure function of what the job holds: it may run in any
 * thread and sees neither host nor association. commit() runs in the event
 * loop afterwards; it looks its association up again, because the world may
 * have changed, and frees the job. Today both run at once in the loop.
 */
#ifndef HIP_JOB_H
#define HIP_JOB_H

struct hip_host;

struct hip_job {
	struct hip_host *host;
	void (*compute)(struct hip_job *job);
	void (*commit)(struct hip_job *job);
};

void hip_job_run(struct hip_job *job);

#endif
