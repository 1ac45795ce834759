// SPDX-License-Identifier: Apache-2.0
#include "tests/load/storm.h"

#include <algorithm>
#include <limits>

namespace tickgate::load {

void Storm::begin(std::int64_t now) {
  using std::chrono::microseconds;
  begins_at_ = now + microseconds(context_.options.duration).count() / 4;
}

std::int64_t Storm::take_silence() {
  std::int64_t longest = context_.silence;
  for (const auto& client : pool_.group(Client::Kind::kSteady).clients) {
    if (client->is_steady()) longest = std::max(longest, context_.now - client->last_message());
  }
  context_.silence = 0;
  return longest;
}

void Storm::step() {
  if (is_over() || context_.now < begins_at_) return;
  if (started_at_ == 0) {
    started_at_ = context_.now;
    silence_before_ = take_silence();
    pool_.forget_longest_turn();
    pool_.open(Client::Kind::kStorm, count());
    return;
  }
  const bool all = group().served + group().refused >= count();
  if (!all && context_.now - pool_.last_progress() < kPatience) return;
  ended_at_ = all ? pool_.last_progress() : context_.now;
  silence_during_ = take_silence();
  longest_turn_ = pool_.longest_turn();
  // For the silence of the whole run.
  context_.silence = std::max(silence_before_, silence_during_);
  if (!all) {
    context_.findings.add("not served in the storm", count() - group().served - group().refused);
  }
}

void Storm::add_to(Report& report) const {
  if (count() == 0) return;
  auto& section = report.section("storm", "storm");
  section.whole("connections", "connections", count());
  section.whole("connected", "subscribed", group().ready);
  section.whole("served", "served: all their first values", group().served);
  section.whole("refused", "refused", group().refused);
  section.whole("closed", "closed later", group().closed);
  section.number("served_ms", "from the first connect to the last value",
                 ended_at_ == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : static_cast<double>(ended_at_ - started_at_) / 1e3,
                 0, "ms");
  section.number("silence_before_ms", "longest silence before it",
                 static_cast<double>(silence_before_) / 1e3, 1, "ms");
  section.number("silence_ms", "longest silence while it lasted",
                 static_cast<double>(silence_during_) / 1e3, 1, "ms");
  section.number("longest_turn_ms", "of these our own at the most",
                 static_cast<double>(longest_turn_) / 1e3, 1, "ms");
}

}  // namespace tickgate::load
