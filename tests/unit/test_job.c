// SPDX-License-Identifier: GPL-2.0
/*
 * Jobs on worker threads (job.h): each is computed once and committed in the
 * loop, the better class goes first and none starves, stopping abandons what
 * is left. "unit-tsan" runs it with ThreadSanitizer.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "host.h"
#include "job.h"
#include "util.h"

#define JOBS 2000

/* What a job leaves: where and in which order it was computed. */
struct work {
	struct hip_job job;
	struct hip_pair pair;
	unsigned int number;
	unsigned int computed, committed, abandoned;
	unsigned int order;		/* of computing, all jobs counted */
	pthread_t by;
};

/* Shared by all jobs of a test. */
static struct {
	unsigned int n;			/* atomic: jobs computed */
	pthread_mutex_t gate;		/* held: workers wait in compute() */
	unsigned int committed, abandoned;
} run;

static void compute(struct hip_job *job)
{
	struct work *w = (struct work *)job;

	pthread_mutex_lock(&run.gate);
	pthread_mutex_unlock(&run.gate);
	w->computed++;
	w->by = pthread_self();
	w->order = __atomic_add_fetch(&run.n, 1, __ATOMIC_RELAXED);
}

static void commit(struct hip_job *job)
{
	struct work *w = (struct work *)job;

	w->committed++;
	w->abandoned += job->abandoned;
	run.committed++;
	run.abandoned += job->abandoned;
}

static void prepare(struct hip_host *host, unsigned int workers)
{
	memset(host, 0, sizeof(*host));
	memset(&run, 0, sizeof(run));
	pthread_mutex_init(&run.gate, NULL);
	if (workers)
		assert_int_equal(hip_jobs_create(host, workers), 0);
}

static void give(struct hip_host *host, struct work *w, enum hip_job_class c)
{
	memset(w, 0, sizeof(*w));
	w->job = (struct hip_job){ .host = host, .compute = compute,
				   .commit = commit, .class = c };
	hip_job_run(&w->job);
}

static void finish(struct hip_host *host)
{
	struct pollfd pfd = { hip_jobs_fd(host->jobs), POLLIN, 0 };

	while (hip_jobs_pending(host)) {
		assert_int_equal(poll(&pfd, 1, 60000), 1);
		hip_jobs_complete(host);
	}
}

static void test_inline(void **state)
{
	struct hip_host host;
	struct work w;

	prepare(&host, 0);
	give(&host, &w, HIP_JOB_SHORT);
	assert_int_equal(w.computed, 1);
	assert_int_equal(w.committed, 1);
	assert_true(pthread_equal(w.by, pthread_self()));
	assert_int_equal(hip_jobs_pending(&host), 0);
	assert_true(hip_job_room(&host, HIP_JOB_ANSWER));
	hip_jobs_destroy(&host);
}

static void test_many(void **state)
{
	static struct work w[JOBS];
	struct hip_host host;
	unsigned int i;

	prepare(&host, 4);
	for (i = 0; i < JOBS; i++)
		give(&host, &w[i], i % HIP_N_JOB_CLASSES);
	finish(&host);
	for (i = 0; i < JOBS; i++) {
		assert_int_equal(w[i].computed, 1);
		assert_int_equal(w[i].committed, 1);
		assert_int_equal(w[i].abandoned, 0);
		assert_false(pthread_equal(w[i].by, pthread_self()));
	}
	hip_jobs_destroy(&host);
	assert_null(host.jobs);
}

/* One worker, held at its first job while the queue fills. */
static void test_classes(void **state)
{
	static struct work first, answer[100], brief[10], puzzle;
	unsigned int i, late = 0;
	struct hip_host host;

	prepare(&host, 1);
	pthread_mutex_lock(&run.gate);
	give(&host, &first, HIP_JOB_SHORT);
	give(&host, &puzzle, HIP_JOB_PUZZLE);
	for (i = 0; i < 100; i++)
		give(&host, &answer[i], HIP_JOB_ANSWER);
	for (i = 0; i < 10; i++)
		give(&host, &brief[i], HIP_JOB_SHORT);
	pthread_mutex_unlock(&run.gate);
	finish(&host);
	for (i = 0; i < 10; i++)
		if (brief[i].order > late)
			late = brief[i].order;
	/* one of 16 may be an answer or the puzzle */
	assert_in_range(late, 10, 12);
	/* not at the end, although of the worst class */
	assert_in_range(puzzle.order, 2, 17);
	for (i = 1; i < 100; i++)
		assert_true(answer[i].order > answer[i - 1].order);
	hip_jobs_destroy(&host);
}

