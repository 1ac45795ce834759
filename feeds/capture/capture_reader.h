// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/capture/capture.h"

struct gzFile_s;

namespace tickgate::feeds {

// Reads a capture, plain or gzip (told by its first bytes), in bounded memory: a little more than
// twice its longest line. Every error says FILE:LINE and what was expected there. One thread.
class CaptureReader {
 public:
  // The longest line accepted; one that is longer is an error.
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

  static absl::StatusOr<CaptureReader> open(std::string path);

  // The next record into `record`, whose views live until the next call; false at the end. After
  // an error every further call gives an error too.
  absl::StatusOr<bool> next(CaptureRecord& record);

  // Of the record read last, from 1.
  std::uint64_t line() const { return line_; }
  const std::string& path() const { return path_; }

 private:
  struct CloseFile {
    void operator()(gzFile_s* file) const;
  };

  CaptureReader(std::string path, gzFile_s* file);
  // Reads on until the buffer holds a whole line from begin_, which it gives; null at the end.
  absl::StatusOr<const char*> find_line_end();
  absl::Status fill();
  absl::Status error_at(std::uint64_t line, std::string_view what) const;

  std::string path_;
  std::unique_ptr<gzFile_s, CloseFile> file_;
  std::vector<char> buffer_;  // [begin_, end_) is read and not yet given; 8 bytes stay free behind
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint64_t line_ = 0;
  CaptureLineParser parser_;
};

}  // namespace tickgate::feeds
