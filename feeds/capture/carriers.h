// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "feeds/capture/capture.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// One connection of a capture that is played, as Carriers sees it.
struct CaptureConnection {
  bool open = false;
  std::uint32_t opened = 0;       // which opening of all it was: the later, the more
  std::vector<bool> whole_books;  // by InstrumentId

  bool has_book(schemas::InstrumentId instrument) const {
    return instrument.value() < whole_books.size() && whole_books[instrument.value()];
  }
  void set_book(schemas::InstrumentId instrument, bool whole) {
    const auto index = instrument.value();
    if (index >= whole_books.size()) whole_books.resize(index + std::size_t{1});
    whole_books[index] = whole;
  }
};

// Finds the connection that a record is of, among those there are of its venue in its file, which
// it is offered in the order in which they came up: the one of that number; or what carried only
// answers until now, which has none yet; or, for an answer, the first, since whoever records may
// have asked over none of them.
template <typename Connection>
class ConnectionOfRecord {
 public:
  explicit ConnectionOfRecord(const CaptureRecord& record) : record_(record) {}

  void offer(Connection& one, const std::optional<std::uint32_t>& conn) {
    if (first_ == nullptr) first_ = &one;
    if (conn == record_.conn && exact_ == nullptr) exact_ = &one;
    if (!conn) nameless_ = &one;
  }
  // Null: it is a new one's.
  Connection* found() const {
    if (exact_ != nullptr) return exact_;
    return record_.kind == CaptureKind::kHttp ? first_ : nameless_;
  }

 private:
  const CaptureRecord& record_;
  Connection *first_ = nullptr, *exact_ = nullptr, *nameless_ = nullptr;
};

// Which connection of a capture speaks for what. Several may carry one instrument: one its books,
// another its trades, or one all of them until another replaces it, while nothing in the file says
// that it ended. A channel's carrier is the one opened last of those that have brought the channel,
// for books: that have it whole. What others say on it is to be let go, and a trade that two of
// them bring is one. The connections outlive this. One thread.
class Carriers {
 public:
  // `connection` has brought something on this channel: whether it is its carrier, now or still.
  bool carries(schemas::Channel channel, schemas::InstrumentId instrument,
               CaptureConnection& connection);
  // Null when none has brought anything yet.
  const CaptureConnection* carrier(schemas::Channel channel,
                                   schemas::InstrumentId instrument) const {
    const auto index = instrument.value();
    return index < parts_.size() ? parts_[index].carriers[static_cast<std::size_t>(channel)]
                                 : nullptr;
  }
  // Whether another connection brought this trade not long ago.
  bool came_before(const schemas::Trade& trade, const CaptureConnection& connection);

 private:
  static constexpr std::size_t kTradesKept = 256;
  struct SeenTrade {
    std::size_t hash;  // of the venue's id
    const CaptureConnection* from;
  };
  struct Part {
    std::array<CaptureConnection*, schemas::kChannelCount> carriers{};
    std::vector<SeenTrade> trades;  // a ring
    std::size_t next_trade = 0;
  };

  Part& of(schemas::InstrumentId instrument);

  std::vector<Part> parts_;                    // by InstrumentId
  const CaptureConnection* trader_ = nullptr;  // the first that brought a trade
  bool several_traders_ = false;
};

}  // namespace tickgate::feeds
