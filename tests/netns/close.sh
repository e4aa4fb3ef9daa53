#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CLOSE: both ends forget the association and its SAs; the next packet makes a
# new one. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

sas() { ip -n "$1" xfrm state list nokeys | grep -c '^src'; }
no_sas() { [ "$(sas "$1")" -eq 0 ]; }
no_assoc() { [ -z "$(assoc_state "$1" "$2")" ]; }

topo_up
capture close.pcap
pair_up || exit 1
check "an association" ping_hit A "$HIT_B"
check "A closes it" ns A hip assoc close "$HIT_B"
check "A has no SA" wait_for 10 no_sas A
check "B has no SA" wait_for 10 no_sas B
check "A is not associated" wait_for 30 no_assoc A "$HIT_B"
check "a ping brings it back, none lost" ping_hit A "$HIT_B"
check "B closes it" ns B hip assoc close "$HIT_A"
check "A has no SA" wait_for 10 no_sas A
check "a ping the other way brings it back" ping_hit B "$HIT_A"
check "flush" ns A hip assoc flush
check "B has no SA" wait_for 10 no_sas B
check_not "close of what is not there is an error" \
	ns A hip assoc close 2001:22::1
capture_stop
