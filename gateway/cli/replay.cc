// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/capture/capture_reader.h"
#include "feeds/venues/all.h"
#include "gateway/cli/replay_events.h"
#include "gateway/cli/tick_lines.h"
#include "gateway/config/words.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using feeds::Anomaly;
using feeds::CaptureKind;
using feeds::CaptureRecord;
using schemas::Channel;

constexpr std::uint64_t kAnomaliesShown = 5;  // of each kind

class Replay {
 public:
  Replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err)
      : lines_(out, flags.depth), publisher_(lines_), err_(err) {
    settings_.discover = true;
    settings_.gaps = flags.gaps;
    anomaly_hook_ = [this](Anomaly anomaly, std::string_view detail) {
      show_anomaly(anomaly, detail);
    };
  }

  absl::Status read(const std::string& path);
  bool flush() { return lines_.flush(); }
  int write_error() const { return lines_.write_error(); }
  void print_summary();

 private:
  struct Stream {
    Stream(feeds::Publisher& publisher, ReplayCounters& counters,
           const ReplayEvents::AnomalyHook& hook)
        : events(publisher, counters, hook) {}

    ReplayEvents events;
    std::string venue;
    std::optional<std::uint32_t> conn;  // absent until it is opened
    bool connected = false;
    std::unique_ptr<feeds::VenueAdapter> adapter;
  };

  absl::Status take(const CaptureRecord& record);
  absl::StatusOr<Stream*> stream_of(const CaptureRecord& record);
  absl::StatusOr<Stream*> add_stream(const CaptureRecord& record);
  void connect(Stream& stream, schemas::Timestamp now);
  void disconnect(Stream& stream);
  void show_anomaly(Anomaly anomaly, std::string_view detail);
  std::string place() const { return fmt::format("{}:{}", reader_->path(), reader_->line()); }

  feeds::AdapterSettings settings_;
  schemas::InstrumentRegistry registry_;
  TickLines lines_;
  feeds::Publisher publisher_;
  ReplayCounters counters_;
  ReplayEvents::AnomalyHook anomaly_hook_;
  std::FILE* err_;
  std::vector<std::unique_ptr<Stream>> streams_;
  const feeds::CaptureReader* reader_ = nullptr;  // of the file at hand
  std::uint64_t records_ = 0, frames_ = 0, http_ = 0, binary_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

