// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/config/config_view.h"

namespace tickgate::gateway {

// One difference of two configurations, in words.
struct ConfigChange {
  enum class Kind : char {
    kAdded = '+',
    kRemoved = '-',
    kChanged = '~',
    kFixed = '!',   // needs a restart
    kHidden = '?',  // only who knows what is hidden can tell
  };

  Kind kind{};
  std::string place;  // of the key or the section, in the file of the next one
  std::string text;   // "limits.connections 5000 -> 8000"

  std::string line() const { return std::string{static_cast<char>(kind), ' '} + text; }
};

// From what runs to what a file says: used by a reload, its log line and `check --against` alike.
// In the order of the sections. A value without `exact` on either side is compared by its text.
std::vector<ConfigChange> config_diff(const ConfigView& running, const ConfigView& next);

// As many of the lines as fit into so many bytes, in one, and how many there are beside them.
std::string changes_text(const std::vector<ConfigChange>& changes, std::size_t most_bytes);

}  // namespace tickgate::gateway
