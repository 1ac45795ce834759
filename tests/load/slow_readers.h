// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/load/pool.h"
#include "tests/load/report.h"

namespace tickgate::load {

// In the middle of the measuring, the slow readers read nothing for a while; then they do again.
class SlowReaders {
 public:
  SlowReaders(Context& context, Pool& pool) : context_(context), pool_(pool) {}

  void begin(std::int64_t now);
  void step();
  void add_to(Report& report) const;

 private:
  const Pool::Group& readers() const { return pool_.group(Client::Kind::kSlow); }
  void resume();

  Context& context_;
  Pool& pool_;
  std::int64_t pause_at_ = 0;
  std::int64_t resume_at_ = 0;
  bool paused_ = false;
  bool resumed_ = false;
};

}  // namespace tickgate::load
