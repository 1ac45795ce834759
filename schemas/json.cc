// SPDX-License-Identifier: Apache-2.0
#include "schemas/json.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

namespace tickgate::schemas {
namespace {

// Writes into room made beforehand at the end of a string, and gives back what was not used.
class Writer {
 public:
  Writer(std::string& out, std::size_t room) : out_(out) {
    const auto before = out.size();
    out.resize(before + room);
    at_ = out.data() + before;
  }
  ~Writer() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& text(std::string_view value) {
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
    return *this;
  }
  template <typename Number>
  Writer& number(Number value) {
    at_ = std::to_chars(at_, at_ + 21, value).ptr;
    return *this;
  }
  Writer& decimal(Decimal value) {
    if (!value.is_plain()) [[unlikely]]
      widen();
    *at_++ = '"';
    at_ = write_decimal(at_, value);
    *at_++ = '"';
    return *this;
  }
  Writer& head(std::string_view type, std::string_view symbol, const TickHeader& header) {
    return text("{\"type\":\"")
        .text(type)
        .text("\",\"symbol\":\"")
        .text(symbol)
        .text("\",\"seq\":")
        .number(header.sequence.value());
  }
  // Of a quote. No order stands at a price of zero: an empty side is null.
  Writer& side(std::string_view name, Price price, Quantity size) {
    text(",\"").text(name).text("\":");
    if (price.value().is_zero()) [[unlikely]] {
      return text("null,\"").text(name).text("_size\":null");
    }
    return decimal(price.value()).text(",\"").text(name).text("_size\":").decimal(size.value());
  }
  // Of a side that is empty: null.
  Writer& venue(std::string_view side, std::string_view name) {
    text(",\"").text(side).text("_venue\":");
    return name.empty() ? text("null") : text("\"").text(name).text("\"");
  }
  Writer& tail(const TickHeader& header) { return times(header).text("}"); }
  Writer& levels(std::span<const BookLevel> levels) {
    text("[");
    for (std::size_t i = 0; i < levels.size(); ++i) {
      text(i == 0 ? "[" : ",[").decimal(levels[i].price.value()).text(",");
      decimal(levels[i].size.value()).text("]");
    }
    return text("]");
  }

 private:
  // The room made beforehand is for plain numbers; a wide one brings its own.
  void widen() {
    const auto written = at_ - out_.data();
    out_.resize(out_.size() + Decimal::kMaxText - Decimal::kPlainText);
    at_ = out_.data() + written;
  }
  Writer& times(const TickHeader& header) {
    text(",\"time\":");
    if (header.venue_time == kNoTime) {
      text("null");
    } else {
      number(header.venue_time.value());
    }
    return text(",\"received\":").number(header.receive_time.value());
  }

