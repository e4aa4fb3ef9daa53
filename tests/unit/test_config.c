// SPDX-License-Identifier: GPL-2.0
/*
 * hipd.conf: defaults, what is read, and the exact sentence for each mistake.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config.h"

#ifndef HIP_SOURCE
#define HIP_SOURCE "../.."
#endif

static char dir[] = "/tmp/hip-test-config-XXXXXX";
static char file[64];

static int setup(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/c", dir);
	return 0;
}

static int teardown(void **state)
{
	char cmd[80];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void write_octets(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void write_file(const char *path, const char *text)
{
	write_octets(path, text, strlen(text));
}

static void assert_list(const struct hip_list *list, const uint16_t *want,
			size_t n)
{
	assert_int_equal(list->n, n);
	assert_memory_equal(list->v, want, n * sizeof(*want));
}

static void test_defaults(void **state)
{
	struct hip_config c;

	hip_config_default(&c);
	assert_true(c.kernel);
	assert_string_equal(c.device, "hip0");
	assert_string_equal(c.keys, "/etc/hip/keys");
	assert_string_equal(c.hosts, "/etc/hip/hosts");
	assert_string_equal(c.socket, "/run/hip/hipd.sock");
	assert_string_equal(c.access, "/etc/hip/access");
	assert_int_equal(c.access_default, HIP_ACCESS_ALLOW);
	assert_string_equal(c.learned, "/var/lib/hip/peers");
	assert_int_equal(c.access_refusal, HIP_REFUSAL_ICMP);
	assert_int_equal(c.icmp_rate, 10);
	assert_false(c.opportunistic);
	assert_true(c.leap_of_faith);
	assert_int_equal(c.n_inside, 0);
	assert_int_equal(c.mtu, 1400);
	assert_list(&c.hit_suites, (uint16_t[]){ 2, 1, 3 }, 3);
	assert_list(&c.dh_groups, (uint16_t[]){ 7, 8, 4, 9, 3 }, 5);
	assert_int_equal(c.ciphers.n, 2);
	assert_int_equal(c.ciphers.v[0], 2);
	assert_int_equal(c.ciphers.v[1], 4);
	assert_list(&c.esp_suites, (uint16_t[]){ 13, 11, 9, 8, 12, 10 }, 6);
	assert_int_equal(c.puzzle_k, 0);
	assert_int_equal(c.puzzle_k_max, 20);
	assert_int_equal(c.workers, HIP_CONFIG_AUTO);
	assert_int_equal(c.puzzle_lifetime, 32);
	assert_int_equal(c.r1_lifetime, 120);
	assert_int_equal(c.r1_rate, 100);
	assert_int_equal(c.max_associations, 65536);
	assert_false(c.encrypt_host_id);
	assert_true(c.accept_anonymous);
	assert_string_equal(c.domain, "");
	assert_int_equal(c.i1_retries, 5);
	assert_int_equal(c.i2_retries, 5);
	assert_int_equal(c.rto_ms, 1000);
	assert_int_equal(c.unused_lifetime, 900);
	assert_int_equal(c.replay_window, 2048);
	assert_string_equal(c.keylog, "");
}

static void test_text_is_what_was_read(void **state)
{
	const struct hip_config_key *key;
	char text[HIP_CONFIG_TEXT];
	struct hip_config c, d;
	size_t i;

	hip_config_default(&c);
	memset(&d, 0, sizeof(d));
	for (i = 0; (key = hip_config_key(i)); i++) {
		assert_string_equal(hip_config_text(&c, key, text),
				    key->value);
		assert_int_equal(hip_config_set(&d, key, text), 0);
		assert_true(strlen(key->help) > 10);
	}
	assert_true(i > 10);
	assert_memory_equal(&c, &d, sizeof(c));
}

static void test_every_key(void **state)
{
	struct hip_config c = { .keylog = "kept" };
	char err[512];

	write_file(file,
		   "# all of them\n"
		   "[hipd]\n"
		   "kernel = null\n"
		   "device = hip7\n"
		   "  keys=/k   ; with blanks around\n"
		   "hosts = /h\n"
		   "socket = /s\n"
		   "access = /a\n"
		   "learned = /l\n"
		   "inside = lan0 lan1\n"
		   "mtu = 1280\n"
		   "workers = 64\n"
		   "\n"
		   "[protocol]\r\n"
		   "dh-groups = 8 P256\n"
		   "ciphers = 4\n"
		   "esp-suites = aes128-cbc-sha256\n"
		   "puzzle-difficulty = 26\n"
		   "puzzle-difficulty-max = 0\n"
		   "puzzle-lifetime = 1\n"
		   "r1-lifetime = 10\n"
		   "r1-rate = 1000000\n"
		   "max-associations = 0\n"
		   "encrypt-host-id = yes\n"
		   "access-default = deny\n"
		   "access-refusal = silent\n"
		   "icmp-rate = 0\n"
		   "opportunistic = yes\n"
		   "leap-of-faith = no\n"
		   "i1-retries = 1\n"
		   "i2-retries = 20\n"
		   "retransmission-timeout = 10\n"
		   "unused-lifetime = 0\n"
		   "replay-window = 4096");
	assert_int_equal(hip_config_load(&c, file, false, err, sizeof(err)),
			 0);
	assert_false(c.kernel);
	assert_string_equal(c.device, "hip7");
	assert_string_equal(c.keys, "/k");
	assert_string_equal(c.hosts, "/h");
	assert_string_equal(c.socket, "/s");
	assert_string_equal(c.access, "/a");
	assert_string_equal(c.learned, "/l");
	assert_int_equal(c.access_refusal, HIP_REFUSAL_SILENT);
	assert_int_equal(c.icmp_rate, 0);
	assert_true(c.opportunistic);
	assert_false(c.leap_of_faith);
	assert_int_equal(c.access_default, HIP_ACCESS_DENY);
	assert_int_equal(c.n_inside, 2);
	assert_string_equal(c.inside[0], "lan0");
	assert_string_equal(c.inside[1], "lan1");
	assert_int_equal(c.mtu, 1280);
	assert_int_equal(c.dh_groups.n, 2);
	assert_int_equal(c.dh_groups.v[0], 8);
	assert_int_equal(c.dh_groups.v[1], 7);
	assert_int_equal(c.ciphers.n, 1);
	assert_int_equal(c.ciphers.v[0], 4);
	assert_int_equal(c.esp_suites.n, 1);
	assert_int_equal(c.esp_suites.v[0], 8);
	assert_int_equal(c.puzzle_k, 26);
	assert_int_equal(c.puzzle_k_max, 0);
	assert_int_equal(c.workers, 64);
	assert_int_equal(c.puzzle_lifetime, 1);
	assert_int_equal(c.r1_lifetime, 10);
	assert_int_equal(c.r1_rate, 1000000);
	assert_int_equal(c.max_associations, 0);
	assert_true(c.encrypt_host_id);
	assert_int_equal(c.i1_retries, 1);
	assert_int_equal(c.i2_retries, 20);
	assert_int_equal(c.rto_ms, 10);
	assert_int_equal(c.unused_lifetime, 0);
	assert_int_equal(c.replay_window, 4096);
	assert_string_equal(c.keylog, "kept");
}

#define NUMBER "expected a number from "
#define CIPHERS "expected different ones of 1 (null) 2 (aes-128-cbc) 4 " \
	"(aes-256-cbc), at most 6"
#define DEVICE "expected a device name of 1 to 15 characters"

/* FILE: stands before each sentence. */
static const struct {
	const char *text;
	const char *sentence;
} bad[] = {
	{ "[hipd]\nkernel = 1\n",
	  "2: kernel: found '1', expected 'kernel' or 'null'" },
	{ "[protocol]\naccess-default = no\n",
	  "2: access-default: found 'no', expected 'allow' or 'deny'" },
	{ "[hipd]\nkernel =\n",
	  "2: kernel: found '', expected 'kernel' or 'null'" },
	{ "[hipd]\ndevice = abcdefghijklmnop\n",
	  "2: device: found 'abcdefghijklmnop', " DEVICE },
	{ "[hipd]\ndevice = a/b\n", "2: device: found 'a/b', " DEVICE },
	{ "[hipd]\ndevice = ..\n", "2: device: found '..', " DEVICE },
	{ "[hipd]\ndevice = a b\n", "2: device: found 'a b', " DEVICE },
	{ "[hipd]\nkeys = etc/keys\n",
	  "2: keys: found 'etc/keys', expected an absolute path of at most "
	  "255 characters" },
	{ "[hipd]\nsocket = /0123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789012345678901234567\n"
	  "socket = /0123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789012345678901234567\n",
	  "3: socket: found again, expected once (see line 2)" },
	{ "[hipd]\nsocket = /0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789012345678901234567"
	  "\n",
	  "2: socket: found '/0123456789012345678901234567890123456789"
	  "01234567890123456789012345678901234567890123456789012345678901234567"
	  "', expected an absolute path of at most 107 characters" },
	{ "[hipd]\ninside = 1 2 3 4 5 6 7 8 9\n",
	  "2: inside: found '1 2 3 4 5 6 7 8 9', expected at most 8 device "
	  "names of 1 to 15 characters" },
	{ "[protocol]\nencrypt-host-id = 1\n",
	  "2: encrypt-host-id: found '1', expected 'yes' or 'no'" },
	{ "[protocol]\nr1-rate = 0\n",
	  "2: r1-rate: found '0', " NUMBER "1 to 1000000" },
	{ "[protocol]\ni1-retries = 0\n",
	  "2: i1-retries: found '0', " NUMBER "1 to 20" },
	{ "[hipd]\nworkers = 65\n", "2: workers: found '65', expected "
	  "'auto' or a number from 0 to 64" },
	{ "[hipd]\nmtu = 1279\n", "2: mtu: found '1279', " NUMBER
	  "1280 to 65535" },
	{ "[hipd]\nmtu = 65536\n", "2: mtu: found '65536', " NUMBER
	  "1280 to 65535" },
	{ "[hipd]\nmtu = -1400\n", "2: mtu: found '-1400', " NUMBER
	  "1280 to 65535" },
	{ "[hipd]\nmtu = 1400 octets\n", "2: mtu: found '1400 octets', "
	  NUMBER "1280 to 65535" },
	{ "[hipd]\nmtu = 0x600\n", "2: mtu: found '0x600', " NUMBER
	  "1280 to 65535" },
	{ "[hipd]\nmtu = 99999999999999999999999999\n",
	  "2: mtu: found '99999999999999999999999999', " NUMBER
	  "1280 to 65535" },
	{ "[protocol]\npuzzle-difficulty = 27\n",
	  "2: puzzle-difficulty: found '27', " NUMBER "0 to 26" },
	{ "[protocol]\nciphers = aes-128-cbc 3\n",
	  "2: ciphers: found 'aes-128-cbc 3', " CIPHERS },
	{ "[protocol]\nciphers = 2 4 aes-128-cbc\n",
	  "2: ciphers: found '2 4 aes-128-cbc', " CIPHERS },
	{ "[protocol]\nciphers =\n", "2: ciphers: found '', " CIPHERS },
	{ "[protocol]\ndomain-identifier = a@b@c\n",
	  "2: domain-identifier: found 'a@b@c', expected a full domain name, "
	  "user@realm, or nothing" },
	{ "[protocol]\nhit-suites = 5\n",
	  "2: hit-suites: found '5', expected different ones of 1 "
	  "(rsa-sha256) 2 (ecdsa-sha384) 3 (ecdsa-low-sha1), at most 8" },
	{ "[protocol]\ndh-groups = secp160r1\n",
	  "2: dh-groups: found 'secp160r1', expected different ones of 3 "
	  "(modp1536) 4 (modp3072) 7 (p256) 8 (p384) 9 (p521) 10 (secp160r1) "
	  "11 (modp2048), at most 8, not secp160r1 alone" },
	{ "[protocol]\nesp-suites = 7 8 9 10 11 12 13\n",
	  "2: esp-suites: found '7 8 9 10 11 12 13', expected different ones "
	  "of 7 (null-sha256) 8 (aes128-cbc-sha256) 9 (aes256-cbc-sha256) 10 "
	  "(aes128-ccm-8) 11 (aes128-ccm-16) 12 (aes128-gcm-8) 13 "
	  "(aes128-gcm-16) 14 (aes128-cmac-96) 15 (aes128-gmac), at most 6" },
	{ "[hipd]\n\n# c\n; c\ncolour = red\n",
	  "5: colour: no such key in [hipd]" },
	{ "[hipd]\nciphers = 2\n",
	  "2: ciphers: found in [hipd], expected in [protocol]" },
	{ "mtu = 1400\n", "1: mtu: found before any section, expected [hipd] "
	  "first" },
	{ "[daemon]\nmtu = 1400\n",
	  "1: found section [daemon], expected [hipd] or [protocol]" },
	{ "[hipd]\n[nothing]\n",
	  "2: found section [nothing], expected [hipd] or [protocol]" },
	{ "[hipd\nmtu = 1400\n", "1: found '[hipd', expected '[section]'" },
	{ "[hipd] mtu\n", "1: found '[hipd] mtu', expected '[section]'" },
	{ "[hipd]\nmtu\n", "2: found 'mtu', expected 'key = value'" },
	{ "[hipd]\nmtu = 1400\n1401\n",
	  "3: found '1401', expected 'key = value'" },
	{ "[hipd]\n  1401\n", "2: found '1401', expected 'key = value'" },
	{ "[hipd]\n = 3\n", "2: : no such key in [hipd]" },
};

