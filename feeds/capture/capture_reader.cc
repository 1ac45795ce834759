// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture_reader.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::size_t kFirstBuffer = std::size_t{1} << 20U;
// Behind what was read: a line feed for a last line without one, and what the parser may read.
constexpr std::size_t kSlack = 16;

}  // namespace

void CaptureReader::CloseFile::operator()(gzFile_s* file) const { gzclose_r(file); }

CaptureReader::CaptureReader(std::string path, gzFile_s* file)
    : path_(std::move(path)), file_(file), buffer_(kFirstBuffer) {}

absl::Status CaptureReader::error_at(std::uint64_t line, std::string_view what) const {
  return absl::InvalidArgumentError(fmt::format("{}:{}: {}", path_, line, what));
}

absl::StatusOr<CaptureReader> CaptureReader::open(std::string path) {
  errno = 0;
  gzFile const file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    return absl::NotFoundError(fmt::format("{}:1: expected a readable file: {}", path,
                                           errno != 0 ? std::strerror(errno) : "no memory"));
  }
  gzbuffer(file, 128U << 10U);
  return CaptureReader(std::move(path), file);
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
  const auto room = static_cast<unsigned>(buffer_.size() - kSlack - end_);
  const int count = gzread(file_.get(), buffer_.data() + end_, room);
  int code = Z_OK;
  const char* const message = gzerror(file_.get(), &code);
  if (count > 0) {
    end_ += static_cast<std::size_t>(count);
    return absl::OkStatus();
  }
  at_end_ = true;
  if (code == Z_BUF_ERROR) return error_at(line_ + 1, "expected more: the gzip file is cut off");
  if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) {
    const auto text = code == Z_ERRNO ? std::strerror(errno) : message;
    return error_at(line_ + 1, fmt::format("expected readable data: {}", text));
  }
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
    if (*line_end == nullptr) return false;
    ++line_;
    const char* const first = buffer_.data() + begin_;
    const std::string_view line(first, static_cast<std::size_t>(*line_end - first));
    begin_ = std::min(begin_ + line.size() + 1, end_);
    if (line.empty()) continue;
    const auto parsed = parser_.parse(line);
    if (!parsed) return error_at(line_, parser_.error());
    record = *parsed;
    return true;
  }
}

}  // namespace tickgate::feeds
