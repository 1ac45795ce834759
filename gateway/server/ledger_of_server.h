// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "gateway/api/metric_families.h"
#include "gateway/config/config.h"
#include "gateway/ledger/ledger.h"
#include "gateway/net/peer.h"

namespace tickgate::gateway {

// What of an address the ledger may hold: "", "192.0.2.0/24" or "2001:db8:1::/48", or all of it.
std::function<std::string(const PeerAddress&)> ledger_address(LedgerAddresses addresses);

// A line of /metrics for each of its counters. Main thread.
void collect_ledger(MetricFamilies& families, const LedgerCounters& counters);

}  // namespace tickgate::gateway
