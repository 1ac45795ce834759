// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "tests/support/one_connection.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ConnectionTest, WhereverAFrameIsHalfWrittenThePongFollowsIt) {
  const auto& instrument = add("A-USD");
  fan_out_.on_tick(testing::book(instrument, 1, 3));
  client_asks(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
  const auto whole = pop_frames().at(0).payload.size() + 4;
  for (std::size_t taken = 0; taken < whole; ++taken) {
    end();
    wire_.room = taken;
    open();
    client_asks(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
    ASSERT_GT(counters_.unsent_bytes.value(), 0) << taken;
    client_sends(client_frame(9, "one") + client_frame(9, "two") + client_frame(9, "three"));
    wire_.room = SIZE_MAX;
    settle();
    const auto frames = pop_frames();
    ASSERT_EQ(frames.size(), 2U) << taken;
    EXPECT_EQ(frames[0].payload.size() + 4, whole);
    EXPECT_EQ(frames[1].opcode, 10);
    EXPECT_EQ(frames[1].payload, "three") << "RFC 6455 5.5.3: the newest ping is answered";
    EXPECT_EQ(counters_.unsent_bytes.value(), 0);
  }
}

TEST_F(ConnectionTest, OfPingsThatComeTogetherTheNewestIsAnswered) {
  std::string pings;
  for (int i = 0; i < 50; ++i) pings += client_frame(9, "ping " + std::to_string(i));
  client_sends(pings);
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, "ping 49");
}

TEST_F(ConnectionTest, AFloodIsReadNoFurtherUntilTheNextSweeps) {
  limits_.message_bytes = 1'024;
  limits_.request_burst = 1;
  end();
  open();
  std::string flood;
  for (int i = 0; i < 5'000; ++i) flood += client_frame(i % 2 == 0 ? 9 : 10, "");
  client_sends(flood + client_frame(1, R"({"op":"ping","id":1})"));
  EXPECT_EQ(pop_frames().size(), 1U);
  int sweeps = 0;
  for (std::string text; text.find(R"("id":1)") == std::string::npos && sweeps < 20; ++sweeps) {
    settle();
    EXPECT_EQ(pop_text(), "") << "before the sweep";
    connection_->sweep(monotonic_now());
    settle();
    text = pop_text();
  }
  EXPECT_GE(sweeps, 2) << "what it had of a turn too many counts";
  EXPECT_LE(sweeps, 5);
}

TEST_F(ConnectionTest, OneThatFallsBehindIsToldAndGetsItsOwnPaceBack) {
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  wire_.room = 1;
  const auto before = monotonic_now();  // its own clock is read between the two
  tick(testing::quote(instrument, 1), start_);
  const auto full = monotonic_now();
  connection_->sweep(before + milliseconds(900));
  EXPECT_EQ(counters_.degraded.value(), 0U);
  connection_->sweep(full + milliseconds(1100));
  connection_->sweep(full + milliseconds(1200));
  EXPECT_EQ(counters_.degraded.value(), 1U) << "once an episode";
  wire_.room = SIZE_MAX;
  settle();
  EXPECT_NE(pop_text().find(R"({"type":"degraded","interval_ms":500,"reason":"slow_consumer"})"),
            std::string::npos);
  const auto free = monotonic_now();
  connection_->sweep(before + seconds(9));
  EXPECT_EQ(pop_text().find("restored"), std::string::npos);
  connection_->sweep(free + seconds(11));
  EXPECT_NE(pop_text().find(R"({"type":"restored"})"), std::string::npos);
  connection_->sweep(free + seconds(12));
  EXPECT_EQ(pop_text().find("restored"), std::string::npos);
}

TEST_F(ConnectionTest, AnIdleOneHearsHeartbeatsAndPingsUntilItsTimeIsOver) {
  connection_->sweep(start_ + seconds(4));
  EXPECT_TRUE(pop_frames().empty());
  connection_->sweep(start_ + seconds(5));
  EXPECT_NE(pop_text().find(R"([{"type":"heartbeat","time":)"), std::string::npos);
  connection_->sweep(start_ + seconds(9));
  EXPECT_TRUE(pop_frames().empty());
  connection_->sweep(start_ + seconds(15));
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[1].opcode, 9);
  const auto before = monotonic_now();
  client_sends(client_frame(10, ""));
  connection_->sweep(before + limits_.idle_time - seconds(1));
  EXPECT_EQ(closed(CloseReason::kNoPong), 0U) << "a pong counts";
  pop_frames();
  connection_->sweep(monotonic_now() + limits_.idle_time + seconds(1));
  EXPECT_EQ(closed(CloseReason::kNoPong), 1U);
  EXPECT_EQ(pop_frames().at(0).payload.substr(0, 2), "\x0F\xAA");  // 4010
}

