// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>

#include "gateway/cli/replay_bars.h"
#include "gateway/cli/replay_connections.h"
#include "gateway/cli/replay_inputs.h"
#include "gateway/cli/tick_lines.h"
#include "gateway/cli/unwanted_records.h"

namespace tickgate::gateway {
namespace {

using feeds::Anomaly;
using feeds::CaptureKind;
using feeds::CaptureRecord;
using schemas::Channel;

constexpr std::uint64_t kAnomaliesShown = 5;  // of each kind
constexpr std::size_t kLongestNumber = 64;

class Replay {
 public:
  Replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err)
      : flags_(flags),
        lines_(out, flags.depth, flags.only),
        bars_(lines_, flags.bars.value_or(schemas::Interval::k1m)),
        publisher_(flags.bars ? static_cast<feeds::TickSink&>(bars_) : lines_),
        connections_(
            flags.gaps, publisher_,
            [this](Anomaly anomaly, std::string_view detail) { on_anomaly(anomaly, detail); },
            [this](const feeds::ImplausibleTick& tick) { on_quarantined(tick); }),
        inputs_([this](std::string_view message) { complain(message); }),
        err_(err) {}

  // The exit code.
  int run();

 private:
  void play(const CaptureRecord& record);
  void on_anomaly(Anomaly anomaly, std::string_view detail);
  void on_quarantined(const feeds::ImplausibleTick& tick);
  void complain(std::string_view message);
  void print_summary();

