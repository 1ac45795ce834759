// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_connections.h"

#include <utility>

#include "feeds/venues/all.h"
#include "gateway/config/config.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {

using feeds::CaptureKind;
using feeds::CaptureRecord;

namespace {

// As a feed has it that is told nothing else.
const feeds::Plausibility::Settings kPlausible{FeedConfig().price_factor,
                                               FeedConfig().price_move_after};

}  // namespace

ReplayConnections::ReplayConnections(feeds::GapPolicy gaps, feeds::Publisher& publisher,
                                     ReplayEvents::AnomalyHook on_anomaly,
                                     ReplayStates::QuarantineHook on_quarantined)
    : publisher_(publisher),
      states_(publisher, kPlausible, std::move(on_quarantined)),
      anomaly_hook_(std::move(on_anomaly)) {
  settings_.discover = true;
  settings_.gaps = gaps;
}

std::string ReplayConnections::known_venues() {
  return either(venue_names([](const auto& facts) { return !facts.made_up; }));
}

void ReplayConnections::end_those_of(const ReplayInputs& inputs) {
  if (ended_files_ == inputs.ended_files()) return;
  ended_files_ = inputs.ended_files();
  for (auto& stream : streams_) {
    if (!stream->file || !inputs.ended(*stream->file)) continue;
    stream->file.reset();
    disconnect(*stream);
  }
}

// One of this file; or the adapter that had its number in a file that has ended.
ReplayConnections::Stream* ReplayConnections::find(const CaptureRecord& record, std::size_t file) {
  feeds::ConnectionOfRecord<Stream> whose(record);
  Stream* before = nullptr;
  for (auto& stream : streams_) {
    if (stream->venue != record.venue) continue;
    if (stream->file == file) whose.offer(*stream, stream->conn);
    if (!stream->file && stream->conn == record.conn) before = stream.get();
  }
  return whose.found() != nullptr ? whose.found() : before;
}

ReplayConnections::Stream* ReplayConnections::add_stream(const CaptureRecord& record) {
  const auto* const venue = feeds::find_venue(record.venue);
  if (venue == nullptr || !venue->make_adapter) return nullptr;
  auto& stream = *streams_.emplace_back(
      std::make_unique<Stream>(publisher_, states_, counters_, anomaly_hook_));
  stream.venue = record.venue;
  stream.adapter = venue->make_adapter(settings_, registry_, stream.events);
  return &stream;
}

ReplayConnections::Stream* ReplayConnections::stream_of(const CaptureRecord& record,
                                                        std::size_t file) {
  Stream* stream = find(record, file);
  if (stream == nullptr) stream = add_stream(record);
  if (stream == nullptr) return nullptr;
  stream->file = file;
  if (record.kind == CaptureKind::kOpen && stream->conn) disconnect(*stream);
  if (record.kind != CaptureKind::kHttp) stream->conn = record.conn;
  if (!stream->connected) connect(*stream, record.time());
  return stream;
}

ReplayConnections::Outcome ReplayConnections::play(const CaptureRecord& record, std::size_t file) {
  states_.set_time(record.time());
  if (record.kind == CaptureKind::kOther) return Outcome::kUnread;
  Stream* const found = stream_of(record, file);
  if (found == nullptr) return Outcome::kUnknownVenue;
  Stream& stream = *found;
  switch (record.kind) {
    case CaptureKind::kText:
      stream.adapter->on_text(record.data, record.time());
      break;
    case CaptureKind::kHttp:
      stream.adapter->on_answer(
          {record.target, stream.events.tag_of(record.target), 200, record.data}, record.time());
      break;
    case CaptureKind::kBinary:
      return stream.adapter->on_binary(record.data, record.time()) ? Outcome::kPlayed
                                                                   : Outcome::kUnread;
    case CaptureKind::kSent:
      stream.adapter->on_sent(record.data);
      break;
    case CaptureKind::kOpen:
    case CaptureKind::kOther:
      break;
  }
  return Outcome::kPlayed;
}

void ReplayConnections::connect(Stream& stream, schemas::Timestamp now) {
  stream.connected = true;
  stream.events.connected(stream.adapter->facts(), ++openings_);
  stream.adapter->on_open(now);
}

void ReplayConnections::disconnect(Stream& stream) {
  if (!std::exchange(stream.connected, false)) return;
  stream.adapter->on_close();
  stream.events.disconnected();
}

}  // namespace tickgate::gateway
