// SPDX-License-Identifier: GPL-2.0
/*
 * Runs jobs, in the loop or on worker threads; see job.h for the rules that
 * they keep.
 *
 * The lock covers the queues and "stop"; all else is the loop's alone. A
 * worker takes the first job of the best class; now and then that of the
 * worst, so that a flood of one class does not stop another for ever.
 */
#include "job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host.h"

#define FAIR 16			/* each so many-th job is of the worst class */
#define HELD_PAIR 8		/* packets that wait, of one pair ... */
#define HELD_ALL 1024		/* ... and of all */

struct queue {
	struct hip_job *first, **end;
};

/* A packet that waits for a job of its pair. */
struct waiting {
	struct waiting *next;
	struct in6_addr src, dst;
	size_t len;
	uint8_t buf[];
};

/* A pair with jobs under way. */
struct busy {
	UT_hash_handle hh;
	struct hip_pair pair;
	unsigned int jobs, n_waiting;
	struct waiting *first, **end;
};

struct hip_jobs {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue todo[HIP_N_JOB_CLASSES];
	struct queue done;
	unsigned int taken;
	bool stop;
	/* the loop's */
	int fd;
	size_t out[HIP_N_JOB_CLASSES];	/* given and not committed */
	struct busy *busy;
	size_t n_waiting;
	unsigned int looked;		/* "taken" when the watchdog looked */
	bool waited;			/* were there jobs then? */
	unsigned int n_threads;
	pthread_t thread[];
};

/* What peers can ask for is bounded; what we ask ourselves has bounds of its
 * own: attempts, pools.
 */
static const size_t room[HIP_N_JOB_CLASSES] = {
	[HIP_JOB_SHORT] = 1024,
	[HIP_JOB_OFFER] = 1024,
	[HIP_JOB_ANSWER] = 512,
	[HIP_JOB_SPARE] = SIZE_MAX,
	[HIP_JOB_PUZZLE] = SIZE_MAX,
};

/* ---- queues ---- */

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void push(struct queue *q, struct hip_job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
}

static struct hip_job *pop(struct queue *q)
{
	struct hip_job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->end = &q->first;
	return job;
}

/* ---- the workers ---- */

static struct hip_job *__take(struct hip_jobs *jobs)
{
	bool worst = ++jobs->taken % FAIR == 0;
	struct hip_job *job = NULL;
	unsigned int i;

	for (i = 0; !job && i < HIP_N_JOB_CLASSES; i++)
		job = pop(&jobs->todo[worst ? HIP_N_JOB_CLASSES - 1 - i : i]);
	return job;
}

static void wake_loop(const struct hip_jobs *jobs)
{
	const uint64_t one = 1;

	/* fails only when the counter is full: then the loop is awake */
	if (write(jobs->fd, &one, sizeof(one)) < 0)
		return;
}

static void *work(void *arg)
{
	struct hip_jobs *jobs = arg;
	struct hip_job *job;
	bool wake;

	pthread_mutex_lock(&jobs->lock);
	while (!jobs->stop) {
		job = __take(jobs);
		if (!job) {
			pthread_cond_wait(&jobs->more, &jobs->lock);
			continue;
		}
		pthread_mutex_unlock(&jobs->lock);
		job->compute(job);
		pthread_mutex_lock(&jobs->lock);
		wake = !jobs->done.first;
		push(&jobs->done, job);
		if (!wake)
			continue;
		pthread_mutex_unlock(&jobs->lock);
		wake_loop(jobs);
		pthread_mutex_lock(&jobs->lock);
	}
	pthread_mutex_unlock(&jobs->lock);
	return NULL;
}

static void stop_threads(struct hip_jobs *jobs)
{
	unsigned int i;

	pthread_mutex_lock(&jobs->lock);
	jobs->stop = true;
	pthread_cond_broadcast(&jobs->more);
	pthread_mutex_unlock(&jobs->lock);
	for (i = 0; i < jobs->n_threads; i++)
		pthread_join(jobs->thread[i], NULL);
}

