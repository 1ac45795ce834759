// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/access/entitlement.h"
#include "gateway/access/sha256.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// An API key as its holder has it: "tgk_", 8 letters and digits that name it, 32 that are the
// secret (190 bits), and 6 that are the CRC-32 of all before them, so that whoever scans texts for
// lost keys can tell one from a chance without asking anybody.
struct ApiKeyText {
  static constexpr std::string_view kPrefix = "tgk_";
  static constexpr std::size_t kIdBytes = 8, kSecretBytes = 32, kSumBytes = 6;
  static constexpr std::size_t kBytes = 4 + kIdBytes + kSecretBytes + kSumBytes;

  // The id of a text that has this form and sum; nullopt: it has not.
  static std::optional<std::string_view> id_of(std::string_view text);
  // Whether this may be an id.
  static bool is_id(std::string_view text);
  // A new one, of the system's randomness. nullopt: there is none to be had.
  static std::optional<std::string> make();
};

// A key as the file has it.
struct ApiKey {
  std::string id;
  std::string name;     // for people; printable, at most 64 bytes
  std::string subject;  // whose it is
  Digest digest{};      // of the whole text
  std::string plan;     // empty: none is named
  Entitlement entitlement;
  std::optional<schemas::Timestamp> created, expires;
};

// The file of keys: a JSON object a line; blank lines, and those that begin with #, are nothing.
// Immutable once parsed; any thread.
class ApiKeys {
 public:
  static constexpr std::size_t kMostKeys = 100'000;
  // Two are enough to replace one by the other.
  static constexpr std::size_t kMostOfSubject = 2;

  // The error names the line. More keys of one subject than two that are not expired at `now` are
  // an error too.
  static absl::StatusOr<ApiKeys> parse(std::string_view text, schemas::Timestamp now);

  // Of these keys, what a file still has in which something is wrong: as its line says where that
  // is right, as before where it is not. None that is new: but whoever is gone must not live on
  // because of another's line.
  ApiKeys still_in(std::string_view text) const;

  // The key under this id; null: there is none.
  const ApiKey* find(std::string_view id) const;
  const std::map<std::string, ApiKey, std::less<>>& all() const { return keys_; }

 private:
  std::map<std::string, ApiKey, std::less<>> keys_;
};

// A line of the file, without its end.
std::string api_key_line(const ApiKey& key);
// What is wrong with a line, or the key.
absl::StatusOr<ApiKey> read_api_key_line(std::string_view line);
// Whose line it is, though something in it be wrong; empty: it names no id.
std::string_view id_in_api_key_line(std::string_view line);

}  // namespace tickgate::gateway
