// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/protocol/close_code.h"
#include "gateway/websocket/opcode.h"

// RFC 6455 frames from the server: unmasked, never in fragments. Pure.
namespace tickgate::gateway {

// The longest header of an unmasked frame.
inline constexpr std::size_t kFrameHeadroom = 10;
inline constexpr std::size_t kMaxControlPayload = 125;
inline constexpr std::size_t kMaxCloseReason = kMaxControlPayload - 2;

// A data frame without a byte moved: begin_frame(scratch), append the payload to `scratch`, then
// finish_frame() writes the header right before it. A shorter header leaves unused bytes in front
// of it, so the frame is the span returned and not all of `scratch`.
// Returns where the payload starts.
std::size_t begin_frame(std::string& scratch);

// `payload_start` is what begin_frame() gave. The frame goes to the end of `scratch`; the span
// lives until `scratch` changes. Control frames appended afterwards follow it without a hole.
std::span<const char> finish_frame(std::string& scratch, std::size_t payload_start,
                                   Opcode opcode = Opcode::kText);

// A whole frame, its payload copied.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

// At most kMaxControlPayload bytes, as every ping that a FrameReader delivers has.
void append_ping(std::string& out, std::string_view payload);
void append_pong(std::string& out, std::string_view payload);

// Our own Close. `why` in place of the reason's usual text, cut at kMaxCloseReason bytes (never
// inside a code point). The reason must be one that has a code.
void append_close(std::string& out, CloseReason reason, std::string_view why = {});

// The answer to a client's Close: its own code, or none.
void append_close_reply(std::string& out, std::optional<std::uint16_t> code);

}  // namespace tickgate::gateway
