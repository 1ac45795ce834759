// SPDX-License-Identifier: Apache-2.0
// Whether a pair trades, as the venue says of itself and of the pair.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/venues/kraken/adapter_class.h"

namespace tickgate::feeds::kraken {

using schemas::to_absl;

namespace {

// What the venue calls itself or a pair. Nullopt for a word that is new to us.
std::optional<Trading> trading_of(std::string_view status) {
  for (const std::string_view open : {"online", "limit_only", "reduce_only"}) {
    if (status == open) return Trading::kOn;
  }
  for (const std::string_view halted :
       {"maintenance", "cancel_only", "post_only", "work_in_progress"}) {
    if (status == halted) return Trading::kHalted;
  }
  return status == "delisted" ? std::optional(Trading::kClosed) : std::nullopt;
}

}  // namespace

void Adapter::take_system_status(std::string_view status) {
  if (!known_status(status)) return;
  system_status_ = status;
  for (auto& entry : instruments_) tell_trading(entry);
}

void Adapter::take_pair_status(Entry& entry, std::string_view status) {
  if (!known_status(status)) return;
  entry.state.status = status;
  tell_trading(entry);
}

bool Adapter::known_status(std::string_view status) {
  if (trading_of(status)) return true;
  events_.on_anomaly(Anomaly::kUnknownMessage,
                     absl::StrCat("status ", to_absl(status.substr(0, 100))));
  return false;
}

// The pair's own status, unless the whole venue's is worse.
void Adapter::tell_trading(Entry& entry) {
  const auto system = *trading_of(system_status_);
  const auto own = *trading_of(entry.state.status);
  const auto now = std::max(system, own);
  if (now == std::exchange(entry.state.told, now)) return;
  const std::string& why = own >= system ? entry.state.status : system_status_;
  if (now == Trading::kOn) events_.on_trading(entry.id());
  if (now == Trading::kHalted) events_.on_halted(entry.id(), why);
  if (now == Trading::kClosed) events_.on_closed(entry.id(), why);
}

}  // namespace tickgate::feeds::kraken
