/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keying material (RFC 7401 section 6.5) and the keys drawn from it.
 */
#ifndef HIP_KEYMAT_H
#define HIP_KEYMAT_H

#include "crypto.h"

#define HIP_ESP_KEY_MAX 40	/* AES-256 with a salt is 36 */

/* Everything that one association's keys come from. Wiped by its owner. */
struct hip_keymat {
	enum hip_hash hash;		/* RHASH of the association */
	uint8_t i[HIP_HASH_MAX];	/* #I and #J of the base exchange */
	uint8_t j[HIP_HASH_MAX];
	struct in6_addr low, high;	/* the HITs, ordered */
	uint8_t secret[HIP_DH_SECRET_MAX];
	size_t secret_len;
	size_t next;			/* next octet not yet drawn */
};

/* One direction's keys for HIP packets. */
struct hip_hipkeys {
	uint8_t enc[HIP_CIPHER_KEY_MAX];
	size_t enc_len;
	uint8_t mac[HIP_HASH_MAX];
	size_t mac_len;
};

/* One direction's keys for ESP; a salt follows the key in enc (RFC 7402). */
struct hip_espkeys {
	uint8_t enc[HIP_ESP_KEY_MAX];
	size_t enc_len;
	uint8_t auth[HIP_ESP_KEY_MAX];
	size_t auth_len;
};

/* ESP suites (RFC 7402 section 5.1.2) */
enum hip_esp_suite {
	HIP_ESP_NULL_SHA256 = 7,
	HIP_ESP_AES128_CBC_SHA256 = 8,
	HIP_ESP_AES256_CBC_SHA256 = 9,
	HIP_ESP_AES128_CCM_8 = 10,
	HIP_ESP_AES128_CCM_16 = 11,
	HIP_ESP_AES128_GCM_8 = 12,
	HIP_ESP_AES128_GCM_16 = 13,
	HIP_ESP_AES128_CMAC_96 = 14,
	HIP_ESP_AES128_GMAC = 15,
};

/* A suite as keymat and the kernel need it. */
struct hip_esp_alg {
	uint16_t suite;
	const char *name;	/* for people: "aes128-gcm-16" */
	const char *aead;	/* kernel name, or NULL */
	const char *enc;	/* kernel name when aead is NULL */
	const char *auth;
	uint8_t enc_len;	/* octets drawn, salt included */
	uint8_t auth_len;	/* the same; GMAC has its key here */
	uint16_t icv_bits;
};

/* NULL when @suite is not supported. */
const struct hip_esp_alg *hip_esp_alg(unsigned int suite);

void hip_keymat_init(struct hip_keymat *km, enum hip_hash hash,
		     const uint8_t *i, const uint8_t *j,
		     const struct in6_addr *a, const struct in6_addr *b,
		     const uint8_t *secret, size_t secret_len);

/* Draws the four HIP keys from octet 0: @own for what @self sends, @peer for
 * what it receives; sets km->next. Returns 0 or a negative errno.
 */
int hip_keymat_hip(struct hip_keymat *km, unsigned int cipher,
		   const struct in6_addr *self, struct hip_hipkeys *own,
		   struct hip_hipkeys *peer);

/* The last index from which all four ESP keys can be drawn: HKDF ends at 255
 * hashes, ESP_INFO's index at 65535.
 */
size_t hip_keymat_last(const struct hip_keymat *km,
		       const struct hip_esp_alg *alg);
/* Draws the four ESP keys from octet @index; sets km->next behind them. */
int hip_keymat_esp(struct hip_keymat *km, const struct hip_esp_alg *alg,
		   size_t index, const struct in6_addr *self,
		   struct hip_espkeys *out, struct hip_espkeys *in);
/* Both, the ESP keys right behind the HIP keys, for half the price. */
int hip_keymat_both(struct hip_keymat *km, unsigned int cipher,
		    const struct hip_esp_alg *alg, const struct in6_addr *self,
		    struct hip_hipkeys *own, struct hip_hipkeys *peer,
		    struct hip_espkeys *out, struct hip_espkeys *in);

#endif
