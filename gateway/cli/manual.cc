// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/manual.h"

#include <fmt/format.h>

#include <cctype>

#include "feeds/venues/all.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/roff.h"
#include "gateway/config/cluster_values.h"
#include "gateway/config/key_table.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {
namespace {

using Kind = KeyRow::Kind;

std::string sentence(std::string_view phrase) {
  std::string text(phrase);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.append(".");
}

void add_command(Roff& roff, const CommandPage& page) {
  roff.subsection(fmt::format("tickgate {} {}", page.name, page.synopsis));
  roff.paragraphs(page.about);
  for (const auto& flag : page.flags) {
    roff.term(fmt::format("--{}", flag.name), flag.value, sentence(flag.help));
  }
}

std::string kind_text(const KeyRow& row) {
  switch (row.kind) {
    case Kind::kWhole:
      return "a whole number";
    case Kind::kFactor:
      return "a number";
    case Kind::kSize:
      return "a size";
    case Kind::kDuration:
      return "a duration";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kChoice:
      return either(row.words);
    case Kind::kList:
      return fmt::format("a list of {} to {}", row.least_text, row.most_text);
    case Kind::kAddress:
      return "an address and port";
    case Kind::kText:
    case Kind::kUrl:
    case Kind::kOther:
      break;
  }
  return "";
}

// What a venue, its book's depth and TLS are: the table of keys cannot say it in a row.
std::string other_text(std::string_view section, std::string_view key) {
  if (key == "venue" && section == "feeds.nats") return std::string(kNatsVenue);
  if (key == "venue") return either(venue_names([](const auto&) { return true; }));
  if (key == "tls" || key == "admin_tls") return "a map of its own";
  if (key == "defaults") return "a map of the keys of a plan";
  std::string text;
  for (const auto& venue : feeds::venues()) {
    const auto& depths = venue.facts.book_depths;
    if (depths.preset == 0) continue;
    const auto what = depths.offered.empty()
                          ? fmt::format("{} to {}", depths.least, depths.most)
                          : fmt::format("{}", fmt::join(depth_texts(depths), ", "));
    text.append(text.empty() ? "" : "; ");
    text.append(fmt::format("{}: {} ({})", venue.facts.name, what, depths.preset));
  }
  return text;
}

std::string_view feeds_text(KeyOf feeds) {
  switch (feeds) {
    case KeyOf::kAll:
      break;
    case KeyOf::kVenues:
      return " Not of a made-up venue.";
    case KeyOf::kNetwork:
      return " Not of a made-up venue, nor beside a capture.";
    case KeyOf::kCaptures:
      return " Beside a capture only.";
    case KeyOf::kMadeUp:
      return " Of a made-up venue only.";
  }
  return "";
}

void add_key(Roff& roff, std::string_view section, const KeyRow& row) {
  auto text = sentence(row.key.help).append(feeds_text(row.key.feeds));
  const auto kind = row.kind == Kind::kOther ? other_text(section, row.key.name) : kind_text(row);
  if (!kind.empty()) text.append(" ").append(sentence(kind));
  const bool has_range = !row.least_text.empty() && row.kind != Kind::kList;
  if (has_range) text.append(fmt::format(" From {} to {}.", row.least_text, row.most_text));
  if (!row.value.empty()) text.append(fmt::format(" Default: {}.", row.value));
  if (row.key.in_force == InForce::kNextStart) text.append(" A change needs a restart.");
  roff.term(row.key.name, "", text);
}

}  // namespace

std::string command_manual(const std::vector<CommandPage>& pages, std::string_view version) {
  Roff roff("TICKGATE", 1, version);
  roff.section("NAME");
  roff.paragraphs("tickgate - a live price-feed gateway\n");
  roff.section("SYNOPSIS");
  roff.paragraphs("tickgate COMMAND [flags]\n");
  roff.section("DESCRIPTION");
  roff.paragraphs(kAbout);
  roff.section("COMMANDS");
  roff.paragraphs("Each answers --help. A flag is written --name value or --name=value.\n");
  for (const auto& page : pages) add_command(roff, page);
  roff.section("EXIT STATUS");
  roff.paragraphs(kExitStatus);
  roff.section("SIGNALS");
  roff.term("SIGTERM, SIGINT", "",
            "Let the clients go over the drain time, and end. Twice: at once.");
  roff.term("SIGHUP", "", "Read again what may change while it runs.");
  roff.section("ENVIRONMENT");
  roff.term("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "", "A proxy (CONNECT) between feeds and venues.");
  roff.term("TICKGATE_ADMIN_TOKEN", "",
            "The token of an admin port that wants one, for the commands that ask it.");
  roff.term("NOTIFY_SOCKET, WATCHDOG_USEC", "",
            "Set by systemd, which is told of start, end and health.");
  roff.paragraphs("A configuration may ask for others by ${NAME}.\n");
  roff.section("SEE ALSO");
  roff.paragraphs("tickgate.yaml(5)\n");
  return roff.take();
}

std::string config_manual(std::string_view version) {
  Roff roff("TICKGATE.YAML", 5, version);
  roff.section("NAME");
  roff.paragraphs("tickgate.yaml - the configuration of tickgate\n");
  roff.section("DESCRIPTION");
  roff.paragraphs(
      "Read by tickgate serve, record and check; the last says all that is wrong with one. "
      "Unknown\n"
      "and duplicate keys are refused. Durations: 500ms, 10s, 5m, 23h. Sizes: 65536, 64KiB, 1MiB.\n"
      "${NAME} is replaced by the environment variable NAME. Each of feeds and consolidated is a "
      "list "
      "of\n"
      "such maps, and a feed is all that there has to be:\n"
      "\n"
      "  feeds:\n"
      "    - venue: kraken\n"
      "      symbols: [BTC-USD]\n");
  for (const auto& section : key_table()) {
    roff.section(section.name);
    for (const auto& row : section.rows) add_key(roff, section.name, row);
  }
  roff.section("SEE ALSO");
  roff.paragraphs("tickgate(1)\n");
  return roff.take();
}

}  // namespace tickgate::gateway
