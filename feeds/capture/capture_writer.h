// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/capture/byte_sink.h"
#include "feeds/capture/capture.h"

namespace tickgate::feeds {

// Writes a capture, gzip or zstd by its name. Every write is checked: a full disk is a Status, and
// the writer is then spent. What was flushed can be read even when the process dies. One thread.
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
  CaptureWriter(std::string path, std::unique_ptr<ByteSink> sink);
  absl::Status failed(const absl::Status& why) const;
  // After an error the sink is gone.
  absl::Status keep(const absl::Status& status);

  std::string path_;
  std::unique_ptr<ByteSink> sink_;
  std::string line_;
  std::uint64_t records_ = 0;
};

}  // namespace tickgate::feeds
