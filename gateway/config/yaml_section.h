// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/config/yaml_reader.h"

namespace tickgate::gateway {

// Reads the keys of one map, each at most once. An absent key leaves its value alone; a wrong one
// does too, and is reported. What nobody asked for is unknown: finish() says so. The node and the
// problems outlive the section.
class YamlSection {
 public:
  // A node that is nothing counts as an empty map; another kind is reported and read as empty.
  YamlSection(Problems& problems, const YamlNode& node, std::string path);

  // The value of `key`, or null. Marks it known.
  const YamlNode* find(std::string_view key);
  // The section under `key`; empty if absent.
  YamlSection section(std::string_view key);
  // The items under `key`, if it is there and a list of least..most; else null.
  const std::vector<YamlNode>* list(std::string_view key, std::size_t least, std::size_t most,
                                    std::string_view of_what);

  template <std::unsigned_integral Number>
  void whole(std::string_view key, Number& value, Number least, Number most) {
    std::uint64_t wide = value;
    read_whole(key, wide, least, most);
    value = static_cast<Number>(wide);
  }
  void size(std::string_view key, std::uint32_t& bytes, std::uint32_t least, std::uint32_t most);
  void duration(std::string_view key, Milliseconds& value, Milliseconds least, Milliseconds most);
  void factor(std::string_view key, double& value, double least, double most);
  void boolean(std::string_view key, bool& value);
  void text(std::string_view key, std::string& value);  // not empty
  void address(std::string_view key, ListenAddress& value);
  // A file that this process can read now.
  void file(std::string_view key, std::string& value);

  template <typename Enum>
  void choice(std::string_view key, Enum& value,
              std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::vector<std::string_view> names;
    for (const auto& word : words) names.push_back(word.first);
    if (const auto at = choice(key, names)) value = words.begin()[*at].second;
  }
  // Which of the words it is.
  std::optional<std::size_t> choice(std::string_view key, std::span<const std::string_view> words);

  bool has(std::string_view key) const { return entry(key) != nullptr; }
  // The key's line, or the section's when it is absent.
  int line(std::string_view key) const;
  int line() const { return line_; }
  std::string path(std::string_view key) const { return yaml_path(path_, key); }
  void problem(std::string_view key, std::string_view what);
  // `expected ..., got "..."` at the value's line.
  void expected(std::string_view key, const YamlNode& value, std::string_view what);

  // Reports every key that nobody asked for. Call it last.
  void finish();

 private:
  const YamlEntry* entry(std::string_view key) const;
  // A scalar's text, or null when the key is absent or (reported) not a scalar.
  const YamlNode* scalar(std::string_view key, std::string_view what);
  void read_whole(std::string_view key, std::uint64_t& value, std::uint64_t least,
                  std::uint64_t most);

  Problems& problems_;
  const YamlNode& node_;
  std::string path_;
  int line_;
  std::vector<std::string_view> known_;  // keys asked for; literals of the caller
};

}  // namespace tickgate::gateway
