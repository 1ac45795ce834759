// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/derived/best_rules.h"
#include "feeds/publish/publisher.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// The consolidated instruments, BEST:BTC-USD and so on: of quotes and statuses of their members,
// whichever feed they are of, the best bid and the best offer with the venue of each. What came is
// settled at the end of a batch, but for a venue that leaves: that is said at once, so that
// whoever passes its status on after that has said it first. Pure: what it knows of time stands
// in the ticks. One thread.
class Best {
 public:
  static constexpr std::string_view kVenue = "best";
  static constexpr std::size_t kMostSources = 16;

  // All outlive it. `sink` gets what is published, instruments first.
  Best(const BestRules& rules, schemas::InstrumentRegistry& registry, TickSink& sink);

  // An instrument that may be a member of some; `source` says which thread feeds it. Whatever is
  // said of others than members is passed over.
  void on_instrument(const schemas::Instrument& instrument, std::size_t source);
  // It is a member no more; a pair without any is removed too. Call it before that passes on.
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now);
  void on_quote(const schemas::Quote& quote);
  // Call it before the status passes on.
  void on_status(const schemas::InstrumentStatus& status);
  // The thread behind a source stands still, or no more: what it says of its venues is worth
  // nothing meanwhile.
  void stand_still(std::size_t source, bool still, schemas::Timestamp now);

  // Publishes what has changed. At the end of each batch; costs nothing if nothing has.
  void settle() {
    if (!dirty_.empty()) [[unlikely]]
      settle_all();
  }

  const LastValueCache& cache() const { return publisher_.cache(); }
  // Pairs that have members, or had.
  std::size_t pairs() const { return pairs_.size(); }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Member {
    schemas::Quote quote;
    bool has_quote = false;
    schemas::State state = schemas::State::kDown;
    schemas::SmallText<63> reason;
    std::uint8_t source = 0;
    std::vector<std::uint32_t> pairs;  // mostly one
  };
  // A member as one pair has it, in the order that decides between equals.
  struct Part {
    std::uint32_t member;
    std::uint8_t place;
    bool joined;
  };
  struct Pair {
    const schemas::Instrument* instrument;
    std::vector<Part> parts;
    schemas::Timestamp cause{schemas::kNoTime};  // when what came last for it was received
    bool dirty = false;
    bool other_status = false;  // who is in it, or why somebody is not, has changed
  };

  std::uint32_t member_of(schemas::InstrumentId id) const {
    return id.value() < members_of_.size() ? members_of_[id.value()] : kNone;
  }
  bool is_in(const Member& member) const {
    return member.state == schemas::State::kLive && member.has_quote && !still_[member.source];
  }
  void join(std::uint32_t member, const BestRules::Part& part);
  void leave(std::uint32_t member, Pair& pair, schemas::Timestamp now);
  enum class News : std::uint8_t { kQuote, kStatus };
  void note(const Member& member, News news, schemas::Timestamp received);
  void settle_all();
  void settle(Pair& pair, bool leaving);
  schemas::Quote best_of(const Pair& pair) const;
  void show_status(Pair& pair);

  const BestRules& rules_;
  schemas::InstrumentRegistry& registry_;
  Publisher publisher_;
  std::vector<std::uint32_t> members_of_;  // by instrument
  std::vector<Member> members_;
  std::vector<std::uint32_t> free_;  // places in members_
  std::vector<Pair> pairs_;
  absl::flat_hash_map<std::string, std::uint32_t> pair_of_;  // "BTC-USD"
  std::vector<std::uint32_t> dirty_;
  std::array<bool, kMostSources> still_{};
};

}  // namespace tickgate::feeds
