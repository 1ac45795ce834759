// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <optional>
#include <string_view>

#include "tests/load/churn.h"
#include "tests/load/moves.h"
#include "tests/load/pool.h"
#include "tests/load/process_sample.h"
#include "tests/load/progress.h"
#include "tests/load/report.h"
#include "tests/load/slow_readers.h"
#include "tests/load/storm.h"

namespace tickgate::load {

// From the first connection to the report.
class Run {
 public:
  // `interrupted` turns non-zero when the run is to end early; read once a turn.
  Run(Context& context, Pool& pool, const volatile std::sig_atomic_t& interrupted)
      : context_(context),
        pool_(pool),
        interrupted_(interrupted),
        progress_(context, pool),
        slow_(context, pool),
        storm_(context, pool),
        churn_(context, pool),
        moves_(context, pool) {}

  void execute();
  // After execute(). Findings that only the end shows are added to the context's.
  Report report();

 private:
  // Everything that is measured by its difference.
  struct Mark {
    std::int64_t time = 0;
    Counts counts;
    double own_cpu = 0;
    std::optional<ProcessSample> server;
  };

  void connect();
  void warm_up();
  void measure();
  void settle();
  bool turn(std::string_view stage);
  Mark mark() const;
  void look_at_memory();
  void check_values();

  void add_connections(Report& report) const;
  void add_delivery(Report& report) const;
  void add_latency(Report& report) const;
  void add_server(Report& report) const;
  void add_half_open(Report& report) const;
  double seconds() const { return static_cast<double>(end_.time - begin_.time) / 1e6; }

  Context& context_;
  Pool& pool_;
  const volatile std::sig_atomic_t& interrupted_;
  Progress progress_;
  SlowReaders slow_;
  Storm storm_;
  Churn churn_;
  Moves moves_;

  std::optional<ProcessSample> before_;  // the server without our connections
  double connect_seconds_ = 0;
  Mark begin_, end_;
  std::uint64_t most_memory_ = 0;
  std::int64_t memory_looked_at_ = 0;
  std::int64_t longest_turn_ = 0;
};

}  // namespace tickgate::load
