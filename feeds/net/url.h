// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tickgate::feeds {

// The parts of "wss://host[:port][/target]"; also ws, https, http. No user, no fragment.
struct Url {
  bool tls = false;
  bool websocket = false;
  std::string host;    // without the brackets of an IPv6 address
  std::string port;    // digits; the scheme's when it isn't given
  std::string target;  // "/" at least

  // As a Host header has it: the port only where it isn't the scheme's.
  std::string authority() const;
};

// nullopt unless it is one of the four schemes with a host of plain characters.
std::optional<Url> parse_url(std::string_view text);

// "localhost" and addresses in digits of the loopback net: the only ones spoken to without TLS.
bool is_loopback(std::string_view host);

}  // namespace tickgate::feeds
