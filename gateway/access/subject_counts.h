// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "gateway/access/grant.h"
#include "schemas/text.h"

namespace tickgate::gateway {

// How many streams each subject has, and how many are nobody's yet, over all shards. Any thread;
// each subject is behind one of sixteen mutexes, taken when a stream is let in and when it ends.
class SubjectCounts {
 public:
  // A stream that is counted, until this ends. The counts outlive it.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { swap(other); }
    Place& operator=(Place&& other) noexcept {
      swap(other);
      return *this;
    }
    ~Place() {
      if (counts_ != nullptr) counts_->leave(grant_.get());
    }

   private:
    friend class SubjectCounts;
    void swap(Place& other) noexcept {
      std::swap(counts_, other.counts_);
      std::swap(grant_, other.grant_);
    }

    SubjectCounts* counts_ = nullptr;
    std::shared_ptr<const Grant> grant_;  // whose name it is counted under; null: nobody's yet
  };

  // nullopt: its subject has as many as this grant gives it. Without a limit it is counted all the
  // same: another credential of the subject may have one.
  std::optional<Place> enter(const std::shared_ptr<const Grant>& grant);
  std::uint32_t count(std::string_view subject) const;
  // A stream that has yet to say whose it is. nullopt: `most` have.
  std::optional<Place> enter_unnamed(std::uint32_t most);
  std::uint32_t unnamed() const { return unnamed_.load(std::memory_order_relaxed); }

 private:
  struct Stripe {
    mutable std::mutex mutex;
    // Under the mutex; none is 0.
    std::unordered_map<std::string, std::uint32_t, schemas::TextHash, std::equal_to<>> counts;
  };

  static std::size_t index_of(std::string_view subject);
  Stripe& stripe_of(std::string_view subject) { return stripes_[index_of(subject)]; }
  const Stripe& stripe_of(std::string_view subject) const { return stripes_[index_of(subject)]; }
  void leave(const Grant* grant);

  std::array<Stripe, 16> stripes_;
  std::atomic<std::uint32_t> unnamed_{0};  // relaxed: a count, by itself
};

}  // namespace tickgate::gateway
