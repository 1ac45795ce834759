// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/gateway_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace tickgate::gateway {
namespace {

// In this order. The last one may be missing: a gateway that has too many questions says so.
constexpr std::array<std::string_view, 3> kTargets = {"/metrics", "/v1/feeds",
                                                      "/v1/clients?limit=100"};
constexpr unsigned kOk = 200;

absl::StatusOr<std::string> body_of(absl::StatusOr<AdminResponse> answer, std::string_view target) {
  if (!answer.ok()) return answer.status();
  if (answer->status == kOk) return std::move(answer->body);
  const auto path = target.substr(0, target.find('?'));
  const auto hint = answer->status == 404   ? ": is it the admin port of a tickgate?"
                    : answer->status == 401 ? ": it wants --admin-token-file or --admin-cert"
                                            : "";
  return absl::UnavailableError(fmt::format("{} answers {}{}", path, answer->status, hint));
}

}  // namespace

GatewayWatch::GatewayWatch(boost::asio::io_context& io, AdminPort port,
                           std::chrono::milliseconds interval, Callback callback)
    : io_(io),
      port_(std::move(port)),
      interval_(interval),
      callback_(std::move(callback)),
      timer_(io) {}

void GatewayWatch::start() { begin(); }

void GatewayWatch::stop() {
  timer_.cancel();
  question_ = nullptr;
}

void GatewayWatch::begin() {
  begun_ = std::chrono::steady_clock::now();
  look_ = Look{};
  ask(0);
}

void GatewayWatch::ask(std::size_t part) {
  question_ = std::make_unique<AdminQuestion>(
      io_, port_, kTargets[part], [this, part](auto answer) { take(part, std::move(answer)); });
}

void GatewayWatch::take(std::size_t part, absl::StatusOr<AdminResponse> answer) {
  auto body = body_of(std::move(answer), kTargets[part]);
  if (part == 0) {
    if (!body.ok()) return end(body.status());
    look_.at = std::chrono::steady_clock::now();
    look_.wall = std::chrono::system_clock::now();
    look_.metrics = MetricSet::read(*body);
    return ask(1);
  }
  if (part == 1) {
    auto feeds = body.ok() ? read_feeds(*body) : body.status();
    if (!feeds.ok()) return end(feeds.status());
    look_.feeds = *std::move(feeds);
    return ask(2);
  }
  auto clients = body.ok() ? read_clients(*body) : body.status();
  if (clients.ok()) {
    look_.clients = *std::move(clients);
  } else {
    look_.clients_problem = std::string(clients.status().message());
  }
  end(absl::OkStatus());
}

void GatewayWatch::end(absl::Status status) {
  timer_.expires_at(std::max(begun_ + interval_, std::chrono::steady_clock::now()));
  timer_.async_wait([this](const auto& error) {
    if (!error) begin();
  });
  if (status.ok()) {
    callback_(std::move(look_));
  } else {
    callback_(std::move(status));
  }
}

}  // namespace tickgate::gateway
