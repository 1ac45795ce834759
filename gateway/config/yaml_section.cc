// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/yaml_section.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "gateway/config/config_values.h"
#include "gateway/config/suggestion.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {
namespace {

const YamlNode kNoNode;

std::string range(const std::string& least, const std::string& most) {
  return "from " + least + " to " + most;
}

// A file's problem in the system's words, or nothing.
std::string file_problem(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0) {
    return std::generic_category().message(errno);
  }
  return S_ISDIR(status.st_mode) ? "is a directory" : "";
}

}  // namespace

YamlSection::YamlSection(Problems& problems, const YamlNode& node, std::string path)
    : problems_(problems),
      node_(node.kind == YamlNode::Kind::kMap ? node : kNoNode),
      path_(std::move(path)),
      line_(node.line) {
  if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNothing) {
    problems.add(node.line, path_, "expected a map of keys and values, " + got(node));
  }
}

const YamlEntry* YamlSection::entry(std::string_view key) const {
  const auto at = std::find_if(node_.entries.begin(), node_.entries.end(),
                               [key](const YamlEntry& entry) { return entry.key == key; });
  return at == node_.entries.end() ? nullptr : &*at;
}

const YamlNode* YamlSection::find(std::string_view key) {
  known_.push_back(key);
  const auto* const found = entry(key);
  // What could not be resolved has been reported already; there is no value to read.
  return found == nullptr || found->value.unresolved ? nullptr : &found->value;
}

YamlSection YamlSection::section(std::string_view key) {
  const auto* const value = find(key);
  return {problems_, value == nullptr ? kNoNode : *value, path(key)};
}

const std::vector<YamlNode>* YamlSection::items(std::string_view key, std::size_t least,
                                                std::size_t most, std::string_view of_what) {
  const auto* const value = find(key);
  if (value == nullptr) return nullptr;
  if (value->kind == YamlNode::Kind::kList && value->items.size() >= least &&
      value->items.size() <= most) {
    return &value->items;
  }
  std::string what = "a list of ";
  what.append(of_what).append(", ").append(std::to_string(least)).append(" to ");
  what.append(std::to_string(most)).append(" of them");
  if (value->kind != YamlNode::Kind::kList) {
    expected(key, *value, what);
  } else {
    problems_.add(value->line, path(key),
                  "expected " + what + ", got " + std::to_string(value->items.size()));
  }
  return nullptr;
}

const YamlNode* YamlSection::scalar(std::string_view key, std::string_view what) {
  const auto* const value = find(key);
  if (value == nullptr || value->kind == YamlNode::Kind::kScalar) return value;
  expected(key, *value, what);
  return nullptr;
}

void YamlSection::on_whole(const Key& key, std::uint64_t& value, std::uint64_t least,
                           std::uint64_t most) {
  const auto what = "a whole number " + range(std::to_string(least), std::to_string(most));
  const auto* const node = scalar(key.name, what);
  if (node == nullptr) return;
  const auto number = parse_whole(node->text);
  if (node->quoted || !number || *number < least || *number > most) {
    return expected(key.name, *node, what + (node->quoted ? " without quotes" : ""));
  }
  value = *number;
}

void YamlSection::on_size(const Key& key, std::uint64_t& bytes, std::uint64_t least,
                          std::uint64_t most) {
  const auto what =
      "bytes " + range(size_text(least), size_text(most)) + ", written like 65536, 64KiB or 1MiB";
  const auto* const node = scalar(key.name, what);
  if (node == nullptr) return;
  const auto number = parse_size(node->text);
  if (!number || *number < least || *number > most) return expected(key.name, *node, what);
  bytes = *number;
}

void YamlSection::duration(const Key& key, Milliseconds& value, Milliseconds least,
                           Milliseconds most) {
  const auto what = "a duration " + range(duration_text(least), duration_text(most)) +
                    ", written like 500ms, 10s, 5m or 1h";
  const auto* const node = scalar(key.name, what);
  if (node == nullptr) return;
  const auto parsed = parse_duration(node->text);
  if (!parsed || *parsed < least || *parsed > most) return expected(key.name, *node, what);
  value = *parsed;
}

void YamlSection::factor(const Key& key, double& value, double least, double most) {
  const auto what = "a number " + range(factor_text(least), factor_text(most));
  const auto* const node = scalar(key.name, what);
  if (node == nullptr) return;
  const auto parsed = parse_factor(node->text);
  if (node->quoted || !parsed || *parsed < least || *parsed > most) {
    return expected(key.name, *node, what);
  }
  value = *parsed;
}