static void test_room(void **state)
{
	static struct work w[JOBS];
	struct hip_host host;
	unsigned int n = 0;

	prepare(&host, 2);
	pthread_mutex_lock(&run.gate);
	while (hip_job_room(&host, HIP_JOB_ANSWER))
		give(&host, &w[n++], HIP_JOB_ANSWER);
	assert_int_equal(n, 512);
	assert_int_equal(hip_job_fill(&host, HIP_JOB_ANSWER), 100);
	assert_true(hip_job_room(&host, HIP_JOB_SHORT));
	pthread_mutex_unlock(&run.gate);
	finish(&host);
	assert_true(hip_job_room(&host, HIP_JOB_ANSWER));
	assert_int_equal(hip_job_fill(&host, HIP_JOB_ANSWER), 0);
	hip_jobs_destroy(&host);
}

/* Stopping with work left: joined, nothing forgotten, nothing done twice. */
static void test_stop(void **state)
{
	static struct work w[JOBS];
	struct hip_host host;
	unsigned int i;

	prepare(&host, 3);
	for (i = 0; i < JOBS; i++)
		give(&host, &w[i], HIP_JOB_ANSWER);
	hip_jobs_destroy(&host);
	assert_int_equal(run.committed, JOBS);
	assert_int_equal(run.abandoned, JOBS);
	for (i = 0; i < JOBS; i++) {
		assert_in_range(w[i].computed, 0, 1);
		assert_int_equal(w[i].committed, 1);
	}
}

/* Packets of a pair wait for its job, others do not; places are few. */
static void test_hold(void **state)
{
	struct hip_packet p = { 0 }, other;
	uint8_t buf[40] = { 0 };
	struct hip_msg msg = { .p = &p }, free_msg = { .p = &other };
	struct hip_host host;
	struct work w;
	unsigned int i;

	prepare(&host, 1);
	p.buf = buf;
	p.len = sizeof(buf);
	p.sender = addr("2001:20::1");
	p.receiver = addr("2001:20::2");
	other = p;
	other.sender = addr("2001:20::3");
	pthread_mutex_lock(&run.gate);
	assert_false(hip_job_hold(&host, &msg));
	memset(&w, 0, sizeof(w));
	w.pair = (struct hip_pair){ p.receiver, p.sender };
	w.job = (struct hip_job){ .host = &host, .compute = compute,
				  .commit = commit, .pair = &w.pair };
	hip_job_run(&w.job);
	assert_false(hip_job_hold(&host, &free_msg));
	for (i = 0; i < 10; i++)
		assert_true(hip_job_hold(&host, &msg));
	assert_int_equal(host.stats.v[HIP_STAT_DROP_BUSY], 2);
	pthread_mutex_unlock(&run.gate);
	finish(&host);
	/* they came again, and had no locators */
	assert_int_equal(host.stats.v[HIP_STAT_DROP_LOCATOR], 8);
	assert_false(hip_job_hold(&host, &msg));
	hip_jobs_destroy(&host);
}

/* pthread_create() fails after so many threads; see the Makefile. */
static unsigned int threads_left = -1u;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*start)(void *), void *arg)
{
	if (!threads_left)
		return EAGAIN;
	threads_left--;
	return __real_pthread_create(thread, attr, start, arg);
}

/* The system gives fewer threads than wanted: those do all of the work. */
static void test_fewer(void **state)
{
	static struct work w[JOBS];
	struct hip_host host;
	unsigned int i;

	threads_left = 1;
	prepare(&host, 4);
	threads_left = -1u;
	assert_int_equal(hip_jobs_threads(host.jobs), 1);
	for (i = 0; i < JOBS; i++)
		give(&host, &w[i], i % HIP_N_JOB_CLASSES);
	finish(&host);
	assert_int_equal(run.committed, JOBS);
	assert_int_equal(run.abandoned, 0);
	hip_jobs_destroy(&host);
}

