// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"

namespace tickgate::gateway {

// Which feeds have a key.
enum class KeyOf : std::uint8_t {
  kAll,
  kVenues,    // those of a venue that is not made up, and of these
  kNetwork,   // the ones without a capture,
  kCaptures,  // or with one
  kMadeUp,
};

// When a changed value is in force: after a reload, or only in the next process.
enum class InForce : std::uint8_t { kLive, kNextStart };

struct Key {
  std::string_view name;
  std::string_view help;  // a phrase; a literal
  KeyOf feeds = KeyOf::kAll;
  InForce in_force = InForce::kLive;
};

// A key that cannot change while the process runs.
constexpr Key fixed(std::string_view name, std::string_view help) {
  return {name, help, KeyOf::kAll, InForce::kNextStart};
}

inline constexpr std::uint64_t kMiB = 1U << 20U;

// What the items of a list of texts are.
struct ListItems {
  std::size_t least, most;
  std::string_view of_what;  // "origins"
  std::string_view expected;
  bool (*right)(const std::string& item);
  std::string_view once{};  // what a second one is told; empty: it may come again
  bool or_one = false;      // a text alone is a list of one
  bool hidden = false;      // a wrong one is not quoted: it may carry a key
};

// Is shown the table of keys (keys.h), a row a call, and may read or set the value of each.
class KeyVisitor {
 public:
  virtual ~KeyVisitor() = default;

  template <std::unsigned_integral Number>
  void whole(const Key& key, Number& value, Number least, Number most) {
    std::uint64_t wide = value;
    on_whole(key, wide, least, most);
    value = static_cast<Number>(wide);
  }
  template <std::unsigned_integral Number>
  void size(const Key& key, Number& bytes, std::uint64_t least, std::uint64_t most) {
    std::uint64_t wide = bytes;
    on_size(key, wide, least, most);
    bytes = static_cast<Number>(wide);
  }
  // The words of an enum, in the order of its values.
  template <typename Enum>
  void choice(const Key& key, Enum& value, std::initializer_list<std::string_view> words) {
    auto index = static_cast<std::size_t>(value);
    on_choice(key, index, {words.begin(), words.size()});
    value = static_cast<Enum>(index);
  }
  virtual void duration(const Key& key, Milliseconds& value, Milliseconds least,
                        Milliseconds most) = 0;
  virtual void factor(const Key& key, double& value, double least, double most) = 0;
  virtual void boolean(const Key& key, bool& value) = 0;
  virtual void address(const Key& key, ListenAddress& value) = 0;
  virtual void name(const Key& key, std::string& value) = 0;  // of a feed
  virtual void word(const Key& key, std::string& value, std::string_view expected,
                    bool (*right)(const std::string& value)) = 0;
  virtual void file(const Key& key, std::string& value) = 0;
  virtual void url(const Key& key, std::string& value, std::string_view scheme) = 0;
  virtual void list(const Key& key, std::vector<std::string>& value, const ListItems& items) = 0;
  // What the table cannot say in a row: the loader and the schema know it.
  virtual void other(const Key& key) = 0;

 private:
  virtual void on_whole(const Key& key, std::uint64_t& value, std::uint64_t least,
                        std::uint64_t most) = 0;
  virtual void on_size(const Key& key, std::uint64_t& bytes, std::uint64_t least,
                       std::uint64_t most) = 0;
  virtual void on_choice(const Key& key, std::size_t& index,
                         std::span<const std::string_view> words) = 0;
};

}  // namespace tickgate::gateway
