// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "feeds/nats/nats_client.h"
#include "feeds/nats/stream_reader.h"
#include "tests/support/nats_peer.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tickgate::testing::eventually;
using tickgate::testing::NatsPeer;
using tickgate::testing::NatsServer;
using Change = NatsClient::Change;
using Last = NatsClient::Last;

constexpr auto kPatience = 5'000ms;

StreamSpec last_values() {
  StreamSpec spec;
  spec.name = "T_LAST";
  spec.subjects = {"t.quote.>", "t.heartbeat"};
  spec.per_subject = 1;
  return spec;
}

StreamSpec trades() {
  StreamSpec spec;
  spec.name = "T_TRADES";
  spec.subjects = {"t.trade.>"};
  spec.age = std::chrono::minutes(10);
  spec.bytes = 16 << 20U;
  return spec;
}

ReadSpec all_of(const std::string& stream, const std::string& subject, ReadSpec::From from) {
  ReadSpec spec;
  spec.stream = stream;
  spec.subject = subject;
  spec.from = from;
  spec.settle = 50ms;
  return spec;
}

class StreamsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
    begin();
  }
  void begin(const std::string& memory = "256M") {
    server = std::make_unique<NatsServer>("", memory);
    peer = std::make_unique<NatsPeer>(server->url());
    ASSERT_TRUE(peer->is_told(Change::kConnected));
    client = peer->client.get();
  }
  void TearDown() override { peer.reset(); }

  void publish(int from, int to, const std::string& subject, int subjects) {
    for (int i = from; i < to; ++i) {
      ASSERT_TRUE(client->publish(subject + std::to_string(i % subjects), std::to_string(i)).ok());
    }
    ASSERT_TRUE(client->flush(kPatience).ok());
  }
  bool has(const std::string& stream, std::uint64_t messages) {
    return eventually([&] {
      const auto info = client->stream_info(stream);
      return info.ok() && info->messages == messages;
    });
  }

  std::unique_ptr<NatsServer> server;
  std::unique_ptr<NatsPeer> peer;
  NatsClient* client = nullptr;
};

