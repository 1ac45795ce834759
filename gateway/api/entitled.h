// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "gateway/access/grant.h"
#include "gateway/fanout/entitlements.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// What whoever asks over plain HTTP may have, by the rules of the stream. Its shard's thread only.
struct Entitled {
  std::shared_ptr<const Grant> grant;  // null: everything
  std::shared_ptr<Coverage> coverage;  // of the grant; null: every symbol

  bool covers(std::string_view symbol) const {
    return coverage == nullptr || coverage->covers(symbol);
  }
  bool covers(const schemas::Instrument& instrument) const {
    return coverage == nullptr || coverage->covers(instrument);
  }
  bool allows(schemas::Channel channel) const { return grant == nullptr || grant->allows(channel); }
  bool is_delayed() const { return grant != nullptr && grant->delay_s > 0; }
  std::uint32_t depth(std::uint32_t asked) const {
    return grant == nullptr ? asked : std::min<std::uint32_t>(asked, grant->depth);
  }
};

}  // namespace tickgate::gateway
