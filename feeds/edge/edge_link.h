// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "feeds/edge/edge_inbox.h"
#include "feeds/edge/edge_orders.h"
#include "feeds/edge/edge_worker.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/subject.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/doorbell.h"
#include "schemas/instrument.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// What happened to the connection, or to what was asked of it; for the edge's thread.
struct EdgeEvent {
  enum class What : std::uint8_t { kConnected, kDisconnected, kLost, kRead, kGetFailed };

  What what = What::kLost;
  std::uint64_t ticket = 0;  // of kRead
  bool good = false;         // likewise
  std::string subject;       // of kGetFailed
};

// The connection of an edge, and all that may wait for it, on threads of their own: last values
// and subscriptions on one, trades on another, questions of clients on a third, so that none waits
// for the other. What comes goes into the inbox, what happens into a list of events.
class EdgeLink final : public EdgeOrders {
 public:
  EdgeLink(Doorbell& doorbell, EdgeCounters& counters, std::string_view subject_prefix);
  ~EdgeLink() override { stop(); }

  absl::Status open(NatsOptions options);
  void start();
  // Ends threads and connection; what was asked is answered. Also twice.
  void stop();

  // The edge's thread.
  void subscribe(const std::string& subject) override;
  void unsubscribe(const std::string& subject) override;
  void get(const std::string& subject) override;
  void read(const ReadOrder& order) override;
  void drop_last() override { last_round_.fetch_add(1, std::memory_order_relaxed); }
  void publish(const std::string& subject, std::string payload) override;
  std::vector<EdgeEvent> take_events();
  EdgeInbox& inbox() { return inbox_; }

  // Any thread. Behind all that was subscribed to before.
  void ask_book(const std::string& symbol, std::uint32_t depth,
                std::function<void(std::string json)> answer);
  void ask_bars(const schemas::Instrument& instrument, schemas::Interval interval,
                BarsAnswer answer);
  // Answers of a leader with a lower fence are none.
  void set_fence(std::uint64_t fence) { fence_.store(fence, std::memory_order_relaxed); }

  bool connected() const { return client_->connected(); }
  std::string reason() const { return client_->reason(); }

 private:
  void on_change(NatsClient::Change change);
  void tell(EdgeEvent event);
  void begin(const std::string& subject);
  void get_now(const std::string& subject);
  void read_now(const ReadOrder& order);
  void note(const absl::Status& status, std::string_view what);
  // Null: it did not come, or is not the leader's.
  std::string answer_of(const std::string& subject, const std::string& question);
  // Asks again until then, while there is none.
  std::string answer_until(EdgeWorker::Moment until, const std::string& subject,
                           const std::string& question);
  template <typename Answer>
  void ask(Answer answer);

  Doorbell& doorbell_;
  EdgeCounters& counters_;
  Subjects subjects_;
  EdgeInbox inbox_;
  std::unique_ptr<NatsClient> client_;
  std::mutex mutex_;  // of the events
  std::vector<EdgeEvent> events_;
  // The control thread's.
  absl::flat_hash_map<std::string, std::unique_ptr<NatsClient::Subscription>> subscriptions_;
  std::atomic<std::uint64_t> last_round_{0}, fence_{0};
  EdgeWorker control_{"edge-control"}, trades_{"edge-trades"}, asks_{"edge-asks"};
};

}  // namespace tickgate::feeds
