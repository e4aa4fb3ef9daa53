// SPDX-License-Identifier: GPL-2.0
/*
 * What the public-key operations of a base exchange cost on this machine with
 * OpenSSL alone, nothing of hipd involved: the floor under every base
 * exchange. Prints one line per operation, "NAME MEDIAN_US", for P-256:
 *
 *   keygen   an ephemeral key pair      (off the path: made in advance)
 *   sign     ECDSA over a SHA-256 digest
 *   verify   ECDSA over a SHA-256 digest
 *   decode   a peer's point made a key, before its first signature is verified
 *   derive   ECDH with a peer's point, the point's decoding (which checks that
 *            it is on the curve) included, because each peer's key is new; not
 *            OpenSSL's second check, a multiplication by the group's order,
 *            which tells nothing where the cofactor is 1
 *
 *   pkops ROUNDS
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 100000

struct ops {
	EVP_PKEY *own, *peer;
	uint8_t digest[32];
	uint8_t sig[128];
	size_t sig_len;
	uint8_t point[80];		/* the peer's, uncompressed */
	size_t point_len;
};

static void must(int ok, const char *what)
{
	if (ok == 1)
		return;
	fprintf(stderr, "pkops: %s failed\n", what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void keygen(struct ops *o)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	must(key != NULL, "key generation");
	EVP_PKEY_free(key);
}

static void sign(struct ops *o)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->own, NULL);

	o->sig_len = sizeof(o->sig);
	must(ctx && EVP_PKEY_sign_init(ctx) == 1 &&
	     EVP_PKEY_sign(ctx, o->sig, &o->sig_len, o->digest,
			   sizeof(o->digest)) == 1, "signing");
	EVP_PKEY_CTX_free(ctx);
}

static void verify(struct ops *o)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->own, NULL);

	must(ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	     EVP_PKEY_verify(ctx, o->sig, o->sig_len, o->digest,
			     sizeof(o->digest)) == 1, "verifying");
	EVP_PKEY_CTX_free(ctx);
}

static void derive(struct ops *o)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(o->own, NULL);
	EVP_PKEY *peer = EVP_PKEY_new();
	uint8_t secret[32];
	size_t len = sizeof(secret);

	must(ctx && peer && EVP_PKEY_copy_parameters(peer, o->own) == 1 &&
	     EVP_PKEY_set1_encoded_public_key(peer, o->point,
					      o->point_len) == 1 &&
	     EVP_PKEY_derive_init(ctx) == 1 &&
	     EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 &&
	     EVP_PKEY_derive(ctx, secret, &len) == 1, "deriving");
	EVP_PKEY_free(peer);
	EVP_PKEY_CTX_free(ctx);
}

static void decode(struct ops *o)
{
	EVP_PKEY *peer = EVP_PKEY_new();

	must(peer && EVP_PKEY_copy_parameters(peer, o->own) == 1 &&
	     EVP_PKEY_set1_encoded_public_key(peer, o->point,
					      o->point_len) == 1, "decoding");
	EVP_PKEY_free(peer);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static const struct {
	const char *name;
	void (*run)(struct ops *o);
} table[] = {
	{ "keygen", keygen },
	{ "sign", sign },
	{ "verify", verify },
	{ "decode", decode },
	{ "derive", derive },
};

int main(int argc, char **argv)
{
	static uint64_t t[ROUNDS_MAX];
	struct ops o = { .digest = "any thirty-two octets will do.." };
	uint64_t start;
	size_t i;
	long n, r;

	n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	if (n < 1 || n > ROUNDS_MAX) {
		fprintf(stderr, "usage: pkops ROUNDS (1..%d)\n", ROUNDS_MAX);
		return 2;
	}
	o.own = EVP_EC_gen("P-256");
	o.peer = EVP_EC_gen("P-256");
	must(o.own && o.peer, "key generation");
	must(EVP_PKEY_get_octet_string_param(o.peer,
					     OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
					     o.point, sizeof(o.point),
					     &o.point_len), "encoding");
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		table[i].run(&o);
		for (r = 0; r < n; r++) {
			start = now_ns();
			table[i].run(&o);
			t[r] = now_ns() - start;
		}
		qsort(t, n, sizeof(t[0]), by_value);
		printf("%s %.2f\n", table[i].name, t[n / 2] / 1e3);
	}
	EVP_PKEY_free(o.own);
	EVP_PKEY_free(o.peer);
	return 0;
}
