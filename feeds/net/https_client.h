// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "feeds/feed/feed_io.h"
#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"

namespace boost::asio {
class io_context;
}

namespace tickgate::feeds {

// GET, one after the other, each over a connection of its own: snapshots are rare. Chain and name
// verified; plain only to this host. 10 s for all of a request, 64 MB for its answer; redirects are
// not followed. On the io_context's thread.
class HttpsClient {
 public:
  // Views in the answer live during the call. status 0: no answer, and `failure` says why.
  using Callback = std::function<void(const HttpAnswer& answer, const std::string& failure)>;

  HttpsClient(boost::asio::io_context& io, TlsTrust trust, ProxyRules proxies);
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
