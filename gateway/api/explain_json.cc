// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "gateway/api/clock_report_text.h"
#include "gateway/api/explain_answer.h"
#include "gateway/api/json_member.h"
#include "gateway/api/quarantine_json.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;

template <typename Number>
void append_number(std::string& out, std::string_view name, Number number) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, number);
}

void append_ms(std::string& out, std::string_view name, std::chrono::microseconds length) {
  append_number(out, name, std::chrono::floor<milliseconds>(length).count());
}

// Null where there is no such time.
void append_age(std::string& out, std::string_view name, schemas::Timestamp now,
                schemas::Timestamp time) {
  if (time == schemas::kNoTime) return append_number(out, name, "null");
  append_ms(out, name, std::chrono::microseconds(now.value() - time.value()));
}

void append_status(std::string& out, const ExplainAnswer& answer) {
  if (!answer.status) {
    out.append(R"(,"state":null,"since":null,"reason":"","quote_state":null,"quote_since":null)"
               R"(,"quote_reason":"","note":"")");
    return;
  }
  const auto& status = *answer.status;
  append_text(out, "state", name(status.state));
  append_number(out, "since", status.since.value());
  append_text(out, "reason", status.reason.view());
  append_text(out, "quote_state", name(status.quote_state));
  append_number(out, "quote_since", status.quote_since.value());
  append_text(out, "quote_reason", status.quote_reason.view());
  append_text(out, "note", status.note.view());
}

void append_connection(std::string& out, const feeds::ConnectionReport& connection) {
  fmt::format_to(std::back_inserter(out), R"(,"connection":{{"index":{},"of":{})", connection.index,
                 connection.count);
  append_text(out, "state", name(connection.state));
  append_number(out, "since", connection.since.value());
  append_text(out, "reason", connection.reason);
  append_text(out, "host", connection.host);
  append_number(out, "symbols", connection.symbols);
  append_number(out, "replacing", connection.replacing);
  out.push_back('}');
}

void append_rhythm(std::string& out, const feeds::RhythmReport& rhythm) {
  fmt::format_to(std::back_inserter(out), R"(,"rhythm":{{"known":{},"gaps":{})", rhythm.known,
                 rhythm.gaps);
  append_ms(out, "patience_ms", rhythm.patience);
  append_ms(out, "longest_gap_ms", rhythm.longest);
  append_ms(out, "silent_ms", rhythm.silent);
  if (rhythm.stale_in == feeds::Monotonic::max()) {
    append_number(out, "stale_in_ms", "null");
  } else {
    append_ms(out, "stale_in_ms", rhythm.stale_in);
  }
  out.push_back('}');
}

void append_channels(std::string& out, const feeds::Explanation& told) {
  out.append(",\"channels\":[");
  for (const auto& channel : told.channels) {
    if (out.back() != '[') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"({{"channel":"{}","seq":{})", name(channel.channel),
                   channel.sequence);
    append_age(out, "age_ms", told.now, channel.received);
    append_age(out, "venue_age_ms", told.now, channel.venue_time);
    append_rhythm(out, channel.rhythm);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_numbers(std::string& out, const feeds::Explanation& told) {
  out.append(",\"venue_numbers\":{");
  for (const auto& number : told.numbers) {
    if (out.back() != '{') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"("{}":{})", number.name, number.value);
  }
  out.append("},\"counts\":{");
  for (std::size_t i = 0; i < feeds::kTallyCount; ++i) {
    fmt::format_to(std::back_inserter(out), R"({}"{}":{{"today":{},"all":{}}})", i > 0 ? "," : "",
                   name(static_cast<feeds::Tally>(i)), told.tallies[i].today, told.tallies[i].all);
  }
  out.push_back('}');
}

void append_refusal(std::string& out, const feeds::Refusal& refusal) {
  if (refusal.at == schemas::kNoTime) {
    out.append(",\"last_refusal\":null");
    return;
  }
  fmt::format_to(std::back_inserter(out), R"(,"last_refusal":{{"at":{},"channel":"{}")",
                 refusal.at.value(), name(refusal.channel));
  append_text(out, "message", refusal.message);
  out.push_back('}');
}

