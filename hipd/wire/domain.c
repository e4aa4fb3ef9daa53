// SPDX-License-Identifier: GPL-2.0
/*
 * The Domain Identifier of HOST_ID (RFC 7401 section 5.2.9, RFC 1035 section
 * 3.1, RFC 7542 section 2.2). Owns no state.
 */
#include <string.h>

#include "domain.h"
#include "wire.h"

#define LABEL_MAX 63
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static const char host_signs[] = ALNUM "-_";
/* of a user's name, without what a shell or a terminal might mind */
static const char user_signs[] = ALNUM "-_.+=";

/* Labels of 1 to 63 of these signs between dots. Returns octets or 0. */
static size_t encode_fqdn(const char *text, uint8_t *out)
{
	size_t label, n = 0;

	do {
		label = strspn(text, host_signs);
		if (!label || label > LABEL_MAX ||
		    n + 1 + label + 1 > HIP_DOMAIN_MAX)
			return 0;
		out[n++] = (uint8_t)label;
		memcpy(out + n, text, label);
		n += label;
		text += label;
	} while (*text == '.' && *++text);
	if (*text)
		return 0;
	out[n++] = 0;
	return n;
}

static size_t encode_nai(const char *text, const char *at, uint8_t *out)
{
	uint8_t realm[HIP_DOMAIN_MAX];
	size_t len = strlen(text);

	if (at == text || strspn(text, user_signs) != (size_t)(at - text) ||
	    len > HIP_DOMAIN_MAX || !encode_fqdn(at + 1, realm))
		return 0;
	memcpy(out, text, len);
	return len;
}

size_t hip_domain_encode(const char *text, uint8_t *out,
			 enum hip_domain_type *type)
{
	const char *at = strchr(text, '@');

	*type = at ? HIP_DOMAIN_NAI : HIP_DOMAIN_FQDN;
	return at ? encode_nai(text, at, out) : encode_fqdn(text, out);
}

static char *decode_fqdn(const uint8_t *di, size_t len, char *text)
{
	size_t label, n = 0;

	while (len && *di) {
		label = *di++;
		len--;
		if (label > LABEL_MAX || label > len ||
		    n + label + 1 >= HIP_DOMAIN_TEXT)
			return NULL;
		memcpy(text + n, di, label);
		n += label;
		text[n++] = '.';
		di += label;
		len -= label;
	}
	if (!n || len != 1)
		return NULL;
	text[n - 1] = '\0';
	return text;
}

static char *decode_nai(const uint8_t *di, size_t len, char *text)
{
	if (len >= HIP_DOMAIN_TEXT)
		return NULL;
	memcpy(text, di, len);
	text[len] = '\0';
	return text;
}

/* Whether @text becomes @di again: then it holds nothing strange. */
static bool faithful(const char *text, const uint8_t *di, size_t len,
		     unsigned int type)
{
	uint8_t again[HIP_DOMAIN_MAX];
	enum hip_domain_type is;

	return hip_domain_encode(text, again, &is) == len && is == type &&
	       !memcmp(again, di, len);
}

const char *hip_domain_of(const uint8_t *host_id, size_t len, char *text)
{
	unsigned int type;
	size_t hi_len, di_len;
	const uint8_t *di;

	if (len < 10)
		return NULL;
	hi_len = hip_get16(host_id + 4);
	type = hip_get16(host_id + 6) >> 12;
	di_len = hip_get16(host_id + 6) & 0x0fff;
	if (!di_len || 10 + hi_len + di_len > len)
		return NULL;
	di = host_id + 10 + hi_len;
	if (type == HIP_DOMAIN_FQDN)
		text = decode_fqdn(di, di_len, text);
	else if (type == HIP_DOMAIN_NAI)
		text = decode_nai(di, di_len, text);
	else
		text = NULL;
	return text && faithful(text, di, di_len, type) ? text : NULL;
}
