// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/key_visitor.h"
#include "gateway/config/yaml_reader.h"

namespace tickgate::gateway {

// Reads the keys of one map, each at most once. An absent key leaves its value alone; a wrong one
// does too, and is reported. What nobody asked for is unknown: finish() says so. The node and the
// problems outlive the section, and so do the keys' names, which are literals.
class YamlSection final : public KeyVisitor {
 public:
  // A node that is nothing counts as an empty map; another kind is reported and read as empty.
  YamlSection(Problems& problems, const YamlNode& node, std::string path);

  // The value of `key`, or null. Marks it known.
  const YamlNode* find(std::string_view key);
  // The section under `key`; empty if absent.
  YamlSection section(std::string_view key);
  // The items under `key`, if it is there and a list of least..most; else null.
  const std::vector<YamlNode>* items(std::string_view key, std::size_t least, std::size_t most,
                                     std::string_view of_what);
  // Which of the words stands there.
  std::optional<std::size_t> word(std::string_view key, std::span<const std::string_view> words);

  void duration(const Key& key, Milliseconds& value, Milliseconds least,
                Milliseconds most) override;
  void factor(const Key& key, double& value, double least, double most) override;
  void boolean(const Key& key, bool& value) override;
  void address(const Key& key, ListenAddress& value) override;
  void name(const Key& key, std::string& value) override;
  void word(const Key& key, std::string& value, std::string_view expected,
            bool (*right)(const std::string& value)) override;
  void file(const Key& key, std::string& value) override;  // that this process can read now
  void url(const Key& key, std::string& value, std::string_view scheme) override;
  void list(const Key& key, std::vector<std::string>& value, const ListItems& items) override;
  void other(const Key& key) override { find(key.name); }

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
  void text(std::string_view key, std::string& value);  // not empty
  void wrong_item(std::string_view at, const YamlNode& item, std::string_view what,
                  const ListItems& want);
  void on_whole(const Key& key, std::uint64_t& value, std::uint64_t least,
                std::uint64_t most) override;
  void on_size(const Key& key, std::uint64_t& bytes, std::uint64_t least,
               std::uint64_t most) override;
  void on_choice(const Key& key, std::size_t& index,
                 std::span<const std::string_view> words) override;

  Problems& problems_;
  const YamlNode& node_;
  std::string path_;
  int line_;
  std::vector<std::string_view> known_;  // keys asked for
};

}  // namespace tickgate::gateway
