// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "feeds/venues/coinbase/products.h"

namespace tickgate::feeds::coinbase {

// {"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}; without products no
// "product_ids" (heartbeats). `type` is subscribe or unsubscribe.
std::string make_request(std::string_view type, std::string_view channel,
                         std::span<Product* const> products);

}  // namespace tickgate::feeds::coinbase
