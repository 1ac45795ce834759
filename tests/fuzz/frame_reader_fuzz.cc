// SPDX-License-Identifier: Apache-2.0
// Any bytes, cut anywhere, give the events that they give when fed at once; what is delivered keeps
// what the reader promises; nothing is held beyond the limit, nor after the end.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "gateway/websocket/frame_reader.h"
#include "schemas/check.h"

namespace {

using namespace tickgate::gateway;

constexpr std::uint32_t kMaxMessage = 300;

struct Recorder : FrameSink {
  void on_text(std::string_view text) override {
    TICKGATE_CHECK(is_utf8(text) && text.size() <= kMaxMessage);
    add('t', text);
  }
  void on_binary(std::string_view bytes) override {
    TICKGATE_CHECK(bytes.size() <= kMaxMessage);
    add('b', bytes);
  }
  void on_ping(std::string_view payload) override {
    TICKGATE_CHECK(payload.size() <= 125);
    add('i', payload);
  }
  void on_pong(std::string_view payload) override {
    TICKGATE_CHECK(payload.size() <= 125);
    add('o', payload);
  }
  void on_close(std::optional<std::uint16_t> code, std::string_view reason) override {
    TICKGATE_CHECK((!code || may_be_sent(*code)) && is_utf8(reason));
    add('c', reason);
    events += std::to_string(code.value_or(0));
    ended = true;
  }
  void on_error(CloseReason reason, std::string_view why) override {
    TICKGATE_CHECK(!why.empty() && why.size() <= 123);
    add('e', why);
    events += close_info(reason).name;
    ended = true;
  }
  void add(char kind, std::string_view payload) {
    TICKGATE_CHECK(!ended);
    events += kind + std::to_string(payload.size()) + ':';
    events += payload;
  }
  std::string events;
  bool ended = false;
};

// Feeds `bytes` in pieces whose sizes `cuts` says, in turn; at once if it says none.
std::string feed(std::string_view bytes, std::string_view cuts) {
  FrameReader reader({kMaxMessage, 5});
  Recorder recorder;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t wanted =
        cuts.empty() ? bytes.size() : 1 + static_cast<unsigned char>(cuts[i % cuts.size()]) % 32U;
    const auto piece = bytes.substr(0, std::min(wanted, bytes.size()));
    bytes.remove_prefix(piece.size());
    std::vector<char> copy(piece.begin(), piece.end());  // its own, so that no view may outlive it
    TICKGATE_CHECK(reader.feed(copy, recorder) == !recorder.ended);
    TICKGATE_CHECK(reader.held_bytes() < 2'000);
    TICKGATE_CHECK(reader.open() || reader.held_bytes() == 0);
  }
  return recorder.events;
}

}  // namespace

// The first byte says how many of the following are cuts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut_count = std::min<std::size_t>(data[0] % 8U, size - 1);
  const auto bytes = input.substr(1 + cut_count);
  const auto whole = feed(bytes, {});
  TICKGATE_CHECK(feed(bytes, input.substr(1, cut_count)) == whole);
  TICKGATE_CHECK(feed(bytes, std::string_view("\0", 1)) == whole);  // byte by byte
  return 0;
}
