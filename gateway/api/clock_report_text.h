// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "feeds/feed/clock_report.h"

namespace tickgate::gateway {

// {"latency_us":43000,"corrected_us":41000,"offset_us":-2000,"uncertainty_us":900}; null: not
// known.
void append_clock_json(std::string& out, const feeds::ClockReport& clock);

// For people: "5.000 s ahead of ours, within 0.012 s; what it stamps is read 0.043 s later".
std::string clock_words(const feeds::ClockReport& clock);

}  // namespace tickgate::gateway
