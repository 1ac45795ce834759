// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_adapter.h"

namespace tickgate::feeds {

// Which tag goes with which URL that was asked for: answers carry the URL only. The newest request
// for a URL counts. Forgets the oldest beyond a bound. One thread.
class FetchTags {
 public:
  void expect(std::string_view url, FetchTag tag) {
    forget(url);
    if (tag == kNoTag) return;
    if (asked_.size() >= kMost) asked_.erase(asked_.begin());
    asked_.emplace_back(std::string(url), tag);
  }
  // kNoTag when nobody asked for this URL with one. It stays: a capture may answer it again.
  FetchTag of(std::string_view url) const {
    const auto found = find(url);
    return found == asked_.end() ? kNoTag : found->second;
  }
  void forget(std::string_view url) {
    if (const auto found = find(url); found != asked_.end()) asked_.erase(found);
  }
  void clear() { asked_.clear(); }

 private:
  static constexpr std::size_t kMost = 10'000;
  using Asked = std::vector<std::pair<std::string, FetchTag>>;

  Asked::const_iterator find(std::string_view url) const {
    return std::find_if(asked_.begin(), asked_.end(),
                        [url](const auto& one) { return one.first == url; });
  }

  Asked asked_;
};

}  // namespace tickgate::feeds
