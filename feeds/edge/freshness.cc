// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/freshness.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

using schemas::State;

// Two steady clocks part by so little that this forgives it, and a backlog only after hours.
constexpr std::int64_t kDriftPerMillion = 200;

double seconds(Freshness::Moment moment) { return std::chrono::duration<double>(moment).count(); }

}  // namespace

void Freshness::on_connected(Moment now) {
  if (std::exchange(connected_, true)) return;
  changed_ = now;
}

void Freshness::on_disconnected(Moment now) {
  if (!std::exchange(connected_, false)) return;
  changed_ = now;
}

void Freshness::on_heartbeat(Moment now, Moment sent, std::uint64_t clock) {
  heartbeat_ = now;
  const auto way = now - sent;
  if (std::exchange(clock_, clock) != clock) least_.reset();
  if (least_.has_value()) *least_ += (now - least_at_) * kDriftPerMillion / 1'000'000;
  least_at_ = now;
  least_ = std::min(least_.value_or(way), way);
  delay_ = way - *least_;
  late_ = delay_ > (late_ ? kDelayGood : kDelayLimit);
}

bool Freshness::look(Moment now) {
  auto judged = judge(now);
  if (judged.state == state_) return false;
  if (state_ == State::kLive) bad_since_ = now;
  state_ = judged.state;
  reason_ = std::move(judged.reason);
  return true;
}

Freshness::Judgement Freshness::judge_disconnected(Moment now) const {
  const auto gone = now - *changed_;
  if (gone > kGivenUp) return {State::kDown, "no connection to NATS"};
  if (gone <= kGrace || state_ != State::kLive) return {state_, reason_};
  return {State::kStale, fmt::format("no connection to NATS for {:.1f} s", seconds(gone))};
}

Freshness::Judgement Freshness::judge(Moment now) const {
  if (!changed_.has_value()) return {State::kDown, reason_};
  if (!connected_) {
    auto judged = judge_disconnected(now);
    // A connection that was silent before it ended: the heartbeat is older than its end.
    if (judged.state != State::kLive || now - *heartbeat_ <= kHeartbeatLimit) return judged;
  }
  auto since = heartbeat_.value_or(*changed_);
  if (state_ != State::kLive) since = std::max(since, *changed_);
  if (now - since > kHeartbeatLimit) {
    if (state_ == State::kStale) return {state_, reason_};
    return {State::kStale,
            fmt::format("no heartbeat of the ingest for {:.1f} s", seconds(now - since))};
  }
  if (!heartbeat_.has_value() || (state_ != State::kLive && *heartbeat_ <= bad_since_)) {
    return {state_, reason_};
  }
  if (late_) {
    if (state_ == State::kStale) return {state_, reason_};
    return {State::kStale,
            fmt::format("what the ingest says comes {:.1f} s late", seconds(delay_))};
  }
  return {State::kLive, ""};
}

bool Freshness::is_doubtful(Moment now) const {
  if (!connected_) return false;
  return late_ || now - std::max(heartbeat_.value_or(*changed_), *changed_) > kHeartbeatLimit;
}

std::optional<Freshness::Moment> Freshness::heartbeat_age(Moment now) const {
  if (!heartbeat_.has_value()) return std::nullopt;
  return std::max(Moment{}, now - *heartbeat_);
}

}  // namespace tickgate::feeds
