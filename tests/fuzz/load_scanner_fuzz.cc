// SPDX-License-Identifier: Apache-2.0
// Any bytes: what the load tool's splitter calls a frame lies within them, and nothing of the
// frame's is unread; what its scanner finds lies within the message, and a message that simdjson
// takes for an array of objects is walked to its end.
#include <cstring>
#include <string_view>
#include <vector>

#include "schemas/check.h"
#include "tests/load/frame_splitter.h"
#include "tests/load/message_scanner.h"
#include "tests/load/reply_reader.h"

namespace {

using namespace tickgate::load;

bool within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// How it ends: at the end of the message, or at what is no array of objects.
MessageScanner::Item scan(std::string_view message) {
  MessageScanner scanner("quote");
  scanner.begin(message);
  while (true) {
    const auto item = scanner.next();
    if (item == MessageScanner::Item::kEnd || item == MessageScanner::Item::kBroken) return item;
    if (item == MessageScanner::Item::kUpdate) {
      TICKGATE_CHECK(within(scanner.update().symbol, message));
    } else {
      TICKGATE_CHECK(within(scanner.object(), message));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Memory of exactly this size: a read beyond it shows.
  std::vector<char> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const std::string_view text(bytes.data(), bytes.size());

  static ReplyReader reader;
  reader.read(text);
  scan(text);
  // White space is none of tickgate's, and what the scanner does not know.
  const bool plain = text.find_first_of(" \t\r\n") == std::string_view::npos;
  if (plain && reader.is_valid(text)) {
    TICKGATE_CHECK(scan(text) == MessageScanner::Item::kEnd);
  }

  std::string_view rest = text;
  ServerFrame frame;
  while (split_frame(rest, frame) == Split::kFrame) {
    TICKGATE_CHECK(within(frame.payload, rest) && frame.size >= frame.payload.size() + 2);
    rest.remove_prefix(frame.size);
  }
  return 0;
}
