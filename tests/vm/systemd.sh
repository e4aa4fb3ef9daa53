#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# hipd as systemd runs it, with everything that hipd.service says: user,
# capabilities, seccomp filter, file system, readiness, watchdog, reload,
# restart. Host A has a systemd of its own, process 1 of a namespace; B's hipd
# is started by lib.sh. Topology: ../netns/lib.sh.
#
# A restart and a SIGKILL happen under iperf3. That TCP sends nothing again then
# can be asked for on a clock of instructions only (tests/vm/run-qemu,
# HIPVM_ICOUNT=wait): ../netns/kill9.sh says why.
. "$(dirname "$0")/../netns/lib.sh"

UNITS=/run/systemd/system
PORT=5201
INIT=

# For what takes a watchdog's time: what the guest waits costs nobody anything,
# but asking all the time is slow on a clock of instructions.
slowly() { nap 1; "$@"; }

# As in host A; systemctl finds its own systemd in /run/systemd.
in_a() { nsenter --target "$INIT" --all -- "$@"; }
systemctl_a() { in_a systemctl "$@"; }
property() { systemctl_a show -P "$1" hipd; }
is_active() { [ "$(property ActiveState)" = active ]; }
changed() { [ "$(property "$1")" != "$2" ] && is_active; }
status_of() { in_a sed -n "s/^$1:[ \t]*//p" "/proc/$(property MainPID)/status"; }
journal() { cat "$OUT/hipd.log"; }
logged() { journal | grep -q "$1"; }

# A systemd takes SIGTERM for a wish to start itself anew.
end() {
	local status=$?

	[ -z "$INIT" ] || kill -KILL "$INIT"
	(exit $status)
	finish
}
trap end EXIT

# Only what hipd asks for: no other service of this machine.
units() {
	mkdir -p $UNITS/hipd.service.d
	cp "$UNIT" $UNITS/hipd.service
	cat >$UNITS/hip-test.target <<-EOT
	[Unit]
	DefaultDependencies=no
	Wants=hipd.service
	EOT
	# The log goes to a file, for there is no journal; the watchdog is short
	# to be waited for.
	cat >$UNITS/hipd.service.d/test.conf <<-EOT
	[Unit]
	DefaultDependencies=no
	[Service]
	StandardOutput=append:$OUT/hipd.log
	StandardError=append:$OUT/hipd.log
	WatchdogSec=20s
	EOT
}

start_systemd() {
	: >"$OUT/hipd.log"
	ip netns exec A unshare --pid --mount --uts --ipc --cgroup --fork \
		--kill-child --mount-proc sh -c "
			mount --make-rprivate /
			mount -t cgroup2 none /sys/fs/cgroup
			mount --bind $RUN/A/state /var/lib/hip
			exec env container=hip-test /lib/systemd/systemd \
				--system --unit=hip-test.target \
				--log-target=console --show-status=no" \
		</dev/null >"$OUT/systemd.log" 2>&1 &
	PIDS+=($!)
	wait_for 20 has_init || return 1
	INIT=$(pgrep -f '^/lib/systemd/systemd --system --unit=hip-test')
}
has_init() { pgrep -f '^/lib/systemd/systemd --system --unit=hip-test'; }

topo_up
key A ecdsa ecdsa
key B ecdsa ecdsa
units
start_systemd || not_ok "systemd starts" "$(cat "$OUT/systemd.log")"
check "hipd says that it is ready" wait_for 120 is_active
if ! is_active; then
	diag "$(systemctl_a status hipd 2>&1; cat "$OUT/systemd.log")"
	diag "$(journal)"
	exit 1
fi

is "it is user hip" "$(in_a stat -c %U "/proc/$(property MainPID)")" hip
is "it has CAP_NET_ADMIN and CAP_NET_RAW" "$(status_of CapEff)" \
	0000000000003000
is "it can get no other" "$(status_of CapBnd)" 0000000000003000
is "it cannot get new privileges" "$(status_of NoNewPrivs)" 1
is "a seccomp filter is there" "$(status_of Seccomp)" 2

hip_a() { in_a hip "$@"; }
HIT_A=$(hip_a -o id | awk '{ print $1; exit }')
start_hipd B
HIT_B=$(hit B)
hip_a peer add "$HIT_B" addr "${V4[B]}"
ns B hip peer add "$HIT_A" addr "${V4[A]}"
check "a ping under the filter" ping_hit A "$HIT_B"
established() { hip_a -o assoc show | grep -q ESTABLISHED; }
check "the association is established" wait_for 60 established

