// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/entitled.h"
#include "gateway/api/instrument_query.h"
#include "gateway/api/page_writer.h"
#include "gateway/fanout/fan_out.h"

namespace tickgate::gateway {

// The pages of /v1/instruments that one shard makes, however many instruments there are and however
// often somebody asks: one page at a time, in pieces between which the shard's clients have their
// turn, and which rest three times as long as they took. A page is shown again for a moment. The
// shard's thread only; what waits in `io` does not outlive the shard.
class InstrumentPages {
 public:
  using Page = std::shared_ptr<const KeptPage>;
  using Done = std::function<void(const Page&)>;
  struct Question {
    InstrumentQuery query;
    Entitled who;  // others are left out
    bool gzip = false;
  };

  // So old the states may be when somebody asks.
  static constexpr std::chrono::milliseconds kFresh{250};
  // Of one piece: as many instruments are looked at, fewer of those that are written or are held
  // against patterns.
  static constexpr std::size_t kPiece = 2'048;
  static constexpr int kRest = 3;  // times what a piece took of the processor
  static constexpr std::size_t kMostQueued = 64;
  static constexpr std::size_t kMostKeptBytes = std::size_t{2} << 20U;

  InstrumentPages(const FanOut& fan_out, boost::asio::io_context& io)
      : fan_out_(fan_out), io_(io) {}

  // Calls done(page), perhaps at once. A page that nobody waits for any more is not made. False:
  // too many wait.
  bool read(Question question, std::weak_ptr<const void> asker, Done done);

 private:
  using Clock = std::chrono::steady_clock;
  struct Asker {
    std::weak_ptr<const void> who;
    Done done;
  };
  // Two with the same are the same page.
  struct Key {
    std::string text;
    std::shared_ptr<Coverage> coverage;  // shared by all that cover the same
    bool gzip;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Build {
    Key key;
    InstrumentQuery query;
    std::vector<Asker> askers;
    Clock::time_point begun = Clock::time_point::max();
    std::optional<PageWriter> writer;  // since it has begun
    std::string looked_at, written;    // the last one's symbol
    std::size_t count = 0;             // of those written

    bool is_fresh(Clock::time_point now) const { return begun > now - kFresh; }
    bool wanted() const;
  };
  struct Kept {
    Key key;
    Clock::time_point begun;
    Page page;
  };

  void go_on();
  // nullopt while there is more; then where the next page is to be had, or nothing.
  std::optional<std::string> add_piece(Build& build) const;
  void keep(Build build, std::string next);
  void forget_old();
  template <typename Then>
  void after(Clock::duration time, Then&& then);

  const FanOut& fan_out_;
  boost::asio::io_context& io_;
  std::deque<Build> queue_;  // the first is being made
  std::deque<Kept> kept_;    // the oldest first
  bool resting_ = false;
  bool forgetting_ = false;  // it is set to be done
};

}  // namespace tickgate::gateway
