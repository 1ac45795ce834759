// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/capture/capture.h"

struct gzFile_s;

namespace tickgate::feeds {

// Writes a capture, gzip. Every write is checked: a full disk is a Status, and the writer is then
// spent. What was flushed can be read even when the process dies. One thread.
class CaptureWriter {
 public:
  // Replaces the file if there is one.
  static absl::StatusOr<CaptureWriter> create(std::string path);

  absl::Status append(const CaptureRecord& record);
  // Hands everything to the kernel; call it about once a second (each flush costs compression).
  absl::Status flush();
  // Ends the file; without it the destructor does, but nobody learns whether it went well.
  absl::Status close();

  std::uint64_t records() const { return records_; }

 private:
  struct CloseFile {
    void operator()(gzFile_s* file) const;
  };

  CaptureWriter(std::string path, gzFile_s* file);
  absl::Status failure();

  std::string path_;
  std::unique_ptr<gzFile_s, CloseFile> file_;
  std::string line_;
  std::uint64_t records_ = 0;
};

}  // namespace tickgate::feeds
