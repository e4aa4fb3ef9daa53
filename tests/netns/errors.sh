#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The operator's errors: wrong usage, bad configuration, keys with a wrong mode
# or owner, no daemon, no module. Each is a sentence that names what is wrong
# and status 1 (2 for usage).
. "$(dirname "$0")/lib.sh"

says() { # NAME STATUS REGEX COMMAND...
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

host_add A
key A ecdsa ecdsa
modprobe hip
conf=/etc/netns/A/hip/hipd.conf
hipd_a() { ns A timeout 20 hipd "$@"; }

says "an unknown option" 2 Usage hipd_a --bogus
says "an argument" 2 Usage hipd_a bogus
echo $'[protocol]\n\nesp-suites = rot13' >$conf
says "a bad value names file, line and key" 1 "hipd.conf:3: .*esp-suites.*rot13.*expected" hipd_a
echo $'[protocol]\npuzle = 3' >$conf
says "an unknown key" 1 "hipd.conf:2: .*puzle" hipd_a
says "a configuration that is not there" 1 "/nowhere" hipd_a -c /nowhere
: >$conf
echo "2001:db8::1 nohit 192.0.2.9" >/etc/netns/A/hip/hosts
says "a hosts file with what is no HIT" 1 "hosts:1: " hipd_a
: >/etc/netns/A/hip/hosts
chown -R root:root /etc/netns/A/hip/keys
chmod 644 /etc/netns/A/hip/keys/ecdsa.pem
says "a key that others may read" 1 "mode 0644.*chmod" hipd_a
chmod 600 /etc/netns/A/hip/keys/ecdsa.pem
chown nobody /etc/netns/A/hip/keys/ecdsa.pem
says "a key of another owner" 1 "ecdsa.pem" hipd_a
chown root /etc/netns/A/hip/keys/ecdsa.pem
echo "not a key" >/etc/netns/A/hip/keys/x.pem
chmod 600 /etc/netns/A/hip/keys/x.pem
says "a key file without a key" 1 "x.pem" hipd_a
rm /etc/netns/A/hip/keys/x.pem
says "the command without a daemon" 3 "hipd is not running" ns A hip assoc
says "a command that is none" 2 "bogus" ns A hip bogus

rmmod hip
mkdir -p /etc/modprobe.d
echo 'install hip /bin/false' >/etc/modprobe.d/hip-missing.conf
says "without hip.ko" 1 "modprobe hip" hipd_a
rm /etc/modprobe.d/hip-missing.conf

modprobe hip
launch_hipd A
check "with all put right hipd starts" wait_for 30 hipd_ready A
stops A
