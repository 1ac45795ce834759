// SPDX-License-Identifier: Apache-2.0
// What stands under `consolidated`, and each mistake in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/config/config_loader.h"

namespace tickgate::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LoadResult parse(const std::string& consolidated) {
  return parse_config(
      "feeds: [{venue: kraken, symbols: [BTC-USD]}, {venue: simulator},\n"
      "        {venue: simulator, name: sim2, label: sim2}]\n"
      "consolidated:" +
          consolidated,
      "t.yaml", 1'000'000);
}

TEST(ConsolidatedConfig, TakesPairsVenuesAndWhatIsJoined) {
  const auto result = parse(
      "\n"
      "  - pairs: [BTC-USD, \"ETH-*\", BTC-PERP-INTX]\n"
      "    venues: [sim2, kraken]\n"
      "  - {pairs: [\"*-USD\"], join: [USDT, USDC]}\n");
  ASSERT_THAT(result.errors, IsEmpty());
  const auto& [first, second] =
      std::tie(result.config.consolidated[0], result.config.consolidated[1]);
  EXPECT_THAT(first.pairs, ElementsAre("BTC-USD", "ETH-*", "BTC_PERP-INTX"));
  EXPECT_THAT(first.venues, ElementsAre("sim2", "kraken"));
  EXPECT_THAT(first.join, IsEmpty());
  EXPECT_THAT(second.venues, ElementsAre("kraken", "sim", "sim2")) << "those of all feeds";
  EXPECT_THAT(second.join, ElementsAre("USDT", "USDC"));
}

TEST(ConsolidatedConfig, MayBeEmptyOrAbsent) {
  EXPECT_THAT(parse(" []\n").errors, IsEmpty());
  EXPECT_THAT(parse_config("feeds: [{venue: simulator}]\n", "t.yaml", 1'000'000).errors, IsEmpty());
}

struct BadCase {
  const char* text;
  const char* error;  // the one line, after "t.yaml:3: consolidated"
};

const BadCase kBad[] = {
    {" 5", ": expected a list of consolidated instruments, 0 to 64 of them, got \"5\""},
    {" [{}]", "[0].pairs: missing, expected a list of pairs like \"BTC-USD\" or \"*-USD\""},
    {" [{pairs: []}]", "[0].pairs: expected a list of pairs, 1 to 1000 of them, got 0"},
    {" [{pairs: [BTCUSD]}]",
     "[0].pairs[0]: expected a pair like \"BTC-USD\", or a pattern: \"*-USD\", \"BTC-*\" or \"*\", "
     "got \"BTCUSD\""},
    {" [{pairs: [\"B*-USD\"]}]",
     "[0].pairs[0]: expected a pair like \"BTC-USD\", or a pattern: \"*-USD\", \"BTC-*\" or \"*\", "
     "got \"B*-USD\""},
    {" [{pairs: [\"KRAKEN:BTC-USD\"]}]",
     "[0].pairs[0]: expected a pair like \"BTC-USD\", or a pattern: \"*-USD\", \"BTC-*\" or \"*\", "
     "got \"KRAKEN:BTC-USD\""},
    {" [{pairs: [A-B, A-B]}]", "[0].pairs[1]: expected each pair once, got \"A-B\""},
    {" [{pairs: [A-B], venues: []}]",
     "[0].venues: expected a list of venues, 1 to 16 of them, got 0"},
    {" [{pairs: [A-B], venues: [krakn]}]",
     "[0].venues: expected venues of the feeds here, kraken, sim or sim2, got \"krakn\", did you "
     "mean \"kraken\"?"},
    {" [{pairs: [A-B], venues: [binance]}]",
     "[0].venues: expected venues of the feeds here, kraken, sim or sim2, got \"binance\""},
    {" [{pairs: [A-B], venues: [KRAKEN]}]",
     "[0].venues[0]: expected a venue as symbols have it, in small letters: \"kraken\", got "
     "\"KRAKEN\""},
    {" [{pairs: [A-B], venues: [sim, sim]}]",
     "[0].venues[1]: expected each venue once, got \"sim\""},
    {" [{pairs: [\"*-USD\"], join: [USDT, USD]}]",
     "[0].join: expected other currencies than that of \"*-USD\", got \"USD\""},
    {" [{pairs: [\"BTC-*\"], join: [USDT]}]",
     "[0].join: expected pairs of one currency, like \"*-USD\", got \"BTC-*\": to which of them "
     "would they be joined"},
    {" [{pairs: [\"*\"], join: [USDT]}]",
     "[0].join: expected pairs of one currency, like \"*-USD\", got \"*\": to which of them would "
     "they be joined"},
    {" [{pairs: [A-B], join: [\"*\"]}]",
     "[0].join[0]: expected a currency like \"USDT\", got \"*\""},
    {" [{pairs: [A-B], join: [C, C]}]", "[0].join[1]: expected each currency once, got \"C\""},
    {" [{pairs: [A-B], venue: [sim]}]", "[0].venue: unknown key, did you mean \"venues\"?"},
};

TEST(ConsolidatedConfig, SaysWhatIsWrongWithIt) {
  for (const auto& bad : kBad) {
    EXPECT_THAT(parse(std::string(bad.text) + "\n").errors,
                ElementsAre("t.yaml:3: consolidated" + std::string(bad.error)))
        << bad.text;
  }
}

TEST(ConsolidatedConfig, OfAPairOneEntryDecides) {
  EXPECT_THAT(parse("\n  - pairs: [A-B]\n  - pairs: [C-D, A-B]\n").errors,
              ElementsAre("t.yaml:5: consolidated[1].pairs: expected each pair once, the entry on "
                          "line 4 has \"A-B\" too"));
}

TEST(ConsolidatedConfig, AMadeUpVenueHasALabelOfItsOwn) {
  const auto feeds = [](const std::string& text) {
    return parse_config("feeds: [" + text + "]\n", "t.yaml", 1'000'000).errors;
  };
  EXPECT_THAT(feeds("{venue: simulator, label: kraken}"),
              ElementsAre("t.yaml:1: feeds[0].label: expected one that no other venue has, got "
                          "\"kraken\""));
  EXPECT_THAT(feeds("{venue: simulator, label: best}"),
              ElementsAre("t.yaml:1: feeds[0].label: expected one that no other venue has, got "
                          "\"best\""));
  EXPECT_THAT(feeds("{venue: simulator, label: Sim}"),
              ElementsAre("t.yaml:1: feeds[0].label: expected 1 to 16 of a-z and 0-9, got "
                          "\"Sim\""));
  EXPECT_THAT(feeds("{venue: simulator}, {venue: simulator, name: other}"),
              ElementsAre("t.yaml:1: feeds[1].venue: expected another venue than the feed's on "
                          "line 1, or a label of its own"));
  EXPECT_THAT(feeds("{venue: kraken, symbols: [A-B], label: sim2}"),
              ElementsAre("t.yaml:1: feeds[0].label: only for the venue simulator"));
}

}  // namespace
}  // namespace tickgate::gateway
