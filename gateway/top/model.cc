// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/model.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tickgate::gateway {
namespace {

constexpr std::string_view kLatency = "tickgate_latency_seconds";
constexpr std::string_view kFanoutLatency = "tickgate_fanout_latency_seconds";
constexpr std::string_view kLag = "tickgate_event_loop_lag_seconds";

double seconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Reads one look against the one before.
class Comparison {
 public:
  Comparison(const Look* before, const Look& now) : before_(before), now_(now) {
    if (before == nullptr) return;
    const std::string_view start = "process_start_time_seconds";
    if (before->metrics.sum(start) != now.metrics.sum(start)) before_ = nullptr;
    const double seconds = std::chrono::duration<double>(now.at - before->at).count();
    if (before_ != nullptr && seconds > 0) seconds_ = seconds;
  }

  const Look* before() const { return before_; }
  Known seconds() const { return seconds_; }

  // Of a counter; one that went down was another counter.
  Known rate(Known before, Known now) const {
    if (!seconds_ || !before || !now || *now < *before) return std::nullopt;
    return (*now - *before) / *seconds_;
  }
  Known rate(std::string_view counter, LabelIs where = {}) const {
    if (before_ == nullptr) return std::nullopt;
    return rate(before_->metrics.sum(counter, where), now_.metrics.sum(counter, where));
  }
  // Between the looks; since the start, where there is none before.
  Known quantile_of(std::string_view histogram, double which, LabelIs where = {}) const {
    auto buckets = now_.metrics.histogram(histogram, where);
    if (before_ != nullptr) buckets = less(buckets, before_->metrics.histogram(histogram, where));
    return quantile(buckets, which);
  }

