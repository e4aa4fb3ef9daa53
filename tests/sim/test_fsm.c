// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine, cell by cell: every state meets every event with a
 * genuine packet, and what comes out is what RFC 7401 section 4.4.3 (tables 2
 * to 9, erratum 4408) says. The expectations are written down here once more,
 * not taken from the code.
 */
#include <stdlib.h>
#include <string.h>

#include "fsm.h"
#include "notify.h"
#include "rekey.h"
#include "sim.h"

/* What is on the wire after the event, from the host that is looked at. */
enum sent { NOTHING, I1 = HIP_I1, R1 = HIP_R1, I2 = HIP_I2, R2 = HIP_R2,
	    CLOSE = HIP_CLOSE, CLOSE_ACK = HIP_CLOSE_ACK,
	    UPDATE = HIP_UPDATE };

struct cell {
	enum hip_state next;
	enum sent sent;
	bool dropped;		/* as DROP_STATE, DROP_NO_ASSOC, DROP_RACE */
};

#define U HIP_UNASSOCIATED
#define I1S HIP_I1_SENT
#define I2S HIP_I2_SENT
#define R2S HIP_R2_SENT
#define E HIP_ESTABLISHED
#define CLG HIP_CLOSING
#define CLD HIP_CLOSED
#define EF HIP_E_FAILED
#define STAY(s) { s, NOTHING, false }
#define DROP(s) { s, NOTHING, true }
#define SEND(s, p) { s, p, false }

/* Where the outcome of I1 and I2 depends on the HITs (I1-SENT and I2-SENT) the
 * row is that of the host with the greater HIT; smaller[] has the others.
 */
static const struct cell expected[HIP_N_STATES][HIP_N_EVENTS] = {
	[U] = {
		[HIP_EV_DATA] = SEND(I1S, I1),
		[HIP_EV_I1] = SEND(U, R1),
		[HIP_EV_R1] = DROP(U),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(U),
		[HIP_EV_UPDATE] = DROP(U),
		[HIP_EV_NOTIFY] = DROP(U),
		[HIP_EV_CLOSE] = DROP(U),
		[HIP_EV_CLOSE_ACK] = DROP(U),
	},
	[I1S] = {
		[HIP_EV_DATA] = STAY(I1S),
		[HIP_EV_I1] = SEND(I1S, R1),
		[HIP_EV_R1] = SEND(I2S, I2),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(I1S),
		[HIP_EV_UPDATE] = DROP(I1S),
		[HIP_EV_NOTIFY] = DROP(I1S),
		[HIP_EV_CLOSE] = DROP(I1S),
		[HIP_EV_CLOSE_ACK] = DROP(I1S),
		[HIP_EV_RETRY] = SEND(I1S, I1),
	},
	[I2S] = {
		[HIP_EV_DATA] = STAY(I2S),
		[HIP_EV_I1] = SEND(I2S, R1),
		[HIP_EV_R1] = SEND(I2S, I2),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = STAY(E),
		[HIP_EV_UPDATE] = DROP(I2S),
		[HIP_EV_NOTIFY] = DROP(I2S),
		[HIP_EV_CLOSE] = SEND(CLD, CLOSE_ACK),
		[HIP_EV_CLOSE_ACK] = DROP(I2S),
		[HIP_EV_RETRY] = SEND(I2S, I2),
	},
	[R2S] = {
		[HIP_EV_DATA] = STAY(R2S),
		[HIP_EV_I1] = SEND(R2S, R1),
		[HIP_EV_R1] = DROP(R2S),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(R2S),
		[HIP_EV_UPDATE] = SEND(E, UPDATE),
		[HIP_EV_NOTIFY] = STAY(R2S),
		[HIP_EV_CLOSE] = SEND(CLD, CLOSE_ACK),
		[HIP_EV_CLOSE_ACK] = DROP(R2S),
		[HIP_EV_ESP] = STAY(E),
		[HIP_EV_TIMEOUT] = STAY(E),
	},
	[E] = {
		[HIP_EV_DATA] = STAY(E),
		[HIP_EV_I1] = SEND(E, R1),
		[HIP_EV_R1] = DROP(E),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(E),
		[HIP_EV_UPDATE] = SEND(E, UPDATE),
		[HIP_EV_NOTIFY] = STAY(E),
		[HIP_EV_CLOSE] = SEND(CLD, CLOSE_ACK),
		[HIP_EV_CLOSE_ACK] = DROP(E),
		[HIP_EV_ESP] = STAY(E),
		[HIP_EV_TIMEOUT] = SEND(CLG, CLOSE),
	},
	[CLG] = {
		[HIP_EV_DATA] = SEND(I1S, I1),
		[HIP_EV_I1] = SEND(CLG, R1),
		/* no I1 is out in CLOSING, so no R1 is an answer */
		[HIP_EV_R1] = DROP(CLG),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(CLG),
		[HIP_EV_UPDATE] = DROP(CLG),
		[HIP_EV_NOTIFY] = DROP(CLG),
		[HIP_EV_CLOSE] = SEND(CLD, CLOSE_ACK),
		[HIP_EV_CLOSE_ACK] = STAY(U),
		[HIP_EV_TIMEOUT] = SEND(CLG, CLOSE),
	},
	[CLD] = {
		[HIP_EV_DATA] = SEND(CLD, I1),
		[HIP_EV_I1] = SEND(CLD, R1),
		/* after "send I1 and stay at CLOSED" */
		[HIP_EV_R1] = SEND(I2S, I2),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(CLD),
		[HIP_EV_UPDATE] = DROP(CLD),
		[HIP_EV_NOTIFY] = DROP(CLD),
		[HIP_EV_CLOSE] = SEND(CLD, CLOSE_ACK),
		[HIP_EV_CLOSE_ACK] = STAY(U),
		[HIP_EV_RETRY] = SEND(CLD, I1),
		[HIP_EV_TIMEOUT] = STAY(U),
	},
	[EF] = {
		[HIP_EV_DATA] = STAY(EF),
		[HIP_EV_I1] = SEND(EF, R1),
		[HIP_EV_R1] = DROP(EF),
		[HIP_EV_I2] = SEND(R2S, R2),
		[HIP_EV_R2] = DROP(EF),
		[HIP_EV_UPDATE] = DROP(EF),
		[HIP_EV_NOTIFY] = DROP(EF),
		[HIP_EV_CLOSE] = DROP(EF),
		[HIP_EV_CLOSE_ACK] = DROP(EF),
		[HIP_EV_TIMEOUT] = STAY(U),
	},
};

