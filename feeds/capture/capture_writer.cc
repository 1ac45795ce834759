// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture_writer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace tickgate::feeds {

void CaptureWriter::CloseFile::operator()(gzFile_s* file) const { gzclose_w(file); }

CaptureWriter::CaptureWriter(std::string path, gzFile_s* file)
    : path_(std::move(path)), file_(file) {}

absl::StatusOr<CaptureWriter> CaptureWriter::create(std::string path) {
  errno = 0;
  gzFile const file = gzopen(path.c_str(), "wb6e");
  if (file == nullptr) {
    return absl::UnavailableError(
        fmt::format("{}: cannot write: {}", path, errno != 0 ? std::strerror(errno) : "no memory"));
  }
  gzbuffer(file, 128U << 10U);
  return CaptureWriter(std::move(path), file);
}

absl::Status CaptureWriter::failure() {
  int code = Z_OK;
  const char* message = file_ ? gzerror(file_.get(), &code) : "closed";
  if (code == Z_ERRNO) message = std::strerror(errno);
  auto status = absl::UnavailableError(fmt::format("{}: cannot write: {}", path_, message));
  file_.reset();
  return status;
}

absl::Status CaptureWriter::append(const CaptureRecord& record) {
  if (!file_) return failure();
  line_.clear();
  append_capture_line(line_, record);
  errno = 0;
  const auto size = static_cast<unsigned>(line_.size());
  if (gzwrite(file_.get(), line_.data(), size) != static_cast<int>(size)) return failure();
  ++records_;
  return absl::OkStatus();
}

absl::Status CaptureWriter::flush() {
  errno = 0;
  if (!file_ || gzflush(file_.get(), Z_SYNC_FLUSH) != Z_OK) return failure();
  return absl::OkStatus();
}

absl::Status CaptureWriter::close() {
  if (!file_) return failure();
  errno = 0;
  const int code = gzclose_w(file_.release());
  if (code == Z_OK) return absl::OkStatus();
  return absl::UnavailableError(fmt::format(
      "{}: cannot write: {}{}", path_, errno != 0 ? std::strerror(errno) : "zlib's error ", code));
}

}  // namespace tickgate::feeds
