// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::gateway {

enum class Style { kPlain, kTitle, kDim, kGood, kWarning, kBad, kReversed };

struct Piece {
  std::string text;  // printable ASCII
  Style style = Style::kPlain;
};

// One row of the screen.
class StyledLine {
 public:
  StyledLine() = default;
  StyledLine(std::string_view text, Style style) { add(text, style); }

  StyledLine& add(std::string_view text, Style style = Style::kPlain);
  std::size_t width() const { return width_; }
  // Cuts it; what is cut shows by a '>' at the end.
  void cut(std::size_t width);
  // All of it in this one.
  void restyle(Style style);

  std::string plain() const;
  // With the escape sequences of a terminal, which colours only where that is wanted.
  std::string painted(bool colours) const;

 private:
  std::vector<Piece> pieces_;
  std::size_t width_ = 0;
};

}  // namespace tickgate::gateway
