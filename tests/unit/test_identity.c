// SPDX-License-Identifier: GPL-2.0
/*
 * Identities: key files and who may read them, the default one, what stays on
 * disk. Each test has a directory of its own below TMPDIR.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "util.h"
#include "wire.h"

static char base[200], dir[256], err[512];
static struct hip_identities ids;

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(base, sizeof(base), "%s/hip-identity.XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(base))
		return -1;
	snprintf(dir, sizeof(dir), "%s/keys", base);
	memset(&ids, 0, sizeof(ids));
	err[0] = '\0';
	return 0;
}

static char *path(const char *name)
{
	static char buf[600];

	snprintf(buf, sizeof(buf), "%s/%s", dir, name);
	return buf;
}

static int teardown(void **state)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		if (unlink(path(e->d_name)))
			rmdir(path(e->d_name));
	if (d)
		closedir(d);
	rmdir(dir);
	hip_identities_exit(&ids);
	return rmdir(base);
}

static int load(void)
{
	hip_identities_exit(&ids);
	return hip_identities_load(&ids, dir, err, sizeof(err));
}

static struct hip_identity *create(const char *name)
{
	struct hip_identity *id = NULL;
	int ret;

	ret = hip_identity_create(&ids, name, HIP_HI_ECDSA, 256, false, &id,
				  err, sizeof(err));
	if (ret)
		fail_msg("%s: %s", name, err);
	return id;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(path(name), &st), 0);
	return st.st_mode & 07777;
}

static int count_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

/* The list as text: "beta* alpha gamma". */
static void assert_list(const char *want)
{
	struct hip_identity *id;
	char have[512] = "";

	for (id = ids.first; id; id = id->next)
		snprintf(have + strlen(have), sizeof(have) - strlen(have),
			 "%s%s%s", *have ? " " : "", id->name,
			 id->is_default ? "*" : "");
	assert_string_equal(have, want);
}

static void test_empty(void **state)
{
	assert_int_equal(load(), 0);		/* no directory */
	assert_list("");
	assert_null(hip_identity_default(&ids));
	assert_null(hip_identity_by_name(&ids, "x"));
}

static void test_create(void **state)
{
	struct in6_addr hit;
	struct hip_identity *id;
	mode_t old = umask(0);

	assert_int_equal(load(), 0);
	id = create("alpha");
	umask(old);
	assert_int_equal(mode_of(""), 0700);
	assert_int_equal(mode_of("alpha.pem"), 0600);
	assert_int_equal(count_files(), 1);
	assert_memory_equal(&id->hit, hip_key_hit(id->key), 16);
	assert_ptr_equal(hip_identity_by_hit(&ids, &id->hit), id);
	assert_ptr_equal(hip_identity_by_name(&ids, "alpha"), id);
	assert_ptr_equal(hip_identity_default(&ids), id);

	hit = id->hit;
	assert_int_equal(load(), 0);
	assert_list("alpha*");
	assert_memory_equal(&ids.first->hit, &hit, 16);
}

static void test_host_id(void **state)
{
	static const struct {
		unsigned int alg, bits;
	} kinds[] = { { HIP_HI_ECDSA, 256 }, { HIP_HI_ECDSA, 384 },
		      { HIP_HI_RSA, 2048 } };
	const struct hip_param *p;
	struct hip_identity *id;
	struct hip_packet packet;
	struct hip_key *key;
	char name[8] = "a";
	const uint8_t *hi;
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(kinds); i++, name[0]++) {
		key = hip_key_generate(kinds[i].alg, kinds[i].bits);
		id = hip_identity_add(&ids, name, key);
		assert_non_null(id);
		hi = hip_key_hi(key, &len);
		assert_int_equal(id->host_id_len % 8, 0);
		assert_int_equal(hip_wire_parse_params(&packet, id->host_id,
						       id->host_id_len), 0);
		assert_int_equal(packet.n_params, 1);
		p = hip_packet_get(&packet, HIP_PARAM_HOST_ID);
		assert_int_equal(p->total, id->host_id_len);
		assert_int_equal(p->len, 6 + len);
		assert_int_equal(hip_get16(p->data), len);
		assert_int_equal(hip_get16(p->data + 2), 0);	/* no DI */
		assert_int_equal(hip_get16(p->data + 4), kinds[i].alg);
		assert_memory_equal(p->data + 6, hi, len);
		/* The same key again, or the same name: no. */
		assert_null(hip_identity_add(&ids, "other", key));
		hip_key_put(key);
		key = hip_key_generate(HIP_HI_ECDSA, 256);
		assert_null(hip_identity_add(&ids, name, key));
		hip_key_put(key);
	}
	assert_list("a* b c");
}

