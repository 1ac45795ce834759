// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/load/pool.h"
#include "tests/load/process_sample.h"

namespace tickgate::load {

// One line a second on stderr; on a terminal always the same one.
class Progress {
 public:
  Progress(const Context& context, const Pool& pool);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Writes when a second has passed. `stage`: what is being done.
  void step(std::string_view stage);

 private:
  std::string line(std::string_view stage, double seconds);

  const Context& context_;
  const Pool& pool_;
  bool terminal_;
  bool written_ = false;
  std::int64_t started_at_;
  std::int64_t last_at_;
  Counts counts_;
  Histogram latency_;
  std::optional<ProcessSample> server_;
};

}  // namespace tickgate::load
