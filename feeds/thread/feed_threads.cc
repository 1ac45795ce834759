// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_threads.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds {

FeedThreads::FeedThreads(std::vector<FeedSettings> settings, std::size_t most, BestRules rules,
                         schemas::InstrumentRegistry& registry, ShardRings& rings,
                         const Demand* demand, const BarDemand* bar_demand)
    : registry_(registry) {
  TICKGATE_CHECK(most > 0 && most <= kMost);
  std::vector<std::vector<FeedSettings>> groups(1);
  for (FeedSettings& one : settings) {
    const auto thread = deal(one.options.venue, most);
    if (thread >= groups.size()) groups.resize(thread + 1);
    groups[thread].push_back(std::move(one));
  }
  const auto count = groups.size();
  if (!rules.empty()) consolidation_ = std::make_unique<Consolidation>(std::move(rules), count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(std::make_unique<FeedThread>(
        std::move(groups[i]), registry, rings.add(), nullptr, demand, bar_demand,
        FeedThread::Consolidated{consolidation_.get(), i}));
    rings.watch(threads_.back()->beat());
    if (consolidation_ != nullptr && i > 0) consolidation_->watch(i, threads_.back()->beat());
  }
}

// Where its feeds are, or the first thread of those with the fewest venues: one by one they fill
// up the threads in their order.
std::size_t FeedThreads::deal(const std::string& venue, std::size_t most) {
  const std::scoped_lock lock(venues_mutex_);
  std::vector<std::size_t> counts(most);
  for (const auto& [name, thread] : venues_) ++counts[thread];
  const auto fewest = std::ranges::min_element(counts) - counts.begin();
  return venues_.try_emplace(venue, static_cast<std::size_t>(fewest)).first->second;
}

void FeedThreads::apply(FeedChanges changes) {
  std::vector<FeedChanges> parts(threads_.size());
  for (auto& part : parts) {  // a thread passes over what it does not have
    part.removed = changes.removed;
    part.symbols = changes.symbols;
  }
  for (FeedSettings& one : changes.added) {
    parts[deal(one.options.venue, threads_.size())].added.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) threads_[i]->apply(std::move(parts[i]));
}

void FeedThreads::with_all(absl::FunctionRef<void(std::span<const FeedView>)> visit) const {
  std::vector<FeedView> all;
  std::vector<std::shared_lock<std::shared_mutex>> held;
  for (const auto& thread : threads_) held.push_back(thread->look(all));
  visit(all);
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
  const std::scoped_lock lock(venues_mutex_);
  const auto known = venues_.find(venue);
  return known == venues_.end() ? nullptr : threads_[known->second].get();
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
    std::vector<FeedView> all;
    const auto held = thread->look(all);
    for (const auto& view : all) {
      if (top == nullptr) top = view.feed->publisher().cache().book(instrument);
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
