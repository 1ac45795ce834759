// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "feeds/nats/nats_client.h"
#include "tests/support/eventually.h"
#include "tests/support/nats_server.h"

namespace tickgate::testing {

// A client of a server, that remembers what became of it and what it received.
class NatsPeer {
 public:
  using Change = feeds::NatsClient::Change;

  static feeds::NatsOptions options(const std::string& url) {
    feeds::NatsOptions made;
    made.urls = {url};
    made.name = "test";
    // A machine that builds and tests at once is no server that stands still.
    made.timeout = std::chrono::milliseconds(5'000);
    made.ping = std::chrono::milliseconds(5'000);
    made.write_deadline = std::chrono::milliseconds(10'000);
    return made;
  }
  // As ingests and edges are by default.
  static feeds::NatsOptions quick(const std::string& url) {
    feeds::NatsOptions made;
    made.urls = {url};
    return made;
  }

  explicit NatsPeer(const std::string& url) : NatsPeer(options(url)) {}
  explicit NatsPeer(feeds::NatsOptions options, bool start = true) {
    auto made = feeds::NatsClient::make(std::move(options), [this](Change change) {
      const std::lock_guard lock(mutex_);
      changes_.push_back(change);
    });
    EXPECT_TRUE(made.ok()) << made.status();
    client = *std::move(made);
    if (start) client->start();
  }
  ~NatsPeer() {
    client->stop();
    subscriptions_.clear();
  }
  NatsPeer(const NatsPeer&) = delete;
  NatsPeer& operator=(const NatsPeer&) = delete;

  bool is_connected() {
    return eventually([this] { return client->connected(); });
  }
  bool is_told(Change change, std::size_t times = 1) {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return std::count(changes_.begin(), changes_.end(), change) >=
             static_cast<std::ptrdiff_t>(times);
    });
  }
  bool was_told(Change change) const {
    const std::lock_guard lock(mutex_);
    return std::find(changes_.begin(), changes_.end(), change) != changes_.end();
  }

  // From now on what comes is in received(), as "subject payload".
  void follow(const std::string& subject) {
    auto made = client->subscribe(subject, keep());
    ASSERT_TRUE(made.ok()) << made.status();
    subscriptions_.push_back(*std::move(made));
  }
  feeds::NatsClient::OnMessage keep() {
    return [this](const feeds::NatsClient::Message& message) {
      const std::lock_guard lock(mutex_);
      received_.push_back(std::string(message.subject) + " " + std::string(message.payload));
      sequences_.push_back(message.stream_seq);
    };
  }
  void unfollow() { subscriptions_.clear(); }
  std::vector<std::string> received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  std::vector<std::uint64_t> sequences() const {
    const std::lock_guard lock(mutex_);
    return sequences_;
  }
  bool receives(const std::string& line) {
    return eventually([&] {
      const auto all = received();
      return std::find(all.begin(), all.end(), line) != all.end();
    });
  }

  std::unique_ptr<feeds::NatsClient> client;

 private:
  mutable std::mutex mutex_;
  std::vector<Change> changes_;
  std::vector<std::string> received_;
  std::vector<std::uint64_t> sequences_;
  std::vector<std::unique_ptr<feeds::NatsClient::Subscription>> subscriptions_;
};

}  // namespace tickgate::testing
