// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "feeds/ingest/stored_words.h"
#include "feeds/ingest/tick_text.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/doorbell.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// What others have for the ingest's publisher, in the order in which it came: messages of NATS,
// answers of feeds, orders. Any thread puts; bounded, but for orders, of which few are ever given.
// Shared, so that an answer that comes when the ingest has ended finds it still.
class Inbox {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20U;

  struct Item {
    enum class Kind : std::uint8_t {
      kWord,  // what another ingest published: `text`
      kAskBook,
      kAskBars,
      kWantBars,
      kBook,  // an answer: `text`, or `bars`, of `instrument`, to `reply`
      kBars,
      kLead,
      kResume,
      kPause,
      kResign,
    };
    Kind kind{};
    std::string text{}, reply{};
    schemas::InstrumentId instrument{};
    schemas::Interval interval{};
    BarsCopy bars{};
    Stamp stamp{};
    ClusterNumbers numbers{};
  };

  // False: full, and it is dropped.
  bool put(Item item) {
    {
      const std::lock_guard lock(mutex_);
      const bool order = item.kind >= Item::Kind::kLead;
      const auto bytes = sizeof(Item) + item.text.size() + item.reply.size();
      if (!order && bytes_ + bytes > kMostBytes) {
        ++dropped_;
        return false;
      }
      bytes_ += bytes;
      items_.push_back(std::move(item));
    }
    bell_.ring();
    return true;
  }

  // All that is there, in place of what is in `items`.
  void take(std::vector<Item>& items) {
    items.clear();
    const std::lock_guard lock(mutex_);
    items.swap(items_);
    bytes_ = 0;
  }
  std::uint64_t dropped() {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

  Doorbell& bell() { return bell_; }

 private:
  Doorbell bell_;
  std::mutex mutex_;
  std::vector<Item> items_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tickgate::feeds
