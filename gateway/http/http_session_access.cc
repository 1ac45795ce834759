// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <optional>
#include <utility>

#include "gateway/http/http_session.h"

// Who it is that asks.
namespace tickgate::gateway {
namespace {

// For the key of a credential to be fetched.
constexpr std::chrono::seconds kParkingTime{2};
// In a header; a longer one is none of ours, and is not looked at.
constexpr std::size_t kMostCredential = 4'096;

}  // namespace

// Whoever shows nothing goes on: what is for all is, and a stream may be told in band.
bool HttpSession::ask_who() {
  auto* const checkpoint = host_.checkpoint();
  if (checkpoint == nullptr) return upgrades_ ? upgrade() : hand_over();
  admission_.host = host();
  admission_.guarded = checkpoint->guarded();
  admission_.generation = checkpoint->generation();
  reader_.know(admission_.guarded, nullptr);
  const auto& credential = reader_.request().credential;
  if (admission_.guarded && credential.empty()) {
    if (const auto checked = check_certificate()) return judge(*checked);
  }
  if (!admission_.guarded || credential.empty()) return upgrades_ ? upgrade() : hand_over();
  if (credential.size() > kMostCredential) {
    checkpoint->note(AuthResult::kRefused, host());
    return refuse(HttpRefusal::kUnauthenticated);
  }
  const auto checked = checkpoint->check(credential, host(), wall_now());
  if (checked.result == AuthResult::kUnknownKey) return park();
  return judge(checked);
}

// What a request says of itself goes before what its connection showed.
std::optional<Checkpoint::Checked> HttpSession::check_certificate() {
  auto shown = transport_->peer_certificate();
  if (!shown) return std::nullopt;
  return host_.checkpoint()->check(
      ShownCertificate{std::move(shown->names), std::move(shown->sha256), shown->expires},
      wall_now());
}

bool HttpSession::judge(const Checkpoint::Checked& checked) {
  auto& checkpoint = *host_.checkpoint();
  switch (checked.result) {
    case AuthResult::kGranted:
      break;
    case AuthResult::kExpired:
      return refuse(HttpRefusal::kExpired);
    case AuthResult::kLimited:
      return refuse(HttpRefusal::kAddressFailures);
    default:
      return refuse(HttpRefusal::kUnauthenticated);
  }
  reader_.know(checked.grant != nullptr, checked.grant);
  if (!upgrades_) return hand_over();
  admission_.guarded = checked.grant != nullptr;
  if (checked.grant == nullptr) return upgrade();
  auto counted = checkpoint.enter(checked.grant);
  if (!counted.has_value()) return refuse(HttpRefusal::kSubject);
  admission_.place = *std::move(counted);
  admission_.grant = checked.grant;
  return upgrade();
}

bool HttpSession::park() {
  auto& checkpoint = *host_.checkpoint();
  if (!checkpoint.park()) {
    checkpoint.note(AuthResult::kUnknownKey, host());
    return refuse(HttpRefusal::kUnauthenticated);
  }
  phase_ = Phase::kParked;
  parked_until_ = monotonic_now() + kParkingTime;
  host_.door().park(shared_from_this());
  return false;
}

// The guard may be another one for other reasons: then it goes on waiting.
bool HttpSession::ask_again(Monotonic now) {
  auto& checkpoint = *host_.checkpoint();
  const bool late = now >= parked_until_;
  const bool another = checkpoint.generation() != admission_.generation;
  if (!done() && !late && !another) return false;
  bool waits = false;
  serve_alone([&] {
    if (done()) return;
    auto checked = Checkpoint::Checked{AuthResult::kUnknownKey, nullptr};
    admission_.generation = checkpoint.generation();
    if (another) checked = checkpoint.check(reader_.request().credential, host(), wall_now());
    waits = checked.result == AuthResult::kUnknownKey && !late;
    if (waits) return;
    if (checked.result == AuthResult::kUnknownKey) checkpoint.note(checked.result, host());
    phase_ = Phase::kRequest;
    if (judge(checked)) host_.door().run_soon(shared_from_this());
  });
  if (!waits) checkpoint.unpark();
  return !waits;
}

}  // namespace tickgate::gateway
