// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_thread.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <thread>

#include "feeds/thread/capture_player.h"
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

// A source that quotes one instrument at every call.
class Counting final : public TickSource {
 public:
  Counting(schemas::InstrumentRegistry& registry, AdapterEvents& events)
      : events_(events), instrument_(registry.add("toy", "N-USD")) {}
  void start(schemas::Timestamp now) override {
    events_.on_instrument(instrument_);
    events_.on_synced(instrument_.id);
    schemas::Book book;
    book.header.instrument = instrument_.id;
    book.header.receive_time = now;
    book.bid_count = 1;
    book.bids[0] = {schemas::Price({5, 0}), schemas::Quantity({1, 0})};
    events_.on_tick(book);
  }
  void advance(schemas::Timestamp now) override {
    schemas::Quote quote;
    quote.header.instrument = instrument_.id;
    quote.header.receive_time = now;
    quote.bid = schemas::Price({++count_, 0});
    events_.on_tick(quote);
  }

 private:
  AdapterEvents& events_;
  const schemas::Instrument& instrument_;
  std::int64_t count_ = 0;
};

FeedSettings counting_settings() {
  FeedSettings settings;
  settings.options.name = settings.options.venue = "toy";
  settings.make_source = [](const SourceSettings&, schemas::InstrumentRegistry& registry,
                            AdapterEvents& events) {
    return std::make_unique<Counting>(registry, events);
  };
  return settings;
}

FeedSettings capture_settings(const std::string& path) {
  FeedSettings settings;
  settings.options.name = settings.options.venue = "toy";
  settings.options.pairs = settings.adapter.pairs = {"A-USD"};
  settings.capture = {path, 100, true};
  settings.make_adapter = [](const AdapterSettings& adapter, schemas::InstrumentRegistry& registry,
                             AdapterEvents& events) {
    return std::make_unique<ToyAdapter>(adapter.pairs, registry, events);
  };
  return settings;
}

// A file of capture records, removed at the end.
class CaptureFile {
 public:
  explicit CaptureFile(const std::vector<std::string>& lines)
      : path_(testing::TempDir() + "feed_thread_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name() + ".ndjson") {
    std::ofstream out(path_);
    for (const auto& line : lines) out << line << '\n';
  }
  ~CaptureFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string record(std::int64_t milliseconds_, std::string_view kind, std::string_view rest,
                   std::string_view venue = "toy", int conn = 0) {
  return fmt::format(R"({{"time":{},"venue":"{}","conn":{},"kind":"{}",{}}})",
                     milliseconds_ * 1'000'000, venue, conn, kind, rest);
}
std::string text(std::int64_t at, std::string_view data, std::string_view venue = "toy",
                 int conn = 0) {
  return record(at, "text", fmt::format(R"("data":"{}")", data), venue, conn);
}
std::string opened(std::int64_t at, int conn = 0) {
  return record(at, "open", R"("target":"wss://toy.example/ws","data":"")", "toy", conn);
}

TEST(FeedThread, ASourcesTicksComeOutOfTheRing) {
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 20U};
  Doorbell bell;
  FeedThread thread({counting_settings()}, registry, {{&ring, &bell}});
  ASSERT_TRUE(thread.start().ok());
  LineSink sink;
  const auto deadline = std::chrono::steady_clock::now() + seconds(10);
  while (sink.lines.size() < 50 && std::chrono::steady_clock::now() < deadline) {
    ring.drain(sink);
    std::this_thread::yield();
  }
  ASSERT_GE(sink.lines.size(), 50U);
  sink.lines.resize(6);
  EXPECT_THAT(sink.lines, ElementsAre("instrument 0", "status 0 recovering", "status 0 live",
                                      "book 0 1 5", "quote 0 1 1", "quote 0 2 2"));
  std::promise<std::size_t> depth;
  thread.with_book(schemas::InstrumentId(0), [&](const OrderBook* book) {
    depth.set_value(book == nullptr ? 0 : book->depth(BookSide::kBid));
  });
  EXPECT_EQ(depth.get_future().get(), 1U);
  // Said at the next of the thread's ticks.
  while (thread.feed(0).status().state != FeedState::kLive &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(thread.feed(0).status().state, FeedState::kLive);
  thread.stop();
  thread.join();
  ring.drain(sink);
  EXPECT_EQ(sink.states[0], State::kDown);
}

TEST(FeedThread, AFileThatCannotBeReadIsSaidAtTheStart) {
  schemas::InstrumentRegistry registry;
  FeedThread thread({capture_settings("/nonexistent/capture.ndjson")}, registry, {});
  const auto status = thread.start();
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("/nonexistent/capture.ndjson"));
}

TEST(FeedThread, ABadCaFileIsSaidAtTheStart) {
  auto settings = capture_settings("");
  settings.ca_file = "/nonexistent/ca.pem";
  schemas::InstrumentRegistry registry;
  FeedThread thread({settings}, registry, {});
  EXPECT_THAT(std::string(thread.start().message()), testing::HasSubstr("/nonexistent/ca.pem"));
}

// In and out, over one thread that never stops; a shard reads all of it.
TEST(FeedThread, FeedsComeAndGoAndCountOn) {
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 16U};
  Doorbell bell;
  FeedThread thread({}, registry, {{&ring, &bell}});
  ASSERT_TRUE(thread.start().ok());
  LineSink sink;
  const auto until = [&](std::string_view line) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (std::chrono::steady_clock::now() < deadline) {
      sink.lines.clear();
      ring.drain(sink, 1);
      if (!sink.lines.empty() && sink.lines.front().starts_with(line)) return sink.lines.front();
      if (sink.lines.empty()) std::this_thread::yield();
    }
    return std::string("nothing");
  };
  const auto names = [&] {
    std::vector<FeedView> all;
    const auto held = thread.look(all);
    std::vector<std::string> found;
    for (const auto& view : all) found.push_back(view.feed->options().name);
    return found;
  };
  std::string last;
  for (int round = 0; round < 20; ++round) {
    thread.apply({{}, {counting_settings()}, {}});
    ASSERT_EQ(until("instrument 0"), "instrument 0");
    const auto first = until("quote 0 ");
    EXPECT_NE(first, last);
    EXPECT_THAT(names(), ElementsAre("toy"));
    last = first;
    thread.apply({{"toy", "unknown"}, {}, {}});
    ASSERT_EQ(until("removed 0"), "removed 0") << round;
    // The ring says so a moment before the list does.
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (!names().empty() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_THAT(names(), testing::IsEmpty());
  }
  thread.stop();
  thread.join();
}

