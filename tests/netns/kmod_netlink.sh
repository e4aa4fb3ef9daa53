#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The netlink family of hip.ko: tables, refusals with a sentence, notifications,
# dumps of many objects, permissions. Topology: lib.sh.
. "$(dirname "$0")/kmod_lib.sh"
modprobe hip || exit 1
host_add A

refused() { # SENTENCE COMMAND...
	local want=$1 text
	shift

	text=$(A "$HIPNL" "$@" 2>&1)
	is "refused: $*" "$?: $text" "1: hipnl: $want"
}

path=("$HITA" "$HITB" 0x2001 0x1001 "$A4" "$B4")
refused "No such file or directory: no path with this id" path-get 1
refused "No such file or directory: no path with this id" path-del 1
refused "Invalid argument: not a HIT: outside 2001:20::/28" \
	path-new 1 $A6 "${path[@]:1}"
refused "Invalid argument: both HITs are the same" \
	path-new 1 $HITA $HITA "${path[@]:2}"
refused "Invalid argument: SPIs begin at 256" \
	path-new 1 $HITA $HITB 255 0x1001 $A4 $B4
refused "Invalid argument: SPIs begin at 256" \
	path-new 1 $HITA $HITB 0x2001 0 $A4 $B4
refused "Invalid argument: locators of different families" \
	path-new 1 $HITA $HITB 0x2001 0x1001 $A4 $B6
refused "Numerical result out of range: integer out of range" \
	path-new 0 "${path[@]}"
refused "No such file or directory: no association between these HITs" \
	assoc-get $HITA $HITB
refused "No such file or directory: no association between these HITs" \
	assoc-del $HITA $HITB
refused "No such file or directory: no association between these HITs" \
	assoc-new $HITA $HITB closing
refused "Invalid argument: only packets make state acquire" \
	assoc-new $HITA $HITB acquire
refused "Invalid argument: state up needs a default path" \
	assoc-new $HITA $HITB up
refused "No such file or directory: no path with this id" \
	assoc-new $HITA $HITB up 1
refused "No such file or directory: no packets wait between these HITs" \
	assoc-fail $HITA $HITB refused
refused "No such device: no device with this index" inside-new 4242
refused "No such file or directory: device is not inside" inside-del 1
refused "No such file or directory: no counter with this name" stat-get nothing

start_in A events "$HIPNL" monitor
monitor=$last
wait_for 20 has listening events
check "a path" nlA path-new 1 "${path[@]}"
check "an association" nlA assoc-new $HITA $HITB up 1
refused "File exists: path id is in use between other HITs" \
	path-new 1 $HITB $HITA "${path[@]:2}"
refused "Device or resource busy: path is the default path of an association that is up" \
	path-del 1
refused "Invalid argument: path leads between other HITs" \
	assoc-new $HITB $HITA up 1
refused "Invalid argument: only state up takes a default path" \
	assoc-new $HITA $HITB closing 1
line=$(nlA path-get 1)
is "a path reads as it was written" \
	"$(for f in id local-hit peer-hit if-id spi-in spi-out local peer; do
		field $f <<<"$line"; done | xargs)" \
	"1 $HITA $HITB 0 0x2001 0x1001 $A4 $B4"
check "a path can be replaced" nlA path-new 1 $HITA $HITB 0x2002 0x1002 $A6 $B6 5
line=$(nlA path-get 1)
is "and reads as it was written" \
	"$(for f in if-id spi-in spi-out local peer; do
		field $f <<<"$line"; done | xargs)" "5 0x2002 0x1002 $A6 $B6"
is "the association names its path" \
	"$(nlA assoc-get $HITA $HITB | field default-path)" 1
before=$(nlA path-get 1 | field generation)
check "an association is closed" nlA assoc-new $HITA $HITB closing
check "its path goes then" nlA path-del 1
check "and the association" nlA assoc-del $HITA $HITB
is "nothing is left" "$(nlA assoc-get; nlA path-get)" ""
wait_for 10 eval '[ "$(grep -c -- -ntf "$tmp/events")" -ge 6 ]'
is "each change was told" "$(awk '{ print $1 }' "$tmp/events" | xargs)" \
	"listening path-ntf assoc-ntf path-ntf assoc-ntf path-ntf assoc-ntf"
check_not "the last tells that it is gone by telling no state" \
	eval 'tail -1 "$tmp/events" | grep -q state='
stop "$monitor"

nlA path-new 1 "${path[@]}"
check "changes count" test "$(nlA path-get 1 | field generation)" -gt "$before"
nlA path-del 1
is "a dump of 3000 associations is whole" \
	"$(nlA bench-fill 10 3000 | tail -1)" "dumped=3000 interrupted=0"
is "no association twice" "$(nlA assoc-get | field peer-hit | sort | uniq -d)" ""
is "all paths" "$(nlA path-get | field id | sort -nu | wc -l)" 3000
is "all counters have a name and a sentence" \
	"$(nlA stat-get | grep -vc 'name=[a-z_]* value=[0-9]* help=.')" 0

unprivileged() { A setpriv --reuid nobody --clear-groups "$HIPNL" "$@"; }
check "everybody may read" unprivileged stat-get out_clear
check_not "only an administrator may write" \
	unprivileged path-new 9 "${path[@]}"
check "the namespace goes with its tables" ip netns del A
host_add A
is "another one begins empty" "$(nlA assoc-get; nlA path-get; nlA inside-get)" ""