static void test_names(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", ".hidden", "a/b", "../a", "a b", "a\n", "\xc3\xa4",
		"0123456789012345678901234567890123456789012345678901234567890123",
	};
	struct hip_identity *id;
	size_t i;

	assert_int_equal(load(), 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(hip_identity_create(&ids, bad[i],
				HIP_HI_ECDSA, 256, false, &id, err,
				sizeof(err)), -EINVAL);
		assert_non_null(strstr(err, "no name for an identity"));
	}
	create("0123456789012345678901234567890123456789012345678901234567890"
	       "12");
	create("a.b-C_9");
	assert_int_equal(load(), 0);
	assert_int_equal(hip_identity_create(&ids, "a.b-C_9", HIP_HI_ECDSA,
					     256, false, &id, err, sizeof(err)),
			 -EEXIST);
	assert_int_equal(hip_identity_create(&ids, "z", HIP_HI_RSA, 1024, false, &id,
					     err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "2048 to 4096"));
	assert_int_equal(count_files(), 2);
}

/* A key that is there and not loaded must not be overwritten. */
static void test_no_overwrite(void **state)
{
	struct hip_identity *id;
	struct stat before, after;

	assert_int_equal(load(), 0);
	create("alpha");
	assert_int_equal(stat(path("alpha.pem"), &before), 0);
	hip_identities_exit(&ids);
	assert_int_equal(hip_identity_create(&ids, "alpha", HIP_HI_ECDSA, 256, false,
					     &id, err, sizeof(err)), -EEXIST);
	assert_non_null(strstr(err, "alpha.pem: File exists"));
	assert_int_equal(stat(path("alpha.pem"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(count_files(), 1);
	assert_list("");

	/* What a crash has left of an earlier attempt is no obstacle. */
	close(open(path(".beta.new"), O_CREAT | O_WRONLY, 0600));
	create("beta");
	assert_int_equal(count_files(), 2);
}

static void test_modes(void **state)
{
	static const mode_t bad[] = {
		0640, 0620, 0610, 0604, 0602, 0601, 0666, 0777, 0440,
	};
	static const mode_t good[] = { 0600, 0400, 0700 };
	char want[64];
	size_t i;

	assert_int_equal(load(), 0);
	create("alpha");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(chmod(path("alpha.pem"), bad[i]), 0);
		assert_int_not_equal(load(), 0);
		snprintf(want, sizeof(want), "mode %04o", bad[i]);
		assert_non_null(strstr(err, want));
		assert_non_null(strstr(err, "chmod 0600"));
		assert_non_null(strstr(err, path("alpha.pem")));
		assert_list("");
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(chmod(path("alpha.pem"), good[i]), 0);
		assert_int_equal(load(), 0);
		assert_list("alpha*");
	}
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "chmod 0700"));
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(load(), 0);
}

