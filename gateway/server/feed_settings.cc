// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/feed_settings.h"

#include "feeds/venues/all.h"

namespace tickgate::gateway {

feeds::FeedSettings feed_settings(const FeedConfig& config) {
  const auto& venue = *config.venue;
  feeds::FeedSettings settings;
  auto& options = settings.options;
  options.name = config.name;
  options.venue = venue_label(config);
  options.pairs = config.symbols;
  options.stale_after = config.stale_after;
  options.idle_timeout = config.idle_timeout;
  options.planned_reconnect = config.planned_reconnect;
  options.ack_timeout = config.subscribe_ack_timeout;
  options.backoff.base = config.reconnect_min;
  options.backoff.cap = config.reconnect_max;
  options.plausible = {config.price_factor, config.price_move_after};
  options.passive = venue.facts.made_up || !config.capture.empty();
  options.own_clock = venue.facts.made_up && config.capture.empty();
  settings.adapter.pairs = config.symbols;
  settings.adapter.book_depth = config.book_depth;
  settings.adapter.websocket_url = config.websocket_url;
  settings.adapter.rest_url = config.rest_url;
  options.lines = config.lines;
  settings.second = {config.second_websocket_url, config.second_rest_url};
  settings.adapter.gaps = config.gaps;
  // A capture without a list of symbols serves all that it holds.
  settings.adapter.discover = !config.capture.empty() && config.symbols.empty();
  settings.make_adapter = venue.make_adapter;
  settings.source = config.source;
  settings.make_source = venue.make_source;
  settings.capture = {config.capture, config.speed, config.loop};
  settings.ca_file = config.ca_file;
  settings.proxy = config.proxy;
  return settings;
}

feeds::BestRules best_rules(const Config& config) {
  std::vector<feeds::BestRule> rules;
  for (const auto& one : config.consolidated) {
    for (const auto& pair : one.pairs) {
      const auto dash = pair.rfind('-');
      const bool any = pair == "*";
      rules.push_back({any ? pair : pair.substr(0, dash), any ? pair : pair.substr(dash + 1),
                       one.venues, one.join});
    }
  }
  return feeds::BestRules(std::move(rules));
}

feeds::BarsOptions bars_options(const BarsConfig& config) {
  return {config.kept, config.empty == EmptyBars::kCarry, config.grace, config.memory};
}

}  // namespace tickgate::gateway
