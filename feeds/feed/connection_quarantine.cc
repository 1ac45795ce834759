// SPDX-License-Identifier: Apache-2.0
// What becomes of ticks that cannot be right.
#include <array>
#include <cstdint>

#include "feeds/feed/connection.h"
#include "feeds/feed/tick_prices.h"

namespace tickgate::feeds {
namespace {

using schemas::Decimal;

class NumberText {
 public:
  explicit NumberText(const Decimal& value) : end_(schemas::write_decimal(text_.data(), value)) {}
  NumberText(const NumberText&) = delete;
  NumberText& operator=(const NumberText&) = delete;
  std::string_view view() const { return {text_.data(), end_}; }

 private:
  std::array<char, Decimal::kMaxText> text_;
  char* end_;
};

}  // namespace

// A trade takes its number and is announced as lost: nobody is to think that he has seen all there
// was. The newest book and quote wait while the instrument is recovering for it, and are shown at
// once when their level is believed; else the next good one takes their place.
template <typename Tick>
void Connection::withhold(const Tick& tick, Entry& entry) {
  constexpr auto kChannel = Tick::kChannel;
  const bool of_book = kChannel == schemas::Channel::kQuote && !outlet_.instruments->own_quotes();
  if (!of_book) {  // else its book has been told of
    const Decimal reference = entry.prices.reference();
    const NumberText price(suspect_of(tick, reference)), held_against(reference);
    on_quarantined(
        {entry.id, kChannel, Implausible::kOffMedian, price.view(), held_against.view()});
  }
  if constexpr (kChannel == schemas::Channel::kTrade) {
    on_trades_lost(entry.id, 1);
  } else if constexpr (kChannel == schemas::Channel::kBook) {
    if (entry.doubt.of_book(now_.steady)) outlet_.publisher->publish(tick);
  } else if constexpr (kChannel == schemas::Channel::kQuote) {
    const bool waits =
        of_book ? entry.doubt.of_book(now_.steady) : entry.doubt.of_quote(now_.steady);
    if (waits) outlet_.publisher->publish(tick);
  }
}

template void Connection::withhold(const schemas::Quote& quote, Entry& entry);
template void Connection::withhold(const schemas::Book& book, Entry& entry);
template void Connection::withhold(const schemas::Trade& trade, Entry& entry);
template void Connection::withhold(const schemas::Ticker& ticker, Entry& entry);

void Connection::on_quarantined(const ImplausibleTick& tick) {
  Entry* const entry = outlet_.instruments->find(tick.instrument);
  if (entry == nullptr) return;
  implausible_seen_ = true;
  keep_quarantined(tick);
  outlet_.instruments->quarantined(*entry, tick.channel, tick.reason, now_);
}

// Counted and said once, however many connections carry it.
void Connection::keep_quarantined(const ImplausibleTick& tick) {
  const std::string& symbol = feed_.registry.at(tick.instrument).symbol;
  const auto price = tick.price.substr(0, Quarantine::kMostNumber);
  const bool is_new =
      feed_.quarantine.add({.time = now_.wall,
                            .symbol = symbol,
                            .channel = tick.channel,
                            .reason = tick.reason,
                            .price = std::string(price),
                            .reference = std::string(tick.reference),
                            .message = excerpt(message_, tick.price, feed_.options.credentials),
                            .message_bytes = message_.bytes.size(),
                            .is_binary = message_.is_binary},
                           witness_);
  if (!is_new) return;
  feed_.counters.quarantined[static_cast<std::size_t>(tick.reason)].add();
  feed_.tallies.add(tick.instrument, tick.reason, now_.wall);
  feed_.quarantine_log.warning(kComponent, "a tick that cannot be right",
                               {{"feed", feed_.options.name},
                                {"symbol", symbol},
                                {"channel", name(tick.channel)},
                                {"reason", name(tick.reason)},
                                {"price", price}});
}

}  // namespace tickgate::feeds
