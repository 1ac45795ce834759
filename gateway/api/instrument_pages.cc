// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/instrument_pages.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <new>
#include <utility>

#include "gateway/fanout/object_text.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

void append_instrument(std::string& out, const schemas::Instrument& instrument,
                       schemas::State state, std::uint32_t delay_s) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"symbol":"{}","venue":"{}","base":"{}","quote":"{}","state":"{}"}})",
                 instrument.symbol, instrument.venue, instrument.base, instrument.quote,
                 state == schemas::State::kLive ? live_name(delay_s) : name(state));
  append_member(out, delay_member(delay_s));
}

// As much work as this many that are looked at only.
constexpr std::size_t kWritten = 8;

// Of this thread: what others take of a busy machine is no work of ours to rest from.
std::chrono::nanoseconds processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

bool InstrumentPages::Build::wanted() const {
  return std::any_of(askers.begin(), askers.end(),
                     [](const Asker& asker) { return !asker.who.expired(); });
}

bool InstrumentPages::read(Question question, std::weak_ptr<const void> asker, Done done) {
  const auto now = Clock::now();
  Key key{question.query.text(), std::move(question.who.coverage), question.gzip};
  const auto kept = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) {
    return one.key == key && one.begun > now - kFresh;
  });
  if (kept != kept_.end()) {
    const auto page = kept->page;  // done() may ask again
    done(page);
    return true;
  }
  auto build = std::find_if(queue_.begin(), queue_.end(),
                            [&](const Build& one) { return one.key == key && one.is_fresh(now); });
  if (build == queue_.end()) {
    if (queue_.size() >= kMostQueued) return false;
    queue_.push_back({std::move(key), std::move(question.query), {}, {}, {}, {}, {}, {}});
    build = std::prev(queue_.end());
  }
  build->askers.push_back({std::move(asker), std::move(done)});
  go_on();
  return true;
}

void InstrumentPages::go_on() {
  if (resting_) return;
  while (!queue_.empty() && !queue_.front().wanted()) queue_.pop_front();
  if (queue_.empty()) return;
  const auto begun = processor_time();
  Build& build = queue_.front();
  if (!build.writer.has_value()) {
    build.begun = Clock::now();
    build.writer.emplace(build.key.gzip);
  }
  resting_ = true;  // and meanwhile whoever asks has to wait
  try {
    if (auto next = add_piece(build)) {
      Build whole = std::move(build);
      queue_.pop_front();
      keep(std::move(whole), *std::move(next));
    }
  } catch (const std::bad_alloc&) {  // this page is not made; who waits for it is not answered
    if (!queue_.empty() && &queue_.front() == &build) queue_.pop_front();
  }
  after((processor_time() - begun) * kRest, [this] {
    resting_ = false;
    go_on();
  });
}

std::optional<std::string> InstrumentPages::add_piece(Build& build) const {
  const auto& all = fan_out_.in_order();
  std::string text(build.looked_at.empty() ? "[" : "");
  auto at = build.looked_at.empty() ? build.query.begin(all)
                                    : all.upper_bound(std::string_view(build.looked_at));
  std::optional<std::string> next;
  const std::size_t look = 1 + build.query.patterns() / 4;
  for (std::size_t cost = 0; cost < kPiece && !next; cost += look, ++at) {
    if (at == all.end() || build.query.is_beyond(**at)) {
      next.emplace();
      break;
    }
    const auto& instrument = **at;
    build.looked_at = instrument.symbol;
    const auto* status = fan_out_.cache().status(instrument.id);
    const auto state = status == nullptr ? schemas::State::kDown : status->state;
    if (build.key.coverage != nullptr && !build.key.coverage->covers(instrument)) continue;
    if (!build.query.wants(instrument, state)) continue;
    if (build.count == build.query.limit()) {
      next = build.query.next_target(build.written);
      break;
    }
    if (build.count++ > 0) text.push_back(',');
    append_instrument(text, instrument, state, fan_out_.delay_s());
    cost += kWritten;
    build.written = instrument.symbol;
  }
  if (next) text.push_back(']');
  build.writer->add(text);
  return next;
}

void InstrumentPages::keep(Build build, std::string next) {
  auto made = build.writer->finish();
  made.next = std::move(next);
  const auto page = std::make_shared<const KeptPage>(std::move(made));
  kept_.push_back({std::move(build.key), build.begun, page});
  forget_old();
  for (const auto& asker : build.askers) {
    if (!asker.who.expired()) asker.done(page);
  }
}

// Also when they are too many: what is kept is bounded.
void InstrumentPages::forget_old() {
  const auto limit = Clock::now() - kFresh;
  std::size_t bytes = 0;
  for (const auto& one : kept_) bytes += one.page->body.size();
  while (!kept_.empty() && (kept_.front().begun < limit || bytes > kMostKeptBytes)) {
    bytes -= kept_.front().page->body.size();
    kept_.pop_front();
  }
  if (forgetting_ || kept_.empty()) return;
  forgetting_ = true;
  after(kFresh, [this] {
    forgetting_ = false;
    forget_old();
  });
}

// The timer is its own wait's, and ends with the shard if not before.
template <typename Then>
void InstrumentPages::after(Clock::duration time, Then&& then) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, time);
  timer->async_wait([timer, then = std::forward<Then>(then)](boost::system::error_code error) {
    if (!error) then();
  });
}

}  // namespace tickgate::gateway
