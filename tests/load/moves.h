// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "tests/load/histogram.h"
#include "tests/load/pool.h"
#include "tests/load/report.h"

namespace tickgate::load {

// With --then: where steady clients go when they are told to leave or cut off, by the rule of our
// libraries. Who is told connects there within half of its delay, beside the old connection, which
// the server closes in its time; whoever has none left comes back with full jitter.
class Moves final : public ClientEvents {
 public:
  Moves(Context& context, Pool& pool);

  void step();
  // At the end: findings, and what there is to say.
  void add_to(Report& report, std::int64_t begin, std::int64_t end);

  void on_ready(Client& client) override;
  void on_served(Client& client) override;
  void on_caught_up(Client& /*client*/) override {}
  void on_closed(Client& client, std::string_view why, bool refused) override;
  void on_drain(Client& client, std::uint64_t reconnect_after_ms) override;

 private:
  // One client, whichever connections it has.
  struct Journey {
    std::uint32_t open = 0;       // connections that serve it
    std::uint32_t failures = 0;   // to connect, in a row
    bool opening = false;         // one more is being made
    std::int64_t due = 0;         // when to open one more; 0: none
    std::int64_t told_at = 0;     // to leave the connection that it has; 0: it was not
    std::int64_t leaves_at = 0;   // as it was told
    std::int64_t without_at = 0;  // since when none serves it; 0: one does
  };

  bool is_on() const { return context_.then != nullptr; }
  std::int64_t jitter(std::int64_t most);
  std::int64_t backoff(std::uint32_t failures);
  void open_again(std::uint32_t number);
  void add_arrivals(Report::Section& section) const;

  Context& context_;
  Pool& pool_;
  std::minstd_rand random_;
  std::vector<Journey> journeys_;       // by the client's number
  std::vector<std::int64_t> arrivals_;  // when those that were let in had begun to connect

  std::uint64_t told_ = 0, told_least_ms_ = UINT64_MAX, told_most_ms_ = 0;
  std::uint64_t sent_away_ = 0, cut_off_ = 0, closed_otherwise_ = 0, refused_ = 0, served_ = 0,
                late_ = 0;
  Histogram stays_;    // from being told to the Close
  Histogram without_;  // how long a client was served by none
};

}  // namespace tickgate::load
