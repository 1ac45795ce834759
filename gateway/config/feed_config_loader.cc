// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/feed_config_loader.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "feeds/venues/all.h"
#include "gateway/config/cluster_config_loader.h"
#include "gateway/config/cluster_values.h"
#include "gateway/config/config_values.h"
#include "gateway/config/key_table.h"
#include "gateway/config/keys.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;

// One feed's keys. Everything is read whatever the venue, so that no mistake hides another.
class FeedReader {
 public:
  FeedReader(YamlSection section, FeedConfig& feed) : section_(std::move(section)), feed_(feed) {}

  // Whether the venue is known.
  bool read() {
    read_venue();
    visit_keys(section_, feed_);
    read_book_depth();
    check_symbols();
    check_label();
    check_drama();
    check_times();
    check_lines();
    refuse_others();
    section_.finish();
    return venue_known();
  }

 private:
  bool venue_known() const { return feed_.venue != nullptr; }
  bool made_up() const { return venue_known() && feed_.venue->facts.made_up; }

  void read_venue() {
    const bool present = section_.has("venue");
    auto names = venue_names([](const auto&) { return true; });
    names.push_back(kNatsVenue);  // whose keys are others (cluster_config_loader.h)
    const auto at = section_.word("venue", names);
    if (at && *at + 1 < names.size()) feed_.venue = &feeds::venues()[*at];
    if (!present) section_.problem("venue", "missing, expected " + either(names));
    if (venue_known()) feed_.name = feed_.venue->facts.name;
  }

  void check_symbols() {
    const bool needed = venue_known() && !made_up() && !section_.has("capture");
    if (needed && !section_.has("symbols")) {
      section_.problem("symbols", R"(missing, expected a list of symbols like "BTC-USD")");
    }
    std::map<std::string, std::string> spelt;  // by our spelling
    for (auto& symbol : feed_.symbols) {
      const auto [other, fresh] = spelt.try_emplace(our_pair(symbol), symbol);
      if (!fresh && other->second != symbol) {  // one spelt twice alike is told elsewhere
        section_.problem("symbols", "expected each symbol once, got \"" + other->second +
                                        "\" and \"" + symbol + "\"");
      }
      symbol = other->first;
    }
  }

  // What belongs to a real venue, or to the consolidated prices, is no made-up one's.
  void check_label() {
    const auto& label = feed_.source.label;
    for (const auto& venue : feeds::venues()) {
      const bool own = venue_known() && feed_.venue == &venue;
      if (label != "best" && (own || label != venue.facts.label)) continue;
      section_.problem("label", "expected one that no other venue has, got \"" + label + "\"");
      feed_.source.label.clear();
      return;
    }
  }

  void check_drama() {
    if (!feed_.source.drama || feed_.source.names == feeds::SourceNames::kMarket) return;
    section_.problem("drama", "expected names: market beside it");
  }

  void read_book_depth() {
    if (!venue_known()) return;
    const auto& depths = feed_.venue->facts.book_depths;
    feed_.book_depth = depths.preset;
    if (!depths.offered.empty()) {
      const auto texts = depth_texts(depths);
      const std::vector<std::string_view> words(texts.begin(), texts.end());
      if (const auto at = section_.word("book_depth", words)) {
        feed_.book_depth = depths.offered[*at];
      }
    } else if (depths.most > 0) {
      section_.whole<std::uint32_t>({"book_depth", ""}, feed_.book_depth, depths.least,
                                    depths.most);
    } else if (section_.has("book_depth")) {
      const auto others =
          venue_names([](const auto& facts) { return facts.book_depths.preset > 0; });
      section_.problem("book_depth", "only for the venues " + both(others));
    }
  }

  void check_times() {
    if (feed_.planned_reconnect > seconds(0) && feed_.planned_reconnect < seconds(1)) {
      section_.problem("planned_reconnect", "expected 0 (never) or a duration from 1s to 24h");
    }
    if (feed_.price_factor == 1) section_.problem("price_factor", "expected 0 (off) or at least 2");
    if (feed_.reconnect_min > feed_.reconnect_max) {
      section_.problem(section_.has("reconnect_min") ? "reconnect_min" : "reconnect_max",
                       "expected reconnect_min (" + duration_text(feed_.reconnect_min) +
                           ") not to be longer than reconnect_max (" +
                           duration_text(feed_.reconnect_max) + ")");
    }
  }

  // Whoever names an endpoint of the second line wants one.
  void check_lines() {
    const bool second = section_.has("second_websocket_url") || section_.has("second_rest_url");
    if (!second) return;
    if (section_.has("lines") && feed_.lines == 1) {
      section_.problem("lines", "expected 2 beside an endpoint of the second line");
    }
    feed_.lines = 2;
  }

  // The keys that this kind of feed does not have.
  void refuse_others() {
    for (const auto& row : key_rows(feed_)) {
      if (!section_.has(row.key.name)) continue;
      if (const auto why = refusal(row.key.feeds); !why.empty()) {
        section_.problem(row.key.name, why);
      }
    }
  }

  std::string refusal(KeyOf feeds) const {
    const auto for_made_up = [] {
      return "for the venue " +
             either(venue_names([](const auto& facts) { return facts.made_up; }));
    };
    if (feeds == KeyOf::kAll) return {};
    if (feeds == KeyOf::kMadeUp) {
      return venue_known() && !made_up() ? "only " + for_made_up() : std::string();
    }
    if (made_up()) return "not " + for_made_up();
    const bool capture = section_.has("capture");
    if (feeds == KeyOf::kNetwork && capture) return "not together with capture";
    if (feeds == KeyOf::kCaptures && !capture) return "only together with capture";
    return {};
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
    auto& seen = venues_[venue_label(feed)];
    const bool made_up = feed.venue->facts.made_up;
    if (seen.line != 0 && (seen.whole || feed.symbols.empty())) {
      problems_.add(line, path + ".venue",
                    "expected another venue than the feed's on line " + std::to_string(seen.line) +
                        (made_up ? ", or a label of its own" : ", or symbols at both"));
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
  std::map<std::string, Seen> venues_;  // by label
};

bool is_nats(const YamlNode& item) {
  return std::ranges::any_of(item.entries, [](const YamlEntry& entry) {
    return entry.key == "venue" && entry.value.text == kNatsVenue;
  });
}

}  // namespace

void read_feeds(YamlSection& root, Problems& problems, Config& config) {
  const auto* const items = root.items("feeds", 1, kMostFeeds, "feeds");
  if (items == nullptr) {
    if (!root.has("feeds")) root.problem("feeds", "missing, expected a list of feeds");
    return;
  }
  Neighbours neighbours(problems);
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    if (item.unresolved) continue;
    const auto path = "feeds[" + std::to_string(i) + "]";
    YamlSection section(problems, item, path);
    if (is_nats(item)) {
      read_edge(std::move(section), config.edge.emplace());
      if (items->size() == 1) continue;
      problems.add(item.line, path + ".venue",
                   "expected no other feed beside one of venue nats: its numbers and their epoch "
                   "are those of the ingests");
      continue;
    }
    auto& feed = config.feeds.emplace_back();
    if (FeedReader(section, feed).read()) neighbours.add(feed, item.line, path);
  }
}

}  // namespace tickgate::gateway
