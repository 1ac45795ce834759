// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// When a venue is asked for its time, and what its answers bound. Asked with each connection, each
// minute, and soon after what is read seems to be old. What was answered outlives a connection.
// One thread.
class ClockQuestion {
 public:
  // So far our wall clock is ahead of the venue's, at least and at most.
  struct Range {
    Monotonic least{}, most{};
  };

  // A new connection. An empty URL: the venue is not asked.
  void open(std::string url, Monotonic now) {
    url_ = std::move(url);
    due_ = asked_ = now;
    waits_ = false;
  }
  // Whether it is to be asked now, by the caller.
  bool due(Monotonic now) {
    if (url_.empty() || waits_ || now < due_) return false;
    due_ = now + kEach;
    return waits_ = true;
  }
  void hurry() { due_ = std::min(due_, asked_ + kSoon); }
  const std::string& url() const { return url_; }
  bool is(std::string_view url) const { return waits_ && url == url_; }
  void on_given_out(Monotonic now) { asked_ = now; }
  Monotonic asked() const { return asked_; }  // when it was given out last

  // The venue's clock stood between `venue` and a unit later when it wrote that, which was between
  // question and answer; nullopt: it could not be read.
  void on_answer(std::optional<schemas::Timestamp> venue, Monotonic unit, Moment now) {
    waits_ = false;
    const auto took = now.steady - asked_;
    if (!venue || took > kQuick) return;
    const Monotonic apart(now.wall.value() - venue->value());
    known_ = {apart - took - unit, apart};
    skew_ = skew_of(now);
  }
  // By the last answer, and what our wall clock was moved by since.
  std::optional<Range> known(Moment now) const {
    if (!known_) return std::nullopt;
    const auto moved = skew_of(now) - skew_;
    return Range{known_->least + moved, known_->most + moved};
  }

 private:
  static constexpr Monotonic kEach = std::chrono::seconds(60);
  static constexpr Monotonic kSoon = std::chrono::seconds(5);
  static constexpr Monotonic kQuick = std::chrono::seconds(2);  // slower tells too little

  static Monotonic skew_of(Moment now) { return Monotonic(now.wall.value()) - now.steady; }

  std::string url_;
  Monotonic due_{}, asked_{}, skew_{};
  bool waits_ = false;
  std::optional<Range> known_;
};

}  // namespace tickgate::feeds
