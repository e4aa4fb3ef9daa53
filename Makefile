# SPDX-License-Identifier: GPL-2.0
# Host Identity Protocol for Linux. "make help" lists what there is.

RELEASE ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(RELEASE)/build
DESTDIR ?=
prefix  ?= /usr
sbindir ?= $(prefix)/sbin
unitdir ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
mandir ?= $(prefix)/share/man
schemadir ?= $(prefix)/share/hip
completiondir ?= $(prefix)/share/bash-completion/completions
sysconfdir  ?= /etc
moduledir   ?= /lib/modules/$(release)/updates

# The kernel that KDIR belongs to, which need not be the running one.
release = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null),$(RELEASE))
build := $(CURDIR)/build
kmod_build = $(build)/kmod-$(release)

all: kmod hipd

help:
	@echo 'Targets:'
	@echo '  all          module, daemon and command (default)'
	@echo '  kmod         hip.ko for KDIR, by default the running kernel'
	@echo '  hipd         the daemon hipd and the command hip'
	@echo '  install      into DESTDIR, prefix=/usr; module, daemon, unit, manual'
	@echo '  uninstall    removes what install put there, and nothing else'
	@echo '  demo         two hosts in a virtual machine, told step by step'
	@echo '  check        every test; installs what it needs (Debian)'
	@echo '  check-quick  tests without a virtual machine and a second build, two minutes'
	@echo '  check-matrix  all algorithms with all others, with packets; 20 minutes'
	@echo '  fuzz         looks for bad input, FUZZ_TIME seconds for each kind'
	@echo '  fuzz-coverage  which lines the inputs found so far reach'
	@echo '  bench        measurements into build/bench.json'
	@echo '  bench-quick  the same in fewer rounds, under five minutes'
	@echo '  lint         compiler warnings, sparse, checkpatch, shellcheck, spelling'
	@echo '  clean        removes build/'

kmod:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers at $(KDIR); run scripts/setup build" \
			"or give KDIR=" >&2; exit 1; }
	$(MAKE) -C kmod KDIR=$(KDIR) O=$(kmod_build)

hipd:
	$(MAKE) -C hipd

pages = $(patsubst hipd/doc/%.in,%,$(wildcard hipd/doc/*.in))

# sysconfdir holds the operator's own files: never overwritten, never removed
# once they differ from ours.
install: all
	install -D -m 644 $(kmod_build)/hip.ko $(DESTDIR)$(moduledir)/hip.ko
	install -D -m 755 $(build)/hipd/hipd $(DESTDIR)$(sbindir)/hipd
	install -D -m 755 $(build)/hipd/hip $(DESTDIR)$(sbindir)/hip
	install -d $(DESTDIR)$(unitdir) $(DESTDIR)$(sysusersdir)
	sed 's|/usr/sbin/|$(sbindir)/|' hipd/systemd/hipd.service \
		>$(DESTDIR)$(unitdir)/hipd.service
	install -m 644 hipd/systemd/sysusers.conf \
		$(DESTDIR)$(sysusersdir)/hip.conf
	for page in $(pages); do \
		install -D -m 644 $(build)/hipd/man/$$page \
			$(DESTDIR)$(mandir)/man$${page##*.}/$$page || exit; \
	done
	install -D -m 644 $(build)/hipd/man/completion \
		$(DESTDIR)$(completiondir)/hip
	install -D -m 644 $(build)/hipd/man/schema \
		$(DESTDIR)$(schemadir)/hip.schema.json
	install -d -m 755 $(DESTDIR)$(sysconfdir)/hip
	test -e $(DESTDIR)$(sysconfdir)/hip/hipd.conf || \
		install -m 644 hipd/hipd.conf $(DESTDIR)$(sysconfdir)/hip/hipd.conf
ifeq ($(DESTDIR),)
	depmod $(release)
	systemd-sysusers $(sysusersdir)/hip.conf
	-systemctl daemon-reload
endif

uninstall:
	rm -f $(DESTDIR)$(moduledir)/hip.ko $(DESTDIR)$(sbindir)/hipd \
		$(DESTDIR)$(sbindir)/hip $(DESTDIR)$(unitdir)/hipd.service \
		$(DESTDIR)$(sysusersdir)/hip.conf
	for page in $(pages); do \
		rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$$page; \
	done
	rm -f $(DESTDIR)$(completiondir)/hip \
		$(DESTDIR)$(schemadir)/hip.schema.json
	! cmp -s hipd/hipd.conf $(DESTDIR)$(sysconfdir)/hip/hipd.conf || \
		rm $(DESTDIR)$(sysconfdir)/hip/hipd.conf
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(sysconfdir)/hip
ifeq ($(DESTDIR),)
	depmod $(release)
	-systemctl daemon-reload
endif

demo:
	scripts/setup check
	scripts/demo

check:
	scripts/setup check
	tests/run

check-quick:
	tests/run quick

check-matrix:
	scripts/setup check
	tests/run matrix-6.12 matrix-6.1

fuzz fuzz-coverage:
	scripts/setup check
	$(MAKE) -s -C tests/fuzz $(if $(filter fuzz,$@),fuzz,coverage)

bench:
	scripts/setup check
	tests/bench/run

bench-quick:
	scripts/setup check
	tests/bench/run --quick

lint:
	scripts/lint

clean:
	rm -rf $(build)

.PHONY: all help kmod hipd install uninstall demo check check-quick check-matrix fuzz \
	fuzz-coverage bench bench-quick lint clean
