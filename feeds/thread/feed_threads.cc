// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_threads.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

// The thread of each feed.
std::vector<std::size_t> deal_out(const std::vector<FeedSettings>& settings, std::size_t most) {
  TICKGATE_CHECK(most > 0 && most <= FeedThreads::kMost);
  std::vector<std::string> venues;
  std::vector<std::size_t> threads;
  for (const auto& one : settings) {
    const auto& venue = one.options.venue;
    const auto at = std::ranges::find(venues, venue);
    threads.push_back(static_cast<std::size_t>(at - venues.begin()) % most);
    if (at == venues.end()) venues.push_back(venue);
  }
  return threads;
}

}  // namespace

FeedThreads::FeedThreads(std::vector<FeedSettings> settings, std::size_t most, BestRules rules,
                         schemas::InstrumentRegistry& registry, ShardRings& rings,
                         const Demand* demand, const BarDemand* bar_demand)
    : registry_(registry) {
  const auto threads = deal_out(settings, most);
  const auto count = settings.empty() ? 1 : *std::ranges::max_element(threads) + 1;
  std::vector<std::vector<FeedSettings>> groups(count);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    places_.push_back({threads[i], groups[threads[i]].size()});
    groups[threads[i]].push_back(std::move(settings[i]));
  }
  if (!rules.empty()) consolidation_ = std::make_unique<Consolidation>(std::move(rules), count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(std::make_unique<FeedThread>(
        std::move(groups[i]), registry, rings.add(), nullptr, demand, bar_demand,
        FeedThread::Consolidated{consolidation_.get(), i}));
    rings.watch(threads_.back()->beat());
    if (consolidation_ != nullptr && i > 0) consolidation_->watch(i, threads_.back()->beat());
  }
}

absl::Status FeedThreads::start() {
  for (const auto& thread : threads_) {
    if (auto started = thread->start(); !started.ok()) return started;
  }
  return absl::OkStatus();
}

void FeedThreads::stop() {
  for (const auto& thread : threads_) thread->stop();
}

void FeedThreads::join() {
  for (const auto& thread : threads_) thread->join();
}

FeedThread* FeedThreads::thread_of(std::string_view venue) {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (feed(i).options().venue == venue) return threads_[places_[i].thread].get();
  }
  return nullptr;
}

void FeedThreads::with_book(
    schemas::InstrumentId instrument,
    absl::AnyInvocable<void(const OrderBook*, const schemas::Book*)> callback) {
  auto* const thread = thread_of(registry_.at(instrument).venue);
  if (thread == nullptr) {
    threads_.front()->post(
        [callback = std::move(callback)]() mutable { callback(nullptr, nullptr); });
    return;
  }
  thread->with_book(instrument, [thread, instrument,
                                 callback = std::move(callback)](const OrderBook* book) mutable {
    const schemas::Book* top = nullptr;
    for (std::size_t i = 0; i < thread->size() && top == nullptr; ++i) {
      top = thread->feed(i).publisher().cache().book(instrument);
    }
    callback(book, top);
  });
}

void FeedThreads::with_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                            BarsAnswer callback) {
  auto* const thread = thread_of(registry_.at(instrument).venue);
  (thread == nullptr ? *threads_.front() : *thread)
      .with_bars(instrument, interval, std::move(callback));
}

Beat::Moment FeedThreads::beat_age(Beat::Moment now) const {
  Beat::Moment oldest{0};
  for (const auto& thread : threads_) oldest = std::max(oldest, thread->beat().age(now));
  return oldest;
}

}  // namespace tickgate::feeds
