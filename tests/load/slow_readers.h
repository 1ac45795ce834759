// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/load/pool.h"
#include "tests/load/report.h"

namespace tickgate::load {

// In the middle of the measuring, the slow readers read nothing for a while; then they do again,
// one after the other: what one of them has to wait for is not that we are busy with the others.
class SlowReaders {
 public:
  SlowReaders(Context& context, Pool& pool) : context_(context), pool_(pool) {}

  void begin(std::int64_t now);
  void step();
  void add_to(Report& report) const;

 private:
  const Pool::Group& readers() const { return pool_.group(Client::Kind::kSlow); }

  Context& context_;
  Pool& pool_;
  std::int64_t pause_at_ = 0;
  std::int64_t resume_at_ = 0;
  bool paused_ = false;
  std::int64_t resume_for_ = 0;  // all have begun to read again after this time
  std::size_t resumed_ = 0;
};

}  // namespace tickgate::load
