// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include "feeds/edge/edge.h"
#include "feeds/ingest/ingest.h"
#include "gateway/server/cluster_ends.h"

// What of /metrics a cluster knows. Built with NATS only.
namespace tickgate::gateway {
namespace {

template <typename Counter>
double count_of(const Counter& counter) {
  return static_cast<double>(counter.value());
}
double seconds_of(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

void collect_ingest(MetricFamilies& families, const feeds::Ingest& ingest) {
  const auto status = ingest.status();
  const auto& counts = ingest.counters();
  families.gauge("ingest_leader", "1 while this ingest leads, 0 while it stands by",
                 status.leading ? 1 : 0);
  families.gauge("ingest_fence", "of its leadership; 0: it does not lead",
                 static_cast<double>(status.fence));
  families.gauge("ingest_lease_age_seconds",
                 "since its lease was confirmed; 0 while it does not lead",
                 status.leading ? seconds_of(status.lease_age) : 0);
  families.counter("ingest_lease_unconfirmed_total",
                   "renewals of the lease without an answer: it was held on to",
                   count_of(counts.lease_unconfirmed));
  families.counter("ingest_takeovers_total", "how often it began to lead",
                   count_of(counts.takeovers));
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    families.counter("ingest_published_total", "objects published, with those said again",
                     count_of(counts.published[i]),
                     {{"channel", name(static_cast<schemas::Channel>(i))}});
  }
  families.counter("ingest_publish_failures_total", "objects that NATS did not take",
                   count_of(counts.publish_failures));
  families.counter(
      "ingest_trades_lost_total",
      "trades that found no room on their way out, and are announced as a gap",
      count_of(counts.trades_lost) + static_cast<double>(ingest.trades_lost_in_rings()));
  families.counter("ingest_postponed_total",
                   "state ticks that found no room on their way out: the newest of each follows",
                   static_cast<double>(ingest.postponed()));
  families.counter("ingest_heartbeats_unacked_total", "heartbeats that the stream did not confirm",
                   count_of(counts.heartbeats_unacked));
  families.counter("ingest_streams_made_total", "streams that were not there, and were made",
                   count_of(counts.streams_made));
  families.counter("ingest_republished_total", "values said again with the same numbers",
                   count_of(counts.republished));
}

void collect_edge_state(MetricFamilies& families, const feeds::EdgeStatus& status) {
  using schemas::State;
  for (const auto state : {State::kLive, State::kStale, State::kDown}) {
    families.gauge("edge_state", "1 for the state that the edge is in",
                   status.state == state ? 1 : 0, {{"state", name(state)}});
  }
  families.gauge("edge_heartbeat_age_seconds",
                 "since the ingests' last sign of life; 0: none came yet",
                 status.heartbeat_age ? seconds_of(*status.heartbeat_age) : 0);
  families.gauge("edge_delay_seconds", "how much longer they were on their way than the quickest",
                 seconds_of(status.delay));
  families.gauge("edge_subscriptions", "subjects and patterns that are subscribed to",
                 static_cast<double>(status.subscriptions));
  families.gauge("edge_instruments", "instruments that the ingests have, as far as they are served",
                 static_cast<double>(status.instruments));
  families.gauge("edge_fence", "of the ingest that leads; 0: not known yet",
                 static_cast<double>(status.fence));
}

void collect_edge(MetricFamilies& families, const feeds::Edge& edge) {
  collect_edge_state(families, edge.status());
  const auto& counts = edge.counters();
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    families.counter("edge_messages_total", "objects that came", count_of(counts.messages[i]),
                     {{"channel", name(static_cast<schemas::Channel>(i))}});
  }
  const auto count = [&](std::string_view name, std::string_view help, const auto& counter) {
    families.counter(name, help, count_of(counter));
  };
  count("edge_dropped_total", "messages that found no room here: all was read again",
        counts.dropped);
  count("edge_bad_messages_total", "messages that are none of an ingest's", counts.bad_messages);
  count("edge_fenced_total", "messages of an ingest that leads no more", counts.fenced);
  count("edge_duplicates_total", "objects that had come before", counts.duplicates);
  count("edge_trades_lost_total", "trades announced as lost", counts.trades_lost);
  count("edge_resyncs_total", "how often the last values were read again", counts.resyncs);
  count("edge_epochs_total", "epochs met, the first among them", counts.epochs);
}

}  // namespace

// By the way that it has: of a relay that to its ingests.
void Cluster::collect(MetricFamilies& families) const {
  const auto& edge = ends_->edge;
  const auto& ingest = ends_->ingest;
  constexpr std::string_view kConnected = "1 while there is a connection to NATS",
                             kReconnects = "connections to NATS beyond the first",
                             kErrors = "what NATS was asked for and refused, or did not answer";
  if (edge != nullptr) {
    families.gauge("nats_connected", kConnected, edge->status().connected ? 1 : 0,
                   {{"end", "edge"}});
    families.counter("nats_reconnects_total", kReconnects, count_of(edge->counters().reconnects),
                     {{"end", "edge"}});
    families.counter("nats_errors_total", kErrors, count_of(edge->counters().errors),
                     {{"end", "edge"}});
    collect_edge(families, *edge);
  }
  if (ingest == nullptr) return;
  const auto status = ingest->status();
  families.gauge("nats_connected", kConnected, status.connected ? 1 : 0, {{"end", "ingest"}});
  families.counter("nats_reconnects_total", kReconnects,
                   static_cast<double>(status.connects - (status.connects > 0 ? 1 : 0)),
                   {{"end", "ingest"}});
  families.counter("nats_errors_total", kErrors, static_cast<double>(status.errors),
                   {{"end", "ingest"}});
  collect_ingest(families, *ingest);
}

}  // namespace tickgate::gateway
