// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/venue_board.h"

#include <gtest/gtest.h>

#include <string>

namespace tickgate::gateway {
namespace {

TEST(VenueBoard, AnEntryHasWhatIsKnownAndNullWhereNothingIs) {
  feeds::FeedStatus status;
  status.state = feeds::FeedState::kDown;
  status.since = schemas::Timestamp{7};
  status.reason = "refused: \"no\"";
  std::string text;
  append_venue_json(text, "mine", "kraken", status, std::nullopt, schemas::Timestamp{9'000});
  EXPECT_EQ(text,
            R"({"name":"mine","venue":"kraken","state":"down","since":7,"reason":"refused: \"no\"")"
            R"(,"rate":null,"age_ms":null})");
  text.clear();
  status.last_message = schemas::Timestamp{2'000};
  append_venue_json(text, "mine", "kraken", status, 12.345, schemas::Timestamp{9'000});
  EXPECT_NE(text.find(R"("rate":12.3,"age_ms":7})"), text.npos) << text;
}

TEST(VenueBoard, AFeedThatHasNotBegunIsInItsStateSinceNow) {
  std::string text;
  append_venue_json(text, "mine", "sim", {}, std::nullopt, schemas::Timestamp{9'000});
  EXPECT_NE(text.find(R"("state":"connecting","since":9000,)"), text.npos) << text;
}

TEST(VenueBoard, BeforeItStartsThereIsNothing) {
  boost::asio::io_context io;
  EXPECT_EQ(VenueBoard(io).text(), "[]\n");
}

}  // namespace
}  // namespace tickgate::gateway