TEST_F(StreamsTest, AStreamIsMadeOnceAndChangedWhereItDiffers) {
  EXPECT_EQ(client->stream_info("T_LAST").status().code(), absl::StatusCode::kNotFound);
  auto spec = last_values();
  auto made = client->ensure_stream(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(*made);
  ASSERT_TRUE(client->publish_acked("t.quote.a", "1", kPatience).ok());
  made = client->ensure_stream(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(*made);
  spec.subjects.push_back("t.status.>");
  spec.bytes = 1'000'000;
  made = client->ensure_stream(spec);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_FALSE(*made);
  EXPECT_TRUE(client->publish_acked("t.status.a", "2", kPatience).ok());
  const auto info = client->stream_info("T_LAST");
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->messages, 2U);
  EXPECT_EQ(info->last_seq, 2U);
  EXPECT_EQ(info->subjects, 2U);
}

TEST_F(StreamsTest, WhatCannotBeChangedIsSaid) {
  auto spec = trades();
  ASSERT_TRUE(client->ensure_stream(spec).ok());
  spec.in_memory = false;
  const auto changed = client->ensure_stream(spec);
  EXPECT_EQ(changed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(changed.status().ToString(), HasSubstr("T_TRADES is in memory"));
  auto overlapping = last_values();
  overlapping.subjects = {"t.>"};
  EXPECT_EQ(client->ensure_stream(overlapping).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(StreamsTest, AStreamInMemoryIsMadeAgainAfterTheServerIsKilled) {
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  ASSERT_TRUE(client->publish_acked("t.quote.a", "1", kPatience).ok());
  server->kill();
  server->start();
  ASSERT_TRUE(peer->is_told(Change::kConnected, 2));
  EXPECT_FALSE(client->publish_acked("t.quote.a", "2", kPatience).ok());
  const auto made = client->ensure_stream(last_values());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(*made);
  const auto seq = client->publish_acked("t.quote.a", "3", kPatience);
  ASSERT_TRUE(seq.ok()) << seq.status();
  EXPECT_EQ(*seq, 1U);
}

TEST_F(StreamsTest, TheNewestOfTenThousandSubjectsAreReadAndWhatComesMeanwhile) {
  constexpr int kSubjects = 10'000;
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  publish(0, 2 * kSubjects, "t.quote.", kSubjects);
  ASSERT_TRUE(has("T_LAST", kSubjects));
  const auto spec = all_of("T_LAST", "t.quote.*", ReadSpec::From::kLastPerSubject);
  const auto status = client->read(spec, peer->keep());
  ASSERT_TRUE(status.ok()) << status;
  const auto received = peer->received();
  std::set<std::string> distinct(received.begin(), received.end());
  EXPECT_EQ(distinct.size(), static_cast<std::size_t>(kSubjects));
  EXPECT_TRUE(distinct.contains("t.quote.77 10077"));
  const auto info = client->stream_info("T_LAST");
  EXPECT_EQ(peer->sequences().back(), info->last_seq);
}

TEST_F(StreamsTest, AReadThatRunsWhileOthersPublishMissesNothing) {
  constexpr int kSubjects = 2'000, kEnd = 30'000;
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  publish(0, kSubjects, "t.quote.", kSubjects);
  NatsPeer reader(server->url());
  ASSERT_TRUE(reader.is_told(Change::kConnected));
  std::thread publisher([&] { publish(kSubjects, kEnd, "t.quote.", kSubjects); });
  std::map<std::string, int> newest;  // of the live ones and those that are read, on one thread
  const auto merge = [&](const NatsClient::Message& message) {
    auto& value = newest[std::string(message.subject)];
    value = std::max(value, std::stoi(std::string(message.payload)));
  };
  auto live = reader.client->subscribe("t.quote.*", merge);
  ASSERT_TRUE(live.ok());
  const auto status =
      reader.client->read(all_of("T_LAST", "t.quote.*", ReadSpec::From::kLastPerSubject), merge);
  publisher.join();
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_TRUE(client->publish("t.quote.end", "1").ok());
  std::atomic<bool> ended{false};
  auto end = reader.client->subscribe("t.end", [&](const NatsClient::Message&) { ended = true; });
  ASSERT_TRUE(end.ok() && reader.client->flush(kPatience).ok());
  ASSERT_TRUE(client->publish("t.end", "").ok());
  ASSERT_TRUE(eventually([&] { return ended.load(); }));
  live->reset();
  ASSERT_EQ(newest.size(), static_cast<std::size_t>(kSubjects + 1));
  for (const auto& [subject, value] : newest) {
    if (subject == "t.quote.end") continue;
    EXPECT_GE(value, kEnd - kSubjects) << subject;
  }
}

TEST_F(StreamsTest, EventsAreReadInOrderFromTheFirstASequenceOrATime) {
  ASSERT_TRUE(client->ensure_stream(trades()).ok());
  publish(0, 3, "t.trade.", 1);
  ASSERT_TRUE(has("T_TRADES", 3));
  // The start of a second: of a fraction with zeros in front the library makes another.
  const auto middle = std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now());
  std::this_thread::sleep_until(middle);
  publish(3, 5, "t.trade.", 1);
  ASSERT_TRUE(has("T_TRADES", 5));
  using From = ReadSpec::From;
  ASSERT_TRUE(client->read(all_of("T_TRADES", "t.trade.>", From::kFirst), peer->keep()).ok());
  EXPECT_THAT(peer->received(), ElementsAre("t.trade.0 0", "t.trade.0 1", "t.trade.0 2",
                                            "t.trade.0 3", "t.trade.0 4"));
  EXPECT_THAT(peer->sequences(), ElementsAre(1, 2, 3, 4, 5));
  auto since = all_of("T_TRADES", "t.trade.>", From::kTime);
  since.time = middle + 50ms;
  ASSERT_TRUE(client->read(since, peer->keep()).ok());
  EXPECT_THAT(peer->sequences(), ElementsAre(1, 2, 3, 4, 5, 4, 5));
  auto behind = all_of("T_TRADES", "t.trade.>", From::kSequence);
  behind.sequence = 5;
  ASSERT_TRUE(client->read(behind, peer->keep()).ok());
  EXPECT_EQ(peer->sequences().size(), 8U);
}

TEST_F(StreamsTest, AnEmptyStreamIsReadAtOnceAndAMissingOneIsSaid) {
  ASSERT_TRUE(client->ensure_stream(trades()).ok());
  EXPECT_TRUE(
      client->read(all_of("T_TRADES", "t.trade.>", ReadSpec::From::kFirst), peer->keep()).ok());
  EXPECT_THAT(peer->received(), IsEmpty());
  EXPECT_EQ(client->read(all_of("NONE", "x.>", ReadSpec::From::kFirst), peer->keep()).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(StreamsTest, ThousandsOfQuestionsForANewestValueAreOnTheirWayAtOnce) {
  constexpr int kSubjects = 5'000;
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  publish(0, kSubjects, "t.quote.", kSubjects);
  ASSERT_TRUE(has("T_LAST", kSubjects));
  std::atomic<int> right{0}, none{0}, wrong{0};
  for (int i = 0; i <= kSubjects; ++i) {  // of the last there is none
    const auto number = std::to_string(i);
    const auto asked = client->get_last(
        "T_LAST", "t.quote." + number, [&, number](Last last, const NatsClient::Message& message) {
          const bool is_right = message.subject == "t.quote." + number &&
                                message.payload == number && message.stream_seq > 0;
          if (last == Last::kNone) {
            ++none;
          } else if (last == Last::kFound && is_right) {
            ++right;
          } else {
            ++wrong;
          }
        });
    ASSERT_TRUE(asked.ok()) << asked;
  }
  EXPECT_TRUE(eventually([&] { return right + none + wrong == kSubjects + 1; }));
  EXPECT_EQ(right.load(), kSubjects);
  EXPECT_EQ(none.load(), 1);
}

TEST_F(StreamsTest, AQuestionWithoutAnAnswerIsAnsweredWithThat) {
  auto options = NatsPeer::options(server->url());
  options.timeout = 100ms;
  NatsPeer impatient(options);
  ASSERT_TRUE(impatient.is_told(Change::kConnected));
  std::atomic<int> unanswered{0};
  const auto count = [&](Last last, const NatsClient::Message&) {
    if (last == Last::kNoAnswer) ++unanswered;
  };
  ASSERT_TRUE(impatient.client->get_last("NONE", "x", count).ok());  // no such stream
  EXPECT_TRUE(eventually([&] { return unanswered == 1; }));
  server->freeze();
  ASSERT_TRUE(impatient.client->get_last("NONE", "x", count).ok());
  EXPECT_TRUE(eventually([&] { return unanswered == 2; }));
  server->go_on();
}

TEST_F(StreamsTest, WhatFindsNoRoomIsLiveAndNotStoredAndTheReceiptSaysSo) {
  peer.reset();
  begin("1M");
  auto spec = last_values();
  ASSERT_TRUE(client->ensure_stream(spec).ok());
  const std::string large(100'000, 'x');
  absl::Status status;
  for (int i = 0; i < 20 && status.ok(); ++i) {
    status = client->publish_acked("t.quote." + std::to_string(i), large, kPatience).status();
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  peer->follow("t.heartbeat");
  EXPECT_EQ(client->publish_acked("t.heartbeat", "1", kPatience).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(peer->receives("t.heartbeat 1"));
}

TEST_F(StreamsTest, AValueIsStoredOnlyBehindTheOneThatWasMeant) {
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  const auto first = client->publish_if_last("t.quote.a", "1", 0, kPatience);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(client->publish_if_last("t.quote.a", "2", 0, kPatience).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const auto second = client->publish_if_last("t.quote.a", "3", *first, kPatience);
  ASSERT_TRUE(second.ok()) << second.status();
  const auto last = client->last_stored("T_LAST", "t.quote.a", kPatience);
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->payload, "3");
  EXPECT_EQ(last->stream_seq, *second);
  EXPECT_TRUE(client->erase("T_LAST", *second, kPatience).ok());
  EXPECT_EQ(client->last_stored("T_LAST", "t.quote.a", kPatience).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(client->publish_if_last("t.quote.a", "4", 0, kPatience).ok());
}

TEST_F(StreamsTest, LimitsAreTold) {
  ASSERT_TRUE(client->ensure_stream(last_values()).ok());
  ASSERT_TRUE(client->publish_acked("t.quote.a", "1", kPatience).ok());
  const auto limits = client->stream_limits();
  ASSERT_TRUE(limits.ok()) << limits.status();
  EXPECT_GT(limits->memory_used, 0);
  EXPECT_EQ(limits->storage_used, 0);
}

TEST(ConsumerPosition, IsReadOfBothSpellings) {
  const auto shorter = consumer_position("$JS.ACK.S.C.1.22.3.1690000000000000000.4");
  ASSERT_TRUE(shorter);
  EXPECT_EQ(shorter->stream_seq, 22U);
  EXPECT_EQ(shorter->consumer_seq, 3U);
  EXPECT_EQ(shorter->pending, 4U);
  const auto longer = consumer_position("$JS.ACK._.HASH.S.C.1.22.3.1690000000000000000.4.TOKEN");
  ASSERT_TRUE(longer);
  EXPECT_EQ(longer->stream_seq, 22U);
  EXPECT_EQ(longer->pending, 4U);
  for (const char* bad : {"", "$JS.ACK", "$JS.FC.S.C.1.2.3.4.5", "$JS.ACK.S.C.1.x.3.4.5",
                          "$JS.ACK.S.C.1.2.3.4.", "$JS.ACK.S.C.1.2.3.4.5.6"}) {
    EXPECT_FALSE(consumer_position(bad)) << bad;
  }
}

}  // namespace
}  // namespace tickgate::feeds
