// SPDX-License-Identifier: Apache-2.0
#include "tests/load/run.h"

#include <algorithm>

namespace tickgate::load {
namespace {

constexpr std::int64_t kPatience = 30'000'000;  // microseconds until nothing more is expected

std::int64_t microseconds(Milliseconds time) { return std::chrono::microseconds(time).count(); }

}  // namespace

bool Run::turn(std::string_view stage) {
  pool_.turn(context_.options.churn + context_.options.slow > 0 && context_.measuring ? 1 : 5);
  moves_.step();
  progress_.step(stage);
  return interrupted_ == 0;
}

Run::Mark Run::mark() const {
  return {context_.now, context_.counts, own_cpu(), sample_process(context_.options.pid)};
}

void Run::execute() {
  if (context_.options.pid != 0) before_ = sample_process(context_.options.pid);
  connect();
  if (interrupted_ == 0) warm_up();
  measure();
  settle();
}

void Run::connect() {
  const auto& options = context_.options;
  const auto started = context_.now;
  pool_.open(Client::Kind::kSteady, options.connections);
  pool_.open(Client::Kind::kSlow, options.slow);
  pool_.open(Client::Kind::kSilent, (options.half_open + 2) / 3);
  pool_.open(Client::Kind::kHalfRequest, (options.half_open + 1) / 3);
  pool_.open(Client::Kind::kVanishing, options.half_open / 3);
  while (turn("connecting") && pool_.unsettled() > 0) {
    if (context_.now - pool_.last_progress() > kPatience) {
      context_.findings.add("not subscribed in time", pool_.unsettled());
      break;
    }
  }
  connect_seconds_ = static_cast<double>(context_.now - started) / 1e6;
}

void Run::warm_up() {
  const auto end = context_.now + microseconds(context_.options.warm_up);
  while (context_.now < end && turn("warming up")) {
  }
}

void Run::measure() {
  pool_.forget_longest_turn();
  begin_ = mark();
  context_.measuring = true;
  context_.measured_from = context_.now;
  const auto end = context_.now + microseconds(context_.options.duration);
  slow_.begin(context_.now);
  storm_.begin(context_.now);
  churn_.begin(context_.now);
  while ((context_.now < end || !storm_.is_over()) && turn("measuring")) {
    longest_turn_ = std::max(longest_turn_, pool_.longest_turn());
    slow_.step();
    storm_.step();
    churn_.step();
    look_at_memory();
  }
  for (const auto& client : pool_.group(Client::Kind::kSteady).clients) {
    if (!client->is_steady()) continue;
    context_.silence = std::max(context_.silence, context_.now - client->last_message());
  }
  context_.measuring = false;
  end_ = mark();
}

void Run::settle() {
  constexpr std::int64_t kAnswerTime = 3'000'000;
  const auto end = context_.now + kAnswerTime;
  while (!churn_.is_settled() && context_.now < end) turn("settling");
  churn_.end();
}

void Run::look_at_memory() {
  constexpr std::int64_t kEvery = 100'000;
  if (context_.options.pid == 0 || context_.now - memory_looked_at_ < kEvery) return;
  memory_looked_at_ = context_.now;
  const auto sample = sample_process(context_.options.pid);
  if (sample) most_memory_ = std::max(most_memory_, sample->resident);
}

// Every symbol that had its first value well before the end has come to all who asked for it.
void Run::check_values() {
  if (!context_.options.check || !context_.values_are_state()) return;
  const auto before = end_.time - 2'000'000 - 1'000 * std::int64_t{context_.options.interval_ms};
  std::size_t missing = 0;
  for (const auto kind : {Client::Kind::kSteady, Client::Kind::kStorm}) {
    for (const auto& client : pool_.group(kind).clients) {
      if (client->is_open()) missing += client->missing_values(before);
    }
  }
  context_.findings.add("a symbol subscribed to without its value", missing);
}

}  // namespace tickgate::load