  std::string& out_;
  char* at_;
};

constexpr std::size_t kDecimalRoom = Decimal::kPlainText + 2;
// Names, punctuation and numbers around the decimals of one object, without the symbol.
constexpr std::size_t kObjectRoom = 320;

}  // namespace

namespace {

std::string_view venue_of(std::span<const std::string> sources, std::uint8_t place) {
  return place > 0 && place <= sources.size() ? std::string_view(sources[place - std::size_t{1}])
                                              : std::string_view();
}

void append_consolidated(std::string& out, const Quote& quote, std::string_view symbol,
                         std::span<const std::string> sources) {
  const auto bid_venue = venue_of(sources, quote.header.bid_venue);
  const auto ask_venue = venue_of(sources, quote.header.ask_venue);
  const bool crossed = !bid_venue.empty() && !ask_venue.empty() && quote.bid > quote.ask;
  Writer(out, kObjectRoom + symbol.size() + 4 * kDecimalRoom + bid_venue.size() + ask_venue.size())
      .head("quote", symbol, quote.header)
      .side("bid", quote.bid, quote.bid_size)
      .venue("bid", bid_venue)
      .side("ask", quote.ask, quote.ask_size)
      .venue("ask", ask_venue)
      .text(crossed ? ",\"crossed\":true" : "")
      .tail(quote.header);
}

}  // namespace

void append_json(std::string& out, const Quote& quote, std::string_view symbol,
                 std::span<const std::string> sources) {
  if (!sources.empty()) [[unlikely]]
    return append_consolidated(out, quote, symbol, sources);
  Writer(out, kObjectRoom + symbol.size() + 4 * kDecimalRoom)
      .head("quote", symbol, quote.header)
      .side("bid", quote.bid, quote.bid_size)
      .side("ask", quote.ask, quote.ask_size)
      .tail(quote.header);
}

void append_json(std::string& out, const Trade& trade, std::string_view symbol) {
  {
    Writer writer(out, kObjectRoom + symbol.size() + 2 * kDecimalRoom);
    writer.head("trade", symbol, trade.header)
        .text(",\"price\":")
        .decimal(trade.price.value())
        .text(",\"size\":")
        .decimal(trade.size.value())
        .text(",\"side\":\"")
        .text(name(trade.side))
        .text("\",\"id\":");
  }
  append_json_string(out, trade.id.view());  // the venue's text: anything
  Writer(out, kObjectRoom).tail(trade.header);
}

void append_json(std::string& out, const Book& book, std::string_view symbol, std::size_t depth) {
  const auto best = [depth](std::span<const BookLevel> levels) {
    return levels.first(std::min(depth, levels.size()));
  };
  append_book_json(out, book.header, book.integrity, depth, best(book.bid_levels()),
                   best(book.ask_levels()), symbol);
}

void append_book_json(std::string& out, const TickHeader& header, Integrity integrity,
                      std::size_t depth, std::span<const BookLevel> bids,
                      std::span<const BookLevel> asks, std::string_view symbol) {
  const auto room =
      kObjectRoom + symbol.size() + (bids.size() + asks.size()) * (2 * kDecimalRoom + 4);
  Writer(out, room)
      .head("book", symbol, header)
      .text(",\"depth\":")
      .number(depth)
      .text(",\"integrity\":\"")
      .text(name(integrity))
      .text("\",\"bids\":")
      .levels(bids)
      .text(",\"asks\":")
      .levels(asks)
      .tail(header);
}

void append_json(std::string& out, const Ticker& ticker, std::string_view symbol) {
  Writer writer(out, kObjectRoom + symbol.size() + 5 * kDecimalRoom);
  writer.head("ticker", symbol, ticker.header).text(",\"last\":").decimal(ticker.last.value());
  writer.text(",\"open\":");
  if (ticker.has_open) {
    writer.decimal(ticker.open.value());
  } else {
    writer.text("null");
  }
  writer.text(",\"high\":")
      .decimal(ticker.high.value())
      .text(",\"low\":")
      .decimal(ticker.low.value())
      .text(",\"volume\":")
      .decimal(ticker.volume.value());
  if (ticker.since != kNoTime) writer.text(",\"since\":").number(ticker.since.value());
  writer.tail(ticker.header);
}

void append_json(std::string& out, const Bar& bar, std::string_view symbol) {
  Writer writer(out, kObjectRoom + symbol.size() + 5 * kDecimalRoom);
  writer.head("bar", symbol, bar.header)
      .text(",\"interval\":\"")
      .text(name(bar.interval))
      .text("\",\"start\":")
      .number(bar.start.value())
      .text(",\"open\":")
      .decimal(bar.open.value())
      .text(",\"high\":")
      .decimal(bar.high.value())
      .text(",\"low\":")
      .decimal(bar.low.value())
      .text(",\"close\":")
      .decimal(bar.close.value())
      .text(",\"volume\":")
      .decimal(bar.volume.value())
      .text(",\"trades\":");
  bar.trades == Bar::kTradesUnknown ? writer.text("null") : writer.number(bar.trades);
  writer.text(bar.closed ? ",\"closed\":true" : ",\"closed\":false")
      .text(bar.corrected ? ",\"corrected\":true" : "")
      .text(bar.complete ? "}" : ",\"complete\":false}");
}

void append_bar_row(std::string& out, const Bar& bar) {
  Writer writer(out, kObjectRoom + 5 * kDecimalRoom);
  writer.text("[").number(bar.start.value()).text(",").decimal(bar.open.value());
  writer.text(",").decimal(bar.high.value()).text(",").decimal(bar.low.value());
  writer.text(",").decimal(bar.close.value()).text(",").decimal(bar.volume.value()).text(",");
  bar.trades == Bar::kTradesUnknown ? writer.text("null") : writer.number(bar.trades);
  writer.text("]");
}

void append_json(std::string& out, const InstrumentStatus& status, std::string_view symbol,
                 std::string_view live) {
  {
    Writer(out, kObjectRoom + symbol.size())
        .head("status", symbol, status.header)
        .text(",\"state\":\"")
        .text(status.state == State::kLive ? live : name(status.state))
        .text("\",\"since\":")
        .number(status.since.value())
        .text(",\"reason\":");
  }
  append_json_string(out, status.reason.view());
  if (status.state == State::kLive && !status.note.view().empty()) {
    append_json_string(out.append(",\"note\":"), status.note.view());
  }
  out.push_back('}');
}

void append_trade_gap(std::string& out, std::string_view symbol, SequenceNumber from,
                      SequenceNumber to, std::string_view reason) {
  Writer(out, kObjectRoom + symbol.size() + reason.size())
      .text("{\"type\":\"gap\",\"channel\":\"trade\",\"symbol\":\"")
      .text(symbol)
      .text("\",\"from\":")
      .number(from.value())
      .text(",\"to\":")
      .number(to.value())
      .text(",\"reason\":\"")
      .text(reason)
      .text("\"}");
}

}  // namespace tickgate::schemas
