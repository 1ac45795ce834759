// SPDX-License-Identifier: Apache-2.0
// Who a client is, in band, and how long that holds.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_guard.h"
#include "tests/support/one_connection.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;
using testing::FakeGuard;
using testing::patterns;

std::string auth(std::string_view token) {
  return R"({"op":"auth","id":7,"token":")" + std::string(token) + R"("})";
}
constexpr std::string_view kSubscribe =
    R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"]})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class ConnectionAccessTest : public ConnectionTest {
 protected:
  void put(const FakeGuard& guard) { guard_.replace(std::make_shared<const FakeGuard>(guard)); }
  // A stream of a guarded gateway; the credential that it showed in the handshake, if any.
  void open_guarded(const std::string& credential = {}) {
    end();
    wire_.written.clear();
    Admission admission;
    admission.guarded = true;
    admission.generation = checkpoint_.generation();
    if (!credential.empty()) {
      admission.grant = checkpoint_.check(credential, 0, wall_now()).grant;
      admission.place = checkpoint_.enter(admission.grant).value();
    }
    open(std::move(admission));
  }
  static Grant grant(std::string subject, const std::vector<std::string>& symbols = {}) {
    Grant grant;
    grant.subject = std::move(subject);
    if (!symbols.empty()) grant.symbols.push_back(patterns(symbols));
    return grant;
  }
  static schemas::Timestamp from_now(seconds time) {
    return schemas::Timestamp{wall_now().value() + std::chrono::microseconds(time).count()};
  }
  void expect_closed(int code, std::string_view said) {
    const auto frames = pop_frames();
    ASSERT_GE(frames.size(), 2U);
    const auto& close = frames.back();
    ASSERT_EQ(close.opcode, 8);
    EXPECT_EQ(static_cast<unsigned char>(close.payload[0]) << 8U |
                  static_cast<unsigned char>(close.payload[1]),
              code);
    const auto& text = frames[frames.size() - 2].payload;
    EXPECT_TRUE(has(text, said)) << text;
    EXPECT_TRUE(has(text, R"("fatal":true)")) << text;
  }
};

}  // namespace

TEST_F(ConnectionAccessTest, WhereNobodyIsAskedWhateverIsShownIsGood) {
  client_asks(auth("anything"));
  EXPECT_EQ(pop_text(),
            R"([{"type":"authenticated","id":7,"subject":"anonymous","expires":null}])");
  client_asks(kSubscribe);
  EXPECT_TRUE(has(pop_text(), "subscribed"));
}

TEST_F(ConnectionAccessTest, NothingButAuthAndPingIsAnsweredBefore) {
  add("BTC-USD");
  put(FakeGuard().give("good", grant("alice")));
  open_guarded();
  client_asks(kSubscribe);
  EXPECT_TRUE(has(pop_text(), R"("id":1,"code":"unauthenticated")"));
  client_asks(R"({"op":"list","id":2})");
  EXPECT_TRUE(has(pop_text(), R"("id":2,"code":"unauthenticated")"));
  client_asks(R"({"op":"ping","id":3})");
  EXPECT_TRUE(has(pop_text(), R"("pong","id":3)"));
  EXPECT_EQ(connection_->outbox.size(), 0U);
  client_asks(auth("good"));
  EXPECT_EQ(pop_text(), R"([{"type":"authenticated","id":7,"subject":"alice","expires":null}])");
  client_asks(kSubscribe);
  EXPECT_TRUE(has(pop_text(), R"("accepted":["TEST:BTC-USD"])"));
  EXPECT_EQ(subjects_->count("alice"), 1U);
  connection_->close(CloseReason::kNormal);
  EXPECT_EQ(subjects_->count("alice"), 0U) << "its place is free with its Close";
}

TEST_F(ConnectionAccessTest, WhoSaysNothingInTimeIsTurnedAway) {
  put({});
  open_guarded();
  connection_->sweep(start_ + seconds(4));
  EXPECT_EQ(pop_text(), "");
  connection_->sweep(start_ + seconds(5));
  expect_closed(4401, "unauthenticated");
  EXPECT_EQ(closed(CloseReason::kNotAuthenticated), 1U);
  EXPECT_EQ(checkpoint_.count(AuthResult::kNothing).value(), 1U);
}

