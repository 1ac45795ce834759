// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/adapter/order_book.h"
#include "gateway/api/http_api.h"
#include "gateway/shard/histogram.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// A full-depth book as it was at one moment: of its feed, no longer on the feed's thread.
struct BookCopy {
  feeds::OrderBook levels;  // at most HttpApi::kMaxBookDepth a side
  schemas::Book top;        // for its header and integrity
};

// Whoever asks for full books, however often and in whatever number, costs the feeds' thread one
// copy at a time, each followed by a rest of twenty times what it took; who asks for one that was
// copied a moment ago gets that one. Requests come from any thread; all else is on the thread that
// runs `io`, which makes the text.
class FullBooks final : public FullBookSource {
 public:
  using Copy = std::shared_ptr<const BookCopy>;
  // Calls back on the feed's thread: null while the book is not whole; and how long it took.
  using Copied = std::function<void(Copy, std::chrono::steady_clock::duration)>;
  using Copier = std::function<void(const schemas::Instrument&, Copied)>;

  // So old a copy may be shown.
  static constexpr std::chrono::milliseconds kFresh{250};
  static constexpr int kRest = 20;  // times what a copy took

  FullBooks(boost::asio::io_context& io, Copier copier)
      : io_(io), timer_(io), copier_(std::move(copier)) {}

  // As FullBookSource has it, but done() is called on io's thread.
  void read_book(const schemas::Instrument& instrument, std::size_t depth,
                 std::function<void(std::string)> done) override;
  // How long each copy held the feed's thread up. Any thread.
  const LatencyHistogram& copies() const { return copies_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    std::size_t depth;
    std::function<void(std::string)> done;
  };
  struct Entry {
    const schemas::Instrument* instrument = nullptr;
    Copy copy;
    Clock::time_point copied_at{};
    std::size_t depth = 0;  // that `text` has
    std::string text;       // the newest of this copy: nearly all ask for the same depth
    std::vector<Waiting> waiting;
  };

  void on_request(const schemas::Instrument& instrument, Waiting one);
  void copy_next();
  void on_copied(const schemas::Instrument& instrument, Copy copy, Clock::duration took);
  void forget_old();
  static void give(Entry& entry, const Waiting& one);
  static const std::string& text(Entry& entry, std::size_t depth);

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  Copier copier_;
  absl::flat_hash_map<std::uint32_t, Entry> entries_;  // by instrument
  std::deque<std::uint32_t> queue_;                    // those to be copied
  bool copying_ = false;                               // or resting
  LatencyHistogram copies_;
};

}  // namespace tickgate::gateway
