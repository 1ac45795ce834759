// SPDX-License-Identifier: Apache-2.0
// How old what a connection reads is, who is doubted for it, and who is asked for being silent.
#include <algorithm>

#include "feeds/feed/connection.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;

}  // namespace

// First of all that is done with a moment: who wakes late says so before it reads on.
void Connection::pass(Moment now) {
  now_ = now;
  if (!link_.up() || feed_.options.passive) return;
  const auto change = backlog_.pass(now);
  if (backlog_.clock_was_set()) [[unlikely]] {
    feed_.counters.clock_steps.add();
    log::warning(kComponent, "the wall clock was set", {{"feed", feed_.options.name}});
  }
  if (change == Backlog::Change::kBehind) [[unlikely]]
    wake_late();
}

void Connection::wake_late() {
  feed_.counters.pauses.add();
  log::warning(kComponent, "woke late",
               {{"feed", feed_.options.name}, {"reason", backlog_.reason()}});
  health_.on_pause(now_.steady);
  update_doubt();
}

// Our stamps' least cannot tell what was late from the first one on, nor the venue's clock from its
// queue, when both look alike. It goes at the end of this advance().
void Connection::ask_for_time() {
  if (clock_.due(now_.steady)) requests_.fetch({.url = clock_.url()});
}

void Connection::on_venue_clock(const HttpAnswer& answer) {
  const auto& clock = adapter_->facts().clock;
  const auto venue =
      answer.status == 200 ? read_clock(clock, answer.body, now_.wall) : std::nullopt;
  if (venue) {
    const auto asked = answer.took.count() > 0 ? now_.steady - answer.took : clock_.asked();
    feed_.clock.on_answer(*venue, clock.unit, asked, now_);
  }
  clock_.on_answer(venue, clock.unit, now_);
  apply_clock();
}

void Connection::apply_clock() {
  if (const auto range = clock_.known(now_)) backlog_.on_clock(range->least, range->most, now_);
}

void Connection::on_stamp(schemas::Timestamp venue_time) {
  const auto change = backlog_.on_stamp(venue_time, now_);
  if (backlog_.age().known()) feed_.counters.venue_ages.observe(backlog_.age().age());
  if (change != Backlog::Change::kNone) [[unlikely]] {
    clock_.hurry();
    update_doubt();
  }
  if (backlog_.behind()) [[unlikely]]
    outlet_.instruments->set_late(std::max(backlog_.age().age(), Monotonic{}));
}

void Connection::update_doubt() {
  auto& instruments = *outlet_.instruments;
  trusted_at_ = Monotonic::max();
  if (backlog_.behind()) {
    const auto reason = backlog_.paused() ? StaleReason::kPaused : StaleReason::kVenueAge;
    instruments.doubt(reason, backlog_.reason(), now_);
  } else if (health_.silent()) {
    instruments.doubt(StaleReason::kVenueSilent, "the venue is silent", now_);
  } else {
    instruments.believe();
    instruments.set_late({});
    trusted_at_ = now_.steady + feed_.options.stale_after;
  }
  update_state();
}

void Connection::on_quote_invalid(InstrumentId instrument, std::string_view reason) {
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr || adapter_->facts().quotes_from_book) return;
  entry->quote_invalid = reason;
  outlet_.instruments->refresh(*entry, now_);
}

// Until the venue's own quote comes, which of a quiet instrument may take hours, the best levels of
// the book are the quote: what was shown before the connection is else shown beside "live".
void Connection::publish_quote_of(const schemas::Book& book) {
  const Entry* const entry = outlet_.instruments->find(book.header.instrument);
  if (entry == nullptr || entry->quote_heard || feed_.options.passive) return;
  schemas::Quote quote;
  quote.header = book.header;
  if (book.bid_count > 0) {
    quote.bid = book.bids[0].price;
    quote.bid_size = book.bids[0].size;
  }
  if (book.ask_count > 0) {
    quote.ask = book.asks[0].price;
    quote.ask_size = book.asks[0].size;
  }
  if (handover_ != nullptr && !handover_->admit(quote)) return;
  outlet_.publisher->publish(quote);
}

void Connection::on_probed(InstrumentId instrument, bool same) {
  const auto answer = same ? ProbeAnswer::kSame : ProbeAnswer::kDifferent;
  feed_.counters.probes[static_cast<std::size_t>(answer)].add();
  Entry* const entry = outlet_.instruments->find(instrument);
  if (entry == nullptr) return;
  if (same) {
    health_.confirm(now_.steady);
    outlet_.instruments->confirmed(*entry, now_);
    return;
  }
  log::warning(kComponent, "a quiet instrument has moved at the venue",
               {{"feed", feed_.options.name}, {"symbol", feed_.registry.at(entry->id).symbol}});
  outlet_.instruments->contradicted(*entry, now_);
  rebuild(instrument);
  if (entry->quote_heard) adapter_->ask_again({instrument, Channel::kQuote});
}

VenueAsker::Answer Connection::probe(InstrumentId instrument) {
  if (!requests_.clear_way(now_.steady) || !questions_.try_acquire(now_.steady))
    return Answer::kLater;
  return adapter_->probe(instrument) ? Answer::kAsked : Answer::kCannot;
}

void Connection::rebuild(InstrumentId instrument) {
  Entry& entry = *outlet_.instruments->find(instrument);
  if (entry.synced) entry.broken_reason = "silent";
  request_resync(instrument);
}

bool Connection::ask_again(InstrumentId instrument, Channel channel) {
  if (!questions_.try_acquire(now_.steady)) return false;
  log::info(kComponent, "a channel is silent, and is asked for again",
            {{"feed", feed_.options.name},
             {"symbol", feed_.registry.at(instrument).symbol},
             {"channel", name(channel)}});
  adapter_->ask_again({instrument, channel});
  return true;
}

}  // namespace tickgate::feeds