TEST_F(ConnectionAccessTest, WhateverIsWrongWithATokenTheAnswerIsTheSame) {
  FakeGuard guard;
  guard.expired.insert("old");
  put(guard);
  open_guarded();
  client_asks(auth("bad"));
  expect_closed(4401,
                R"("id":7,"code":"unauthenticated","message":"the credential is not accepted")");
  open_guarded();
  client_asks(auth("old"));
  expect_closed(4401, R"("id":7,"code":"token_expired")");
}

TEST_F(ConnectionAccessTest, WhatCameBehindTheTokenWaitsForItsKey) {
  FakeGuard guard;
  guard.unknown.insert("new");
  put(guard);
  open_guarded();
  client_sends(client_frame(1, auth("new")) + client_frame(1, kSubscribe));
  EXPECT_EQ(pop_text(), "");
  connection_->sweep(start_ + seconds(1));
  put(guard);  // another one, without the key
  connection_->sweep(start_ + seconds(1));
  EXPECT_EQ(pop_text(), "");
  put(FakeGuard().give("new", grant("alice")));
  connection_->sweep(start_ + seconds(1));
  const auto text = pop_text();
  EXPECT_TRUE(has(text, "authenticated") && has(text, "subscribed")) << text;
  EXPECT_TRUE(checkpoint_.park()) << "nobody waits";
}

TEST_F(ConnectionAccessTest, AKeyThatDoesNotComeIsUnknown) {
  FakeGuard guard;
  guard.unknown.insert("new");
  put(guard);
  open_guarded();
  client_asks(auth("new"));
  connection_->sweep(monotonic_now() + seconds(3));
  expect_closed(4401,
                R"("id":7,"code":"unauthenticated","message":"the credential is not accepted")");
  EXPECT_EQ(checkpoint_.count(AuthResult::kUnknownKey).value(), 1U);
}

TEST_F(ConnectionAccessTest, ASubjectHasNoMoreStreamsThanItMay) {
  auto one = grant("alice");
  one.connections = 1;
  put(FakeGuard().give("good", one));
  const auto other = subjects_->enter(std::make_shared<const Grant>(one));
  open_guarded();
  client_asks(auth("good"));
  expect_closed(4429, R"("id":7,"code":"too_many_connections")");
  EXPECT_EQ(closed(CloseReason::kConnectionLimit), 1U);
}

TEST_F(ConnectionAccessTest, ARenewalKeepsWhatItCoversAndEndsTheRest) {
  add("BTC-USD");
  add("ETH-USD");
  put(FakeGuard()
          .give("all", grant("alice"))
          .give("less", grant("alice", {"TEST:BTC-USD"}))
          .give("else", grant("bob")));
  open_guarded("all");
  client_asks(kSubscribe);
  pop_text();
  client_asks(auth("less"));
  EXPECT_EQ(pop_text(), R"([{"type":"authenticated","id":7,"subject":"alice","expires":null},)"
                        R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
                        R"("rejected":[{"symbol":"TEST:ETH-USD","code":"forbidden"}]}])");
  EXPECT_EQ(connection_->outbox.size(), 1U);
  client_asks(auth("all"));
  EXPECT_EQ(connection_->outbox.size(), 2U) << "its pattern covers it again";
  EXPECT_EQ(subjects_->count("alice"), 1U);
  pop_text();
  client_asks(auth("else"));
  expect_closed(4401, R"("id":7,"code":"unauthenticated")");
  EXPECT_EQ(subjects_->count("bob"), 0U);
}

