// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/support/failing_new.h"
#include "tests/support/fake_guard.h"
#include "tests/support/one_connection.h"
#include "tests/support/test_bars.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using testing::FailingNew;

constexpr std::size_t kMostAllocations = 5'000;

// Every allocation of a client's life fails once, and memory stays gone no longer than that: the
// client ends, and whoever shares the shard with it is served as before.
class OutOfMemory : public ConnectionTest {
 protected:
  OutOfMemory() {
    for (const char* pair : {"A-USD", "B-USD", "C-USD"}) instruments_.push_back(&add(pair));
    SubscribeRequest all;
    all.channel = Channel::kQuote;
    all.symbols = {"*"};
    fan_out_.subscribe(neighbour_, "1", all);
    all.channel = Channel::kTrade;
    fan_out_.subscribe(neighbour_, "2", all);
    fan_out_.connect_bars(feed_, demand_);
    all.channel = Channel::kBar;
    all.interval = schemas::Interval::k1m;
    fan_out_.subscribe(neighbour_, "3", all);
    for (const auto* instrument : instruments_) {
      fan_out_.on_bars(instrument->id, schemas::Interval::k1m,
                       std::vector{testing::closed(0, 1), testing::bar(1, 2)});
    }
    neighbour_text();
  }
  ~OutOfMemory() override { fan_out_.remove(neighbour_); }

  std::string neighbour_text() {
    std::string text;
    fan_out_.compose(neighbour_, monotonic_now(), text);
    fan_out_.flush_now().remove(neighbour_);
    return text;
  }

  // Requests, their acknowledgements and first values; then what the socket does not take; then the
  // end. Made before: the test itself is not to run out of memory.
  void live() {
    for (const auto& frame : asked_) say(frame);
    if (!closed_) connection_->flush(start_ + std::chrono::seconds(1));
    wire_.room = 10;
    say(last_asked_);
    if (!closed_) connection_->sweep(start_ + std::chrono::seconds(2));
    wire_.room = SIZE_MAX;
    settle();
    say(ping_);
    say(close_);
  }
  void say(const std::string& frame) {
    if (!closed_) client_sends(frame);
  }

  void reopen() {
    end();
    wire_ = {};
    scratch_.clear();
    open();
  }

