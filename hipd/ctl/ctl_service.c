// SPDX-License-Identifier: GPL-2.0
/*
 * org.varlink.service: what every varlink service says about itself.
 */
#include <string.h>

#include "ctl_call.h"
#include "ctl_idl.h"
#include "version.h"

static void get_info(struct hip_ctl_call *call)
{
	const struct hip_ctl_interface *i;
	json_t *names;

	if (!hip_ctl_params(call, "{}"))
		return;
	names = json_array();
	for (i = hip_ctl_interfaces; i->name; i++)
		json_array_append_new(names, json_string(i->name));
	hip_ctl_reply(call, json_pack("{s:s,s:s,s:s,s:s,s:o}", "vendor", "",
				      "product", "hipd", "version",
				      HIP_VERSION, "url", "", "interfaces",
				      names));
}

static void get_description(struct hip_ctl_call *call)
{
	const struct hip_ctl_interface *i;
	const char *name;

	if (!hip_ctl_params(call, "{s:s}", "interface", &name))
		return;
	for (i = hip_ctl_interfaces; i->name; i++)
		if (!strcmp(i->name, name))
			break;
	if (i->name)
		hip_ctl_reply(call, json_pack("{s:s}", "description",
					      i->text));
	else
		hip_ctl_fail(call, "org.varlink.service.InterfaceNotFound",
			     json_pack("{s:s,s:s}", "interface", name,
				       "message",
				       "there is no such interface"));
}

const struct hip_ctl_method hip_ctl_service_methods[] = {
	{ "org.varlink.service.GetInfo", false, get_info },
	{ "org.varlink.service.GetInterfaceDescription", false,
	  get_description },
	{ NULL, false, NULL },
};