/* As many as there can be: 0, or a negative errno when there is none. Signals
 * are the loop's.
 */
static int start_threads(struct hip_jobs *jobs, unsigned int n)
{
	sigset_t all, was;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &was);
	while (!err && jobs->n_threads < n) {
		err = pthread_create(&jobs->thread[jobs->n_threads], NULL,
				     work, jobs);
		jobs->n_threads += !err;
	}
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return jobs->n_threads ? 0 : -err;
}

static void jobs_free(struct hip_jobs *jobs)
{
	pthread_cond_destroy(&jobs->more);
	pthread_mutex_destroy(&jobs->lock);
	close(jobs->fd);
	free(jobs);
}

int hip_jobs_create(struct hip_host *host, unsigned int n)
{
	struct hip_jobs *jobs;
	unsigned int i;
	int err;

	jobs = calloc(1, sizeof(*jobs) + n * sizeof(*jobs->thread));
	if (!jobs)
		return -ENOMEM;
	jobs->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (jobs->fd < 0) {
		err = -errno;
		free(jobs);
		return err;
	}
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_cond_init(&jobs->more, NULL);
	for (i = 0; i < HIP_N_JOB_CLASSES; i++)
		queue_init(&jobs->todo[i]);
	queue_init(&jobs->done);
	err = start_threads(jobs, n);
	if (err) {
		jobs_free(jobs);
		return err;
	}
	host->jobs = jobs;
	return 0;
}

/* ---- pairs with jobs under way ---- */

static struct busy *busy_find(const struct hip_jobs *jobs,
			      const struct hip_pair *pair)
{
	struct busy *b;

	HASH_FIND(hh, jobs->busy, pair, sizeof(*pair), b);
	return b;
}

static bool busy_note(struct hip_jobs *jobs, const struct hip_pair *pair)
{
	struct busy *b = busy_find(jobs, pair);

	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			return false;
		b->pair = *pair;
		b->end = &b->first;
		HASH_ADD(hh, jobs->busy, pair, sizeof(b->pair), b);
		if (!hip_hash_added(hh, b)) {
			free(b);
			return false;
		}
	}
	b->jobs++;
	return true;
}

static struct waiting *unhold(struct hip_jobs *jobs, struct busy *b)
{
	struct waiting *w = b->first;

	if (!w)
		return NULL;
	b->first = w->next;
	if (!b->first)
		b->end = &b->first;
	b->n_waiting--;
	jobs->n_waiting--;
	return w;
}

static void busy_free(struct hip_jobs *jobs, struct busy *b)
{
	struct waiting *w;

	while ((w = unhold(jobs, b)))
		free(w);
	HASH_DEL(jobs->busy, b);
	free(b);
}

/* A job of @pair was committed: what waited goes on until the next job. */
static void busy_over(struct hip_host *host, const struct hip_pair *pair)
{
	struct hip_jobs *jobs = host->jobs;
	struct busy *b = busy_find(jobs, pair);
	struct waiting *w;

	b->jobs--;
	while (!b->jobs && (w = unhold(jobs, b))) {
		hip_host_again(host, &w->src, &w->dst, w->buf, w->len);
		free(w);
	}
	if (!b->jobs)
		busy_free(jobs, b);
}

bool hip_job_hold(struct hip_host *host, const struct hip_msg *msg)
{
	struct hip_pair pair = { msg->p->receiver, msg->p->sender };
	struct hip_jobs *jobs = host->jobs;
	struct waiting *w;
	struct busy *b;

	b = jobs ? busy_find(jobs, &pair) : NULL;
	if (!b || !b->jobs)
		return false;
	if (b->n_waiting >= HELD_PAIR || jobs->n_waiting >= HELD_ALL) {
		host->stats.v[HIP_STAT_DROP_BUSY]++;
		return true;
	}
	w = malloc(sizeof(*w) + msg->p->len);
	if (!w) {
		host->stats.v[HIP_STAT_DROP_MEMORY]++;
		return true;
	}
	*w = (struct waiting){ .src = msg->src, .dst = msg->dst,
			       .len = msg->p->len };
	memcpy(w->buf, msg->p->buf, w->len);
	*b->end = w;
	b->end = &w->next;
	b->n_waiting++;
	jobs->n_waiting++;
	return true;
}

