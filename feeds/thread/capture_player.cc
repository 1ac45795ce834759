// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/capture_player.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

constexpr Monotonic kLongestWait = std::chrono::milliseconds(50);
// Records of several connections may be out of order by less than this.
constexpr std::int64_t kBackwards = 1'000'000'000;
// So many at once, then others have their turn.
constexpr int kBudget = 500;

}  // namespace

CapturePlayer::CapturePlayer(CaptureSettings settings, std::string venue)
    : settings_(std::move(settings)), venue_(std::move(venue)) {}

void CapturePlayer::connect(const std::string&) { play_ = Play::kOpening; }

void CapturePlayer::close() { play_ = Play::kStopped; }

Monotonic CapturePlayer::advance(Moment now) {
  if (play_ == Play::kOpening && !open(now)) return kLongestWait;
  for (int budget = kBudget; budget > 0; --budget) {
    if (play_ != Play::kPlaying || (!has_record_ && !load_next(now))) return kLongestWait;
    // A capture may be several recordings end to end: each is played at its own pace.
    if (!start_ || record_.time_ns + kBackwards < last_ns_) {
      start_ = now.steady;
      first_ns_ = record_.time_ns;
    }
    last_ns_ = record_.time_ns;
    const auto offset_us = static_cast<double>(record_.time_ns - first_ns_) / 1e3;
    const auto due = *start_ + Monotonic(static_cast<std::int64_t>(offset_us / settings_.speed));
    if (due > now.steady) return std::min(due - now.steady, kLongestWait);
    deliver(now);
  }
  return Monotonic{0};
}

std::optional<schemas::Timestamp> CapturePlayer::time(Moment now) const {
  if (last_ns_ == 0) return std::nullopt;
  auto time_ns = last_ns_;
  if (start_) {
    const auto passed = static_cast<double>((now.steady - *start_).count()) * settings_.speed;
    time_ns = first_ns_ + static_cast<std::int64_t>(passed) * 1'000;
  }
  if (has_record_ && record_.time_ns + kBackwards >= last_ns_) {
    time_ns = std::min(time_ns, std::max(last_ns_, record_.time_ns));
  }
  return schemas::Timestamp{time_ns / 1'000};
}

bool CapturePlayer::open(Moment now) {
  if (!reader_) {
    auto reader = CaptureReader::open(settings_.path);
    if (!reader.ok()) {
      fail(schemas::to_std(reader.status().message()), now);
      return false;
    }
    reader_.emplace(*std::move(reader));
    has_record_ = false;
  }
  // The pause of a reconnect is not the capture's: time starts anew with the next record.
  start_.reset();
  play_ = Play::kPlaying;
  connection_->on_connected(now);
  return play_ == Play::kPlaying;
}

bool CapturePlayer::load_next(Moment now) {
  do {
    const auto more = reader_->next(record_);
    if (!more.ok()) {
      fail(schemas::to_std(more.status().message()), now);
      return false;
    }
    if (!*more) {
      log::info("feeds.capture", "the capture's end",
                {{"path", settings_.path}, {"loop", settings_.loop}});
      play_ = Play::kEnded;
      open_conns_.clear();
      if (!settings_.loop) return false;
      reader_.reset();
      connection_->on_disconnected({ReconnectReason::kClosed, "the capture's end"}, now);
      return false;
    }
  } while (record_.venue != venue_);
  has_record_ = true;
  return true;
}

void CapturePlayer::deliver(Moment now) {
  has_record_ = false;
  if (record_.kind == CaptureKind::kOther) return;
  adapter_->select(record_);
  switch (record_.kind) {
    case CaptureKind::kOpen:
      if (open_conns_.insert(record_.conn).second) return;
      if (adapter_->connections() > 1) {
        return connection_->during(now, [&] { adapter_->reopen_selected(now.wall); });
      }
      play_ = Play::kStopped;
      return connection_->on_disconnected({ReconnectReason::kClosed, "opened anew in the capture"},
                                          now);
    case CaptureKind::kSent:
      return connection_->during(now, [&] { adapter_->on_sent(record_.data); });
    case CaptureKind::kOther:
      return;
    case CaptureKind::kText:
      connection_->on_bytes(record_.data.size(), now);
      return connection_->on_text(record_.data, now);
    case CaptureKind::kBinary:
      connection_->on_bytes(record_.data.size(), now);
      return connection_->on_binary(record_.data, now);
    case CaptureKind::kHttp:
      return connection_->on_http({record_.target, 200, record_.data}, now);
  }
}

void CapturePlayer::fail(std::string_view why, Moment now) {
  play_ = Play::kStopped;
  reader_.reset();
  open_conns_.clear();
  connection_->on_disconnected({ReconnectReason::kRefused, why}, now);
}

}  // namespace tickgate::feeds
