// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/shard.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RunningShard;
using testing::StreamClient;
using testing::wait_until;

constexpr int kBooks = 300;
constexpr int kText = 1, kPing = 9, kPong = 10;

// So little room in the kernel that a frame of many books is half written at once.
LimitsConfig tight_limits() {
  LimitsConfig limits;
  limits.send_buffer_bytes = 4096;
  limits.notsent_lowat_bytes = 1024;
  return limits;
}
constexpr int kSmallBuffer = 4096;

class Books {
 public:
  explicit Books(RunningShard& running) : running_(running) {
    for (int i = 0; i < kBooks; ++i) {
      instruments_.push_back(&running.add("B" + std::to_string(i) + "-USD"));
    }
    push();
  }
  void push() {
    ++sequence_;
    for (const auto* instrument : instruments_) {
      running_.push(testing::book(*instrument, sequence_, schemas::Book::kMaxDepth));
    }
  }
  std::uint64_t sequence() const { return sequence_; }

 private:
  RunningShard& running_;
  std::vector<const schemas::Instrument*> instruments_;
  std::uint64_t sequence_ = 0;
};

// The sequence numbers of the books in a message, by symbol. Fails unless it is an array.
std::map<std::string, std::uint64_t> books_in(const std::string& message) {
  std::map<std::string, std::uint64_t> found;
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  EXPECT_EQ(parser.parse(message).get(array), simdjson::SUCCESS) << message.substr(0, 200);
  for (const auto item : array) {
    std::string_view type, symbol;
    std::uint64_t sequence = 0;
    if (item["type"].get(type) != simdjson::SUCCESS || type != "book") continue;
    EXPECT_EQ(item["symbol"].get(symbol) | item["seq"].get(sequence), simdjson::SUCCESS);
    found[std::string(symbol)] = sequence;
  }
  return found;
}

bool is_blocked(const RunningShard& running) {
  return wait_until([&] { return running.counters().unsent_bytes.value() > 0; }, "a full socket");
}

