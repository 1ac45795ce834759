// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tickgate::feeds {

// Takes the last two members of an ingest's object off it, epoch and fence, for clients know no
// such. -> the fence; nullopt: it does not end in them, and nothing was changed.
inline std::optional<std::uint64_t> take_stamp(std::string& object) {
  constexpr std::string_view kEpoch = R"(,"epoch":")", kFence = R"(","fence":)";
  const auto at = object.rfind(kEpoch);
  if (at == std::string::npos) return std::nullopt;
  const auto fence_at = object.find(kFence, at + kEpoch.size());
  if (fence_at == std::string::npos) return std::nullopt;
  const char* const begin = object.data() + fence_at + kFence.size();
  const char* const end = object.data() + object.size() - 1;
  std::uint64_t fence = 0;
  if (begin >= end || *end != '}') return std::nullopt;
  const auto read = std::from_chars(begin, end, fence);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  object.resize(at);
  object.push_back('}');
  return fence;
}

}  // namespace tickgate::feeds
