// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/full_books.h"

#include <boost/asio/post.hpp>
#include <new>
#include <utility>

#include "gateway/api/full_book.h"

namespace tickgate::gateway {

void FullBooks::read_book(const schemas::Instrument& instrument, std::size_t depth,
                          std::function<void(std::string)> done) {
  boost::asio::post(io_, [this, &instrument, one = Waiting{depth, std::move(done)}]() mutable {
    on_request(instrument, std::move(one));
  });
}

void FullBooks::on_request(const schemas::Instrument& instrument, Waiting one) {
  Entry& entry = entries_[instrument.id.value()];
  entry.instrument = &instrument;
  if (entry.copy != nullptr && Clock::now() - entry.copied_at < kFresh) {
    return give(entry, one);
  }
  entry.waiting.push_back(std::move(one));
  if (entry.waiting.size() > 1) return;
  queue_.push_back(instrument.id.value());
  copy_next();
}

void FullBooks::copy_next() {
  if (copying_) return;
  if (queue_.empty()) return forget_old();
  copying_ = true;
  const auto& instrument = *entries_.at(queue_.front()).instrument;
  queue_.pop_front();
  copier_(instrument, [this, &instrument](Copy copy, Clock::duration took) {
    boost::asio::post(io_, [this, &instrument, copy = std::move(copy), took]() mutable {
      on_copied(instrument, std::move(copy), took);
    });
  });
}

void FullBooks::on_copied(const schemas::Instrument& instrument, Copy copy, Clock::duration took) {
  Entry& entry = entries_.at(instrument.id.value());
  entry.copy = std::move(copy);
  entry.copied_at = Clock::now();
  copies_.observe(std::chrono::duration_cast<std::chrono::microseconds>(took));
  entry.text.clear();
  for (auto& one : std::exchange(entry.waiting, {})) give(entry, one);
  timer_.expires_after(took * kRest);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    copying_ = false;
    copy_next();
  });
}

// Nobody waits; what is old is nobody's.
void FullBooks::forget_old() {
  const auto now = Clock::now();
  absl::erase_if(entries_, [now](const auto& one) {
    return one.second.waiting.empty() && now - one.second.copied_at >= kFresh;
  });
}

// Without memory for it, none is given.
void FullBooks::give(Entry& entry, const Waiting& one) {
  try {
    one.done(text(entry, one.depth));
  } catch (const std::bad_alloc&) {
    entry.text.clear();
    one.done({});
  }
}

const std::string& FullBooks::text(Entry& entry, std::size_t depth) {
  if (entry.copy == nullptr || (entry.depth == depth && !entry.text.empty())) return entry.text;
  entry.depth = depth;
  return entry.text =
             full_book_json(entry.copy->levels, entry.copy->top, entry.instrument->symbol, depth);
}

}  // namespace tickgate::gateway
