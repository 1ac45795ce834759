// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "schemas/check.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {
namespace {

int line_of(const YAML::Mark& mark) { return std::max(mark.line, 0) + 1; }

// Builds the tree from yaml-cpp's events. An exception out of it ends the parsing.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw YAML::ParserException(mark, "expected one document, got another");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    attach(make(YamlNode::Kind::kNothing, mark, "", anchor), mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    auto node = make(YamlNode::Kind::kNothing, mark, "", YAML::NullAnchor);
    node.unresolved = true;
    attach(std::move(node), mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = make(YamlNode::Kind::kScalar, mark, tag, anchor);
    node.quoted = tag == "!";
    node.source = value;
    node.text = value;
    attach(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(make(YamlNode::Kind::kList, mark, tag, anchor), mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(make(YamlNode::Kind::kMap, mark, tag, anchor), mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    YamlNode node;
    bool has_key = false;  // of a map: its last entry waits for the value
  };

  static YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor) {
    YamlNode node;
    node.kind = kind;
    node.line = line_of(mark);
    node.anchored = anchor != YAML::NullAnchor;
    node.tagged = !tag.empty() && tag != "?" && tag != "!";  // yaml-cpp's two words for "no tag"
    return node;
  }

  bool expects_key() const {
    return !levels_.empty() && levels_.back().node.kind == YamlNode::Kind::kMap &&
           !levels_.back().has_key;
  }

  void open(YamlNode node, const YAML::Mark& mark) {
    if (expects_key()) throw YAML::ParserException(mark, "expected a plain word as key");
    if (levels_.size() >= kYamlMaxNesting) {
      throw YAML::ParserException(
          mark, "expected at most " + std::to_string(kYamlMaxNesting) + " levels of nesting");
    }
    levels_.push_back({std::move(node)});
  }

  void close() {
    TICKGATE_CHECK(!levels_.empty());
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    place(std::move(node));
  }

  void attach(YamlNode node, const YAML::Mark& mark) {
    if (!expects_key()) return place(std::move(node));
    if (node.kind != YamlNode::Kind::kScalar || node.anchored || node.tagged) {
      throw YAML::ParserException(mark, "expected a plain word as key");
    }
    auto& level = levels_.back();
    level.node.entries.push_back({std::move(node.text), node.line, {}});
    level.has_key = true;
  }

  void place(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
    } else if (levels_.back().node.kind == YamlNode::Kind::kList) {
      levels_.back().node.items.push_back(std::move(node));
    } else {
      auto& entry = levels_.back().node.entries.back();
      // yaml-cpp places an empty value at whatever comes next.
      if (node.kind == YamlNode::Kind::kNothing && !node.unresolved) node.line = entry.line;
      entry.value = std::move(node);
      levels_.back().has_key = false;
    }
  }

  int documents_ = 0;
  YamlNode root_;
  std::vector<Level> levels_;
};

bool is_variable_name(std::string_view name) {
  const auto is_part = [](unsigned char c) { return absl::ascii_isalnum(c) || c == '_'; };
  return !name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), is_part);
}

void replace_variables(YamlNode& node, std::string_view path, Problems& problems) {
  std::string_view rest = node.source;
  std::string out;
  const auto refuse = [&](const std::string& what) {
    node.unresolved = true;
    problems.add(node.line, path, what);
  };
  for (;;) {
    const auto at = rest.find("${");
    if (at == std::string_view::npos) break;
    if (at > 0 && rest[at - 1] == '$') {
      out.append(rest.substr(0, at)).append("{");
      rest.remove_prefix(at + 2);
      continue;
    }
    out.append(rest.substr(0, at));
    const auto end = rest.find('}', at);
    const std::string name(rest.substr(at + 2, end == std::string_view::npos ? end : end - at - 2));
    if (end == std::string_view::npos || !is_variable_name(name)) {
      return refuse("expected ${NAME}, a name of letters, digits and _, " + got(node));
    }
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
      return refuse("expected the environment variable " + name + " to be set");
    }
    out.append(value);
    rest.remove_prefix(end + 1);
  }
  node.text = out.append(rest);
}

// Reports what this YAML does not allow, with the key it was found at. Nesting is bounded by then.
void check(YamlNode& node, const std::string& path, Problems& problems) {
  if (node.unresolved)
    problems.add(node.line, path, "aliases (*name) are not allowed, write it out");
  if (node.anchored) problems.add(node.line, path, "anchors (&name) are not allowed");
  if (node.tagged) problems.add(node.line, path, "tags (!name) are not allowed");
  if (node.kind == YamlNode::Kind::kScalar) replace_variables(node, path, problems);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    check(node.items[i], path + "[" + std::to_string(i) + "]", problems);
  }
  std::map<std::string_view, int> first_lines;
  for (auto& entry : node.entries) {
    const std::string below = yaml_path(path, entry.key);
    const auto [first, fresh] = first_lines.try_emplace(entry.key, entry.line);
    if (!fresh) {
      problems.add(
          entry.line, below,
          "duplicate key, it stands on line " + std::to_string(first->second) + " already");
    }
    check(entry.value, below, problems);
  }
}

}  // namespace

std::string got(const YamlNode& node) {
  constexpr std::size_t kLongest = 80;
  switch (node.kind) {
    case YamlNode::Kind::kNothing:
      return "got nothing";
    case YamlNode::Kind::kList:
      return "got a list";
    case YamlNode::Kind::kMap:
      return "got a map";
    case YamlNode::Kind::kScalar:
      break;
  }
  std::string out = "got ";
  schemas::append_json_string(out, schemas::utf8_prefix(node.source, kLongest));
  if (node.source.size() > kLongest) out.append("...");
  return out;
}

void Problems::add(int line, std::string_view path, std::string_view what) {
  std::string text = file_ + ":" + std::to_string(line) + ": ";
  if (!path.empty()) text.append(path).append(": ");
  text.append(what);
  // yaml-cpp's own messages may quote the file as it is.
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 127; }, '?');
  problems_.push_back({line, std::move(text)});
}

std::vector<std::string> Problems::lines() const {
  auto sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::vector<std::string> lines;
  lines.reserve(sorted.size());
  for (auto& problem : sorted) lines.push_back(std::move(problem.text));
  return lines;
}

std::string yaml_path(std::string_view above, std::string_view key) {
  constexpr std::size_t kLongestKey = 64;  // a longer one is nobody's key, only somebody's mistake
  std::string path(above);
  if (!path.empty()) path.push_back('.');
  for (const char c : key.substr(0, kLongestKey)) path.push_back(c >= ' ' && c < 127 ? c : '?');
  return path;
}

std::optional<YamlNode> read_yaml(std::string_view text, Problems& problems) {
  if (text.size() > kYamlMaxBytes) {
    problems.add(1, "", "expected at most 1MiB of YAML");
    return std::nullopt;
  }
  // yaml-cpp would put U+FFFD in its place without a word.
  if (const auto bad = schemas::find_bad_utf8(text); bad != std::string_view::npos) {
    const auto lines =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    problems.add(static_cast<int>(lines) + 1, "", "expected UTF-8, got other bytes");
    return std::nullopt;
  }
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    problems.add(line_of(error.mark), "", "not valid YAML: " + error.msg);
    return std::nullopt;
  } catch (const std::exception& error) {
    problems.add(1, "", std::string("not valid YAML: ") + error.what());
    return std::nullopt;
  }
  YamlNode root = builder.take_root();
  check(root, "", problems);
  return root;
}

}  // namespace tickgate::gateway
