// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "feeds/feed/feed_io.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"

namespace boost::asio {
class io_context;
}

namespace tickgate::feeds {

// With what its headers say besides.
struct HttpsAnswer : HttpAnswer {
  std::optional<std::chrono::seconds> max_age{};  // as Cache-Control has it; nullopt: it hasn't
};

// GET, one after the other, each over a connection of its own: snapshots are rare. Chain and name
// verified; plain only to this host. Redirects are not followed. On the io_context's thread.
class HttpsClient {
 public:
  // Views in the answer live during the call. status 0: no answer, and `failure` says why.
  using Callback = std::function<void(const HttpsAnswer& answer, const std::string& failure)>;

  struct Limits {
    std::chrono::seconds time{10};                  // for all of a request
    std::uint64_t body = std::uint64_t{64} << 20U;  // bytes of its answer
  };

  HttpsClient(boost::asio::io_context& io, TlsTrust trust, ProxyRules proxies)
      : HttpsClient(io, std::move(trust), std::move(proxies), Limits{}) {}
  HttpsClient(boost::asio::io_context& io, TlsTrust trust, ProxyRules proxies, Limits limits);
  ~HttpsClient();  // as cancel()
  HttpsClient(const HttpsClient&) = delete;
  HttpsClient& operator=(const HttpsClient&) = delete;

  // Calls back once, later, unless cancelled.
  void get(const std::string& url, Callback callback);
  // Forgets everything that is under way or waits.
  void cancel();

  class Queue;

 private:
  std::shared_ptr<Queue> queue_;
};

}  // namespace tickgate::feeds
