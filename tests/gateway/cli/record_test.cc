// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/record.h"

#include <gtest/gtest.h>

#include <map>

#include "feeds/capture/capture_reader.h"
#include "feeds/venues/all.h"
#include "tests/support/fake_venue.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using feeds::CaptureKind;

Config config_for(const testing::FakeVenue& venue) {
  Config config;
  FeedConfig feed;
  feed.venue = feeds::find_venue("binance");
  feed.name = "binance";
  feed.symbols = {"BTC-USD", "ETH-USD"};
  feed.websocket_url = venue.websocket_url();
  feed.rest_url = venue.rest_url();
  feed.ca_file = venue.ca_file();
  config.feeds = {feed};
  return config;
}

TEST(Record, WritesAllThatTheFeedReceivesAsACaptureThatCanBeRead) {
  const testing::FakeVenue venue({.dialect = testing::Dialect::kBinance});
  const testing::TemporaryFolder folder;
  const auto path = folder.path("out.ndjson.gz");
  ASSERT_EQ(run_record(config_for(venue), path, Milliseconds(4000)), 0);

  auto reader = feeds::CaptureReader::open(path);
  ASSERT_TRUE(reader.ok()) << reader.status();
  std::map<CaptureKind, int> kinds;
  feeds::CaptureRecord record;
  std::int64_t last_time = 0;
  for (auto more = reader->next(record);; more = reader->next(record)) {
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    EXPECT_EQ(record.venue, "binance");
    EXPECT_GE(record.time_ns, last_time);
    last_time = record.time_ns;
    if (kinds.empty()) {
      EXPECT_EQ(record.kind, CaptureKind::kOpen);
    }
    if (record.kind == CaptureKind::kOpen) {
      EXPECT_TRUE(record.target.starts_with("wss://localhost:"));
    }
    if (record.kind == CaptureKind::kHttp) {
      EXPECT_TRUE(record.target.starts_with("https://localhost:"));
    }
    ++kinds[record.kind];
  }
  EXPECT_EQ(kinds[CaptureKind::kOpen], 1);
  EXPECT_GE(kinds[CaptureKind::kHttp], 1);
  EXPECT_GT(kinds[CaptureKind::kText], 10);
}

TEST(Record, AFileThatCannotBeBegunAndAFeedWithoutAVenueAreSaid) {
  const testing::FakeVenue venue({.dialect = testing::Dialect::kBinance});
  EXPECT_EQ(run_record(config_for(venue), "/nonexistent/out.ndjson.gz", Milliseconds(10)), 2);
  Config config;
  FeedConfig feed;
  feed.venue = feeds::find_venue("simulator");
  feed.name = "sim";
  config.feeds = {feed};
  EXPECT_EQ(run_record(config, "/nonexistent/out.ndjson.gz", Milliseconds(10)), 2);
}

}  // namespace
}  // namespace tickgate::gateway
