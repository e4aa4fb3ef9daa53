# SPDX-License-Identifier: GPL-2.0
# What compiles against hipd's headers, and which folders are its library:
# set "hipd" to this folder before.
hipd_folders := wire crypto host proto kif ctl daemon
hipd_includes := $(patsubst %,-I$(hipd)/%,$(hipd_folders)) -I$(hipd) \
	-I$(hipd)/../uapi
hipd_headers := $(wildcard $(patsubst %,$(hipd)/%/*.h,$(hipd_folders)))
