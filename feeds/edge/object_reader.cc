// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/object_reader.h"

#include <algorithm>
#include <array>

#include "feeds/edge/object_members.h"
#include "schemas/interval.h"

namespace tickgate::feeds {
namespace {

using schemas::Bar;
using schemas::Price;
using schemas::Quantity;

constexpr std::size_t kLongestEpoch = 31;

constexpr std::array kSides = {schemas::Side::kBuy, schemas::Side::kSell};
constexpr std::array kIntegrities = {schemas::Integrity::kNone, schemas::Integrity::kOrder,
                                     schemas::Integrity::kSequence, schemas::Integrity::kChecksum};
constexpr std::array kStates = {schemas::State::kLive,       schemas::State::kStale,
                                schemas::State::kRecovering, schemas::State::kHalted,
                                schemas::State::kDown,       schemas::State::kClosed};
constexpr std::array kReasons = {schemas::GapReason::kSlowConsumer, schemas::GapReason::kFeedGap,
                                 schemas::GapReason::kFeedRestart};

}  // namespace

// What the members of one object become.
struct ObjectReader::Parser : ObjectMembers {
  Price price(Field field) { return Price{decimal(field)}; }
  Quantity quantity(Field field) { return Quantity{decimal(field)}; }
  schemas::TickHeader header(schemas::Channel channel);
  void side(Field price_field, Field size_field, Price& price_of, Quantity& size_of);
  schemas::Quote quote(EdgeObject& object);
  schemas::Trade trade();
  schemas::TradeGap gap();
  schemas::Book* whole_book();
  schemas::Ticker ticker();
  schemas::InstrumentStatus status();
  Bar bar();
  InstrumentNews instrument();
  IngestHeartbeat heartbeat();
  void build(EdgeObject& object);
};

schemas::TickHeader ObjectReader::Parser::header(schemas::Channel channel) {
  schemas::TickHeader made;
  made.channel = channel;
  made.sequence = schemas::SequenceNumber{count(Field::kSeq)};
  made.venue_time = time_or_none(Field::kTime);
  if (made.sequence.value() == 0) fail(Field::kSeq);
  if (has(Field::kReceived)) made.receive_time = time(Field::kReceived);
  return made;
}

// An empty side is null, price and size.
void ObjectReader::Parser::side(Field price_field, Field size_field, Price& price_of,
                                Quantity& size_of) {
  if (is_null(price_field)) {
    if (!is_null(size_field)) fail(size_field);
    return;
  }
  price_of = price(price_field);
  size_of = quantity(size_field);
}

schemas::Quote ObjectReader::Parser::quote(EdgeObject& object) {
  schemas::Quote made{};
  made.header = header(schemas::Channel::kQuote);
  side(Field::kBid, Field::kBidSize, made.bid, made.bid_size);
  side(Field::kAsk, Field::kAskSize, made.ask, made.ask_size);
  const auto venue = [&](Field field) {
    return has(field) && !is_null(field) ? text(field) : std::string_view();
  };
  object.bid_venue = venue(Field::kBidVenue);
  object.ask_venue = venue(Field::kAskVenue);
  return made;
}

schemas::Trade ObjectReader::Parser::trade() {
  schemas::Trade made{};
  made.header = header(schemas::Channel::kTrade);
  made.price = price(Field::kPrice);
  made.size = quantity(Field::kSize);
  made.side = one_of(Field::kSide, kSides);
  if (!has(Field::kId)) fail(Field::kId);
  made.id = free_text(Field::kId);
  return made;
}

schemas::TradeGap ObjectReader::Parser::gap() {
  schemas::TradeGap made{};
  if (text(Field::kChannel) != "trade") fail(Field::kChannel);
  made.from = schemas::SequenceNumber{count(Field::kFrom)};
  made.to = schemas::SequenceNumber{count(Field::kTo)};
  if (made.from.value() == 0 || made.to < made.from) fail(Field::kTo);
  const auto said = free_text(Field::kReason);
  const auto* const reason =
      std::ranges::find_if(kReasons, [&](schemas::GapReason one) { return name(one) == said; });
  if (reason == kReasons.end()) fail(Field::kReason);
  if (reason != kReasons.end()) made.reason = *reason;
  return made;
}

schemas::Book* ObjectReader::Parser::whole_book() {
  if (!has(Field::kBids)) fail(Field::kBids);
  if (!has(Field::kAsks)) fail(Field::kAsks);
  auto& made = book();
  made.header = header(schemas::Channel::kBook);
  made.integrity = one_of(Field::kIntegrity, kIntegrities);
  return &made;
}

schemas::Ticker ObjectReader::Parser::ticker() {
  schemas::Ticker made{};
  made.header = header(schemas::Channel::kTicker);
  made.last = price(Field::kLast);
  made.has_open = !is_null(Field::kOpen);
  if (made.has_open) made.open = price(Field::kOpen);
  made.high = price(Field::kHigh);
  made.low = price(Field::kLow);
  made.volume = quantity(Field::kVolume);
  made.since = time_or_none(Field::kSince);
  return made;
}

schemas::InstrumentStatus ObjectReader::Parser::status() {
  schemas::InstrumentStatus made{};
  made.header = header(schemas::Channel::kStatus);
  made.state = one_of(Field::kState, kStates);
  made.since = time(Field::kSince);
  made.reason = free_text(Field::kReason);
  made.note = free_text(Field::kNote);
  made.quote_state = has(Field::kQuoteState) ? one_of(Field::kQuoteState, kStates) : made.state;
  made.quote_since = has(Field::kQuoteSince) ? time(Field::kQuoteSince) : made.since;
  made.quote_reason =
      has(Field::kQuoteReason) ? free_text(Field::kQuoteReason) : free_text(Field::kReason);
  return made;
}

Bar ObjectReader::Parser::bar() {
  Bar made{};
  made.header = header(schemas::Channel::kBar);
  const auto interval = schemas::interval_from_name(text(Field::kInterval));
  if (!interval) fail(Field::kInterval);
  made.interval = interval.value_or(schemas::Interval::k1m);
  made.closed = flag(Field::kClosed, false);
  made.corrected = flag(Field::kCorrected, false);
  made.complete = flag(Field::kComplete, true);
  made.start = time(Field::kStart);
  made.open = price(Field::kOpen);
  made.high = price(Field::kHigh);
  made.low = price(Field::kLow);
  made.close = price(Field::kClose);
  made.volume = quantity(Field::kVolume);
  made.trades = is_null(Field::kTrades) ? Bar::kTradesUnknown : count(Field::kTrades);
  made.ordinal = has(Field::kOrdinal) ? count(Field::kOrdinal) : 0;
  return made;
}

InstrumentNews ObjectReader::Parser::instrument() {
  return {has(Field::kSources) ? sources() : std::vector<std::string>(),
          flag(Field::kRemoved, false), time(Field::kTime)};
}

IngestHeartbeat ObjectReader::Parser::heartbeat() {
  return {time(Field::kTime), has(Field::kSteady) ? whole(Field::kSteady) : 0,
          free_text(Field::kIngest)};
}

void ObjectReader::Parser::build(EdgeObject& object) {
  object = {};
  const auto type = text(Field::kType);
  object.epoch = text(Field::kEpoch);
  if (object.epoch.size() > kLongestEpoch) fail(Field::kEpoch);
  object.fence = count(Field::kFence);
  if (type == "heartbeat") {
    object.what = heartbeat();
    return;
  }
  if (type == "venues") {
    object.what = VenuesNews{token(Field::kVenues)};
    if (!has(Field::kVenues)) fail(Field::kVenues);
    return;
  }
  object.symbol = text(Field::kSymbol);
  if (type == "quote") {
    object.what = quote(object);
  } else if (type == "trade") {
    object.what = trade();
  } else if (type == "book") {
    object.what = whole_book();
  } else if (type == "ticker") {
    object.what = ticker();
  } else if (type == "bar") {
    object.what = bar();
  } else if (type == "status") {
    object.what = status();
  } else if (type == "gap") {
    object.what = gap();
  } else if (type == "instrument") {
    object.what = instrument();
  } else {
    fail(Field::kType);
  }
}

ObjectReader::ObjectReader() : parser_(std::make_unique<Parser>()) {}
ObjectReader::~ObjectReader() = default;

EdgeObject* ObjectReader::read(std::string_view text) {
  if (parser_->walk(text)) parser_->build(object_);
  error_ = parser_->wrong();
  return parser_->ok() ? &object_ : nullptr;
}

bool ObjectReader::read_bars(std::string_view text, std::vector<Bar>& bars) {
  bars.clear();
  bool good = parser_->walk(text) && parser_->has(Field::kBars);
  const auto texts = parser_->bars();  // a copy: they are read by the same parser
  for (const auto one : texts) {
    good = good && parser_->walk(one) && parser_->text(Field::kType) == "bar";
    if (good) bars.push_back(parser_->bar());
    good = good && parser_->ok();
  }
  error_ = parser_->wrong();
  return good;
}

}  // namespace tickgate::feeds
