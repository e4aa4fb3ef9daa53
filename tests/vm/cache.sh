# SPDX-License-Identifier: GPL-2.0
# Sourced: where kernels and other large things that outlive a checkout are
# kept. One folder, named by what it was made from, so that a change of the
# configuration or of the distribution's kernel makes a new one.

HIP_CACHE=${HIP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hip}

cache_key() { # FILE... : short hash of the contents
	cat "$@" | sha256sum | cut -c1-12
}
