// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metrics.h"

#include <prometheus/collectable.h>

#include "gateway/api/line_metrics.h"
#include "gateway/api/metric_families.h"
#include "gateway/api/version.h"
#include "gateway/log/log.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;

constexpr double kMicro = 1e-6;

template <typename Count>
double number(Count count) {
  return static_cast<double>(count);
}

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
    families_.counter("connections_total", "streams opened",
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
    for (const Shard* shard : shards_) fan_out.push_back(&shard->counters().fan_out);
    families_.histogram("fanout_latency_seconds",
                        "from a tick's receive time to the end of the flush after its drain; up to "
                        "50 ms more while no client asks for interval_ms 0",
                        fan_out);
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      const LatencyHistogram* const lag[] = {&shards_[i]->counters().loop_lag};
      families_.histogram("event_loop_lag_seconds", "how late a shard's periodic sweep came", lag,
                          {{"shard", std::to_string(i)}});
    }
  }

  MetricFamilies& families_;
  const std::vector<const Shard*>& shards_;
};

using FeedSource = MetricSources::FeedSource;

void collect_feed_states(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  const auto state_of = [](const FeedSource& source) {
    return static_cast<feeds::FeedState>(source.feed->counters().state.value());
  };
  for (const auto& source : feeds) {
    const auto state = state_of(source);
    families.gauge(
        "feed_connected", "1 while the feed has its connection",
        state == feeds::FeedState::kDown || state == feeds::FeedState::kConnecting ? 0 : 1,
        {{"feed", source.name}});
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kFeedStateCount; ++i) {
      const auto state = static_cast<feeds::FeedState>(i);
      families.gauge("feed_state", "1 for the state the feed is in",
                     state == state_of(source) ? 1 : 0,
                     {{"feed", source.name}, {"state", name(state)}});
    }
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kStateCount; ++i) {
      families.gauge("feed_instruments", "instruments by their state",
                     number(source.feed->counters().instruments[i].value()),
                     {{"feed", source.name}, {"state", name(static_cast<schemas::State>(i))}});
    }
  }
}

// One family of one counter for each feed.
template <typename Read>
void per_feed(MetricFamilies& families, const std::vector<FeedSource>& feeds, bool is_gauge,
              std::string_view family, std::string_view help, Read&& read) {
  for (const auto& source : feeds) {
    const double value = read(source);
    if (is_gauge) {
      families.gauge(family, help, value, {{"feed", source.name}});
    } else {
      families.counter(family, help, value, {{"feed", source.name}});
    }
  }
}

void collect_bars(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  const auto per_bars = [&](bool is_gauge, std::string_view family, std::string_view help,
                            auto counter) {
    per_feed(families, feeds, is_gauge, family, help, [counter](const FeedSource& source) {
      return source.bars == nullptr ? 0.0 : number((source.bars->*counter).value());
    });
  };
  using B = feeds::BarsCounters;
  per_bars(false, "bars_closed_total", "bars that ended, of all intervals", &B::closed);
  per_bars(false, "bars_corrected_total", "changes to bars that had ended", &B::corrected);
  per_bars(false, "bars_late_trades_total", "trades of bars that are not held any more",
           &B::too_late);
  per_bars(false, "bars_dropped_total", "closed bars dropped for memory", &B::dropped);
  per_bars(false, "bars_candle_requests_total", "questions to the venue for its candles",
           &B::asked);
  per_bars(false, "bars_candle_failures_total", "of those, refused or not answered", &B::failed);
  per_bars(true, "bars_bytes", "memory of bars", &B::bytes);
}

void collect_feed_counts(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  const auto count = [&](std::string_view family, std::string_view help, auto member) {
    per_feed(families, feeds, false, family, help, [&](const FeedSource& source) {
      return number((source.feed->counters().*member).value());
    });
  };
  using F = feeds::FeedCounters;
  count("feed_messages_total", "messages received from the venue", &F::messages);
  count("feed_bytes_total", "bytes received from the venue", &F::bytes);
  count("feed_connections_total", "connections established", &F::connections);
  count("feed_resyncs_total", "books made anew", &F::resyncs);
  count("feed_held_back_total", "quotes and books held back while not whole", &F::held_back);
  count("feed_trades_lost_total", "trades known to be lost before us", &F::trades_lost);
  count("feed_checksums_verified_total", "book checksums that matched", &F::checksums_verified);
  count("feed_ack_timeouts_total", "subscriptions never answered", &F::ack_timeouts);
  count("feed_refused_total", "subscriptions refused by the venue", &F::refused);
  per_feed(families, feeds, false, "feed_postponed_total",
           "state ticks that found a shard's ring full and follow later",
           [](const FeedSource& s) { return number(s.fan->postponed().value()); });
  per_feed(families, feeds, false, "feed_ring_trades_lost_total",
           "trades that found a shard's ring full",
           [](const FeedSource& s) { return number(s.fan->trades_lost().value()); });
  per_feed(families, feeds, true, "feed_last_message_timestamp_seconds",
           "when the venue was last heard, 0: not yet", [](const FeedSource& s) {
             return number(s.feed->counters().last_message.value()) * kMicro;
           });
  count("feed_pauses_total", "times a connection was not driven for more than a second",
        &F::pauses);
  count("feed_clock_steps_total", "times our wall clock was set", &F::clock_steps);
  for (const auto& source : feeds) {
    const auto age = source.feed->counters().venue_age.value();
    if (age < 0) continue;  // not known: no sample, for an age of -1 would be averaged
    families.gauge("feed_venue_age_seconds",
                   "how old the venue's data is when it is read, of the worst connection",
                   number(age) * kMicro, {{"feed", source.name}});
  }
  per_feed(families, feeds, true, "feed_clock_offset_seconds",
           "our receive time less the venue's time, smoothed", [](const FeedSource& s) {
             return number(s.feed->counters().clock_offset.value()) * kMicro;
           });
  per_feed(families, feeds, true, "feed_symbols_per_connection",
           "as many as the venue was found to grant one connection, 0: no limit was met",
           [](const FeedSource& s) {
             return number(s.feed->counters().symbols_per_connection.value());
           });
  per_feed(
      families, feeds, true, "feed_paused_until_timestamp_seconds",
      "until when the venue's host asked to be left alone, 0: it did not",
      [](const FeedSource& s) { return number(s.feed->counters().paused_until.value()) * kMicro; });
}

