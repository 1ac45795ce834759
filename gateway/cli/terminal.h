// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "gateway/top/layout.h"

namespace tickgate::gateway {

// Whether stdout is a terminal on which lines can be drawn anew.
bool can_draw();

// Whether colours are wanted (https://no-color.org).
bool wants_colours();

// The terminal of stdout and its keys, taken for a picture from here on and given back as it was:
// by the destructor, by leave(), and by whatever signal ends the process without its consent. One
// at a time, on one thread.
class Terminal {
 public:
  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void enter();
  void leave();

  ScreenSize size() const;
  // Whether keys can be read, from stdin.
  bool has_keys() const;
  // Draws these lines over what is there. False: the terminal is gone.
  bool draw(const std::vector<StyledLine>& lines) const;

 private:
  bool colours_ = wants_colours();
};

}  // namespace tickgate::gateway
