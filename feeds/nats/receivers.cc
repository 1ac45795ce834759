// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/receivers.h"

#include <pthread.h>

#include <thread>

#include "feeds/log/log.h"

namespace tickgate::feeds {
namespace {

using std::chrono::milliseconds;

// The library's reading thread looks a subscription up, and uses it without a hold on it: it must
// not be freed in between, however short that is.
constexpr milliseconds kKept{1'000};
constexpr milliseconds kLongestEnd{10'000};  // of handlers that still run

// Threads have the name of who made them until they say their own.
bool name_this_thread() { return ::pthread_setname_np(::pthread_self(), "nats-deliver") == 0; }

}  // namespace

void Receiver::deliver(natsMsg& message) {
  const std::lock_guard lock(mutex_);
  if (!ended_) handler_(message);
}

void Receiver::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

// What is left is not freed: the library may use it.
Receivers::~Receivers() {
  end();
  detach();
  const auto deadline = Clock::now() + kLongestEnd;
  while (!left_.empty() && Clock::now() < deadline) {
    sweep(Clock::time_point::max());
    if (!left_.empty()) std::this_thread::sleep_for(milliseconds(1));
  }
  if (left_.empty()) return;
  log::warning("feeds.nats", "subscriptions did not end", {{"count", left_.size()}});
  for (auto& subscribed : left_) (void)subscribed.release();
}

absl::StatusOr<std::shared_ptr<Receiver>> Receivers::add(std::string subject,
                                                         Receiver::Handler handler) {
  const std::lock_guard lock(mutex_);
  Entry entry;
  entry.receiver = std::make_shared<Receiver>(std::move(subject), std::move(handler));
  if (link_ != nullptr) {
    // One that has just ended is no error: the next connection subscribes.
    if (auto status = subscribe(entry); absl::IsInvalidArgument(status)) return status;
  }
  auto receiver = entry.receiver;
  entries_[receiver.get()] = std::move(entry);
  return receiver;
}

void Receivers::remove(const std::shared_ptr<Receiver>& receiver) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(receiver.get()); found != entries_.end()) {
      unsubscribe(found->second);
      entries_.erase(found);
    }
  }
  receiver->end();  // not under the lock: its handler may be waiting for it
}

absl::Status Receivers::attach(const std::shared_ptr<Link>& link) {
  const std::lock_guard lock(mutex_);
  link_ = link;
  for (auto& [key, entry] : entries_) {
    if (auto status = subscribe(entry); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Receivers::detach() {
  const std::lock_guard lock(mutex_);
  for (auto& [key, entry] : entries_) unsubscribe(entry);
  link_ = nullptr;
}

void Receivers::end() {
  std::vector<std::shared_ptr<Receiver>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_) all.push_back(entry.receiver);
  }
  for (const auto& receiver : all) receiver->end();
}

std::uint64_t Receivers::dropped() {
  const std::lock_guard lock(mutex_);
  std::uint64_t dropped = dropped_;
  for (auto& [key, entry] : entries_) {
    if (entry.subscribed == nullptr) continue;
    look_at_dropped(*entry.subscribed);
    dropped += entry.subscribed->dropped;
  }
  return dropped;
}

void Receivers::sweep(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(left_, [&](const std::unique_ptr<Subscribed>& subscribed) {
    // Pairs with on_complete()'s release: the last message was handed out.
    const bool ended = !subscribed->tells_end || subscribed->ended.load(std::memory_order_acquire);
    if (!ended || now - kKept < subscribed->left) return false;
    natsSubscription_Destroy(subscribed->subscription);
    return true;
  });
}

void Receivers::on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* subscribed) {
  [[maybe_unused]] thread_local const bool named = name_this_thread();
  const NatsMsg message(raw);
  static_cast<Subscribed*>(subscribed)->receiver->deliver(*message);
}

void Receivers::on_complete(void* subscribed) {
  static_cast<Subscribed*>(subscribed)->ended.store(true, std::memory_order_release);
}

absl::Status Receivers::subscribe(Entry& entry) {
  auto made = std::make_unique<Subscribed>();
  made->receiver = entry.receiver;
  const auto s =
      natsConnection_Subscribe(&made->subscription, link_->connection(),
                               entry.receiver->subject().c_str(), on_message, made.get());
  if (s != NATS_OK) return nats_error(s, "subscribe to " + entry.receiver->subject());
  // It does not where the connection has ended in between.
  made->tells_end =
      natsSubscription_SetOnCompleteCB(made->subscription, on_complete, made.get()) == NATS_OK;
  entry.subscribed = std::move(made);
  return absl::OkStatus();
}

void Receivers::unsubscribe(Entry& entry) {
  if (entry.subscribed == nullptr) return;
  look_at_dropped(*entry.subscribed);
  dropped_ += entry.subscribed->dropped;
  natsSubscription_Unsubscribe(entry.subscribed->subscription);  // or it has ended already
  entry.subscribed->left = Clock::now();
  left_.push_back(std::move(entry.subscribed));
}

// A subscription that has ended tells nothing any more.
void Receivers::look_at_dropped(Subscribed& subscribed) {
  std::int64_t dropped = 0;
  if (natsSubscription_GetDropped(subscribed.subscription, &dropped) != NATS_OK) return;
  subscribed.dropped = static_cast<std::uint64_t>(dropped);
}

}  // namespace tickgate::feeds
