// SPDX-License-Identifier: Apache-2.0
#include "tests/load/slow_readers.h"

#include <algorithm>

namespace tickgate::load {

void SlowReaders::begin(std::int64_t now) {
  using std::chrono::microseconds;
  const auto length = microseconds(context_.options.slow_time).count();
  pause_at_ = now + (microseconds(context_.options.duration).count() - length) / 2;
  resume_at_ = pause_at_ + length;
  constexpr std::int64_t kMost = 1'000'000;
  resume_for_ = std::min(kMost, (pause_at_ - now) / 2);
}

void SlowReaders::step() {
  if (readers().asked == 0) return;
  if (!paused_ && context_.now >= pause_at_) {
    paused_ = true;
    for (const auto& client : readers().clients) client->pause();
  }
  if (context_.now < resume_at_) return;
  const auto& clients = readers().clients;
  const auto passed = static_cast<std::size_t>(std::min(context_.now - resume_at_, resume_for_));
  const auto due = clients.size() * (passed + 1) / (static_cast<std::size_t>(resume_for_) + 1);
  while (resumed_ < due) clients[resumed_++]->resume();
}

void SlowReaders::add_to(Report& report) const {
  if (readers().asked == 0) return;
  Histogram times;
  std::uint64_t bytes = 0, updates = 0;
  for (const auto& client : readers().clients) {
    bytes += client->drained_bytes();
    updates += client->drained_updates();
    if (client->has_caught_up()) times.add(client->catch_up_time());
  }
  auto& section = report.section("slow", "slow readers");
  section.whole("connections", "connections", readers().ready);
  section.whole("closed", "closed by the server", readers().closed);
  section.whole("caught_up", "caught up after reading again", readers().caught_up);
  section.number("catch_up_ms_p50", "time to the newest values, median",
                 static_cast<double>(times.percentile(0.5)) / 1e3, 1, "ms");
  section.number("catch_up_ms_max", "time to the newest values, longest",
                 static_cast<double>(times.max()) / 1e3, 1, "ms");
  section.whole("drained_bytes", "read until then", bytes, "bytes");
  section.whole("drained_updates", "read until then", updates, "updates");
  section.number("oldest_value_ms", "oldest value among these",
                 static_cast<double>(context_.oldest_value) / 1e3, 0, "ms");
}

}  // namespace tickgate::load