static void test_bad_input(void **state)
{
	struct hip_config c, before;
	char want[1024], err[1024];

	hip_config_default(&c);
	c.mtu = 1500;
	before = c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		write_file(file, bad[i].text);
		snprintf(want, sizeof(want), "%s:%s", file, bad[i].sentence);
		*err = '\0';
		assert_true(hip_config_load(&c, file, false, err,
					    sizeof(err)) < 0);
		assert_string_equal(err, want);
		assert_memory_equal(&c, &before, sizeof(c));
	}
}

static void test_strange_octets(void **state)
{
	static const char nul[] = "[hipd]\nmtu\0 = 1400\n";
	char text[400], want[128], err[512];
	struct hip_config c;

	hip_config_default(&c);
	write_octets(file, nul, sizeof(nul) - 1);
	assert_true(hip_config_load(&c, file, false, err, sizeof(err)) < 0);
	snprintf(want, sizeof(want), "%s:2: ", file);
	assert_memory_equal(err, want, strlen(want));

	memset(text, 'a', sizeof(text));
	memcpy(text, "[hipd]\nkeys=/", 13);
	write_octets(file, text, sizeof(text));
	assert_true(hip_config_load(&c, file, false, err, sizeof(err)) < 0);
	assert_memory_equal(err, want, strlen(want));
	assert_non_null(strstr(err, "line has a NUL or is longer than"));
}

