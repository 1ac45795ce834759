// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "feeds/capture/capture.h"
#include "schemas/check.h"

// A line of any bytes is refused or is a record; a record survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tickgate::feeds::CaptureLineParser;
  std::string line(data, data + size);
  if (line.find('\n') != std::string::npos) return 0;
  line.append("\n").append(8, '\0');
  CaptureLineParser parser;
  const auto record = parser.parse(std::string_view(line).substr(0, size));
  if (!record) {
    TICKGATE_CHECK(!parser.error().empty());
    return 0;
  }
  std::string again;
  append_capture_line(again, *record);
  const auto length = again.size() - 1;
  again.append(8, '\0');
  CaptureLineParser second;
  const auto copy = second.parse(std::string_view(again).substr(0, length));
  TICKGATE_CHECK(copy.has_value());
  TICKGATE_CHECK(copy->time_ns == record->time_ns && copy->conn == record->conn &&
                 copy->kind == record->kind && copy->venue == record->venue &&
                 copy->data == record->data);
  return 0;
}
