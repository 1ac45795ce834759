// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/access/key_set.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// The keys that come from a URL, and when to ask for them again. What is told of it is told by one
// thread; the sets themselves are immutable.
//
// A fetch that fails changes nothing but the time of the next: tokens stay good for a day without
// their issuer, and no longer, for a key may have been revoked meanwhile. A key that is missing in
// what was fetched verifies nothing from then on; but who is let in by it stays until a second
// fetch agrees, half a minute later or more, for what answers behind one URL may be several, and
// not of one mind. A fetch that comes sooner, because some client's token asked for it, is none.
class KeyRefresh {
 public:
  using Seconds = std::chrono::seconds;
  static constexpr Seconds kLeastAge{300}, kMostAge{3600};  // of a set, before the next fetch
  static constexpr Seconds kUsualAge{900};                  // where the answer doesn't say it
  static constexpr Seconds kFirstBackoff{1}, kMostBackoff{300};
  static constexpr Seconds kSecondOpinion{30};  // at least, after a fetch that lacked a key
  static constexpr Seconds kMostStale{86'400};

  // Both return whether other keys are to be used from now on.
  bool succeeded(KeySet fresh, std::optional<Seconds> max_age, schemas::Timestamp now);
  bool failed(schemas::Timestamp now);

  // Until the next fetch. `draw` is from 0 to 1, drawn evenly: by up to a tenth it comes earlier,
  // so that gateways started together ask apart.
  std::chrono::milliseconds delay(double draw) const;

  std::shared_ptr<const KeySet> keys() const { return keys_; }        // null: none
  std::shared_ptr<const KeySet> leaving() const { return leaving_; }  // null: none
  // When they were last fetched; nullopt: never.
  std::optional<schemas::Timestamp> fetched() const { return fetched_; }

 private:
  struct Leaving {
    TokenKey key;
    schemas::Timestamp since;  // the first fetch that lacked it
  };

  void note_missing(const KeySet& fresh, schemas::Timestamp now);

  std::shared_ptr<const KeySet> keys_, leaving_;
  std::vector<Leaving> missing_;  // what is in leaving_
  std::optional<schemas::Timestamp> fetched_;
  Seconds delay_{0};
  Seconds backoff_{0};  // 0: the last one succeeded
};

}  // namespace tickgate::gateway