static void test_missing(void **state)
{
	char want[128], err[512] = "";
	struct hip_config c;

	unlink(file);
	hip_config_default(&c);
	assert_int_equal(hip_config_load(&c, file, true, err, sizeof(err)),
			 0);
	assert_int_equal(hip_config_load(&c, file, false, err, sizeof(err)),
			 -ENOENT);
	snprintf(want, sizeof(want), "%s: No such file or directory", file);
	assert_string_equal(err, want);
	assert_int_equal(hip_config_load(&c, dir, false, err, sizeof(err)),
			 -EINVAL);
}

static void test_drop_ins(void **state)
{
	char path[128], want[256], err[512] = "";
	struct hip_config c;

	write_file(file, "[hipd]\nmtu = 1300\ndevice = a\n");
	snprintf(path, sizeof(path), "%s.d", file);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s.d/20.conf", file);
	write_file(path, "[hipd]\nmtu = 1302\n");
	snprintf(path, sizeof(path), "%s.d/10.conf", file);
	write_file(path, "[hipd]\nmtu = 1301\nhosts = /10\n");
	snprintf(path, sizeof(path), "%s.d/30.conf.old", file);
	write_file(path, "[hipd]\nmtu = rubbish\n");
	snprintf(path, sizeof(path), "%s.d/.hidden.conf", file);
	write_file(path, "[hipd]\nmtu = rubbish\n");
	hip_config_default(&c);
	assert_int_equal(hip_config_load(&c, file, false, err, sizeof(err)),
			 0);
	assert_int_equal(c.mtu, 1302);
	assert_string_equal(c.device, "a");
	assert_string_equal(c.hosts, "/10");

	snprintf(path, sizeof(path), "%s.d/40.conf", file);
	write_file(path, "[hipd]\nmtu = 1\n");
	assert_int_equal(hip_config_load(&c, file, false, err, sizeof(err)),
			 -EINVAL);
	snprintf(want, sizeof(want), "%s:2: mtu: found '1', " NUMBER
		 "1280 to 65535", path);
	assert_string_equal(err, want);
	assert_int_equal(c.mtu, 1302);
}

