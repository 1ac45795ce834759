// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/config/config.h"
#include "gateway/config/key_places.h"
#include "gateway/config/key_visitor.h"

namespace tickgate::gateway {

// A configuration key by key, as the file has it: what an operator is shown, and what two of them
// are compared by. What came from the environment is shown by the variable's name, and a URL
// without what may be a secret in it.
struct ConfigView {
  struct Value {
    std::string key;
    std::string text;  // of a list: its items, ", " between them
    bool is_list = false;
    std::vector<std::string> items{};  // of a list, each as it is shown
    InForce in_force = InForce::kLive;
    // What is compared where both sides know it: it may be secret and is never shown.
    std::optional<std::string> exact{};
    bool is_cut = false;  // a part of the text was left out
  };
  struct Section {
    enum class Kind : std::uint8_t { kPlain, kPlan, kFeed, kConsolidated };

    Kind kind = Kind::kPlain;
    std::string name;   // "limits", a plan's or feed's name, the pairs of what is consolidated
    std::string place;  // its path in the file: "limits", "feeds[1]"
    std::vector<Value> values;

    const Value* find(std::string_view key) const;
  };
  std::vector<Section> sections;

  const Section* find(Section::Kind kind, std::string_view name) const;
};

// `places` are those of its file; empty: there is none.
ConfigView config_view(const Config& config, const KeyPlaces& places = {});

// That of the feed of venue nats; null: it is no edge's.
const ConfigView::Section* edge_section(const ConfigView& view);

// Whether the two feeds differ in their symbols at most.
bool same_but_symbols(const FeedConfig& one, const FeedConfig& other);

}  // namespace tickgate::gateway
