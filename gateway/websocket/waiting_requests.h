// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace tickgate::gateway {

// What one client has asked and nobody has looked at: over its rate, or behind a request that is
// half done. In the order it came, bounded by number and bytes.
class WaitingRequests {
 public:
  // False: there is no room.
  bool add(std::string_view text, std::size_t most, std::size_t most_bytes) {
    if (texts_.size() >= most || bytes_ + text.size() > most_bytes) return false;
    texts_.emplace_back(text);
    bytes_ += text.size();
    return true;
  }
  bool empty() const { return texts_.empty(); }
  std::size_t bytes() const { return bytes_; }
  std::string pop() {
    std::string text = std::move(texts_.front());
    texts_.pop_front();
    bytes_ -= text.size();
    return text;
  }

 private:
  std::deque<std::string> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace tickgate::gateway
