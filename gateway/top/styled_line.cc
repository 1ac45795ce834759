// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/styled_line.h"

#include <algorithm>

namespace tickgate::gateway {
namespace {

// Without colours the same is said by bold, faint and reversed.
std::string_view sequence(Style style, bool colours) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kTitle:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kGood:
      return colours ? "\x1b[32m" : "";
    case Style::kWarning:
      return colours ? "\x1b[33m" : "\x1b[1m";
    case Style::kBad:
      return colours ? "\x1b[1;31m" : "\x1b[1m";
    case Style::kReversed:
      return "\x1b[7m";
  }
  return "";
}

}  // namespace

StyledLine& StyledLine::add(std::string_view text, Style style) {
  pieces_.push_back({std::string(text), style});
  width_ += text.size();
  return *this;
}

void StyledLine::cut(std::size_t width) {
  if (width_ <= width) return;
  std::size_t left = width;
  for (auto& piece : pieces_) {
    piece.text.resize(std::min(piece.text.size(), left));
    left -= piece.text.size();
  }
  std::erase_if(pieces_, [](const Piece& piece) { return piece.text.empty(); });
  if (!pieces_.empty()) pieces_.back().text.back() = '>';
  width_ = width;
}

void StyledLine::restyle(Style style) {
  for (auto& piece : pieces_) piece.style = style;
}

std::string StyledLine::plain() const {
  std::string text;
  for (const auto& piece : pieces_) text.append(piece.text);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string StyledLine::painted(bool colours) const {
  std::string text;
  for (const auto& piece : pieces_) {
    const auto begin = sequence(piece.style, colours);
    text.append(begin).append(piece.text).append(begin.empty() ? "" : "\x1b[0m");
  }
  return text;
}

}  // namespace tickgate::gateway