TEST(FeedThread, ACaptureIsMadeAnewWithOtherSymbols) {
  const CaptureFile file({opened(0), text(0, "snap 0 1 7"), text(0, "snap 1 1 8")});
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 20U};
  Doorbell bell;
  FeedThread thread({capture_settings(file.path())}, registry, {{&ring, &bell}});
  ASSERT_TRUE(thread.start().ok());
  LineSink sink;
  const auto until = [&](std::string_view line) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (std::ranges::count(sink.lines, line) == 0 &&
           std::chrono::steady_clock::now() < deadline) {
      ring.drain(sink);
      std::this_thread::yield();
    }
    return std::ranges::count(sink.lines, line) > 0;
  };
  ASSERT_TRUE(until("quote 0 1 7"));
  thread.apply({{}, {}, {{"toy", {"B-USD"}, {}}}});
  EXPECT_TRUE(until("quote 1 1 8"));
  EXPECT_EQ(std::ranges::count(sink.lines, "removed 0"), 0);
  thread.apply({{}, {}, {{"toy", {}, {"A-USD"}}}});
  EXPECT_TRUE(until("removed 0"));
  thread.stop();
  thread.join();
}

// The player in virtual time.
class PlayerTest : public testing::Test {
 protected:
  void play(const std::vector<std::string>& lines, double speed, bool loop) {
    file.emplace(lines);
    FeedOptions options;
    options.name = options.venue = "toy";
    options.pairs = {"A-USD"};
    options.passive = true;
    ConnectionMakers make;
    make.adapter = [this](AdapterEvents& events, const std::vector<std::string>& pairs) {
      AdapterSettings settings;
      settings.pairs = pairs;
      return std::make_unique<CaptureAdapter>(capture_settings("").make_adapter, settings, registry,
                                              events);
    };
    make.io = [this, speed, loop](Connection& connection) {
      auto made =
          std::make_unique<CapturePlayer>(CaptureSettings{file->path(), speed, loop}, "toy");
      made->attach(connection, static_cast<CaptureAdapter&>(connection.adapter()));
      player = made.get();
      return made;
    };
    feed.emplace(options, sink, registry, make);
    feed->start(now());
  }
  void run(Monotonic time) {
    for (const auto end = steady + time; steady < end; steady += milliseconds(1)) {
      player->advance(now());
      if (steady.count() % 50'000 == 0) feed->advance(now());
    }
  }
  Moment now() const { return {schemas::Timestamp(steady.count()), steady}; }

  schemas::InstrumentRegistry registry;
  LineSink sink;
  std::optional<CaptureFile> file;
  CapturePlayer* player = nullptr;
  std::optional<Feed> feed;
  Monotonic steady = seconds(5);
};

TEST_F(PlayerTest, KeepsTheCapturesPaceTimesTheSpeed) {
  play({opened(1000), text(1000, "snap 0 1 7"), text(3000, "upd 0 2 8"), text(5000, "upd 0 3 9")},
       2, false);
  run(milliseconds(10));
  EXPECT_EQ(sink.lines.back(), "quote 0 1 7");
  run(milliseconds(980));
  EXPECT_EQ(sink.lines.back(), "quote 0 1 7");
  run(milliseconds(20));
  EXPECT_EQ(sink.lines.back(), "quote 0 2 8");
  run(milliseconds(1000));
  EXPECT_EQ(sink.lines.back(), "quote 0 3 9");
  run(seconds(70));
  EXPECT_EQ(sink.states[0], State::kStale) << "its end is silence";
}

TEST_F(PlayerTest, SaysWhatTheTimeIsInTheCapture) {
  play({opened(1000), text(1000, "snap 0 1 7"), text(3000, "upd 0 2 8"), text(5000, "upd 0 3 9")},
       2, false);
  const auto seconds_in = [this] {
    const auto time = player->time(now());
    return time ? static_cast<double>(time->value()) / 1e6 : -1.0;
  };
  EXPECT_EQ(seconds_in(), -1.0) << "nothing was played";
  run(milliseconds(500));
  EXPECT_NEAR(seconds_in(), 2.0, 0.01);
  steady += seconds(10);  // of which it was not told
  EXPECT_EQ(seconds_in(), 3.0) << "not past what is to be played next";
  run(milliseconds(100));
  EXPECT_GT(seconds_in(), 5.0) << "it goes on behind the last";
}

TEST_F(PlayerTest, LoopsOverALostConnection) {
  play({opened(0), text(0, "snap 0 1 7"), text(1000, "upd 0 2 8")}, 1, true);
  run(milliseconds(1100));
  EXPECT_EQ(sink.states[0], State::kDown);
  run(milliseconds(300));
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.lines.back(), "quote 0 3 7");
  run(milliseconds(1000));
  EXPECT_EQ(feed->counters().reconnects[static_cast<std::size_t>(ReconnectReason::kClosed)].value(),
            2U);
}

