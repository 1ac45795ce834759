// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::testing {

enum class Dialect : std::uint8_t { kKraken, kBinance, kCoinbase };

// The truth of one pair at a made-up venue, and how that venue says it. A book of ten levels a side
// whose prices never change: the n-th update sets the size of one bid to n * 1e-8, so a reader can
// tell from any size how new it is, and that it was not made up. Written apart from the adapters:
// it shares no code with what it tests.
class FakeMarket {
 public:
  static constexpr int kLevels = 10;

  // "BTC-USD". The best bid is `base`.9, the best ask `base` + 1.
  FakeMarket(Dialect dialect, std::string pair, std::int64_t base);

  const std::string& pair() const { return pair_; }
  // As the venue writes it: BTC/USD, BTCUSD, BTC-USD.
  std::string venue_symbol() const;
  std::uint64_t updates() const { return updates_; }

  // Makes the next update true, and gives its frame. `sequence`: Coinbase's, of the connection.
  std::string update(std::uint64_t& sequence, bool wrong_checksum = false);
  // The frame of the newest update, for one more connection.
  std::string newest(std::uint64_t& sequence, bool wrong_checksum = false) const;
  // The whole book: a frame, or the body of a REST answer. `far_levels`: that many more bids, far
  // from the market, to make it large.
  std::string snapshot(std::uint64_t& sequence, int far_levels = 0) const;

 private:
  std::string bid_text(int level) const;
  std::string ask_text(int level) const;
  std::uint32_t checksum() const;
  std::string kraken_book(std::string_view type, std::string_view bids, std::string_view asks,
                          bool wrong_checksum) const;

  Dialect dialect_;
  std::string pair_;
  std::int64_t base_;
  std::uint64_t updates_ = 0;
  std::array<std::uint64_t, kLevels> bid_sizes_;  // in 1e-8
};

// What a venue answers to what a client asked for.
std::vector<std::string> kraken_acknowledgements(std::string_view request,
                                                 const std::vector<std::string>& refused);
std::string coinbase_acknowledgement(const std::vector<std::string>& channels,
                                     const std::vector<std::string>& products,
                                     std::uint64_t& sequence);
std::string heartbeat(Dialect dialect, std::uint64_t& sequence);

// The value of a text member, or the texts of an array member, of a request that an adapter made:
// enough of JSON for that.
std::string member_text(std::string_view json, std::string_view key);
std::vector<std::string> member_texts(std::string_view json, std::string_view key);

}  // namespace tickgate::testing
