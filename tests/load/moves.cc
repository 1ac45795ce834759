// SPDX-License-Identifier: Apache-2.0
#include "tests/load/moves.h"

#include <algorithm>

namespace tickgate::load {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::uint32_t kRestart = 1012;

}  // namespace

Moves::Moves(Context& context, Pool& pool)
    : context_(context),
      pool_(pool),
      random_(static_cast<std::uint32_t>(context.options.choice.seed) + 1),
      journeys_(context.options.connections) {
  if (is_on()) pool.follow(*this);
}

std::int64_t Moves::jitter(std::int64_t most) {
  return std::uniform_int_distribution<std::int64_t>(0, std::max(most, std::int64_t{0}))(random_);
}

// Full jitter, as schemas/python/tickgate/closing.py has it.
std::int64_t Moves::backoff(std::uint32_t failures) {
  constexpr std::int64_t kBase = kSecond, kMost = 30 * kSecond;
  return jitter(std::min(kMost, kBase << std::min(failures, 10U)));
}

void Moves::step() {
  if (!is_on()) return;
  for (std::uint32_t number = 0; number < journeys_.size(); ++number) {
    auto& journey = journeys_[number];
    if (journey.due == 0 || journey.due > context_.now || journey.opening) continue;
    journey.due = 0;
    journey.opening = true;
    pool_.open_again(number);
  }
}

void Moves::on_drain(Client& client, std::uint64_t reconnect_after_ms) {
  auto& journey = journeys_[client.number()];
  ++told_;
  told_least_ms_ = std::min(told_least_ms_, reconnect_after_ms);
  told_most_ms_ = std::max(told_most_ms_, reconnect_after_ms);
  const auto stay = static_cast<std::int64_t>(reconnect_after_ms) * 1'000;
  journey.told_at = context_.now;
  journey.leaves_at = context_.now + stay;
  if (journey.due == 0 && !journey.opening) journey.due = context_.now + jitter(stay / 2) + 1;
}

void Moves::on_ready(Client& client) {
  auto& journey = journeys_[client.number()];
  ++journey.open;
  if (client.kind() != Client::Kind::kMoved) return;
  journey.opening = false;
  journey.failures = 0;
  arrivals_.push_back(client.began());
}

void Moves::on_served(Client& client) {
  if (client.kind() != Client::Kind::kMoved) return;
  auto& journey = journeys_[client.number()];
  ++served_;
  late_ += journey.without_at == 0 ? 0 : 1;
  without_.add(journey.without_at == 0 ? 0 : context_.now - journey.without_at);
  journey.without_at = 0;
}

void Moves::on_closed(Client& client, std::string_view /*why*/, bool refused) {
  auto& journey = journeys_[client.number()];
  if (refused) {
    ++refused_;
    ++journey.failures;
    journey.opening = false;
    journey.due = journey.open > 0 ? context_.now + jitter((journey.leaves_at - context_.now) / 2)
                                   : context_.now + backoff(journey.failures);
    return;
  }
  --journey.open;
  if (client.close_code() == kRestart && journey.told_at != 0) {
    ++sent_away_;
    stays_.add(context_.now - journey.told_at);
  } else {
    ++(client.close_code() == 0 ? cut_off_ : closed_otherwise_);
  }
  journey.told_at = 0;
  if (journey.open > 0) return;
  journey.without_at = context_.now;
  if (journey.opening || journey.due != 0) return;
  journey.due = context_.now + (client.close_code() == kRestart ? 1 : backoff(0));
}

void Moves::add_arrivals(Report::Section& section) const {
  std::vector<std::uint64_t> seconds;
  if (!arrivals_.empty()) {
    const auto [first, last] = std::minmax_element(arrivals_.begin(), arrivals_.end());
    seconds.resize(static_cast<std::size_t>((*last - *first) / kSecond) + 1);
    for (const auto at : arrivals_) ++seconds[static_cast<std::size_t>((at - *first) / kSecond)];
  }
  section.whole("arrived", "let in there", arrivals_.size());
  section.list("arrived_per_second", "  second by second", seconds);
}

void Moves::add_to(Report& report, std::int64_t begin, std::int64_t end) {
  if (!is_on()) return;
  const auto milliseconds = [](std::uint64_t time) { return static_cast<double>(time) / 1e3; };
  auto& section = report.section("moves", "clients that moved");
  section.whole("told", "told to leave", told_);
  section.whole("told_ms_min", "told the delay, the least", told_ == 0 ? 0 : told_least_ms_, "ms");
  section.whole("told_ms_max", "the most", told_most_ms_, "ms");
  section.whole("sent_away", "closed with 1012 after that", sent_away_);
  section.number("stay_ms_max", "from being told to that, longest", milliseconds(stays_.max()), 0,
                 "ms");
  section.whole("cut_off", "ended without a Close", cut_off_);
  section.whole("closed_otherwise", "closed otherwise", closed_otherwise_);
  section.whole("refused", "attempts that were refused", refused_);
  add_arrivals(section);
  section.whole("served", "served there", served_);
  section.whole("late", "  after they were served by none", late_);
  section.number("without_ms_p50", "served by none meanwhile, median",
                 milliseconds(without_.percentile(0.5)), 0, "ms");
  section.number("without_ms_max", "longest", milliseconds(without_.max()), 0, "ms");
  std::uint64_t lost = 0;
  for (const auto& journey : journeys_) lost += journey.without_at != 0 ? 1 : 0;
  context_.findings.add("not served again", lost);
  if (context_.values_are_state()) return;
  const auto trades = context_.trades.sum(begin, end, kSecond);
  section.whole("trades", "trades seen", trades.trades);
  section.whole("trades_had", "  by all clients together", trades.had);
  section.whole("trades_lost", "lost to a client", trades.lost);
  section.whole("clients_lost", "  to so many clients", trades.clients_lost);
  section.whole("gaps", "gaps announced", context_.gaps);
  context_.findings.add("a trade lost to a client", trades.lost);
}

}  // namespace tickgate::load