pid=$(property MainPID)
reloads() { grep -c 'read again' "$OUT/hipd.log"; }
check "systemctl reload" systemctl_a reload hipd
is "configuration was read again" "$(reloads)" 1
is "the process is the same" "$(property MainPID)" "$pid"
check "and the association" established
check "a ping after it" ping_hit A "$HIT_B"

# Segments of the busiest connection of iperf3, from A.
tcp() { # NAME: what ss says of it, 0 if nothing
	ip netns exec A ss -H -t -i -n "dport = :$PORT" | awk -v name="$1" '
		match($0, /bytes_acked:[0-9]+/) {
			n = substr($0, RSTART + 12, RLENGTH - 12) + 0
			if (n >= most) { most = n; line = $0 }
		} END {
			if (match(line, "[ \t]" name ":[0-9/]+"))
				n = substr(line, RSTART + length(name) + 2,
					RLENGTH - length(name) - 2)
			else
				n = 0
			sub(".*/", "", n)	# retrans:NOW/EVER
			print n
		}'
}
carries() { [ "$(tcp bytes_acked)" -gt "$1" ]; }
listens() { ip netns exec B ss -H -t -l -n | grep -q ":$PORT "; }
sent_again() { # NAME: nothing was, and the stream goes on
	local carried

	carried=$(tcp bytes_acked)
	check "$1: iperf3 goes on" wait_for 60 carries $((carried + 100000))
	if [ -n "${HIPVM_ICOUNT-}" ]; then
		is "$1: TCP sent nothing again" "$(tcp retrans)" "$again"
	else
		diag "$1: sent again: $(($(tcp retrans) - again))"
	fi
}

background in_ns B iperf3 -s -B "$HIT_B" -p $PORT >/dev/null
server=$!
wait_for 20 listens || not_ok "iperf3 listens"
# Slow enough for any kernel here: what is sent again was lost, not crowded out.
background in_ns A iperf3 -c "$HIT_B" -B "$HIT_A" -p $PORT -t 86400 -b 1M \
	-l 4K >"$OUT/iperf3.log" 2>&1
client=$!
check "iperf3 runs" wait_for 60 carries 100000
again=$(tcp retrans)

sent=$(counter B rx)
check "systemctl restart" systemctl_a restart hipd
check_not "another process" test "$(property MainPID)" = "$pid"
check "the association goes on" established
is "without a packet to B" "$(counter B rx)" "$sent"
check "a ping after it" ping_hit A "$HIT_B"
sent_again "systemctl restart"

pid=$(property MainPID)
in_a kill -KILL "$pid"
check "after SIGKILL it is started again" wait_for 60 changed MainPID "$pid"
check "the association goes on" established
is "without a packet to B" "$(counter B rx)" "$sent"
sent_again SIGKILL
check "iperf3 never stopped" kill -0 "$client"
kill "$client" "$server"
wait "$client" "$server" 2>/dev/null

# Alive for longer than the watchdog's time: the loop speaks.
pid=$(property MainPID)
told=$(property WatchdogTimestampMonotonic)
speaks() { [ "$(property WatchdogTimestampMonotonic)" -gt "$told" ]; }
check "the event loop tells the watchdog" wait_for 60 slowly speaks
is "so that it is let alone" "$(property MainPID)" "$pid"
in_a kill -STOP "$pid"
check "one that hangs is ended and started again" \
	wait_for 120 slowly changed MainPID "$pid"
check "the association goes on" established
check "a ping after all" ping_hit A "$HIT_B"

# Workers that do no work: the loop runs, but sees that jobs wait for nothing.
pid=$(property MainPID)
background in_a "$REPO/tests/netns/faults.py" hold "$pid" >"$OUT/held.txt"
check "all its workers are held" wait_for 20 grep -q 'held [1-9]' "$OUT/held.txt"
ns B hip assoc flush now
background ns B ping -c 1 "$HIT_A" >/dev/null
check "an I2 that nobody verifies is noticed" \
	wait_for 120 slowly logged 'the workers are stuck'
check "and the daemon started again" \
	wait_for 120 slowly changed MainPID "$pid"
check "a ping after all" wait_for 60 ping_hit B "$HIT_A"

systemctl_a stop hipd
is "systemctl stop" "$(property Result)" success
check_not "nothing was forbidden that it needs" logged "not permitted"
