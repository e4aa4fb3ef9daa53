// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of elliptic curves and MODP groups. Building a group from its name
 * costs as much as a key; so one template with nothing but the parameters is
 * made for each at first use, never changes, and is copied.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <pthread.h>

#include "crypto_group.h"

static const struct {
	const char *type, *name;
	bool ec;
} groups[HIP_N_GROUPS] = {
	[HIP_GROUP_SECP160R1] = { "EC", "secp160r1", true },
	[HIP_GROUP_P256] = { "EC", "P-256", true },
	[HIP_GROUP_P384] = { "EC", "P-384", true },
	[HIP_GROUP_P521] = { "EC", "P-521", true },
	[HIP_GROUP_MODP1536] = { "DH", "modp_1536", false },
	[HIP_GROUP_MODP2048] = { "DH", "modp_2048", false },
	[HIP_GROUP_MODP3072] = { "DH", "modp_3072", false },
};

static EVP_PKEY *templates[HIP_N_GROUPS];
static pthread_once_t templates_once = PTHREAD_ONCE_INIT;

static EVP_PKEY *make_template(enum hip_group group)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
				(char *)groups[group].name, 0),
		OSSL_PARAM_END,
	};
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;

	ctx = EVP_PKEY_CTX_new_from_name(NULL, groups[group].type, NULL);
	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

static void make_templates(void)
{
	int i;

	for (i = 0; i < HIP_N_GROUPS; i++)
		templates[i] = make_template((enum hip_group)i);
}

/* NULL when OpenSSL was built without the group. */
static EVP_PKEY *template(enum hip_group group)
{
	pthread_once(&templates_once, make_templates);
	return templates[group];
}

bool hip_group_is_ec(enum hip_group group)
{
	return groups[group].ec;
}

bool hip_group_available(enum hip_group group)
{
	return template(group);
}

EVP_PKEY *hip_group_generate(enum hip_group group)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;

	if (!template(group))
		return NULL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, template(group), NULL);
	if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

EVP_PKEY *hip_group_import(enum hip_group group, const uint8_t *octets,
			   size_t len)
{
	EVP_PKEY *key = EVP_PKEY_new();

	if (key && template(group) &&
	    EVP_PKEY_copy_parameters(key, template(group)) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, octets, len) == 1)
		return key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return NULL;
}

static EVP_PKEY *from_params(enum hip_group group, OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx;

	ctx = EVP_PKEY_CTX_new_from_name(NULL, groups[group].type, NULL);
	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *hip_group_private(enum hip_group group, const uint8_t *octets,
			    size_t len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_secure_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (build && n && BN_bin2bn(octets, (int)len, n) &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
					    groups[group].name, 0) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, n) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params)
		key = from_params(group, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(n);
	ERR_clear_error();
	return key;
}
