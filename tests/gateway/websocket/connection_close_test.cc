// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "gateway/websocket/connection.h"
#include "tests/support/one_connection.h"
#include "tests/support/test_ticks.h"

// How a connection ends: whose Close comes first, what follows it, and how long anybody waits.
namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kCode1000{"\x03\xE8", 2};

class ConnectionCloseTest : public ConnectionTest {
 protected:
  // What the client's side of the socket sees next: 0 is our end, -1 nothing yet.
  ssize_t client_reads() {
    char byte = 0;
    return ::recv(ends_[1], &byte, 1, MSG_DONTWAIT);
  }
  bool we_ended() { return client_reads() == 0; }
  void client_ends() {
    ::shutdown(ends_[1], SHUT_WR);
    settle();
  }
};

TEST_F(ConnectionCloseTest, OurSideEndsOnlyBehindTheClientsOwnClose) {
  connection_->close(CloseReason::kRestart);
  settle();
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].opcode, 8);
  EXPECT_EQ(frames[0].payload.substr(0, 2), "\x03\xF4");  // 1012
  EXPECT_FALSE(wire_.shut || we_ended());
  client_sends(client_frame(8, frames[0].payload));
  EXPECT_TRUE(wire_.shut && we_ended());
  EXPECT_FALSE(closed_) << "it waits a moment for the client's end";
  client_ends();
  EXPECT_TRUE(closed_);
  EXPECT_TRUE(pop_frames().empty()) << "a Close that answers ours is not answered";
  EXPECT_EQ(closed(CloseReason::kRestart), 1U);
  EXPECT_EQ(closed(CloseReason::kPeerLost) + closed(CloseReason::kNormal), 0U);
}

// Memory is to be freed: who reads is told, for whoever does not the Close would stand behind it.
TEST_F(ConnectionCloseTest, WhoIsShedIsToldIfHeReads) {
  connection_->shed();
  settle();
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload.substr(0, 2), "\x03\xF5");  // 1013
  EXPECT_FALSE(closed_);
  connection_->shed();
  EXPECT_TRUE(closed_) << "nothing more is waited for";
  EXPECT_EQ(closed(CloseReason::kOverloaded), 1U);
  end();
  wire_ = {};
  open();
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  wire_.room = 3;
  tick(testing::quote(instrument, 1), start_);
  connection_->shed();
  EXPECT_TRUE(closed_);
  EXPECT_EQ(wire_.written.size(), 3U) << "of the quote, and no Close";
  EXPECT_EQ(closed(CloseReason::kOverloaded), 2U);
  EXPECT_EQ(counters_.unsent_bytes.value(), 0);
}

TEST_F(ConnectionCloseTest, TheClientsCloseIsAnsweredAndOurSideEndsAtOnce) {
  client_sends(client_frame(8, kCode1000) + client_frame(9, "behind its Close"));
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, kCode1000);
  EXPECT_TRUE(wire_.shut && we_ended());
  EXPECT_EQ(closed(CloseReason::kNormal), 1U);
  client_ends();
  EXPECT_TRUE(closed_);
}

TEST_F(ConnectionCloseTest, NothingFollowsOurClose) {
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  connection_->close(CloseReason::kNoPong);
  EXPECT_EQ(pop_frames().size(), 1U);
  tick(testing::quote(instrument, 1), monotonic_now());
  client_sends(client_frame(9, "ping") + client_frame(1, R"({"op":"list","id":1})") +
               client_frame(2, "binary") + client_frame(1, "\xFF not UTF-8"));
  connection_->flush(monotonic_now());
  connection_->sweep(monotonic_now() + milliseconds(1500));
  EXPECT_TRUE(pop_frames().empty());
  EXPECT_FALSE(wire_.shut);
  client_sends(client_frame(8, ""));
  EXPECT_TRUE(wire_.shut) << "the client's Close is found behind all that";
  EXPECT_TRUE(pop_frames().empty());
}

TEST_F(ConnectionCloseTest, OneThatNeverAnswersIsEndedInTwoSeconds) {
  const auto before = monotonic_now();
  connection_->close(CloseReason::kRestart);
  connection_->sweep(before + milliseconds(1900));
  EXPECT_FALSE(wire_.shut || closed_);
  connection_->sweep(monotonic_now() + milliseconds(2100));
  EXPECT_TRUE(wire_.shut && closed_);
  EXPECT_TRUE(we_ended()) << "by a FIN, not by a reset";
}

TEST_F(ConnectionCloseTest, APauseOfOurOwnPutsOffItsEndAndNoFurther) {
  connection_->close(CloseReason::kRestart);
  const auto since = monotonic_now() + seconds(1);
  const auto now = since + std::chrono::hours(1);
  connection_->forgive(since, now);
  connection_->sweep(now);
  EXPECT_FALSE(closed_) << "its Close may lie unread";
  connection_->forgive(since, now);
  connection_->sweep(now + milliseconds(2100));
  EXPECT_TRUE(closed_) << "two seconds, whatever happened first";
}

