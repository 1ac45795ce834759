// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_factory.h"
#include "feeds/capture/capture.h"
#include "feeds/capture/carriers.h"

namespace tickgate::feeds {

// A capture that holds several connections is one to its feed: this stands where a venue's adapter
// stands, and has one of those for each connection of the file, each with its own sequences. What
// it says is what the carriers of each channel say (feeds/capture/carriers.h). On the feed's
// thread.
class CaptureAdapter final : public VenueAdapter {
 public:
  // The references outlive it.
  CaptureAdapter(AdapterFactory make, AdapterSettings settings,
                 schemas::InstrumentRegistry& registry, AdapterEvents& events);
  ~CaptureAdapter() override;

  // The connection that this record is of gets the next call.
  void select(const CaptureRecord& record);
  // The selected one is another one now, to the same end: its books are gone, the others' are not.
  void reopen_selected(schemas::Timestamp now);
  std::size_t connections() const { return parts_.size(); }

  std::string url() const override { return first().url(); }
  const VenueFacts& facts() const override { return first().facts(); }
  void on_open(schemas::Timestamp now) override;
  void on_text(std::string_view frame, schemas::Timestamp received) override;
  bool on_binary(std::string_view frame, schemas::Timestamp received) override;
  void on_sent(std::string_view text) override;
  void on_answer(const FetchAnswer& answer, schemas::Timestamp received) override;
  void on_http(std::string_view target, int status, std::string_view body,
               schemas::Timestamp received) override;
  void on_close() override;
  void resync(schemas::InstrumentId instrument) override;
  std::vector<VenueNumber> numbers(schemas::InstrumentId instrument) const override;
  const OrderBook* book(schemas::InstrumentId instrument) const override;

 private:
  class Part;

  VenueAdapter& first() const;
  Part& add_part();
  VenueAdapter& opened(schemas::Timestamp now);

  AdapterFactory make_;
  AdapterSettings settings_;
  schemas::InstrumentRegistry& registry_;
  AdapterEvents& events_;
  Carriers carriers_;
  std::uint32_t openings_ = 0;
  std::vector<std::unique_ptr<Part>> parts_;  // at least one
  Part* selected_;
};

}  // namespace tickgate::feeds
