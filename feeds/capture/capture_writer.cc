// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/capture_writer.h"

#include <fmt/format.h>

#include <utility>

#include "schemas/text.h"

namespace tickgate::feeds {

CaptureWriter::CaptureWriter(std::string path, std::unique_ptr<ByteSink> sink)
    : path_(std::move(path)), sink_(std::move(sink)) {}

absl::StatusOr<CaptureWriter> CaptureWriter::create(std::string path) {
  auto sink = ByteSink::create(path);
  CaptureWriter writer(std::move(path), nullptr);
  if (!sink.ok()) return writer.failed(sink.status());
  writer.sink_ = *std::move(sink);
  return writer;
}

absl::Status CaptureWriter::failed(const absl::Status& why) const {
  return absl::UnavailableError(
      fmt::format("{}: cannot write: {}", path_, schemas::to_std(why.message())));
}

absl::Status CaptureWriter::keep(const absl::Status& status) {
  if (status.ok()) return status;
  sink_.reset();
  return failed(status);
}

absl::Status CaptureWriter::append(const CaptureRecord& record) {
  if (!sink_) return failed(absl::UnavailableError("closed"));
  line_.clear();
  append_capture_line(line_, record);
  if (auto status = keep(sink_->write(line_)); !status.ok()) return status;
  ++records_;
  return absl::OkStatus();
}

absl::Status CaptureWriter::flush() {
  return sink_ ? keep(sink_->flush()) : failed(absl::UnavailableError("closed"));
}

absl::Status CaptureWriter::close() {
  if (!sink_) return failed(absl::UnavailableError("closed"));
  auto status = keep(sink_->close());
  sink_.reset();
  return status;
}

}  // namespace tickgate::feeds
