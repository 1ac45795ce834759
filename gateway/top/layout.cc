// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "gateway/top/number_text.h"
#include "gateway/top/rows.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kKeys = "q quit  p pause  s sort  ? help";

void append(std::vector<StyledLine>& lines, std::vector<StyledLine> more) {
  std::move(more.begin(), more.end(), std::back_inserter(lines));
}

std::vector<StyledLine> silence_lines(const Situation& situation) {
  const auto& silence = *situation.silence;
  return {
      StyledLine(fmt::format("{} does not answer since {} UTC, {}; asked each {}",
                             plain_text(situation.where), time_text(silence.since),
                             seconds_text(silence.seconds),
                             seconds_text(static_cast<double>(situation.interval.count()) / 1e3)),
                 Style::kBad),
      StyledLine(plain_text(silence.why), Style::kBad)};
}

std::vector<StyledLine> feed_lines(const Model& model, std::size_t width, std::size_t most) {
  if (model.feeds.empty()) return {StyledLine("no feeds", Style::kWarning)};
  return feed_table(model).lines(width, most);
}

std::vector<StyledLine> client_lines(const Model& model, ClientOrder order, std::size_t width,
                                     std::size_t most) {
  if (!model.clients_problem.empty()) {
    return {StyledLine("clients: " + plain_text(model.clients_problem), Style::kWarning)};
  }
  if (model.clients.empty()) return {StyledLine("no clients", Style::kDim)};
  return client_table(model, order).lines(width, most);
}

// `room` lines for both tables, their titles included. Clients have what feeds leave, and a third
// where that is enough for one of them.
std::vector<StyledLine> tables(const Model& model, const Situation& situation, std::size_t width,
                               std::size_t room) {
  constexpr std::size_t kAbove = 2;  // a line between the tables, and the titles
  const std::size_t feeds_need = 1 + model.feeds.size();
  const std::size_t clients_need = kAbove + model.clients.size();
  const std::size_t third = room / 3 > kAbove ? room / 3 : 0;
  const auto left = room - std::min(room, feeds_need);
  const auto for_clients = std::min(clients_need, std::max(third, left));
  const auto for_feeds = room - for_clients;
  auto lines = feed_lines(model, width, for_feeds - std::min<std::size_t>(for_feeds, 1));
  if (for_clients < kAbove) return lines;
  lines.emplace_back();
  append(lines, client_lines(model, situation.order, width, for_clients - kAbove));
  return lines;
}

}  // namespace

std::vector<StyledLine> lay_out(const Model* model, const Situation& situation, ScreenSize size) {
  std::vector<StyledLine> lines;
  if (situation.silence) lines = silence_lines(situation);
  if (model == nullptr && !situation.silence) {
    lines.emplace_back(plain_text("asking " + situation.where), Style::kDim);
  }
  if (situation.help) {
    append(lines, help_lines());
  } else if (model != nullptr) {
    auto picture = summary_lines(*model, situation);
    picture.emplace_back();
    const auto taken = lines.size() + picture.size() + 1;
    append(picture,
           tables(*model, situation, size.width, size.height - std::min(size.height, taken)));
    if (situation.silence) {
      for (auto& line : picture) line.restyle(Style::kDim);
    }
    append(lines, std::move(picture));
  }
  // The keys stand below, where there is a line for them.
  const auto most = size.height > 1 ? size.height - 1 : size.height;
  lines.resize(size.height > 1 ? most : std::min(lines.size(), most));
  if (size.height > 1) {
    StyledLine keys(kKeys, Style::kDim);
    lines.push_back(
        keys.add(fmt::format("   clients by {}", order_text(situation.order)), Style::kDim));
  }
  for (auto& line : lines) line.cut(size.width);
  return lines;
}

std::string lay_out_plain(const Model& model, const Situation& situation) {
  auto lines = summary_lines(model, situation);
  lines.emplace_back();
  append(lines, feed_lines(model, kNoLimit, kNoLimit));
  lines.emplace_back();
  append(lines, client_lines(model, situation.order, kNoLimit, kNoLimit));
  std::string text;
  for (const auto& line : lines) text.append(line.plain()).append("\n");
  return text;
}

}  // namespace tickgate::gateway
