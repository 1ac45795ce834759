// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gateway/config/auth_values.h"
#include "gateway/config/key_visitor.h"

// The keys of the configuration, each in one line: its name, where its value goes, its range and
// what it is. What `check` reads and says comes from here (YamlSection), the ranges of flags that
// set the same (key_table.h), the JSON Schema for editors (config_schema.h), and by a test the
// comments of deploy/tickgate.yaml. The defaults are those of the structs.
namespace tickgate::gateway {

void visit_keys(KeyVisitor& keys, ServerConfig& server);
void visit_keys(KeyVisitor& keys, TlsConfig& tls);
void visit_keys(KeyVisitor& keys, AdminTlsConfig& tls);
void visit_keys(KeyVisitor& keys, LimitsConfig& limits);
void visit_keys(KeyVisitor& keys, LogConfig& log);
void visit_keys(KeyVisitor& keys, BarsConfig& bars);
void visit_keys(KeyVisitor& keys, LedgerConfig& ledger);
void visit_keys(KeyVisitor& keys, AuthConfig& auth);         // in auth_keys.cc, as the next
void visit_keys(KeyVisitor& keys, EntitlementConfig& plan);  // of auth.defaults too
void visit_keys(KeyVisitor& keys, PublishConfig& publish);   // in cluster_keys.cc, as the next
void visit_keys(KeyVisitor& keys, EdgeConfig& edge);         // a feed of venue nats
void visit_keys(KeyVisitor& keys, FeedConfig& feed);         // those of a made-up venue too
void visit_keys(KeyVisitor& keys, ConsolidatedConfig& one);

inline constexpr ListItems kSymbolPatterns = {
    .least = 1,
    .most = 1000,
    .of_what = "symbols",
    .expected = R"(a symbol like "KRAKEN:BTC-USD", or "KRAKEN:*", "*:BTC-USD" or "*")",
    .right = is_symbol_pattern,
    .once = "each symbol once"};

inline constexpr std::size_t kMostFeeds = 64;
inline constexpr std::size_t kMostConsolidated = 64;
inline constexpr std::size_t kMostPlans = 256;

}  // namespace tickgate::gateway
