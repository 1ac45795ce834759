// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/state_history.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

void StateHistory::note(const schemas::InstrumentStatus& status, schemas::Timestamp at) {
  const auto index = status.header.instrument.value();
  if (index >= items_.size()) items_.resize(index + std::size_t{1});
  auto& items = items_[index];
  // First: what is still said is not made anew.
  const Item item{at, keep(status.reason.view()), keep(status.quote_reason.view()), status.state,
                  status.quote_state};
  if (items.size() == kMost) {
    drop(items.front().reason);
    drop(items.front().quote_reason);
    items.erase(items.begin());
  }
  if (items.size() == items.capacity()) {
    items.reserve(std::clamp<std::size_t>(2 * items.size(), 4, kMost));
  }
  items.push_back(item);
}

void StateHistory::forget(schemas::InstrumentId instrument) {
  if (instrument.value() >= items_.size()) return;
  for (const Item& item : std::exchange(items_[instrument.value()], {})) {
    drop(item.reason);
    drop(item.quote_reason);
  }
}

StateHistory::Texts::iterator StateHistory::keep(std::string_view text) {
  auto found = texts_.find(text);
  if (found == texts_.end()) found = texts_.emplace(text, 0).first;
  ++found->second;
  return found;
}

std::vector<StateChange> StateHistory::of(schemas::InstrumentId instrument) const {
  std::vector<StateChange> changes;
  if (instrument.value() >= items_.size()) return changes;
  const auto& items = items_[instrument.value()];
  changes.reserve(items.size());
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    changes.push_back(
        {item->at, item->state, item->quote_state, item->reason->first, item->quote_reason->first});
  }
  return changes;
}

}  // namespace tickgate::feeds
