// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Texts of `publish` and of feeds of venue nats as they may be, see config_values.h.
namespace tickgate::gateway {

// What the venue of a feed is called that comes from ingests; no row of the venues' table.
inline constexpr const char* kNatsVenue = "nats";

// "nats://10.0.0.5:4222", "tls://nats.example.com"; no user, no password, no path.
bool is_nats_url(const std::string& text);
// What subjects begin with: words of A-Z, a-z, 0-9, - and _, dots between them; 64 bytes at most.
bool is_subject_prefix(const std::string& text);
// Of a bar: "1m".
bool is_interval(const std::string& text);
// Of an ingest: 1 to 64 of A-Z, a-z, 0-9, ., - and _.
bool is_ingest_name(const std::string& text);

}  // namespace tickgate::gateway
