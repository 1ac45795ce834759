// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/frame_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "gateway/fanout/by_instrument.h"
#include "gateway/fanout/object_text.h"

namespace tickgate::gateway {

using schemas::Channel;
using Outcome = Outbox::Outcome;

namespace {

// `start` is where the array's bracket stands.
void append_object(std::string& out, std::size_t start, std::string_view object,
                   std::string_view more) {
  if (out.size() > start + 1) out.push_back(',');
  out.append(object);
  append_member(out, more);
}

}  // namespace

bool FrameWriter::compose(Subscriber& subscriber, Monotonic now, std::string& out,
                          schemas::Timestamp sent) {
  ++composition_;
  usage_ = subscriber.usage.get();
  stamp_ = mark_;
  if (subscriber.stamped) fmt::format_to(std::back_inserter(stamp_), R"(,"sent":{})", sent.value());
  if (subscriber.bars != nullptr) bars_.ask_next(subscriber);
  const std::size_t start = out.size();
  out.push_back('[');
  subscriber.say_farewells(market_, frame_bytes_);
  if (!subscriber.replies.empty()) subscriber.replies.move_to(out);
  if (subscriber.farewells == nullptr) [[likely]] {  // else what follows waits behind them
    subscriber.outbox.pop_due(
        now, [&](Slot& slot) { return append_status(subscriber, slot, out, start); },
        [&](Slot& slot) { return append_value(subscriber, slot, out, start); });
  }
  subscriber.objects_sent += std::exchange(objects_, 0);
  if (out.size() == start + 1) {
    out.resize(start);
    return false;
  }
  out.push_back(']');
  return true;
}

// A consolidated price goes with its status, whatever the interval: what has left it may not be
// shown until the next round.
bool FrameWriter::append_status(Subscriber& subscriber, Slot& slot, std::string& out,
                                std::size_t start) {
  if (!append_state(subscriber.outbox, slot, out, start)) return false;
  if (slot.channel != Channel::kQuote || instrument_of(slot).sources.empty()) return true;
  return append_value(subscriber, slot, out, start) != Outbox::Outcome::kFull;
}

bool FrameWriter::append_state(const Outbox& outbox, const Slot& slot, std::string& out,
                               std::size_t start) {
  const auto* status = market_.cache().status(slot.instrument);
  auto& written = grown(status_written_, slot.instrument);
  if (status == nullptr || written == composition_) return true;
  if (out.size() - start >= frame_bytes_) return false;
  append_object(out, start, status_text(outbox, slot, *status).text, stamp_);
  written = composition_;
  note_sent(slot, Channel::kStatus, 1);
  return true;
}

// Whoever follows no book is told of the quote alone, where that is another matter.
const EncodedValue& FrameWriter::status_text(const Outbox& outbox, const Slot& slot,
                                             const schemas::InstrumentStatus& status) {
  const bool alike = status.state == status.quote_state;
  const auto follows = [&](Channel channel) { return outbox.follows(slot.instrument, channel); };
  if (alike || follows(Channel::kBook) || follows(Channel::kStatus)) {
    return texts_.text(status, symbol_of(slot));
  }
  return texts_.text_without_book(status, symbol_of(slot));
}

// A price is withheld while the state is recovering that this client is told.
bool FrameWriter::withheld(const Outbox& outbox, const Slot& slot) const {
  if (slot.channel != Channel::kQuote && slot.channel != Channel::kBook) return false;
  if (market_.withholds(slot.channel, slot.instrument)) return true;
  return slot.channel == Channel::kQuote && market_.withholds(Channel::kBook, slot.instrument) &&
         (outbox.follows(slot.instrument, Channel::kBook) ||
          outbox.follows(slot.instrument, Channel::kStatus));
}

Outbox::Outcome FrameWriter::append_value(Subscriber& subscriber, Slot& slot, std::string& out,
                                          std::size_t start) {
  if (out.size() - start >= frame_bytes_) return Outcome::kFull;
  if (slot.channel == Channel::kTrade) return append_trades(slot, out, start);
  if (slot.channel == Channel::kBar) {
    return bars_.append(subscriber, slot, out, start, frame_bytes_, stamp_for(slot));
  }
  if (withheld(subscriber.outbox, slot)) return Outcome::kLater;
  const auto* value = texts_.fresh(slot.channel, slot.instrument);
  if (value == nullptr) value = encode(slot);
  // Its group may be marked for a change that came before it, or before its last frame.
  if (value == nullptr || (value->version == slot.sequence && value->version != 0)) {
    return Outcome::kSent;
  }
  slot.sequence = value->version;
  append_object(out, start, value->text, stamp_for(slot));
  note_sent(slot, slot.channel, 1);
  return Outcome::kSent;
}

const EncodedValue* FrameWriter::encode(const Slot& slot) {
  const auto id = slot.instrument;
  const auto& newest = market_.cache();
  switch (slot.channel) {
    case Channel::kQuote:
      if (const auto* quote = newest.quote(id)) return &texts_.text(*quote, instrument_of(slot));
      break;
    case Channel::kBook:
      if (const auto* book = newest.book(id)) {
        return &texts_.text(*book, symbol_of(slot), slot.depth);
      }
      break;
    case Channel::kTicker:
      if (const auto* ticker = newest.ticker(id)) return &texts_.text(*ticker, symbol_of(slot));
      break;
    case Channel::kTrade:   // each its own text
    case Channel::kStatus:  // went before the values
    case Channel::kBar:     // as BarWriter has it
      break;
  }
  return nullptr;
}

Outbox::Outcome FrameWriter::append_trades(Slot& slot, std::string& out, std::size_t start) {
  const auto& history = market_.trades(slot.instrument);
  const auto from = history.near(slot.sequence);
  const auto standing = Outbox::standing(slot);
  if (from >= history.next() && standing != Standing::kRestarted) {
    Outbox::set_standing(slot, Standing::kFollows);
    return Outcome::kSent;
  }
  std::string text;
  const auto sent =
      history.append_since(text, from, symbol_of(slot), frame_bytes_, stamp_for(slot), standing);
  if (text.empty()) return Outcome::kSent;  // a gap only: said with the next trade
  append_object(out, start, text, {});      // stamped, each
  note_sent(slot, Channel::kTrade, sent.trades);
  counters_.trades_lost.add(sent.lost);
  slot.sequence = static_cast<std::uint32_t>(sent.next.value());
  const bool all = sent.next == history.next();
  const bool resumes = standing != Standing::kFollows && !all;
  Outbox::set_standing(slot, resumes ? Standing::kResumes : Standing::kFollows);
  return all ? Outcome::kSent : Outcome::kFull;
}

}  // namespace tickgate::gateway
