// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/nats/link.h"

namespace tickgate::feeds {

// What a message of a subject is given to, over all connections.
class Receiver {
 public:
  using Handler = std::function<void(natsMsg&)>;  // on the library's delivery thread

  Receiver(std::string subject, Handler handler)
      : subject_(std::move(subject)), handler_(std::move(handler)) {}

  const std::string& subject() const { return subject_; }
  void deliver(natsMsg& message);
  // Returns when the handler does not run and will not, but for the call this one is in.
  void end();

 private:
  std::string subject_;
  // Recursive: a handler may end its own receiver.
  std::recursive_mutex mutex_;
  bool ended_ = false;
  Handler handler_;
};

// All receivers of a client, subscribed anew on each connection. Any thread may call.
class Receivers {
 public:
  using Clock = std::chrono::steady_clock;

  ~Receivers();

  // Subscribes to it, where there is a connection.
  absl::StatusOr<std::shared_ptr<Receiver>> add(std::string subject, Receiver::Handler handler);
  // Unsubscribes, and ends it.
  void remove(const std::shared_ptr<Receiver>& receiver);

  // To this one from now on. An error: the connection is no good.
  absl::Status attach(const std::shared_ptr<Link>& link);
  // To be called when the connection is closed.
  void detach();
  // No handler runs or will run behind it.
  void end();

  // Messages that found no room, of all that ever were.
  std::uint64_t dropped();
  // Lets go of what the library is done with. To be called now and then.
  void sweep(Clock::time_point now);

 private:
  // One subscription of the library's, on one connection.
  struct Subscribed {
    std::shared_ptr<Receiver> receiver;
    natsSubscription* subscription = nullptr;
    bool tells_end = false;           // the library says when its last message was handed out
    std::atomic<bool> ended = false;  // it has said so
    Clock::time_point left{};         // when it was unsubscribed
    std::uint64_t dropped = 0;        // as last seen
  };
  struct Entry {
    std::shared_ptr<Receiver> receiver;
    std::unique_ptr<Subscribed> subscribed;  // null without a connection
  };

  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* subscribed);
  static void on_complete(void* subscribed);

  absl::Status subscribe(Entry& entry);
  void unsubscribe(Entry& entry);
  static void look_at_dropped(Subscribed& subscribed);

  std::mutex mutex_;
  std::shared_ptr<Link> link_;
  std::unordered_map<const Receiver*, Entry> entries_;
  std::vector<std::unique_ptr<Subscribed>> left_;  // until the library is done with them
  std::uint64_t dropped_ = 0;                      // of those
};

}  // namespace tickgate::feeds