/* ---- giving and taking back ---- */

void hip_job_run(struct hip_job *job)
{
	struct hip_jobs *jobs = job->host->jobs;

	/* without memory for the note, what waits could not be found */
	if (!jobs || (job->pair && !busy_note(jobs, job->pair))) {
		job->compute(job);
		job->commit(job);
		return;
	}
	jobs->out[job->class]++;
	pthread_mutex_lock(&jobs->lock);
	push(&jobs->todo[job->class], job);
	pthread_cond_signal(&jobs->more);
	pthread_mutex_unlock(&jobs->lock);
}

bool hip_job_room(const struct hip_host *host, enum hip_job_class class)
{
	return !host->jobs || host->jobs->out[class] < room[class];
}

unsigned int hip_job_fill(const struct hip_host *host,
			  enum hip_job_class class)
{
	return host->jobs ? (unsigned int)(100 * host->jobs->out[class] /
					   room[class]) : 0;
}

static void commit(struct hip_host *host, struct hip_job *job)
{
	const bool paired = job->pair;
	struct hip_pair pair = { 0 };

	if (paired)
		pair = *job->pair;
	host->jobs->out[job->class]--;
	job->commit(job);
	if (paired)
		busy_over(host, &pair);
}

static struct hip_job *take_all(struct hip_jobs *jobs, struct queue *q)
{
	struct hip_job *first;

	pthread_mutex_lock(&jobs->lock);
	first = q->first;
	queue_init(q);
	pthread_mutex_unlock(&jobs->lock);
	return first;
}

void hip_jobs_complete(struct hip_host *host)
{
	struct hip_jobs *jobs = host->jobs;
	struct hip_job *job, *next;
	uint64_t count;

	/* before the queue is emptied, so that no wake-up is lost; EAGAIN
	 * when there was none
	 */
	if (read(jobs->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	for (job = take_all(jobs, &jobs->done); job; job = next) {
		next = job->next;
		commit(host, job);
	}
}

size_t hip_jobs_pending(const struct hip_host *host)
{
	size_t sum = 0;
	unsigned int i;

	for (i = 0; host->jobs && i < HIP_N_JOB_CLASSES; i++)
		sum += host->jobs->out[i];
	return sum;
}

unsigned int hip_jobs_threads(const struct hip_jobs *jobs)
{
	return jobs->n_threads;
}

bool hip_jobs_stuck(struct hip_jobs *jobs)
{
	bool waiting = false, stuck;
	unsigned int i;

	pthread_mutex_lock(&jobs->lock);
	for (i = 0; i < HIP_N_JOB_CLASSES; i++)
		waiting |= !!jobs->todo[i].first;
	stuck = waiting && jobs->waited && jobs->taken == jobs->looked;
	jobs->looked = jobs->taken;
	pthread_mutex_unlock(&jobs->lock);
	jobs->waited = waiting;
	return stuck;
}

int hip_jobs_fd(const struct hip_jobs *jobs)
{
	return jobs->fd;
}

static void abandon(struct hip_jobs *jobs, struct queue *q)
{
	struct hip_job *job, *next;

	for (job = take_all(jobs, q); job; job = next) {
		next = job->next;
		job->abandoned = true;
		job->commit(job);
	}
}

void hip_jobs_destroy(struct hip_host *host)
{
	struct hip_jobs *jobs = host->jobs;
	struct busy *b, *tmp;
	unsigned int i;

	if (!jobs)
		return;
	stop_threads(jobs);
	host->jobs = NULL;
	for (i = 0; i < HIP_N_JOB_CLASSES; i++)
		abandon(jobs, &jobs->todo[i]);
	abandon(jobs, &jobs->done);
	HASH_ITER(hh, jobs->busy, b, tmp)
		busy_free(jobs, b);
	jobs_free(jobs);
}
