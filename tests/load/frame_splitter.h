// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/websocket/opcode.h"

namespace tickgate::load {

// One frame of the server's, as it lies in what was read.
struct ServerFrame {
  gateway::Opcode opcode{};
  std::string_view payload;
  std::size_t size = 0;  // header and payload
};

enum class Split {
  kFrame,
  kMore,    // the bytes end within the frame
  kBroken,  // masked, fragmented, reserved bits or opcodes, or a length that no server sends
};

// Reads the first frame of `bytes` (RFC 6455, 5.2). tickgate never sends fragments, so they count
// as broken. Written apart from the gateway's composer: the two check each other.
Split split_frame(std::string_view bytes, ServerFrame& frame);

}  // namespace tickgate::load
