// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>

#include "feeds/edge/edge_model.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/record_ring.h"

namespace tickgate::feeds {

// Messages on their way from the library's delivery thread to the edge's. What finds no room is
// dropped, and the edge is told that something was: it reads again.
class EdgeInbox {
 public:
  static constexpr std::size_t kRingBytes = std::size_t{16} << 20U;
  // What was stored may be waited for: so long at most, for live messages wait behind it.
  static constexpr std::chrono::milliseconds kPatience{200};

  EdgeInbox(Doorbell& doorbell, Counter& dropped) : doorbell_(doorbell), dropped_(dropped) {}

  // The delivery thread.
  void push(EdgeModel::From from, std::string_view payload) {
    if (try_push(from, payload) || wait(from, payload)) {
      pushed_.add();
    } else {
      dropped_.add();
      // Relaxed: nothing is read on the strength of it.
      lost_.store(true, std::memory_order_relaxed);
    }
    doorbell_.ring();
  }

  // The edge's thread. visit(From, text): the text is followed by readable bytes for the reader.
  template <typename Visit>
  std::size_t drain(std::size_t most, Visit&& visit) {
    const auto drained = ring_.drain(
        [&](RecordRing::Bytes record) {
          const auto from = static_cast<EdgeModel::From>(record[0]);
          const auto text = record.subspan(kHead, record.size() - kHead - kTail.size());
          visit(from, std::string_view(reinterpret_cast<const char*>(text.data()), text.size()));
        },
        most);
    drained_ += drained;
    return drained;
  }
  // How many were pushed by now, and how many of them were drained: what was pushed before an event
  // has been seen once that many are. Relaxed: whoever tells of the event does so behind a lock.
  std::uint64_t pushed() const { return pushed_.value(); }
  std::uint64_t drained() const { return drained_; }
  // Whether anything was dropped since the last call.
  bool take_lost() { return lost_.exchange(false, std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kHead = 8;
  static constexpr std::array<std::byte, ObjectReader::kPadding> kTail{};

  bool try_push(EdgeModel::From from, std::string_view payload) {
    if (payload.size() + kHead + kTail.size() > ring_.max_record()) return false;
    const std::array<std::byte, kHead> head{static_cast<std::byte>(from)};
    return ring_.try_push(head, std::as_bytes(std::span(payload)), kTail);
  }
  bool wait(EdgeModel::From from, std::string_view payload) {
    if (from == EdgeModel::From::kLive) return false;
    doorbell_.ring();
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (try_push(from, payload)) return true;
    }
    return false;
  }

  RecordRing ring_{kRingBytes};
  Doorbell& doorbell_;
  Counter& dropped_;
  Counter pushed_;
  std::uint64_t drained_ = 0;
  std::atomic<bool> lost_{false};
};

}  // namespace tickgate::feeds