void collect_feed_kinds(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      families.counter("feed_ticks_total", "normalised ticks published",
                       number(source.feed->counters().ticks[i].value()),
                       {{"feed", source.name}, {"channel", name(static_cast<Channel>(i))}});
    }
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kAnomalyCount; ++i) {
      families.counter("feed_anomalies_total", "what was wrong with messages of the venue",
                       number(source.feed->counters().anomalies[i].value()),
                       {{"feed", source.name}, {"kind", name(static_cast<feeds::Anomaly>(i))}});
    }
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kImplausibleCount; ++i) {
      const auto reason = static_cast<feeds::Implausible>(i);
      families.counter("feed_quarantined_total",
                       "ticks that cannot be right and were not served as prices",
                       number(source.feed->counters().quarantined[i].value()),
                       {{"feed", source.name}, {"reason", name(reason)}});
    }
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kReconnectReasonCount; ++i) {
      const auto reason = static_cast<feeds::ReconnectReason>(i);
      families.counter("feed_reconnects_total", "connections lost or given up, by reason",
                       number(source.feed->counters().reconnects[i].value()),
                       {{"feed", source.name}, {"reason", name(reason)}});
    }
  }
}

// What is not live, and what was asked of it.
void collect_feed_freshness(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kStaleReasonCount; ++i) {
      families.counter(
          "feed_stale_total", "times an instrument became stale, by reason",
          number(source.feed->counters().stale[i].value()),
          {{"feed", source.name}, {"reason", name(static_cast<feeds::StaleReason>(i))}});
    }
  }
  for (const auto& source : feeds) {
    for (std::size_t i = 0; i < feeds::kProbeAnswerCount; ++i) {
      families.counter(
          "feed_probes_total", "quiet instruments asked for, by the venue's answer",
          number(source.feed->counters().probes[i].value()),
          {{"feed", source.name}, {"answer", name(static_cast<feeds::ProbeAnswer>(i))}});
    }
  }
  for (const auto& source : feeds) {
    families.histogram("feed_venue_age_seconds_hist", "how old what the venue stamps is when read",
                       source.feed->counters().venue_ages, {{"feed", source.name}});
  }
}

}  // namespace

class Metrics::Collector final : public prometheus::Collectable {
 public:
  explicit Collector(MetricSources sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    MetricFamilies families;
    families.gauge("build_info", "constant 1", 1, {{"version", kVersion}});
    ShardMetrics(families, sources_.shards).collect();
    sources_.with_feeds([&families](const std::vector<FeedSource>& feeds) {
      collect_feed_states(families, feeds);
      collect_feed_counts(families, feeds);
      collect_bars(families, feeds);
      collect_lines(families, feeds);
      collect_feed_kinds(families, feeds);
      collect_feed_freshness(families, feeds);
    });
    if (sources_.ready) {
      families.gauge("ready", "1 while /readyz says that clients are welcome, else 0",
                     sources_.ready() ? 1 : 0);
    }
    families.gauge("feed_thread_beat_age_seconds",
                   "since the feeds' thread last went through its work; beyond 1 it stands still",
                   std::chrono::duration<double>(sources_.beat_age()).count());
    families.counter("log_lines_dropped_total", "log lines lost, the log being full",
                     number(log::dropped()));
    if (const auto end = sources_.certificate_end()) {
      families.gauge("tls_certificate_end_timestamp_seconds",
                     "when the public port's certificate ends",
                     std::chrono::duration<double>(end->time_since_epoch()).count());
    }
    const LatencyHistogram* const copies[] = {sources_.book_copies};
    families.histogram("full_book_copy_seconds",
                       "of the feeds' thread, for each full book that HTTP asked for", copies);
    if (sources_.server) sources_.server(families);
    collect_memory(families);
    collect_process(families);
    return families.finish();
  }

 private:
  void collect_memory(MetricFamilies& families) const {
    families.gauge("memory_budget_bytes", "what the process may hold, 0: no budget",
                   number(sources_.memory->bytes()));
    families.gauge("memory_held_bytes",
                   "what counts against it: resident, and sockets where a limit counts them",
                   number(sources_.memory->held()));
    families.counter("clients_shed_total", "streams ended because memory was short",
                     number(sources_.memory->shed()));
  }

  MetricSources sources_;
};

Metrics::Metrics(MetricSources sources)
    : collector_(std::make_shared<Collector>(std::move(sources))) {}
Metrics::~Metrics() = default;

std::string Metrics::text() const { return exposition(collector_->Collect()); }

}  // namespace tickgate::gateway