/* By name, whatever order the folder has them in. */
static void test_drop_in_order(void **state)
{
	char path[128], name[64], text[64], err[512] = "";
	struct hip_config c;

	snprintf(name, sizeof(name), "%s/many", dir);
	write_file(name, "[hipd]\n");
	snprintf(path, sizeof(path), "%s.d", name);
	assert_int_equal(mkdir(path, 0700), 0);
	for (unsigned int i = 0; i < 16; i++) {
		/* each once: 7 and 16 have no factor in common */
		snprintf(path, sizeof(path), "%s.d/%02u.conf", name,
			 i * 7 % 16);
		snprintf(text, sizeof(text), "[hipd]\nmtu = %u\n",
			 1300 + i * 7 % 16);
		write_file(path, text);
	}
	hip_config_default(&c);
	assert_int_equal(hip_config_load(&c, name, false, err, sizeof(err)),
			 0);
	assert_int_equal(c.mtu, 1315);
}

static int set(struct hip_config *c, const char *name, const char *text)
{
	const struct hip_config_key *key;
	size_t i;

	for (i = 0; (key = hip_config_key(i)); i++)
		if (!strcmp(key->name, name))
			return hip_config_set(c, key, text);
	fail_msg("no key %s", name);
	return 0;
}

/* The greatest that is taken, and the next. */
static void test_bounds(void **state)
{
	char path[HIP_CONFIG_PATH + 1];
	struct hip_config c;

	hip_config_default(&c);
	memset(path, '/', sizeof(path));
	path[HIP_CONFIG_PATH] = '\0';
	assert_int_equal(set(&c, "hosts", path), -EINVAL);
	path[HIP_CONFIG_PATH - 1] = '\0';
	assert_int_equal(set(&c, "hosts", path), 0);
	path[108] = '\0';
	assert_int_equal(set(&c, "socket", path), -EINVAL);
	path[107] = '\0';
	assert_int_equal(set(&c, "socket", path), 0);
	assert_int_equal(set(&c, "inside", "1 2 3 4 5 6 7 8 9"), -EINVAL);
	assert_int_equal(set(&c, "inside", "1 2 3 4 5 6 7 8"), 0);
	assert_int_equal(c.n_inside, 8);
	assert_int_equal(set(&c, "rekey-bytes", "9223372036854775808"),
			 -EINVAL);
	assert_int_equal(set(&c, "rekey-bytes", "99999999999999999999"),
			 -EINVAL);
	assert_int_equal(set(&c, "rekey-bytes", "9223372036854775807"), 0);
	assert_true(c.rekey_bytes == 9223372036854775807ull);
}

