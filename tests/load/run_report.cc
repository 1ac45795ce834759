// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/load/run.h"

namespace tickgate::load {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Nothing by nothing is no number.
double ratio(double value, double by) { return by > 0 ? value / by : kNone; }

}  // namespace

Report Run::report() {
  check_values();
  context_.findings.add("an update whose seq went backwards", context_.counts.backwards);
  if (context_.options.pid != 0 && !end_.server) {
    context_.findings.add("no process " + std::to_string(context_.options.pid) + " at the end");
  }
  Report report;
  add_connections(report);
  add_delivery(report);
  add_latency(report);
  add_server(report);
  slow_.add_to(report);
  add_half_open(report);
  storm_.add_to(report);
  churn_.add_to(report);
  moves_.add_to(report, begin_.time, end_.time);
  auto& own = report.section("own", "this program");
  const auto cpu = end_.own_cpu - begin_.own_cpu;
  own.number("cpu_percent", "CPU", ratio(cpu * 100, seconds()), 1, "% of a core");
  own.number("longest_turn_ms", "longest turn of its loop",
             static_cast<double>(longest_turn_) / 1e3, 1, "ms");
  report.findings(context_.findings);
  return report;
}

void Run::add_connections(Report& report) const {
  const auto& steady = pool_.group(Client::Kind::kSteady);
  auto& section = report.section("connections", "connections");
  section.whole("asked", "asked for", steady.asked);
  section.whole("subscribed", "subscribed", steady.ready);
  section.whole("served", "served: all their first values", steady.served);
  section.whole("refused", "refused", steady.refused);
  section.whole("closed", "closed before the end", steady.closed);
  section.number("connect_seconds", "opening them, and slow and half open ones", connect_seconds_,
                 2, "s");
}

void Run::add_delivery(Report& report) const {
  const auto counts = end_.counts - begin_.counts;
  const auto updates = static_cast<double>(counts.updates);
  const auto frames = static_cast<double>(counts.frames);
  auto& section = report.section("delivery", "delivered to all connections");
  section.number("seconds", "measured", seconds(), 2, "s");
  section.whole("updates", "updates", counts.updates);
  section.whole("frames", "frames", counts.frames);
  section.whole("bytes", "bytes", counts.bytes);
  section.number("updates_per_second", "updates/s", ratio(updates, seconds()), 0);
  section.number("frames_per_second", "frames/s", ratio(frames, seconds()), 0);
  section.number("bytes_per_second", "bytes/s", ratio(static_cast<double>(counts.bytes), seconds()),
                 0);
  section.number("updates_per_frame", "updates in a frame", ratio(updates, frames), 2);
  section.whole("symbols", "symbols seen", context_.known.entries().size());
  section.whole("backwards", "seq went backwards", context_.counts.backwards);
  section.whole("degraded", "degraded: told to be slow", context_.counts.degraded);
}

void Run::add_latency(Report& report) const {
  const auto& latency = context_.latency;
  const auto milliseconds = [](std::uint64_t value) { return static_cast<double>(value) / 1e3; };
  auto& section = report.section("latency", "received at the server to read here, steady ones");
  section.whole("count", "updates", latency.count());
  section.number("mean_us", "mean", latency.mean(), 0, "us");
  section.whole("p50_us", "50 %", latency.percentile(0.5), "us");
  section.whole("p90_us", "90 %", latency.percentile(0.9), "us");
  section.whole("p99_us", "99 %", latency.percentile(0.99), "us");
  section.whole("p99_9_us", "99.9 %", latency.percentile(0.999), "us");
  section.whole("max_us", "all", latency.max(), "us");
  section.number("silence_ms", "longest silence of a connection",
                 milliseconds(static_cast<std::uint64_t>(context_.silence)), 1, "ms");
}

void Run::add_server(Report& report) const {
  if (!before_ || !begin_.server || !end_.server) return;
  const auto counts = end_.counts - begin_.counts;
  const double user = end_.server->user - begin_.server->user;
  const double system = end_.server->system - begin_.server->system;
  const auto grown =
      static_cast<double>(begin_.server->resident) - static_cast<double>(before_->resident);
  const auto& steady = pool_.group(Client::Kind::kSteady);
  const auto& slow = pool_.group(Client::Kind::kSlow);
  auto& section = report.section("server", "server");
  section.number("user_seconds", "CPU, user", user, 2, "s");
  section.number("system_seconds", "CPU, system", system, 2, "s");
  section.number("cpu_percent", "CPU", ratio((user + system) * 100, seconds()), 1, "% of a core");
  section.number("us_per_update", "CPU for an update",
                 ratio((user + system) * 1e6, static_cast<double>(counts.updates)), 4, "us");
  section.number("us_per_frame", "CPU for a frame",
                 ratio((user + system) * 1e6, static_cast<double>(counts.frames)), 3, "us");
  section.whole("resident_before", "memory before the connections", before_->resident, "bytes");
  section.whole("resident_connected", "with them", begin_.server->resident, "bytes");
  section.whole("resident_max", "at the most", std::max(most_memory_, end_.server->resident),
                "bytes");
  section.whole("resident_end", "at the end", end_.server->resident, "bytes");
  section.number("bytes_per_connection", "grown for each connection",
                 ratio(grown, static_cast<double>(steady.ready + slow.ready)), 0, "bytes");
}

void Run::add_half_open(Report& report) const {
  if (context_.options.half_open == 0) return;
  auto& section = report.section("half_open", "half open sockets");
  const auto add = [&](Client::Kind kind, std::string_view key, std::string_view closed_key,
                       std::string_view label) {
    const auto& group = pool_.group(kind);
    section.whole(key, label, group.ready);
    section.whole(closed_key, "  of these closed by the server", group.closed);
  };
  add(Client::Kind::kSilent, "silent", "silent_closed", "without a request");
  add(Client::Kind::kHalfRequest, "half_request", "half_request_closed", "with half of one");
  add(Client::Kind::kVanishing, "vanished", "vanished_closed", "vanished after subscribing");
}

}  // namespace tickgate::load
