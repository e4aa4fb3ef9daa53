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
#include "keylog.h"
#include "life.h"
#include "log.h"
#include "rekey.h"

#define SPI_FIRST 256		/* RFC 4303 section 2.1 */
#define GIVE_UP (30 * HIP_SEC)	/* after the last UPDATE could have come */
#define RETRY HIP_SEC		/* when the kernel refused an SA */
#define AGAIN (60 * HIP_SEC)	/* after one that failed */

struct hip_rekey {
	struct hip_assoc *assoc;
	uint32_t serial;		/* tells it from another one to a job */
	uint32_t id;			/* of our UPDATE with ESP_INFO */
	bool sent;			/* there is such an UPDATE */
	bool acked;			/* and the peer has it */
	bool heard;			/* the peer's ESP_INFO is here */
	bool drawing;			/* a job has the two */
	bool ready;			/* keys and inbound SA are there */
	uint16_t index, peer_index;	/* of the ESP_INFOs */
	uint16_t drawn;			/* where the keys were drawn */
	struct hip_path path;		/* with both new SPIs */
	struct hip_dh *dh;		/* new ones, or NULL */
	uint8_t *peer_dh;
	size_t peer_dh_len;
	struct hip_keymat keymat;	/* with the keys drawn */
	struct hip_timer timer;		/* tries the end again, gives up */
	uint64_t deadline;		/* ns */
};

/* The job that draws the keys and answers. */
struct draw {
	struct hip_update_tx tx;
	uint32_t serial;
	bool new_keymat;
	struct hip_dh *dh;		/* our new one, or NULL: the old */
	unsigned int dh_group;
	struct hip_dh_halves halves;	/* of the new Kij */
	struct hip_keymat keymat;
	uint16_t index;
	struct hip_path path;
};

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

static void next_at(struct hip_assoc *assoc, uint64_t wait)
{
	hip_timer_set(&assoc->host->timers, &assoc->rekey_timer,
		      hip_host_now(assoc->host) + wait);
}

/* Up to a fifth earlier, so that the two ends seldom begin at once. */
static uint64_t early(uint64_t limit)
{
	uint16_t r;

	hip_crypto_random(&r, sizeof(r));
	return limit - limit / 5 / UINT16_MAX * r -
	       limit / 5 % UINT16_MAX * r / UINT16_MAX;
}

void hip_rekey_arm(struct hip_assoc *assoc)
{
	unsigned int limit = assoc->host->config.rekey_time;

	hip_timer_stop(&assoc->host->timers, &assoc->rekey_timer);
	if (limit)
		next_at(assoc, early(limit * HIP_SEC));
}

void hip_rekey_limits(const struct hip_config *config, struct hip_path *path)
{
	path->soft_bytes = early(config->rekey_bytes);
	path->soft_packets = early(config->rekey_packets);
}

bool hip_rekey_worn(const struct hip_path *path,
		    const struct hip_path_stats *st)
{
	uint64_t packets = path->soft_packets, bytes = path->soft_bytes;

	return (packets && (st->rx_packets >= packets ||
			    st->tx_packets >= packets)) ||
	       (bytes && (st->rx_bytes >= bytes || st->tx_bytes >= bytes));
}

void hip_rekey_now(struct hip_assoc *assoc)
{
	if (hip_rekey_start(assoc, HIP_REKEY_CONFIGURED))
		next_at(assoc, AGAIN);
}

void hip_rekey_changed(struct hip_host *host)
{
	struct hip_assoc *assoc;

	for (assoc = host->assocs.by_pair; assoc; assoc = assoc->hh.next)
		if (assoc->state == HIP_ESTABLISHED ||
		    assoc->state == HIP_R2_SENT)
			hip_rekey_arm(assoc);
}

void hip_rekey_timer(struct hip_timer *t)
{
	struct hip_assoc *assoc =
		(void *)((char *)t - offsetof(struct hip_assoc, rekey_timer));
	struct hip_kif *kif = assoc->host->kif;
	struct hip_path_stats st;

	/* keys that have protected nothing are as good as new */
	if (!kif->ops->path_stats(kif, assoc->path, &st) &&
	    !st.rx_packets && !st.tx_packets)
		hip_rekey_arm(assoc);
	else
		hip_rekey_now(assoc);
}

static void failed(struct hip_assoc *assoc, const char *why)
{
	char peer[HIP_ADDRSTRLEN];

	assoc->host->stats.v[HIP_STAT_REKEY_FAILED]++;
	hip_log_limited(BEX, NOTICE, "no new keys with %s: %s",
			hip_addr_str(&assoc->pair.peer, peer), why);
	hip_rekey_abort(assoc);
	next_at(assoc, AGAIN);
	hip_assoc_tell(assoc);
}

static int finalise(struct hip_assoc *assoc);

/* An outstanding request must not stay for ever (section 6.8, step 5). The
 * peer may have our ESP_INFO and end the rekey at any time: so it cannot be
 * taken back, and the SAs go with the association.
 */
