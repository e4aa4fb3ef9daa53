/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of known parameters: what the codec checks before anybody reads
 * their contents. A new parameter is a new row.
 */
#ifndef HIP_WIRE_PARAMS_H
#define HIP_WIRE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hip_param_row {
	uint16_t type;
	uint16_t min, max;	/* octets of the contents */
	uint8_t multiple;	/* the contents are a multiple of this */
	bool repeats;		/* may occur more than once in a packet */
	const char *name;
};

/* Ascending by type. */
extern const struct hip_param_row hip_wire_params[];
extern const size_t hip_wire_n_params;

#endif
