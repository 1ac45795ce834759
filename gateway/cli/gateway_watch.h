// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/cli/admin_client.h"
#include "gateway/top/model.h"

namespace tickgate::gateway {

// Asks a gateway for all that a Look holds, again and again, each time an interval after the time
// before began, or at once where that took longer; it goes on whatever comes back. On the
// io_context's thread.
class GatewayWatch {
 public:
  // A look, or why there is none.
  using Callback = std::function<void(absl::StatusOr<Look>)>;

  GatewayWatch(boost::asio::io_context& io, AdminPort port, std::chrono::milliseconds interval,
               Callback callback);

  void start();
  // What is under way is forgotten; start() goes on.
  void stop();

 private:
  void begin();
  void ask(std::size_t part);
  void take(std::size_t part, absl::StatusOr<AdminResponse> answer);
  void end(absl::Status status);

  boost::asio::io_context& io_;
  const AdminPort port_;
  const std::chrono::milliseconds interval_;
  const Callback callback_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point begun_;
  Look look_;                                // so far
  std::unique_ptr<AdminQuestion> question_;  // under way, or the last one
};

}  // namespace tickgate::gateway
