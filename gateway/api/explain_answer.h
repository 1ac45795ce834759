// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/explanation.h"
#include "gateway/api/cluster_report.h"
#include "gateway/shard/instrument_report.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// What feeds and shards said of one instrument: why it is shown as it is.
struct ExplainAnswer {
  const schemas::Instrument* instrument = nullptr;  // never null
  schemas::Timestamp now;
  std::optional<schemas::InstrumentStatus> status;  // as clients are told it
  bool stands_still = false;                        // the thread of its feed does
  std::optional<feeds::Explanation> told;           // by its feed
  std::optional<EdgeReport> edge;                   // of an edge, which has no feed to ask
  std::vector<ValueSeen> values;                    // that shards have, of an edge
  std::vector<FollowerCount> followers;             // over all shards
  std::vector<std::string> missing;                 // who did not answer in time
};

// One sentence: why is it grey? For JSON and people.
std::string explain_words(const ExplainAnswer& answer);
// The fields of gateway/api/README.md.
std::string explain_json(const ExplainAnswer& answer);
// For a terminal; its first line is the sentence. No byte in it that a terminal would obey.
std::string explain_text(const ExplainAnswer& answer);

// What its forms share: how long ago that was, and a reason behind a colon, if there is one.
std::string since_text(const ExplainAnswer& answer, schemas::Timestamp since);
std::string because(std::string_view reason);

}  // namespace tickgate::gateway
