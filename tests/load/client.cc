// SPDX-License-Identifier: Apache-2.0
#include "tests/load/client.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tickgate::load {
namespace {

constexpr std::uint32_t kGone = EPOLLHUP | EPOLLERR;

}  // namespace

// What a connection that is refused had not come beyond.
std::string_view Client::stage_of(State state) {
  switch (state) {
    case State::kConnecting:
      return "connect: ";
    case State::kSecuring:
      return "TLS handshake: ";
    case State::kUpgrading:
      return "upgrade: ";
    case State::kSubscribing:
      return "subscription: ";
    default:
      return "";
  }
}

void Client::connect() {
  began_ = context_.now;
  const auto result = wire_.connect(destination_, number_);
  if (result == Wire::Result::kFailed) return close(wire_.problem());
  watch(EPOLLOUT);
}

void Client::watch(std::uint32_t events) {
  if (watched_ == events) return;
  epoll_event event{};
  // Told once each: what is still readable would be looked at again with every wait.
  event.events = events | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  const int operation = watched_ == kNever ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  ::epoll_ctl(context_.epoll, operation, wire_.descriptor(), &event);
  watched_ = events;
}

void Client::close(std::string_view why) {
  if (state_ == State::kClosed) return;
  const bool refused = state_ != State::kStreaming && state_ != State::kSilent;
  const auto stage = stage_of(state_);
  state_ = State::kClosed;
  wire_.close();
  std::string().swap(carried_);
  std::string().swap(unsent_);
  events_.on_closed(*this, std::string(stage).append(why), refused);
}

void Client::on_event(std::uint32_t events) {
  switch (state_) {
    case State::kConnecting:
      return on_connected();
    case State::kSecuring:
      return on_secured();
    case State::kSilent:
      return on_silent_event(events);
    case State::kUpgrading:
    case State::kSubscribing:
    case State::kStreaming:
      if ((events & EPOLLOUT) != 0) flush();
      if ((events & (EPOLLIN | kGone)) != 0 && state_ != State::kClosed) {
        read((events & EPOLLRDHUP) != 0);
      }
      return;
    case State::kClosed:
      return;
  }
}

void Client::on_connected() {
  if (wire_.connected() != Wire::Result::kDone) return close(wire_.problem());
  if (kind_ == Kind::kSilent) return go_silent();
  state_ = State::kSecuring;
  on_secured();
}

void Client::on_secured() {
  if (destination_.tls()) {
    const auto result = wire_.secure(destination_);
    if (result == Wire::Result::kAgain) return watch(wire_.wants_write() ? EPOLLOUT : EPOLLIN);
    if (result != Wire::Result::kDone) return close(wire_.problem());
  }
  const auto request = upgrade_request(destination_.url(), destination_.token());
  state_ = State::kUpgrading;
  watch(EPOLLIN);
  if (kind_ != Kind::kHalfRequest) return send(request);
  send(std::string_view(request).substr(0, request.size() / 2));
  if (state_ != State::kClosed) go_silent();
}

void Client::go_silent() {
  state_ = State::kSilent;
  watch(0);
  events_.on_ready(*this);
}

// The server's end of a connection that we do not read. One that will read again finds out why
// when it does.
void Client::on_silent_event(std::uint32_t events) {
  if ((events & kGone) != 0 || kind_ != Kind::kSlow) close("by the server");
}

void Client::be_ready() {
  if (kind_ == Kind::kVanishing) return go_silent();
  state_ = State::kStreaming;
  events_.on_ready(*this);
  if (awaited_ == 0) on_first_value();
}

void Client::pause() {
  if (state_ != State::kStreaming) return;
  state_ = State::kSilent;
  watch(0);
}

void Client::resume() {
  if (state_ != State::kSilent) return;
  state_ = State::kStreaming;
  watch(EPOLLIN);
  resumed_at_ = monotonic_now();
  for (const auto& entry : context_.known.entries()) targets_.push_back(entry.newest);
  states_.for_each([this](SymbolNumber symbol, const SymbolStates::State& state) {
    if (state.received < targets_[symbol]) ++behind_;
  });
  if (behind_ == 0) {
    caught_up_at_ = resumed_at_;
    events_.on_caught_up(*this);
  }
}

SubscriptionTexts Client::subscription() const {
  const auto& options = context_.options;
  return {options.channel, kind_ == Kind::kStorm ? options.storm_interval_ms : options.interval_ms};
}

void Client::send(std::string_view bytes) {
  unsent_.append(bytes);
  flush();
}

void Client::flush() {
  std::size_t done = 0;
  while (done < unsent_.size()) {
    std::size_t size = 0;
    const auto result = wire_.write(std::string_view(unsent_).substr(done), size);
    if (result == Wire::Result::kAgain) break;
    if (result != Wire::Result::kDone) return close("write: " + wire_.problem());
    done += size;
  }
  unsent_.erase(0, done);
  watch(unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

bool Client::churn() {
  if (state_ != State::kStreaming || churn_id_ != 0 || !served_) return false;
  const bool again = !churned_.empty();
  const auto id = next_id_++;
  const auto texts = subscription();
  if (!again) {
    const auto symbols = context_.options.choice.of_connection(number_);
    churned_ = symbols[id % symbols.size()];
  }
  const auto frame =
      again ? subscribe_frame(texts, churned_, id) : unsubscribe_frame(texts, churned_, id);
  churn_id_ = id;
  churned_at_ = monotonic_now();
  send(frame);
  return state_ != State::kClosed;
}

std::size_t Client::missing_values(std::int64_t before) const {
  std::size_t missing = 0;
  for (const auto& subscribed : context_.options.choice.of_connection(number_)) {
    if (subscribed == churned_) continue;
    const auto look_at = [&](SymbolNumber symbol) {
      if (context_.known.entries()[symbol].first_seen > before) return;
      const auto* const state = states_.find(symbol);
      if (state == nullptr || state->received == SymbolStates::kAwaited) ++missing;
    };
    if (subscribed.find('*') == std::string::npos) {
      if (const auto* const symbol = context_.known.find(subscribed)) look_at(*symbol);
      continue;
    }
    for (SymbolNumber i = 0; i < context_.known.entries().size(); ++i) {
      if (covers(subscribed, context_.known.entries()[i].name)) look_at(i);
    }
  }
  return missing;
}

}  // namespace tickgate::load
