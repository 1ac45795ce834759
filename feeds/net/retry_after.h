// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

namespace tickgate::feeds {

// How long a Retry-After header asks us to wait (RFC 9110, 10.2.3): a number of seconds, or a date
// in one of the three forms of HTTP (5.6.7). It is honoured whole, ten years at the most, which is
// for ever and overflows nothing. 0 for a date that has passed, and for what is neither.
std::chrono::seconds parse_retry_after(std::string_view header,
                                       std::chrono::system_clock::time_point now);

}  // namespace tickgate::feeds
