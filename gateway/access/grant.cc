// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/grant.h"

#include <fmt/format.h>

#include <algorithm>

namespace tickgate::gateway {

bool Grant::allows(const schemas::Instrument& instrument) const {
  return std::ranges::all_of(
      symbols, [&](const SymbolList& list) { return list.covers(instrument.symbol); });
}

std::string_view credential_kind(const Grant& grant) {
  const std::string_view credential = grant.credential;
  return credential.substr(0, credential.find(':'));
}

bool ends_late(const Grant& grant) {
  const auto kind = credential_kind(grant);
  return kind != "key" && kind != "certificate";
}

std::string delay_refusal(const Grant& grant) {
  return fmt::format("delay: {} s of this {} are longer than this gateway holds anything back",
                     grant.delay_s, grant.plan.empty() ? "credential" : "credential and its plan");
}

}  // namespace tickgate::gateway
