// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "gateway/config/auth_values.h"
#include "gateway/config/keys.h"

// The keys of `auth` and of a plan.
namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr ListItems kChannels = {1,          schemas::kChannelCount,
                                 "channels", "quote, trade, book, ticker, status or bar",
                                 is_channel, "each channel once"};
constexpr ListItems kDenied = {
    0,
    10'000,
    "subjects",
    R"(a subject of at most 256 bytes, or "SUBJECT before 2026-11-29T12:00:00Z" (or a date))",
    [](const std::string& text) { return parse_denied(text).has_value(); },
    "each subject once"};

constexpr ListItems kCertificates = {
    0,
    1000,
    "certificates",
    R"(a name like "CN=desk-7", "DNS:desk.example.com" or "URI:...", and " as PLAN")",
    [](const std::string& text) { return parse_certificate(text).has_value(); },
    "each name once"};

bool is_path(const std::string& text) { return !text.empty() && text.size() <= 4096; }
bool is_claim(const std::string& text) { return text.size() <= 1024; }

}  // namespace

void visit_keys(KeyVisitor& keys, AuthConfig& auth) {
  keys.file({"jwks_file", "JWK set by which tokens are verified; read again when it changes"},
            auth.jwks_file);
  keys.url({"jwks_url", "JWK set fetched and kept fresh; https, or http to this host"},
           auth.jwks_url, "https");
  keys.file({"api_keys_file", "API keys as `tickgate key` writes it; read again when it changes"},
            auth.api_keys_file);
  keys.word({"issuer", "what a token's iss has to be; absent: anything"}, auth.issuer,
            "at most 1024 bytes", is_claim);
  keys.word({"audience", "what a token's aud has to have; absent: anything"}, auth.audience,
            "at most 1024 bytes", is_claim);
  keys.duration({"time", "from the upgrade to a credential, where none came with it"}, auth.time,
                milliseconds(100), seconds(60));
  keys.duration({"token_lifetime", "a token that ends later than so long from now is refused"},
                auth.token_lifetime, minutes(1), hours(87'600));
  keys.list(
      {"certificates", "clients' certificates that are a credential, by name, each as a plan"},
      auth.certificates, kCertificates);
  keys.list({"denied", "subjects that get nothing, or nothing by what was issued before a time"},
            auth.denied, kDenied);
  keys.size({"delay_memory", "what is held back for those whose plan has a delay, at most",
             KeyOf::kAll, InForce::kNextStart},
            auth.delay_memory, kMiB, std::uint64_t{1} << 40U);
  keys.word({"delay_directory", "where a file for it is made, without a name; absent: in memory",
             KeyOf::kAll, InForce::kNextStart},
            auth.delay_directory, "a directory's path of at most 4096 bytes", is_path);
  keys.other({"defaults", "what is had where neither a credential nor its plan says anything"});
}

void visit_keys(KeyVisitor& keys, EntitlementConfig& plan) {
  keys.list({"symbols", "symbols and patterns; absent: all"}, plan.symbols, kSymbolPatterns);
  keys.list({"channels", "quote, trade, book, ticker, status, bar; absent: all"}, plan.channels,
            kChannels);
  keys.whole<std::uint32_t>({"depth", "levels of a book; the stream has 25 of them"}, plan.depth, 1,
                            5'000);
  keys.duration({"min_interval", "the least time between two updates of a subscription"},
                plan.min_interval, seconds(0), seconds(60));
  keys.duration({"delay", "all comes so much later, in whole seconds"}, plan.delay, seconds(0),
                kMostDelay);
  keys.whole<std::uint32_t>({"connections", "streams of a subject at once; 0: no limit"},
                            plan.connections, 0, 1'000'000);
  keys.whole<std::uint32_t>({"subscriptions", "of a connection; 0: no limit but that of all"},
                            plan.subscriptions, 0, 100'000);
}

}  // namespace tickgate::gateway
