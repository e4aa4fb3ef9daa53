#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Faults of what surrounds the daemon: the kernel loses its events, the disk is
# full, the clock jumps, descriptors and threads run out. Nothing is lost,
# nothing hangs, and what could not be done is done when it can be. Topology:
# lib.sh. It is about the daemon: one kernel will do.
# Kernels: 6.12
. "$(dirname "$0")/lib.sh"

FAULTS=$HERE/faults.py
HIPNL=$REPO/build/tools/hipnl

log_of() { cat "$OUT/$1.${HIPD_RUNS[$1]}.log"; }
log_says() { log_of "$1" | grep -qE "$2"; }
states() { ip -n "$1" xfrm state list nokeys | grep -c '^src'; }
has_states() { [ "$(states "$1")" -eq "$2" ]; }
has_locator() { ns "$1" hip status | grep locators | grep -qwF -- "$2"; }
lacks_locator() { ! has_locator "$@"; }
at_least() { [ "$(counter "$1" "$2")" -ge "$3" ]; } # HOST COUNTER N
flush() { # both ends
	ns A hip assoc flush now >/dev/null
	ns B hip assoc flush now >/dev/null
}

anew() { # NAME: a new association and a ping through it
	flush
	check "$1" ping_hit A "$HIT_B"
}

# ---- events that the kernel could not keep ----

# A's daemon does not read; $OVERRUNS is what it has counted so far.
pause() {
	OVERRUNS=$(counter A kernel_overrun)
	kill -STOP "${HIPD_PID[A]}"
}

resume() { # NAME
	kill -CONT "${HIPD_PID[A]}"
	check "$1: the overrun is noticed" wait_for 10 \
		at_least A kernel_overrun $((OVERRUNS + 1))
}

fill_xfrm() { # SAs of somebody else come and go
	local n id

	for n in {1..20}; do
		id="src 192.0.2.1 dst 203.0.113.1 proto esp spi $((0x7000 + n))"
		echo "xfrm state add $id mode transport" \
			"aead rfc4106(gcm(aes)) 0x$(printf '%040d' 0) 128"
		echo "xfrm state delete $id"
	done | ip -n A -batch - || not_ok "SAs of somebody else"
}

fill_acquire() { ns A "$FAULTS" strangers "$HIT_A" 40; }

fill_address() { # 192.0.2.139 stays
	local n

	for n in {100..139}; do
		echo "addr add 192.0.2.$n/24 dev eth0"
	done
	for n in {100..138}; do
		echo "addr del 192.0.2.$n/24 dev eth0"
	done
}

waits_for() { # HIT
	ns A "$HIPNL" assoc-get "$HIT_A" "$1" | grep -q 'queued=1'
}

