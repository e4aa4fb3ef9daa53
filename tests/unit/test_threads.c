// SPDX-License-Identifier: GPL-2.0
/*
 * Crypto from several threads at once, sharing keys, as the workers of the
 * daemon do. Each thread checks its own results; the first use of every
 * algorithm is part of the race.
 */
#include <pthread.h>

#include "crypto.h"
#include "util.h"

#define N_THREADS 4
#define ROUNDS 50

static struct hip_key *key;
static struct hip_dh *dh;
static pthread_barrier_t barrier;

/* Returns the number of wrong results: cmocka's asserts are for one thread. */
static intptr_t one_round(unsigned int round)
{
	uint8_t secret[HIP_DH_SECRET_MAX], again[HIP_DH_SECRET_MAX];
	uint8_t sig[HIP_SIG_MAX], mac[HIP_HASH_MAX], okm[200];
	struct hip_key *mine = hip_key_get(key), *public;
	struct hip_dh *own = hip_dh_create(HIP_DH_P256);
	struct hip_dh *shared = hip_dh_get(dh);
	size_t sig_len, hi_len;
	const uint8_t *hi;
	intptr_t wrong = 0;

	hi = hip_key_hi(mine, &hi_len);
	public = hip_key_from_hi(HIP_HI_ECDSA, hi, hi_len);
	wrong += !!hip_key_sign(mine, &round, sizeof(round), sig, &sig_len);
	wrong += !!hip_key_verify(public, &round, sizeof(round), sig, sig_len);
	wrong += !!hip_dh_derive(own, hip_dh_public(shared), 64, secret);
	wrong += !!hip_dh_derive(shared, hip_dh_public(own), 64, again);
	wrong += !!memcmp(secret, again, 32);
	wrong += !!hip_crypto_hkdf(HIP_HASH_SHA384, secret, 32, sig, 64, hi,
				   hi_len, okm, sizeof(okm));
	wrong += !!hip_crypto_hmac(HIP_HASH_SHA384, okm, 48, hi, hi_len, mac);
	hip_key_put(public);
	hip_key_put(mine);
	hip_dh_put(own);
	hip_dh_put(shared);
	return wrong;
}

static void *work(void *arg)
{
	intptr_t wrong = 0;
	unsigned int i;

	pthread_barrier_wait(&barrier);
	for (i = 0; i < ROUNDS; i++)
		wrong += one_round(i);
	return (void *)wrong;
}

static void test_shared(void **state)
{
	pthread_t threads[N_THREADS];
	void *wrong;
	int i;

	key = hip_key_generate(HIP_HI_ECDSA, 256);
	dh = hip_dh_create(HIP_DH_P256);
	assert_int_equal(pthread_barrier_init(&barrier, NULL, N_THREADS), 0);
	for (i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, NULL),
				 0);
	for (i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	pthread_barrier_destroy(&barrier);
	hip_dh_put(dh);
	hip_key_put(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
