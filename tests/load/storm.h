// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/load/pool.h"
#include "tests/load/report.h"

namespace tickgate::load {

// A quarter into the measuring, many connect at once while the steady ones go on. It ends when all
// are served, or when nothing has moved for a long time.
class Storm {
 public:
  static constexpr std::int64_t kPatience = 10'000'000;  // microseconds without any progress

  Storm(Context& context, Pool& pool) : context_(context), pool_(pool) {}

  void begin(std::int64_t now);
  void step();
  // The measuring is not over before it is.
  bool is_over() const { return count() == 0 || ended_at_ != 0; }
  void add_to(Report& report) const;

 private:
  std::uint32_t count() const { return context_.options.storm; }
  const Pool::Group& group() const { return pool_.group(Client::Kind::kStorm); }
  // The longest silence since the last call, one that still lasts included.
  std::int64_t take_silence();

  Context& context_;
  Pool& pool_;
  std::int64_t begins_at_ = 0;
  std::int64_t started_at_ = 0;
  std::int64_t ended_at_ = 0;
  std::int64_t silence_before_ = 0;
  std::int64_t silence_during_ = 0;
  std::int64_t longest_turn_ = 0;
};

}  // namespace tickgate::load
