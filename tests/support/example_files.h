// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace tickgate::testing {

// The examples of the contract, by name ("quote.crossed"), without the end of their line: those of
// schemas/examples, or of a folder in it.
inline std::map<std::string, std::string> example_files(std::string_view folder = "") {
  const auto root = std::filesystem::path(TICKGATE_TEST_DATA).parent_path().parent_path();
  std::map<std::string, std::string> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(root / "schemas/examples" / folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.ends_with('\n')) text.pop_back();
    found[entry.path().stem().string()] = text;
  }
  return found;
}

}  // namespace tickgate::testing