/* The host with the smaller HIT. */
static const struct {
	enum hip_state state;
	enum hip_event event;
	struct cell cell;
} smaller[] = {
	{ I1S, HIP_EV_I1, DROP(I1S) },
	{ I2S, HIP_EV_I2, DROP(I2S) },
};

/* ---- the stage: x is looked at, y makes genuine packets for it ---- */

struct stage {
	struct sim sim;
	struct sim_host *x, *y;
};

static struct sim_packet *in_flight(struct stage *st, uint8_t type,
				    const struct sim_host *to)
{
	struct sim_packet *p;

	for (p = st->sim.flight; p; p = p->next)
		if (sim_type(p) == type && hip_addr_eq(&p->dst, &to->v4))
			return p;
	return NULL;
}

static void deliver(struct stage *st, uint8_t type, struct sim_host *to)
{
	struct sim_packet *p = in_flight(st, type, to);

	if (!p)
		fail_msg("no %s is in flight", hip_wire_type_name(type));
	sim_deliver(&st->sim, p);
}

static void discard(struct stage *st)
{
	struct sim_packet *p;

	while ((p = st->sim.flight)) {
		st->sim.flight = p->next;
		free(p);
	}
}

static void begin(struct stage *st, bool greater)
{
	struct sim_host *h = st->sim.host;
	bool first;

	memset(st, 0, sizeof(*st));
	sim_prepare(&st->sim);
	st->sim.config.dh_groups.n = 1;
	st->sim.manual = true;
	sim_init(&st->sim);
	first = hip_addr_cmp(&h[0].hit, &h[1].hit) > 0;
	st->x = first == greater ? &h[0] : &h[1];
	st->y = first == greater ? &h[1] : &h[0];
}

static void exchange(struct stage *st, struct sim_host *i, struct sim_host *r)
{
	struct hip_assoc *a;

	hip_host_connect(&i->h, NULL, &r->hit, &a);
	deliver(st, HIP_I1, r);
	deliver(st, HIP_R1, i);
	deliver(st, HIP_I2, r);
	deliver(st, HIP_R2, i);
}

static void y_closes(struct stage *st)
{
	hip_host_close(&st->y->h, sim_assoc(st->y, st->x));
	sim_work(st->y);
}

