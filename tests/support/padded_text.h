// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace tickgate::testing {

// A text as a venue's socket hands it over: on the heap, with exactly the 64 readable bytes behind
// it that the adapters are promised, so that the address sanitizer sees a read beyond them.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text)
      : bytes_(std::make_unique<char[]>(text.size() + kPadding)), size_(text.size()) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  static constexpr std::size_t kPadding = 64;
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

}  // namespace tickgate::testing
