// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "feeds/capture/capture_reader.h"
#include "schemas/check.h"

// Any bytes as a file, packed or not, are read to their end or refused with a place, and a refused
// file stays so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tickgate::feeds::CaptureReader;
  using tickgate::feeds::CaptureRecord;
  const int fd = memfd_create("capture", MFD_CLOEXEC);
  TICKGATE_CHECK(fd >= 0);
  TICKGATE_CHECK(write(fd, data, size) == static_cast<ssize_t>(size));
  auto reader = CaptureReader::open("/proc/self/fd/" + std::to_string(fd));
  if (reader.ok()) {
    CaptureRecord record;
    // What is small may unpack to much; what follows then teaches nothing.
    for (int records = 0; records < 10'000; ++records) {
      const auto more = reader->next(record);
      if (!more.ok()) TICKGATE_CHECK(!more.status().message().empty());
      if (!more.ok() || !*more) break;
      TICKGATE_CHECK(!record.venue.empty());
    }
  }
  close(fd);
  return 0;
}
