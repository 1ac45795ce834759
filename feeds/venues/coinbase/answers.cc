// SPDX-License-Identifier: Apache-2.0
// What is asked of the venue, and what it answers: acknowledgements and refusals.
#include <algorithm>
#include <vector>

#include "feeds/venues/coinbase/adapter_class.h"
#include "feeds/venues/coinbase/requests.h"

namespace tickgate::feeds::coinbase {

void Adapter::subscribe(std::size_t what, std::span<Product* const> products) {
  std::vector<VenueSubscription> awaited;
  for (Product* const product : products) {
    product->asked = static_cast<std::uint8_t>(product->asked | 1U << what);
    for (const auto id : product->instruments) {
      awaited.push_back({id, kSubscribables[what].stands_for});
    }
  }
  events_.send(make_request("subscribe", kSubscribables[what].channel, products), awaited);
}

// The venue does not say which request it refuses. Those of the products it names are meant, or
// any that waits for an answer; one that is acknowledged later was not.
void Adapter::take_error(const Message& message) {
  const auto named = [&](const Product& product) {
    return message.text.find(product.id) != message.text.npos;
  };
  const bool any_named =
      std::any_of(products_.begin(), products_.end(),
                  [&](const Product& product) { return product.asked != 0 && named(product); });
  bool refused = false;
  for (const auto& product : products_) {
    if (any_named && !named(product)) continue;
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      if ((product.asked >> what & 1U) == 0) continue;
      refused = true;
      for (const auto id : product.instruments) {
        events_.on_refused({id, kSubscribables[what].stands_for}, message.text);
      }
    }
  }
  if (!refused) events_.on_anomaly(Anomaly::kUnknownMessage, message.text);
}

void Adapter::take_subscriptions(const Message& message) {
  for (const auto& item : message.subscribed) {
    Product* const product = products_.find(item.product);
    if (product == nullptr) continue;
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      const auto bit = 1U << what;
      if (item.channel != kSubscribables[what].channel || (product->asked & bit) == 0) continue;
      product->asked = static_cast<std::uint8_t>(product->asked & ~bit);
      for (const auto id : product->instruments) {
        events_.on_acknowledged({id, kSubscribables[what].stands_for});
      }
    }
  }
}

}  // namespace tickgate::feeds::coinbase
