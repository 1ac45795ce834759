// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "feeds/net/url.h"
#include "tests/load/symbol_choice.h"

namespace tickgate::load {

using Milliseconds = std::chrono::milliseconds;

// What the command line asks for. The times are those of the measured part of the run.
struct Options {
  feeds::Url url{false, true, "127.0.0.1", "8080", "/v1/stream"};
  std::optional<feeds::Url> then;  // where clients go that are told to leave, or cut off
  std::uint32_t connections = 100;
  SymbolChoice choice;
  std::string channel = "quote";
  std::uint32_t interval_ms = 100;
  Milliseconds duration = std::chrono::seconds(10);
  Milliseconds warm_up = std::chrono::seconds(1);
  std::uint32_t slow = 0;  // further connections, beside `connections`; so are all that follow
  Milliseconds slow_time = std::chrono::seconds(5);
  std::uint32_t half_open = 0;
  std::uint32_t storm = 0;
  std::uint32_t storm_interval_ms = 100;
  std::uint32_t connecting = 256;
  std::uint32_t churn = 0;  // requests a second
  std::uint32_t pid = 0;    // 0: none
  std::vector<std::string> sources;
  std::string token_file;  // empty: no credential is shown
  std::string ca;
  bool insecure = false;
  bool check = false;
  bool json = false;

  // Sockets at the most: who moves has two for a while.
  std::uint64_t sockets() const {
    const auto moving = then ? std::uint64_t{connections} : 0;
    return std::uint64_t{connections} + moving + slow + half_open + storm;
  }
};

struct Help {
  std::string text;
};
struct UsageError {
  std::string message;  // one line
};

// The arguments without the program's name.
std::variant<Options, Help, UsageError> parse_options(std::span<const char* const> arguments);

}  // namespace tickgate::load