static void reach(struct stage *st, enum hip_state state)
{
	struct sim_host *x = st->x, *y = st->y;
	struct hip_assoc *a;

	switch (state) {
	case U:
		return;
	case I1S:
	case I2S:
	case EF:
		hip_host_connect(&x->h, NULL, &y->hit, &a);
		if (state == I1S)
			break;
		if (state == EF) {
			discard(st);
			sim_run(&st->sim, 24 * HIP_SEC);
			discard(st);
			break;
		}
		deliver(st, HIP_I1, y);
		deliver(st, HIP_R1, x);
		break;
	case R2S:
		exchange(st, y, x);
		break;
	case E:
		exchange(st, x, y);
		break;
	case CLG:
		exchange(st, x, y);
		hip_host_close(&x->h, sim_assoc(x, y));
		sim_work(x);
		break;
	default:
		exchange(st, x, y);
		hip_host_close(&x->h, sim_assoc(x, y));
		sim_work(x);
		y_closes(st);
		deliver(st, HIP_CLOSE, x);
		break;
	}
	assert_int_equal(sim_state(x, y), state);
}

/* A packet of y that x did not ask for; its state must refuse it unread. */
static void unasked(struct stage *st, uint8_t type)
{
	struct hip_builder b;

	hip_build_start(&b, type, 0, &st->y->hit, &st->x->hit);
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &st->y->v4, &st->x->v4);
	sim_inject(&st->sim, &st->y->v4, &st->x->v4, b.buf, b.len);
}

/* y answers an I1 that bears x's name: an R1 for x is in flight. */
static void make_r1(struct stage *st)
{
	static const uint8_t group = HIP_DH_P256;
	struct hip_builder b;

	hip_build_start(&b, HIP_I1, 0, &st->x->hit, &st->y->hit);
	hip_build_u8s(&b, HIP_PARAM_DH_GROUP_LIST, &group, 1);
	assert_int_equal(hip_build_end(&b), 0);
	hip_build_checksum(b.buf, b.len, &st->x->v4, &st->y->v4);
	sim_inject(&st->sim, &st->x->v4, &st->y->v4, b.buf, b.len);
}

/* y, which has forgotten x, begins an exchange. */
static void y_starts(struct stage *st)
{
	struct hip_assoc *a = sim_assoc(st->y, st->x);

	if (a)
		hip_assoc_destroy(a);
	assert_int_equal(hip_host_connect(&st->y->h, NULL, &st->x->hit, &a), 0);
}

/* A genuine I2 of y in flight to x. */
static void make_i2(struct stage *st)
{
	y_starts(st);
	deliver(st, HIP_I1, st->x);
	deliver(st, HIP_R1, st->y);
}

static void make_notify(struct stage *st)
{
	struct sim_host *y = st->y;
	struct hip_packet p = { .sender = st->x->hit, .receiver = y->hit };
	struct hip_msg msg = { &p, st->x->v4, y->v4,
			       hip_identity_default(&y->h.identities) };

	hip_notify_send(&y->h, &msg, HIP_NOTIFY_BUSY, NULL, 0);
	sim_work(y);
}

static void x_data(struct stage *st)
{
	hip_host_acquire(&st->x->h, &st->x->hit, &st->y->hit);
}

/* Brings x to @state and lets @event be the next thing that can happen to it:
 * the packet is in flight, and nothing else of its type.
 */
static void prepare(struct stage *st, enum hip_state state,
		    enum hip_event event, struct sim_packet *early)
{
	bool begins = state == I1S || state == I2S || state == EF;

	if (event == HIP_EV_I2 && begins) {
		make_i2(st);
		*early = *in_flight(st, HIP_I2, st->x);
	}
	reach(st, state);
	if (state == CLD && (event == HIP_EV_R1 || event == HIP_EV_RETRY))
		x_data(st);
	if (event == HIP_EV_R1) {
		/* new R1s: with a larger counter than an earlier one */
		assert_int_equal(hip_host_config_changed(&st->y->h), 0);
		make_r1(st);
	} else if (event == HIP_EV_I1) {
		y_starts(st);
	} else if (event == HIP_EV_I2 && !begins) {
		make_i2(st);
	} else if (event == HIP_EV_R2 && state == I2S) {
		deliver(st, HIP_I2, st->y);
	} else if (event == HIP_EV_UPDATE && (state == R2S || state == E)) {
		assert_int_equal(hip_rekey_start(sim_assoc(st->y, st->x),
						 HIP_REKEY_CONFIGURED), 0);
		sim_work(st->y);
	} else if (event == HIP_EV_NOTIFY) {
		make_notify(st);
	} else if (event == HIP_EV_CLOSE) {
		if (state == I2S)
			deliver(st, HIP_I2, st->y);
		if (state == CLD)
			sim_run(&st->sim, 3 * HIP_SEC);
		else if (sim_assoc(st->y, st->x))
			y_closes(st);
	} else if (event == HIP_EV_CLOSE_ACK &&
		   (state == CLG || state == CLD)) {
		deliver(st, HIP_CLOSE, st->y);
	}
	assert_int_equal(sim_state(st->x, st->y), state);
}

