// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/rows.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gateway/top/number_text.h"

namespace tickgate::gateway {
namespace {

// From here on a share of a limit is worth a look, and from there on it is not far from none left.
constexpr double kMuch = 0.8, kTooMuch = 0.95;
constexpr double kOldSeconds = 5;  // a feed that was heard then; it is told stale by its own rhythm
constexpr double kLateSeconds = 0.1;

Known micros(std::optional<std::int64_t> time) {
  return time ? Known(static_cast<double>(*time) / 1e6) : std::nullopt;
}
Known millis(std::optional<std::int64_t> time) {
  return time ? Known(static_cast<double>(*time) / 1e3) : std::nullopt;
}
Known number(std::uint64_t value) { return static_cast<double>(value); }

bool above(Known value, double limit) { return value && *value > limit; }

Style of_share(Known used, Known all) {
  if (!used || !all || !(*all > 0)) return Style::kPlain;
  const double share = *used / *all;
  return share > kTooMuch ? Style::kBad : share > kMuch ? Style::kWarning : Style::kPlain;
}

// Bad where it is more than none.
Style of_loss(Known rate) { return above(rate, 0) ? Style::kBad : Style::kPlain; }

Style of_state(std::string_view state) {
  if (state == "live") return Style::kGood;
  return state == "down" || state == "stale" ? Style::kBad : Style::kWarning;
}

// "12 of 34"; the limit only where there is one.
std::string share_text(std::string (*text)(Known), Known used, Known all) {
  if (!all || !(*all > 0)) return text(used);
  return fmt::format("{} of {}", text(used), text(all));
}

StyledLine labelled(std::string_view label) {
  return StyledLine(fmt::format("{:<10}", label), Style::kTitle);
}

StyledLine heading(const Model& model, const Situation& situation) {
  StyledLine line(plain_text(fmt::format("tickgate {}", model.version)), Style::kTitle);
  line.add(fmt::format(" at {}  up {}", plain_text(situation.where),
                       seconds_text(model.uptime_seconds)));
  if (model.ready) {
    line.add("  ").add(*model.ready > 0 ? "ready" : "NOT READY",
                       *model.ready > 0 ? Style::kGood : Style::kBad);
  }
  if (model.reload_worked && !(*model.reload_worked > 0)) {
    line.add("  ").add("RELOAD REFUSED", Style::kBad);
  }
  line.add(fmt::format("  {} UTC", time_text(model.wall)), Style::kDim);
  if (situation.paused) line.add("  ").add("PAUSED", Style::kReversed);
  return line;
}

StyledLine process_line(const Model& model) {
  // Against its budget counts more than what is resident: sockets too.
  const bool budget = above(model.budget_bytes, 0);
  const auto memory = budget ? model.held_bytes : model.resident_bytes;
  auto line = labelled("process");
  line.add(fmt::format("cpu {}", percent_text(model.cpus)));
  line.add(fmt::format("  memory {}", share_text(bytes_text, memory, model.budget_bytes)),
           of_share(memory, model.budget_bytes));
  line.add(fmt::format("  descriptors {}", share_text(count_text, model.open_fds, model.max_fds)),
           of_share(model.open_fds, model.max_fds));
  line.add(fmt::format("  {} shard{}, lag p99", model.lag_p99.size(),
                       model.lag_p99.size() == 1 ? "" : "s"));
  for (const auto& lag : model.lag_p99) {
    line.add(" ").add(seconds_text(lag),
                      above(lag, kLateSeconds) ? Style::kWarning : Style::kPlain);
  }
  return line;
}

StyledLine clients_line(const Model& model) {
  auto line = labelled("clients");
  line.add(share_text(count_text, model.connections, model.connections_limit),
           of_share(model.connections, model.connections_limit));
  line.add(fmt::format("  +{}/s -{}/s  {} updates/s  {}/s  queued {}",
                       count_text(model.opened_per_second), count_text(model.closed_per_second),
                       count_text(model.messages_per_second), bytes_text(model.bytes_per_second),
                       bytes_text(model.queued_bytes)));
  line.add(fmt::format("  folded {}/s", count_text(model.folded_per_second)));
  line.add(fmt::format("  dropped {}/s", count_text(model.dropped_per_second)),
           of_loss(model.dropped_per_second));
  line.add(fmt::format("  degraded {}/s", count_text(model.degraded_per_second)),
           above(model.degraded_per_second, 0) ? Style::kWarning : Style::kPlain);
  if (above(model.shed_per_second, 0)) {
    line.add(fmt::format("  SHED {}/s", count_text(model.shed_per_second)), Style::kBad);
  }
  for (const auto& shard : model.missing) {
    line.add(fmt::format("  {} DOES NOT ANSWER", plain_text(shard)), Style::kBad);
  }
  return line;
}

StyledLine latency_line(const Model& model) {
  auto line = labelled("latency");
  for (const auto& stage : model.stages) {
    line.add(fmt::format("{} {} / {}  ", plain_text(stage.stage), seconds_text(stage.p50),
                         seconds_text(stage.p99)));
  }
  const auto of = model.between_seconds
                      ? fmt::format("(p50 / p99 of {})", seconds_text(model.between_seconds))
                      : std::string("(p50 / p99 since the start)");
  return line.add(of, Style::kDim);
}

// Greater first; what is not known last.
bool before(Known a, Known b) { return a && (!b || *a > *b); }

Known order_value(const ClientRow& row, ClientOrder order) {
  switch (order) {
    case ClientOrder::kBacklog:
      return number(row.told.backlog_bytes);
    case ClientOrder::kRoundTrip:
      return micros(row.told.round_trip_us);
    case ClientOrder::kRate:
      return row.bytes_per_second;
    case ClientOrder::kFolded:
      return row.folded_per_second;
  }
  return std::nullopt;
}

Piece condition(const ClientAnswer& told) {
  if (told.closing) return {"closing", Style::kWarning};
  if (told.degraded) return {fmt::format("degraded, {} ms", told.floor_ms), Style::kWarning};
  return {};
}

}  // namespace

std::string time_text(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::vector<StyledLine> summary_lines(const Model& model, const Situation& situation) {
  return {heading(model, situation), process_line(model), clients_line(model), latency_line(model)};
}

Table feed_table(const Model& model) {
  Table table({{"FEED", 10, false, 0},
               {"STATE", 7, false, 0},
               {"FOR", 6, true, 1},
               {"AGE", 5, true, 2},
               {"MSG/S", 5, true, 3},
               {"TICKS/S", 7, true, 6},
               {"GAPS", 4, true, 4},
               {"FAULTS", 6, true, 5},
               {"BEHIND", 6, true, 7},
               {"CLOCK", 6, true, 9},
               {"LIVE", 5, true, 8},
               {"REASON", 0, false, 0}});
  for (const auto& row : model.feeds) {
    const auto& told = row.told;
    const auto age = millis(told.age_ms);
    const auto losses = row.got_worse ? Style::kBad : Style::kPlain;
    const auto some = told.live < told.instruments ? Style::kWarning : Style::kPlain;
    table.add({{plain_text(told.name), Style::kPlain},
               {plain_text(told.state), of_state(told.state)},
               {seconds_text(row.seconds_in_state), Style::kPlain},
               {seconds_text(age), above(age, kOldSeconds) ? Style::kWarning : Style::kPlain},
               {count_text(row.messages_per_second), Style::kPlain},
               {count_text(row.ticks_per_second), Style::kPlain},
               {count_text(number(told.gaps)), losses},
               {count_text(number(told.faults)), losses},
               {seconds_text(millis(told.venue_age_ms)), Style::kPlain},
               {seconds_text(row.clock_offset_seconds), Style::kPlain},
               {fmt::format("{}/{}", told.live, told.instruments), some},
               {plain_text(told.reason), of_state(told.state)}});
  }
  return table;
}

Table client_table(const Model& model, ClientOrder order) {
  auto rows = model.clients;
  if (order != ClientOrder::kBacklog) {  // as they are told
    std::stable_sort(rows.begin(), rows.end(), [order](const ClientRow& a, const ClientRow& b) {
      return before(order_value(a, order), order_value(b, order));
    });
  }
  Table table({{"CLIENT", 21, false, 0},
               {"FOR", 6, true, 3},
               {"BACKLOG", 7, true, 0},
               {"PING", 6, true, 1},
               {"BYTES/S", 7, true, 2},
               {"FOLDED/S", 8, true, 4},
               {"SENT", 5, true, 6},
               {"SUBS", 4, true, 5},
               {"", 0, false, 0}});
  for (const auto& row : rows) {
    const auto& told = row.told;
    table.add({{plain_text(told.address), Style::kPlain},
               {seconds_text(row.seconds_connected), Style::kPlain},
               {bytes_text(number(told.backlog_bytes)), Style::kPlain},
               {seconds_text(micros(told.round_trip_us)), Style::kPlain},
               {bytes_text(row.bytes_per_second), Style::kPlain},
               {count_text(row.folded_per_second), Style::kPlain},
               {bytes_text(number(told.bytes_sent)), Style::kPlain},
               {count_text(number(told.subscriptions)), Style::kPlain},
               condition(told)});
  }
  return table;
}

std::string_view order_text(ClientOrder order) {
  switch (order) {
    case ClientOrder::kBacklog:
      return "what they have not taken";
    case ClientOrder::kRoundTrip:
      return "ping";
    case ClientOrder::kRate:
      return "bytes a second";
    case ClientOrder::kFolded:
      return "folded updates";
  }
  return "";
}

std::vector<StyledLine> help_lines() {
  constexpr std::string_view kLines[] = {
      "q        quit                     p  hold the picture, and go on",
      "s        sort clients otherwise   ?  this, and back",
      "",
      "latency  p50 / p99 of each stage of a tick's way, between two looks",
      "lag      how late a shard's own timer came, p99, shard by shard",
      "folded   updates that a newer one replaced before they were sent",
      "dropped  trades that a slow client was told a gap for",
      "AGE      since the venue was last heard",
      "GAPS     since the start; red when there was one since the last look",
      "FAULTS   other anomalies: parse errors, checksums, unknown messages",
      "BEHIND   how old what comes is, by the venue's clock",
      "CLOCK    what the venue's clock is off ours, as far as it is known",
      "LIVE     instruments that are live, of all",
      "BACKLOG  what a client has not taken: of us and of the kernel",
      "bytes    in units of 1024; - is not known"};
  std::vector<StyledLine> lines;
  for (const auto text : kLines) lines.emplace_back(text, Style::kPlain);
  return lines;
}

}  // namespace tickgate::gateway
