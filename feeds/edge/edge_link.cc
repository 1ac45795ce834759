// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/edge_link.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "feeds/edge/stamp.h"
#include "feeds/log/log.h"
#include "schemas/json.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

constexpr std::chrono::milliseconds kAnswerIn{2'000};
// Between two leaders nobody answers, three seconds at most: whoever asks for the past of a series
// is not told meanwhile that it has none. Nobody would answer the questions behind it either.
constexpr std::chrono::milliseconds kPastIn{4'000};
constexpr std::chrono::milliseconds kAskAgain{200};
// Questions that wait: one more is not asked.
constexpr std::size_t kMostQuestions = 1'024;

log::Limiter& lines() {
  static log::Limiter limiter;
  return limiter;
}

}  // namespace

EdgeLink::EdgeLink(Doorbell& doorbell, EdgeCounters& counters, std::string_view subject_prefix)
    : doorbell_(doorbell),
      counters_(counters),
      subjects_(subject_prefix),
      inbox_(doorbell, counters.dropped) {}

absl::Status EdgeLink::open(NatsOptions options) {
  auto client = NatsClient::make(std::move(options),
                                 [this](NatsClient::Change change) { on_change(change); });
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  return absl::OkStatus();
}

void EdgeLink::start() {
  control_.start();
  trades_.start();
  asks_.start();
  client_->start();
}

// Without a connection no call waits for long.
void EdgeLink::stop() {
  if (client_ != nullptr) client_->stop();
  control_.stop();
  trades_.stop();
  asks_.stop();
  subscriptions_.clear();
}

// The client's own thread.
void EdgeLink::on_change(NatsClient::Change change) {
  EdgeEvent event;
  switch (change) {
    case NatsClient::Change::kConnected:
      event.what = EdgeEvent::What::kConnected;
      break;
    case NatsClient::Change::kDisconnected:
      event.what = EdgeEvent::What::kDisconnected;
      break;
    case NatsClient::Change::kSlow:
      event.what = EdgeEvent::What::kLost;
      break;
  }
  tell(std::move(event));
}

void EdgeLink::tell(EdgeEvent event) {
  {
    const std::scoped_lock lock(mutex_);
    // While one of them waits a second says nothing: they come dozens at a time.
    const bool again = event.what == EdgeEvent::What::kLost && !events_.empty() &&
                       events_.back().what == EdgeEvent::What::kLost;
    if (!again) events_.push_back(std::move(event));
  }
  doorbell_.ring();
}

std::vector<EdgeEvent> EdgeLink::take_events() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(events_, {});
}

void EdgeLink::note(const absl::Status& status, std::string_view what) {
  if (status.ok()) return;
  lines().warning("feeds.edge", "NATS did not do as it was asked",
                  {{"what", what}, {"why", schemas::to_std(status.message())}});
}

void EdgeLink::subscribe(const std::string& subject) {
  control_.post([this, subject] { begin(subject); });
}

void EdgeLink::unsubscribe(const std::string& subject) {
  control_.post([this, subject] { subscriptions_.erase(subject); });
}

void EdgeLink::begin(const std::string& subject) {
  auto made = client_->subscribe(subject, [this](const NatsClient::Message& message) {
    inbox_.push(EdgeModel::From::kLive, message.payload);
  });
  if (made.ok()) {
    subscriptions_[subject] = *std::move(made);
  } else {
    note(made.status(), subject);
    counters_.errors.add();
  }
}

void EdgeLink::get(const std::string& subject) {
  const auto round = last_round_.load(std::memory_order_relaxed);
  control_.post([this, subject, round] {
    if (round == last_round_.load(std::memory_order_relaxed)) get_now(subject);
  });
}

void EdgeLink::get_now(const std::string& subject) {
  const auto failed = [this, subject] {
    EdgeEvent event;
    event.what = EdgeEvent::What::kGetFailed;
    event.subject = subject;
    tell(std::move(event));
  };
  const auto asked =
      client_->get_last(subjects_.last_stream(), subject,
                        [this, failed](NatsClient::Last last, const NatsClient::Message& message) {
                          if (last == NatsClient::Last::kFound) {
                            inbox_.push(EdgeModel::From::kStored, message.payload);
                          } else if (last == NatsClient::Last::kNoAnswer) {
                            failed();
                          }
                        });
  if (!asked.ok()) failed();
}

