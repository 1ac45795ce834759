// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage.h"

namespace tickgate::gateway {
namespace {

bool add_all(std::set<std::string>& to, const std::set<std::string>& from) {
  const auto before = to.size();
  for (const auto& one : from) {
    if (to.size() == UsageDetails::kMost) break;
    to.insert(one);
  }
  return to.size() != before;
}

}  // namespace

bool UsageDetails::add(const UsageDetails& others) {
  const auto channels_before = std::exchange(channels, channels | others.channels);
  const auto depth_before = depth;
  if (others.depth > depth) depth = others.depth;
  const bool more_credentials = add_all(credentials, others.credentials);
  const bool more_addresses = add_all(addresses, others.addresses);
  return more_credentials || more_addresses || channels != channels_before || depth != depth_before;
}

}  // namespace tickgate::gateway
