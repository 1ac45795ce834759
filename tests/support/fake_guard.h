// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access/guard.h"

namespace tickgate::testing {

// A guard by a table: what is not in it is refused.
struct FakeGuard final : gateway::Guard {
  gateway::Checked check(std::string_view credential, schemas::Timestamp) const override {
    using gateway::Verdict;
    const std::string text(credential);
    if (expired.contains(text)) return {Verdict::kExpired, nullptr};
    if (unknown.contains(text)) return {Verdict::kUnknown, nullptr};
    const auto found = grants.find(text);
    if (found == grants.end()) return {Verdict::kRefused, nullptr};
    return {Verdict::kGranted, found->second};
  }
  bool awaits_keys() const override { return awaits; }
  // By the credential that it was given for: it is called as that is.
  std::shared_ptr<const gateway::Grant> renewed(const std::shared_ptr<const gateway::Grant>& grant,
                                                schemas::Timestamp) const override {
    const auto found = grants.find(grant->credential);
    return found == grants.end() ? nullptr : found->second;
  }

  FakeGuard& give(const std::string& credential, gateway::Grant grant) {
    grant.credential = credential;
    if (grant.subject.empty()) grant.subject = "who of " + credential;
    grants[credential] = std::make_shared<const gateway::Grant>(std::move(grant));
    return *this;
  }

  std::map<std::string, std::shared_ptr<const gateway::Grant>> grants;
  std::set<std::string> expired, unknown;
  bool awaits = false;
};

// A list of a grant: {"KRAKEN:*", "*:BTC-USD"}.
inline gateway::SymbolList patterns(const std::vector<std::string>& texts) {
  std::vector<gateway::SymbolPattern> list;
  for (const auto& text : texts) list.push_back(gateway::SymbolPattern::parse(text).value());
  return gateway::SymbolList(std::move(list));
}

}  // namespace tickgate::testing