/* Only root can give a file away; another user cannot see the refusal. */
static void test_owner(void **state)
{
	assert_int_equal(load(), 0);
	create("alpha");
	if (geteuid()) {
		assert_int_equal(load(), 0);
		return;
	}
	assert_int_equal(chown(path("alpha.pem"), 12345, 0), 0);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "belongs to user 12345"));
	/* The daemon's own user may own it, too. */
	assert_int_equal(seteuid(12345), 0);
	assert_int_not_equal(load(), 0);	/* cannot enter the directory */
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(dir, 12345, 0), 0);
	assert_int_equal(chmod(base, 0755), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(load(), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_not_equal(load(), 0);	/* root does not trust it */
	assert_non_null(strstr(err, "belongs to user 12345"));
}

static void write_file(const char *name, const char *text, size_t len)
{
	int fd = open(path(name), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void test_bad_files(void **state)
{
	static char big[10000];
	size_t i;
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
		{ "a.pem", "", "PKCS#8" },
		{ "a.pem", "-----BEGIN PRIVATE KEY-----\n", "PKCS#8" },
		{ "a.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n"
			   "-----END PRIVATE KEY-----\n", "PKCS#8" },
		{ "a b.pem", "", "the name of a key file" },
	};

	assert_int_equal(mkdir(dir, 0700), 0);
	/* Not key files: nobody looks. */
	write_file("README", "x", 1);
	write_file(".alpha.new", "x", 1);
	write_file(".pem", "x", 1);
	write_file("key.pem.old", "x", 1);
	assert_int_equal(load(), 0);
	assert_list("");

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		write_file(rows[i].name, rows[i].text, strlen(rows[i].text));
		assert_int_not_equal(load(), 0);
		assert_non_null(strstr(err, rows[i].want));
		assert_non_null(strstr(err, path(rows[i].name)));
		unlink(path(rows[i].name));
	}
	memset(big, '-', sizeof(big));
	write_file("a.pem", big, sizeof(big));
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "longer than"));
	unlink(path("a.pem"));

	assert_int_equal(symlink("/dev/zero", path("a.pem")), 0);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "symbolic link"));
	unlink(path("a.pem"));
	assert_int_equal(mkfifo(path("a.pem"), 0600), 0);
	assert_int_not_equal(load(), 0);	/* and does not hang */
	assert_non_null(strstr(err, "not a regular file"));
	unlink(path("a.pem"));
	assert_int_equal(mkdir(path("a.pem"), 0700), 0);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "not a regular file"));
}

static void test_twins(void **state)
{
	char alpha[600];

	assert_int_equal(load(), 0);
	create("alpha");
	strcpy(alpha, path("alpha.pem"));
	assert_int_equal(link(alpha, path("beta.pem")), 0);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "beta.pem: the same key as in alpha.pem"));
	assert_list("");
}

static void test_default(void **state)
{
	char target[128] = "";

	assert_int_equal(load(), 0);
	create("beta");
	create("alpha");
	create("gamma");
	assert_list("beta* alpha gamma");	/* the first one made */
	assert_int_equal(hip_identity_set_default(&ids,
			hip_identity_by_name(&ids, "gamma"), err,
			sizeof(err)), 0);
	assert_list("gamma* alpha beta");
	assert_true(readlink(path("default"), target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "gamma.pem");
	assert_int_equal(load(), 0);
	assert_list("gamma* alpha beta");
	/* Again, and the same one. */
	assert_int_equal(hip_identity_set_default(&ids, ids.first, err,
						  sizeof(err)), 0);
	assert_list("gamma* alpha beta");
	assert_int_equal(hip_identity_set_default(&ids,
			hip_identity_by_name(&ids, "beta"), err,
			sizeof(err)), 0);
	assert_list("beta* alpha gamma");
	assert_int_equal(count_files(), 4);
	/* Without a choice the first by name. */
	unlink(path("default"));
	assert_int_equal(load(), 0);
	assert_list("alpha* beta gamma");
}

static void test_bad_default(void **state)
{
	static const struct {
		const char *target, *want;
	} rows[] = {
		{ "gone.pem", "names gone.pem, which is not there" },
		{ "alpha", "points to \"alpha\"" },
		{ "/etc/passwd", "points to \"/etc/passwd\"" },
		{ "../keys/alpha.pem", "points to \"../keys/alpha.pem\"" },
		{ "0123456789012345678901234567890123456789012345678901234567"
		  "8901234567890.pem", "points to" },
	};
	size_t i;

	assert_int_equal(load(), 0);
	create("alpha");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(symlink(rows[i].target, path("default")), 0);
		assert_int_not_equal(load(), 0);
		assert_non_null(strstr(err, rows[i].want));
		assert_list("");
		unlink(path("default"));
	}
	write_file("default", "alpha", 5);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(err, "not a symbolic link"));
}

