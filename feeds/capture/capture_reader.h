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
#include "feeds/capture/byte_source.h"
#include "feeds/capture/capture.h"

namespace tickgate::feeds {

// Reads a capture, however it is packed, in bounded memory: a little more than twice its longest
// line, and what unpacking takes. Every error says FILE:LINE and what was expected there; that it
// holds no record at all is one. One thread.
class CaptureReader {
 public:
  // The longest line accepted; one that is longer is an error.
  static constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

  static absl::StatusOr<CaptureReader> open(std::string path);
  // Its errors call it "stdin".
  static absl::StatusOr<CaptureReader> open_stdin();

  // The next record into `record`, whose views live until the next call; false at the end. After
  // an error every further call gives an error too.
  absl::StatusOr<bool> next(CaptureRecord& record);

  // Of the record read last, from 1.
  std::uint64_t line() const { return line_; }
  const std::string& path() const { return path_; }

 private:
  CaptureReader(std::string path, std::unique_ptr<ByteSource> source);
  static absl::StatusOr<CaptureReader> begin(std::string path,
                                             absl::StatusOr<std::unique_ptr<ByteSource>> source);
  // Reads on until the buffer holds a whole line from begin_, which it gives; null at the end.
  absl::StatusOr<const char*> find_line_end();
  absl::Status fill();
  absl::Status error_at(std::uint64_t line, std::string_view what) const;

  std::string path_;
  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;  // [begin_, end_) is read and not yet given; 8 bytes stay free behind
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  bool any_record_ = false;
  std::uint64_t line_ = 0;
  CaptureLineParser parser_;
};

}  // namespace tickgate::feeds
