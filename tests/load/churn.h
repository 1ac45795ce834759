// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/load/pool.h"
#include "tests/load/report.h"

namespace tickgate::load {

// While the measuring lasts, the steady connections by turns unsubscribe one of their symbols and
// subscribe to it again, one request at a time each.
class Churn {
 public:
  Churn(Context& context, Pool& pool) : context_(context), pool_(pool) {}

  void begin(std::int64_t now) { started_at_ = now; }
  void step();
  // Whether every request has its answer.
  bool is_settled() const { return context_.answered + lost_ == sent_; }
  // Counts those without one as a finding.
  void end();
  void add_to(Report& report) const;

 private:
  Context& context_;
  Pool& pool_;
  std::int64_t started_at_ = 0;
  std::size_t next_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;  // with their connections, or late
};

}  // namespace tickgate::load
