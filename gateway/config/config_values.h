// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/config/config.h"

// Texts of the configuration and the command line turned into values: exact, or nullopt. None of
// YAML's own readings ("010" is 8, "no" is false) and none of the C library's.
namespace tickgate::gateway {

// Digits only; no sign, no leading zero, no other base.
std::optional<std::uint64_t> parse_whole(std::string_view text);

// "500ms", "10s", "5m", "23h"; a bare "0" too. Nothing longer than 10 years.
std::optional<Milliseconds> parse_duration(std::string_view text);

// Bytes: "65536", "64KiB", "1MiB".
std::optional<std::uint64_t> parse_size(std::string_view text);

// Digits with at most one point in between: "1", "0.25".
std::optional<double> parse_factor(std::string_view text);

// The largest unit that divides it: 23h, 90s, 1500ms.
std::string duration_text(Milliseconds value);

// 4MiB, 64KiB, 1000.
std::string size_text(std::uint64_t bytes);

// 0.25, 1000: as few decimals as it takes, six at the most.
std::string factor_text(double value);

// What is wrong with a venue's URL, as "expected ..." in one line, or nullopt when it is right:
// `scheme` ("wss" or "https") over TLS to any host, or its plain form to a loopback host, since
// prices over plain text could be anyone's. No user and password in it.
std::optional<std::string> url_problem(std::string_view url, std::string_view scheme);

// Whether `text` is an origin as browsers send it, "https://trade.example.com:8443", or all those
// below a host: "https://*.example.com".
bool is_origin(std::string_view text);

// Whether `text` is a host's name, "metrics.example.com", or "*" for any.
bool is_host_or_any(std::string_view text);

// Whether `text` is a network, "10.0.0.0/8", or one address (network.h).
bool is_network(const std::string& text);

// Whether `text` may name a feed: 1 to 32 of a-z, 0-9, - and _.
bool is_feed_name(std::string_view text);

// Whether `text` may be a made-up venue's in symbols: 1 to 16 of a-z and 0-9.
bool is_label(const std::string& text);
// A currency as our symbols have it: "USDT".
bool is_currency(const std::string& text);
// A pair, or one with "*" in place of either part; or "*" for any.
bool is_pair_pattern(const std::string& text);

// "BTC-PERP-INTX", as a venue writes what has three parts, as we do: "BTC_PERP-INTX". Any other
// stays as it is.
std::string our_pair(std::string text);
// Whether `text`, in our spelling or a venue's of three parts, is BASE-QUOTE as our symbols have
// it, the venue aside. A base may have small letters (AAPLx).
bool is_pair(const std::string& text);

}  // namespace tickgate::gateway
