/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints on changes of state, on waiting packets and on drops. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hip

#if !defined(_HIP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _HIP_TRACE_H

#include <linux/ipv6.h>
#include <linux/tracepoint.h>

#include "hip.h"

TRACE_EVENT(hip_assoc,
	TP_PROTO(const struct hip_pair *pair, int from, int to),
	TP_ARGS(pair, from, to),
	TP_STRUCT__entry(
		__array(u8, local, 16)
		__array(u8, peer, 16)
		__field(int, from)
		__field(int, to)
	),
	TP_fast_assign(
		memcpy(__entry->local, &pair->local, 16);
		memcpy(__entry->peer, &pair->peer, 16);
		__entry->from = from;
		__entry->to = to;
	),
	/* -1: it did not exist, or does not any more */
	TP_printk("local=%pI6c peer=%pI6c from=%d to=%d",
		  __entry->local, __entry->peer, __entry->from, __entry->to)
);

TRACE_EVENT(hip_path,
	TP_PROTO(const struct hip_path *path, bool exists),
	TP_ARGS(path, exists),
	TP_STRUCT__entry(
		__field(u32, id)
		__field(u32, if_id)
		__field(u32, spi_in)
		__field(u32, spi_out)
		__array(u8, local, 16)
		__array(u8, peer, 16)
		__field(bool, exists)
	),
	TP_fast_assign(
		__entry->id = path->id;
		__entry->if_id = path->config.if_id;
		__entry->spi_in = ntohl(path->config.spi_in);
		__entry->spi_out = ntohl(path->config.spi_out);
		memcpy(__entry->local, &path->config.local, 16);
		memcpy(__entry->peer, &path->config.peer, 16);
		__entry->exists = exists;
	),
	TP_printk("id=%u if_id=%u spi_in=0x%x spi_out=0x%x local=%pI6c peer=%pI6c exists=%d",
		  __entry->id, __entry->if_id, __entry->spi_in,
		  __entry->spi_out, __entry->local, __entry->peer,
		  __entry->exists)
);

TRACE_EVENT(hip_acquire,
	TP_PROTO(const struct hip_pair *pair, u8 proto),
	TP_ARGS(pair, proto),
	TP_STRUCT__entry(
		__array(u8, local, 16)
		__array(u8, peer, 16)
		__field(u8, proto)
	),
	TP_fast_assign(
		memcpy(__entry->local, &pair->local, 16);
		memcpy(__entry->peer, &pair->peer, 16);
		__entry->proto = proto;
	),
	TP_printk("local=%pI6c peer=%pI6c proto=%u",
		  __entry->local, __entry->peer, __entry->proto)
);

TRACE_EVENT(hip_wait,
	TP_PROTO(const struct hip_pair *pair, unsigned int packets,
		 enum hip_stat how),
	TP_ARGS(pair, packets, how),
	TP_STRUCT__entry(
		__array(u8, local, 16)
		__array(u8, peer, 16)
		__field(unsigned int, packets)
		__array(char, how, 24)
	),
	TP_fast_assign(
		memcpy(__entry->local, &pair->local, 16);
		memcpy(__entry->peer, &pair->peer, 16);
		__entry->packets = packets;
		strscpy(__entry->how, hip_stats_name(how), 24);
	),
	TP_printk("local=%pI6c peer=%pI6c packets=%u ended=%s",
		  __entry->local, __entry->peer, __entry->packets,
		  __entry->how)
);

TRACE_EVENT(hip_drop,
	TP_PROTO(const struct sk_buff *skb, enum hip_stat why),
	TP_ARGS(skb, why),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__array(u8, src, 16)
		__array(u8, dst, 16)
		__field(unsigned int, len)
		__array(char, why, 24)
	),
	TP_fast_assign(
		__entry->skb = skb;
		memcpy(__entry->src, &ipv6_hdr(skb)->saddr, 16);
		memcpy(__entry->dst, &ipv6_hdr(skb)->daddr, 16);
		__entry->len = skb->len;
		strscpy(__entry->why, hip_stats_name(why), 24);
	),
	TP_printk("skb=%p src=%pI6c dst=%pI6c len=%u why=%s",
		  __entry->skb, __entry->src, __entry->dst, __entry->len,
		  __entry->why)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
