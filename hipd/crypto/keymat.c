// SPDX-License-Identifier: GPL-2.0
/*
 * Keying material (RFC 7401 section 6.5, RFC 7402 section 7): HKDF over Kij
 * with salt I | J and info low HIT | high HIT, and the order in which keys
 * are drawn: first those of the host with the greater HIT ("gl").
 */
#include <errno.h>
#include <string.h>

#include "addr.h"
#include "keymat.h"

#define OKM_MAX (255 * HIP_HASH_MAX)

/* A combined mode, and an encryption beside a MAC. */
#define AEAD(id, text, alg, enc, auth, icv) \
	{ HIP_ESP_##id, text, alg, NULL, NULL, enc, auth, icv }
#define PAIR(id, text, cipher, mac, enc, auth, icv) \
	{ HIP_ESP_##id, text, NULL, cipher, mac, enc, auth, icv }

/*
 * RFC 7402 gives numbers 10 to 15 no size of key: 128 bits. The salt is drawn
 * with the key (RFC 4106 section 4, RFC 4309 section 4, RFC 4543 section 5.4).
 */
static const struct hip_esp_alg esp_algs[] = {
	PAIR(NULL_SHA256, "null-sha256", "ecb(cipher_null)", "hmac(sha256)",
	     0, 32, 128),
	PAIR(AES128_CBC_SHA256, "aes128-cbc-sha256", "cbc(aes)",
	     "hmac(sha256)", 16, 32, 128),
	PAIR(AES256_CBC_SHA256, "aes256-cbc-sha256", "cbc(aes)",
	     "hmac(sha256)", 32, 32, 128),
	AEAD(AES128_CCM_8, "aes128-ccm-8", "rfc4309(ccm(aes))", 16 + 3, 0, 64),
	AEAD(AES128_CCM_16, "aes128-ccm-16", "rfc4309(ccm(aes))",
	     16 + 3, 0, 128),
	AEAD(AES128_GCM_8, "aes128-gcm-8", "rfc4106(gcm(aes))", 16 + 4, 0, 64),
	AEAD(AES128_GCM_16, "aes128-gcm-16", "rfc4106(gcm(aes))",
	     16 + 4, 0, 128),
	PAIR(AES128_CMAC_96, "aes128-cmac-96", "ecb(cipher_null)",
	     "cmac(aes)", 0, 16, 96),
	AEAD(AES128_GMAC, "aes128-gmac", "rfc4543(gcm(aes))", 0, 16 + 4, 128),
};

const struct hip_esp_alg *hip_esp_alg(unsigned int suite)
{
	size_t i;

	for (i = 0; i < sizeof(esp_algs) / sizeof(esp_algs[0]); i++)
		if (esp_algs[i].suite == suite)
			return &esp_algs[i];
	return NULL;
}

void hip_keymat_init(struct hip_keymat *km, enum hip_hash hash,
		     const uint8_t *i, const uint8_t *j,
		     const struct in6_addr *a, const struct in6_addr *b,
		     const uint8_t *secret, size_t secret_len)
{
	bool a_low = hip_addr_cmp(a, b) < 0;

	memset(km, 0, sizeof(*km));
	km->hash = hash;
	memcpy(km->i, i, hip_hash_len(hash));
	memcpy(km->j, j, hip_hash_len(hash));
	km->low = a_low ? *a : *b;
	km->high = a_low ? *b : *a;
	memcpy(km->secret, secret, secret_len);
	km->secret_len = secret_len;
}

/* The first @len octets of the keying material. */
static int expand(const struct hip_keymat *km, uint8_t *okm, size_t len)
{
	size_t hash_len = hip_hash_len(km->hash);
	uint8_t salt[2 * HIP_HASH_MAX], info[32];

	memcpy(salt, km->i, hash_len);
	memcpy(salt + hash_len, km->j, hash_len);
	memcpy(info, &km->low, 16);
	memcpy(info + 16, &km->high, 16);
	return hip_crypto_hkdf(km->hash, km->secret, km->secret_len, salt,
			       2 * hash_len, info, sizeof(info), okm, len);
}

static const uint8_t *draw(uint8_t *key, size_t *key_len, size_t len,
			   const uint8_t *from)
{
	memcpy(key, from, len);
	*key_len = len;
	return from + len;
}

/* The four HIP keys from @p; returns what is behind them. */
static const uint8_t *draw_hip(const struct hip_keymat *km, size_t enc_len,
			       const uint8_t *p, const struct in6_addr *self,
			       struct hip_hipkeys *own,
			       struct hip_hipkeys *peer)
{
	bool greater = hip_addr_eq(self, &km->high);
	struct hip_hipkeys *gl = greater ? own : peer;
	struct hip_hipkeys *lg = greater ? peer : own;
	size_t mac_len = hip_hash_len(km->hash);

	p = draw(gl->enc, &gl->enc_len, enc_len, p);
	p = draw(gl->mac, &gl->mac_len, mac_len, p);
	p = draw(lg->enc, &lg->enc_len, enc_len, p);
	return draw(lg->mac, &lg->mac_len, mac_len, p);
}

static void draw_esp(const struct hip_keymat *km,
		     const struct hip_esp_alg *alg, const uint8_t *p,
		     const struct in6_addr *self, struct hip_espkeys *out,
		     struct hip_espkeys *in)
{
	bool greater = hip_addr_eq(self, &km->high);
	struct hip_espkeys *gl = greater ? out : in;
	struct hip_espkeys *lg = greater ? in : out;

	p = draw(gl->enc, &gl->enc_len, alg->enc_len, p);
	p = draw(gl->auth, &gl->auth_len, alg->auth_len, p);
	p = draw(lg->enc, &lg->enc_len, alg->enc_len, p);
	draw(lg->auth, &lg->auth_len, alg->auth_len, p);
}

static size_t hip_keys_len(const struct hip_keymat *km, unsigned int cipher)
{
	/* a key of 0 octets is the NULL cipher's */
	return 2 * (hip_cipher_key_len(cipher) + hip_hash_len(km->hash));
}

static size_t esp_len(const struct hip_esp_alg *alg)
{
	return 2 * ((size_t)alg->enc_len + alg->auth_len);
}

int hip_keymat_hip(struct hip_keymat *km, unsigned int cipher,
		   const struct in6_addr *self, struct hip_hipkeys *own,
		   struct hip_hipkeys *peer)
{
	uint8_t okm[2 * (HIP_CIPHER_KEY_MAX + HIP_HASH_MAX)];
	size_t len = hip_keys_len(km, cipher);
	int err;

	if (!hip_cipher_supported(cipher))
		return -EINVAL;
	err = expand(km, okm, len);
	if (!err) {
		draw_hip(km, hip_cipher_key_len(cipher), okm, self, own, peer);
		km->next = len;
	}
	hip_crypto_wipe(okm, sizeof(okm));
	return err;
}

size_t hip_keymat_last(const struct hip_keymat *km,
		       const struct hip_esp_alg *alg)
{
	return 255 * hip_hash_len(km->hash) - esp_len(alg);
}

int hip_keymat_esp(struct hip_keymat *km, const struct hip_esp_alg *alg,
		   size_t index, const struct in6_addr *self,
		   struct hip_espkeys *out, struct hip_espkeys *in)
{
	size_t len = esp_len(alg);
	uint8_t okm[OKM_MAX];
	int err;

	if (index > sizeof(okm) - len)
		return -EINVAL;
	err = expand(km, okm, index + len);
	if (!err) {
		draw_esp(km, alg, okm + index, self, out, in);
		km->next = index + len;
	}
	hip_crypto_wipe(okm, index + len);
	return err;
}

int hip_keymat_both(struct hip_keymat *km, unsigned int cipher,
		    const struct hip_esp_alg *alg, const struct in6_addr *self,
		    struct hip_hipkeys *own, struct hip_hipkeys *peer,
		    struct hip_espkeys *out, struct hip_espkeys *in)
{
	uint8_t okm[2 * (HIP_CIPHER_KEY_MAX + HIP_HASH_MAX) +
		    4 * HIP_ESP_KEY_MAX];
	size_t len = hip_keys_len(km, cipher) + esp_len(alg);
	const uint8_t *p;
	int err;

	if (!hip_cipher_supported(cipher))
		return -EINVAL;
	err = expand(km, okm, len);
	if (!err) {
		p = draw_hip(km, hip_cipher_key_len(cipher), okm, self, own,
			     peer);
		draw_esp(km, alg, p, self, out, in);
		km->next = len;
	}
	hip_crypto_wipe(okm, sizeof(okm));
	return err;
}
