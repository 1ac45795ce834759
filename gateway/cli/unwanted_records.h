// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "feeds/capture/capture.h"

namespace tickgate::gateway {

// Records of a replay that no adapter reads, by kind and path: a REST answer of a path that nobody
// asks for, a text of a venue that we do not know. One thread.
class UnwantedRecords {
 public:
  void add(const feeds::CaptureRecord& record) {
    ++count_;
    const auto text = describe(record);
    const bool known = by_text_.contains(text);
    ++by_text_[known || by_text_.size() < kMostTexts ? text : "others"];
  }

  std::uint64_t count() const { return count_; }
  const std::map<std::string, std::uint64_t>& by_text() const { return by_text_; }

 private:
  static constexpr std::size_t kMostTexts = 50;
  static constexpr std::size_t kLongestText = 200;

  // "http https://api.example/v1/depth", "text of nasdaq".
  static std::string describe(const feeds::CaptureRecord& record) {
    using feeds::CaptureKind;
    std::string text(record.kind == CaptureKind::kOther ? record.other_kind : name(record.kind));
    if (record.kind == CaptureKind::kHttp) {
      text.append(" ").append(record.target.substr(0, record.target.find('?')));
    } else {
      text.append(" of ").append(record.venue);
    }
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';  // it goes to a terminal
    }
    return text.substr(0, kLongestText);
  }

  std::uint64_t count_ = 0;
  std::map<std::string, std::uint64_t> by_text_;
};

}  // namespace tickgate::gateway