overruns() {
	local before hit wanted=()

	is "A listens to the kernel on four sockets" \
		"$("$FAULTS" rcvbuf "${HIPD_PID[A]}")" 4
	is "no event was lost so far" "$(counter A kernel_overrun)" 0

	before=$(counter A bex_initiated)
	pause
	fill_xfrm
	ip -n A xfrm state flush
	ip -n A xfrm policy flush
	resume "SAs removed"
	check "SAs removed: they are found missing" wait_for 10 log_says A \
		'somebody removed SAs: 1 paths'
	check "SAs removed: traffic flows" wait_for 20 ping_hit A "$HIT_B"
	is "SAs removed: after one exchange" "$(counter A bex_initiated)" \
		$((before + 1))

	# without unused-lifetime nobody else looks
	check "soft limit: one pair of SAs" wait_for 30 has_states A 2
	before=$(counter A rekeys)
	pause
	fill_xfrm
	ip netns exec A ping -6 -n -q -f -c 500 "$HIT_B" >/dev/null
	resume "soft limit"
	check "soft limit: the keys are made new" wait_for 20 \
		at_least A rekeys $((before + 1))
	check "soft limit: traffic flows" ping_hit A "$HIT_B"

	before=$(counter A acquire_unknown_peer)
	wanted=("$(hit B second)" "$(hit B third)")
	pause
	fill_acquire
	for hit in "${wanted[@]}"; do
		ip netns exec A ping -6 -n -c 1 -W 25 "$hit" \
			>"$RUN/ping-$hit" 2>&1 &
		PIDS+=($!)
		check "acquires: a packet waits" wait_for 10 waits_for "$hit"
	done
	resume "acquires"
	for hit in "${wanted[@]}"; do
		check "acquires: it gets through" wait_for 25 \
			grep -q '1 received' "$RUN/ping-$hit"
	done
	check "acquires: none of the others is forgotten" wait_for 10 \
		at_least A acquire_unknown_peer $((before + 40))

	pause
	check "hip.ko loaded anew: it goes" rmmod hip
	modprobe hip
	resume "hip.ko loaded anew"
	check "hip.ko loaded anew: its tables are filled" wait_for 10 \
		log_says A 'tables filled'
	check "hip.ko loaded anew: traffic flows" wait_for 20 \
		ping_hit A "$HIT_B"

	pause
	fill_address | ip -n A -batch -
	resume "addresses"
	check "addresses: the new one is a locator" wait_for 10 \
		has_locator A 192.0.2.139
	check "addresses: one that came and went is none" \
		lacks_locator A 192.0.2.138
	ip -n A addr del 192.0.2.139/24 dev eth0
	check "addresses: nor is the new one any more" wait_for 10 \
		lacks_locator A 192.0.2.139
	is "no request was refused" "$(counter A kernel_error)" 0
	check "what we do ourselves is no reason to look again and again" \
		test "$(counter A kernel_overrun)" -lt 60
}

# ---- full disks ----

FOLDERS=(/run/hip /var/lib/hip /etc/hip)

small_disks() { # A's daemon must not run
	local f

	for f in "${FOLDERS[@]}"; do
		ns A sh -c 'cp -a "$0" /tmp/faults.$$ &&
			mount -t tmpfs -o size=64k,mode=755 tmpfs "$0" &&
			cp -aT /tmp/faults.$$ "$0"; rm -rf /tmp/faults.$$' "$f" ||
			not_ok "a small disk at $f"
	done
}

large_disks() { # and A's files are where they were
	ns A umount "${FOLDERS[@]}"
}

fill() { # FOLDER...
	local f

	for f in "$@"; do
		ns A sh -c 'cat /dev/zero >"$0/fill" 2>/dev/null' "$f"
	done
}

free() { ns A rm -f "${FOLDERS[@]/%//fill}"; }

contents() { # of all that A keeps
	ns A find "${FOLDERS[@]}" -type f ! -name fill -exec md5sum {} + | sort
}

names() { ns A find "${FOLDERS[@]}" ! -name fill | sort; }
learned() { ns A grep -q "$HIT_B ${V6[B]}" /var/lib/hip/peers; }