TEST_F(ConnectionAccessTest, TheEndOfACredentialIsAnnouncedOnceAndKept) {
  auto soon = grant("alice");
  soon.expires = from_now(seconds(20));
  auto over = grant("alice");
  over.expires = from_now(seconds(-61));
  put(FakeGuard().give("soon", soon).give("over", over));
  open_guarded("soon");
  connection_->sweep(start_);
  const auto text = pop_text();
  EXPECT_TRUE(text.starts_with(R"([{"type":"auth_expiring","in_ms":)")) << text;
  EXPECT_LE(std::stol(text.substr(text.find("ms") + 4)), 20'000);
  connection_->sweep(start_);
  EXPECT_EQ(pop_text(), "");
  open_guarded("over");
  connection_->sweep(start_);
  expect_closed(4401, "token_expired");
}

TEST_F(ConnectionAccessTest, AnotherGuardTakesBackWhatItDoesNotGive) {
  add("BTC-USD");
  add("ETH-USD");
  put(FakeGuard().give("good", grant("alice")));
  open_guarded("good");
  client_asks(kSubscribe);
  pop_text();
  put(FakeGuard().give("good", grant("alice", {"TEST:ETH-USD"})));
  connection_->on_guard_changed();
  EXPECT_TRUE(has(pop_text(), R"([{"symbol":"TEST:BTC-USD","code":"forbidden"}])"));
  put({});
  connection_->on_guard_changed();
  expect_closed(4401, R"("id":null,"code":"unauthenticated")");
}

TEST_F(ConnectionAccessTest, WhomTheOperatorMovesToAnotherDelayIsClosedInItsTurnAndSentNothing) {
  const auto& btc = add("BTC-USD");
  put(FakeGuard().give("good", grant("alice")));
  open_guarded("good");
  client_asks(kSubscribe);
  pop_text();
  auto later = grant("alice");
  later.delay_s = 60;
  put(FakeGuard().give("good", later));
  turn_ = seconds(3);
  connection_->on_guard_changed();
  tick(testing::quote(btc, 1), start_ + seconds(1));
  connection_->sweep(start_ + seconds(2));
  EXPECT_EQ(pop_frames().size(), 0U) << "it is of a stream that it may not have any more";
  connection_->sweep(start_ + seconds(10));
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload.substr(0, 2), "\x03\xF4") << "1012";
}

TEST_F(ConnectionAccessTest, WhoAsksForAnotherDelayItselfIsClosedAtOnce) {
  auto later = grant("alice");
  later.delay_s = 60;
  put(FakeGuard().give("good", grant("alice")).give("later", later));
  open_guarded("good");
  client_asks(kSubscribe);
  pop_text();
  turn_ = seconds(3);
  client_asks(auth("later"));
  const auto frames = pop_frames();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_TRUE(has(frames.front().payload, "authenticated")) << "its request is answered";
  EXPECT_EQ(frames.back().payload.substr(0, 2), "\x03\xF4") << "1012";
}

TEST_F(ConnectionAccessTest, AnotherDelayThatIsServedByTheSameStreamEndsNothing) {
  auto half = grant("alice"), whole = grant("alice");
  half.delay_s = 30;
  whole.delay_s = 60;
  put(FakeGuard().give("half", half).give("whole", whole));
  open_guarded("half");
  delayed_.on_instrument(registry_.add("test", "BTC-USD"));
  client_asks(kSubscribe);
  pop_text();
  client_asks(auth("whole"));
  EXPECT_EQ(pop_text(), R"([{"type":"authenticated","id":7,"subject":"alice","expires":null}])");
  EXPECT_EQ(connection_->outbox.size(), 1U);
}

TEST_F(ConnectionAccessTest, AnOpenGatewayThatIsGuardedFromNowOnKeepsNoStream) {
  put(FakeGuard().give("good", grant("alice")));
  connection_->on_guard_changed();
  expect_closed(4401, R"("code":"unauthenticated")");
  open_guarded("good");
  guard_.replace(nullptr);
  connection_->on_guard_changed();
  EXPECT_EQ(connection_->grant, nullptr) << "and one that is open from now on asks nobody";
  EXPECT_EQ(subjects_->count("alice"), 0U);
}

}  // namespace tickgate::gateway
