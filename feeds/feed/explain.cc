// SPDX-License-Identifier: Apache-2.0
// What a feed says of one instrument when it is asked why it is as it is.
#include <array>

#include "feeds/feed/feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;

// "host:port" or "host" of "scheme://user@host:port/path?query": the rest may be secret.
std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const auto user = url.rfind('@');
  return std::string(user == url.npos ? url : url.substr(user + 1));
}

RhythmReport rhythm_of(const InstrumentStates& states, const InstrumentEntry& entry,
                       Channel channel, Moment now) {
  const auto outlook = states.outlook(entry, channel);
  const Rhythm& rhythm = *outlook.rhythm;
  const bool judged = outlook.stale_at != Monotonic::max();
  return {.known = rhythm.known(),
          .gaps = rhythm.gaps(),
          .patience = outlook.patience,
          .longest = rhythm.longest(),
          .silent = now.steady - rhythm.last(),
          .stale_in = judged ? outlook.stale_at - now.steady : Monotonic::max()};
}

template <typename Tick>
void take_times(ChannelReport& report, const Tick* tick) {
  if (tick == nullptr) return;
  report.received = tick->header.receive_time;
  report.venue_time = tick->header.venue_time;
}

ChannelReport channel_of(const Publisher& publisher, const InstrumentStates& states,
                         const InstrumentEntry& entry, Channel channel, Moment now) {
  ChannelReport report;
  report.channel = channel;
  report.sequence = publisher.last_sequence(entry.id, channel);
  report.rhythm = rhythm_of(states, entry, channel, now);
  const auto& cache = publisher.cache();
  if (channel == Channel::kQuote) take_times(report, cache.quote(entry.id));
  if (channel == Channel::kBook) take_times(report, cache.book(entry.id));
  if (channel == Channel::kTrade) take_times(report, cache.trade(entry.id));
  if (channel == Channel::kTicker) take_times(report, cache.ticker(entry.id));
  return report;
}

std::vector<ToldChange> changes_of(const Publisher& publisher, schemas::InstrumentId id) {
  std::vector<ToldChange> told;
  for (const auto& change : publisher.history().of(id)) {
    told.push_back({change.at, change.state, change.quote_state, std::string(change.reason),
                    std::string(change.quote_reason)});
  }
  return told;
}

}  // namespace

std::optional<Explanation> Feed::explain(schemas::InstrumentId instrument, Moment now) const {
  const auto* const lane = lane_of(instrument);
  if (lane == nullptr) return std::nullopt;
  const auto& states = lane->instruments();
  const auto& entry = states.entries()[states.index_of(instrument)];
  const auto& connection = lane->connection();
  const auto& publisher = shared_.publisher;
  Explanation told;
  told.feed = shared_.options.name;
  told.venue = shared_.options.venue;
  told.now = now.wall;
  auto& carrier = told.connection;
  told.lines = lines_.size();
  while (lines_[told.line - 1]->lane_of(instrument) != lane) ++told.line;
  const auto& lanes = lines_[told.line - 1]->lanes();
  while (lanes[carrier.index - 1].get() != lane) ++carrier.index;
  carrier.count = lanes.size();
  carrier.state = lane->state().state;
  carrier.since = lane->state().since;
  carrier.reason = lane->state().reason;
  carrier.host = host_of(connection.adapter().url());
  carrier.symbols = connection.pairs().size();
  carrier.replacing = lane->replaces();
  told.clock = clock_report(shared_.counters);
  if (const auto* const status = publisher.cache().status(instrument)) told.status = *status;
  told.changes = changes_of(publisher, instrument);
  for (const auto channel : {Channel::kQuote, Channel::kTrade, Channel::kBook, Channel::kTicker}) {
    told.channels.push_back(channel_of(publisher, states, entry, channel, now));
  }
  told.numbers = connection.adapter().numbers(instrument);
  told.tallies = shared_.tallies.counts(instrument, now.wall);
  told.refusal = shared_.tallies.refusal(instrument);
  told.quarantined = {shared_.tallies.quarantined(instrument, now.wall),
                      shared_.quarantine.newest_of(shared_.registry.at(instrument).symbol,
                                                   QuarantineReport::kMost)};
  return told;
}

}  // namespace tickgate::feeds
