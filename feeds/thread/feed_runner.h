// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "feeds/derived/consolidator.h"
#include "feeds/derived/derived.h"
#include "feeds/derived/member_tap.h"
#include "feeds/feed/host_budget.h"
#include "feeds/publish/sequence_memory.h"
#include "feeds/thread/capture_player.h"
#include "feeds/thread/feed_thread.h"
#include "feeds/thread/network_io.h"
#include "feeds/thread/source_io.h"

namespace boost::asio {
class io_context;
}

namespace tickgate::feeds {

// What the feeds of one thread share. All of it outlives them.
struct FeedRoom {
  schemas::InstrumentRegistry& registry;
  std::vector<ShardLink> shards;
  boost::asio::io_context& io;
  FeedTap* tap;
  const Demand* demand;
  const BarDemand* bar_demand;
  FeedThread::Consolidated consolidated;
  Consolidator* consolidator = nullptr;  // of the thread that consolidates
  std::uint32_t next_conn = 0;           // of the tap's records
  HostBudgets budgets{};
  SequenceMemory memory{};
};

// A feed with where its bytes come from and where its ticks go. On the feeds' thread.
class FeedRunner {
 public:
  // Those without a socket are asked for more no more often than that.
  static constexpr Monotonic kShortestPump = std::chrono::milliseconds(1);

  // `first_conn` numbers its first connection in the tap's records; nullopt: as each further one.
  FeedRunner(FeedSettings settings, FeedRoom& room, std::optional<std::uint32_t> first_conn);
  FeedRunner(const FeedRunner&) = delete;
  FeedRunner& operator=(const FeedRunner&) = delete;

  // What is wrong with the CA file, the proxy or the capture.
  const absl::Status& status() const { return status_; }

  void start(Moment now);
  void stop(Moment now);
  void tick(Moment now);
  // As Feed has them; of one without a network its symbols are what they are.
  void end(const std::vector<std::string>& others, Moment now);
  void add(const std::vector<std::string>& pairs, Moment now);
  void remove(const std::vector<std::string>& pairs, const std::vector<std::string>& others,
              Moment now);
  // What it has said stands in the shards' rings: whoever says more of the same may begin.
  bool is_told();

  bool has_network() const { return has_network_; }
  // For those without a socket: how long until they want it again.
  Monotonic pump(Moment now);

  void with_book(schemas::InstrumentId id, absl::AnyInvocable<void(const OrderBook*)>& callback);
  void with_bars(schemas::InstrumentId id, schemas::Interval interval, BarsAnswer& callback,
                 Moment now);

  const FeedSettings& settings() const { return settings_; }
  const Feed& feed() const { return *feed_; }
  const BarsCounters& bars() const { return derived_.bars().counters(); }
  const RingFan& fan() const { return fan_; }

 private:
  std::unique_ptr<FeedIo> make_io(Connection& connection);
  void open_network();
  void make_feed();
  std::unique_ptr<VenueAdapter> make_adapter(AdapterEvents& events,
                                             const std::vector<std::string>& pairs);
  void listen_in();
  void advance_bars(Moment now);

  FeedSettings settings_;
  FeedRoom& room_;
  absl::Status status_;
  bool has_network_ = false;
  std::optional<std::uint32_t> first_conn_;
  std::optional<NetworkIo::Settings> network_;
  RingFan fan_;
  Derived derived_;
  std::unique_ptr<TickSink> tap_;    // null: nobody listens in
  MemberTap* member_tap_ = nullptr;  // if that is what it is
  // The feed's, where it has no network; null before it starts.
  CapturePlayer* player_ = nullptr;
  SourceIo* source_io_ = nullptr;
  TickSource* source_ = nullptr;
  std::optional<Feed> feed_;
};

}  // namespace tickgate::feeds
