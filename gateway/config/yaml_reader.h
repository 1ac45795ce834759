// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A small, strict YAML: maps, lists and scalars with their lines. yaml-cpp parses; its nodes are
// not used, because they keep duplicate keys silently, follow aliases without limit, and read
// numbers and booleans by YAML 1.1's rules.
namespace tickgate::gateway {

// What is wrong with a file, as lines `file:line: key: what was expected`, in the file's order.
class Problems {
 public:
  explicit Problems(std::string_view file) : file_(file) {}

  // `path` is the dotted key, "feeds[1].symbols"; empty: the file as a whole.
  void add(int line, std::string_view path, std::string_view what);
  bool empty() const { return problems_.empty(); }
  std::vector<std::string> lines() const;

 private:
  struct Problem {
    int line;
    std::string text;
  };
  std::string file_;
  std::vector<Problem> problems_;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNothing, kScalar, kList, kMap };

  Kind kind = Kind::kNothing;
  int line = 1;         // from 1
  bool quoted = false;  // a scalar in quotes or a block: text, never a number
  std::string text;     // of a scalar, ${NAME} replaced
  std::string source;   // of a scalar, as it stands in the file: what a message may show
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;

  bool unresolved = false;  // an alias, or names a missing variable: reported, has no value

  // Refused by read_yaml(), which reports them with their key.
  bool anchored = false;
  bool tagged = false;
};

struct YamlEntry {
  std::string key;
  int line = 1;
  YamlNode value;
};

inline constexpr std::size_t kYamlMaxBytes = 1U << 20U;
inline constexpr std::size_t kYamlMaxNesting = 16;

// The one document in `text`. Reports bad syntax, too much text or nesting, several documents,
// duplicate keys, aliases, anchors and tags. ${NAME} in a scalar is replaced from the environment
// ("$${" stands for "${"); a missing variable is reported, a value never shown. What could be read
// is returned even then, so that the caller can go on and find the rest; nullopt where there is
// nothing to go on with.
std::optional<YamlNode> read_yaml(std::string_view text, Problems& problems);

// `got "ten"`, `got nothing`, `got a list`: the end of a message about a value, as the file has it.
std::string got(const YamlNode& node);

// A key's path below another: "server" and "tls" give "server.tls".
std::string yaml_path(std::string_view above, std::string_view key);

}  // namespace tickgate::gateway
