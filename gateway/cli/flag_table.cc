// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/flag_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/config/config_values.h"
#include "gateway/config/suggestion.h"
#include "gateway/config/words.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  schemas::append_json_string(out, text);
  return out;
}

}  // namespace

void FlagTable::add_whole(std::string_view name, std::string_view help, std::uint64_t value,
                          std::uint64_t least, std::uint64_t most,
                          std::function<void(std::uint64_t)> set) {
  const auto range = std::to_string(least) + " to " + std::to_string(most);
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = "N";
  flag.help =
      std::string(help).append(", ").append(range).append(" (") + std::to_string(value) + ")";
  flag.expected = "a whole number from " + range;
  flag.set = [least, most, set = std::move(set)](std::string_view text) {
    const auto number = parse_whole(text);
    if (!number || *number < least || *number > most) return false;
    set(*number);
    return true;
  };
}

void FlagTable::add_duration(std::string_view name, std::string_view help, Milliseconds least,
                             Milliseconds most, std::function<void(Milliseconds)> set) {
  const auto range = duration_text(least) + " to " + duration_text(most);
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = "TIME";
  flag.help = std::string(help).append(", ").append(range);
  flag.expected = "a duration from " + range + ", written like 500ms, 10s or 5m";
  flag.set = [least, most, set = std::move(set)](std::string_view text) {
    const auto value = parse_duration(text);
    if (!value || *value < least || *value > most) return false;
    set(*value);
    return true;
  };
}

void FlagTable::duration(std::string_view name, std::string_view help, Milliseconds& value,
                         const KeyRow& key) {
  duration(name, help, value, Milliseconds(key.least), Milliseconds(key.most));
}

void FlagTable::duration(std::string_view name, std::string_view help, Milliseconds& value,
                         Milliseconds least, Milliseconds most) {
  add_duration(name, help, least, most, [&value](Milliseconds parsed) { value = parsed; });
  flags_.back().help.append(" (").append(duration_text(value)).append(")");
}

void FlagTable::duration(std::string_view name, std::string_view help,
                         std::optional<Milliseconds>& value, Milliseconds least,
                         Milliseconds most) {
  add_duration(name, help, least, most, [&value](Milliseconds parsed) { value = parsed; });
}

void FlagTable::file(std::string_view name, std::string_view help, std::string& value,
                     bool required) {
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = "FILE";
  flag.help = help;
  flag.expected = "a file";
  flag.required = required;
  flag.set = [&value](std::string_view text) {
    value = text;
    return !text.empty();
  };
}

void FlagTable::address(std::string_view name, std::string_view help, std::string& value) {
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = "ADDRESS";
  flag.help = std::string(help).append(" (").append(value).append(")");
  flag.expected = "an address in digits, like 127.0.0.1 or ::1";
  flag.set = [&value](std::string_view text) {
    const bool v6 = text.find(':') != std::string_view::npos;
    const auto parsed =
        parse_listen_address((v6 ? "[" + std::string(text) + "]" : std::string(text)) + ":0");
    if (parsed) value = parsed->host;
    return parsed.has_value();
  };
}

void FlagTable::toggle(std::string_view name, std::string_view help, bool& value) {
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.help = help;
  flag.set = [&value](std::string_view) {
    value = true;
    return true;
  };
}

void FlagTable::text(std::string_view name, std::string_view placeholder, std::string_view help,
                     std::string_view expected, std::function<bool(std::string_view)> set) {
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = placeholder;
  flag.help = help;
  flag.expected = expected;
  flag.set = std::move(set);
}

void FlagTable::add_choice(std::string_view name, std::string_view help,
                           const std::vector<std::string_view>& words, std::string_view now,
                           std::function<void(std::size_t)> set) {
  auto& flag = flags_.emplace_back();
  flag.name = name;
  flag.value = fmt::format("{}", fmt::join(words, "|"));
  flag.help = std::string(help).append(" (").append(now).append(")");
  flag.expected = either(words);
  flag.set = [words, set = std::move(set)](std::string_view text) {
    const auto at = std::find(words.begin(), words.end(), text);
    if (at == words.end()) return false;
    set(static_cast<std::size_t>(at - words.begin()));
    return true;
  };
}