 private:
  const Look* before_;
  const Look& now_;
  Known seconds_;
};

// The values of a label, as they first appear.
std::vector<std::string> values_of(const std::vector<MetricSample>& samples, std::string_view key) {
  std::vector<std::string> values;
  for (const auto& sample : samples) {
    const auto value = sample.label(key);
    if (std::find(values.begin(), values.end(), value) == values.end()) values.emplace_back(value);
  }
  return values;
}

std::vector<StageRow> stages_of(const Comparison& compared, const MetricSet& metrics) {
  std::vector<StageRow> rows;
  const auto add = [&](std::string stage, std::string_view histogram, LabelIs where) {
    rows.push_back({std::move(stage), compared.quantile_of(histogram, 0.5, where),
                    compared.quantile_of(histogram, 0.99, where)});
  };
  for (const auto& stage :
       values_of(metrics.of(std::string(kLatency).append("_bucket")), "stage")) {
    add(stage, kLatency, {"stage", stage});
  }
  add("fan-out", kFanoutLatency, {});
  return rows;
}

const FeedAnswer* find(const Look* look, std::string_view feed) {
  if (look == nullptr) return nullptr;
  for (const auto& told : look->feeds) {
    if (told.name == feed) return &told;
  }
  return nullptr;
}

Known seconds_since(std::int64_t micros, double now) {
  if (micros <= 0) return std::nullopt;
  return std::max(0.0, now - static_cast<double>(micros) / 1e6);
}

FeedRow feed_row(const Comparison& compared, const Look& now, const FeedAnswer& told, double time) {
  FeedRow row;
  row.told = told;
  row.seconds_in_state = seconds_since(told.since, time);
  const LabelIs its{"feed", told.name};
  row.ticks_per_second = compared.rate("tickgate_feed_ticks_total", its);
  row.clock_offset_seconds = now.metrics.sum("tickgate_feed_clock_offset_seconds", its);
  if (const auto* const earlier = find(compared.before(), told.name)) {
    row.messages_per_second =
        compared.rate(static_cast<double>(earlier->messages), static_cast<double>(told.messages));
    row.got_worse = told.gaps > earlier->gaps || told.faults > earlier->faults;
  }
  return row;
}

std::vector<ClientRow> client_rows(const Comparison& compared, const Look& now, double time) {
  std::map<std::pair<std::string, std::int64_t>, const ClientAnswer*> earlier;
  if (compared.before() != nullptr) {
    for (const auto& told : compared.before()->clients.slowest) {
      earlier[{told.address, told.since}] = &told;
    }
  }
  std::vector<ClientRow> rows;
  for (const auto& told : now.clients.slowest) {
    ClientRow row;
    row.told = told;
    row.seconds_connected = seconds_since(told.since, time);
    const auto known = earlier.find({told.address, told.since});
    if (known != earlier.end()) {
      row.bytes_per_second = compared.rate(static_cast<double>(known->second->bytes_sent),
                                           static_cast<double>(told.bytes_sent));
      row.folded_per_second = compared.rate(static_cast<double>(known->second->folded),
                                            static_cast<double>(told.folded));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

void describe_process(Model& model, const Comparison& compared, const MetricSet& metrics) {
  const auto& info = metrics.of("tickgate_build_info");
  if (!info.empty()) model.version = info.front().label("version");
  if (const auto start = metrics.sum("process_start_time_seconds")) {
    model.uptime_seconds = std::max(0.0, seconds_of(model.wall) - *start);
  }
  model.between_seconds = compared.seconds();
  model.ready = metrics.sum("tickgate_ready");
  model.reload_worked = metrics.sum("tickgate_config_last_reload_successful");
  model.cpus = compared.rate("process_cpu_seconds_total");
  model.resident_bytes = metrics.sum("process_resident_memory_bytes");
  model.held_bytes = metrics.sum("tickgate_memory_held_bytes");
  model.budget_bytes = metrics.sum("tickgate_memory_budget_bytes");
  model.open_fds = metrics.sum("process_open_fds");
  model.max_fds = metrics.sum("process_max_fds");
  for (const auto& shard : values_of(metrics.of(std::string(kLag).append("_bucket")), "shard")) {
    model.lag_p99.push_back(compared.quantile_of(kLag, 0.99, {"shard", shard}));
  }
}

void describe_clients(Model& model, const Comparison& compared, const MetricSet& metrics) {
  model.connections = metrics.sum("tickgate_connections");
  model.connections_limit = metrics.sum("tickgate_connections_limit");
  model.opened_per_second = compared.rate("tickgate_connections_opened_total");
  model.closed_per_second = compared.rate("tickgate_client_disconnects_total");
  model.messages_per_second = compared.rate("tickgate_messages_sent_total");
  model.bytes_per_second = compared.rate("tickgate_sent_bytes_total");
  model.folded_per_second = compared.rate("tickgate_messages_conflated_total");
  model.dropped_per_second = compared.rate("tickgate_messages_dropped_total");
  model.queued_bytes = metrics.sum("tickgate_send_queue_bytes");
  model.degraded_per_second = compared.rate("tickgate_clients_degraded_total");
  model.shed_per_second = compared.rate("tickgate_clients_shed_total");
}

}  // namespace

Model make_model(const Look* before, const Look& now) {
  const Comparison compared(before, now);
  Model model;
  model.wall = now.wall;
  describe_process(model, compared, now.metrics);
  describe_clients(model, compared, now.metrics);
  model.stages = stages_of(compared, now.metrics);
  // The gateway's own clock where it told it: its times are by that one.
  const double time =
      now.clients.now > 0 ? static_cast<double>(now.clients.now) / 1e6 : seconds_of(now.wall);
  for (const auto& told : now.feeds) model.feeds.push_back(feed_row(compared, now, told, time));
  std::stable_partition(model.feeds.begin(), model.feeds.end(),
                        [](const FeedRow& row) { return row.told.state != "live"; });
  model.clients = client_rows(compared, now, time);
  model.clients_problem = now.clients_problem;
  model.missing = now.clients.missing;
  return model;
}

}  // namespace tickgate::gateway