  void expect_the_neighbour_is_served() {
    neighbour_text();
    ++sequence_;
    for (const auto* instrument : instruments_) {
      fan_out_.on_tick(testing::quote(*instrument, sequence_));
      auto bar = testing::bar(1, sequence_ + 2);
      bar.header.instrument = instrument->id;
      fan_out_.on_tick(bar);
    }
    fan_out_.mark_changed(monotonic_now());
    const auto text = neighbour_text();
    for (const auto* instrument : instruments_) {
      EXPECT_TRUE(absl::StrContains(text, R"("quote","symbol":")" + instrument->symbol)) << text;
      EXPECT_TRUE(absl::StrContains(text, R"("bar","symbol":")" + instrument->symbol)) << text;
    }
    EXPECT_EQ(fan_out_.subscriptions().count(Channel::kQuote), 3U);
    EXPECT_EQ(fan_out_.subscriptions().count(Channel::kTrade), 3U);
    EXPECT_EQ(fan_out_.subscriptions().count(Channel::kBook), 0U);
    EXPECT_EQ(fan_out_.subscriptions().count(Channel::kBar), 3U);
    EXPECT_EQ(fan_out_.subscriptions().intervals().size(), 1U);
    fan_out_.sweep(monotonic_now());
    fan_out_.sweep(monotonic_now() + HeldBars::kIdleTime);
    EXPECT_EQ(fan_out_.counters().bar_series.value(), 3) << "held for somebody who is gone";
    EXPECT_FALSE(demand_.any(instruments_[0]->id, schemas::Interval::k1h));
  }

  const std::vector<std::string> asked_{
      client_frame(1, R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"]})"),
      client_frame(1, R"({"op":"subscribe","id":2,"channel":"book","symbols":["TEST:A-USD","X"]})"),
      client_frame(
          1, R"({"op":"subscribe","id":3,"channel":"quote","symbols":["*"],"interval_ms":7})"),
      client_frame(1, R"({"op":"subscribe","id":4,"channel":"quote","symbols":["TEST:B-USD"]})"),
      client_frame(1, R"({"op":"subscribe","id":8,"channel":"bar","symbols":["*"],)"
                      R"("interval":"1m","history":10,"stamps":true})"),
      client_frame(1, R"({"op":"subscribe","id":9,"channel":"bar","symbols":["*"],)"
                      R"("interval":"1h","interval_ms":7})"),
      client_frame(1, R"({"op":"subscribe","id":10,"channel":"bar","symbols":["TEST:A-USD"],)"
                      R"("interval":"1d","history":10})"),
      client_frame(1, R"({"op":"list","id":5})"),
      client_frame(1, R"({"op":"nonsense","id":6})"),
  };
  const std::string last_asked_ =
      client_frame(1, R"({"op":"unsubscribe","id":7,"channel":"book","symbols":["*"]})");
  const std::string ping_ = client_frame(9, "ping"), close_ = client_frame(8, "");
  struct SilentFeed final : BarSource {
    void ask(schemas::InstrumentId, schemas::Interval) override {}
  } feed_;
  feeds::BarDemand demand_;
  Subscriber neighbour_;
  std::vector<const schemas::Instrument*> instruments_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

// Who says who it is, and says it anew. Its place among its subject's streams ends with it.
TEST_F(OutOfMemory, EndsWhoSaysWhoItIsAndKeepsNoPlaceOfIt) {
  Grant all, less;
  all.subject = less.subject = "somebody whose name is longer than what a string holds itself";
  less.symbols = {testing::patterns({"TEST:A-USD", "*:B-USD"})};
  less.min_interval_ms = 9;
  guard_.replace(std::make_shared<const testing::FakeGuard>(
      testing::FakeGuard().give("all", all).give("less", less)));
  const std::vector<std::string> said{
      client_frame(1, R"({"op":"auth","id":1,"token":"all"})"),
      client_frame(1, R"({"op":"subscribe","id":2,"channel":"quote","symbols":["*"]})"),
      client_frame(1, R"({"op":"auth","id":3,"token":"less"})"),
      client_frame(1,
                   R"({"op":"subscribe","id":4,"channel":"trade","symbols":["*","TEST:C-USD"]})"),
      client_frame(1, R"({"op":"auth","id":5,"token":"all"})"),
      close_};
  std::size_t good = 0;
  bool failed = true;
  for (; failed && good < kMostAllocations; ++good) {
    SCOPED_TRACE(good);
    end();
    wire_ = {};
    scratch_.clear();
    Admission guarded;
    guarded.guarded = true;
    guarded.generation = checkpoint_.generation();
    open(std::move(guarded));
    {
      FailingNew failing(good);
      failing.once();
      for (const auto& frame : said) say(frame);
      failed = FailingNew::failed();
    }
    EXPECT_EQ(subjects_->count(all.subject), 0U);
    expect_the_neighbour_is_served();
    if (HasFailure()) return;
  }
  EXPECT_GT(good, 20U) << "what was to fail was hardly asked for";
  EXPECT_FALSE(failed) << "it never went well";
}

TEST_F(OutOfMemory, EndsTheClientAndNobodyElse) {
  std::size_t good = 0;
  bool failed = true;
  for (; failed && good < kMostAllocations; ++good) {
    SCOPED_TRACE(good);
    const auto ended = counters_.out_of_memory.value();
    {
      FailingNew failing(good);
      failing.once();
      live();
      failed = FailingNew::failed();
    }
    EXPECT_EQ(counters_.out_of_memory.value(), ended + (failed ? 1 : 0));
    reopen();
    EXPECT_EQ(counters_.connections.value(), 1);
    expect_the_neighbour_is_served();
    if (HasFailure()) return;
  }
  EXPECT_GT(good, 30U) << "what was to fail was hardly asked for";
  EXPECT_FALSE(failed) << "it never went well";
}

}  // namespace tickgate::gateway
