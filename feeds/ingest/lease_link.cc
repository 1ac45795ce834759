// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/lease_link.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "feeds/log/log.h"
#include "feeds/nats/lease.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::string_view kPlain = "nats://", kTls = "tls://";

}  // namespace

NatsOptions only_to(NatsOptions options, const std::string& url) {
  const bool tls = std::any_of(options.urls.begin(), options.urls.end(),
                               [](const std::string& one) { return one.starts_with(kTls); });
  options.urls = {url};
  if (tls && url.starts_with(kPlain)) options.urls[0].replace(0, kPlain.size(), kTls);
  options.name += " lease";
  return options;
}

NatsClient& LeaseLink::client() {
  const auto connects = main_.connects();
  if (std::exchange(connects_, connects) != connects) connect_to(main_.server());
  if (client_ == nullptr) return main_;
  std::unique_lock lock(mutex_);
  connected_.wait_for(lock, Lease::kWait, [this] { return client_->connected(); });
  return *client_;
}

void LeaseLink::connect_to(const std::string& url) {
  client_.reset();
  auto made = NatsClient::make(only_to(options_, url), [this](NatsClient::Change) {
    const std::lock_guard lock(mutex_);
    connected_.notify_all();
  });
  if (!made.ok()) {  // a file that is not there any more: the ingest's connection stands
    log::warning("feeds.ingest", "no connection for the lease",
                 {{"error", schemas::to_std(made.status().message())}});
    return;
  }
  client_ = *std::move(made);
  client_->start();
}

}  // namespace tickgate::feeds