void YamlSection::boolean(const Key& key, bool& value) {
  const auto* const node = scalar(key.name, "true or false");
  if (node == nullptr) return;
  if (node->quoted || (node->text != "true" && node->text != "false")) {
    return expected(key.name, *node, "true or false, in lower case without quotes");
  }
  value = node->text == "true";
}

void YamlSection::text(std::string_view key, std::string& value) {
  const auto* const node = scalar(key, "a text");
  if (node == nullptr) return;
  if (node->text.empty()) return expected(key, *node, "a text");
  value = node->text;
}

void YamlSection::address(const Key& key, ListenAddress& value) {
  constexpr std::string_view kWhat = "an address in digits and a port, like 127.0.0.1:8080";
  const auto* const node = scalar(key.name, kWhat);
  if (node == nullptr) return;
  const auto parsed = parse_listen_address(node->text);
  if (!parsed) return expected(key.name, *node, kWhat);
  value = *parsed;
}

void YamlSection::name(const Key& key, std::string& value) {
  text(key.name, value);
  const auto* const node = find(key.name);
  if (node != nullptr && !node->text.empty() && !is_feed_name(node->text)) {
    expected(key.name, *node, "1 to 32 of a-z, 0-9, - and _");
  }
}

void YamlSection::word(const Key& key, std::string& value, std::string_view expected,
                       bool (*right)(const std::string&)) {
  text(key.name, value);
  const auto* const node = find(key.name);
  if (node != nullptr && !node->text.empty() && !right(node->text)) {
    this->expected(key.name, *node, expected);
  }
}

void YamlSection::file(const Key& key, std::string& value) {
  text(key.name, value);
  const auto* const found = entry(key.name);
  if (found == nullptr || found->value.unresolved || value.empty()) return;
  if (const auto wrong = file_problem(value); !wrong.empty()) {
    problems_.add(found->value.line, path(key.name),
                  "expected a readable file, " + got(found->value) + ": " + wrong);
  }
}

void YamlSection::url(const Key& key, std::string& value, std::string_view scheme) {
  text(key.name, value);
  if (value.empty()) return;
  // Not the URL itself: it may carry a key.
  if (const auto wrong = url_problem(value, scheme)) problem(key.name, *wrong);
}

void YamlSection::list(const Key& key, std::vector<std::string>& value, const ListItems& want) {
  const auto* const alone = want.or_one ? find(key.name) : nullptr;
  if (alone != nullptr && alone->kind == YamlNode::Kind::kScalar) {
    if (!want.right(alone->text)) wrong_item(key.name, *alone, want.expected, want);
    value = {alone->text};
    return;
  }
  const auto* const nodes = items(key.name, want.least, want.most, want.of_what);
  if (nodes == nullptr) return;
  value.clear();
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const auto& item = (*nodes)[i];
    if (item.unresolved) continue;
    const auto at = std::string(key.name) + "[" + std::to_string(i) + "]";
    if (item.kind != YamlNode::Kind::kScalar || !want.right(item.text)) {
      wrong_item(at, item, want.expected, want);
    } else if (!seen.insert(item.text).second && !want.once.empty()) {
      wrong_item(at, item, want.once, want);
    }
    value.push_back(item.text);
  }
}

void YamlSection::wrong_item(std::string_view at, const YamlNode& item, std::string_view what,
                             const ListItems& want) {
  if (!want.hidden) return expected(at, item, what);
  problems_.add(item.line, path(at), std::string("expected ").append(what));
}

std::optional<std::size_t> YamlSection::word(std::string_view key,
                                             std::span<const std::string_view> words) {
  const auto* const node = scalar(key, either(words));
  if (node == nullptr) return std::nullopt;
  const auto at = std::find(words.begin(), words.end(), node->text);
  if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
  expected(key, *node, either(words));
  return std::nullopt;
}

void YamlSection::on_choice(const Key& key, std::size_t& index,
                            std::span<const std::string_view> words) {
  if (const auto at = word(key.name, words)) index = *at;
}

int YamlSection::line(std::string_view key) const {
  const auto* const found = entry(key);
  return found == nullptr ? line_ : found->line;
}

void YamlSection::problem(std::string_view key, std::string_view what) {
  problems_.add(line(key), path(key), what);
}

void YamlSection::expected(std::string_view key, const YamlNode& value, std::string_view what) {
  problems_.add(value.line, path(key), std::string("expected ").append(what) + ", " + got(value));
}

void YamlSection::finish() {
  std::string_view last;  // a duplicate has been reported as such
  for (const auto& entry : node_.entries) {
    if (entry.key == last) continue;
    last = entry.key;
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    problems_.add(entry.line, path(entry.key), "unknown key" + did_you_mean(entry.key, known_));
  }
}

}  // namespace tickgate::gateway
