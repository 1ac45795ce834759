// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tickgate::gateway {

// What there is to say of a command, for those who write it down: the manual, the completions.
// Views are literals.
struct CommandPage {
  struct Flag {
    std::string_view name;
    std::string value;  // its placeholder, "FILE", or its words, "market|generated"; or none
    std::string help;
  };

  std::string_view name;      // "demo"
  std::string_view summary;   // a phrase
  std::string_view synopsis;  // what follows the name
  std::string_view about;     // paragraphs
  std::vector<Flag> flags;
  std::string_view word;                // what is not a flag, "a file"; or none
  std::vector<std::string_view> words;  // or one of these
};

}  // namespace tickgate::gateway
