// SPDX-License-Identifier: GPL-2.0
/* Runs jobs; see job.h for the rules that they keep. */
#include "job.h"

void hip_job_run(struct hip_job *job)
{
	job->compute(job);
	job->commit(job);
}