bool FlagTable::given(std::string_view name) const {
  return std::any_of(flags_.begin(), flags_.end(),
                     [name](const Flag& flag) { return flag.name == name && flag.given; });
}

FlagTable::Flag* FlagTable::find(std::string_view name) {
  const auto at = std::find_if(flags_.begin(), flags_.end(),
                               [name](const Flag& flag) { return flag.name == name; });
  return at == flags_.end() ? nullptr : &*at;
}

std::string FlagTable::invoked() const {
  std::string out(texts_.program);
  if (!texts_.command.empty()) out.append(" ").append(texts_.command);
  return out;
}

std::string FlagTable::problem(std::string_view what) const {
  return invoked().append(": ").append(what);
}

std::string FlagTable::help() const {
  std::string out = "Usage: " + invoked();
  out.append(" ").append(texts_.synopsis).append("\n\n");
  out.append(texts_.about).append("\nFlags:\n");
  std::vector<std::string> left;
  for (const auto& flag : flags_) {
    auto& line = left.emplace_back(std::string("  --").append(flag.name));
    if (!flag.value.empty()) line.append(" ").append(flag.value);
  }
  left.emplace_back("  --help");
  std::size_t width = 0;
  for (const auto& text : left) width = std::max(width, text.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    out.append(left[i]).append(width + 2 - left[i].size(), ' ');
    out.append(i < flags_.size() ? flags_[i].help : "this text").append("\n");
  }
  return out;
}

CommandPage FlagTable::page() const {
  CommandPage page{texts_.command, {}, texts_.synopsis, texts_.about, {}, word_, choice_};
  for (const auto& flag : flags_) page.flags.push_back({flag.name, flag.value, flag.help});
  return page;
}

std::optional<std::string> FlagTable::take_word(std::string_view word) {
  const bool is_first = chosen_ != nullptr && chosen_->empty();
  if (words_ != nullptr && !is_first) {
    words_->emplace_back(word);
    return std::nullopt;
  }
  if (chosen_ == nullptr) return problem("expected a flag, got " + json_text(word));
  const bool is_one = std::find(choice_.begin(), choice_.end(), word) != choice_.end();
  if (!is_one) return problem("expected " + either(choice_) + ", got " + json_text(word));
  if (!chosen_->empty()) return problem("expected no more, got " + json_text(word));
  *chosen_ = word;
  return std::nullopt;
}

std::optional<std::string> FlagTable::parse(std::span<const std::string_view> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    if (!argument.starts_with("-") || argument == "-") {
      if (auto mistake = take_word(argument)) return mistake;
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    Flag* const flag = name.starts_with("--") ? find(name.substr(2)) : nullptr;
    if (flag == nullptr) {
      std::vector<std::string> names;
      for (const auto& known : flags_) names.push_back(std::string("--").append(known.name));
      const std::vector<std::string_view> views(names.begin(), names.end());
      const auto hint = did_you_mean(name, views);
      return problem("unknown flag " + json_text(name) +
                     (hint.empty() ? ", see " + invoked() + " --help" : hint));
    }
    if (flag->value.empty()) {
      if (equals != std::string_view::npos) {
        return problem(std::string(name) + ": takes no value, got " +
                       json_text(argument.substr(equals + 1)));
      }
      flag->given = flag->set({});
      continue;
    }
    if (equals == std::string_view::npos && i + 1 == arguments.size()) {
      return problem(std::string(name) + ": expected " + flag->expected + ", got nothing");
    }
    const auto value =
        equals == std::string_view::npos ? arguments[++i] : argument.substr(equals + 1);
    flag->given = true;
    if (!flag->set(value)) {
      return problem(std::string(name) + ": expected " + flag->expected + ", got " +
                     json_text(value));
    }
  }
  for (const auto& flag : flags_) {
    if (flag.required && !flag.given) {
      return problem(std::string("missing --").append(flag.name).append(" ") + flag.value);
    }
  }
  if (words_ != nullptr && chosen_ == nullptr && words_->empty())
    return problem("expected " + std::string(word_));
  if (chosen_ != nullptr && chosen_->empty()) return problem("expected " + either(choice_));
  return std::nullopt;
}

}  // namespace tickgate::gateway
