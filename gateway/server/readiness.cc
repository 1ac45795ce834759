// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/readiness.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tickgate::gateway {
namespace {

using feeds::FeedState;
using std::chrono::seconds;

// Longer than a thread that is merely busy: who has a choice should go elsewhere.
constexpr seconds kStandsStill{3};

std::int64_t in(const feeds::FeedStatus& status, schemas::State state) {
  return status.instruments[static_cast<std::size_t>(state)];
}

void append_missed(std::string& why, const FeedWarmth& feed) {
  const auto out = std::back_inserter(why);
  fmt::format_to(out, "\nfeed {} is {}", feed.name, name(feed.state));
  if (!feed.reason.empty()) fmt::format_to(out, ": {}", feed.reason);
  if (feed.waiting > 0) {
    fmt::format_to(out, "; {} of {} instruments without a value", feed.waiting, feed.instruments);
  }
}

}  // namespace

FeedWarmth warmth_of(std::string name, const feeds::FeedStatus& status) {
  FeedWarmth warmth{std::move(name), status.state, status.reason};
  for (const auto count : status.instruments) warmth.instruments += count;
  warmth.waiting = in(status, schemas::State::kRecovering) + in(status, schemas::State::kDown);
  return warmth;
}

ReadyState judge_readiness(const ReadyQuestion& question) {
  if (question.draining) return {false, "draining"};
  if (question.feeds_still > kStandsStill) {
    return {false, fmt::format("the feeds' thread stands still for {} s",
                               question.feeds_still / seconds(1))};
  }
  if (question.nameless) {
    std::string why = "starting: no ingest has named its numbers yet, and streams are refused";
    for (const auto& feed : question.feeds) append_missed(why, feed);
    return {false, std::move(why)};
  }
  if (question.was_ready || question.elapsed >= question.patience) return {true, "ok"};
  const auto all = question.feeds.size();
  const auto needed = question.quorum == 0 ? all : std::min<std::size_t>(question.quorum, all);
  const auto is_live = [](const FeedWarmth& feed) { return feed.state == FeedState::kLive; };
  const auto live = static_cast<std::size_t>(
      std::count_if(question.feeds.begin(), question.feeds.end(), is_live));
  if (live >= needed) return {true, "ok"};
  const auto left = std::chrono::ceil<seconds>(question.patience - question.elapsed);
  auto why = fmt::format("starting: {} of {} feeds live, {} needed; {} s of patience left", live,
                         all, needed, left.count());
  for (const auto& feed : question.feeds) {
    if (!is_live(feed)) append_missed(why, feed);
  }
  return {false, std::move(why)};
}

ReadyState without_reasons(ReadyState state) {
  if (!state.ready) state.why = "not ready";
  return state;
}

void Readiness::set(const ServerConfig& config) {
  quorum_.store(config.ready_quorum, std::memory_order_relaxed);
  patience_.store(config.ready_patience.count(), std::memory_order_relaxed);
}

ReadyState Readiness::judge(ReadyQuestion question) {
  question.quorum = quorum_.load(std::memory_order_relaxed);
  question.patience = Milliseconds(patience_.load(std::memory_order_relaxed));
  question.was_ready = was_ready_.load(std::memory_order_relaxed);
  auto state = judge_readiness(question);
  if (state.ready) was_ready_.store(true, std::memory_order_relaxed);
  return state;
}

}  // namespace tickgate::gateway
