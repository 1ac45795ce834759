// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/shard_metrics.h"

#include <string>

namespace tickgate::gateway {
namespace {

using schemas::Channel;

// Sums over shards, save what tells one shard's trouble from another's; each family once, with
// every label value from the start.
class ShardMetrics {
 public:
  ShardMetrics(MetricFamilies& families, const std::vector<const Shard*>& shards)
      : families_(families), shards_(shards) {}

  void collect() {
    collect_connections();
    collect_endings();
    collect_traffic();
    collect_latency();
  }

 private:
  template <typename Read>
  double sum(Read&& read) const {
    double total = 0;
    for (const Shard* shard : shards_) total += number(read(*shard));
    return total;
  }
  template <typename Read>
  double clients(Read&& read) const {
    return sum([&](const Shard& shard) { return read(shard.client_counters()).value(); });
  }

  static const feeds::Counter& of(const ClientCounters& c, HttpRefusal refusal) {
    return c.refused[static_cast<std::size_t>(refusal)];
  }

  void collect_connections() {
    using C = ClientCounters;
    families_.gauge("shards", "worker threads", number(shards_.size()));
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      families_.gauge("connections", "streams open, by shard",
                      number(shards_[i]->client_counters().connections.value()),
                      {{"shard", std::to_string(i)}});
    }
    families_.counter("connections_opened_total", "streams opened",
                      clients([](const C& c) -> auto& { return c.connections_opened; }));
    families_.counter("http_requests_total", "plain requests answered on the public port",
                      clients([](const C& c) -> auto& { return c.http_requests; }));
    const auto& visitors = shards_.front()->visitors();
    families_.gauge("http_visitors", "plain requests being answered on the public port",
                    number(visitors.count()));
    families_.gauge("http_held_bytes",
                    "what plain requests and their unread answers hold, beyond 4 KiB each",
                    number(visitors.bytes()));
    families_.counter(
        "connections_over_limit_total", "clients told to come later",
        clients([](const C& c) -> auto& { return of(c, HttpRefusal::kConnections); }));
    families_.counter("accept_failures_total",
                      "accepts that failed for want of descriptors or memory",
                      clients([](const C& c) -> auto& { return c.accept_failures; }));
    families_.counter("accepts_paced_total",
                      "turns of accepting cut short by limits.handshakes_per_second",
                      clients([](const C& c) -> auto& { return c.accepts_paced; }));
    families_.counter("out_of_memory_total", "clients ended because memory had ended for them",
                      clients([](const C& c) -> auto& { return c.out_of_memory; }));
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      const auto channel = static_cast<Channel>(i);
      families_.gauge("subscriptions", "subscriptions of all clients",
                      sum([&](const Shard& shard) { return shard.subscriptions(channel); }),
                      {{"channel", name(channel)}});
    }
  }

  void collect_endings() {
    for (const auto reason : all_close_reasons()) {
      families_.counter("client_disconnects_total", "streams ended, by reason",
                        clients([&](const ClientCounters& c) -> auto& {
                          return c.closed[static_cast<std::size_t>(reason)];
                        }),
                        {{"reason", close_info(reason).name}});
    }
    static constexpr std::string_view kName = "handshake_failures_total";
    static constexpr std::string_view kHelp = "clients that got no further than the door";
    for (std::size_t i = 0; i < kHttpRefusals; ++i) {
      families_.counter(kName, kHelp,
                        clients([&](const ClientCounters& c) -> auto& { return c.refused[i]; }),
                        {{"reason", name(static_cast<HttpRefusal>(i))}});
    }
    for (std::size_t i = 0; i < kAuthResults; ++i) {
      const auto result = static_cast<AuthResult>(i);
      families_.counter("auth_total", "credentials looked at, and how that ended",
                        sum([&](const Shard& shard) { return shard.auth_count(result).value(); }),
                        {{"result", name(result)}});
    }
  }

  void collect_traffic() {
    using C = ClientCounters;
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      const auto channel = name(static_cast<Channel>(i));
      families_.counter("messages_sent_total", "updates put into frames for clients",
                        sum([&](const Shard& s) { return s.fan_out_counters().sent[i].value(); }),
                        {{"channel", channel}});
    }
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      const auto channel = name(static_cast<Channel>(i));
      families_.counter(
          "messages_conflated_total", "updates folded into a newer one before they were sent",
          sum([&](const Shard& s) { return s.fan_out_counters().conflated[i].value(); }),
          {{"channel", channel}});
    }
    families_.gauge("bar_series", "series of bars that shards hold for their clients",
                    sum([](const Shard& s) { return s.fan_out_counters().bar_series.value(); }));
    families_.counter("bar_series_asked_total", "copies of a series that feeds were asked for",
                      sum([](const Shard& s) { return s.fan_out_counters().bar_asks.value(); }));
    families_.gauge("trade_bytes_kept", "bytes of the newest trades that shards keep",
                    sum([](const Shard& s) { return s.fan_out_counters().trade_bytes.value(); }));
    families_.counter("trades_resumed_total",
                      "symbols of which a client said which trade it saw last",
                      sum([](const Shard& s) { return s.fan_out_counters().resumed.value(); }));
    families_.counter("messages_dropped_total", "trades announced to a slow client as a gap",
                      sum([](const Shard& s) { return s.fan_out_counters().trades_lost.value(); }),
                      {{"channel", "trade"}, {"reason", "slow_consumer"}});
    families_.counter("frames_sent_total", "WebSocket frames for clients",
                      clients([](const C& c) -> auto& { return c.frames_sent; }));
    families_.counter("sent_bytes_total", "bytes that sockets took, before TLS",
                      clients([](const C& c) -> auto& { return c.bytes_sent; }));
    families_.gauge("send_queue_bytes", "composed, and not taken by sockets yet",
                    clients([](const C& c) -> auto& { return c.unsent_bytes; }));
    families_.counter("clients_degraded_total", "times a client fell behind and was slowed down",
                      clients([](const C& c) -> auto& { return c.degraded; }));
    families_.counter("client_messages_total", "messages received from clients",
                      clients([](const C& c) -> auto& { return c.messages_received; }));
    families_.counter("client_bad_requests_total", "requests answered with an error",
                      clients([](const C& c) -> auto& { return c.bad_requests; }));
    families_.counter("client_rate_limited_total", "requests over a client's rate",
                      clients([](const C& c) -> auto& { return c.rate_limited; }));
    families_.counter("shard_ticks_total", "ticks taken from the rings",
                      sum([](const Shard& s) { return s.counters().ticks.value(); }));
  }

  void collect_latency() {
    std::vector<const LatencyHistogram*> fan_out;
    for (const Shard* shard : shards_) fan_out.push_back(&shard->waterfall().all());
    families_.histogram("fanout_latency_seconds",
                        "from a tick's receive time to the end of the flush after its drain; up to "
                        "50 ms more while no client asks for interval_ms 0",
                        fan_out);
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      families_.histogram<LatencyHistogram>(
          "event_loop_lag_seconds", "how late a shard's periodic sweep came",
          {&shards_[i]->counters().loop_lag}, {{"shard", std::to_string(i)}});
    }
  }

  MetricFamilies& families_;
  const std::vector<const Shard*>& shards_;
};

}  // namespace

void collect_shards(MetricFamilies& families, const std::vector<const Shard*>& shards) {
  ShardMetrics(families, shards).collect();
}

}  // namespace tickgate::gateway