  const ReplayFlags& flags_;
  TickLines lines_;
  ReplayBars bars_;  // of use with --bars
  feeds::Publisher publisher_;
  ReplayConnections connections_;
  ReplayInputs inputs_;
  UnwantedRecords unwanted_;
  std::FILE* err_;
  std::array<std::uint64_t, feeds::kAnomalyCount> shown_{};
  std::array<std::uint64_t, feeds::kImplausibleCount> quarantined_shown_{};
  bool unknown_message_ = false;  // in the record at hand
  std::string unknown_venue_;     // what is to be said of the first, with its place
  std::uint64_t played_ = 0;      // records that an adapter got
  std::uint64_t records_ = 0, frames_ = 0, http_ = 0, binary_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

int Replay::run() {
  inputs_.stop_at(flags_.to_ns);
  for (const auto& path : flags_.files) inputs_.add(path);
  while (lines_.ok()) {
    const auto* const record = inputs_.next();
    if (record == nullptr) break;
    play(*record);
  }
  if (flags_.bars) bars_.finish();
  if (!lines_.flush()) {
    if (lines_.write_error() == EPIPE) return 0;  // whoever read has seen enough
    complain(fmt::format("cannot write the ticks: {}", std::strerror(lines_.write_error())));
  }
  const bool nothing = played_ == 0 && !unknown_venue_.empty();
  if (nothing) complain(unknown_venue_);
  print_summary();
  return nothing || inputs_.failed() || !lines_.ok() ? 1 : 0;
}

void Replay::play(const CaptureRecord& record) {
  ++records_;
  frames_ += record.kind == CaptureKind::kText ? 1 : 0;
  http_ += record.kind == CaptureKind::kHttp ? 1 : 0;
  binary_ += record.kind == CaptureKind::kBinary ? 1 : 0;
  lines_.set_printing(record.time_ns >= flags_.from_ns && record.time_ns < flags_.to_ns);
  if (flags_.bars) bars_.advance(record.time());
  connections_.end_those_of(inputs_);
  unknown_message_ = false;
  const auto outcome = connections_.play(record, inputs_.file());
  if (outcome == ReplayConnections::Outcome::kUnknownVenue) {
    if (unknown_venue_.empty()) {
      unknown_venue_ = fmt::format(R"({}: venue: expected {}, got "{}")", inputs_.place(),
                                   ReplayConnections::known_venues(), record.venue);
    }
  } else {
    ++played_;
  }
  if (outcome != ReplayConnections::Outcome::kPlayed || unknown_message_) unwanted_.add(record);
}

void Replay::on_anomaly(Anomaly anomaly, std::string_view detail) {
  if (anomaly == Anomaly::kUnknownMessage) unknown_message_ = true;
  if (!lines_.printing()) return;
  if (++shown_[static_cast<std::size_t>(anomaly)] > kAnomaliesShown) return;
  const auto line = fmt::format("{}: {}: {}\n", inputs_.place(), name(anomaly), detail);
  std::fputs(line.c_str(), err_);
}

void Replay::on_quarantined(const feeds::ImplausibleTick& tick) {
  if (!lines_.printing()) return;
  auto& shown = quarantined_shown_[static_cast<std::size_t>(tick.reason)];
  if (++shown > kAnomaliesShown) return;
  auto line = fmt::format("{}: quarantined: {}: {} {} {}", inputs_.place(), name(tick.reason),
                          connections_.symbol(tick.instrument), name(tick.channel),
                          tick.price.substr(0, kLongestNumber));
  if (!tick.reference.empty())
    fmt::format_to(std::back_inserter(line), " against {}", tick.reference);
  std::fputs(line.append("\n").c_str(), err_);
}

void Replay::complain(std::string_view message) {
  std::fputs(fmt::format("tickgate: {}\n", message).c_str(), err_);
}

void Replay::print_summary() {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin_;
  const auto put = [this](std::string_view key, std::uint64_t value) {
    std::fputs(fmt::format("{}: {}\n", key, value).c_str(), err_);
  };
  put("records", records_);
  put("frames", frames_);
  put("http_answers", http_);
  put("binary_frames", binary_);
  for (const auto channel :
       {Channel::kQuote, Channel::kBook, Channel::kTrade, Channel::kTicker, Channel::kStatus}) {
    put(name(channel), lines_.printed(channel));
  }
  if (flags_.bars) put(name(Channel::kBar), lines_.printed(Channel::kBar));
  put("held_back", publisher_.held_back());
  const auto& counters = connections_.counters();
  const auto count = [&](Anomaly anomaly) {
    return counters.anomalies[static_cast<std::size_t>(anomaly)];
  };
  put("gaps", count(Anomaly::kGap));
  put("trades_lost", counters.trades_lost);
  put("checksums_verified", counters.checksums_verified);
  put("checksums_failed", count(Anomaly::kChecksumFailed));
  put("crossed_books", count(Anomaly::kCrossedBook));
  put("contradictions", count(Anomaly::kContradiction));
  put("duplicates", count(Anomaly::kDuplicate));
  put("parse_errors", count(Anomaly::kParseError));
  std::uint64_t quarantined = 0;
  for (const auto number : connections_.quarantined()) quarantined += number;
  put("quarantined", quarantined);
  for (std::size_t i = 0; i < feeds::kImplausibleCount; ++i) {
    const auto number = connections_.quarantined()[i];
    if (number > 0)
      put(fmt::format("quarantined {}", name(static_cast<feeds::Implausible>(i))), number);
  }
  put("unknown_instruments", count(Anomaly::kUnknownInstrument));
  put("unknown_messages", count(Anomaly::kUnknownMessage));
  put("unwanted", unwanted_.count());
  for (const auto& [text, records] : unwanted_.by_text()) put("unwanted " + text, records);
  std::fprintf(err_, "seconds: %.3f\n", seconds.count());
  std::fprintf(err_, "frames_per_second: %.0f\n",
               seconds.count() > 0 ? static_cast<double>(frames_) / seconds.count() : 0);
}

}  // namespace

int run_replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err) {
  // Whoever reads what is printed may go when he has seen enough: that is no reason to die of.
  std::signal(SIGPIPE, SIG_IGN);
  return Replay(flags, out, err).run();
}

}  // namespace tickgate::gateway
