// SPDX-License-Identifier: GPL-2.0
/*
 * Rekeying (RFC 7402 sections 5.3, 6.8 to 6.10). Owns assoc->rekey, from the
 * first UPDATE with ESP_INFO until both are there and ours is acknowledged.
 *
 * No packet is lost, because of an order: the new inbound SA is there before
 * the packet goes out after which the peer may use it (the answer with our
 * ESP_INFO, or the ACK); the new outbound SA is used only when the peer has
 * its inbound one; and the old inbound SA stays a while (hip_assoc_retire).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "close.h"
#include "dhpool.h"
#include "life.h"
#include "log.h"
#include "rekey_inside.h"

#define SPI_FIRST 256		/* RFC 4303 section 2.1 */
#define GIVE_UP (30 * HIP_SEC)	/* after the last UPDATE could have come */
#define RETRY HIP_SEC		/* when the kernel refused an SA */

struct esp_info {
	uint16_t index;
	uint32_t old_spi, new_spi;
};

static struct esp_info esp_info(const struct hip_packet *p)
{
	const struct hip_param *info = hip_packet_get(p, HIP_PARAM_ESP_INFO);

	return (struct esp_info){
		.index = hip_get16(info->data + 2),
		.old_spi = hip_get32(info->data + 4),
		.new_spi = hip_get32(info->data + 8),
	};
}

/* ---- begin and end ---- */

static void rekey_free(struct hip_rekey *r)
{
	struct hip_assoc *assoc = r->assoc;

	hip_timer_stop(&assoc->host->timers, &r->timer);
	hip_dh_put(r->dh);
	free(r->peer_dh);
	hip_crypto_wipe(r, sizeof(*r));
	free(r);
	assoc->rekey = NULL;
}

void hip_rekey_abort(struct hip_assoc *assoc)
{
	struct hip_rekey *r = assoc->rekey;
	struct hip_kif *kif = assoc->host->kif;

	if (!r)
		return;
	if (r->sent)
		hip_update_cancel(assoc, r->id);
	kif->ops->path_down(kif, &r->path, false);
	rekey_free(r);
}

void hip_rekey_failed(struct hip_assoc *assoc, const char *why)
{
	char peer[HIP_ADDRSTRLEN];

	assoc->host->stats.v[HIP_STAT_REKEY_FAILED]++;
	hip_log_limited(BEX, NOTICE, "no new keys with %s: %s",
			hip_addr_str(&assoc->pair.peer, peer), why);
	hip_rekey_abort(assoc);
	hip_rekey_later(assoc);
	hip_assoc_tell(assoc);
}

/* An outstanding request must not stay for ever (section 6.8, step 5). The
 * peer may have our ESP_INFO and end the rekey at any time: so it cannot be
 * taken back, and the SAs go with the association.
 */
static void on_timer(struct hip_timer *t)
{
	struct hip_rekey *r =
		(void *)((char *)t - offsetof(struct hip_rekey, timer));
	struct hip_assoc *assoc = r->assoc;

	if (r->acked && r->ready && !hip_rekey_finalise(assoc))
		return;
	if (hip_host_now(assoc->host) < r->deadline)
		return;
	hip_rekey_failed(assoc, "it acknowledged, but the rest never came");
	hip_close_start(assoc->host, assoc, NULL);
}

static struct hip_rekey *create(struct hip_assoc *assoc)
{
	struct hip_host *host = assoc->host;
	struct hip_rekey *r = calloc(1, sizeof(*r));
	struct hip_path *path;

	if (!r)
		return NULL;
	r->assoc = assoc;
	r->serial = ++host->assocs.next_serial;
	hip_timer_init(&r->timer, on_timer);
	r->deadline = hip_host_now(host) + hip_update_patience(&host->config) +
		      GIVE_UP;
	path = &r->path;
	path->id = hip_assoc_path_id(host);
	path->if_id = assoc->path->if_id;
	path->local_hit = assoc->pair.local;
	path->peer_hit = assoc->pair.peer;
	path->local = assoc->path->local;
	path->peer = assoc->path->peer;
	path->alg = assoc->path->alg;
	hip_rekey_limits(&host->config, path);
	if (host->kif->ops->spi_alloc(host->kif, path, &path->spi_in)) {
		free(r);
		return NULL;
	}
	assoc->rekey = r;
	hip_timer_set(&host->timers, &r->timer, r->deadline);
	return r;
}

