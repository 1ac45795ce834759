// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "gateway/websocket/connection.h"

// Who the client is, and how long that holds.
namespace tickgate::gateway {
namespace {

// For the key of a credential to be fetched.
constexpr std::chrono::seconds kParkingTime{2};
constexpr std::string_view kAnonymous = "anonymous";
constexpr std::string_view kNotAccepted = "the credential is not accepted";

}  // namespace

// On an open gateway whatever is shown is good: a client that was made for a guarded one finds what
// it waits for.
void Connection::authenticate(std::string_view id, const std::string& token) {
  if (standing_ == nullptr) return replies.add_authenticated(id, kAnonymous, std::nullopt);
  auto& checkpoint = *host_.checkpoint();
  standing_->generation = checkpoint.generation();
  auto checked = check(token);
  if (checked.result != AuthResult::kUnknownKey) return judge(id, checked);
  auto waiting = std::make_unique<ClientStanding::Waiting>();
  *waiting = {std::string(id), token, last_received_ + kParkingTime};
  if (checkpoint.park()) {
    standing_->waiting = std::move(waiting);
    return;
  }
  checkpoint.note(checked.result, standing_->host);
  judge(id, checked);
}

Checkpoint::Checked Connection::check(std::string_view token) {
  auto& checkpoint = *host_.checkpoint();
  return grant == nullptr ? checkpoint.check(token, standing_->host, wall_now())
                          : checkpoint.check_renewal(token, standing_->host, wall_now());
}

void Connection::judge(std::string_view id, const Checkpoint::Checked& checked) {
  switch (checked.result) {
    case AuthResult::kGranted:
      return take(id, checked.grant);
    case AuthResult::kExpired:
      return turn_away(id, ErrorCode::kTokenExpired, "the credential has expired",
                       CloseReason::kNotAuthenticated);
    case AuthResult::kLimited:
      return turn_away(id, ErrorCode::kUnauthenticated,
                       "too many credentials from this address were not accepted",
                       CloseReason::kConnectionLimit);
    default:
      return turn_away(id, ErrorCode::kUnauthenticated, kNotAccepted,
                       CloseReason::kNotAuthenticated);
  }
}

// What is renewed keeps its place, and its subject.
void Connection::take(std::string_view id, std::shared_ptr<const Grant> granted) {
  if (granted == nullptr) {  // nobody is asked any more
    replies.add_authenticated(id, kAnonymous, std::nullopt);
    return review();
  }
  if (grant != nullptr && grant->subject != granted->subject) {
    return turn_away(id, ErrorCode::kUnauthenticated,
                     "another subject's credential: a stream keeps its subject",
                     CloseReason::kNotAuthenticated);
  }
  if (grant == nullptr) {
    auto place = host_.checkpoint()->enter(granted);
    if (!place.has_value()) {
      return turn_away(
          id, ErrorCode::kTooManyConnections,
          "as many connections as the subject may have: " + std::to_string(granted->connections),
          CloseReason::kConnectionLimit);
    }
    standing_->place = *std::move(place);
  }
  replies.add_authenticated(id, granted->subject, granted->expires);
  regrant(std::move(granted), std::chrono::milliseconds(0));
}

void Connection::stand(const Grant& granted) {
  const auto random = reinterpret_cast<std::uintptr_t>(this) ^ bytes_sent_ ^
                      static_cast<std::uint64_t>(last_sent_.count());
  standing_->life = life_of(granted, wall_now(), random);
  standing_->noticed = false;
}

// In another lane, by another delay, it would have to begin anew: its client does so by itself, in
// its turn where that befalls many, and is sent nothing until then.
void Connection::regrant(std::shared_ptr<const Grant> granted, std::chrono::milliseconds turn) {
  if (granted != nullptr) stand(*granted);
  auto& fan_out = host_.fan_out(grant.get());
  const bool moves = &fan_out != &host_.fan_out(granted.get());
  if (outbox.size() == 0 && patterns == nullptr) {
    host_.on_regranting(*this, granted.get());
    if (moves) fan_out.remove(*this);  // it is to know it no more
    grant = std::move(granted);
    return;
  }
  if (moves && turn.count() > 0) return end_stream(monotonic_now(), turn);
  if (moves) {
    flush(monotonic_now());  // that it was accepted
    return close(CloseReason::kRestart);
  }
  host_.on_regranting(*this, granted.get());
  const bool done = fan_out.regrant(*this, std::move(granted));
  host_.on_subscribed();
  if (!done) post([this] { go_on(); });
}

void Connection::on_guard_changed() {
  if (phase_ != Phase::kOpen || ended_) return;
  serve_alone([this] {
    if (request != nullptr && standing_ != nullptr) {
      standing_->review_due = true;
      return;
    }
    review();
    if (phase_ == Phase::kOpen) flush(monotonic_now());
  });
}

void Connection::review() {
  auto& checkpoint = *host_.checkpoint();
  if (!checkpoint.guarded()) {
    if (standing_ == nullptr) return;
    leave_checkpoint();
    standing_.reset();
    return regrant(nullptr, host_.turn_of(*this));
  }
  if (standing_ == nullptr) {  // nobody was asked when it came
    return turn_away("null", ErrorCode::kUnauthenticated, "a credential is needed from now on",
                     CloseReason::kNotAuthenticated);
  }
  if (standing_->waiting != nullptr) return;  // it is asked again by itself
  standing_->generation = checkpoint.generation();
  if (grant == nullptr) return;
  auto granted = checkpoint.renewed(grant, wall_now());
  if (granted == nullptr) {
    return turn_away("null", ErrorCode::kUnauthenticated, "the credential is not valid any more",
                     CloseReason::kNotAuthenticated);
  }
  if (granted != grant) regrant(std::move(granted), host_.turn_of(*this));
}

// A few times a second.
void Connection::sweep_access(Monotonic now) {
  if (standing_->waiting != nullptr) ask_again(now);
  if (phase_ != Phase::kOpen || standing_ == nullptr) return;
  if (grant != nullptr) return sweep_life();
  if (now < standing_->deadline || standing_->waiting != nullptr) return;
  host_.checkpoint()->note(AuthResult::kNothing, standing_->host);
  turn_away("null", ErrorCode::kUnauthenticated, "no credential came in time",
            CloseReason::kNotAuthenticated);
}

void Connection::ask_again(Monotonic now) {
  auto& checkpoint = *host_.checkpoint();
  const bool late = now >= standing_->waiting->until;
  const bool another = checkpoint.generation() != standing_->generation;
  if (!late && !another) return;
  auto checked = Checkpoint::Checked{AuthResult::kUnknownKey, nullptr};
  standing_->generation = checkpoint.generation();
  if (another) checked = check(standing_->waiting->token);
  if (checked.result == AuthResult::kUnknownKey) {
    if (!late) return;
    checkpoint.note(checked.result, standing_->host);
  }
  const auto waited = std::exchange(standing_->waiting, nullptr);
  checkpoint.unpark();
  judge(waited->id, checked);
  if (phase_ != Phase::kOpen) return;
  serve_waiting(now);
  flush(now);
  if (phase_ == Phase::kOpen && wants_to_read()) wait_read();
}

void Connection::sweep_life() {
  const auto now = wall_now();
  auto& life = standing_->life;
  if (now >= life.end) {
    return turn_away("null", ErrorCode::kTokenExpired, "the credential has expired",
                     CloseReason::kNotAuthenticated);
  }
  if (standing_->noticed || now < life.notice) return;
  standing_->noticed = true;
  replies.add_auth_expiring(std::max<std::int64_t>(0, (life.expires.value() - now.value()) / 1000));
  flush(monotonic_now());
}

// The last that it is told.
void Connection::turn_away(std::string_view id, ErrorCode code, std::string_view why,
                           CloseReason reason) {
  replies.add_error(id, code, why, true);
  flush(monotonic_now());
  close(reason);
}

void Connection::leave_checkpoint() {
  if (standing_ == nullptr) return;
  if (std::exchange(standing_->waiting, nullptr) != nullptr) host_.checkpoint()->unpark();
  standing_->place = {};
}

}  // namespace tickgate::gateway