static void on_timer(struct hip_timer *t)
{
	struct hip_rekey *r =
		(void *)((char *)t - offsetof(struct hip_rekey, timer));
	struct hip_assoc *assoc = r->assoc;

	if (r->acked && r->ready && !finalise(assoc))
		return;
	if (hip_host_now(assoc->host) < r->deadline)
		return;
	failed(assoc, "it acknowledged, but the rest never came");
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

static int want_dh(struct hip_assoc *assoc, struct hip_rekey *r)
{
	r->dh = hip_dhpool_take(assoc->host->dhpool, assoc->dh_group);
	return r->dh ? 0 : -ENOMEM;
}

static void put_esp_info(struct hip_builder *b, const struct hip_rekey *r)
{
	uint8_t *data = hip_build_param(b, HIP_PARAM_ESP_INFO, 12);

	if (!data)
		return;
	hip_put16(data + 2, r->index);
	hip_put32(data + 4, r->assoc->path->spi_in);
	hip_put32(data + 8, r->path.spi_in);
}

static void put_dh(struct hip_builder *b, const struct hip_dh *dh)
{
	size_t len = hip_dh_public_len(hip_dh_group(dh));
	uint8_t *data = hip_build_param(b, HIP_PARAM_DIFFIE_HELLMAN, 3 + len);

	if (!data)
		return;
	data[0] = (uint8_t)hip_dh_group(dh);
	hip_put16(data + 1, (uint16_t)len);
	memcpy(data + 3, hip_dh_public(dh), len);
}

/* ---- the two halves of the end ---- */

/* Both ESP_INFOs are here and ours is acknowledged (section 6.10). When the
 * kernel refuses, the old outbound SA is used until it does not.
 */
static int finalise(struct hip_assoc *assoc)
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

static void acked(struct hip_assoc *assoc, uint32_t id)
{
	struct hip_rekey *r = assoc->rekey;

	if (!r || !r->sent || r->id != id)
		return;
	r->acked = true;
	if (r->ready)
		finalise(assoc);
}

/* The peer sends through the new SA, so it has finalised: its ACK was lost. */
static bool implied(struct hip_assoc *assoc)
{
	struct hip_kif *kif = assoc->host->kif;
	struct hip_rekey *r = assoc->rekey;
	struct hip_path_stats st;

	return r && r->ready &&
	       !kif->ops->path_stats(kif, &r->path, &st) && st.rx_packets;
}

/* ---- the job: keys, then the answer ---- */

static int new_keymat(struct draw *d)
{
	uint8_t secret[HIP_DH_SECRET_MAX], i[HIP_HASH_MAX], j[HIP_HASH_MAX];
	struct hip_keymat *km = &d->keymat;
	struct hip_dh *dh;
	int err;

	dh = d->dh ? hip_dh_get(d->dh) :
		     hip_dh_halves_own(&d->halves, d->dh_group);
	if (!dh)
		return HIP_STAT_DROP_DH;
	err = hip_dh_derive(dh, d->halves.peer, d->halves.peer_len, secret);
	if (!err) {
		memcpy(i, km->i, sizeof(i));
		memcpy(j, km->j, sizeof(j));
		hip_keymat_init(km, km->hash, i, j, &d->tx.pair.local,
				&d->tx.pair.peer, secret,
				hip_dh_secret_len(hip_dh_group(dh)));
	}
	hip_crypto_wipe(secret, sizeof(secret));
	hip_dh_put(dh);
	return err ? HIP_STAT_DROP_DH : 0;
}

static int prepare(struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;
	int drop = 0;

	if (d->new_keymat)
		drop = new_keymat(d);
	if (!drop && hip_keymat_esp(&d->keymat, d->path.alg, d->index,
				    &tx->pair.local, &d->path.out,
				    &d->path.in))
		drop = HIP_STAT_DROP_ESP_INFO;
	return drop;
}

static struct hip_rekey *rekey_of(const struct hip_assoc *assoc,
				  const struct draw *d)
{
	struct hip_rekey *r = assoc ? assoc->rekey : NULL;

	return r && r->serial == d->serial ? r : NULL;
}

static int commit(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;
	struct hip_host *host = assoc->host;
	struct hip_rekey *r = rekey_of(assoc, d);

	if (!r)
		return HIP_STAT_DROP_STATE;
	r->path.in = d->path.in;
	r->path.out = d->path.out;
	r->keymat = d->keymat;
	r->drawn = d->index;
	r->drawing = false;
	if (host->kif->ops->path_in(host->kif, &r->path))
		return HIP_STAT_DROP_KERNEL;
	r->ready = true;
	if (d->new_keymat)
		hip_keylog_write(host->keylog,
				 assoc->initiator ? &assoc->pair.local :
						    &assoc->pair.peer,
				 assoc->initiator ? &assoc->pair.peer :
						    &assoc->pair.local,
				 &r->keymat);
	if (r->acked)
		finalise(assoc);
	return 0;
}

/* Without our ESP_INFO on its way all may begin anew. Else the peer's UPDATE
 * counts as not received, and it comes again.
 */
static void not_sent(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct hip_rekey *r = rekey_of(assoc, (struct draw *)tx);

	if (r && tx->seq)
		failed(assoc, "no answer could be made");
	if (!r || tx->seq)
		return;
	assoc->host->kif->ops->path_down(assoc->host->kif, &r->path, false);
	free(r->peer_dh);
	r->peer_dh = NULL;
	r->heard = false;
	r->drawing = false;
}

static void release(struct hip_update_tx *tx)
{
	struct draw *d = (struct draw *)tx;

	hip_dh_put(d->dh);
	hip_dh_halves_exit(&d->halves);
	hip_crypto_wipe(&d->keymat, sizeof(d->keymat));
	hip_crypto_wipe(&d->path, sizeof(d->path));
}

/* A new value of one side alone goes with the old one of the other (section
 * 6.10, step 1).
 */
static int halves(const struct hip_assoc *assoc, struct draw *d)
{
	const struct hip_rekey *r = assoc->rekey;

	d->new_keymat = r->dh || r->peer_dh;
	if (!d->new_keymat) {
		d->index = r->index > r->peer_index ? r->index : r->peer_index;
		return 0;
	}
	if (r->dh)
		d->dh = hip_dh_get(r->dh);
	d->dh_group = assoc->dh_group;
	if (hip_dh_halves_copy(&d->halves, &assoc->dh))
		return -ENOMEM;
	return hip_dh_halves_set(&d->halves, NULL, r->peer_dh,
				 r->peer_dh_len);
}

/* All is known: draw, and answer with our ESP_INFO or, when the peer has that
 * already, with the ACK alone.
 */
static int answer(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct hip_rekey *r = assoc->rekey;
	struct draw *d = hip_update_create(assoc, sizeof(*d), held);

	if (!d)
		return -ENOMEM;
	d->tx.prepare = prepare;
	d->tx.commit = commit;
	d->tx.failed = not_sent;
	d->tx.release = release;
	d->tx.acked = acked;
	d->tx.implied = implied;
	d->serial = r->serial;
	d->keymat = assoc->keymat;
	d->path = r->path;
	if (halves(assoc, d)) {
		hip_update_drop(&d->tx);
		return -ENOMEM;
	}
	r->drawing = true;
	if (!r->sent) {
		put_esp_info(&d->tx.b, r);
		hip_update_put_seq(assoc, &d->tx);
		r->id = d->tx.id;
		r->sent = true;
		hip_update_put_ack(&d->tx);
		if (r->dh)
			put_dh(&d->tx.b, r->dh);
	} else {
		hip_update_put_ack(&d->tx);
	}
	hip_update_run(assoc, &d->tx);
	return 0;
}

/* ---- ours ---- */

static void not_asked(struct hip_assoc *assoc, struct hip_update_tx *tx)
{
	struct hip_rekey *r = assoc ? assoc->rekey : NULL;

	if (r && r->sent && r->id == tx->id)
		failed(assoc, "no UPDATE could be made");
}

int hip_rekey_start(struct hip_assoc *assoc, enum hip_rekey_dh dh)
{
	struct hip_update_tx *tx;
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
	    !enough(assoc, assoc->keymat.next)) {
		r->index = 0;
		if (want_dh(assoc, r))
			goto abort;
	}
	tx = hip_update_create(assoc, sizeof(*tx), NULL);
	if (!tx)
		goto abort;
	put_esp_info(&tx->b, r);
	hip_update_put_seq(assoc, tx);
	if (r->dh)
		put_dh(&tx->b, r->dh);
	tx->acked = acked;
	tx->implied = implied;
	tx->failed = not_asked;
	r->id = tx->id;
	r->sent = true;
	hip_update_run(assoc, tx);
	return 0;

abort:
	hip_rekey_abort(assoc);
	return -ENOMEM;
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
	if (assoc->rekey && assoc->rekey->dh)
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
	if (!hip_packet_get(p, HIP_PARAM_DIFFIE_HELLMAN))
		return 0;
	r->index = 0;
	return want_dh(assoc, r);
}

int hip_rekey_rx(struct hip_assoc *assoc, const struct hip_held *held)
{
	struct esp_info info = esp_info(&held->p);

	if (info.old_spi == info.new_spi)
		return 0;
	if (moved_on(assoc, info.old_spi)) {
		if (finalise(assoc))
			return -EAGAIN;
	} else if (assoc->rekey && assoc->rekey->heard) {
		hip_rekey_abort(assoc);		/* it begins anew */
	}
	if ((assoc->rekey || !agree(assoc, &held->p)) &&
	    !note_peer(assoc->rekey, &held->p) && !answer(assoc, held))
		return 1;
	hip_rekey_abort(assoc);
	return -ENOMEM;
}
