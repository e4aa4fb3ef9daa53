# SPDX-License-Identifier: GPL-2.0
# What compiles against hipd's headers, and which folders are its library:
# set "hipd" to this folder before.
# SAN=1: AddressSanitizer and UBSan; SAN=thread: ThreadSanitizer. Where results
# go, and what the compiler is told.
hipd_san := $(if $(SAN),$(if $(filter thread,$(SAN)),-tsan,-san))
hipd_san_cflags-san := -fsanitize=address -fsanitize=undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
hipd_san_cflags-tsan := -fsanitize=thread -fno-omit-frame-pointer
hipd_san_cflags := $(hipd_san_cflags$(hipd_san))

hipd_folders := wire crypto host proto kif ctl daemon
hipd_includes := $(patsubst %,-I$(hipd)/%,$(hipd_folders)) -I$(hipd) \
	-I$(hipd)/../uapi
hipd_headers := $(wildcard $(patsubst %,$(hipd)/%/*.h,$(hipd_folders)))