/* None at all: jobs run at once, in the loop. */
static void test_none(void **state)
{
	struct hip_host host;
	struct work w;

	prepare(&host, 0);
	threads_left = 0;
	assert_int_equal(hip_jobs_create(&host, 4), -EAGAIN);
	threads_left = -1u;
	assert_null(host.jobs);
	give(&host, &w, HIP_JOB_ANSWER);
	assert_int_equal(w.committed, 1);
	assert_true(pthread_equal(w.by, pthread_self()));
	hip_jobs_destroy(&host);
}

/* One worker that does not come back from its job: the others go on. When none
 * comes back and jobs wait, the watchdog is not told that all is well.
 */
static pthread_mutex_t trap = PTHREAD_MUTEX_INITIALIZER;
static unsigned int trapped;		/* atomic */

static void compute_trapped(struct hip_job *job)
{
	__atomic_add_fetch(&trapped, 1, __ATOMIC_RELEASE);
	pthread_mutex_lock(&trap);
	pthread_mutex_unlock(&trap);
	compute(job);
}

static void give_trap(struct hip_host *host, struct work *w)
{
	unsigned int before = __atomic_load_n(&trapped, __ATOMIC_ACQUIRE);

	memset(w, 0, sizeof(*w));
	w->job = (struct hip_job){ .host = host, .compute = compute_trapped,
				   .commit = commit,
				   .class = HIP_JOB_SHORT };
	hip_job_run(&w->job);
	while (__atomic_load_n(&trapped, __ATOMIC_ACQUIRE) == before)
		sched_yield();
}

static void test_stuck(void **state)
{
	static struct work stuck[2], w[100];
	struct hip_host host;
	struct pollfd pfd;
	unsigned int i, n = 0;

	prepare(&host, 2);
	pthread_mutex_lock(&trap);
	give_trap(&host, &stuck[0]);
	pfd = (struct pollfd){ hip_jobs_fd(host.jobs), POLLIN, 0 };
	for (i = 0; i < 100; i++)
		give(&host, &w[i], HIP_JOB_ANSWER);
	while (hip_jobs_pending(&host) > 1) {
		assert_int_equal(poll(&pfd, 1, 60000), 1);
		hip_jobs_complete(&host);
	}
	assert_int_equal(stuck[0].committed, 0);
	assert_false(hip_jobs_stuck(host.jobs));
	assert_false(hip_jobs_stuck(host.jobs));

	give_trap(&host, &stuck[1]);
	while (hip_job_room(&host, HIP_JOB_ANSWER) && n < 100)
		give(&host, &w[n++], HIP_JOB_ANSWER);
	assert_false(hip_jobs_stuck(host.jobs));
	assert_true(hip_jobs_stuck(host.jobs));
	assert_true(hip_jobs_stuck(host.jobs));

	pthread_mutex_unlock(&trap);
	finish(&host);
	assert_false(hip_jobs_stuck(host.jobs));
	assert_int_equal(run.committed, 202);
	hip_jobs_destroy(&host);
}

/* Many pairs, each with what one may have: there is an end to all of it. */
static void test_hold_all(void **state)
{
	static struct work w[150];
	struct hip_packet p = { 0 };
	uint8_t buf[40] = { 0 };
	struct hip_msg msg = { .p = &p };
	struct hip_host host;
	unsigned int i, k;

	prepare(&host, 1);
	p.buf = buf;
	p.len = sizeof(buf);
	p.sender = addr("2001:20::1");
	p.receiver = addr("2001:20::2");
	pthread_mutex_lock(&run.gate);
	for (i = 0; i < 150; i++) {
		p.sender.s6_addr[14] = (uint8_t)i;
		memset(&w[i], 0, sizeof(w[i]));
		w[i].pair = (struct hip_pair){ p.receiver, p.sender };
		w[i].job = (struct hip_job){ .host = &host, .compute = compute,
					     .commit = commit,
					     .pair = &w[i].pair };
		hip_job_run(&w[i].job);
		for (k = 0; k < 8; k++)
			assert_true(hip_job_hold(&host, &msg));
	}
	assert_int_equal(host.stats.v[HIP_STAT_DROP_BUSY], 150 * 8 - 1024);
	pthread_mutex_unlock(&run.gate);
	finish(&host);
	assert_int_equal(host.stats.v[HIP_STAT_DROP_LOCATOR], 1024);
	hip_jobs_destroy(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inline),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_hold_all),
		cmocka_unit_test(test_fewer),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_stuck),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
