# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# Sourced by the scripts here: TAP, waiting, hosts in namespaces, daemons.
#
#        A                     R (router)                 B
#    +--------+  eth0   a0 +-------------+ b0   eth0  +--------+
#    |  hipd  |------------|  tcpdump    |------------|  hipd  |
#    +--------+            +-------------+            +--------+
#     192.0.2.1         .254            .254       198.51.100.1
#     2001:db8:a::1     ::fe            ::fe      2001:db8:b::1
#
# A script leaves in $OUT what should outlive the machine. Every *.pcap there
# is read by the checker of captures with all *.keylog beside it, and by
# tshark; a capture that holds hostile packets is named otherwise (*.cap).

REPO=${HIPVM_REPO:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
OUT=${HIPVM_OUT:-$(mktemp -d /tmp/hip-netns.XXXXXX)}
RUN=/run/hip-test		# of this machine only: sockets, keys
HERE=$REPO/tests/netns
UNIT=$REPO/hipd/systemd/hipd.service

# Starting a process is what takes the time of a test machine that is translated
# or has every checker on: builtins where they do.

# ---- TAP ----

TAP_N=0
TAP_FAILED=0

diag() { sed 's/^/# /' <<<"$*"; }
ok() { TAP_N=$((TAP_N + 1)); echo "ok $TAP_N - $1"; }
not_ok() { # NAME [DIAGNOSTICS]
	TAP_N=$((TAP_N + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	echo "not ok $TAP_N - $1"
	[ -z "${2-}" ] || diag "$2"
}

check() { # NAME COMMAND...: passes when the command does
	local name=$1 text
	shift

	if text=$("$@" 2>&1); then
		ok "$name"
	else
		not_ok "$name" "status $? of: $*"$'\n'"$text"
	fi
}

check_not() { # NAME COMMAND...
	local name=$1 text
	shift

	if text=$("$@" 2>&1); then
		not_ok "$name" "status 0 of: $*"$'\n'"$text"
	else
		ok "$name"
	fi
}

is() { # NAME GOT WANTED
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', wanted '$3'"
	fi
}

matches() { # NAME TEXT REGEX
	if [[ $2 =~ $3 ]]; then
		ok "$1"
	else
		not_ok "$1" "no '$3' in: $2"
	fi
}

uptime_s() { # whatever the clock on the wall says, which SECONDS heeds
	local up

	read -r up _ </proc/uptime
	echo "${up%.*}"
}

exec {NEVER}<> <(:)		# nothing is ever read from it
nap() { # SECONDS
	read -r -t "$1" -u "$NEVER"
	true
}

# Poll until the command succeeds; 1 when it has not for so many seconds.
wait_for() { # SECONDS COMMAND...
	local now end

	read -r now _ </proc/uptime
	end=$((${now%.*} + $1 + 1))
	shift
	until "$@" >/dev/null 2>&1; do
		read -r now _ </proc/uptime
		[ "${now%.*}" -lt "$end" ] || return 1
		nap 0.05
	done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

# ---- end of a script ----

PIDS=()				# to be killed at the end

finish() {
	local status=$? p h

	trap '' INT TERM
	for p in "${PIDS[@]}"; do
		kill "$p" 2>/dev/null
	done
	if [ "$TAP_FAILED" -gt 0 ]; then
		for h in "${!HIPD_PID[@]}"; do
			state "$h"
		done >"$OUT/state.txt" 2>&1
	fi
	for h in "${!HIPD_PID[@]}"; do
		stop_hipd "$h" KILL 2>/dev/null
	done
	wait 2>/dev/null
	topo_down
	find $RUN -name '*.keylog' -exec cp {} "$OUT" \; 2>/dev/null
	rm -rf $RUN
	echo "1..$TAP_N"
	[ "$TAP_FAILED" -eq 0 ] || exit 1
	exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

background() { # COMMAND...: killed at the end; its id in $!
	"$@" &
	PIDS+=($!)
}

# ---- hosts ----

# A command inside host NAME, which sees its own /etc/hip, /run/hip and
# /var/lib/hip. "ip netns exec" would mount anew for each command.
in_ns() { # NAME COMMAND...
	local ns=$1
	shift

	exec nsenter --net="/run/netns/$ns" --mount="$RUN/$ns/mnt" -- "$@"
}

ns() { (in_ns "$@"); }

# What needs the host's network alone. /sys still shows that of the caller.
in_net() { # NAME COMMAND...
	local ns=$1
	shift

	nsenter --net="/run/netns/$ns" -- "$@"
}

host_add() { # NAME
	install -d /run/hip /var/lib/hip /etc/hip "$RUN/$1" "/etc/netns/$1"
	install -d -o hip -g hip "$RUN/$1"/{run,state,log} "/etc/netns/$1/hip"
	install -d -m 700 "/etc/netns/$1/hip/keys"
	: >"/etc/netns/$1/hip/hosts" >"$RUN/$1/mnt"
	ip netns add "$1"
	nsenter --net="/run/netns/$1" unshare --mount="$RUN/$1/mnt" sh -c '
		mount --bind "$0/hip" /etc/hip &&
		mount --bind "$1/run" /run/hip &&
		mount --bind "$1/state" /var/lib/hip &&
		echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad &&
		echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad &&
		ip link set lo up' \
		"/etc/netns/$1" "$RUN/$1" || not_ok "host $1 is made"
}

host_del() { # NAME
	ip netns del "$1" 2>/dev/null
	umount "$RUN/$1/mnt"
	rm -rf "/etc/netns/$1" "${RUN:?}/$1"/{run,state,mnt}
}

link() { # HOST DEV ROUTER_DEV V4NET V6NET
	ip -n R -batch - <<-EOT
		link add $3 type veth peer name $2 netns $1
		addr add $4.254/24 dev $3
		addr add $5::fe/64 dev $3 nodad
		link set $3 up
	EOT
	ip -n "$1" -batch - <<-EOT
		addr add $4.1/24 dev $2
		addr add $5::1/64 dev $2 nodad
		link set $2 up
		route add default via $4.254
		route add default via $5::fe
	EOT
}

declare -A V4=([A]=192.0.2.1 [B]=198.51.100.1)
declare -A V6=([A]=2001:db8:a::1 [B]=2001:db8:b::1)

topo_up() { # A, B and the router between
	local h

	rm -rf /etc/netns/[ABR]
	for h in A R B; do
		host_add $h
	done
	in_net R sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward &&
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	link A eth0 a0 192.0.2 2001:db8:a
	link B eth0 b0 198.51.100 2001:db8:b
	wait_for 10 in_net A ping -c 1 -W 1 "${V4[B]}" &&
		wait_for 10 in_net A ping -c 1 -W 1 "${V6[B]}" ||
		not_ok "the router routes"
}

topo_down() {
	local h

	for h in A R B; do
		[ ! -e "$RUN/$h/mnt" ] || host_del $h
	done
}

# ---- identities and peers ----

# Keys are made once a run and shared by the hosts of later topologies.
key() { # HOST KEYNAME TYPE...: TYPE may be "ecdsa bits 384"
	local pool=$RUN/keys/$1

	if [ ! -e "$pool/$2.pem" ]; then
		mkdir -p "$pool"
		chmod 700 "$pool"
		printf '[hipd]\nkeys = %s\nsocket = %s\n' "$pool" "$pool/none" \
			>"$RUN/keys/$1.conf"
		hip --config "$RUN/keys/$1.conf" id add "$2" type "${@:3}" \
			>/dev/null 2>&1 || diag "no key $2 of type ${*:3}"
	fi
	install -m 600 "$pool/$2.pem" "/etc/netns/$1/hip/keys/$2.pem"
}

hit() { # HOST [KEYNAME]: HIT, of the default identity if none is named
	ns "$1" hip -o id 2>/dev/null | awk -v k="${2-}" \
		'k == $2 || (k == "" && /default/) { print $1; exit }'
}

knows() { # HOST PEER LOCATOR...: a line in HOST's hosts file for every HIT
	local host=$1 peer=$2
	shift 2

	ns "$peer" hip -o id 2>/dev/null | awk -v p="$peer" -v l="$*" \
		'{ print $1, tolower(p) "-" $2, l }' >>"/etc/netns/$host/hip/hosts"
}

config() { # HOST: standard input is its hipd.conf
	cat >"/etc/netns/$1/hip/hipd.conf"
}

# ---- the daemon, as its unit file starts it ----

declare -A HIPD_PID HIPD_RUNS

declare -A UNIT_VALUES
while IFS='=' read -r name value; do
	UNIT_VALUES[${name:-#}]+=$value$'\n'
done <"$UNIT"

unit() { # KEY: its values, a line each
	printf '%s' "${UNIT_VALUES[$1]}"
}

HIPD_LIMITS=()			# a command such as "prlimit --nofile=20 --"

# HOST [ARGUMENT...]: sets HIPD_COMMAND, which starts one that is prepared
hipd_command() {
	local host=$1 user caps
	local -a start
	shift

	user=$(unit User)
	caps=$(unit AmbientCapabilities)
	caps=${caps,,}
	caps=${caps//cap_/+}
	caps=${caps// /,}
	read -ra start < <(unit ExecStart)
	HIPD_COMMAND=(nsenter --net="/run/netns/$host"
		--mount="$RUN/$host/mnt" -- setpriv --reuid="$user"
		--regid="$(unit Group)" --init-groups --no-new-privs
		--inh-caps="-all,$caps" --ambient-caps="-all,$caps"
		--bounding-set="-all,$caps"
		sh -c "umask $(unit UMask); exec \"\$@\"" sh "${HIPD_LIMITS[@]}"
		"${start[@]}" "$@")
}

# HOST [ARGUMENT...]: does not wait for it; 1 where systemd would not start it
launch_hipd() {
	local host=$1 pre log n
	shift

	pre=$'\n'$(unit ExecStartPre)
	ns "$host" sh -ec "${pre//$'\n'+/$'\n'}" || {
		diag "ExecStartPre failed: $pre"
		return 1
	}
	n=$((${HIPD_RUNS[$host]:-0} + 1))
	HIPD_RUNS[$host]=$n
	log=$OUT/$host.$n.log
	hipd_command "$host" --keylog "$RUN/$host/log/$host.$n.keylog" "$@"
	"${HIPD_COMMAND[@]}" </dev/null >"$log" 2>&1 {NEVER}>&- &
	HIPD_PID[$host]=$!
}

hipd_ready() { # HOST
	[ -S "/proc/${HIPD_PID[$1]}/root/run/hip/hipd.sock" ] &&
		ns "$1" hip status >/dev/null 2>&1
}

start_hipd() { # HOST [ARGUMENT...]
	launch_hipd "$@" && wait_for 30 hipd_ready "$1" || {
		not_ok "hipd of $1 starts" "$(tail -n 5 \
			"$OUT/$1.${HIPD_RUNS[$1]}.log")"
		return 1
	}
}

stop_hipd() { # HOST [SIGNAL]
	local pid=${HIPD_PID[$1]-} status

	[ -n "$pid" ] || return 0
	unset "HIPD_PID[$1]"
	kill "-${2:-TERM}" "$pid" 2>/dev/null
	wait_for 10 gone "$pid" || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	status=$?
	[ "${2-}" = KILL ] || [ $status -eq 0 ]
}

stops() { # HOST: a result of its own
	stop_hipd "$1"
	is "hipd of $1 stops in order" $? 0
}

# Two hosts with hipd that know each other by outer family 4, 6 or both. Keys:
# those that key() gave, else one of ECDSA each.
pair_up() { # [4|6|46]
	local -A other=([A]=B [B]=A)
	local h families=${1:-46} locators

	for h in A B; do
		[ -n "$(ls "/etc/netns/$h/hip/keys")" ] || key "$h" ecdsa ecdsa
	done
	for h in A B; do
		locators=
		[[ $families != *4* ]] || locators+=" ${V4[${other[$h]}]}"
		[[ $families != *6* ]] || locators+=" ${V6[${other[$h]}]}"
		# shellcheck disable=SC2086
		knows "$h" "${other[$h]}" $locators
	done
	start_hipd A && start_hipd B || return 1
	HIT_A=$(hit A)
	HIT_B=$(hit B)
}

assoc_state() { # HOST PEER_HIT
	[[ $(ns "$1" hip -o assoc show "$2" 2>/dev/null) =~ $STATES ]] &&
		echo "${BASH_REMATCH[1]}"
}
STATES='(UNASSOCIATED|I[12]-SENT|R2-SENT|ESTABLISHED|CLOSING|CLOSED|E-FAILED)'

in_state() { # HOST PEER_HIT REGEX
	[[ $(assoc_state "$1" "$2") =~ ^($3)$ ]]
}

counter() { # HOST NAME: hipd's or the kernel's
	ns "$1" hip -s -o stats 2>/dev/null |
		awk -v n="$2" '$2 == n { s += $3 } END { print s + 0 }'
}

ping_hit() { # HOST HIT [PING_ARGUMENT...]: none may be lost
	local host=$1 hit=$2 text
	shift 2

	text=$(in_net "$host" ping -6 -n -c 3 -i 0.2 -W 10 "$@" "$hit" \
		2>&1)
	echo "$text"
	[[ $text == *" 0% packet loss"* ]]
}

state() { # HOST: for people, after a failure
	echo "==== $1"
	ns "$1" hip status
	ns "$1" hip -s assoc
	ns "$1" hip -s path
	ns "$1" hip -d stats
	ip -n "$1" -s xfrm state list nokeys
	ip -n "$1" xfrm policy
	ip -n "$1" addr
	ip -n "$1" -6 route
}

# ---- captures ----

capture() { # FILE [FILTER...]: on the router's link to A, until capture_stop
	local file=$1
	shift

	# Of the buffer each packet takes as much as the largest would.
	nsenter --net=/run/netns/R -- tcpdump -Z root --immediate-mode -U -s 65600 -B 32768 \
		-i a0 -w "$OUT/$file" "$@" 2>"$OUT/$file.log" &
	CAPTURE=$!
	CAPTURE_LOG=$OUT/$file.log
	PIDS+=("$CAPTURE")
	wait_for 20 grep -q 'listening on' "$OUT/$file.log"
}

captured_says() { # N: has tcpdump said more than N times what it has?
	[ "$(grep -c ' captured, ' "$CAPTURE_LOG")" -gt "$1" ]
}

# Asked again, has tcpdump no more than before? It looks for packets when it has
# answered. (What it says has passed the filter is no help: packets that came
# before there was a filter are among it.)
capture_whole() {
	local n

	n=$(grep -c ' captured, ' "$CAPTURE_LOG")
	kill -USR1 "$CAPTURE"
	wait_for 5 captured_says "$n" && [ "$n" -gt 0 ] &&
		[ "$(tail -n 2 "$CAPTURE_LOG" | uniq | wc -l)" = 1 ]
}

capture_stop() {
	check "the capture comes to its end" wait_for 20 capture_whole
	kill "$CAPTURE" 2>/dev/null
	wait "$CAPTURE" 2>/dev/null
	check "the capture is complete" \
		grep -q '^0 packets dropped by kernel' "$CAPTURE_LOG"
}
