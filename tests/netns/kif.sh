#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What hipd makes in the kernel and what it finds there: device, HITs, route,
# SAs that nobody owns, locators that come and go, a module loaded anew; its
# options, its privileges. Topology: lib.sh.
. "$(dirname "$0")/lib.sh"

HIPD=$(unit ExecStart)

log_of() { cat "$OUT/$1.${HIPD_RUNS[$1]}.log"; }
log_says() { log_of "$1" | grep -q "$2"; }
addresses() { ip -n "$1" -6 -o addr show dev hip0 | awk '{ print $4 }' | sort; }
has_locator() { ns "$1" hip status | grep locators | grep -qwF -- "$2"; }
lacks_locator() { ! has_locator "$@"; }
states() { ip -n "$1" xfrm state list nokeys | grep -c '^src'; }
policies() { ip -n "$1" xfrm policy | grep -c '^src'; }

exits() { # NAME STATUS REGEX COMMAND...
	local name=$1 want=$2 regex=$3 text status
	shift 3

	text=$("$@" 2>&1)
	status=$?
	if [ $status -eq "$want" ] && [[ $text =~ $regex ]]; then
		ok "$name"
	else
		not_ok "$name" "status $status, wanted $want and '$regex': $text"
	fi
}

# ---- options ----

topo_up
key A ecdsa ecdsa
key A rsa rsa
config A <<<"[hipd]"
exits "--version" 0 '^hipd [0-9]' timeout 20 "$HIPD" --version
exits "--help" 0 '^Usage: hipd' timeout 20 "$HIPD" --help
exits "an unknown option is a usage error" 2 'Usage: hipd' timeout 20 "$HIPD" --colour
exits "an argument is a usage error" 2 "what is 'start'" timeout 20 "$HIPD" start
exits "an unknown log level is a usage error" 2 "found 'loud'" timeout 20 "$HIPD" -l loud
exits "--check reads everything" 0 '^$' ns A timeout 20 "$HIPD" --check
exits "a configuration that is not there" 1 '/nowhere.conf' \
	ns A timeout 20 "$HIPD" -c /nowhere.conf
config A <<<$'[hipd]\nmtu = large'
exits "--check finds what is wrong" 1 "hipd.conf:2: mtu: found 'large'" \
	ns A timeout 20 "$HIPD" --check
exits "without capabilities it says what is missing" 1 \
	'CAP_NET_ADMIN is missing: start hipd by' ns A \
	setpriv --bounding-set=-net_admin timeout 20 "$HIPD" -c /dev/null
rm /etc/netns/A/hip/hipd.conf

# ---- device, HITs, route, privileges ----

pair_up || exit 1
is "hip0 holds the HITs and nothing else" "$(addresses A)" \
	"$(ns A hip -o id | awk '{ print $1 "/128" }' | sort)"
matches "the route to HITs prefers the default HIT" \
	"$(ip -n A -6 route show 2001:20::/28)" "dev hip0 .*src $HIT_A "
matches "hip0 has the MTU of the configuration" \
	"$(ip -n A link show dev hip0)" "mtu 1400"
is "two capabilities are left" \
	"$(awk '/CapEff|CapPrm/ { print $2 }' "/proc/${HIPD_PID[A]}/status" |
		sort -u)" 0000000000003000
is "none is inherited" \
	"$(awk '/CapInh|CapAmb/ { print $2 }' "/proc/${HIPD_PID[A]}/status" |
		sort -u)" 0000000000000000
is "no core dumps" \
	"$(awk '/core file size/ { print $5 }' "/proc/${HIPD_PID[A]}/limits")" 0
check "an association" ping_hit A "$HIT_B"

# ---- locators ----

ip -n A addr add 192.0.2.77/24 dev eth0
check "a new address is a locator" wait_for 5 has_locator A 192.0.2.77
ip -n A addr del 192.0.2.77/24 dev eth0
check "an address that is gone is none" wait_for 5 lacks_locator A 192.0.2.77
ip -n A link add spare type dummy
ip -n A addr add 203.0.113.5/24 dev spare
sleep 0.2
check "an address of a device that is down is none" \
	lacks_locator A 203.0.113.5
ip -n A link set spare up
check "it is one when the device is up" wait_for 5 has_locator A 203.0.113.5
ip -n A link del spare
check "and none without the device" wait_for 5 lacks_locator A 203.0.113.5
check_not "HITs are no locators" has_locator A "$HIT_A"

# ---- things removed behind its back ----

ip -n A link del hip0
check "a removed hip0 is made again" wait_for 10 log_says A "hip0 was gone"
check "and works" ping_hit A "$HIT_B"
rmmod hip
check "a removed module is noticed" wait_for 10 log_says A "hip.ko was removed"
check "the SAs work without it" ping_hit A "$HIT_B"
matches "the path has no state then" "$(ns A hip -o path)" "\) > .*\)  -"
modprobe hip
check "a module loaded anew is filled" wait_for 10 log_says A "tables filled"
is "it knows the path" "$(ns A hip -o path | wc -l)" 1
matches "through which packets go out" "$(ns A hip -o path)" "\)  up"
check "and the SAs work with it" ping_hit A "$HIT_B"

ip -n A xfrm policy flush
check "removed policies are made again" wait_for 10 log_says A \
	"somebody removed policies"
is "one out, one in" "$(policies A)" 2
check "and traffic flows" ping_hit A "$HIT_B"
before=$(counter A kernel_error)
ip -n A xfrm state flush
check "removed SAs are replaced by a new exchange" wait_for 10 eval \
	'[ $(states A) -eq 2 ]'
check "and traffic flows" wait_for 10 ping_hit B "$HIT_A"
is "no request was refused" "$(counter A kernel_error)" "$before"
is "B has one pair of SAs after a while" "$(wait_for 30 eval \
	'[ $(states B) -eq 2 ]' && echo yes)" yes

# ---- what an earlier run left ----

stop_hipd A
start_hipd A
check "own SAs are taken over" wait_for 30 in_state A "$HIT_B" \
	"ESTABLISHED|R2-SENT"
stop_hipd A
rmmod hip	# its tables are gone, the SAs are not
modprobe hip
rm /etc/netns/A/hip/keys/rsa.pem
before=$(states A)
start_hipd A
check "there were SAs" [ "$before" -ge 2 ]
check "SAs that nobody owns are removed" wait_for 10 log_says A \
	"SAs and policies that nobody owns"
is "no SA is left" "$(states A)" 0
is "no policy is left" "$(policies A)" 0
is "the HIT of a key that is gone is gone" "$(addresses A)" "$HIT_A/128"
check "a new association works" ping_hit A "$HIT_B"

# ---- signalling only ----

stop_hipd A
config A <<<$'[hipd]\nkernel = null'
start_hipd A
before=$(states A)
ns A hip assoc connect "$HIT_B" >/dev/null 2>&1
check "kernel = null: associations are made" wait_for 10 in_state A "$HIT_B" \
	ESTABLISHED
is "kernel = null: without SAs" "$(states A)" "$before"