TEST_F(ConnectionTest, APauseOfOurOwnIsHeldAgainstNobody) {
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  const auto since = monotonic_now() + seconds(2);
  const auto now = since + limits_.idle_time * 10;
  for (const bool blocked : {false, true}) {
    wire_.room = blocked ? 1 : SIZE_MAX;
    if (blocked) tick(testing::quote(instrument, 1), start_);
    connection_->forgive(since, now);
    connection_->sweep(now);
    EXPECT_EQ(closed(CloseReason::kNoPong), 0U) << "it could not be heard";
    EXPECT_EQ(closed(CloseReason::kSlowConsumer), 0U) << "it could not be written to";
  }
  EXPECT_EQ(counters_.degraded.value(), 1U) << "what came before the pause counts";
  connection_->sweep(now + limits_.write_deadline);
  EXPECT_EQ(closed(CloseReason::kSlowConsumer), 1U) << "as does what comes after";
}

TEST_F(ConnectionTest, ASlowOneIsClosedBehindItsHalfFrame) {
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  wire_.room = 3;
  tick(testing::quote(instrument, 1), start_);
  connection_->sweep(monotonic_now() + limits_.write_deadline + milliseconds(1));
  EXPECT_EQ(closed(CloseReason::kSlowConsumer), 1U);
  wire_.room = SIZE_MAX;
  settle();
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].opcode, 1);
  EXPECT_EQ(frames[1].payload.substr(0, 2), "\x0F\xA8");  // 4008
}

TEST_F(ConnectionTest, OneThatNeverTakesItsCloseIsReset) {
  wire_.room = 0;
  const auto before = monotonic_now();
  client_sends(client_frame(2, "binary"));
  EXPECT_EQ(closed(CloseReason::kUnsupportedData), 1U);
  connection_->sweep(before + milliseconds(1900));
  EXPECT_FALSE(closed_);
  connection_->sweep(monotonic_now() + milliseconds(2100));
  EXPECT_TRUE(closed_);
  EXPECT_EQ(counters_.unsent_bytes.value(), 0);
  EXPECT_EQ(counters_.connections.value(), 0);
}

TEST_F(ConnectionTest, DeletesItselfForWaitsCallsAndMomentsReferToItAfterItsEnd) {
  for (const bool moment_first : {false, true}) {
    const auto& one = add(moment_first ? "A-USD" : "B-USD");
    const auto& other = add(moment_first ? "C-USD" : "D-USD");
    client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"],"interval_ms":60000})");
    tick(testing::quote(one, 1), monotonic_now());
    tick(testing::quote(other, 1), monotonic_now());
    ASSERT_EQ(scheduled_.size(), 1U) << "the second waits for its interval";
    connection_->abort(CloseReason::kRestart);
    EXPECT_TRUE(closed_) << "its host has forgotten it";
    EXPECT_FALSE(wire_.gone) << "who called may be its own";
    if (!moment_first) settle();
    EXPECT_FALSE(wire_.gone);
    scheduled_.clear();
    EXPECT_FALSE(connection_->on_due());
    EXPECT_EQ(wire_.gone, !moment_first) << "a wait for its socket is pending";
    settle();
    EXPECT_TRUE(wire_.gone);
    end();
    wire_ = {};
    open();
  }
}

