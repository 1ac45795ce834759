// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "tests/load/client.h"

namespace tickgate::load {

// epoll tells of a change once. A read that leaves room has taken all; what comes later, its end
// too, is told again. Not so an end that was there already: `ended`.
void Client::read(bool ended) {
  bool full = true;
  while ((full || ended) && state_ != State::kClosed && state_ != State::kSilent) {
    auto& buffer = context_.buffer;
    const std::size_t carried = carried_.size();
    if (2 * carried > buffer.size()) buffer.resize(2 * buffer.size());
    std::memcpy(buffer.data(), carried_.data(), carried);
    std::size_t size = 0;
    const auto result = wire_.read(std::span(buffer).subspan(carried), size);
    if (result == Wire::Result::kAgain) return;
    if (result == Wire::Result::kClosed) return close("end of stream without a Close frame");
    if (result == Wire::Result::kFailed) return close("read: " + wire_.problem());
    full = carried + size == buffer.size();
    context_.counts.bytes += size;
    if (resumed_at_ != 0 && caught_up_at_ == 0) drained_bytes_ += size;
    read_at_ = wall_now();
    const std::string_view bytes(buffer.data(), carried + size);
    const auto taken = take(bytes);
    const auto rest = bytes.substr(taken);
    if (state_ != State::kClosed && rest.size() + carried != 0) carried_.assign(rest);
  }
}

std::size_t Client::take(std::string_view bytes) {
  std::size_t taken = 0;
  if (state_ == State::kUpgrading) taken = take_upgrade_answer(bytes);
  while (state_ == State::kSubscribing || state_ == State::kStreaming) {
    ServerFrame frame;
    const auto split = split_frame(bytes.substr(taken), frame);
    if (split == Split::kMore) break;
    if (split == Split::kBroken) {
      context_.findings.add("a broken frame");
      close("by us: a broken frame");
      break;
    }
    taken += frame.size;
    on_frame(frame);
  }
  return taken;
}

std::size_t Client::take_upgrade_answer(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  constexpr std::size_t kLongest = 16'384;
  if (end == std::string_view::npos) {
    if (bytes.size() > kLongest) close("no end of the answer to the upgrade");
    return 0;
  }
  const auto answer = bytes.substr(0, end);
  if (!answer.starts_with("HTTP/1.1 101") ||
      answer.find(kUpgradeAnswer) == std::string_view::npos) {
    close(answer.substr(0, answer.find("\r\n")));
    return 0;
  }
  state_ = State::kSubscribing;
  const auto symbols = context_.options.choice.of_connection(number_);
  send(subscribe_frames(subscription(), symbols, unacknowledged_));
  next_id_ = unacknowledged_ + 1;
  return end + 4;
}

void Client::on_frame(const ServerFrame& frame) {
  using gateway::Opcode;
  if (frame.opcode == Opcode::kText) {
    on_message(frame.payload);
  } else if (frame.opcode == Opcode::kPing) {
    send(client_frame(Opcode::kPong, frame.payload));
  } else if (frame.opcode == Opcode::kClose) {
    const auto payload = frame.payload;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
    std::string why = "by the server: no code";
    if (payload.size() >= 2) {
      close_code_ = byte(0) * 256U + byte(1);
      why = "by the server: " + std::to_string(close_code_) + " ";
      why.append(payload.substr(2));
    }
    std::size_t sent = 0;  // a courtesy: whether it arrives is all the same
    wire_.write(client_frame(Opcode::kClose, payload.substr(0, 2)), sent);
    close(why);
  }
}

void Client::on_message(std::string_view message) {
  ++context_.counts.frames;
  if (kind_ == Kind::kSteady && context_.measuring) {
    context_.silence = std::max(context_.silence, context_.now - last_message());
  }
  last_message_ = context_.now;
  if (context_.options.check && !context_.replies.is_valid(message)) {
    context_.findings.add("a message that is no JSON array of objects with types");
  }
  // Another message is scanned only after this one: the scanner is everyone's.
  auto& scanner = context_.scanner;
  scanner.begin(message);
  while (state_ != State::kClosed) {
    switch (scanner.next()) {
      case MessageScanner::Item::kUpdate:
        on_update(scanner.update());
        break;
      case MessageScanner::Item::kOther:
        on_object(scanner.object());
        break;
      case MessageScanner::Item::kEnd:
        return;
      case MessageScanner::Item::kBroken:
        return context_.findings.add("a message that is no array of objects");
    }
  }
}

void Client::on_update(const Update& update) {
  ++context_.counts.updates;
  const auto symbol = context_.known.see(update.symbol, update.received, context_.now);
  bool is_new = false;
  auto& state = states_.at(symbol, is_new);
  const auto before = state.received;
  const auto sequence = static_cast<std::uint32_t>(update.sequence);
  if (static_cast<std::int32_t>(sequence - state.sequence) < 0 && !is_new) {
    ++context_.counts.backwards;
  }
  state.sequence = sequence;
  state.received = update.received;
  if (context_.then != nullptr && context_.measuring && !context_.values_are_state()) {
    context_.trades.see(number_, symbol, MessageScanner::trade_id(update), context_.now);
  }
  const auto age = read_at_ - update.received;
  if (before == SymbolStates::kAwaited) {
    if (--awaited_ == 0 && state_ == State::kStreaming) on_first_value();
  } else if (kind_ == Kind::kSteady && context_.measuring && !is_new && update.received != 0) {
    context_.latency.add(age);
  }
  if (resumed_at_ == 0 || caught_up_at_ != 0) return;
  ++drained_updates_;
  context_.oldest_value = std::max(context_.oldest_value, age);
  if (symbol >= targets_.size()) return;
  const auto target = targets_[symbol];
  if (before < target && update.received >= target && !is_new && --behind_ == 0) {
    caught_up_at_ = monotonic_now();
    std::vector<std::int64_t>().swap(targets_);
    events_.on_caught_up(*this);
  }
}

// The last of those awaited.
void Client::on_first_value() {
  if (served_) return;
  served_ = true;
  events_.on_served(*this);
}

void Client::on_object(std::string_view object) {
  const Reply* const reply = context_.replies.read(object);
  if (reply == nullptr) return context_.findings.add("an answer that cannot be read");
  switch (reply->kind) {
    case Reply::Kind::kSubscribed:
      return unacknowledged_ > 0 ? on_subscribed(*reply) : on_churn_answer(*reply);
    case Reply::Kind::kUnsubscribed:
      return on_churn_answer(*reply);
    case Reply::Kind::kError:
      context_.findings.add("error " + reply->what);
      if (state_ == State::kSubscribing) return close("error " + reply->what);
      if (reply->id != 0 && reply->id == churn_id_) on_churn_answer(*reply);
      return;
    case Reply::Kind::kDegraded:
      ++context_.counts.degraded;
      return;
    case Reply::Kind::kDrain:
      return events_.on_drain(*this, reply->reconnect_after_ms);
    case Reply::Kind::kGap:
      ++context_.gaps;
      return;
    case Reply::Kind::kElse:
      return;
  }
}

void Client::on_subscribed(const Reply& reply) {
  if (reply.rejected > 0) context_.findings.add("symbol rejected: " + reply.what, reply.rejected);
  if (context_.values_are_state()) {
    for (const auto& accepted : reply.accepted) await_values_of(accepted);
  }
  if (--unacknowledged_ == 0) be_ready();
}

void Client::await_values_of(std::string_view accepted) {
  if (accepted.find('*') == std::string_view::npos) {
    if (const auto* const symbol = context_.known.find(accepted)) await_value(*symbol);
    return;
  }
  for (SymbolNumber i = 0; i < context_.known.entries().size(); ++i) {
    if (covers(accepted, context_.known.entries()[i].name)) await_value(i);
  }
}

void Client::await_value(SymbolNumber symbol) {
  bool is_new = false;
  auto& state = states_.at(symbol, is_new);
  if (state.received == SymbolStates::kAwaited) return;
  state.received = SymbolStates::kAwaited;
  ++awaited_;
}

void Client::on_churn_answer(const Reply& reply) {
  if (reply.id != churn_id_ || churn_id_ == 0) {
    return context_.findings.add("an answer to no request");
  }
  churn_id_ = 0;
  ++context_.answered;
  context_.answers.add(monotonic_now() - churned_at_);
  if (reply.rejected > 0) context_.findings.add("symbol rejected: " + reply.what, reply.rejected);
  if (reply.kind != Reply::Kind::kSubscribed) return;
  // Its value is sent again, however old: not a latency.
  if (context_.values_are_state()) {
    for (const auto& accepted : reply.accepted) await_values_of(accepted);
  }
  churned_.clear();
}

}  // namespace tickgate::load
