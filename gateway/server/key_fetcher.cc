// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/key_fetcher.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "feeds/net/proxy.h"
#include "feeds/net/tls_trust.h"
#include "gateway/log/log.h"
#include "gateway/net/clock.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr feeds::HttpsClient::Limits kLimits{std::chrono::seconds(5), KeySet::kMostBytes};

}  // namespace

KeyFetcher::KeyFetcher(boost::asio::io_context& io, std::function<void()> changed)
    : io_(io),
      changed_(std::move(changed)),
      timer_(io),
      demand_([this] { boost::asio::post(io_, [this] { fetch(); }); }) {}

absl::Status KeyFetcher::use(const std::string& url) {
  if (url == url_) return absl::OkStatus();
  if (!url.empty() && client_ == nullptr) {
    auto trust = feeds::TlsTrust::create("");
    if (!trust.ok()) return trust.status();
    auto proxies = feeds::ProxyRules::create("", feeds::environment_variable);
    if (!proxies.ok()) return proxies.status();
    client_ =
        std::make_unique<feeds::HttpsClient>(io_, *std::move(trust), *std::move(proxies), kLimits);
  }
  stop();
  url_ = url;
  refresh_ = KeyRefresh();
  fetch();
  return absl::OkStatus();
}

void KeyFetcher::stop() {
  timer_.cancel();
  if (client_ != nullptr) client_->cancel();
  fetching_ = false;
  demand_.set_pending(false);
  url_.clear();
}

void KeyFetcher::fetch() {
  if (url_.empty()) return;
  if (fetching_) return void(asked_again_ = true);  // what is under way may lack the key
  fetching_ = true;
  demand_.set_pending(true);
  asked_again_ = false;
  timer_.cancel();
  client_->get(url_, [this](const feeds::HttpsAnswer& answer, const std::string& failure) {
    fetching_ = false;
    on_answer(answer, failure);
    demand_.set_pending(false);
    if (asked_again_) return fetch();
    fetch_after(refresh_.delay(std::uniform_real_distribution<double>(0, 1)(random_)));
  });
}

void KeyFetcher::fetch_after(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) fetch();
  });
}

void KeyFetcher::on_answer(const feeds::HttpsAnswer& answer, const std::string& failure) {
  if (!failure.empty()) return note_failure(failure);
  // A redirect among them: whoever answers there is not whom we were told to believe.
  if (answer.status != 200) return note_failure(fmt::format("it answers {}", answer.status));
  auto set = KeySet::parse(answer.body, KeySet::From::kUrl);
  if (!set.ok()) return note_failure(std::string(set.status().message()));
  ++counts_[0];
  const auto warnings = set->warnings;
  const auto keys = set->keys.size();
  if (!refresh_.succeeded(*std::move(set), answer.max_age, wall_now())) return;
  log::info("gateway", "token keys fetched", {{"url", log::redact_url(url_)}, {"keys", keys}});
  for (const auto& warning : warnings) {
    log::warning("gateway", "token keys", {{"warning", warning}});
  }
  changed_();
}

void KeyFetcher::note_failure(const std::string& why) {
  ++counts_[1];
  const auto now = wall_now();
  const bool dropped = refresh_.failed(now);
  const auto held = refresh_.keys() == nullptr ? 0 : refresh_.keys()->keys.size();
  const auto age =
      refresh_.fetched() ? (now.value() - refresh_.fetched()->value()) / 1'000'000 : -1;
  log::warning("gateway",
               dropped ? "token keys not fetched for a day, the old ones are dropped"
                       : "token keys not fetched, the old ones stay",
               {{"url", log::redact_url(url_)}, {"error", why}, {"keys", held}, {"age_s", age}});
  if (dropped) changed_();
}

void KeyFetcher::collect(MetricFamilies& families) const {
  if (url_.empty()) return;
  families.counter("auth_key_fetches_total", "times that keys were fetched by URL",
                   static_cast<double>(counts_[0]), {{"result", "ok"}});
  families.counter("auth_key_fetches_total", "times that keys were fetched by URL",
                   static_cast<double>(counts_[1]), {{"result", "failed"}});
  if (!refresh_.fetched()) return;
  families.gauge("auth_keys_age_seconds", "since the keys of the URL were last fetched",
                 static_cast<double>(wall_now().value() - refresh_.fetched()->value()) * 1e-6);
}

}  // namespace tickgate::gateway
