// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "feeds/net/https_client.h"
#include "gateway/access/key_demand.h"
#include "gateway/access/key_refresh.h"
#include "gateway/api/metric_families.h"

namespace tickgate::gateway {

// Fetches a JWK set again and again, beside everything else. Main thread, but for demand().
class KeyFetcher {
 public:
  // `changed` is called, later, when other keys are to be used from now on.
  KeyFetcher(boost::asio::io_context& io, std::function<void()> changed);

  // From now on from there; empty: from nowhere. Another URL's keys are forgotten at once. An
  // error: a proxy in the environment that is none.
  absl::Status use(const std::string& url);
  void stop();

  const KeyRefresh& keys() const { return refresh_; }
  // Whoever meets a key that is not here asks by it; null: there is no URL. Outlives the guards.
  KeyDemand* demand() { return url_.empty() ? nullptr : &demand_; }
  // For /metrics.
  void collect(MetricFamilies& families) const;

 private:
  void fetch();
  void fetch_after(std::chrono::milliseconds time);
  void on_answer(const feeds::HttpsAnswer& answer, const std::string& failure);
  void note_failure(const std::string& why);

  boost::asio::io_context& io_;
  std::function<void()> changed_;
  boost::asio::steady_timer timer_;
  KeyDemand demand_;
  std::unique_ptr<feeds::HttpsClient> client_;  // null: nothing was ever fetched
  std::string url_;
  KeyRefresh refresh_;
  bool fetching_ = false;
  bool asked_again_ = false;               // for a key, while one was under way
  std::array<std::uint64_t, 2> counts_{};  // ok, failed
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace tickgate::gateway
