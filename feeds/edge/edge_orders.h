// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tickgate::feeds {

// What is to be read of a stream.
struct ReadOrder {
  enum class What : std::uint8_t {
    kInstruments,  // which there are
    kValues,       // last values of them
    kTrades,       // of the stream of trades
  };
  std::uint64_t ticket = 0;  // comes back with the end of it
  What what = What::kValues;
  std::string subject;  // may have wildcards
  // Of trades: only what is no older; nullopt: all there is.
  std::optional<std::chrono::microseconds> back;
};

// What an edge's thread wants done by those that may wait for NATS. Each returns at once, and they
// are done in the order in which they were wanted. Called on the edge's thread.
class EdgeOrders {
 public:
  virtual ~EdgeOrders() = default;
  virtual void subscribe(const std::string& subject) = 0;
  virtual void unsubscribe(const std::string& subject) = 0;
  // The last value of one subject. Without an answer EdgeModel::on_get_failed().
  virtual void get(const std::string& subject) = 0;
  // Answered by EdgeModel::on_read().
  virtual void read(const ReadOrder& order) = 0;
  // What was to be read of last values, and has not begun, need not be any more.
  virtual void drop_last() = 0;
  virtual void publish(const std::string& subject, std::string payload) = 0;
};

}  // namespace tickgate::feeds
