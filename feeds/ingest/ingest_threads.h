// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "feeds/ingest/inbox.h"
#include "feeds/ingest/ingest.h"
#include "feeds/ingest/leadership.h"
#include "feeds/ingest/nats_cluster.h"
#include "feeds/ingest/publication.h"
#include "feeds/log/log.h"
#include "feeds/nats/nats_client.h"
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {

// The two threads of an ingest: the publisher's, which drains the rings and publishes, and the
// control's, which leads. They meet in the inbox and in a few flags. What arrives from NATS comes
// on the library's thread, and goes into the inbox.
class Ingest::Threads final : private feeds::Outlet, private Orders {
 public:
  Threads(IngestSettings settings, IngestHooks hooks, std::unique_ptr<NatsClient> client);
  ~Threads() override { stop(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  ShardLink add_source();
  void watch(const Beat& beat) { beats_.push_back(&beat); }
  void start();
  void stop();
  void take_epoch(std::string epoch);
  IngestStatus status() const;
  const IngestCounters& counters() const { return counters_; }
  std::uint64_t postponed() const;
  std::uint64_t trades_lost_in_rings() const;

 private:
  struct Source {
    Source() : ring(kRingBytes) {}
    TickRing ring;
    LinkCounters no_room;
  };
  using Item = Inbox::Item;
  using Kind = Item::Kind;
  using Subscription = std::unique_ptr<NatsClient::Subscription>;

  // Publisher's thread.
  void run_publisher();
  bool work();
  void take(Item& item);
  void ask_book(Item& item);
  void ask_bars(Item& item);
  void answer(Item& item);
  void refuse(const Item& item, std::string_view code, std::string_view message);
  void reply(const std::string& to, std::string_view text);
  bool put(std::string_view subject, std::string_view text) override;

  // Control's.
  void run_control();
  void say_venues(Beat::Moment now);
  bool feeds_move(Beat::Moment now) const;
  void note_status();
  void listen();
  void listen_to_others();
  Subscription to_inbox(const std::string& subject, Kind kind);
  void lead(const Stamp& stamp, ClusterNumbers numbers) override;
  void resume(ClusterNumbers numbers) override;
  void pause() override;
  void resign() override;
  void order(Kind kind, ClusterNumbers numbers = {}, Stamp stamp = {});

  IngestSettings settings_;
  IngestHooks hooks_;
  IngestCounters counters_;
  Subjects subjects_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::unique_ptr<NatsClient> client_;
  NatsCluster cluster_;
  Leadership leadership_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<const Beat*> beats_;

  // Publisher's.
  Publication publication_;
  WordReader words_;
  std::vector<Item> items_;
  std::uint64_t refused_ = 0;      // asks
  std::uint64_t carried_out_ = 0;  // orders to lead or resume
  log::Limiter limiter_;

  Beat publisher_beat_;

  // The control closes the gate at once where nothing more may go out, before the publisher has
  // its order. Release and acquire are not needed: nothing is read on the strength of these.
  std::atomic<bool> gate_{false};
  std::atomic<bool> failed_{false};           // publisher: NATS did not take something
  std::atomic<std::uint64_t> said_up_to_{0};  // orders to lead or resume of which all was said
  std::atomic<bool> publisher_stops_{false}, control_stops_{false};

  Subscription asks_of_books_, asks_of_bars_, wants_, others_;
  std::uint64_t ordered_ = 0;
  Beat::Moment venues_said_{};

  mutable std::mutex status_mutex_;
  IngestStatus status_;
  std::optional<std::string> next_epoch_;

  std::thread publisher_, control_;
};

}  // namespace tickgate::feeds
