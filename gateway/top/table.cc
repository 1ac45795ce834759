// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

constexpr std::size_t kForTheLast = 16;
constexpr std::string_view kBetween = "  ";

std::string filled(std::string_view text, std::size_t width, bool right) {
  const std::string blanks(width - std::min(width, text.size()), ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

}  // namespace

std::size_t Table::width_of(std::size_t column) const {
  std::size_t width = std::max(columns_[column].title.size(), columns_[column].least);
  for (const auto& row : rows_) width = std::max(width, row[column].text.size());
  return width;
}

std::vector<bool> Table::fitting(std::size_t width) const {
  std::vector<bool> shown(columns_.size(), true);
  std::size_t needed = std::min(width_of(columns_.size() - 1), kForTheLast);
  for (std::size_t i = 0; i + 1 < columns_.size(); ++i) needed += width_of(i) + kBetween.size();
  while (needed > width) {
    std::size_t victim = columns_.size();
    for (std::size_t i = 0; i + 1 < columns_.size(); ++i) {
      if (!shown[i] || columns_[i].rank == 0) continue;
      if (victim == columns_.size() || columns_[i].rank > columns_[victim].rank) victim = i;
    }
    if (victim == columns_.size()) break;
    shown[victim] = false;
    needed -= width_of(victim) + kBetween.size();
  }
  return shown;
}

std::vector<StyledLine> Table::lines(std::size_t width, std::size_t most) const {
  const auto shown = fitting(width);
  std::vector<StyledLine> lines(1);
  const bool all = rows_.size() <= most;
  const std::size_t count = all ? rows_.size() : std::max<std::size_t>(most, 1) - 1;
  lines.resize(1 + count);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!shown[i]) continue;
    const bool last = i + 1 == columns_.size();
    const auto wide = last ? 0 : width_of(i);
    const auto between = last ? std::string_view() : kBetween;
    lines[0].add(filled(columns_[i].title, wide, columns_[i].right) + std::string(between),
                 Style::kTitle);
    for (std::size_t row = 0; row < count; ++row) {
      const auto& cell = rows_[row][i];
      lines[1 + row].add(filled(cell.text, wide, columns_[i].right), cell.style).add(between);
    }
  }
  if (!all) lines.emplace_back(fmt::format("and {} more", rows_.size() - count), Style::kDim);
  return lines;
}

}  // namespace tickgate::gateway
