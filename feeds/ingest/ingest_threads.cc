// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/ingest_threads.h"
#include "feeds/publish/clocks.h"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tickgate::feeds {
namespace {

// Of one ring, in one turn.
constexpr std::size_t kTurn = 8'192;
// Behind work the publisher looks again after so long, and lets bells ring unheard meanwhile: what
// comes goes out together, and feeds have no sleeper to wake.
constexpr timespec kIdle{0, 500'000};
// Without work it looks for what is due by time.
constexpr timespec kAsleep{0, 20'000'000};

}  // namespace

Ingest::Threads::Threads(IngestSettings settings, IngestHooks hooks,
                         std::unique_ptr<NatsClient> client)
    : settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      subjects_(settings_.subject_prefix),
      client_(std::move(client)),
      cluster_(*client_, settings_),
      leadership_(cluster_, *this, counters_, steady_now,
                  settings_.relays ? std::string() : settings_.epoch, settings_.relays),
      publication_({settings_.subject_prefix,
                    settings_.bars,
                    settings_.relays,
                    {.trades = settings_.trades_waiting}},
                   *this, counters_, hooks_.bar_demand) {}

ShardLink Ingest::Threads::add_source() {
  Source& source = *sources_.emplace_back(std::make_unique<Source>());
  return {&source.ring, &inbox_->bell(), &source.no_room};
}

void Ingest::Threads::start() {
  client_->start();
  publisher_ = std::thread([this] { run_publisher(); });
  control_ = std::thread([this] { run_control(); });
}

// What feeds have said goes out before another may go on.
void Ingest::Threads::stop() {
  if (!control_.joinable()) return;
  publisher_stops_.store(true, std::memory_order_relaxed);
  inbox_->bell().alarm();
  publisher_.join();
  control_stops_.store(true, std::memory_order_relaxed);
  control_.join();
  client_->stop();
}

void Ingest::Threads::run_publisher() {
  pthread_setname_np(pthread_self(), "ingest");
  while (!publisher_stops_.load(std::memory_order_relaxed)) {
    const bool worked = work();
    if (!worked && inbox_->bell().prepare_to_sleep()) continue;
    pollfd bell{inbox_->bell().fd(), POLLIN, 0};
    ::ppoll(&bell, 1, worked ? &kIdle : &kAsleep, nullptr);
    inbox_->bell().clear();
  }
  work();
}

// True: there was something.
bool Ingest::Threads::work() {
  inbox_->take(items_);
  for (Item& item : items_) take(item);
  bool worked = !items_.empty();
  const auto drain = [&] {
    for (const auto& source : sources_) {
      worked = source->ring.drain(publication_, kTurn) > 0 || worked;
    }
  };
  drain();
  // Of all that is said again what comes meanwhile is not to wait for the end.
  while (publication_.turn(steady_now(), wall_now())) drain();
  if (publication_.publishing()) said_up_to_.store(carried_out_, std::memory_order_relaxed);
  counters_.asks_refused.set(refused_ + inbox_->dropped());
  publisher_beat_.strike(steady_now());
  return worked;
}

void Ingest::Threads::take(Item& item) {
  const auto now = steady_now();
  switch (item.kind) {
    case Kind::kWord:
      if (const auto word = words_.stored(item.text)) publication_.seen(*word);
      return;
    case Kind::kAskBook:
      return ask_book(item);
    case Kind::kAskBars:
      return ask_bars(item);
    case Kind::kWantBars:
      if (const auto wanted = words_.wanted_bars(item.text)) publication_.want_bars(*wanted, now);
      return;
    case Kind::kBook:
    case Kind::kBars:
      return answer(item);
    case Kind::kLead:
    case Kind::kResume:
      ++carried_out_;
      item.kind == Kind::kLead ? publication_.lead(item.stamp, item.numbers, now)
                               : publication_.resume(item.numbers);
      return;
    case Kind::kPause:
      return publication_.pause();
    case Kind::kResign:
      return publication_.resign();
  }
}

// Only who leads answers.
void Ingest::Threads::ask_book(Item& item) {
  if (!publication_.publishing()) return;
  const auto asked = words_.asked_book(item.text);
  if (!asked.has_value()) return refuse(item, "bad_request", "expected a symbol and a depth");
  const auto* const instrument = publication_.served(asked->symbol);
  if (instrument == nullptr) return refuse(item, "unknown_symbol", asked->symbol);
  hooks_.book(asked->symbol, asked->depth,
              [inbox = inbox_, to = item.reply, id = instrument->id](std::string json) {
                Item found{Kind::kBook};
                found.text = std::move(json);
                found.reply = to;
                found.instrument = id;
                inbox->put(std::move(found));
              });
}

void Ingest::Threads::ask_bars(Item& item) {
  if (!publication_.publishing()) return;
  const auto asked = words_.asked_bars(item.text);
  if (!asked.has_value()) return refuse(item, "bad_request", "expected a symbol and an interval");
  const auto* const instrument = publication_.served(asked->symbol);
  if (instrument == nullptr) return refuse(item, "unknown_symbol", asked->symbol);
  hooks_.bars(instrument->id, asked->interval,
              [inbox = inbox_, to = item.reply, id = instrument->id,
               interval = asked->interval](BarsCopy bars) {
                Item found{Kind::kBars};
                found.reply = to;
                found.instrument = id;
                found.interval = interval;
                found.bars = std::move(bars);
                inbox->put(std::move(found));
              });
}

void Ingest::Threads::answer(Item& item) {
  const auto* const instrument = publication_.served(item.instrument);
  if (!publication_.publishing() || instrument == nullptr) return;
  if (item.kind == Kind::kBars) {
    return reply(item.reply, publication_.bars_answer(*instrument, *item.bars, item.interval));
  }
  if (!item.text.ends_with('}')) return refuse(item, "not_available", "there is no book now");
  reply(item.reply, publication_.book_answer(*instrument, std::move(item.text)));
}

void Ingest::Threads::refuse(const Item& item, std::string_view code, std::string_view message) {
  ++refused_;
  if (item.reply.empty()) return;
  put(item.reply, publication_.text().error(code, message));
}

void Ingest::Threads::reply(const std::string& to, std::string_view text) {
  const auto most = client_->max_payload();
  if (most > 0 && text.size() > static_cast<std::size_t>(most)) {
    ++refused_;
    text = publication_.text().error("too_large", "the server takes no message of that size");
  } else {
    counters_.asks.add();
  }
  put(to, text);
}

bool Ingest::Threads::put(std::string_view subject, std::string_view text) {
  if (!gate_.load(std::memory_order_relaxed)) return false;
  const auto sent = client_->publish(subject, text);
  if (sent.ok()) [[likely]]
    return true;
  counters_.publish_failures.add();
  limiter_.warning("feeds.ingest", "not published", {{"error", schemas::to_std(sent.message())}});
  if (absl::IsInvalidArgument(sent)) return true;  // it would not go the next time either
  failed_.store(true, std::memory_order_relaxed);
  return false;
}

}  // namespace tickgate::feeds
