# SPDX-License-Identifier: GPL-2.0
"""One module per area of measurement; see ../run."""
