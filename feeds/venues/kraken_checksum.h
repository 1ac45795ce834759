// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "feeds/adapter/order_book.h"

namespace tickgate::feeds::kraken {

// The venue's checksum of a book (guide "Book checksum, v2"): CRC32 over the ten best asks, then
// the ten best bids, each price and size as sent without point and leading zeros. Those digits are
// the mantissa's, which is why the book must keep trailing zeros.
std::uint32_t checksum(const OrderBook& book);

}  // namespace tickgate::feeds::kraken