static void test_delete(void **state)
{
	assert_int_equal(load(), 0);
	create("alpha");
	create("beta");
	create("gamma");
	hip_identity_set_default(&ids, hip_identity_by_name(&ids, "beta"),
				 err, sizeof(err));
	assert_int_equal(hip_identity_delete(&ids,
			hip_identity_by_name(&ids, "alpha"), err,
			sizeof(err)), 0);
	assert_list("beta* gamma");
	assert_int_equal(count_files(), 3);
	/* With the default one its link goes, and the next one steps in. */
	assert_int_equal(hip_identity_delete(&ids, ids.first, err,
					     sizeof(err)), 0);
	assert_list("gamma*");
	assert_int_equal(count_files(), 1);
	assert_int_equal(load(), 0);
	assert_list("gamma*");
	/* A file that somebody else has removed already. */
	unlink(path("gamma.pem"));
	assert_int_equal(hip_identity_delete(&ids, ids.first, err,
					     sizeof(err)), 0);
	assert_list("");
	assert_int_equal(load(), 0);
}

/* Without a directory nothing is written (tests with many hosts). */
static void test_memory_only(void **state)
{
	struct hip_key *key = hip_key_generate(HIP_HI_ECDSA, 256);
	struct hip_key *other = hip_key_generate(HIP_HI_ECDSA, 256);
	struct hip_identity *a, *b;

	a = hip_identity_add(&ids, "a", key);
	b = hip_identity_add(&ids, "b", other);
	hip_key_put(key);
	hip_key_put(other);
	assert_int_equal(hip_identity_set_default(&ids, b, err, sizeof(err)),
			 0);
	assert_list("b* a");
	assert_int_equal(hip_identity_delete(&ids, b, err, sizeof(err)), 0);
	assert_list("a*");
	assert_ptr_equal(ids.first, a);
}

static void test_long_dir(void **state)
{
	char name[400];

	memset(name, 'd', sizeof(name));
	name[256] = '\0';
	assert_int_equal(hip_identities_load(&ids, name, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "too long"));
}

/* The key file itself says that an identity is anonymous. */
static void test_anonymous(void **state)
{
	struct hip_identity *id;
	size_t len;

	assert_int_equal(load(), 0);
	assert_int_equal(hip_identity_create(&ids, "anon", HIP_HI_ECDSA, 256,
					     true, &id, err, sizeof(err)), 0);
	assert_true(id->anonymous);
	create("known");
	assert_int_equal(load(), 0);
	id = hip_identity_by_name(&ids, "anon");
	assert_true(id->anonymous);
	len = id->host_id_len;
	hip_identity_set_domain(id, "example.org");
	assert_int_equal(id->host_id_len, len);
	id = hip_identity_by_name(&ids, "known");
	assert_false(id->anonymous);
	hip_identity_set_domain(id, "example.org");
	assert_int_equal(id->host_id_len, len + 16);
	/* type 1, 13 octets */
	assert_int_equal(id->host_id[6], 0x10);
	assert_int_equal(id->host_id[7], 13);
}

/* Peers may be weak, we may not. */
static void test_low(void **state)
{
	struct hip_key *key = hip_key_generate(HIP_HI_ECDSA_LOW, 160);
	size_t len;
	char *pem = hip_key_to_pem(key, &len);
	FILE *f;

	assert_int_equal(load(), 0);
	create("known");
	f = fopen(path("low.pem"), "w");
	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_int_equal(fwrite(pem, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(load(), -EINVAL);
	assert_non_null(strstr(err, "low.pem: SECP160R1 is too weak"));
	free(pem);
	hip_key_put(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(test_empty),
		TEST(test_create),
		TEST(test_host_id),
		TEST(test_anonymous),
		TEST(test_low),
		TEST(test_names),
		TEST(test_no_overwrite),
		TEST(test_modes),
		TEST(test_owner),
		TEST(test_bad_files),
		TEST(test_twins),
		TEST(test_default),
		TEST(test_bad_default),
		TEST(test_delete),
		TEST(test_memory_only),
		TEST(test_long_dir),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