/* The example must load, and with its comments taken off name every key with
 * its default.
 */
static void test_example(void **state)
{
	struct hip_config c, def;
	char line[512], err[512] = "";
	const char *example = HIP_SOURCE "/hipd/hipd.conf";
	size_t keys = 0, n = 0;
	FILE *in, *out;

	hip_config_default(&def);
	c = def;
	c.mtu = 1500;
	assert_int_equal(hip_config_load(&c, example, false, err,
					 sizeof(err)), 0);
	assert_memory_equal(&c, &def, sizeof(c));

	in = fopen(example, "r");
	snprintf(line, sizeof(line), "%s.example", file);
	out = fopen(line, "w");
	assert_non_null(in);
	assert_non_null(out);
	while (fgets(line, sizeof(line), in)) {
		bool key = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';

		keys += key;
		fputs(line + key, out);
	}
	fclose(in);
	fclose(out);
	while (hip_config_key(n))
		n++;
	assert_int_equal(keys, n);
	snprintf(line, sizeof(line), "%s.example", file);
	c.mtu = 1500;
	if (hip_config_load(&c, line, false, err, sizeof(err)))
		fail_msg("%s", err);
	assert_memory_equal(&c, &def, sizeof(c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_text_is_what_was_read),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_bad_input),
		cmocka_unit_test(test_strange_octets),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_drop_in_order),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests_name("config", tests, setup, teardown);
}
