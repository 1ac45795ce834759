// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase/requests.h"

#include "schemas/json.h"

namespace tickgate::feeds::coinbase {

std::string make_request(std::string_view type, std::string_view channel,
                         std::span<Product* const> products) {
  std::string text = "{\"type\":";
  schemas::append_json_string(text, type);
  for (std::size_t i = 0; i < products.size(); ++i) {
    text.append(i == 0 ? ",\"product_ids\":[" : ",");
    schemas::append_json_string(text, products[i]->id);
  }
  text.append(products.empty() ? ",\"channel\":" : "],\"channel\":");
  schemas::append_json_string(text, channel);
  text.push_back('}');
  return text;
}

}  // namespace tickgate::feeds::coinbase
