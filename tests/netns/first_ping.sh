#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fresh associations between every identity of A and every one of B: not one
# loses the ping that brought it up. 1024 of them on 6.12; 64 where exchanges
# are slow or it is the same again. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

case $HIPVM_KERNEL in
6.12)	SIDE=32 ;;
*)	SIDE=8 ;;
esac

hits() { # HOST
	ns "$1" hip -o id 2>/dev/null | awk '{ print $1 }'
}

topo_up
for h in A B; do
	for ((i = 0; i < SIDE; i++)); do
		key $h k$i ecdsa
	done
	# else each identity has R1s for five groups
	config $h <<<$'[protocol]\ndh-groups = 7'
done
capture first_ping.pcap
pair_up || exit 1
is "identities of A" "$(hits A | wc -l)" $SIDE
# shellcheck disable=SC2046
text=$(ns A "$HERE/traffic.py" pings --from "$(hits A | paste -sd ,)" \
	$(hits B))
is "no first ping is lost" $? 0
diag "$(head -n 20 <<<"$text")"
is "associations of A" "$(ns A hip -o assoc | grep -c ESTABLISHED)" \
	$((SIDE * SIDE))
is "base exchanges completed" "$(counter A bex_completed)" $((SIDE * SIDE))
is "packets that waited in vain" "$(($(counter A wait_failed) +
	$(counter A wait_expired) + $(counter A pair_full)))" 0
capture_stop
check "all are closed" ns A hip assoc flush
nothing_left() { [ -z "$(ip -n "$1" xfrm state list nokeys)" ]; }
check "no SA is left on A" wait_for 60 nothing_left A
check "no SA is left on B" wait_for 60 nothing_left B