void EdgeLink::read(const ReadOrder& order) {
  if (order.what == ReadOrder::What::kTrades) {
    trades_.post([this, order] { read_now(order); });
    return;
  }
  const auto round = last_round_.load(std::memory_order_relaxed);
  control_.post([this, order, round] {
    if (round == last_round_.load(std::memory_order_relaxed)) read_now(order);
  });
}

void EdgeLink::read_now(const ReadOrder& order) {
  const bool trades = order.what == ReadOrder::What::kTrades;
  ReadSpec spec;
  spec.stream = trades ? subjects_.trades_stream() : subjects_.last_stream();
  spec.subject = order.subject;
  if (trades) {
    spec.from = order.back.has_value() ? ReadSpec::From::kTime : ReadSpec::From::kFirst;
    if (order.back.has_value()) {
      spec.time = std::chrono::system_clock::now() -
                  std::chrono::duration_cast<std::chrono::system_clock::duration>(*order.back);
    }
  }
  const auto from = trades ? EdgeModel::From::kHistory : EdgeModel::From::kStored;
  const auto status = client_->read(spec, [this, from](const NatsClient::Message& message) {
    inbox_.push(from, message.payload);
  });
  note(status, order.subject);
  EdgeEvent event;
  event.what = EdgeEvent::What::kRead;
  event.ticket = order.ticket;
  event.good = status.ok();
  tell(std::move(event));
}

void EdgeLink::publish(const std::string& subject, std::string payload) {
  control_.post([this, subject, payload = std::move(payload)] {
    note(client_->publish(subject, payload), subject);
  });
}

std::string EdgeLink::answer_of(const std::string& subject, const std::string& question) {
  auto answer = client_->request(subject, question, kAnswerIn);
  if (!answer.ok()) return {};
  const auto fence = take_stamp(*answer);
  if (fence.has_value() && *fence < fence_.load(std::memory_order_relaxed)) return {};
  return *std::move(answer);
}

// The thread of questions.
std::string EdgeLink::answer_until(EdgeWorker::Moment until, const std::string& subject,
                                   const std::string& question) {
  while (true) {
    auto answer = answer_of(subject, question);
    if (!answer.empty() || EdgeWorker::Clock::now() >= until) return answer;
    if (!asks_.pause(kAskAgain)) return answer;
  }
}

// `question` is asked behind what the control thread has to do before: a subscription, above all.
void EdgeLink::ask_book(const std::string& symbol, std::uint32_t depth,
                        std::function<void(std::string json)> answer) {
  const auto shared = std::make_shared<decltype(answer)>(std::move(answer));
  if (asks_.waiting() >= kMostQuestions) return (*shared)({});
  std::string question = R"({"symbol":)";
  schemas::append_json_string(question, symbol);
  question += fmt::format(R"(,"depth":{}}})", depth);
  const bool posted = asks_.post(
      [this, question, shared] { (*shared)(answer_of(subjects_.ask_book(), question)); });
  if (!posted) (*shared)({});
}

void EdgeLink::ask_bars(const schemas::Instrument& instrument, schemas::Interval interval,
                        BarsAnswer answer) {
  const auto shared = std::make_shared<BarsAnswer>(std::move(answer));
  const auto nothing = [shared] { (*shared)(std::make_shared<std::vector<schemas::Bar>>()); };
  if (asks_.waiting() >= kMostQuestions) return nothing();
  auto question = fmt::format(R"({{"symbol":"{}","interval":"{}"}})", instrument.symbol,
                              schemas::name(interval));
  auto task = [this, shared, question, id = instrument.id,
               until = EdgeWorker::Clock::now() + kPastIn] {
    auto text = answer_until(until, subjects_.ask_bars(), question);
    const auto length = text.size();
    text.append(ObjectReader::kPadding, '\0');
    auto bars = std::make_shared<std::vector<schemas::Bar>>();
    ObjectReader reader;
    if (length > 0 && !reader.read_bars({text.data(), length}, *bars)) bars->clear();
    for (auto& bar : *bars) bar.header.instrument = id;
    (*shared)(std::move(bars));
  };
  const bool posted = control_.post([this, task, nothing] {
    if (!asks_.post(task)) nothing();
  });
  if (!posted) nothing();
}

}  // namespace tickgate::feeds
