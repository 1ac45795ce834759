// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/tick_text.h"

#include <fmt/format.h>

#include <iterator>

#include "schemas/check.h"
#include "schemas/json.h"

namespace tickgate::feeds {

using schemas::Instrument;
using schemas::Timestamp;

namespace {

void append_number(std::string& out, std::string_view name, std::int64_t value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}", name, value);
}
void append_text(std::string& out, std::string_view name, std::string_view value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  schemas::append_json_string(out, value);
}

}  // namespace

void TickText::set(const Stamp& stamp) {
  tail_.clear();
  append_text(tail_, "epoch", stamp.epoch);
  fmt::format_to(std::back_inserter(tail_), ",\"fence\":{}}}", stamp.fence);
}

std::string_view TickText::end() {
  TICKGATE_CHECK(text_.ends_with('}'));
  text_.pop_back();
  return text_.append(tail_);
}

std::string_view TickText::of(const schemas::Quote& quote, const Instrument& instrument) {
  text_.clear();
  append_json(text_, quote, instrument.symbol, instrument.sources);
  return end();
}

std::string_view TickText::of(const schemas::Book& book, const Instrument& instrument) {
  text_.clear();
  append_json(text_, book, instrument.symbol);
  return end();
}

std::string_view TickText::of(const schemas::Ticker& ticker, const Instrument& instrument) {
  text_.clear();
  append_json(text_, ticker, instrument.symbol);
  return end();
}

std::string_view TickText::of(const schemas::Trade& trade, const Instrument& instrument) {
  text_.clear();
  append_json(text_, trade, instrument.symbol);
  return end();
}

std::string_view TickText::of(const schemas::TradeGap& gap, const Instrument& instrument) {
  text_.clear();
  schemas::append_trade_gap(text_, instrument.symbol, gap.from, gap.to, name(gap.reason));
  return end();
}

void TickText::append_bar(const schemas::Bar& bar, std::string_view symbol) {
  append_json(text_, bar, symbol);
  text_.pop_back();
  fmt::format_to(std::back_inserter(text_), ",\"ordinal\":{}", bar.ordinal);
  if (bar.header.receive_time != Timestamp{}) {
    append_number(text_, "received", bar.header.receive_time.value());
  }
  text_.push_back('}');
}

std::string_view TickText::of(const schemas::Bar& bar, const Instrument& instrument) {
  text_.clear();
  append_bar(bar, instrument.symbol);
  return end();
}

std::string_view TickText::of(const schemas::InstrumentStatus& status, std::string_view symbol) {
  text_.clear();
  append_json(text_, status, symbol);
  text_.pop_back();
  if (status.quote_state != status.state) {
    append_text(text_, "quote_state", name(status.quote_state));
  }
  if (status.quote_since != status.since) {
    append_number(text_, "quote_since", status.quote_since.value());
  }
  if (status.quote_reason.view() != status.reason.view()) {
    append_text(text_, "quote_reason", status.quote_reason.view());
  }
  // Beside another state than live the protocol has none: but the quote's own may be.
  if (status.state != schemas::State::kLive && !status.note.view().empty()) {
    append_text(text_, "note", status.note.view());
  }
  append_number(text_, "received", status.header.receive_time.value());
  text_.push_back('}');
  return end();
}

std::string_view TickText::of(const Instrument& instrument, bool removed, Timestamp time) {
  text_ = "{\"type\":\"instrument\"";
  append_text(text_, "symbol", instrument.symbol);
  append_text(text_, "venue", instrument.venue);
  append_text(text_, "base", instrument.base);
  append_text(text_, "quote", instrument.quote);
  text_.append(",\"sources\":[");
  for (const auto& source : instrument.sources) {
    if (text_.back() != '[') text_.push_back(',');
    schemas::append_json_string(text_, source);
  }
  text_.append(removed ? "],\"removed\":true" : "],\"removed\":false");
  append_number(text_, "time", time.value());
  text_.push_back('}');
  return end();
}

std::string_view TickText::removed(std::string_view symbol, Timestamp time) {
  text_ = "{\"type\":\"instrument\"";
  append_text(text_, "symbol", symbol);
  text_.append(",\"removed\":true");
  append_number(text_, "time", time.value());
  text_.push_back('}');
  return end();
}

std::string_view TickText::heartbeat(std::string_view ingest, Timestamp time,
                                     std::chrono::microseconds steady) {
  text_ = "{\"type\":\"heartbeat\"";
  append_number(text_, "time", time.value());
  append_number(text_, "steady", steady.count());
  append_text(text_, "ingest", ingest);
  text_.push_back('}');
  return end();
}

std::string_view TickText::venues(std::string_view list) {
  text_.assign("{\"type\":\"venues\",\"venues\":").append(list).push_back('}');
  return end();
}

std::string_view TickText::bars(std::span<const schemas::Bar> bars, const Instrument& instrument) {
  text_ = "{\"bars\":[";
  for (const auto& bar : bars) {
    if (text_.back() != '[') text_.push_back(',');
    append_bar(bar, instrument.symbol);
  }
  text_.append("]}");
  return end();
}

std::string_view TickText::stamped(std::string_view object) {
  text_ = object;
  return end();
}

std::string_view TickText::error(std::string_view code, std::string_view message) {
  text_ = "{\"type\":\"error\"";
  append_text(text_, "code", code);
  append_text(text_, "message", message);
  text_.push_back('}');
  return end();
}

}  // namespace tickgate::feeds
