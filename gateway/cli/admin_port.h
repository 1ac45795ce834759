// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "feeds/net/tls_trust.h"
#include "feeds/net/url.h"

namespace tickgate::gateway {

class FlagTable;

// Which gateway a command asks by its admin port, as flags and environment have it.
struct AdminFlags {
  std::string url = "http://127.0.0.1:9100";  // http or https, and parses
  std::string token_file{};                   // empty: the environment's, or none
  std::string ca_file{};                      // PEM, trusted beside the system's; empty: none
  std::string certificate{}, key{};           // the client's, PEM, both or none
};

// --admin URL, and what goes with it: --admin-token-file, --admin-ca, --admin-cert, --admin-key.
void add_admin(FlagTable& table, AdminFlags& flags);
// The same by another name, for questions that need a token or such as need none.
enum class AdminNeeds : std::uint8_t { kToken, kNoToken };
void add_admin(FlagTable& table, std::string_view name, const std::string& help, AdminNeeds needs,
               AdminFlags& flags);

// The same with its files read: a copy may be asked any number of times. One thread.
struct AdminPort {
  // The token stands in the file, or else in TICKGATE_ADMIN_TOKEN. An error is a sentence for a
  // person, and has no part of the token.
  static absl::StatusOr<AdminPort> open(const AdminFlags& flags);

  feeds::Url url;
  std::string token;                     // visible ASCII; empty: none
  std::optional<feeds::TlsTrust> trust;  // with https
};

// What to say behind the status of an answer: what a 401 lacks; else nothing.
std::string_view admin_hint(unsigned status);

}  // namespace tickgate::gateway
