/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HIP_VERSION_H
#define HIP_VERSION_H

#define HIP_VERSION "0.1"

#endif
