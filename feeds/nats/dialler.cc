// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/dialler.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "feeds/nats/connect_options.h"
#include "feeds/nats/dial.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;

constexpr const char* kComponent = "feeds.nats";
constexpr milliseconds kLook{50};           // at questions without an answer, and what was dropped
constexpr milliseconds kLongestPause{500};  // between two tries
constexpr int kMostLeftAlone = 16;          // each has a thread
constexpr milliseconds kMostPatience{2'000};  // with a server that is far away, or does not answer

}  // namespace

Dialler::Dialler(NatsOptions options, NatsClient::OnChange on_change)
    : options_(std::move(options)),
      on_change_(std::move(on_change)),
      gets_(receivers_),
      events_(*this) {}

void Dialler::start() {
  thread_ = std::thread([this] { run(); });
}

void Dialler::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
  receivers_.end();
}

std::shared_ptr<Link> Dialler::link() const {
  const std::lock_guard lock(mutex_);
  return ready_ && !closed_ ? link_ : nullptr;
}

absl::StatusOr<std::shared_ptr<Link>> Dialler::link_or_why() const {
  const std::lock_guard lock(mutex_);
  if (!ready_ || closed_) return absl::UnavailableError(reason_);
  return link_;
}

std::string Dialler::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

std::string Dialler::server() const {
  const std::lock_guard lock(mutex_);
  return server_;
}

bool Dialler::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Dialler::on_closed(const natsConnection& connection, const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (link_ == nullptr || link_->connection() != &connection) return;
  connected_.store(false, std::memory_order_relaxed);
  closed_ = true;
  reason_ = why;
  wake_.notify_all();
}

void Dialler::on_slow() {
  const std::lock_guard lock(mutex_);
  slow_ = true;
  wake_.notify_all();
}

void Dialler::on_refused(const std::string& what) {
  errors_.fetch_add(1, std::memory_order_relaxed);
  refused_limiter_.warning(kComponent, "the NATS server refused something", {{"what", what}});
}

void Dialler::run() {
  // The library's threads are made by this one, and have its name.
  ::pthread_setname_np(::pthread_self(), "nats");
  while (!stopping()) {
    if (const auto status = connect(); !status.ok()) {
      failed(status);
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, pause(), [this] { return stopping_; });
      continue;
    }
    failures_ = 0;
    serve();
  }
}

// All subscriptions stand when it returns.
absl::Status Dialler::connect() {
  auto link = dial();
  if (!link.ok()) return link.status();
  {
    // From here on its end is noticed; nobody is given it yet.
    const std::lock_guard lock(mutex_);
    link_ = *link;
    closed_ = false;
    server_ = link_->server();
  }
  auto status = receivers_.attach(*link);
  if (status.ok()) status = (*link)->flush(patience());
  if (status.ok() && natsConnection_IsClosed((*link)->connection())) {
    status = absl::UnavailableError("the connection ended at once");
  }
  if (status.ok()) return status;
  (*link)->close();
  receivers_.detach();
  const std::lock_guard lock(mutex_);
  link_ = nullptr;
  return status;
}

absl::StatusOr<std::shared_ptr<Link>> Dialler::dial() {
  if (Dial::left_alone() >= kMostLeftAlone) {
    return absl::UnavailableError("the servers begin to speak, and then do not answer");
  }
  auto options = connect_options(options_, patience());
  if (!options.ok()) return options.status();
  events_.install(**options);
  const auto deadline = Clock::now() + patience() * (options_.urls.size() + 1);
  Dial dial(*std::move(options));
  while (Clock::now() < deadline && !stopping()) {
    if (auto link = dial.wait_until(Clock::now() + kLook)) return *std::move(link);
  }
  return absl::DeadlineExceededError("cannot connect: the server does not answer");
}

void Dialler::failed(const absl::Status& why) {
  ++failures_;
  errors_.fetch_add(1, std::memory_order_relaxed);
  const std::string text(schemas::to_std(why.message()));
  {
    const std::lock_guard lock(mutex_);
    reason_ = text;
  }
  limiter_.warning(kComponent, "no connection to NATS",
                   {{"name", options_.name}, {"reason", text}});
}

// From one connection's beginning to its end.
void Dialler::serve() {
  std::shared_ptr<Link> link;
  {
    const std::lock_guard lock(mutex_);
    link = link_;
    ready_ = true;
    if (!closed_) reason_.clear();
    connected_.store(!closed_, std::memory_order_relaxed);
  }
  max_payload_.store(natsConnection_GetMaxPayload(link->connection()), std::memory_order_relaxed);
  connects_.fetch_add(1, std::memory_order_relaxed);
  log::info(kComponent, "connected to NATS", {{"name", options_.name}, {"server", link->server()}});
  on_change_(NatsClient::Change::kConnected);
  bool over = false;
  while (!over) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kLook, [this] { return stopping_ || closed_ || slow_; });
      slow_ = false;
      over = stopping_ || closed_;
    }
    gets_.expire(Clock::now());
    receivers_.sweep(Clock::now());
    look_for_dropped();
  }
  take_down(*link);
}

void Dialler::take_down(Link& link) {
  connected_.store(false, std::memory_order_relaxed);
  link.close();
  receivers_.detach();
  std::string why;
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopping_;
    if (stopped && !closed_) reason_ = "stopped";
    why = reason_;
    ready_ = false;
    link_ = nullptr;
  }
  gets_.expire(LastGets::kLast);
  if (stopped) return;
  errors_.fetch_add(1, std::memory_order_relaxed);
  limiter_.warning(kComponent, "the connection to NATS is lost",
                   {{"name", options_.name}, {"reason", why}});
  on_change_(NatsClient::Change::kDisconnected);
}

void Dialler::look_for_dropped() {
  const auto dropped = receivers_.dropped();
  if (std::exchange(dropped_, dropped) == dropped) return;
  on_change_(NatsClient::Change::kSlow);
}

milliseconds Dialler::patience() const {
  return std::min(options_.timeout * (1 << std::min(failures_, 4)),
                  std::max(kMostPatience, options_.timeout));
}

// Longer from try to try, and never the same for all who lost the same server.
milliseconds Dialler::pause() {
  const auto most = std::max(kLongestPause, options_.reconnect_wait);
  const auto least = std::min(options_.reconnect_wait * (1 << std::min(failures_, 4)), most);
  std::uniform_int_distribution<std::int64_t> spread(0, least.count() / 4);
  return least + milliseconds(spread(random_));
}

}  // namespace tickgate::feeds
