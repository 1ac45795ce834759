// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/top/styled_line.h"

namespace tickgate::gateway {

struct Column {
  std::string_view title;
  std::size_t least = 0;  // as wide at least, so that it stands still while its numbers change
  bool right = true;      // aligned
  int rank = 0;           // where there is no room the highest goes first; 0 never
};

// Rows of cells under titles. The last column is as wide as its text and is cut by the screen; of
// the others those that do not fit, with 16 characters left for the last, are left out.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns.
  void add(std::vector<Piece> cells) { rows_.push_back(std::move(cells)); }

  // The titles and at most `most` rows; where there are more, the last line says how many.
  std::vector<StyledLine> lines(std::size_t width, std::size_t most) const;

 private:
  std::size_t width_of(std::size_t column) const;
  std::vector<bool> fitting(std::size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Piece>> rows_;
};

}  // namespace tickgate::gateway
