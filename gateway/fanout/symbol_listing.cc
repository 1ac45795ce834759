// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "gateway/fanout/symbol_requests.h"
#include "gateway/protocol/replies.h"

// What a client subscribes to.
namespace tickgate::gateway {

using schemas::Channel;

void SymbolRequests::list(Subscriber& subscriber, std::string_view id) {
  using Group = std::tuple<Channel, std::uint32_t, std::uint8_t, bool>;
  std::map<Group, ListedSubscriptions> groups;
  auto group = groups.end();
  subscriber.outbox.for_each([&](SlotIndex, const Slot& slot) {
    const auto interval_ms = subscriber.outbox.interval_ms(slot);
    const bool with_depth = slot.channel == Channel::kBook || slot.channel == Channel::kBar;
    const std::uint8_t depth = with_depth ? slot.depth : std::uint8_t{0};
    const Group key{slot.channel, interval_ms, depth, Outbox::is_stamped(slot)};
    if (group == groups.end() || group->first != key) {
      group = groups.try_emplace(key).first;
      group->second.channel = slot.channel;
      group->second.interval_ms = interval_ms;
      if (slot.channel == Channel::kBook) group->second.depth = depth;
      if (slot.channel == Channel::kBar) {
        group->second.interval = static_cast<schemas::Interval>(depth);
      }
      group->second.stamps = Outbox::is_stamped(slot);
    }
    group->second.symbols.push_back(market_.instruments()[slot.instrument.value()]->symbol);
  });
  std::vector<ListedSubscriptions> entries;
  entries.reserve(groups.size());
  for (auto& [key, listed] : groups) entries.push_back(std::move(listed));
  std::vector<ListedPattern> patterns;
  if (subscriber.patterns != nullptr) {
    patterns.reserve(subscriber.patterns->size());
    for (const auto& held : *subscriber.patterns) {
      ListedPattern listed{held.terms.channel, held.pattern.text()};
      if (held.terms.channel == Channel::kBar) {
        listed.interval = static_cast<schemas::Interval>(held.terms.depth);
      }
      patterns.push_back(listed);
    }
  }
  subscriber.replies.add_list(id, entries, patterns);
}

}  // namespace tickgate::gateway
