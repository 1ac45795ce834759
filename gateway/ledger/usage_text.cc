// SPDX-License-Identifier: Apache-2.0
// A day's sums as they are shown.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

#include "gateway/ledger/day_usage.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using Row = std::array<std::string, 10>;

std::string channels_text(std::uint8_t channels, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    if ((channels >> i & 1U) == 0) continue;
    if (!out.empty()) out += between;
    out += name(static_cast<schemas::Channel>(i));
  }
  return out;
}

Row row_of(const UsageSum& sum) {
  return {sum.key.subject,
          sum.key.plan.empty() ? "-" : sum.key.plan,
          sum.key.venue,
          sum.key.delay_s == 0 ? "live" : fmt::format("{} s", sum.key.delay_s),
          fmt::format("{}", sum.connections),
          fmt::format("{}", sum.peak),
          fmt::format("{}", sum.minutes),
          fmt::format("{}", sum.symbols),
          fmt::format("{}", sum.updates),
          channels_text(sum.details.channels, " ")};
}

// Seconds, UTC.
std::string time_text(schemas::Timestamp time) {
  const auto seconds = time.value() / 1'000'000 % 86'400;
  return fmt::format("{} {:02}:{:02}:{:02} UTC", text(day_of(time)), seconds / 3'600,
                     seconds / 60 % 60, seconds % 60);
}

bool is_open(const DayUsage::LastRun& run) { return !run.run.empty() && !run.ended; }

template <typename Texts>
void append_texts(std::string& out, std::string_view key, const Texts& texts) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", key);
  bool first = true;
  for (const std::string_view one : texts) {
    if (!std::exchange(first, false)) out.push_back(',');
    schemas::append_json_string(out, one);
  }
  out.push_back(']');
}

void append_json(std::string& out, const UsageSum& sum) {
  out += R"({"subject":)";
  schemas::append_json_string(out, sum.key.subject);
  out += R"(,"plan":)";
  schemas::append_json_string(out, sum.key.plan);
  out += R"(,"venue":)";
  schemas::append_json_string(out, sum.key.venue);
  fmt::format_to(std::back_inserter(out),
                 R"(,"delay_s":{},"connections":{},"peak":{},"minutes":{},"symbols":{},)"
                 R"("updates":{},"depth":{},"channels":[)",
                 sum.key.delay_s, sum.connections, sum.peak, sum.minutes, sum.symbols, sum.updates,
                 sum.details.depth);
  if (sum.details.channels != 0) {
    out += '"' + channels_text(sum.details.channels, "\",\"") + '"';
  }
  out.push_back(']');
  append_texts(out, "credentials", sum.details.credentials);
  append_texts(out, "addresses", sum.details.addresses);
  out.push_back('}');
}

}  // namespace

std::string usage_text(Day day, const DayUsage& usage) {
  std::vector<Row> rows{{"subject", "plan", "venue", "delay", "connections", "peak", "minutes",
                         "symbols", "updates", "channels"}};
  for (const auto& sum : usage.sums()) rows.push_back(row_of(sum));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out =
      fmt::format("{}, UTC: {} of subject, plan and venue\n", text(day), rows.size() - 1);
  for (const auto& row : rows) {
    if (rows.size() == 1) break;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      const std::string room(widths[i] - row[i].size(), ' ');
      out += i >= 4 ? room + row[i] : row[i] + room;  // numbers to the right
      out += "  ";
    }
    out += row.back() + '\n';
  }
  for (const auto& gap : usage.gaps()) {
    fmt::format_to(std::back_inserter(out),
                   "run {} did not end in order: usage may be missing from {} to {}\n", gap.run,
                   time_text(gap.from), time_text(gap.to));
  }
  if (const auto& last = usage.last_run(); is_open(last)) {
    fmt::format_to(std::back_inserter(out),
                   "run {} has not ended: it goes on, or it broke off; usage is known until {}\n",
                   last.run, time_text(last.at));
  }
  if (usage.skipped() > 0) {
    fmt::format_to(std::back_inserter(out), "{} of {} lines could not be read and were skipped\n",
                   usage.skipped(), usage.lines());
  }
  return out;
}

std::string usage_json(Day day, const DayUsage& usage) {
  std::string out = fmt::format(R"({{"day":"{}","usage":[)", text(day));
  bool first = true;
  for (const auto& sum : usage.sums()) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json(out, sum);
  }
  out += R"(],"gaps":[)";
  first = true;
  for (const auto& gap : usage.gaps()) {
    if (!std::exchange(first, false)) out.push_back(',');
    out += R"({"run":)";
    schemas::append_json_string(out, gap.run);
    fmt::format_to(std::back_inserter(out), R"(,"from":{},"to":{}}})", gap.from.value(),
                   gap.to.value());
  }
  out += R"(],"open":)";
  if (const auto& last = usage.last_run(); is_open(last)) {
    out += R"({"run":)";
    schemas::append_json_string(out, last.run);
    fmt::format_to(std::back_inserter(out), R"(,"until":{}}})", last.at.value());
  } else {
    out += "null";
  }
  fmt::format_to(std::back_inserter(out), R"(,"lines":{},"skipped":{}}})", usage.lines(),
                 usage.skipped());
  return out;
}

}  // namespace tickgate::gateway