/* Is there KEYMAT left from @index on? */
static bool enough(const struct hip_assoc *assoc, size_t index)
{
	return index <= hip_keymat_last(&assoc->keymat, assoc->path->alg);
}

static void want_dh(struct hip_assoc *assoc, struct hip_rekey *r)
{
	r->index = 0;
	r->with_dh = true;
	r->dh = hip_dhpool_take(assoc->host->dhpool, assoc->dh_group);
}

/* ---- the two halves of the end ---- */

/* Both ESP_INFOs are here and ours is acknowledged (section 6.10). When the
 * kernel refuses, the old outbound SA is used until it does not.
 */
int hip_rekey_finalise(struct hip_assoc *assoc)
{
	struct hip_rekey *r = assoc->rekey;
	struct hip_host *host = assoc->host;

	if (host->kif->ops->path_up(host->kif, &r->path)) {
		hip_timer_set(&host->timers, &r->timer,
			      hip_host_now(host) + RETRY);
		return -EAGAIN;
	}
	hip_life_path_changes(assoc);
	hip_assoc_retire(assoc, assoc->path);
	assoc->linger_end = hip_host_now(host) +
			    hip_update_patience(&host->config) + GIVE_UP;
	*assoc->path = r->path;
	hip_crypto_wipe(&assoc->path->in, sizeof(assoc->path->in));
	hip_crypto_wipe(&assoc->path->out, sizeof(assoc->path->out));
	assoc->keymat = r->keymat;
	assoc->keymat_index = r->drawn;
	/* without memory the next rekey makes new values for both */
	if (hip_dh_halves_set(&assoc->dh, r->dh, r->peer_dh, r->peer_dh_len))
		hip_dh_halves_exit(&assoc->dh);
	rekey_free(r);
	assoc->n_rekeys++;
	host->stats.v[HIP_STAT_REKEYS]++;
	hip_rekey_arm(assoc);
	hip_assoc_tell(assoc);
	return 0;
}

void hip_rekey_acked(struct hip_assoc *assoc, uint32_t id)
{
	struct hip_rekey *r = assoc->rekey;

	if (!r || !r->sent || r->id != id)
		return;
	r->acked = true;
	if (r->ready)
		hip_rekey_finalise(assoc);
}

/* The peer sends through the new SA, so it has finalised: its ACK was lost. */
bool hip_rekey_implied(struct hip_assoc *assoc)
{
	struct hip_kif *kif = assoc->host->kif;
	struct hip_rekey *r = assoc->rekey;
	struct hip_path_stats st;

	return r && r->ready &&
	       !kif->ops->path_stats(kif, &r->path, &st) && st.rx_packets;
}

/* ---- ours ---- */

static void not_asked(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct hip_rekey *r = assoc ? assoc->rekey : NULL;

	if (r && r->sent && r->id == tx->id)
		hip_rekey_failed(assoc, "no UPDATE could be made");
}

static int prepare(struct hip_update_tx *tx)
{
	return hip_rekey_tx_dh((struct hip_rekey_tx *)tx);
}

/* Our value is made: the peer's UPDATE can be answered with it. */
static int made(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct hip_rekey *r =
		hip_rekey_tx_of(assoc, (struct hip_rekey_tx *)tx);

	if (r)
		r->drawing = false;
	return 0;
}

int hip_rekey_start(struct hip_assoc *assoc, enum hip_rekey_dh dh)
{
	struct hip_rekey_tx *t;
	struct hip_rekey *r;

	if ((assoc->state != HIP_ESTABLISHED && assoc->state != HIP_R2_SENT) ||
	    !assoc->path)
		return -ENOTCONN;
	if (assoc->rekey)
		return 0;
	r = create(assoc);
	if (!r)
		return -ENOMEM;
	r->index = (uint16_t)assoc->keymat.next;
	if (dh == HIP_REKEY_NEW_DH || assoc->host->config.rekey_dh ||
	    !enough(assoc, assoc->keymat.next))
		want_dh(assoc, r);
	t = hip_rekey_tx_create(assoc, sizeof(*t), NULL);
	if (!t) {
		hip_rekey_abort(assoc);
		return -ENOMEM;
	}
	hip_rekey_tx_ask(assoc, t);
	t->tx.prepare = prepare;
	t->tx.failed = not_asked;
	if (r->with_dh && !r->dh) {
		r->drawing = true;
		t->tx.commit = made;
	}
	hip_update_run(assoc, &t->tx);
	return 0;
}

