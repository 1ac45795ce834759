// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/door.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <new>
#include <utility>

#include "gateway/http/http_session.h"
#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

constexpr std::chrono::milliseconds kTurn{2};
// Sweeps come twice a second at least.
constexpr std::chrono::milliseconds kLongestSweep{500};

}  // namespace

bool Door::make_room(std::size_t most) {
  if (size() < most) return true;
  for (const auto stay : {Stay::kLeaving, Stay::kResting, Stay::kUnnamed, Stay::kAsking}) {
    if (list(stay).empty()) continue;
    const auto oldest = list(stay).front();
    const bool answered = stay == Stay::kLeaving || stay == Stay::kResting;
    if (!answered) note(HttpRefusal::kYielded, *oldest);
    oldest->close();
    return true;
  }
  return false;
}

void Door::enter(const std::shared_ptr<HttpSession>& session) {
  const auto stay = session->is_named() ? Stay::kAsking : Stay::kUnnamed;
  session->place = {stay, list(stay).insert(list(stay).end(), session)};
  run_soon(session);
}

void Door::run_soon(const std::shared_ptr<HttpSession>& session) {
  try {
    ready_.push_back(session);
    if (!run_posted_) boost::asio::post(io_, [this] { run(); });
    run_posted_ = true;
  } catch (const std::bad_alloc&) {
    session->out_of_memory();
  }
}

// One at least, and posted anew behind whatever else is due.
void Door::run() {
  const auto until = monotonic_now() + kTurn;
  do {
    const auto session = std::move(ready_.front());
    ready_.pop_front();
    session->serve_alone([&] { session->step(); });
  } while (!ready_.empty() && monotonic_now() < until);
  run_posted_ = !ready_.empty();
  if (run_posted_) boost::asio::post(io_, [this] { run(); });
}

// As many may rest as may be answered: they hold a socket each, and hold it for longer.
void Door::move(HttpSession& session, Stay stay) {
  auto& place = session.place;
  if (place.stay == Stay::kGone) return;
  if (place.stay == Stay::kAsked) visitors_->leave(session.host());
  auto& from = list(place.stay);
  place.stay = stay;
  if (stay == Stay::kGone) return void(from.erase(place.at));
  auto& to = list(stay);
  to.splice(to.end(), from, place.at);
  if (stay != Stay::kResting || to.size() <= visitors_->most()) return;
  const auto oldest = to.front();
  oldest->close();
}

std::optional<HttpRefusal> Door::admit(HttpSession& session) {
  TICKGATE_CHECK(session.place.stay == Stay::kAsking);
  const auto refusal = visitors_->admit(session.host());
  if (!refusal) move(session, Stay::kAsked);
  return refusal;
}

// Of this thread, see kPause: nobody here was slow meanwhile. The order of deadlines stays.
void Door::notice_pause(Monotonic now) {
  const auto passed = now - std::min(swept_, now);
  swept_ = now;
  if (passed < kLongestSweep + kPause) return;
  for (auto& visits : lists_) {
    for (const auto& one : visits) one->forgive(passed, now);
  }
}

// All but those being answered stand in the order of their deadlines.
void Door::sweep(Monotonic now) {
  notice_pause(now);
  std::erase_if(parked_, [&](const auto& session) { return session->ask_again(now); });
  for (const auto stay : {Stay::kUnnamed, Stay::kAsking, Stay::kResting, Stay::kLeaving}) {
    while (!list(stay).empty()) {
      const auto oldest = list(stay).front();
      if (!oldest->sweep(now)) break;
    }
  }
  auto& asked = list(Stay::kAsked);
  for (auto at = asked.begin(); at != asked.end();) {
    const auto one = *at++;  // it may take itself out
    one->sweep(now);
  }
}

void Door::close() {
  for (auto& visits : lists_) {
    while (!visits.empty()) {
      const auto one = visits.front();
      one->close();
    }
  }
  parked_.clear();
}

std::size_t Door::size() const {
  std::size_t all = 0;
  for (const auto& visits : lists_) all += visits.size();
  return all;
}

void Door::note(HttpRefusal refusal, const HttpSession& session) { note(refusal, session.peer()); }

void Door::note(HttpRefusal refusal, const Peer& peer) {
  const auto index = static_cast<std::size_t>(refusal);
  counters_.refused[index].add();
  const auto suppressed = limiters_[index].admit();
  if (!suppressed.has_value()) return;
  feeds::log::info("gateway.http", "sent away",
                   {{"port", name_},
                    {"reason", name(refusal)},
                    {"address", peer_text(peer.address, peer.port)},
                    {"suppressed", *suppressed}});
}

}  // namespace tickgate::gateway
