// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "gateway/api/clock_report_text.h"
#include "gateway/api/explain_answer.h"
#include "gateway/api/time_text.h"

namespace tickgate::gateway {
namespace {

void add_line(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "  {:<12}  {}\n", name, terminal_text(text));
}

void add_status(std::string& out, const ExplainAnswer& answer) {
  if (!answer.status) return;
  const auto& status = *answer.status;
  add_line(out, "state",
           fmt::format("{} since {}{}", name(status.state), moment_text(status.since),
                       because(status.reason.view())));
  add_line(out, "quote",
           fmt::format("{} since {}{}", name(status.quote_state), moment_text(status.quote_since),
                       because(status.quote_reason.view())));
  if (!status.note.view().empty()) add_line(out, "note", status.note.view());
}

void add_connection(std::string& out, const ExplainAnswer& answer) {
  const auto& told = *answer.told;
  const auto& [index, count, state, since, reason, host, symbols, replacing] = told.connection;
  add_line(out, "feed", fmt::format("{} (venue {})", told.feed, told.venue));
  add_line(
      out, "connection",
      fmt::format("{} of {}{}{}, {} for {}{}{}", index, count, host.empty() ? "" : " to " + host,
                  symbols == 0 ? "" : fmt::format(", {} symbols", symbols), name(state),
                  since_text(answer, since), because(reason),
                  replacing ? "; another is opened in its place" : ""));
  add_line(out, "line", fmt::format("{} of {}", told.line, told.lines));
  add_line(out, "venue clock", clock_words(told.clock));
}

std::string rhythm_text(const feeds::RhythmReport& rhythm) {
  std::string text = rhythm.known ? fmt::format("longest gap {}", length_text(rhythm.longest))
                                  : "rhythm not known yet";
  fmt::format_to(std::back_inserter(text), ", patience {}", length_text(rhythm.patience));
  if (rhythm.stale_in == feeds::Monotonic::max()) return text;
  if (rhythm.stale_in.count() > 0) {
    return text.append(", stale in ").append(length_text(rhythm.stale_in));
  }
  return text.append(", beyond it for ").append(length_text(-rhythm.stale_in));
}

void add_channels(std::string& out, const feeds::Explanation& told) {
  const auto age = [&](schemas::Timestamp time) {
    return length_text(std::chrono::microseconds(told.now.value() - time.value()));
  };
  for (const auto& channel : told.channels) {
    if (channel.sequence == 0) {
      add_line(out, name(channel.channel), "nothing yet");
      continue;
    }
    const auto venue = channel.venue_time == schemas::kNoTime
                           ? std::string()
                           : fmt::format(", of {} ago by the venue", age(channel.venue_time));
    // Of trades all may have been lost.
    const auto came = channel.received == schemas::kNoTime
                          ? std::string("none came")
                          : fmt::format("came {} ago", age(channel.received));
    add_line(out, name(channel.channel),
             fmt::format("seq {}, {}{}; {}", channel.sequence, came, venue,
                         rhythm_text(channel.rhythm)));
  }
}

// A name in words: of "off_median" "off median".
std::string in_words(std::string_view name) {
  std::string words(name);
  std::ranges::replace(words, '_', ' ');
  return words;
}

void add_counts(std::string& out, const ExplainAnswer& answer) {
  const auto& told = *answer.told;
  std::vector<std::string> numbers, counts;
  for (const auto& number : told.numbers) {
    numbers.push_back(fmt::format("{} {}", number.name, number.value));
  }
  if (!numbers.empty()) add_line(out, "venue's", fmt::format("{}", fmt::join(numbers, ", ")));
  for (std::size_t i = 0; i < feeds::kTallyCount; ++i) {
    counts.push_back(fmt::format("{} {} ({} in all)", in_words(name(static_cast<feeds::Tally>(i))),
                                 told.tallies[i].today, told.tallies[i].all));
  }
  add_line(out, "today", fmt::format("{}", fmt::join(counts, ", ")));
  if (told.refusal.at == schemas::kNoTime) return;
  add_line(out, "last refusal",
           fmt::format("{}, {} ago: {}", name(told.refusal.channel),
                       since_text(answer, told.refusal.at), told.refusal.message));
}

void add_quarantine(std::string& out, const feeds::QuarantineReport& quarantined) {
  std::vector<std::string> counts;
  for (std::size_t i = 0; i < feeds::kImplausibleCount; ++i) {
    const auto& [all, today] = quarantined.counts[i];
    if (all == 0) continue;
    counts.push_back(fmt::format("{} {} ({} in all)",
                                 in_words(name(static_cast<feeds::Implausible>(i))), today, all));
  }
  add_line(out, "quarantined",
           counts.empty() ? "none" : fmt::format("{}", fmt::join(counts, ", ")));
  for (const auto& tick : quarantined.newest) {
    const auto reference =
        tick.reference.empty() ? std::string() : fmt::format(" beside {}", tick.reference);
    fmt::format_to(std::back_inserter(out), "    {}  {}\n", moment_text(tick.time),
                   terminal_text(fmt::format("{} {}: {}{}; {}{}", name(tick.channel),
                                             in_words(name(tick.reason)), tick.price, reference,
                                             tick.is_binary ? "binary " : "", tick.message)));
  }
}

void add_followers(std::string& out, const ExplainAnswer& answer) {
  std::vector<std::string> some;
  for (const auto& group : answer.followers) {
    const auto what =
        group.bar ? fmt::format("{} bar", name(*group.bar)) : std::string(name(group.channel));
    some.push_back(group.interval_ms == 0 ? fmt::format("{} of each {}", group.subscribers, what)
                                          : fmt::format("{} of {} each {} ms", group.subscribers,
                                                        what, group.interval_ms));
  }
  add_line(out, "subscribers", some.empty() ? "none" : fmt::format("{}", fmt::join(some, ", ")));
}

void add_edge(std::string& out, const ExplainAnswer& answer) {
  if (!answer.edge) return;
  add_line(out, "comes", edge_words(*answer.edge));
  for (const auto& value : answer.values) {
    const auto came = value.received == schemas::kNoTime
                          ? std::string("no time is known")
                          : fmt::format("received {} ago", since_text(answer, value.received));
    add_line(out, name(value.channel), fmt::format("seq {}, {}", value.sequence, came));
  }
}

void add_changes(std::string& out, const feeds::Explanation& told) {
  if (told.changes.empty()) return;
  out.append("  last changes, the newest first\n");
  for (const auto& change : told.changes) {
    const auto quote =
        change.quote_state == change.state
            ? std::string()
            : fmt::format("; quote {}{}", name(change.quote_state), because(change.quote_reason));
    fmt::format_to(std::back_inserter(out), "    {}  {}{}\n", moment_text(change.at),
                   name(change.state), terminal_text(because(change.reason) + quote));
  }
}

}  // namespace

std::string explain_text(const ExplainAnswer& answer) {
  auto out = terminal_text(explain_words(answer));
  out.append("\n\n");
  add_status(out, answer);
  if (answer.told) {
    add_connection(out, answer);
    add_channels(out, *answer.told);
    add_counts(out, answer);
    add_quarantine(out, answer.told->quarantined);
  }
  add_edge(out, answer);
  add_followers(out, answer);
  if (answer.told) add_changes(out, *answer.told);
  if (!answer.missing.empty()) {
    add_line(out, "missing", fmt::format("{} did not answer", fmt::join(answer.missing, ", ")));
  }
  return out;
}

}  // namespace tickgate::gateway
