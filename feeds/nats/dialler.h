// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "feeds/log/log.h"
#include "feeds/nats/last_gets.h"
#include "feeds/nats/library_events.h"
#include "feeds/nats/link.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/receivers.h"

namespace tickgate::feeds {

// A client's own thread: makes a connection, sees it end, makes the next, for ever, and tells of
// it. The library's own way to connect again is not used: it gives up after two refusals, sends
// what was published meanwhile as if it were new, reads no password anew, and holds a lock in which
// every call waits.
class Dialler final : private LibraryListener {
 public:
  Dialler(NatsOptions options, NatsClient::OnChange on_change);
  ~Dialler() override { stop(); }
  Dialler(const Dialler&) = delete;
  Dialler& operator=(const Dialler&) = delete;

  void start();
  void stop();

  // Any thread. Null: there is no connection.
  std::shared_ptr<Link> link() const;
  // The same, or Unavailable with the reason.
  absl::StatusOr<std::shared_ptr<Link>> link_or_why() const;
  std::string reason() const;
  std::string server() const;
  bool connected() const { return connected_.load(std::memory_order_relaxed); }
  std::uint64_t connects() const { return connects_.load(std::memory_order_relaxed); }
  std::uint64_t errors() const { return errors_.load(std::memory_order_relaxed); }
  std::int64_t max_payload() const { return max_payload_.load(std::memory_order_relaxed); }

  const NatsOptions& options() const { return options_; }
  Receivers& receivers() { return receivers_; }
  LastGets& gets() { return gets_; }

 private:
  using Clock = std::chrono::steady_clock;

  // On the library's thread.
  void on_closed(const natsConnection& connection, const std::string& why) override;
  void on_slow() override;
  void on_refused(const std::string& what) override;

  void run();
  absl::Status connect();
  absl::StatusOr<std::shared_ptr<Link>> dial();
  void failed(const absl::Status& why);
  void serve();
  void take_down(Link& link);
  void look_for_dropped();
  std::chrono::milliseconds pause();
  std::chrono::milliseconds patience() const;
  bool stopping();

  const NatsOptions options_;
  const NatsClient::OnChange on_change_;

  // Guards what follows, and is never held in a call that may wait.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Link> link_;
  std::string reason_ = "not connected yet", server_;
  bool ready_ = false;   // all subscriptions stand on link_
  bool closed_ = false;  // it has ended
  bool slow_ = false;
  bool stopping_ = false;

  // Each is a number or a flag alone, that guards nothing.
  std::atomic<bool> connected_{false};
  std::atomic<std::uint64_t> connects_{0}, errors_{0};
  std::atomic<std::int64_t> max_payload_{0};

  // The thread's own.
  int failures_ = 0;  // dials in a row
  std::uint64_t dropped_ = 0;
  std::minstd_rand random_{std::random_device()()};
  log::Limiter limiter_, refused_limiter_;

  Receivers receivers_;
  LastGets gets_;
  LibraryEvents events_;  // the last: what it tells of stands
  std::thread thread_;
};

}  // namespace tickgate::feeds
