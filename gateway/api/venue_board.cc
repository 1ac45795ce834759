// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/venue_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

constexpr std::chrono::seconds kEvery{1};

// Of the one that the text begins with, without another in it; a brace within a text is none.
std::size_t end_of_object(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '}' && !quoted) {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

void append_venue_json(std::string& out, std::string_view name, std::string_view venue,
                       const feeds::FeedStatus& status, const VenueCounts& counts,
                       schemas::Timestamp now) {
  std::optional<std::int64_t> age, venue_age;  // ms
  if (status.last_message != schemas::kNoTime) {
    age = (now.value() - status.last_message.value()) / 1000;
  }
  if (status.venue_age != feeds::VenueAge::kUnknown) {
    venue_age = status.venue_age / std::chrono::milliseconds(1);
  }
  const auto text = [](std::optional<std::int64_t> ms) {
    return ms ? fmt::to_string(*ms) : std::string("null");
  };
  fmt::format_to(std::back_inserter(out), R"({{"name":"{}","venue":"{}","state":"{}","since":{})",
                 name, venue, feeds::name(status.state), since_or_now(status.since, now).value());
  out.append(",\"reason\":");
  schemas::append_json_string(out, status.reason);
  out.append(",\"rate\":").append(counts.rate ? fmt::format("{:.1f}", *counts.rate) : "null");
  fmt::format_to(std::back_inserter(out),
                 R"(,"age_ms":{},"venue_age_ms":{},"gaps":{},"resyncs":{},"trades_lost":{}}})",
                 text(age), text(venue_age), counts.gaps, counts.resyncs, counts.trades_lost);
}

// Within a text each quote has a backslash before it, so these stand for members and nothing else.
std::string greyed_venues(std::string_view venues, schemas::State state, std::string_view reason) {
  constexpr std::string_view kLive = R"("state":"live")", kReason = R"("reason":"")";
  std::string out;
  while (true) {
    const auto at = venues.find(kLive);
    out.append(venues.substr(0, at));
    if (at == venues.npos) return out;
    fmt::format_to(std::back_inserter(out), R"("state":"{}")", name(state));
    venues.remove_prefix(at + kLive.size());
    const auto next = venues.find(kReason);
    if (next == venues.npos || next > venues.find('}')) continue;
    out.append(venues.substr(0, next)).append("\"reason\":");
    schemas::append_json_string(out, reason);
    venues.remove_prefix(next + kReason.size());
  }
}

std::string venues_shown(std::string_view venues,
                         const std::function<bool(std::string_view)>& shows) {
  constexpr std::string_view kVenue = R"("venue":")";
  std::string out = "[";
  for (auto at = venues.find('{'); at != venues.npos; at = venues.find('{')) {
    venues.remove_prefix(at);
    const auto entry = venues.substr(0, end_of_object(venues));
    venues.remove_prefix(entry.size());
    auto venue = entry.substr(std::min(entry.find(kVenue), entry.size()));
    venue.remove_prefix(std::min(kVenue.size(), venue.size()));
    if (!shows(venue.substr(0, venue.find('"')))) continue;
    out.append(out.size() > 1 ? "," : "").append(entry);
  }
  return out.append("]\n");
}

void VenueBoard::start(ForEachFeed for_each) {
  for_each_ = std::move(for_each);
  look();
}

std::string VenueBoard::text() const {
  const std::scoped_lock lock(mutex_);
  return *text_;
}

// One that was made anew counts from 0.
VenueCounts VenueBoard::count(const feeds::FeedCounters& counters, Seen& seen) {
  const auto now = monotonic_now();
  const auto messages = counters.messages.value();
  VenueCounts counts;
  if (seen.at.count() != 0 && now > seen.at && messages >= seen.messages) {
    const std::chrono::duration<double> passed = now - seen.at;
    counts.rate = static_cast<double>(messages - seen.messages) / passed.count();
  }
  seen.messages = messages;
  seen.at = now;
  counts.gaps = counters.anomalies[static_cast<std::size_t>(feeds::Anomaly::kGap)].value();
  counts.resyncs = counters.resyncs.value();
  counts.trades_lost = counters.trades_lost.value();
  return counts;
}

void VenueBoard::look() {
  std::string text = "[";
  std::map<std::string, Seen> seen;
  for_each_([&](const feeds::Feed& feed) {
    if (text.size() > 1) text.push_back(',');
    const auto& options = feed.options();
    Seen& one = seen[options.name] = seen_[options.name];
    append_venue_json(text, options.name, options.venue, feed.status(), count(feed.counters(), one),
                      wall_now());
  });
  seen_ = std::move(seen);
  text.append("]\n");
  {
    const std::scoped_lock lock(mutex_);
    text_ = std::make_shared<const std::string>(std::move(text));
  }
  timer_.expires_after(kEvery);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !stopped_) look();
  });
}

}  // namespace tickgate::gateway