full_disks() {
	local before were errors saved

	stop_hipd A
	small_disks
	start_hipd A
	check "full disk: an association" ping_hit A "$HIT_B"
	check "full disk: it was saved" wait_for 10 at_least A state_saved 1
	stop_hipd A KILL
	start_hipd A
	is "full disk: they went on" "$(counter A resumed)" 3
	check "full disk: and was saved again" wait_for 10 \
		at_least A state_saved 1
	before=$(contents)
	were=$(names)
	fill "${FOLDERS[@]}"
	matches "full disk: no new key" "$(ns A hip id add spare 2>&1)" \
		"spare.pem: No space left on device"
	check_not "full disk: it is not listed" ns A hip id show spare
	errors=$(counter A state_error)
	saved=$(counter A state_saved)
	anew "full disk: new associations"
	flush
	check "full disk: one by address alone" \
		ns A hip assoc connect "${V6[B]}" opportunistic
	check "full disk: what is not saved is counted" wait_for 10 \
		at_least A state_error $((errors + 2))
	check "full disk: and told" log_says A \
		'/run/hip/associations: associations are not saved.*No space left'
	check "full disk: what was learned, too" log_says A \
		"${V6[B]} is $HIT_B, but that is not saved yet: No space left"
	is "full disk: the files are what they were" "$(contents)" "$before"
	is "full disk: nothing half-written is left" "$(names)" "$were"
	free
	check "room again: the associations are saved" wait_for 10 \
		at_least A state_saved $((saved + 1))
	check "room again: what was learned is saved" wait_for 10 learned
	check "room again: a new key" ns A hip id add spare
	ns A hip id del spare >/dev/null

	# A start on a full disk. The old state is better than none.
	stop_hipd A KILL
	fill "${FOLDERS[@]}"
	before=$(contents)
	start_hipd A
	is "a start on a full disk: associations go on" \
		"$(counter A resumed)" 1
	check "a start on a full disk: the R1 counter is told of" log_says A \
		'/var/lib/hip/r1-counter: R1 counter not saved: No space left'
	check "a start on a full disk: traffic flows" ping_hit B "$HIT_A"
	stop_hipd A
	is "a start on a full disk: the files are what they were" \
		"$(contents)" "$before"
	first_keys
	large_disks
}

# The first start, with room for one of the two keys.
first_keys() {
	free
	ns A sh -c 'rm -f /etc/hip/keys/*'
	fill /etc/hip
	ns A truncate -s -4096 /etc/hip/fill
	launch_hipd A
	check "first start, room for one key: refused" wait_for 30 log_says A \
		'rsa.pem: No space left on device'
	check "first start, room for one key: hipd goes" wait_for 10 gone \
		"${HIPD_PID[A]}"
	stop_hipd A KILL
	is "first start, room for one key: none stays" \
		"$(ns A ls -A /etc/hip/keys)" ""
	free
	start_hipd A
	is "first start, room again: both keys" \
		"$(ns A ls /etc/hip/keys | xargs)" \
		"default ecdsa.pem rsa.pem saved-state.key"
	stop_hipd A
}

# ---- the clock on the wall ----

jump() { # SECONDS, from what it should be
	date -s "@$((WALL + $(uptime_s) - UP + $1))" >/dev/null ||
		not_ok "the clock can be set"
}

year=$((365 * 86400))

clock() {
	local what by saved rekeys

	rekeys=$(counter B rekeys)
	WALL=$(date +%s)
	UP=$(uptime_s)
	start_hipd A
	anew "clock: an association"
	for what in "five years forward" "ten years back"; do
		[[ $what == *back ]] && by=-$((10 * year)) || by=$((5 * year))
		jump "$by"
		check "clock $what: traffic flows" ping_hit A "$HIT_B"
		check "clock $what: and the other way" ping_hit B "$HIT_A"
		anew "clock $what: a new association"
		# an exchange that begins before and ends after the jump
		saved=$(counter A state_saved)
		ns A hip assoc flush now >/dev/null
		wait_for 10 at_least A state_saved $((saved + 1))
		kill -STOP "${HIPD_PID[B]}"
		ip netns exec A ping -6 -n -c 1 -W 25 "$HIT_B" \
			>"$RUN/ping-clock" 2>&1 &
		PIDS+=($!)
		check "clock $what: an exchange is under way" wait_for 10 \
			in_state A "$HIT_B" I1-SENT
		jump $((by / 2))
		kill -CONT "${HIPD_PID[B]}"
		check "clock $what: it comes to its end" wait_for 25 \
			grep -q '1 received' "$RUN/ping-clock"
		check "clock $what: and is saved" wait_for 10 \
			at_least A state_saved $((saved + 2))
		stop_hipd A KILL
		start_hipd A
		is "clock $what: the next daemon goes on" \
			"$(counter A resumed)" 1
		check "clock $what: so does traffic" ping_hit A "$HIT_B"
	done
	jump 0
	is "clock: no rekey came of it" \
		"$(($(counter A rekeys) + $(counter B rekeys)))" "$rekeys"
	is "clock: no attempt failed" \
		"$(($(counter A bex_failed) + $(counter B bex_failed)))" 0
	is "clock: no puzzle was too old" "$(counter B drop_puzzle)" 0
	is "clock: no R1 was too old" "$(counter A drop_r1_counter)" 0
	stop_hipd A
}

