// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/service_notify.h"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <cstdlib>
#include <ctime>

#include "gateway/config/config_values.h"

namespace tickgate::gateway {
namespace {

using std::chrono::microseconds;

// Between two looks at the status, unless the watchdog asks for more.
constexpr std::chrono::seconds kLook{5};

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

// Half of the watchdog's patience; zero: there is none, or it is another process's.
microseconds watchdog_interval() {
  const auto process = variable("WATCHDOG_PID");
  const auto patience = parse_whole(variable("WATCHDOG_USEC"));
  const bool is_ours = process.empty() || process == std::to_string(::getpid());
  if (!is_ours || !patience || *patience > INT64_MAX) return microseconds(0);
  return microseconds(static_cast<std::int64_t>(*patience / 2));
}

// As RELOADING=1 is dated.
std::int64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000} + now.tv_nsec / 1000;
}

}  // namespace

ServiceNotify::ServiceNotify(boost::asio::io_context& io, std::function<Health()> health)
    : timer_(io), health_(std::move(health)), socket_(variable("NOTIFY_SOCKET")) {
  const auto watchdog = watchdog_interval();
  watched_ = watchdog.count() > 0;
  interval_ = watched_ ? std::min<microseconds>(watchdog, kLook) : kLook;
}

void ServiceNotify::serving() {
  if (socket_.empty()) return;
  unsent_ = "READY=1\n";
  tell();
  tell_later();
}

void ServiceNotify::reloading() {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic_microseconds()));
}

void ServiceNotify::serving_again() {
  unsent_ = "READY=1\n";
  tell();
}

void ServiceNotify::stopping(std::chrono::milliseconds most) {
  unsent_ = fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\n", microseconds(most).count());
  tell();
}

void ServiceNotify::end() {
  ended_ = true;
  timer_.cancel();
}

void ServiceNotify::tell() {
  if (socket_.empty()) return;
  auto health = health_();
  auto message = unsent_;
  if (watched_ && health.alive) message.append("WATCHDOG=1\n");
  if (health.status != status_) message.append("STATUS=").append(health.status).append("\n");
  if (message.empty() || !send(message)) return;
  unsent_.clear();
  status_ = std::move(health.status);
}

void ServiceNotify::tell_later() {
  timer_.expires_after(interval_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || ended_) return;
    tell();
    tell_later();
  });
}

bool ServiceNotify::send(std::string_view message) {
  using Protocol = boost::asio::local::datagram_protocol;
  if (socket_.empty() || socket_.size() >= sizeof sockaddr_un{}.sun_path) return false;
  auto name = socket_;
  if (name.front() == '@') name.front() = '\0';  // one without a file
  Protocol::socket socket(timer_.get_executor());
  boost::system::error_code error;
  socket.open(Protocol(), error);
  // It may be full, while systemd is busy: what matters is said again.
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.send_to(boost::asio::buffer(message), Protocol::endpoint(name), 0, error);
  return !error;
}

}  // namespace tickgate::gateway
