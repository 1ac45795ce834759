// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/tick_lines.h"

#include <algorithm>
#include <cerrno>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kEnough = std::size_t{1} << 20U;

}  // namespace

void TickLines::on_instrument(const schemas::Instrument& instrument) {
  const auto index = instrument.id.value();
  if (index >= symbols_.size()) {
    symbols_.resize(index + std::size_t{1});
    statuses_.resize(index + std::size_t{1});
  }
  const bool wanted =
      only_.empty() || std::any_of(only_.begin(), only_.end(), [&](const SymbolPattern& pattern) {
        return pattern.matches(instrument);
      });
  if (wanted) symbols_[index] = instrument.symbol;
}

template <typename Tick>
void TickLines::put(const Tick& tick) {
  if (!wants(tick.header.instrument)) return;
  schemas::append_json(text_, tick, symbol(tick.header.instrument));
  ++printed_[static_cast<std::size_t>(Tick::kChannel)];
  end_line();
}

// Only the quote's own state may have changed, of which a line says nothing.
void TickLines::on_tick(const schemas::InstrumentStatus& status) {
  auto& last = statuses_[status.header.instrument.value()];
  const bool same = last.since.value() != 0 && last.since == status.since &&
                    last.state == status.state && last.reason.view() == status.reason.view() &&
                    last.note.view() == status.note.view();
  last = status;
  if (!same) put(status);
}

void TickLines::on_tick(const schemas::Book& book) {
  if (!wants(book.header.instrument)) return;
  schemas::append_json(text_, book, symbol(book.header.instrument), depth_);
  ++printed_[static_cast<std::size_t>(schemas::Channel::kBook)];
  end_line();
}

void TickLines::on_tick(const schemas::Quote& quote) { put(quote); }
void TickLines::on_tick(const schemas::Trade& trade) { put(trade); }
void TickLines::on_tick(const schemas::Ticker& ticker) { put(ticker); }
void TickLines::on_tick(const schemas::Bar& bar) { put(bar); }

void TickLines::on_trade_gap(const schemas::TradeGap& gap) {
  if (!wants(gap.instrument)) return;
  schemas::append_trade_gap(text_, symbol(gap.instrument), gap.from, gap.to, name(gap.reason));
  end_line();
}

void TickLines::end_line() {
  text_.push_back('\n');
  if (text_.size() >= kEnough) flush();
}

bool TickLines::flush() {
  errno = 0;
  if (ok() && (std::fwrite(text_.data(), 1, text_.size(), out_) != text_.size() ||
               std::fflush(out_) != 0)) {
    write_error_ = errno != 0 ? errno : EIO;
  }
  text_.clear();
  return ok();
}

}  // namespace tickgate::gateway
