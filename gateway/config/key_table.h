// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/key_visitor.h"

namespace tickgate::gateway {

// A key of the configuration as data, for those who read no file: flags, schema, tests.
struct KeyRow {
  enum class Kind : std::uint8_t {
    kWhole,
    kSize,
    kDuration,
    kFactor,
    kBoolean,
    kChoice,
    kAddress,
    kText,
    kUrl,
    kList,
    kOther
  };

  Key key;
  Kind kind{};
  std::string value;  // as it is written in the file: the default; empty: there is none
  // Of numbers, bytes and milliseconds, and as they are written; of a list, how many.
  std::uint64_t least = 0, most = 0;
  std::string least_text{}, most_text{};
  std::vector<std::string_view> words{};  // of a choice
  std::vector<std::string> items{};       // of a list, as many as there are now
  bool or_one = false;                    // of a list: a text alone is one too
};

struct KeySection {
  std::string_view name;  // "limits", "server.tls", "feeds"; "feeds.nats": those of that venue
  std::vector<KeyRow> rows;
};

// All sections, in the order of the sample. Any thread.
const std::vector<KeySection>& key_table();

// One of them, which must be there: key_row("limits", "write_deadline").
const KeyRow& key_row(std::string_view section, std::string_view name);

// The rows of a section with the values that it has now.
std::vector<KeyRow> key_rows(const ServerConfig& server);
std::vector<KeyRow> key_rows(const TlsConfig& tls);
std::vector<KeyRow> key_rows(const AdminTlsConfig& tls);
std::vector<KeyRow> key_rows(const LimitsConfig& limits);
std::vector<KeyRow> key_rows(const LogConfig& log);
std::vector<KeyRow> key_rows(const BarsConfig& bars);
std::vector<KeyRow> key_rows(const LedgerConfig& ledger);
std::vector<KeyRow> key_rows(const AuthConfig& auth);
std::vector<KeyRow> key_rows(const EntitlementConfig& plan);
std::vector<KeyRow> key_rows(const PublishConfig& publish);
std::vector<KeyRow> key_rows(const EdgeConfig& edge);
std::vector<KeyRow> key_rows(const FeedConfig& feed);
std::vector<KeyRow> key_rows(const ConsolidatedConfig& one);

}  // namespace tickgate::gateway
