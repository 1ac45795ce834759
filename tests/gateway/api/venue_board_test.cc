// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/venue_board.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

namespace tickgate::gateway {
namespace {

TEST(VenueBoard, AnEntryHasWhatIsKnownAndNullWhereNothingIs) {
  feeds::FeedStatus status;
  status.state = feeds::FeedState::kDown;
  status.since = schemas::Timestamp{7};
  status.reason = "refused: \"no\"";
  std::string text;
  append_venue_json(text, "mine", "kraken", status, {}, schemas::Timestamp{9'000});
  EXPECT_EQ(
      text,
      R"({"name":"mine","venue":"kraken","state":"down","since":7,"reason":"refused: \"no\"")"
      R"(,"rate":null,"age_ms":null,"venue_age_ms":null,"gaps":0,"resyncs":0,"trades_lost":0})");
  text.clear();
  status.last_message = schemas::Timestamp{2'000};
  status.venue_age = std::chrono::milliseconds(38);
  append_venue_json(text, "mine", "kraken", status, {12.345, 3, 4, 5}, schemas::Timestamp{9'000});
  const std::string_view end =
      R"("rate":12.3,"age_ms":7,"venue_age_ms":38,"gaps":3,"resyncs":4,"trades_lost":5})";
  EXPECT_NE(text.find(end), text.npos) << text;
}

TEST(VenueBoard, AFeedThatHasNotBegunIsInItsStateSinceNow) {
  std::string text;
  append_venue_json(text, "mine", "sim", {}, {}, schemas::Timestamp{9'000});
  EXPECT_NE(text.find(R"("state":"connecting","since":9000,)"), text.npos) << text;
}

TEST(VenueBoard, ShownAreTheEntriesOfVenuesThatMayBeSeen) {
  const std::string_view all =
      R"([{"name":"a","venue":"kraken","reason":"{\"venue\":\"x\"} }"},)"
      R"({"name":"b","venue":"sim","reason":""},{"name":"kraken","venue":"okx","reason":""}])"
      "\n";
  const auto of = [&](std::string_view shown) {
    return venues_shown(all, [&](std::string_view venue) { return venue == shown; });
  };
  EXPECT_EQ(of("kraken"), R"([{"name":"a","venue":"kraken","reason":"{\"venue\":\"x\"} }"}])"
                          "\n");
  EXPECT_EQ(of("okx"), "[{\"name\":\"kraken\",\"venue\":\"okx\",\"reason\":\"\"}]\n");
  EXPECT_EQ(of("x"), "[]\n");
  EXPECT_EQ(venues_shown(all, [](std::string_view) { return true; }), all);
  EXPECT_EQ(venues_shown("[]\n", [](std::string_view) { return true; }), "[]\n");
  EXPECT_EQ(venues_shown("[{", [](std::string_view) { return false; }), "[]\n") << "of anything";
}

TEST(VenueBoard, BeforeItStartsThereIsNothing) {
  boost::asio::io_context io;
  EXPECT_EQ(VenueBoard(io).text(), "[]\n");
}

}  // namespace
}  // namespace tickgate::gateway
