// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/snapshot_fetches.h"

#include <utility>

namespace tickgate::gateway {

SnapshotFetches::~SnapshotFetches() {
  for (const Wait& wait : waits_) let_go(wait);
}

bool SnapshotFetches::fetch(std::vector<Value> values, const FanOut& fan_out, Monotonic now,
                            std::function<void()> done) {
  if (waits_.size() >= kMost || values_ + values.size() > kMostValues) return false;
  waits_.push_back({std::move(values), 0, &fan_out, now + kPatience, std::move(done)});
  values_ += waits_.back().values.size();
  for (const Value& value : waits_.back().values) demand_.raise(value.instrument, value.channel);
  return true;
}

void SnapshotFetches::look(Monotonic now) {
  for (auto wait = waits_.begin(); wait != waits_.end();) {
    if (!is_over(*wait, now)) {
      ++wait;
      continue;
    }
    let_go(*wait);
    values_ -= wait->values.size();
    const auto done = std::move(wait->done);
    wait = waits_.erase(wait);
    done();
  }
}

bool SnapshotFetches::is_over(Wait& wait, Monotonic now) {
  while (wait.here < wait.values.size() && has_value(*wait.fan_out, wait.values[wait.here])) {
    ++wait.here;
  }
  return wait.here == wait.values.size() || now >= wait.until;
}

void SnapshotFetches::let_go(const Wait& wait) {
  for (const Value& value : wait.values) demand_.lower(value.instrument, value.channel);
}

}  // namespace tickgate::gateway
