// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "feeds/adapter/order_book.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// The book object of the client protocol with as many levels as there are, at most `depth` a side.
// Sequence, times and integrity are those of `top`, the newest book published.
std::string full_book_json(const feeds::OrderBook& book, const schemas::Book& top,
                           std::string_view symbol, std::size_t depth);

}  // namespace tickgate::gateway
