// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/cli/command_page.h"
#include "gateway/config/config.h"
#include "gateway/config/key_table.h"

namespace tickgate::gateway {

// The flags of one command: parses `--name value` and `--name=value` into the variables they are
// bound to, and writes the help. All views are literals; the variables outlive the table.
class FlagTable {
 public:
  struct Texts {
    std::string_view command;   // "demo", or nothing for a program without commands
    std::string_view synopsis;  // what follows it, "--config FILE"
    std::string_view about;     // paragraphs, ready to print
    std::string_view program = "tickgate";
  };
  explicit FlagTable(const Texts& texts) : texts_(texts) {}

  // `help` says what it does; range and default are added. A required flag has no default.
  template <std::unsigned_integral Number>
  void whole(std::string_view name, std::string_view help, Number& value, Number least,
             Number most) {
    add_whole(name, help, value, least, most,
              [&value](std::uint64_t number) { value = static_cast<Number>(number); });
  }
  // A flag that sets what a key of the configuration sets, within the key's range.
  template <std::unsigned_integral Number>
  void whole(std::string_view name, std::string_view help, Number& value, const KeyRow& key) {
    whole(name, help, value, static_cast<Number>(key.least), static_cast<Number>(key.most));
  }
  void duration(std::string_view name, std::string_view help, Milliseconds& value,
                const KeyRow& key);
  void duration(std::string_view name, std::string_view help, Milliseconds& value,
                Milliseconds least, Milliseconds most);
  void duration(std::string_view name, std::string_view help, std::optional<Milliseconds>& value,
                Milliseconds least, Milliseconds most);
  void file(std::string_view name, std::string_view help, std::string& value, bool required);
  void address(std::string_view name, std::string_view help, std::string& value);
  // Takes no value: given or not.
  void toggle(std::string_view name, std::string_view help, bool& value);
  // Anything else: `placeholder` stands for the value in the help, `expected` says what it may be,
  // and `set` returns false for what it may not.
  void text(std::string_view name, std::string_view placeholder, std::string_view help,
            std::string_view expected, std::function<bool(std::string_view)> set);

  template <typename Enum>
  void choice(std::string_view name, std::string_view help, Enum& value,
              std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::vector<std::string_view> names;
    std::vector<Enum> values;
    std::string_view now;
    for (const auto& [word, meaning] : words) {
      names.push_back(word);
      values.push_back(meaning);
      if (meaning == value) now = word;
    }
    add_choice(name, help, names, now,
               [&value, values](std::size_t index) { value = values[index]; });
  }
  // What is not a flag: one or more of these, "a file". A word that is only a dash is one.
  void words(std::vector<std::string>& words, std::string_view one) {
    words_ = &words;
    word_ = one;
  }
  void files(std::vector<std::string>& files) { words(files, "a file"); }
  // What is not a flag: one of these, and once; what follows it goes to words(), if it is there.
  void word(std::string& word, std::initializer_list<std::string_view> choice) {
    chosen_ = &word;
    choice_ = choice;
  }

  bool given(std::string_view name) const;
  std::string help() const;
  CommandPage page() const;

  // What is wrong, as one line, or nullopt. --help is for the caller to look for first.
  std::optional<std::string> parse(std::span<const std::string_view> arguments);

 private:
  struct Flag {
    std::string_view name;
    std::string value;  // its placeholder in the help, "FILE"; empty: it takes none
    std::string help;
    std::string expected;  // "a whole number from 0 to 65535"
    bool required = false;
    std::function<bool(std::string_view)> set;  // false: not what is expected
    bool given = false;
  };

  void add_whole(std::string_view name, std::string_view help, std::uint64_t value,
                 std::uint64_t least, std::uint64_t most, std::function<void(std::uint64_t)> set);
  void add_duration(std::string_view name, std::string_view help, Milliseconds least,
                    Milliseconds most, std::function<void(Milliseconds)> set);
  void add_choice(std::string_view name, std::string_view help,
                  const std::vector<std::string_view>& words, std::string_view now,
                  std::function<void(std::size_t)> set);
  std::string invoked() const;  // as one types it, "tickgate demo"
  std::string problem(std::string_view what) const;
  std::optional<std::string> take_word(std::string_view word);
  Flag* find(std::string_view name);

  Texts texts_;
  std::vector<Flag> flags_;
  std::vector<std::string>* words_ = nullptr;
  std::string_view word_;
  std::string* chosen_ = nullptr;
  std::vector<std::string_view> choice_;
};

}  // namespace tickgate::gateway
