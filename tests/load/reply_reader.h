// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::load {

// An object of the server's that is no update.
struct Reply {
  enum class Kind {
    kSubscribed,
    kUnsubscribed,
    kError,
    kDegraded,
    kDrain,
    kGap,
    kElse,  // statuses, heartbeats, and what may be added
  };
  Kind kind = Kind::kElse;
  std::uint64_t id = 0;  // 0: none, or none of ours
  std::uint64_t reconnect_after_ms = 0;
  std::vector<std::string> accepted;
  std::size_t rejected = 0;
  std::string what;  // of an error, its code and message; of a rejection, the first one's code
};

// Reads replies, and whole messages where they are to be valid. Keeps its buffers.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();

  // Objects of the kind kElse are told by their type alone. nullptr: an answer that is no JSON, or
  // lacks what it must have. The result lives until the next call.
  const Reply* read(std::string_view object);

  // Whether it is a JSON array of objects with a type each.
  bool is_valid(std::string_view message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickgate::load
