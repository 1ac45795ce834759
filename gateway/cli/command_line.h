// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "gateway/cli/admin_port.h"
#include "gateway/cli/command_page.h"
#include "gateway/cli/key_flags.h"
#include "gateway/config/config.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/interval.h"

// `tickgate COMMAND [flags]`: each command's flags as a struct. Parsing has no side effects: main
// prints what is to be printed and runs what is to be run.
namespace tickgate::gateway {

// Ranges as those of the keys that set the same.
struct DemoFlags {
  std::string listen = "127.0.0.1";  // an address in digits, for both ports
  std::uint16_t port = 8080;         // 0: any free one
  std::uint16_t admin_port = 9100;
  std::uint64_t seed = 42;
  std::uint32_t symbols = 24;  // in a drama 6,
  std::uint32_t rate = 2'000;  // and 200: ticks a second over all symbols
  feeds::SourceNames names = feeds::SourceNames::kMarket;
  std::uint32_t venues = 3;             // made-up ones, of the same pairs; of generated names one
  bool drama = false;                   // as the key; of market names
  std::uint32_t shards = 0;             // as server.shards
  std::string tls_cert, tls_key;        // PEM files, both or none
  Milliseconds write_deadline{10'000};  // as limits.write_deadline
};

struct ServeFlags {
  std::string config;
};

struct CheckFlags {
  std::string config;
  AdminFlags against{""};  // a running gateway's admin port; an empty URL: none
};

struct SchemaFlags {};

struct RecordFlags {
  std::string config;
  std::string out;                       // ends in .ndjson.gz or .ndjson.zst
  std::optional<Milliseconds> duration;  // absent: until it is told to stop
};

struct ReplayFlags {
  std::vector<std::string> files;  // at least one: files, folders, "-"
  std::uint32_t depth = 25;        // book levels a side, 1..25
  // About a gap: as a feed would (the instrument is left out until it is whole again), or go on as
  // if nothing were missing and say so.
  feeds::GapPolicy gaps = feeds::GapPolicy::kResync;
  // What is printed: these symbols, or all; what records from here on, until before there, tell.
  std::vector<SymbolPattern> only{};
  std::int64_t from_ns = INT64_MIN;  // since the epoch
  std::int64_t to_ns = INT64_MAX;
  std::optional<schemas::Interval> bars{};  // these in place of the ticks
};

struct ExplainFlags {
  std::string symbol;
  AdminFlags admin;
  bool json = false;
};

struct UsageFlags {
  std::string day;        // 2026-11-29, UTC
  std::string directory;  // of the files; empty: the gateway is asked
  AdminFlags admin;
  bool json = false;
};

struct TopFlags {
  AdminFlags admin;
  Milliseconds interval{1'000};
  bool once = false;
};

struct ManFlags {
  std::string page;  // "tickgate" or "tickgate.yaml"
};

struct CompletionFlags {
  std::string shell;  // "bash", "zsh" or "fish"
};

struct HealthFlags {
  AdminFlags admin{"http://127.0.0.1:9100/readyz"};  // or the clients' port
};

struct VersionFlags {};

// --help: to be printed on stdout, exit 0.
struct HelpText {
  std::string text;
  CommandPage page{};  // the same as data; of `tickgate help` alone there is none
};

// A mistake: one line for stderr, exit 2.
struct UsageError {
  std::string message;
};

using CommandLine =
    std::variant<DemoFlags, ServeFlags, CheckFlags, SchemaFlags, RecordFlags, ReplayFlags,
                 ExplainFlags, UsageFlags, TopFlags, HealthFlags, KeyFlags, ManFlags,
                 CompletionFlags, VersionFlags, HelpText, UsageError>;

// `arguments` without the program's name. A flag given twice counts the second time.
CommandLine parse_command_line(std::span<const char* const> arguments);

// Of `key` alone, without its name; in key_flags.cc.
CommandLine parse_key(std::span<const std::string_view> arguments);

// All commands, in the order in which help lists them.
std::vector<CommandPage> command_pages();

// What tickgate is, and what its exit status says: paragraphs.
extern const std::string_view kAbout;
extern const std::string_view kExitStatus;

// The demo's configuration: the defaults, the flags, simulated venues, and where there are several
// what they have in common consolidated. Flags that parsed
// give a valid one; that the TLS files can be read is for the server to find out.
Config demo_config(const DemoFlags& flags);

}  // namespace tickgate::gateway