absl::Status Replay::read(const std::string& path) {
  auto reader = feeds::CaptureReader::open(path);
  if (!reader.ok()) return reader.status();
  reader_ = &*reader;
  for (auto& stream : streams_) disconnect(*stream);
  CaptureRecord record;
  while (lines_.ok()) {
    const auto more = reader->next(record);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (auto status = take(record); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<Replay::Stream*> Replay::stream_of(const CaptureRecord& record) {
  Stream* first = nullptr;  // of the venue
  for (auto& stream : streams_) {
    if (stream->venue != record.venue) continue;
    if (stream->conn == record.conn) return stream.get();
    if (first == nullptr) first = stream.get();
  }
  // What stands for the venue until something is opened becomes the first that is.
  const bool is_open = record.kind == CaptureKind::kOpen;
  if (first != nullptr && (!is_open || !first->conn)) return first;
  return add_stream(record);
}

absl::StatusOr<Replay::Stream*> Replay::add_stream(const CaptureRecord& record) {
  const auto* const venue = feeds::find_venue(record.venue);
  if (venue == nullptr || !venue->make_adapter) {
    const auto known = either(venue_names([](const auto& facts) { return !facts.made_up; }));
    return absl::InvalidArgumentError(
        fmt::format(R"({}: venue: expected {}, got "{}")", place(), known, record.venue));
  }
  auto& stream =
      *streams_.emplace_back(std::make_unique<Stream>(publisher_, counters_, anomaly_hook_));
  stream.venue = record.venue;
  stream.adapter = venue->make_adapter(settings_, registry_, stream.events);
  return &stream;
}

absl::Status Replay::take(const CaptureRecord& record) {
  ++records_;
  const auto found = stream_of(record);
  if (!found.ok()) return found.status();
  Stream& stream = **found;
  stream.events.set_time(record.time());
  if (record.kind == CaptureKind::kOpen) {
    if (stream.conn) disconnect(stream);
    stream.conn = record.conn;
  }
  if (!stream.connected) connect(stream, record.time());
  switch (record.kind) {
    case CaptureKind::kText:
      ++frames_;
      stream.adapter->on_text(record.data, record.time());
      break;
    case CaptureKind::kHttp:
      ++http_;
      stream.adapter->on_answer(
          {record.target, stream.events.tag_of(record.target), 200, record.data}, record.time());
      break;
    case CaptureKind::kBinary:
      ++binary_;
      stream.adapter->on_binary(record.data, record.time());
      break;
    case CaptureKind::kSent:
      stream.adapter->on_sent(record.data);
      break;
    case CaptureKind::kOpen:
    case CaptureKind::kOther:
      break;
  }
  return absl::OkStatus();
}

void Replay::connect(Stream& stream, schemas::Timestamp now) {
  stream.connected = true;
  stream.events.connected();
  stream.adapter->on_open(now);
}

void Replay::disconnect(Stream& stream) {
  if (!stream.connected) return;
  stream.connected = false;
  stream.adapter->on_close();
  stream.events.disconnected();
}

void Replay::show_anomaly(Anomaly anomaly, std::string_view detail) {
  if (counters_.of(anomaly) > kAnomaliesShown) return;
  const auto line = fmt::format("{}: {}: {}\n", place(), name(anomaly), detail);
  std::fputs(line.c_str(), err_);
}

void Replay::print_summary() {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin_;
  const auto put = [this](const char* key, std::uint64_t value) {
    std::fprintf(err_, "%s: %llu\n", key, static_cast<unsigned long long>(value));
  };
  put("records", records_);
  put("frames", frames_);
  put("http_answers", http_);
  put("binary_frames", binary_);
  for (const auto channel :
       {Channel::kQuote, Channel::kBook, Channel::kTrade, Channel::kTicker, Channel::kStatus}) {
    put(std::string(name(channel)).c_str(), publisher_.published(channel));
  }
  put("held_back", publisher_.held_back());
  put("gaps", counters_.of(Anomaly::kGap));
  put("trades_lost", counters_.trades_lost);
  put("checksums_verified", counters_.checksums_verified);
  put("checksums_failed", counters_.of(Anomaly::kChecksumFailed));
  put("crossed_books", counters_.of(Anomaly::kCrossedBook));
  put("duplicates", counters_.of(Anomaly::kDuplicate));
  put("parse_errors", counters_.of(Anomaly::kParseError));
  put("unknown_instruments", counters_.of(Anomaly::kUnknownInstrument));
  put("unknown_messages", counters_.of(Anomaly::kUnknownMessage));
  std::fprintf(err_, "seconds: %.3f\n", seconds.count());
  std::fprintf(err_, "frames_per_second: %.0f\n",
               seconds.count() > 0 ? static_cast<double>(frames_) / seconds.count() : 0);
}

}  // namespace

int run_replay(const ReplayFlags& flags, std::FILE* out, std::FILE* err) {
  Replay replay(flags, out, err);
  absl::Status status;
  for (const auto& path : flags.files) {
    status = replay.read(path);
    if (!status.ok()) break;
  }
  if (!replay.flush()) {
    if (replay.write_error() == EPIPE) return 0;
    std::fprintf(err, "tickgate: cannot write the ticks: %s\n",
                 std::strerror(replay.write_error()));
    return 1;
  }
  if (!status.ok()) {
    std::fprintf(err, "tickgate: %s\n", std::string(status.message()).c_str());
    return 1;
  }
  replay.print_summary();
  return 0;
}

}  // namespace tickgate::gateway
