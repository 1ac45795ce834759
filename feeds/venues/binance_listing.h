// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "feeds/venues/binance_subscriptions.h"
#include "feeds/venues/binance_symbols.h"

// Which symbols Binance lists, and which of them trade: exchangeInfo, asked for when a connection
// begins and every few minutes while it lasts.
namespace tickgate::feeds::binance {

inline constexpr std::string_view kInfoPath = "/api/v3/exchangeInfo";

class Listing : public Subscriptions {
 protected:
  using Subscriptions::Subscriptions;

  // Of `symbols`, but for those that are known not to be listed: one of them makes the venue refuse
  // the whole question.
  void ask_for_list(std::span<Entry* const> symbols) {
    asked_about_.assign(symbols.begin(), symbols.end());
    ask_for_list();
  }
  // The time of the frame at hand is the clock.
  void watch_list() {
    if (ask_again_at_ && received_ >= *ask_again_at_) [[unlikely]]
      ask_for_list();
  }
  void forget_list() {
    ask_again_at_.reset();
    wait_ = kFirstWait;
  }

  void on_list(std::string_view target, int status, std::string_view body) {
    JsonReader reader;
    if (status == 200) {
      const auto& symbols = decoder_.exchange_info(body, reader);
      take_statuses(symbols);
      if (reader.ok()) return take_absences(target, symbols);
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
    } else if (decoder_.rest_error(body).code == kInvalidSymbol) {
      return on_invalid_symbol(target);
    } else {
      refusals_.warning(log_name_, "no exchangeInfo", {{"status", status}});
    }
    if (settings_.discover) return;
    ask_again_at_ = schemas::Timestamp{received_.value() + wait_};
    wait_ = std::min(2 * wait_, kLongestWait);
  }

  // It is not listed, as an answer about it alone, or a list without it, says.
  void close(Entry& entry) {
    entry.state.unlisted = true;
    set_trading(entry, Trading::kClosed, "not listed");
  }
  // It is listed: since now, perhaps.
  void reopen(Entry& entry) {
    const bool is_new = std::exchange(entry.state.unlisted, false);
    if (!is_new || settings_.discover) return;
    forget_book(entry, "listed again");
    entry.state.fetching = false;
    for (std::size_t stream = 0; stream < kStreams.size(); ++stream) subscribe_anew(stream, entry);
  }

  std::string pair_of(std::string_view symbol) const override {
    const auto it = listed_.find(symbol);
    return it == listed_.end() ? guess_pair(symbol) : it->second.pair;
  }
  void on_discovered(Entry& entry) override {
    const auto it = listed_.find(entry.venue_symbol);
    if (it != listed_.end()) set_status(entry, it->second.status);
  }

  MessageDecoder decoder_;

 private:
  struct Listed {
    std::string pair, status;
  };

  static constexpr FetchTag kListTag = 1;
  static constexpr std::uint32_t kListWeight = 20;
  static constexpr std::chrono::seconds kListPeriod{180};  // so late is a halt in mid-session known
  static constexpr std::int64_t kFirstWait = 5'000'000;    // microseconds, after a failure
  static constexpr std::int64_t kLongestWait = 180'000'000;

  void ask_for_list() {
    ask_again_at_.reset();
    url_ = list_url();
    if (url_.empty()) return;
    events_.fetch_as({.url = url_, .tag = kListTag, .period = kListPeriod, .weight = kListWeight});
  }
  // Empty: there is nothing to ask about.
  std::string list_url() const {
    std::vector<Entry*> listed = asked_about_;
    std::erase_if(listed, [](const Entry* entry) { return entry->state.unlisted; });
    return url_about(listed.empty() ? asked_about_ : listed);
  }
  std::string url_about(std::span<Entry* const> entries) const {
    if (entries.empty()) return {};
    std::vector<std::string_view> symbols;
    for (const Entry* const entry : entries) symbols.push_back(entry->venue_symbol);
    return rest_url(fmt::format("{}?symbols={}", kInfoPath, symbols_parameter(symbols)));
  }
  void ask_about(std::span<Entry* const> entries) {
    if (entries.empty() || settings_.discover) return;
    events_.fetch_as({.url = url_about(entries), .weight = kListWeight});
  }
  void ask_about_each_unlisted() {
    for (Entry* const entry : asked_about_) {
      Entry* const one[] = {entry};
      if (entry->state.unlisted) ask_about(one);
    }
  }

  void take_statuses(std::span<const ListedSymbol> symbols) {
    for (const auto& listed : symbols) {
      if (settings_.discover) {
        listed_[listed.symbol] = {fmt::format("{}-{}", listed.base, listed.quote),
                                  std::string(listed.status)};
      }
      Entry* const entry = instruments_.find(listed.symbol);
      if (entry == nullptr) continue;
      reopen(*entry);
      set_status(*entry, listed.status);
    }
  }
  // TRADING, or HALT, BREAK, CANCEL_ONLY and what may come.
  void set_status(Entry& entry, std::string_view status) {
    if (status.empty()) return;
    set_trading(entry, status == "TRADING" ? Trading::kOn : Trading::kHalted, status);
  }

  std::vector<Entry*> entries_named(std::string_view target) {
    std::vector<Entry*> named;
    for (const auto& symbol : symbols_named(target)) {
      Entry* const entry = settings_.discover ? entry_of(symbol) : instruments_.find(symbol);
      if (entry != nullptr) named.push_back(entry);
    }
    return named;
  }

  // What the question names and the answer does not is not listed. Those who are known not to be
  // are asked about one by one, once the others are known.
  void take_absences(std::string_view target, std::span<const ListedSymbol> symbols) {
    absl::flat_hash_set<std::string_view> listed;
    for (const auto& one : symbols) listed.insert(one.symbol);
    for (Entry* const entry : entries_named(target)) {
      if (!listed.contains(entry->venue_symbol)) close(*entry);
    }
    if (target != url_) return;
    wait_ = kFirstWait;
    if (target != list_url()) return ask_for_list();
    ask_about_each_unlisted();
  }

  // One of those that were asked about is not listed, and the answer does not say which: the
  // question is halved until that one is alone, or put without those that were found since.
  void on_invalid_symbol(std::string_view target) {
    std::vector<Entry*> named = entries_named(target);
    if (named.size() < symbols_named(target).size()) {  // it may be one that was left since
      return target == url_ ? ask_for_list() : ask_about(named);
    }
    if (named.size() == 1) return close(*named.front());
    const auto unknown = std::erase_if(named, [](const Entry* one) { return one->state.unlisted; });
    if (named.empty()) return ask_about_each_unlisted();
    if (unknown > 0) return target == url_ ? ask_for_list() : ask_about(named);
    const std::span all(named);
    ask_about(all.first((all.size() + 1) / 2));
    ask_about(all.subspan((all.size() + 1) / 2));
  }

  schemas::TextMap<Listed> listed_;  // by venue symbol; only to discover
  std::vector<Entry*> asked_about_;
  std::string url_;                                 // of the question that comes again and again
  std::optional<schemas::Timestamp> ask_again_at_;  // after a failure
  std::int64_t wait_ = kFirstWait;
};

}  // namespace tickgate::feeds::binance
