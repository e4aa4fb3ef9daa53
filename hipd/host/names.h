/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the algorithms that this build supports, for the configuration,
 * the control socket and people. NULL for a number that is not supported.
 */
#ifndef HIP_NAMES_H
#define HIP_NAMES_H

const char *hip_names_dh_group(unsigned int group);
const char *hip_names_cipher(unsigned int cipher);
const char *hip_names_esp_suite(unsigned int suite);
const char *hip_names_hit_suite(unsigned int suite);
/* "ecdsa", "rsa": as `hip id add type` reads them. */
const char *hip_names_hi_alg(unsigned int alg);

/* access-default: enum hip_access */
const char *hip_names_access(unsigned int value);
/* access-refusal: enum hip_refusal */
const char *hip_names_refusal(unsigned int value);

#endif
