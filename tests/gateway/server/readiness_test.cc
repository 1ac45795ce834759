// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using feeds::FeedState;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

const FeedWarmth kLive{"kraken", FeedState::kLive, "", 20, 0};
const FeedWarmth kSyncing{"binance", FeedState::kSyncing, "waiting for the first books", 20, 3};
const FeedWarmth kDown{"coinbase", FeedState::kDown, "connect: refused", 5, 5};

ReadyQuestion question(std::span<const FeedWarmth> feeds, std::uint32_t quorum = 0) {
  ReadyQuestion question;
  question.feeds = feeds;
  question.quorum = quorum;
  question.patience = seconds(15);
  question.elapsed = seconds(6);
  return question;
}

TEST(Readiness, AllFeedsAreAwaitedUnlessAQuorumIsSet) {
  const FeedWarmth feeds[] = {kLive, kSyncing, kDown};
  EXPECT_FALSE(judge_readiness(question(feeds)).ready);
  EXPECT_FALSE(judge_readiness(question(feeds, 2)).ready);
  EXPECT_TRUE(judge_readiness(question(feeds, 1)).ready);
  const FeedWarmth both[] = {kLive, kLive};
  EXPECT_TRUE(judge_readiness(question(both)).ready);
  EXPECT_TRUE(judge_readiness(question(both, 9)).ready) << "a quorum of more than there are is all";
  EXPECT_TRUE(judge_readiness(question({})).ready) << "no feed, nothing to wait for";
}

TEST(Readiness, SaysWhichFeedLacksWhat) {
  const FeedWarmth feeds[] = {kLive, kSyncing, kDown};
  const auto why = judge_readiness(question(feeds, 2)).why;
  EXPECT_THAT(why, HasSubstr("starting: 1 of 3 feeds live, 2 needed; 9 s of patience left"));
  EXPECT_THAT(why, HasSubstr("\nfeed binance is syncing: waiting for the first books; "
                             "3 of 20 instruments without a value"));
  EXPECT_THAT(why, HasSubstr("\nfeed coinbase is down: connect: refused; 5 of 5"));
  EXPECT_THAT(why, Not(HasSubstr("kraken")));
}

TEST(Readiness, PatienceEnds) {
  const FeedWarmth feeds[] = {kDown};
  auto asked = question(feeds);
  asked.elapsed = asked.patience - Monotonic(1);
  EXPECT_THAT(judge_readiness(asked).why, HasSubstr("1 s of patience left")) << "never 0";
  asked.elapsed = asked.patience;
  EXPECT_TRUE(judge_readiness(asked).ready);
  asked.patience = {};
  asked.elapsed = {};
  EXPECT_TRUE(judge_readiness(asked).ready) << "none is set";
}

TEST(Readiness, DrainingAndStandingStillOverrideAll) {
  const FeedWarmth feeds[] = {kLive};
  auto asked = question(feeds);
  asked.was_ready = true;
  asked.feeds_still = seconds(4);
  EXPECT_THAT(judge_readiness(asked).why, HasSubstr("stands still for 4 s"));
  asked.draining = true;
  EXPECT_EQ(judge_readiness(asked).why, "draining");
}

TEST(Readiness, StrangersAreToldThatItIsNotReadyAndNothingElse) {
  const FeedWarmth feeds[] = {kLive, kSyncing, kDown};
  const auto told = without_reasons(judge_readiness(question(feeds)));
  EXPECT_FALSE(told.ready);
  EXPECT_EQ(told.why, "not ready");
  EXPECT_EQ(without_reasons({true, "ok"}).why, "ok");
}

TEST(Readiness, WarmthCountsWhoHasNoValue) {
  feeds::FeedStatus status;
  status.state = FeedState::kSyncing;
  status.reason = "waiting";
  using schemas::State;
  for (const auto state : {State::kLive, State::kStale, State::kHalted, State::kClosed,
                           State::kRecovering, State::kDown}) {
    status.instruments[static_cast<std::size_t>(state)] = 2;
  }
  const auto warmth = warmth_of("a", status);
  EXPECT_EQ(warmth.instruments, 12);
  EXPECT_EQ(warmth.waiting, 4) << "what is halted, closed or stale is known";
}

TEST(Readiness, OnceReadyItStaysSo) {
  ServerConfig config;
  Readiness readiness;
  readiness.set(config);
  const FeedWarmth down[] = {kDown}, live[] = {kLive};
  EXPECT_FALSE(readiness.judge(question(down)).ready);
  EXPECT_TRUE(readiness.judge(question(live)).ready);
  EXPECT_TRUE(readiness.judge(question(down)).ready) << "a venue that goes makes nobody leave";
  auto draining = question(live);
  draining.draining = true;
  EXPECT_FALSE(readiness.judge(draining).ready);
}

TEST(Readiness, WhatIsSetCountsFromTheNextQuestionOn) {
  ServerConfig config;
  Readiness readiness;
  readiness.set(config);
  const FeedWarmth feeds[] = {kLive, kDown};
  EXPECT_FALSE(readiness.judge(question(feeds)).ready);
  config.ready_quorum = 1;
  readiness.set(config);
  EXPECT_TRUE(readiness.judge(question(feeds)).ready);
}

}  // namespace
}  // namespace tickgate::gateway