void append_changes(std::string& out, const std::vector<feeds::ToldChange>& changes) {
  out.append(",\"changes\":[");
  for (const auto& change : changes) {
    if (out.back() != '[') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"({{"at":{},"state":"{}","quote_state":"{}")",
                   change.at.value(), name(change.state), name(change.quote_state));
    append_text(out, "reason", change.reason);
    append_text(out, "quote_reason", change.quote_reason);
    out.push_back('}');
  }
  out.push_back(']');
}

void append_quarantine(std::string& out, const feeds::QuarantineReport& quarantined) {
  out.append(",\"quarantined\":{\"counts\":{");
  for (std::size_t i = 0; i < feeds::kImplausibleCount; ++i) {
    fmt::format_to(std::back_inserter(out), R"({}"{}":{{"today":{},"all":{}}})", i > 0 ? "," : "",
                   name(static_cast<feeds::Implausible>(i)), quarantined.counts[i].today,
                   quarantined.counts[i].all);
  }
  out.append("},\"newest\":[");
  for (const auto& tick : quarantined.newest) {
    if (out.back() != '[') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"({{"time":{},)", tick.time.value());
    append_quarantined(out, tick);
  }
  out.append("]}");
}

// With the newest values that are here, since no feed tells of them.
void append_edge(std::string& out, const ExplainAnswer& answer) {
  out.append(",\"edge\":");
  if (!answer.edge) return void(out.append("null"));
  append_edge_json(out, *answer.edge);
  out.back() = ',';
  out.append("\"values\":[");
  for (const auto& value : answer.values) {
    if (out.back() != '[') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"({{"channel":"{}","seq":{})", name(value.channel),
                   value.sequence);
    append_age(out, "age_ms", answer.now, value.received);
    append_age(out, "venue_age_ms", answer.now, value.venue_time);
    out.push_back('}');
  }
  out.append("]}");
}

void append_followers(std::string& out, const std::vector<FollowerCount>& followers) {
  out.append(",\"subscribers\":[");
  for (const auto& some : followers) {
    if (out.back() != '[') out.push_back(',');
    fmt::format_to(std::back_inserter(out), R"({{"channel":"{}","interval":)", name(some.channel));
    if (some.bar) {
      fmt::format_to(std::back_inserter(out), R"("{}")", name(*some.bar));
    } else {
      out.append("null");
    }
    fmt::format_to(std::back_inserter(out), R"(,"interval_ms":{},"count":{}}})", some.interval_ms,
                   some.subscribers);
  }
  out.push_back(']');
}

}  // namespace

std::string explain_json(const ExplainAnswer& answer) {
  std::string out = "{\"symbol\":";
  schemas::append_json_string(out, answer.instrument->symbol);
  append_text(out, "venue", answer.instrument->venue);
  append_text(out, "answer", explain_words(answer));
  append_number(out, "now", answer.now.value());
  append_status(out, answer);
  append_followers(out, answer.followers);
  if (answer.told) {
    const auto& told = *answer.told;
    append_text(out, "feed", told.feed);
    append_connection(out, told.connection);
    fmt::format_to(std::back_inserter(out), R"(,"line":{{"index":{},"of":{}}})", told.line,
                   told.lines);
    out.append(",\"clock\":");
    append_clock_json(out, told.clock);
    append_channels(out, told);
    append_numbers(out, told);
    append_refusal(out, told.refusal);
    append_quarantine(out, told.quarantined);
    append_changes(out, told.changes);
  } else {
    out.append(
        R"(,"feed":null,"connection":null,"line":null,"clock":null,"channels":[],"venue_numbers":{})"
        R"(,"counts":null,"last_refusal":null,"quarantined":null,"changes":[])");
  }
  append_edge(out, answer);
  out.append(",\"missing\":[");
  for (const auto& who : answer.missing) {
    if (out.back() != '[') out.push_back(',');
    schemas::append_json_string(out, who);
  }
  out.append("]}\n");
  return out;
}

}  // namespace tickgate::gateway