/* ---- the peer's ---- */

static int check_dh(const struct hip_assoc *assoc, const struct hip_param *dh,
		    uint16_t index)
{
	char peer[HIP_ADDRSTRLEN];

	if (!index && dh->data[0] == assoc->dh_group &&
	    hip_get16(dh->data + 1) + 3u <= dh->len)
		return 0;
	hip_log_limited(BEX, WARNING,
			"UPDATE of %s: DIFFIE_HELLMAN of group %u, KEYMAT index %u, expected group %u, index 0",
			hip_addr_str(&assoc->pair.peer, peer), dh->data[0],
			index, assoc->dh_group);
	return HIP_STAT_DROP_DH;
}

static int check_index(const struct hip_assoc *assoc, uint16_t index)
{
	if (assoc->rekey && assoc->rekey->with_dh)
		return 0;	/* not used: there will be a new KEYMAT */
	return index < assoc->keymat.next || !enough(assoc, index) ?
		       HIP_STAT_DROP_ESP_INFO : 0;
}

/* Did the peer finalise, though we have not heard its ACK? */
static bool moved_on(const struct hip_assoc *assoc, uint32_t old_spi)
{
	const struct hip_rekey *r = assoc->rekey;

	return r && r->ready && r->path.spi_out == old_spi;
}

/* RFC 8046 section 5.3: which pairs of OLD SPI and NEW SPI mean what. A
 * second pair, or one without a successor, needs several paths.
 */
int hip_rekey_check(const struct hip_assoc *assoc, const struct hip_packet *p)
{
	const struct hip_param *dh;
	struct esp_info info = esp_info(p);

	if (!assoc->path || (assoc->rekey && assoc->rekey->drawing))
		return HIP_STAT_DROP_STATE;
	if (info.old_spi == info.new_spi &&
	    info.new_spi == assoc->path->spi_out)
		return 0;
	if (info.new_spi < SPI_FIRST || info.new_spi == info.old_spi ||
	    info.new_spi == assoc->path->spi_out ||
	    (info.old_spi != assoc->path->spi_out &&
	     !moved_on(assoc, info.old_spi)))
		return HIP_STAT_DROP_ESP_INFO;
	dh = hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN);
	if (dh)
		return check_dh(assoc, dh, info.index);
	if (moved_on(assoc, info.old_spi))
		return info.index < assoc->rekey->keymat.next ?
			       HIP_STAT_DROP_ESP_INFO : 0;
	return check_index(assoc, info.index);
}

static int note_peer(struct hip_rekey *r, const struct hip_packet *p)
{
	const struct hip_param *dh;
	struct esp_info info = esp_info(p);

	r->heard = true;
	r->peer_index = info.index;
	r->path.spi_out = info.new_spi;
	dh = hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN);
	if (!dh)
		return 0;
	r->peer_dh_len = hip_get16(dh->data + 1);
	r->peer_dh = malloc(r->peer_dh_len + 1);
	if (!r->peer_dh)
		return -ENOMEM;
	memcpy(r->peer_dh, dh->data + 3, r->peer_dh_len);
	return 0;
}

/* We were not the one to ask (section 6.9.1). A new Diffie-Hellman value is
 * answered with one (RFC 7401 section 4.1.3).
 */
static int agree(struct hip_assoc *assoc, const struct hip_packet *p)
{
	struct esp_info info = esp_info(p);
	struct hip_rekey *r = create(assoc);

	if (!r)
		return -ENOMEM;
	r->index = info.index;
	if (hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN))
		want_dh(assoc, r);
	return 0;
}

int hip_rekey_rx(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct esp_info info = esp_info(&held->p);

	if (info.old_spi == info.new_spi)
		return 0;
	if (moved_on(assoc, info.old_spi)) {
		if (hip_rekey_finalise(assoc))
			return -EAGAIN;
	} else if (assoc->rekey && assoc->rekey->heard) {
		hip_rekey_abort(assoc);		/* it begins anew */
	}
	if ((assoc->rekey || !agree(assoc, &held->p)) &&
	    !note_peer(assoc->rekey, &held->p) &&
	    !hip_rekey_answer(assoc, held))
		return 1;
	hip_rekey_abort(assoc);
	return -ENOMEM;
}
