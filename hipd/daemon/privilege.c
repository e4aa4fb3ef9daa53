// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities. As root the daemon stays root without root's powers; under
 * its unit it is user hip with ambient capabilities, which end here too.
 */
#include "privilege.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cap-ng.h>

void hip_privilege_no_dumps(void)
{
	const struct rlimit none = { 0 };

	setrlimit(RLIMIT_CORE, &none);
	/* also keeps other processes of this user away from our memory */
	prctl(PR_SET_DUMPABLE, 0);
}

int hip_privilege_check(bool kernel, char *err, size_t err_len)
{
	const char *missing = NULL;

	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW))
		missing = "CAP_NET_RAW";
	if (kernel && !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN))
		missing = "CAP_NET_ADMIN";
	if (!missing)
		return 0;
	snprintf(err, err_len,
		 "%s is missing: start hipd by 'systemctl start hipd' or as root",
		 missing);
	return -EPERM;
}

int hip_privilege_drop(char *err, size_t err_len)
{
	capng_select_t set = CAPNG_SELECT_CAPS;

	capng_get_caps_process();
	/* the bounding set can be narrowed with this one only */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		set = CAPNG_SELECT_BOTH;
	capng_clear(CAPNG_SELECT_BOTH);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED |
		      CAPNG_BOUNDING_SET, CAP_NET_ADMIN, CAP_NET_RAW, -1);
	if (capng_apply(set) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		snprintf(err, err_len, "giving up capabilities: %s",
			 strerror(errno));
		return -EPERM;
	}
	return 0;
}