TEST_F(ConnectionTest, OneThatAsksAndDoesNotReadIsReadNoFurther) {
  limits_.request_burst = 100'000;
  limits_.write_deadline = seconds(300);
  end();
  open();
  wire_.room = 0;
  const auto ping =
      client_frame(1, R"({"op":"ping","id":1,"echo":")" + std::string(80, 'e') + "\"}");
  std::size_t sent = 0;
  // Until our side of the socket stays full: it is read no more.
  for (int refused = 0; refused < 3; settle()) {
    const bool took = ::send(ends_[1], ping.data(), ping.size(), MSG_NOSIGNAL) == std::ssize(ping);
    sent += took ? 1 : 0;
    refused = took ? 0 : refused + 1;
    ASSERT_LT(sent, 100'000U);
  }
  EXPECT_LT(connection_->replies.size(), 300'000U);
  EXPECT_LT(counters_.messages_received.value(), sent);
  connection_->sweep(monotonic_now() + limits_.idle_time + seconds(1));
  EXPECT_FALSE(closed_) << "its pong may be among what is not read";
  EXPECT_EQ(closed(CloseReason::kNoPong), 0U);
  wire_.room = SIZE_MAX;
  std::size_t answered = 0;
  for (int i = 0; i < 1000 && answered < sent; ++i) {
    settle();
    const auto text = std::exchange(wire_.written, {});
    for (auto at = text.find("\"pong\""); at != std::string::npos;
         at = text.find("\"pong\"", at + 1)) {
      ++answered;
    }
  }
  EXPECT_EQ(answered, sent) << "it is read again once it reads";
}

// Found by reading: after the earlier of two moments had come, the next one was forgotten.
TEST_F(ConnectionTest, AShortIntervalDoesNotWaitForALongOne) {
  const auto& slow = add("SLOW-USD");
  const auto& fast = add("FAST-USD");
  client_asks(
      R"({"op":"subscribe","channel":"quote","symbols":["TEST:SLOW-USD"],"interval_ms":5000})");
  client_asks(
      R"({"op":"subscribe","channel":"quote","symbols":["TEST:FAST-USD"],"interval_ms":100})");
  auto now = monotonic_now();
  std::uint64_t sequence = 0;
  const auto owe_both = [&] {
    tick(testing::quote(slow, ++sequence), now);
    tick(testing::quote(fast, sequence), now);
  };
  owe_both();
  pop_text();
  int shown = 0;
  const auto start = now;
  while (now - start < seconds(2)) {
    owe_both();
    auto due = fan_out_.next_round().value_or(Monotonic::max());
    for (const auto time : scheduled_) due = std::min(due, time);
    ASSERT_LE(due - now, milliseconds(200));
    now = due;
    fan_out_.mark_round(now);
    flush_touched(now);
    if (std::erase(scheduled_, due) > 0 && connection_->on_due()) connection_->flush(now);
    if (pop_text().find(R"("type":"quote","symbol":"TEST:FAST-USD")") != std::string::npos) {
      ++shown;
    }
  }
  EXPECT_GE(shown, 18);
  EXPECT_LE(shown, 20);
  EXPECT_LE(scheduled_.size(), 2U) << "it is scheduled no more often than it has intervals";
}

TEST_F(ConnectionTest, RequestsBehindALargeOneAreAnsweredAfterItInTheirOrder) {
  for (int i = 0; i < 2'500; ++i) add("X" + std::to_string(i) + "-USD");
  client_sends(client_frame(1, R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"]})") +
               client_frame(1, R"({"op":"ping","id":2,"echo":"a"})") +
               client_frame(1, R"({"op":"unsubscribe","id":3,"channel":"quote","symbols":["*"]})") +
               client_frame(1, R"({"op":"ping","id":4,"echo":"b"})"));
  std::string text;
  for (int i = 0; i < 10; ++i) {
    settle();
    text += pop_text();
  }
  std::size_t before = 0;
  for (const auto* answer : {R"("type":"subscribed","id":1)", R"("type":"pong","id":2)",
                             R"("type":"unsubscribed","id":3)", R"("type":"pong","id":4)"}) {
    const auto at = text.find(answer, before);
    ASSERT_NE(at, std::string::npos) << answer;
    before = at;
  }
  client_asks(R"({"op":"ping","id":5,"echo":"c"})");
  EXPECT_NE(pop_text().find(R"("id":5)"), std::string::npos) << "it is read again";
}

TEST_F(ConnectionTest, WhatTheTransportHoldsIsReadWithoutTheSocketBeingReadable) {
  wire_.held = client_frame(1, R"({"op":"ping","id":7,"echo":"held"})");
  client_sends(client_frame(9, "wakes it"));
  for (int i = 0; i < 5; ++i) settle();
  EXPECT_NE(pop_text().find(R"("id":7)"), std::string::npos);
}

// Over TLS a write may want to read first.
TEST_F(ConnectionTest, AWriteThatWantsToReadGoesOnWhenTheSocketIsReadable) {
  wire_.room = 0;
  wire_.full = IoStatus::kWantRead;
  client_asks(R"({"op":"ping","id":1,"echo":"x"})");
  EXPECT_GT(counters_.unsent_bytes.value(), 0);
  wire_.room = SIZE_MAX;
  client_asks(R"({"op":"ping","id":2,"echo":"y"})");
  const auto text = pop_text();
  EXPECT_NE(text.find(R"("id":1)"), std::string::npos);
  EXPECT_NE(text.find(R"("id":2)"), std::string::npos);
}

}  // namespace
}  // namespace tickgate::gateway
