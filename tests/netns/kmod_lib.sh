# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by kmod_*.sh: hip.ko without a daemon, in the topology of lib.sh. SAs
# come from ip-xfrm, the module's tables from hipnl.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

HIPNL=$REPO/build/tools/hipnl
HITA=2001:20::a
HITB=2001:20::b
# shellcheck disable=SC2034 # for the scripts that source this
A4=${V4[A]} B4=${V4[B]} A6=${V6[A]} B6=${V6[B]}
tmp=$(mktemp -d)
trap 'status=$?; rm -rf "$tmp"; (exit $status); finish' EXIT

A() { ip netns exec A "$@"; }
R() { ip netns exec R "$@"; }
B() { ip netns exec B "$@"; }
nlA() { in_net A "$HIPNL" "$@"; }
nlB() { in_net B "$HIPNL" "$@"; }

start() { # FILE COMMAND... : in the background, output to $tmp/FILE, id to $last
	local file=$tmp/$1

	shift
	"$@" >"$file" 2>&1 </dev/null &
	last=$!
	PIDS+=("$last")
}

stop() { # PID
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

start_in() { # HOST FILE COMMAND... : the command itself, not a shell above it
	local host=$1 file=$2

	shift 2
	start "$file" nsenter --net="/run/netns/$host" -- "$@"
}

stat() { # HOST COUNTER : its value
	in_net "$1" "$HIPNL" stat-get "$2" |
		sed -n 's/.* value=\([0-9]*\).*/\1/p'
}

field() { # NAME : its value in the line on standard input
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"
}

queued() { nlA assoc-get "$1" "$2" 2>/dev/null | field queued; }
queued_is() { [ "$(queued "$1" "$2")" = "$3" ]; }
has() { grep -q "$1" "$tmp/$2"; }
listening() { [ -n "$(in_net "$1" ss -Hltn "sport = :$2")" ]; }

monitor() { # HOST FILE : stands for the daemon; its id to $last
	start_in "$1" "$2" "$HIPNL" monitor
	wait_for 20 has listening "$2"
}

hip0_up() { # HOST HIT
	ip -n "$1" -batch - <<-EOT
		link add hip0 type dummy
		link set hip0 up mtu 1400
		addr add $2/128 dev hip0 nodad
		route add 2001:20::/28 dev hip0 src $2
	EOT
}

kmod_up() {
	modprobe hip || exit 1
	topo_up
	hip0_up A $HITA
	hip0_up B $HITB
}

SA_KEY=0x000102030405060708090a0b0c0d0e0f10111213
# The SA that HIT1 sends to HIT2 with, in the namespace of either.
sa() { # HOST HIT1 OUTER1 HIT2 OUTER2 SPI REQID [IFID]
	ip -n "$1" xfrm state add src "$3" dst "$5" proto esp spi "$6" \
		reqid "$7" mode beet replay-window 2048 flag esn \
		aead 'rfc4106(gcm(aes))' $SA_KEY 128 ${8:+if_id $8} \
		sel src "$2/128" dst "$4/128"
}

policy() { # HOST LOCAL-HIT OUTER PEER-HIT OUTER REQID [IFID]
	ip -n "$1" xfrm policy add src "$2/128" dst "$4/128" dir out \
		${7:+if_id $7} tmpl src "$3" dst "$5" proto esp \
		reqid "$6" mode beet
	ip -n "$1" xfrm policy update src "$4/128" dst "$2/128" dir in \
		tmpl src :: dst :: proto esp mode beet
}

# SAs, policies, path ID and association at one end. SPI of what A sends:
# 0x1000 + ID, of what B sends: 0x2000 + ID. if_id is outbound only.
up() { # HOST HIT OUTER PEER-HIT OUTER ID SPI-OUT SPI-IN [IFID]
	sa "$1" "$2" "$3" "$4" "$5" "$7" "$6" "${9-}"
	sa "$1" "$4" "$5" "$2" "$3" "$8" "$6"
	policy "$1" "$2" "$3" "$4" "$5" "$6" "${9-}"
	in_net "$1" "$HIPNL" path-new "$6" "$2" "$4" "$8" "$7" \
		"$3" "$5" ${9:+$9}
	in_net "$1" "$HIPNL" assoc-new "$2" "$4" up "$6"
}

a_up() { # ID OUTERA OUTERB [IFID]
	up A $HITA "$2" $HITB "$3" "$1" $((0x1000 + $1)) $((0x2000 + $1)) "${4-}"
}

b_up() { # ID OUTERA OUTERB
	up B $HITB "$3" $HITA "$2" "$1" $((0x2000 + $1)) $((0x1000 + $1))
}

both_down() { # ID
	nlA assoc-del $HITA $HITB
	nlB assoc-del $HITB $HITA
	nlA path-del "$1"
	nlB path-del "$1"
	for h in A B; do
		ip -n $h xfrm policy flush
		ip -n $h xfrm state flush
	done
}
