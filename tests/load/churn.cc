// SPDX-License-Identifier: Apache-2.0
#include "tests/load/churn.h"

namespace tickgate::load {

void Churn::step() {
  const auto& clients = pool_.group(Client::Kind::kSteady).clients;
  if (context_.options.churn == 0 || clients.empty()) return;
  const auto elapsed = static_cast<std::uint64_t>(context_.now - started_at_);
  const auto due = elapsed * context_.options.churn / 1'000'000;
  // Those that wait for an answer are passed over: at the most each once a step.
  for (std::size_t tried = 0; sent_ < due && tried < clients.size(); ++tried) {
    if (clients[next_++ % clients.size()]->churn()) ++sent_;
  }
}

void Churn::end() {
  lost_ = sent_ - context_.answered;
  context_.findings.add("a request without an answer", lost_);
}

void Churn::add_to(Report& report) const {
  if (context_.options.churn == 0) return;
  const auto& answers = context_.answers;
  const auto milliseconds = [&answers](double share) {
    return static_cast<double>(answers.percentile(share)) / 1e3;
  };
  auto& section = report.section("churn", "churn");
  section.whole("requests", "requests", sent_);
  section.whole("unanswered", "unanswered", lost_);
  section.number("answer_ms_p50", "answered within, median", milliseconds(0.5), 2, "ms");
  section.number("answer_ms_p90", "90 %", milliseconds(0.9), 2, "ms");
  section.number("answer_ms_p99", "99 %", milliseconds(0.99), 2, "ms");
  section.number("answer_ms_max", "all", static_cast<double>(answers.max()) / 1e3, 2, "ms");
}

}  // namespace tickgate::load
