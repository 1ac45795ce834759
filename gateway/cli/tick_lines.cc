// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/tick_lines.h"

#include <cerrno>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kEnough = std::size_t{1} << 20U;

}  // namespace

void TickLines::on_instrument(const schemas::Instrument& instrument) {
  const auto index = instrument.id.value();
  if (index >= symbols_.size()) symbols_.resize(index + std::size_t{1});
  symbols_[index] = instrument.symbol;
}

template <typename Tick>
void TickLines::put(const Tick& tick) {
  schemas::append_json(text_, tick, symbol(tick.header.instrument));
  end_line();
}

void TickLines::on_tick(const schemas::Book& book) {
  schemas::append_json(text_, book, symbol(book.header.instrument), depth_);
  end_line();
}

void TickLines::on_trade_gap(const schemas::TradeGap& gap) {
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