# ---- descriptors and threads ----

fds() { ns A ls "/proc/${HIPD_PID[A]}/fd" | wc -l; }
ticks() { awk '{ print $14 + $15 }' "/proc/${HIPD_PID[A]}/stat"; }
set_nofile() { prlimit --pid "${HIPD_PID[A]}" --nofile="$1:4096"; }

few_descriptors() {
	local n status before

	# each call that needs one fails in turn, from the first to the last
	for n in 5 8 11 14 17 20; do
		HIPD_LIMITS=(prlimit "--nofile=$n" --)
		launch_hipd A
		wait_for 30 eval 'hipd_ready A || gone "${HIPD_PID[A]}"'
		if gone "${HIPD_PID[A]}"; then
			wait "${HIPD_PID[A]}"
			status=$?
			matches "$n descriptors: hipd says why not" \
				"$status $(log_of A | tail -n 1)" \
				'^1 .*: Too many open files'
		else
			check "$n descriptors: hipd works" ping_hit A "$HIT_B"
		fi
		stop_hipd A
	done
	HIPD_LIMITS=()

	start_hipd A
	anew "no descriptor left: an association"
	wait_for 10 at_least A state_saved 1
	n=$(fds)
	set_nofile "$n"
	mkfifo "$RUN/held"
	ns A "$FAULTS" connect /run/hip/hipd.sock 5 <"$RUN/held" \
		>"$RUN/connected" &
	PIDS+=($!)
	exec 9>"$RUN/held"
	check "no descriptor left: clients wait" wait_for 10 \
		grep -q connected "$RUN/connected"
	before=$(ticks)
	sleep 2		# in which a busy loop shows
	check "no descriptor left: hipd does not spin" \
		test $(($(ticks) - before)) -lt 50
	ns B hip assoc flush now >/dev/null
	check "no descriptor left: exchanges go on" ping_hit B "$HIT_A"
	check "no descriptor left: what is not saved is told" wait_for 10 \
		log_says A 'associations are not saved.*Too many open files'
	ip -n A link add spare type dummy
	ip -n A addr add 203.0.113.5/24 dev spare
	ip -n A link set spare up
	set_nofile 1024
	exec 9>&-
	check "descriptors again: clients are served" wait_for 10 hipd_ready A
	check "descriptors again: the association is saved" wait_for 10 \
		at_least A state_saved 2
	check "descriptors again: the locator is known" \
		has_locator A 203.0.113.5
	check_not "no descriptor left: hip0 was not taken for removed" \
		log_says A 'hip0 was gone'
	ip -n A link del spare
	stop_hipd A
}

no_threads() {
	HIPD_LIMITS=(prlimit --nproc=1 --)
	start_hipd A
	HIPD_LIMITS=()
	check "no threads: hipd says so" log_says A \
		'no worker threads: .*everything is computed in the loop'
	anew "no threads: an association"
	matches "no threads: no new key" "$(ns A hip id add spare 2>&1)" \
		"no thread to be had"
	stops A
}

# ---- all of it ----

topo_up
key A ecdsa ecdsa
for k in ecdsa second third; do
	key B $k ecdsa
done
ns B ln -s ecdsa.pem /etc/hip/keys/default
config A <<-'EOC'
	[protocol]
	opportunistic = yes
	rekey-packets = 400
	unused-lifetime = 0
EOC
config B <<-'EOC'
	[protocol]
	opportunistic = yes
EOC
pair_up 46 || exit 1
HIT_B=$(hit B ecdsa)
check "an association" ping_hit A "$HIT_B"
overruns
config A <<-'EOC'
	[protocol]
	opportunistic = yes
EOC
full_disks
clock
few_descriptors
no_threads