class Stream : public ::testing::TestWithParam<bool> {
 protected:
  Stream() {
    if (!GetParam()) return;
    const auto made = testing::make_certificate();
    tls_ = std::make_unique<TlsContextHolder>(
        TlsFiles{folder_.write("certificate", made.certificate), folder_.write("key", made.key)});
    EXPECT_TRUE(tls_->reload().ok());
  }
  StreamClient client(const RunningShard& running, int receive_buffer = 0) const {
    return StreamClient(running.port(), {receive_buffer, GetParam()});
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<TlsContextHolder> tls_;
};

INSTANTIATE_TEST_SUITE_P(Shard, Stream, ::testing::Bool(),
                         [](const auto& chosen) { return chosen.param ? "Tls" : "Plain"; });

TEST_P(Stream, APingAnsweredWhileALargeFrameIsHalfWrittenCorruptsNothing) {
  RunningShard running(tight_limits(), tls_.get());
  Books books(running);
  auto client = this->client(running, kSmallBuffer);
  client.send_text(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
  ASSERT_TRUE(is_blocked(running));
  for (const auto* payload : {"first", "second", "newest"}) client.send_frame(kPing, payload);
  client.send_text(R"({"op":"ping","echo":"after the pings"})");
  ASSERT_TRUE(wait_until([&] { return running.counters().messages_received.value() == 2; },
                         "the pings read"));
  ASSERT_GT(running.counters().unsent_bytes.value(), 0) << "the frame is still half written";

  std::vector<std::string> pongs;
  std::map<std::string, std::uint64_t> seen;
  bool echoed = false;
  while (seen.size() < kBooks || !echoed) {
    const auto frame = client.next();
    ASSERT_TRUE(frame.has_value()) << seen.size() << " books, ended: " << client.ended();
    if (frame->opcode == kPing) continue;
    if (frame->opcode == kPong) {
      pongs.push_back(frame->payload);
      EXPECT_FALSE(seen.empty()) << "it follows the frame";
    } else {
      ASSERT_EQ(frame->opcode, kText);
      seen.merge(books_in(frame->payload));
      echoed = echoed || frame->payload.find("after the pings") != std::string::npos;
    }
  }
  EXPECT_EQ(pongs, std::vector<std::string>{"newest"}) << "RFC 6455 5.5.3";
}

TEST_P(Stream, AClientThatReadsNothingIsClosedAndNobodyElseNotices) {
  auto limits = tight_limits();
  limits.write_deadline = seconds(1);
  RunningShard running(limits, tls_.get());
  Books books(running);
  const auto& watched = running.add("WATCHED-USD");
  auto slow = client(running, kSmallBuffer);
  auto healthy = client(running);
  slow.send_text(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
  healthy.send_text(R"({"op":"subscribe","channel":"quote","symbols":["*"]})");
  ASSERT_TRUE(is_blocked(running));
  std::int64_t most = 0;
  std::uint64_t sequence = 0;
  const auto until = std::chrono::steady_clock::now() + seconds(30);
  while (running.closed(CloseReason::kSlowConsumer) == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    books.push();
    running.push(testing::quote(watched, ++sequence));
    healthy.next_text_with("\"seq\":" + std::to_string(sequence) + ",\"bid\"");
    most = std::max(most, running.counters().unsent_bytes.value());
  }
  // A frame ends with the object that reaches the limit; a Close may stand behind it.
  EXPECT_LE(most, std::int64_t{limits.frame_bytes} + 4096);
  const auto close = slow.next_close();
  ASSERT_TRUE(close.has_value()) << "it reads in time";
  EXPECT_EQ(close->close_code(), 4008);
  EXPECT_FALSE(slow.next().has_value());
  EXPECT_TRUE(slow.ended());
  EXPECT_TRUE(wait_until([&] { return running.counters().connections.value() == 1; }, "its end"));
  EXPECT_EQ(running.counters().unsent_bytes.value(), 0);
}

TEST_P(Stream, AClientThatReadsAgainInTimeHasTheNewestOfEverything) {
  RunningShard running(tight_limits(), tls_.get());
  Books books(running);
  auto client = this->client(running, kSmallBuffer);
  client.send_text(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
  ASSERT_TRUE(is_blocked(running));
  ASSERT_TRUE(wait_until([&] { return running.counters().degraded.value() == 1; }, "degraded"));
  for (int i = 0; i < 20; ++i) books.push();
  ASSERT_TRUE(running.drained());
  std::map<std::string, std::uint64_t> seen;
  bool told = false;
  std::size_t received = 0;
  const auto is_newest = [&](const auto& entry) { return entry.second == books.sequence(); };
  while (!told || seen.size() < kBooks || !std::all_of(seen.begin(), seen.end(), is_newest)) {
    const auto frame = client.next();
    ASSERT_TRUE(frame.has_value());
    if (frame->opcode != kText) continue;
    for (const auto& [symbol, sequence] : books_in(frame->payload)) {
      EXPECT_GE(sequence, seen[symbol]) << "never back";
      seen[symbol] = sequence;
      ++received;
    }
    told = told || frame->payload.find("\"degraded\"") != std::string::npos;
  }
  EXPECT_LE(received, 3U * kBooks) << "conflated, not queued: 21 of each were pushed";
  EXPECT_EQ(running.closed(CloseReason::kSlowConsumer), 0U);
}

TEST_P(Stream, RequestsInOneSegmentAreAnsweredInOrder) {
  RunningShard running({}, tls_.get());
  auto client = this->client(running);
  std::string segment;
  for (int i = 0; i < 50; ++i) {
    segment += testing::client_frame(R"({"op":"ping","id":)" + std::to_string(i) + "}");
  }
  client.send_raw(segment);
  for (int i = 0; i < 50;) {
    const auto frame = client.next();
    ASSERT_TRUE(frame.has_value()) << i;
    for (auto at = frame->payload.find("\"id\":"); at != std::string::npos;
         at = frame->payload.find("\"id\":", at + 1), ++i) {
      EXPECT_TRUE(frame->payload.substr(at + 5).starts_with(std::to_string(i) + ','))
          << frame->payload;
    }
  }
}

TEST_P(Stream, AClosePassesBothWaysAndTheConnectionEnds) {
  RunningShard running({}, tls_.get());
  for (const auto* payload : {"", "\x03\xE8", "\x0F\xA1 of our own"}) {
    auto client = this->client(running);
    client.send_frame(8, payload);
    const auto answer = client.next();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->opcode, 8);
    EXPECT_EQ(answer->payload, std::string(payload).substr(0, 2)) << "its own code, or none";
    EXPECT_FALSE(client.next().has_value());
    EXPECT_TRUE(client.ended());
  }
  EXPECT_EQ(running.closed(CloseReason::kNormal), 3U);
  EXPECT_TRUE(wait_until([&] { return running.counters().connections.value() == 0; }, "the end"));
}

TEST_P(Stream, StopWithClientsInEveryStateLeavesNothing) {
  std::vector<std::unique_ptr<StreamClient>> clients;
  RunningShard running(tight_limits(), tls_.get());
  Books books(running);
  const auto connect = [&](int receive_buffer, bool upgrade) -> StreamClient& {
    clients.push_back(std::make_unique<StreamClient>(
        running.port(), testing::StreamOptions{receive_buffer, GetParam(), upgrade}));
    return *clients.back();
  };
  connect(0, false);
  connect(0, false).send_raw("GET / HT");
  connect(0, true);
  connect(0, true).send_text(
      R"({"op":"subscribe","channel":"book","symbols":["*"],"interval_ms":60000})");
  connect(kSmallBuffer, true).send_text(R"({"op":"subscribe","channel":"book","symbols":["*"]})");
  ASSERT_TRUE(is_blocked(running));
  running.shard.stop();
  EXPECT_EQ(running.counters().connections.value(), 0);
  EXPECT_EQ(running.counters().unsent_bytes.value(), 0);
}

TEST(Shard, AnIntervalIsTheLeastTimeBetweenTwoUpdates) {
  const auto newest = [](std::uint64_t sequence) {
    return "\"seq\":" + std::to_string(sequence) + ",\"bid\"";
  };
  RunningShard running;
  const auto& instrument = running.add("A-USD");
  StreamClient client(running.port());
  client.send_text(R"({"op":"subscribe","channel":"quote","symbols":["*"],"interval_ms":300})");
  client.next_text_with("subscribed");
  // However late this thread or the shard's is, four updates take three intervals.
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t sequence = 0;
  bool has_newest = false;
  for (int updates = 0; updates < 4;) {
    ASSERT_LT(std::chrono::steady_clock::now(), start + seconds(30)) << updates;
    running.push(testing::quote(instrument, ++sequence));
    const auto frame = client.next(milliseconds(5));
    if (!frame.has_value() || frame->payload.find("\"quote\"") == std::string::npos) continue;
    ++updates;
    has_newest = frame->payload.find(newest(sequence)) != std::string::npos;
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, 3 * milliseconds(300));
  EXPECT_GT(sequence, 4U) << "conflated";
  if (!has_newest) client.next_text_with(newest(sequence));
}

TEST(Shard, DrainTellsEachTheNoticeAndThenClosesWithRestart) {
  RunningShard running;
  StreamClient at_the_door(running.port(), {0, false, false});
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(std::make_unique<StreamClient>(running.port()));
  ASSERT_TRUE(
      wait_until([&] { return running.counters().connections.value() == 5; }, "all of them"));
  running.shard.stop_accepting();
  running.shard.drain(milliseconds(300), milliseconds(500));
  for (const auto& client : clients) {
    client->next_text_with("\"drain\",\"reconnect_after_ms\":300}");
    const auto close = client->next_close();
    ASSERT_TRUE(close.has_value());
    EXPECT_EQ(close->close_code(), 1012);
  }
  at_the_door.send_raw(testing::kUpgradeRequest);
  const auto refusal = at_the_door.read_until("\r\n\r\n");
  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503")) << refusal;
}

}  // namespace
}  // namespace tickgate::gateway
