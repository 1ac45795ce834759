// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/ids.h"

// Texts of `auth` and `plans` as they may be, see config_values.h.
namespace tickgate::gateway {

// A symbol or a pattern as clients write them: "KRAKEN:BTC-USD", "KRAKEN:*", "*:BTC-USD", "*".
bool is_symbol_pattern(const std::string& text);
bool is_channel(const std::string& text);
// Whether `text` may name a plan: 1 to 32 of a-z, A-Z, 0-9, - and _.
bool is_plan_name(std::string_view text);

// What an item of auth.certificates maps: a name of a client's certificate to a plan.
struct MappedCertificate {
  std::string_view name;  // within the item
  std::string_view plan;  // empty: none
};
// "CN=desk-7 as PLAN", or without the plan; also "DNS:...", "email:..." and "URI:...". nullopt: it
// is none of these, or longer than 256 bytes.
std::optional<MappedCertificate> parse_certificate(std::string_view text);

// "2027-03-01T12:00:00Z" and other forms of RFC 3339; of a date alone its beginning in UTC.
std::optional<schemas::Timestamp> parse_time_or_date(std::string_view text);

// Whom an item of auth.denied denies: all of a subject's, or what was issued before a time.
struct DeniedSubject {
  std::string_view subject;  // within the item
  std::optional<schemas::Timestamp> before;
};
// "SUBJECT", or "SUBJECT before" a time as parse_time_or_date() has it. nullopt: the subject is not
// 1 to 256 bytes, or what stands behind the word is no time.
std::optional<DeniedSubject> parse_denied(std::string_view text);

}  // namespace tickgate::gateway
