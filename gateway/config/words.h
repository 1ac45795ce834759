// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_facts.h"

// Lists of words for messages about what was expected.
namespace tickgate::gateway {

// "auto, json or text"
std::string either(std::span<const std::string_view> words);
// "binance and kraken"
std::string both(std::span<const std::string_view> words);

// "10", "25", "100": what a venue offers.
std::vector<std::string> depth_texts(const feeds::BookDepths& depths);

// The names of the venues whose facts are such, in the table's order.
std::vector<std::string_view> venue_names(bool (*such)(const feeds::VenueFacts&));

}  // namespace tickgate::gateway
