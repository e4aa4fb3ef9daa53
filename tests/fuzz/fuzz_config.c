// SPDX-License-Identifier: GPL-2.0
/*
 * hipd.conf. A file that is refused leaves a sentence and changes nothing; one
 * that is taken can be written out key by key and read again.
 */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "fuzz.h"
#include "log.h"

static void again(const struct hip_config *c)
{
	char text[HIP_CONFIG_TEXT], back[HIP_CONFIG_TEXT];
	const struct hip_config_key *key;
	struct hip_config other;

	hip_config_default(&other);
	for (size_t i = 0; (key = hip_config_key(i)); i++) {
		hip_config_text(c, key, text);
		fuzz_check(!hip_config_set(&other, key, text));
		fuzz_check(!strcmp(hip_config_text(&other, key, back), text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct hip_config c, was;
	char err[256] = "";

	hip_log_setup("err", err, sizeof(err));
	memset(&c, 0, sizeof(c));
	hip_config_default(&c);
	was = c;
	if (!hip_config_load(&c, path, false, err, sizeof(err))) {
		again(&c);
		return 0;
	}
	fuzz_check(err[0] && strlen(err) < sizeof(err));
	fuzz_check(!memcmp(&c, &was, sizeof(c)));
	return 0;
}
