// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/feed_config_loader.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "feeds/venues/all.h"
#include "gateway/config/config_values.h"
#include "gateway/config/words.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kMostFeeds = 64;
constexpr std::size_t kMostSymbols = 1000;  // over as many connections as the venue makes of them

constexpr std::array<std::string_view, 4> kSimulatorKeys = {"seed", "symbol_count", "rate",
                                                            "names"};
constexpr std::array<std::string_view, 14> kNetworkKeys = {"symbols",
                                                           "book_depth",
                                                           "websocket_url",
                                                           "rest_url",
                                                           "ca_file",
                                                           "capture",
                                                           "speed",
                                                           "loop",
                                                           "gaps",
                                                           "idle_timeout",
                                                           "planned_reconnect",
                                                           "reconnect_min",
                                                           "reconnect_max",
                                                           "subscribe_ack_timeout"};

bool is_feed_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// BASE-QUOTE as our symbols have it, the venue aside. A base may have small letters (AAPLx).
bool is_pair(const std::string& text) {
  const std::string symbol = "V:" + text;  // the parts are views into it
  const auto parts = schemas::split_symbol(symbol);
  return text.size() <= 40 && parts && !parts->quote.empty() &&
         std::none_of(parts->quote.begin(), parts->quote.end(),
                      [](char c) { return c >= 'a' && c <= 'z'; });
}

// One feed's keys. Everything is read whatever the venue, so that no mistake hides another.
class FeedReader {
 public:
  FeedReader(YamlSection section, FeedConfig& feed) : section_(std::move(section)), feed_(feed) {}

  // Whether the venue is known.
  bool read() {
    read_venue();
    read_name();
    read_symbols();
    read_book_depth();
    read_source();
    read_times();
    read_simulator();
    section_.finish();
    return venue_known();
  }

 private:
  bool venue_known() const { return feed_.venue != nullptr; }
  bool made_up() const { return venue_known() && feed_.venue->facts.made_up; }

  void read_venue() {
    const bool present = section_.has("venue");
    const auto names = venue_names([](const auto&) { return true; });
    if (const auto at = section_.choice("venue", names)) feed_.venue = &feeds::venues()[*at];
    if (!present) section_.problem("venue", "missing, expected " + either(names));
  }

  void read_name() {
    if (venue_known()) feed_.name = feed_.venue->facts.name;
    section_.text("name", feed_.name);
    const auto* const node = section_.find("name");
    if (node != nullptr && !node->text.empty() && !is_feed_name(node->text)) {
      section_.expected("name", *node, "1 to 32 of a-z, 0-9, - and _");
    }
  }

  void read_symbols() {
    const auto* const items =
        section_.list("symbols", 1, kMostSymbols, R"(symbols like "BTC-USD")");
    if (items == nullptr) {
      const bool needed = venue_known() && !made_up() && !section_.has("capture");
      if (needed && !section_.has("symbols")) {
        section_.problem("symbols", R"(missing, expected a list of symbols like "BTC-USD")");
      }
      return;
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const auto& item = (*items)[i];
      const auto key = "symbols[" + std::to_string(i) + "]";
      if (item.unresolved) continue;
      if (item.kind != YamlNode::Kind::kScalar || !is_pair(item.text)) {
        section_.expected(key, item, R"(a symbol like "BTC-USD")");
      } else if (!seen.insert(item.text).second) {
        section_.expected(key, item, "each symbol once");
      }
      feed_.symbols.push_back(item.text);
    }
  }

  void read_book_depth() {
    const auto depths = venue_known() ? feed_.venue->facts.book_depths : feeds::BookDepths{};
    feed_.book_depth = depths.preset;
    if (!depths.offered.empty()) {
      std::vector<std::string> texts;
      for (const auto depth : depths.offered) texts.push_back(std::to_string(depth));
      const std::vector<std::string_view> words(texts.begin(), texts.end());
      if (const auto at = section_.choice("book_depth", words)) {
        feed_.book_depth = depths.offered[*at];
      }
    } else if (depths.most > 0) {
      section_.whole<std::uint32_t>("book_depth", feed_.book_depth, depths.least, depths.most);
    } else {
      section_.find("book_depth");
      if (!venue_known()) return;
      const auto others =
          venue_names([](const auto& facts) { return facts.book_depths.preset > 0; });
      refuse({"book_depth"}, "only for the venues " + both(others));
    }
  }

  void read_source() {
    read_url("websocket_url", feed_.websocket_url, "wss");
    read_url("rest_url", feed_.rest_url, "https");
    section_.file("ca_file", feed_.ca_file);
    section_.file("capture", feed_.capture);
    section_.factor("speed", feed_.speed, 0.01, 1000);
    section_.boolean("loop", feed_.loop);
    section_.choice("gaps", feed_.gaps,
                    {{"resync", feeds::GapPolicy::kResync}, {"warn", feeds::GapPolicy::kWarn}});
    if (made_up()) return;  // refused as a whole
    if (section_.has("capture")) {
      refuse({"websocket_url", "rest_url", "ca_file"}, "not together with capture");
    } else {
      refuse({"speed", "loop", "gaps"}, "only together with capture");
    }
  }

