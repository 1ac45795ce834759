// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/receivers.h"

#include <pthread.h>

#include <utility>
#include <vector>

namespace tickgate::feeds {
namespace {

using Owner = std::shared_ptr<Receiver>;  // the library's share, as it holds one: a pointer to it

// Threads have the name of who made them until they say their own.
bool name_this_thread() { return ::pthread_setname_np(::pthread_self(), "nats-deliver") == 0; }

void on_message(natsConnection*, natsSubscription*, natsMsg* raw, void* owner) {
  [[maybe_unused]] thread_local const bool named = name_this_thread();
  const NatsMsg message(raw);
  (*static_cast<Owner*>(owner))->deliver(*message);
}

// The last the library does of a subscription: behind its last message.
void on_complete(void* owner) { delete static_cast<Owner*>(owner); }

}  // namespace

void Receiver::deliver(natsMsg& message) {
  const std::lock_guard lock(mutex_);
  if (!ended_) handler_(message);
}

void Receiver::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
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
  entries_[entry.receiver.get()] = entry;
  return entry.receiver;
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
    look_at_dropped(entry);
    dropped += entry.dropped;
  }
  return dropped;
}

// A subscription that has ended tells nothing any more.
void Receivers::look_at_dropped(Entry& entry) {
  std::int64_t dropped = 0;
  if (entry.subscription == nullptr ||
      natsSubscription_GetDropped(entry.subscription, &dropped) != NATS_OK) {
    return;
  }
  entry.dropped = static_cast<std::uint64_t>(dropped);
}

absl::Status Receivers::subscribe(Entry& entry) {
  auto owner = std::make_unique<Owner>(entry.receiver);
  const auto s =
      natsConnection_Subscribe(&entry.subscription, link_->connection(),
                               entry.receiver->subject().c_str(), on_message, owner.get());
  if (s != NATS_OK) {
    entry.subscription = nullptr;
    return nats_error(s, "subscribe to " + entry.receiver->subject());
  }
  // Where the connection has ended in between nobody says when its last message was handed out:
  // a few bytes are left behind then.
  natsSubscription_SetOnCompleteCB(entry.subscription, on_complete, owner.get());
  owner.release();  // NOLINT(bugprone-unused-return-value): on_complete deletes it
  return absl::OkStatus();
}

void Receivers::unsubscribe(Entry& entry) {
  if (entry.subscription == nullptr) return;
  look_at_dropped(entry);
  dropped_ += std::exchange(entry.dropped, 0);
  natsSubscription_Destroy(entry.subscription);
  entry.subscription = nullptr;
}

}  // namespace tickgate::feeds