TEST_F(PlayerTest, AConnectionOpenedAnewInTheFileIsAReconnect) {
  play({opened(0), text(0, "snap 0 1 7"), text(100, "upd 0 2 8"), opened(200),
        text(300, "snap 0 9 9")},
       1, false);
  run(milliseconds(250));
  EXPECT_EQ(sink.states[0], State::kDown);
  run(milliseconds(800));
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.lines.back(), "quote 0 3 9");
}

TEST_F(PlayerTest, ConnectionsOfAFileKeepTheirOwnSequences) {
  play({opened(0, 1), text(0, "snap 0 1 7", "toy", 1), opened(1, 2), text(2, "trd 0 5 1", "toy", 2),
        text(3, "upd 0 2 8", "toy", 1), opened(4, 2), text(5, "trd 0 6 1", "toy", 2),
        text(6, "upd 0 3 9", "toy", 1)},
       1, false);
  run(milliseconds(100));
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.lines.back(), "quote 0 3 9");
  EXPECT_THAT(sink.lines, testing::IsSupersetOf({"trade 0 1 1", "trade 0 2 1", "quote 0 2 8"}));
  EXPECT_EQ(std::count(sink.lines.begin(), sink.lines.end(), "status 0 live"), 1);
  EXPECT_EQ(feed->counters().reconnects[static_cast<std::size_t>(ReconnectReason::kClosed)].value(),
            0U);
}

TEST_F(PlayerTest, OneConnectionTakesOverFromAnotherWhenItHasTheBook) {
  play({opened(0, 1), text(0, "snap 0 1 7", "toy", 1), opened(1, 2),
        text(2, "snap 0 50 3", "toy", 2), text(3, "upd 0 2 8", "toy", 1),
        text(4, "upd 0 51 4", "toy", 2), text(5, "upd 0 3 9", "toy", 1), opened(6, 2)},
       1, false);
  run(milliseconds(7));
  EXPECT_EQ(sink.states[0], State::kRecovering) << "its own end is the end of its books";
  EXPECT_THAT(sink.lines, testing::Contains("quote 0 3 4"));
  EXPECT_THAT(sink.lines, testing::Not(testing::Contains(testing::HasSubstr(" 8"))));
}

TEST_F(PlayerTest, OtherVenuesRecordsAreNotOurs) {
  play({opened(0), text(0, "snap 0 1 7"), text(10, "snap 0 5 1", "other")}, 1, false);
  run(milliseconds(100));
  EXPECT_EQ(sink.lines.back(), "quote 0 1 7");
}

TEST_F(PlayerTest, ABrokenFileIsALostConnectionWithTheLine) {
  play({opened(0), text(0, "snap 0 1 7"), "not a record"}, 1, false);
  run(milliseconds(100));
  EXPECT_EQ(sink.states[0], State::kDown);
  EXPECT_THAT(sink.reasons[0], testing::HasSubstr(":3"));
}

}  // namespace
}  // namespace tickgate::feeds
