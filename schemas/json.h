// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "schemas/tick.h"

namespace tickgate::schemas {

// The objects of schemas/protocol.md, appended to `out`. `symbol` is ours ("KRAKEN:BTC-USD") and
// needs no escaping. Prices are strings of the venue's own digits, times integer microseconds.
// `sources` are the instrument's: with any, the quote says the venue of each side.
void append_json(std::string& out, const Quote& quote, std::string_view symbol,
                 std::span<const std::string> sources = {});
void append_json(std::string& out, const Trade& trade, std::string_view symbol);
// The best `depth` levels of each side.
void append_json(std::string& out, const Book& book, std::string_view symbol,
                 std::size_t depth = Book::kMaxDepth);
// A book of any depth, its levels given apart, best first.
void append_book_json(std::string& out, const TickHeader& header, Integrity integrity,
                      std::size_t depth, std::span<const BookLevel> bids,
                      std::span<const BookLevel> asks, std::string_view symbol);
void append_json(std::string& out, const Ticker& ticker, std::string_view symbol);
void append_json(std::string& out, const Bar& bar, std::string_view symbol);
// As a row of a history: [start, open, high, low, close, volume, trades].
void append_bar_row(std::string& out, const Bar& bar);
// `live` is what the state is called while it is live: "delayed" of a stream that is told later.
void append_json(std::string& out, const InstrumentStatus& status, std::string_view symbol,
                 std::string_view live = "live");

// A trade gap announced: trades from..to (sequence numbers, inclusive) will never come.
// `reason`: slow_consumer, feed_gap or feed_restart.
void append_trade_gap(std::string& out, std::string_view symbol, SequenceNumber from,
                      SequenceNumber to, std::string_view reason);

// `text` as a JSON string with its quotes. Bytes that are not valid UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace tickgate::schemas
