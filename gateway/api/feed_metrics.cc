// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/feed_metrics.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using FeedSource = MetricSources::FeedSource;

constexpr double kMicro = 1e-6;

// Of whom something may be heard: what its venue halted or closed is silent for a reason.
bool expected_active(const feeds::FeedCounters& counters) {
  std::int64_t trading = 0;
  for (std::size_t i = 0; i < feeds::kStateCount; ++i) {
    const auto state = static_cast<schemas::State>(i);
    if (state == schemas::State::kHalted || state == schemas::State::kClosed) continue;
    trading += counters.instruments[i].value();
  }
  return trading > 0;
}

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
    families.gauge("feed_expected_active",
                   "1 while the venue has not halted or closed every instrument of the feed",
                   expected_active(source.feed->counters()) ? 1 : 0, {{"feed", source.name}});
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
    families.histogram<feeds::AgeHistogram>(
        "feed_venue_age_distribution_seconds", "how old what the venue stamps is when read",
        {&source.feed->counters().venue_ages}, {{"feed", source.name}});
  }
}

}  // namespace

void collect_feeds(MetricFamilies& families, const std::vector<FeedSource>& feeds) {
  collect_feed_states(families, feeds);
  collect_feed_counts(families, feeds);
  collect_bars(families, feeds);
  collect_feed_kinds(families, feeds);
  collect_feed_freshness(families, feeds);
}

}  // namespace tickgate::gateway
