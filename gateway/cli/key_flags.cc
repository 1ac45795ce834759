// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/key_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gateway/access/api_key.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/flag_table.h"
#include "gateway/config/auth_values.h"
#include "gateway/config/config_values.h"

namespace tickgate::gateway {
namespace {

constexpr std::array<std::string_view, 3> kVerbs = {"create", "list", "revoke"};

// Calls `take` with each part between commas, of which none is empty; false: it took one not.
template <typename Take>
bool each_part(std::string_view text, Take take) {
  while (true) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma == 0 || !take(text.substr(0, comma))) return false;
    if (comma == text.size()) return true;
    text.remove_prefix(comma + 1);
  }
}

void add_what_it_gives(FlagTable& table, KeyFlags& flags) {
  table.text("symbols", "SYMBOLS", "KRAKEN:*,COINBASE:BTC-USD; may be given again; absent: all",
             "symbols like KRAKEN:BTC-USD, KRAKEN:* or *:BTC-USD, commas between them",
             [&](std::string_view text) {
               auto& symbols = flags.entitlement.symbols;
               auto patterns = symbols ? symbols->patterns() : std::vector<SymbolPattern>();
               const bool right = each_part(text, [&](std::string_view part) {
                 auto pattern = SymbolPattern::parse(part);
                 if (!pattern) return false;
                 patterns.push_back(*std::move(pattern));
                 return true;
               });
               symbols.emplace(std::move(patterns));
               return right;
             });
  table.text("channels", "CHANNELS", "quote,trade; absent: all",
             "quote, trade, book, ticker, status or bar, commas between them",
             [&](std::string_view text) {
               std::uint8_t bits = 0;
               const bool right = each_part(text, [&](std::string_view part) {
                 const auto channel = schemas::channel_from_name(part);
                 if (!channel) return false;
                 bits = static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(*channel));
                 return true;
               });
               flags.entitlement.channels = bits;
               return right;
             });
  table.text("depth", "N", "levels of a book, 1 to 5000; absent: all",
             "a whole number from 1 to 5000", [&](std::string_view text) {
               const auto depth = parse_whole(text);
               if (!depth || *depth < 1 || *depth > Grant::kMostDepth) return false;
               flags.entitlement.depth = static_cast<std::uint16_t>(*depth);
               return true;
             });
  table.text("plan", "PLAN", "of the configuration's plans: the stricter of it and the key holds",
             "a plan's name", [&](std::string_view text) {
               flags.plan = text;
               return is_plan_name(text);
             });
}

void add_flags(FlagTable& table, KeyFlags& flags) {
  table.file("file", "the keys, as auth.api_keys_file names it; mode 0600", flags.file, true);
  add_what_it_gives(table, flags);
  table.text("expires", "WHEN", "90d, 12h, 2027-03-01 or 2027-03-01T12:00:00Z; absent: never",
             "a duration like 90d or 12h, or a date like 2027-03-01", [&](std::string_view text) {
               const auto expires = parse_expires(text);
               if (expires) flags.expires = *expires;
               return expires.has_value();
             });
  table.text("subject", "SUBJECT", "whose it is; the name, if absent", "1 to 256 bytes",
             [&](std::string_view text) {
               flags.subject = text;
               return !text.empty() && text.size() <= 256;
             });
}

std::optional<std::string> mistake_of(const KeyFlags& flags, const std::vector<std::string>& words,
                                      const FlagTable& table) {
  const auto wanted = flags.verb == KeyFlags::Verb::kList ? 0U : 1U;
  if (words.size() != wanted) {
    constexpr std::array<std::string_view, 3> kWanted = {"create NAME", "list and no more",
                                                         "revoke ID"};
    return fmt::format("expected {}", kWanted.at(static_cast<std::size_t>(flags.verb)));
  }
  if (flags.verb == KeyFlags::Verb::kRevoke && !ApiKeyText::is_id(words[0])) {
    return fmt::format("expected the id of a key, 8 letters and digits, as list has it");
  }
  if (flags.verb == KeyFlags::Verb::kCreate) return std::nullopt;
  for (const std::string_view flag :
       {"symbols", "channels", "depth", "plan", "expires", "subject"}) {
    if (table.given(flag)) return fmt::format("--{} is of create only", flag);
  }
  return std::nullopt;
}

}  // namespace

std::optional<KeyFlags::Expires> parse_expires(std::string_view text) {
  constexpr std::uint64_t kMostDays = 3660;
  if (text.ends_with('d')) {
    const auto days = parse_whole(text.substr(0, text.size() - 1));
    if (!days || *days == 0 || *days > kMostDays) return std::nullopt;
    return KeyFlags::Expires{std::chrono::hours(24 * *days), {}};
  }
  if (const auto after = parse_duration(text); after && *after > Milliseconds(0)) {
    return KeyFlags::Expires{after, {}};
  }
  const auto at = parse_time_or_date(text);
  if (!at || at->value() <= 0) return std::nullopt;
  return KeyFlags::Expires{{}, at};
}

CommandLine parse_key(std::span<const std::string_view> arguments) {
  KeyFlags flags;
  std::string verb;
  std::vector<std::string> words;
  FlagTable table(
      {"key", "create NAME|list|revoke ID --file FILE [flags]",
       "Makes, lists and revokes API keys. The file holds a line for each, with its SHA-256; a "
       "key\n"
       "itself is printed once, when it is made, and kept nowhere. A running gateway takes a "
       "changed\n"
       "file in by itself, and ends the connections of a key that is gone. A subject may have two\n"
       "keys at once, to replace one by the other.\n"});
  table.word(verb, {kVerbs[0], kVerbs[1], kVerbs[2]});
  table.words(words, "create NAME, list or revoke ID");
  add_flags(table, flags);
  const bool helps = std::any_of(arguments.begin(), arguments.end(), [](std::string_view argument) {
    return argument == "--help" || argument == "-h";
  });
  if (helps) return HelpText{table.help(), table.page()};
  if (auto problem = table.parse(arguments)) return UsageError{std::move(*problem)};
  const auto at = std::find(kVerbs.begin(), kVerbs.end(), verb);
  flags.verb = static_cast<KeyFlags::Verb>(at - kVerbs.begin());
  if (const auto mistake = mistake_of(flags, words, table)) {
    return UsageError{"tickgate key: " + *mistake};
  }
  if (!words.empty()) flags.word = words.front();
  return flags;
}

}  // namespace tickgate::gateway
