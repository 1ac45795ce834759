// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{256} << 10U;
// Behind what was read: a line feed for a last line without one, and what the parser may read.
constexpr std::size_t kSlack = 16;
constexpr std::string_view kNoRecord = "expected a record, the file is empty";

}  // namespace

CaptureReader::CaptureReader(std::string path, std::unique_ptr<ByteSource> source)
    : path_(std::move(path)), source_(std::move(source)), buffer_(kFirstBuffer) {}

absl::Status CaptureReader::error_at(std::uint64_t line, std::string_view what) const {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", path_, line, what));
}

// Reads the first bytes at once, so that a file that holds nothing is known before it is played.
absl::StatusOr<CaptureReader> CaptureReader::begin(
    std::string path, absl::StatusOr<std::unique_ptr<ByteSource>> source) {
  CaptureReader reader(std::move(path), nullptr);
  if (!source.ok()) return reader.error_at(1, schemas::to_std(source.status().message()));
  reader.source_ = *std::move(source);
  if (auto status = reader.fill(); !status.ok()) return status;
  if (reader.at_end_) return reader.error_at(1, kNoRecord);
  return reader;
}

absl::StatusOr<CaptureReader> CaptureReader::open(std::string path) {
  auto source = ByteSource::open(path);
  return begin(std::move(path), std::move(source));
}

absl::StatusOr<CaptureReader> CaptureReader::open_stdin() {
  return begin("stdin", ByteSource::open_stdin());
}

absl::Status CaptureReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kSlack >= buffer_.size()) {
    if (end_ >= kMaxLine) {
      return error_at(line_ + 1, fmt::format("expected a line of at most {} bytes", kMaxLine));
    }
    buffer_.resize(buffer_.size() * 2);
  }
  const auto count = source_->read(buffer_.data() + end_, buffer_.size() - kSlack - end_);
  if (!count.ok()) {
    at_end_ = true;
    return error_at(line_ + 1, schemas::to_std(count.status().message()));
  }
  at_end_ = *count == 0;
  end_ += *count;
  return absl::OkStatus();
}

absl::StatusOr<const char*> CaptureReader::find_line_end() {
  std::size_t searched = begin_;
  while (true) {
    const void* const found = std::memchr(buffer_.data() + searched, '\n', end_ - searched);
    if (found != nullptr) return static_cast<const char*>(found);
    if (at_end_) {
      if (begin_ == end_) return nullptr;
      buffer_[end_] = '\n';  // kSlack leaves room
      return buffer_.data() + end_;
    }
    const auto known = end_ - begin_;
    if (auto status = fill(); !status.ok()) return status;
    searched = begin_ + known;
  }
}

absl::StatusOr<bool> CaptureReader::next(CaptureRecord& record) {
  while (true) {
    const auto line_end = find_line_end();
    if (!line_end.ok()) return line_end.status();
    if (*line_end == nullptr) {
      if (!any_record_) return error_at(1, kNoRecord);
      return false;
    }
    ++line_;
    const char* const first = buffer_.data() + begin_;
    const std::string_view line(first, static_cast<std::size_t>(*line_end - first));
    begin_ = std::min(begin_ + line.size() + 1, end_);
    if (line.empty()) continue;
    const auto parsed = parser_.parse(line);
    if (!parsed) return error_at(line_, parser_.error());
    record = *parsed;
    any_record_ = true;
    return true;
  }
}

}  // namespace tickgate::feeds