TEST_F(ConnectionCloseTest, APauseOfOurOwnMovesTheMomentsOfADrain) {
  const auto before = monotonic_now();
  connection_->drain(before, seconds(2));
  pop_frames();
  const auto now = before + seconds(61);
  connection_->forgive(before + seconds(1), now);
  connection_->sweep(now);
  EXPECT_EQ(closed(CloseReason::kRestart), 0U);
  connection_->sweep(now + seconds(1));
  EXPECT_EQ(closed(CloseReason::kRestart), 1U);
}

TEST_F(ConnectionCloseTest, OneThatIsGoneInsteadOfAnsweringIsNoMoreWaitedFor) {
  connection_->close(CloseReason::kRestart);
  client_ends();
  EXPECT_TRUE(closed_);
  EXPECT_EQ(closed(CloseReason::kRestart), 1U);
  EXPECT_EQ(closed(CloseReason::kPeerLost), 0U) << "it ends for one reason";
}

TEST_F(ConnectionCloseTest, AFloodInPlaceOfAnAnswerIsCutOff) {
  connection_->close(CloseReason::kRestart);
  const auto frame = client_frame(1, std::string(120, 'x'));
  std::string flood;
  for (int i = 0; i < 500; ++i) flood += frame;
  std::size_t sent = 0;
  for (int i = 0; i < 1000 && !closed_; ++i, settle()) {
    const auto size = ::send(ends_[1], flood.data(), flood.size(), MSG_NOSIGNAL);
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  EXPECT_TRUE(closed_);
  EXPECT_GT(sent, 4U << 20U);
  EXPECT_LT(sent, 6U << 20U);
}

// Where frames begin is still known, so its Close can be waited for.
TEST_F(ConnectionCloseTest, AfterASoundFrameThatIsRefusedTheCloseIsWaitedFor) {
  const std::vector<std::pair<std::string, CloseReason>> cases{
      {client_frame(2, "binary"), CloseReason::kUnsupportedData},
      {client_frame(1, "\xFF"), CloseReason::kBadUtf8},
      {std::string("\x81\xFF\0\0\0\0\0\x10\0\0\0\0\0\0", 14) + std::string(1 << 20, 'x'),
       CloseReason::kMessageTooLarge},
  };
  for (const auto& [bytes, reason] : cases) {
    for (std::size_t at = 0; at < bytes.size(); at += 100'000) {
      client_sends(std::string_view(bytes).substr(at, 100'000));
    }
    EXPECT_EQ(closed(reason), 1U);
    EXPECT_FALSE(wire_.shut) << close_info(reason).name;
    client_sends(client_frame(8, kCode1000));
    EXPECT_TRUE(wire_.shut) << close_info(reason).name;
    EXPECT_EQ(pop_frames().size(), 1U);
    end();
    wire_ = {};
    open();
  }
}

TEST_F(ConnectionCloseTest, AfterABrokenFrameOurSideEndsAtOnce) {
  client_sends(std::string("\x81\x01x", 3));  // not masked
  EXPECT_EQ(closed(CloseReason::kProtocolError), 1U);
  EXPECT_TRUE(wire_.shut) << "no Close of its could be read";
}

TEST_F(ConnectionCloseTest, ABrokenFrameInPlaceOfAnAnswerEndsTheWaiting) {
  connection_->close(CloseReason::kRestart);
  client_sends(std::string("\x81\x01x", 3));
  EXPECT_TRUE(wire_.shut);
  EXPECT_EQ(closed(CloseReason::kProtocolError), 0U);
}

TEST_F(ConnectionCloseTest, AHalfWrittenFrameThenOurCloseThenItsAnswer) {
  const auto& instrument = add("A-USD");
  client_asks(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  pop_frames();
  wire_.room = 3;
  tick(testing::quote(instrument, 1), start_);
  connection_->close(CloseReason::kSlowConsumer);
  client_sends(client_frame(8, kCode1000));  // its own, before it can have read ours
  EXPECT_FALSE(wire_.shut) << "our Close has not left";
  wire_.room = SIZE_MAX;
  settle();
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[1].opcode, 8);
  EXPECT_TRUE(wire_.shut) << "both have been said";
}

TEST_F(ConnectionCloseTest, OneThatIsNotReadWhenItIsClosedIsReadAgain) {
  for (int i = 0; i < 2'500; ++i) add("X" + std::to_string(i) + "-USD");
  // Half done, so that it waits for its turn; the client is not read meanwhile.
  const auto request = client_frame(1, R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  ASSERT_EQ(::send(ends_[1], request.data(), request.size(), 0), std::ssize(request));
  io_.restart();
  io_.poll_one();
  ASSERT_NE(connection_->request, nullptr);
  connection_->close(CloseReason::kRestart);
  client_sends(client_frame(8, kCode1000));
  EXPECT_TRUE(wire_.shut);
}

}  // namespace
}  // namespace tickgate::gateway
