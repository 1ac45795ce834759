// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

// Newest state of every instrument this thread has seen. Owned by one thread. Grows with the ids
// it meets: about 0.6 KB an instrument, and 1.6 KB more where there is a book.
//
// The getters give nullptr where there was none. Pointers are valid until the next apply().
class LastValueCache {
 public:
  void apply(const schemas::Quote& quote);
  void apply(const schemas::Book& book);
  void apply(const schemas::Ticker& ticker);
  void apply(const schemas::InstrumentStatus& status);
  // For a snapshot on request. A new subscriber must not be sent it: an old trade is not news.
  void apply(const schemas::Trade& trade);

  // As if nothing of it had come.
  void forget(schemas::InstrumentId id);
  void forget(schemas::InstrumentId id, schemas::Channel channel);

  const schemas::Quote* quote(schemas::InstrumentId id) const { return quotes_.find(id); }
  const schemas::Ticker* ticker(schemas::InstrumentId id) const { return tickers_.find(id); }
  const schemas::InstrumentStatus* status(schemas::InstrumentId id) const {
    return statuses_.find(id);
  }
  const schemas::Trade* trade(schemas::InstrumentId id) const { return trades_.find(id); }
  const schemas::Book* book(schemas::InstrumentId id) const {
    return id.value() < books_.size() ? books_[id.value()].get() : nullptr;
  }

 private:
  // One value per instrument, by its dense id. What has no value yet costs its room only.
  template <class Tick>
  class Table {
   public:
    void put(const Tick& tick) {
      const std::size_t index = tick.header.instrument.value();
      if (index >= values_.size()) {
        values_.resize(index + 1);
        present_.resize(index + 1);
      }
      values_[index] = tick;
      present_[index] = true;
    }
    void drop(schemas::InstrumentId id) {
      if (id.value() < present_.size()) present_[id.value()] = false;
    }
    const Tick* find(schemas::InstrumentId id) const {
      return id.value() < values_.size() && present_[id.value()] ? &values_[id.value()] : nullptr;
    }

   private:
    std::vector<Tick> values_;
    std::vector<bool> present_;
  };

  Table<schemas::Quote> quotes_;
  Table<schemas::Ticker> tickers_;
  Table<schemas::InstrumentStatus> statuses_;
  Table<schemas::Trade> trades_;
  // Most instruments have no book, and a book is large.
  std::vector<std::unique_ptr<schemas::Book>> books_;
};

}  // namespace tickgate::feeds