static void fire(struct stage *st, enum hip_event event,
		 const struct sim_packet *early)
{
	static const uint8_t type[HIP_N_EVENTS] = {
		[HIP_EV_I1] = HIP_I1, [HIP_EV_R1] = HIP_R1,
		[HIP_EV_I2] = HIP_I2, [HIP_EV_R2] = HIP_R2,
		[HIP_EV_UPDATE] = HIP_UPDATE, [HIP_EV_NOTIFY] = HIP_NOTIFY,
		[HIP_EV_CLOSE] = HIP_CLOSE, [HIP_EV_CLOSE_ACK] = HIP_CLOSE_ACK,
	};

	if (event == HIP_EV_DATA)
		x_data(st);
	else if (!type[event])
		hip_fsm_run(&st->x->h, sim_assoc(st->x, st->y), event, NULL);
	else if (early->len)
		sim_inject(&st->sim, &early->src, &early->dst, early->buf,
			   early->len);
	else if (in_flight(st, type[event], st->x))
		deliver(st, type[event], st->x);
	else
		unasked(st, type[event]);
	sim_work(st->x);
}

static unsigned int sent_by(const struct sim_host *host, const char *name)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < host->n_ops; i++)
		n += !strncmp(host->op[i].what, "tx ", 3) &&
		     (!name || !strcmp(host->op[i].what + 3, name));
	return n;
}

static const struct cell *lookup(enum hip_state state, enum hip_event event,
				 bool greater, struct cell *none)
{
	const struct cell *cell = &expected[state][event];
	size_t i;

	for (i = 0; !greater && i < sizeof(smaller) / sizeof(smaller[0]); i++)
		if (smaller[i].state == state && smaller[i].event == event)
			return &smaller[i].cell;
	/* timers and ESP that the state cannot have do nothing */
	*none = (struct cell)STAY(state);
	return event >= HIP_EV_ESP && !cell->next && !cell->sent &&
	       !hip_fsm_expects(state, event) ? none : cell;
}

static void check(enum hip_state state, enum hip_event event, bool greater)
{
	struct sim_packet early = { .len = 0 };
	const struct cell *cell;
	struct cell none;
	struct stage st;
	uint64_t drops;

	cell = lookup(state, event, greater, &none);
	begin(&st, greater);
	prepare(&st, state, event, &early);
	drops = sim_drops(st.x);
	st.x->n_ops = 0;
	fire(&st, event, &early);
	if (sim_state(st.x, st.y) != cell->next)
		fail_msg("%s, event %u: went to %s, not %s",
			 hip_state_name(state), event,
			 hip_state_name(sim_state(st.x, st.y)),
			 hip_state_name(cell->next));
	if (sent_by(st.x, NULL) != !!cell->sent ||
	    (cell->sent && !sent_by(st.x, hip_wire_type_name(cell->sent))))
		fail_msg("%s, event %u: %u packets sent, expected %s",
			 hip_state_name(state), event, sent_by(st.x, NULL),
			 cell->sent ? hip_wire_type_name(cell->sent) : "none");
	if (sim_drops(st.x) - drops != cell->dropped)
		fail_msg("%s, event %u: %llu drops", hip_state_name(state),
			 event, (unsigned long long)(sim_drops(st.x) - drops));
	sim_exit(&st.sim);
}

static void test_table(void **unused)
{
	unsigned int state, event;

	for (state = 0; state < HIP_N_STATES; state++) {
		for (event = 0; event < HIP_N_EVENTS; event++) {
			check(state, event, true);
			check(state, event, false);
		}
	}
}

/* The same packets, but not genuine: each state stays as it is. */
static void test_refused(void **unused)
{
	static const enum hip_event events[] = {
		HIP_EV_R1, HIP_EV_I2, HIP_EV_R2, HIP_EV_UPDATE, HIP_EV_CLOSE,
		HIP_EV_CLOSE_ACK,
	};
	unsigned int state, i;
	struct stage st;
	uint64_t drops;

	for (state = 0; state < HIP_N_STATES; state++) {
		begin(&st, true);
		reach(&st, state);
		discard(&st);
		for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
			drops = sim_drops(st.x);
			unasked(&st, (uint8_t[]){ HIP_R1, HIP_I2, HIP_R2,
						  HIP_UPDATE, HIP_CLOSE,
						  HIP_CLOSE_ACK }[i]);
			assert_int_equal(sim_drops(st.x) - drops, 1);
			assert_int_equal(sim_state(st.x, st.y), state);
		}
		assert_null(st.sim.flight);
		sim_exit(&st.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_refused),
	};

	sim_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
