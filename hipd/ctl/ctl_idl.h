/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIP_CTL_IDL_H
#define HIP_CTL_IDL_H

struct hip_ctl_interface {
	const char *name;
	const char *text;
};

/* Ends with a row without name. */
extern const struct hip_ctl_interface hip_ctl_interfaces[];

#endif
