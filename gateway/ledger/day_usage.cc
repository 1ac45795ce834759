// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/day_usage.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace tickgate::gateway {

void DayUsage::add(std::string_view line) {
  ++lines_;
  const auto read = line.size() <= kMostLine ? reader_.read(line) : std::nullopt;
  if (!read.has_value() || !take(*read)) ++skipped_;
}

void DayUsage::add_all(std::istream& file, const std::function<void()>& between) {
  for (std::string line; std::getline(file, line);) {
    if (file.eof()) {  // a line that was not written to its end
      ++lines_;
      ++skipped_;
      return;
    }
    add(line);
    if (between && lines_ % kPiece == 0) between();
  }
}

bool DayUsage::take(const LedgerLine& line) {
  return std::visit(
      [this](const auto& one) {
        using Line = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Line, UsageLine>) {
          return take(one);
        } else if constexpr (std::is_same_v<Line, GapLine>) {
          if (one.run == last_.run) last_.ended = true;
          if (gaps_.size() == kMostRuns) return false;
          gaps_.push_back(one);
          return true;
        } else if constexpr (std::is_same_v<Line, BeginLine>) {
          last_ = {one.run, one.at, false};
          if (instances_.size() == kMostRuns && !instances_.contains(one.run)) return false;
          instances_[one.run] = one.instance;
          return true;
        } else {
          if (one.run != last_.run) return true;
          last_.at = one.at;
          last_.ended = std::is_same_v<Line, EndLine>;
          return true;
        }
      },
      line);
}

bool DayUsage::take(const UsageLine& line) {
  if (keys_.size() == kMostKeys && !keys_.contains(line.key)) return false;
  auto& whole = keys_[line.key];
  if (whole.runs.size() == kMostRuns && !whole.runs.contains(line.run)) return false;
  whole.runs[line.run] = {line.connections, line.updates, line.symbols, line.peak};
  whole.minutes.add(line.minutes);
  for (const auto& symbol : line.new_symbols) whole.symbols.insert(symbol);
  whole.details.add(line.details);
  return true;
}

std::vector<UsageSum> DayUsage::sums() const {
  std::vector<UsageSum> sums;
  sums.reserve(keys_.size());
  for (const auto& [key, whole] : keys_) {
    UsageSum sum{key, 0, 0, whole.minutes.count(), whole.symbols.size(), 0, whole.details};
    std::map<std::string_view, std::uint32_t> peaks;
    for (const auto& [run, part] : whole.runs) {
      sum.connections += part.connections;
      sum.updates += part.updates;
      sum.symbols = std::max(sum.symbols, part.symbols);  // names may be among what was skipped
      const auto instance = instances_.find(run);
      auto& peak = peaks[instance == instances_.end() ? std::string_view(run) : instance->second];
      peak = std::max(peak, part.peak);
    }
    for (const auto& [instance, peak] : peaks) sum.peak += peak;
    sums.push_back(std::move(sum));
  }
  return sums;
}

}  // namespace tickgate::gateway
