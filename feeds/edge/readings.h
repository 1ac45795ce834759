// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "feeds/edge/edge_orders.h"

namespace tickgate::feeds {

// What of the streams is being read, and what is to be read again: what failed, and single values a
// second time, for a message may pass behind a subscription's back and be stored behind the first
// answer. Pure, one thread's.
class Readings {
 public:
  using Moment = std::chrono::microseconds;

  // Where the second get finds what the first could not.
  static constexpr Moment kAgain = std::chrono::milliseconds{250};
  static constexpr Moment kRetry = std::chrono::milliseconds{500};
  // Trades are given up on after so many tries: live ones wait meanwhile.
  static constexpr int kMostTries = 10;

  explicit Readings(EdgeOrders& orders) : orders_(orders) {}

  using What = ReadOrder::What;

  void read(What what, const std::string& subject, Moment now, std::optional<Moment> back = {}) {
    add({0, what, subject, back}, now);
  }
  // Now and once more.
  void get(const std::string& subject, Moment now) {
    orders_.get(subject);
    again_.push_back({now + kAgain, subject});
  }
  // Each waits for one more try, however often it fails meanwhile.
  void on_get_failed(const std::string& subject, Moment now) {
    if (failed_.insert(subject).second) again_.push_back({now + kRetry, subject});
  }

  // nullopt: of no reading that still counts, or it is tried again.
  std::optional<ReadOrder> on_read(std::uint64_t ticket, bool good, Moment now);
  // Does what is due.
  void look(Moment now);
  // Whether any of these is still being read.
  bool reads(What what) const;
  // What is on its way does not count any more.
  void clear(What what);
  void clear_gets() {
    again_.clear();
    failed_.clear();
  }

 private:
  struct Reading {
    ReadOrder order;
    Moment due{};
    bool asked = false;
    int tries = 0;
  };
  struct Again {
    Moment due;
    std::string subject;
  };

  void add(ReadOrder order, Moment now);
  void ask(Reading& reading);

  EdgeOrders& orders_;
  std::vector<Reading> readings_;
  std::deque<Again> again_;
  absl::flat_hash_set<std::string> failed_;  // of these
  std::uint64_t last_ticket_ = 0;
};

}  // namespace tickgate::feeds
