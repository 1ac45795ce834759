// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_factory.h"
#include "tests/support/padded_text.h"
#include "tests/support/recording_events.h"

namespace tickgate::testing {

inline feeds::AdapterSettings settings_of(std::vector<std::string> pairs) {
  feeds::AdapterSettings settings;
  settings.pairs = std::move(pairs);
  return settings;
}

// A venue's adapter, what it said, and the texts that a venue would send. A venue's own fixture is
// derived from it. Files are those of tests/data/<venue>.
class AdapterTest : public ::testing::Test {
 protected:
  static constexpr schemas::Timestamp kReceived{1'800'000'000'000'000};

  AdapterTest(std::string_view venue, feeds::AdapterFactory factory)
      : folder_(std::string(TICKGATE_TEST_DATA "/").append(venue).append("/")),
        factory_(std::move(factory)) {}

  void make(const feeds::AdapterSettings& settings) {
    adapter = factory_(settings, registry, events);
  }
  // With nothing recorded yet.
  void open(const feeds::AdapterSettings& settings) {
    make(settings);
    adapter->on_open(kReceived);
    events.take();
  }
  void reconnect() {
    adapter->on_close();
    adapter->on_open(kReceived);
    events.take();
  }
  void text(std::string_view frame) {
    const PaddedText padded(frame);
    adapter->on_text(padded.view(), kReceived);
  }
  void http(std::string_view target, int status, std::string_view body) {
    const PaddedText padded(body);
    adapter->on_http(target, status, padded.view(), kReceived);
  }
  void answer(std::string_view target, int status, std::string_view body) {
    const PaddedText padded(body);
    adapter->on_answer({target, feeds::kNoTag, status, padded.view()}, kReceived);
  }
  std::string file(const std::string& name) const {
    std::ifstream in(folder_ + name);
    EXPECT_TRUE(in.good()) << name;
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  // Each line a frame.
  void text_of(const std::string& name) {
    std::istringstream lines(file(name));
    for (std::string line; std::getline(lines, line);) text(line);
  }
  schemas::InstrumentId id(std::string_view symbol) const { return registry.find(symbol)->id; }

  schemas::InstrumentRegistry registry;
  RecordingEvents events;
  std::unique_ptr<feeds::VenueAdapter> adapter;

 private:
  const std::string folder_;
  const feeds::AdapterFactory factory_;
};

}  // namespace tickgate::testing