  void read_url(std::string_view key, std::string& value, std::string_view scheme) {
    section_.text(key, value);
    if (value.empty()) return;
    // Not the URL itself: it may carry a key.
    if (const auto problem = url_problem(value, scheme)) section_.problem(key, *problem);
  }

  void read_times() {
    section_.duration("stale_after", feed_.stale_after, Milliseconds(100), hours(1));
    section_.duration("idle_timeout", feed_.idle_timeout, Milliseconds(100), minutes(10));
    section_.duration("planned_reconnect", feed_.planned_reconnect, seconds(0), hours(24));
    section_.duration("reconnect_min", feed_.reconnect_min, Milliseconds(10), minutes(1));
    section_.duration("reconnect_max", feed_.reconnect_max, Milliseconds(10), minutes(10));
    section_.duration("subscribe_ack_timeout", feed_.subscribe_ack_timeout, Milliseconds(100),
                      seconds(60));
    if (feed_.planned_reconnect > seconds(0) && feed_.planned_reconnect < seconds(1)) {
      section_.problem("planned_reconnect", "expected 0 (never) or a duration from 1s to 24h");
    }
    if (feed_.reconnect_min > feed_.reconnect_max) {
      section_.problem(section_.has("reconnect_min") ? "reconnect_min" : "reconnect_max",
                       "expected reconnect_min (" + duration_text(feed_.reconnect_min) +
                           ") not to be longer than reconnect_max (" +
                           duration_text(feed_.reconnect_max) + ")");
    }
  }

  void read_simulator() {
    auto& simulator = feed_.source;
    section_.whole<std::uint64_t>("seed", simulator.seed, 0, INT64_MAX);
    section_.whole<std::uint32_t>("symbol_count", simulator.symbol_count, 1, 50'000);
    section_.whole<std::uint32_t>("rate", simulator.rate, 1, 1'000'000);
    section_.choice(
        "names", simulator.names,
        {{"market", feeds::SourceNames::kMarket}, {"generated", feeds::SourceNames::kGenerated}});
    if (!venue_known()) return;
    const auto made_up_ones = either(venue_names([](const auto& facts) { return facts.made_up; }));
    if (made_up()) {
      refuse(kNetworkKeys, "not for the venue " + made_up_ones);
    } else {
      refuse(kSimulatorKeys, "only for the venue " + made_up_ones);
    }
  }

  void refuse(std::initializer_list<std::string_view> keys, std::string_view why) {
    refuse(std::span(keys.begin(), keys.size()), why);
  }
  void refuse(std::span<const std::string_view> keys, std::string_view why) {
    for (const auto key : keys) {
      if (section_.has(key)) section_.problem(key, why);
    }
  }

  YamlSection section_;
  FeedConfig& feed_;
};

// One instrument has one publisher: two feeds of a venue must not share any.
class Neighbours {
 public:
  explicit Neighbours(Problems& problems) : problems_(problems) {}

  void add(const FeedConfig& feed, int line, const std::string& path) {
    const auto [named, fresh] = names_.try_emplace(feed.name, line);
    if (!fresh) {
      problems_.add(line, path + ".name",
                    "expected a name of its own, the feed on line " +
                        std::to_string(named->second) + " is called \"" + feed.name + "\" too");
    }
    auto& seen = venues_[feed.venue];
    if (seen.line != 0 && (seen.whole || feed.symbols.empty())) {
      problems_.add(line, path + ".venue",
                    "expected another venue than the feed's on line " + std::to_string(seen.line) +
                        ", or symbols at both");
    }
    for (const auto& symbol : feed.symbols) {
      const auto [other, alone] = seen.symbols.try_emplace(symbol, path);
      if (alone || other->second == path) continue;
      problems_.add(line, path + ".symbols",
                    "expected no symbol of " + other->second + ", got \"" + symbol + "\"");
    }
    seen.line = line;
    seen.whole = seen.whole || feed.symbols.empty();
  }

 private:
  struct Seen {
    int line = 0;
    bool whole = false;                          // serves whatever the venue has
    std::map<std::string, std::string> symbols;  // and the feed's path
  };
  Problems& problems_;
  std::map<std::string, int> names_;
  std::map<const feeds::Venue*, Seen> venues_;
};

}  // namespace

void read_feeds(YamlSection& root, Problems& problems, std::vector<FeedConfig>& feeds) {
  const auto* const items = root.list("feeds", 1, kMostFeeds, "feeds");
  if (items == nullptr) {
    if (!root.has("feeds")) root.problem("feeds", "missing, expected a list of feeds");
    return;
  }
  Neighbours neighbours(problems);
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    if (item.unresolved) continue;
    const auto path = "feeds[" + std::to_string(i) + "]";
    auto& feed = feeds.emplace_back();
    YamlSection section(problems, item, path);
    if (FeedReader(section, feed).read()) neighbours.add(feed, item.line, path);
  }
}

}  // namespace tickgate::gateway
