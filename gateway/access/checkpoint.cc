// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/checkpoint.h"

#include <utility>

#include "schemas/check.h"

namespace tickgate::gateway {

std::string_view name(AuthResult result) {
  static constexpr std::array<std::string_view, kAuthResults> kNames{
      "granted", "refused", "expired", "unknown_key", "limited", "too_many_connections", "nothing"};
  return kNames.at(static_cast<std::size_t>(result));
}

// The generation is read first: a guard that is replaced meanwhile is asked for again next time.
const Guard* Checkpoint::guard() {
  if (holder_ == nullptr) return nullptr;
  const auto generation = holder_->generation();
  if (generation != guard_generation_) {
    guard_ = holder_->current();
    guard_generation_ = generation;
  }
  return guard_.get();
}

Checkpoint::Checked Checkpoint::check(std::string_view credential, std::uint64_t host,
                                      schemas::Timestamp now) {
  if (guarded() && addresses_ != nullptr && !addresses_->may_try(host)) {
    note(AuthResult::kLimited, host);
    return {AuthResult::kLimited, nullptr};
  }
  return check_renewal(credential, host, now);
}

Checkpoint::Checked Checkpoint::check_renewal(std::string_view credential, std::uint64_t host,
                                              schemas::Timestamp now) {
  const Guard* const guard = this->guard();
  if (guard == nullptr) return {AuthResult::kGranted, nullptr};
  auto checked = guard->check(credential, now);
  switch (checked.verdict) {
    case Verdict::kGranted:
      note(AuthResult::kGranted, host);
      return {AuthResult::kGranted, std::move(checked.grant)};
    case Verdict::kRefused:
      break;
    case Verdict::kExpired:
      note(AuthResult::kExpired, host);
      return {AuthResult::kExpired, nullptr};
    case Verdict::kUnknown:
      return {AuthResult::kUnknownKey, nullptr};
  }
  note(AuthResult::kRefused, host);
  return {AuthResult::kRefused, nullptr};
}

std::optional<Checkpoint::Checked> Checkpoint::check(const ShownCertificate& shown,
                                                     schemas::Timestamp now) {
  const Guard* const guard = this->guard();
  if (guard == nullptr) return std::nullopt;
  auto checked = guard->check_certificate(shown, now);
  if (checked.verdict != Verdict::kGranted) return std::nullopt;
  counts_[static_cast<std::size_t>(AuthResult::kGranted)].add();
  return Checked{AuthResult::kGranted, std::move(checked.grant)};
}

// What expired was good once, and a page left open shows it again and again: no guess, so nothing
// is held against the address. Nor is what is not looked at, else nobody came back from there; nor
// what an issuer that is slow to answer has let nobody judge.
void Checkpoint::note(AuthResult result, std::uint64_t host) {
  counts_[static_cast<std::size_t>(result)].add();
  const auto* const guard = this->guard();
  const bool not_judged =
      result == AuthResult::kUnknownKey && guard != nullptr && guard->awaits_keys();
  const bool guessed =
      (result == AuthResult::kRefused || result == AuthResult::kUnknownKey) && !not_judged;
  if (guessed && addresses_ != nullptr) addresses_->failed(host);
}

std::shared_ptr<const Grant> Checkpoint::renewed(const std::shared_ptr<const Grant>& grant,
                                                 schemas::Timestamp now) {
  const Guard* const guard = this->guard();
  TICKGATE_CHECK(guard != nullptr);
  return guard->renewed(grant, now);
}

bool Checkpoint::park() {
  if (parked_.value() >= kMostParked) return false;
  parked_.add(1);
  return true;
}

std::optional<SubjectCounts::Place> Checkpoint::enter(const std::shared_ptr<const Grant>& grant) {
  auto place = subjects_->enter(grant);
  if (!place.has_value()) counts_[static_cast<std::size_t>(AuthResult::kTooMany)].add();
  return place;
}

}  // namespace tickgate::gateway
