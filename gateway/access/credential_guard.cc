// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/credential_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/access/credential_origin.h"

namespace tickgate::gateway {
namespace {

bool is_over(const std::optional<schemas::Timestamp>& expires, schemas::Timestamp now) {
  return expires && expires->value() + kClockSkew <= now.value();
}

bool is_denied(const GuardSettings::Denied& denied, const CredentialOrigin& origin) {
  if (denied.subject != origin.subject) return false;
  // What doesn't say when it was issued may have been before.
  return !denied.before || !origin.issued || *origin.issued < *denied.before;
}

CredentialOrigin origin_of(const ApiKey& key) {
  CredentialOrigin origin{key.subject, key.plan,        "key:" + key.id, key.id,
                          key.digest,  key.entitlement, key.created,     key.expires};
  return origin;
}

}  // namespace

CredentialGuard::CredentialGuard(GuardSettings settings) : settings_(std::move(settings)) {}

Checked CredentialGuard::note(CheckResult result, Verdict verdict) const {
  if (settings_.counts != nullptr) settings_.counts->add(result);
  return {verdict, nullptr};
}

Checked CredentialGuard::check(std::string_view credential, schemas::Timestamp now) const {
  if (credential.size() > kMostCredentialBytes) return note(CheckResult::kMalformed);
  if (credential.starts_with(ApiKeyText::kPrefix)) {
    const auto id = ApiKeyText::id_of(credential);
    return id ? check_api_key(credential, *id, now) : note(CheckResult::kMalformed);
  }
  const auto digest = sha256(credential);
  auto known = cache_.find(digest);
  if (known == nullptr) return check_token(credential, digest, now);
  if (is_over(known->expires, now)) return note(CheckResult::kExpired, Verdict::kExpired);
  note(CheckResult::kCached);
  return {Verdict::kGranted, std::move(known)};
}

Checked CredentialGuard::check_api_key(std::string_view text, std::string_view id,
                                       schemas::Timestamp now) const {
  const auto* const key = settings_.api_keys == nullptr ? nullptr : settings_.api_keys->find(id);
  if (key == nullptr) return note(CheckResult::kUnknownKey);
  const auto digest = sha256(text);
  if (!is_same_secret(digest, key->digest)) return note(CheckResult::kSignature);
  // By our own clock it was made, so no other one is to be reckoned with.
  if (key->expires && *key->expires <= now) return note(CheckResult::kExpired, Verdict::kExpired);
  auto grant = cache_.find(digest);
  if (grant == nullptr) grant = granted_to(origin_of(*key));
  if (grant == nullptr) return note(CheckResult::kDenied);
  note(CheckResult::kApiKey);
  return {Verdict::kGranted, cache_.keep(digest, grant)};
}

const GuardSettings::CertificatePlan* CredentialGuard::plan_of(
    const std::vector<std::string>& names) const {
  const auto found = std::find_if(
      settings_.certificates.begin(), settings_.certificates.end(), [&](const auto& one) {
        return std::find(names.begin(), names.end(), one.name) != names.end();
      });
  return found == settings_.certificates.end() ? nullptr : &*found;
}

// Not by the cache, which is asked for whatever text a client writes: that must never be the name
// of somebody's certificate.
Checked CredentialGuard::check_certificate(const ShownCertificate& shown,
                                           schemas::Timestamp now) const {
  const auto* const mapped = plan_of(shown.names);
  if (mapped == nullptr) return {};
  if (shown.expires <= now) return note(CheckResult::kExpired, Verdict::kExpired);
  CredentialOrigin origin;
  origin.subject = origin.certificate = mapped->name;
  origin.plan = mapped->plan;
  origin.credential = "certificate:" + shown.sha256;
  origin.expires = shown.expires;
  auto grant = granted_to(std::move(origin));
  if (grant == nullptr) return note(CheckResult::kDenied);
  note(CheckResult::kCertificate);
  return {Verdict::kGranted, std::move(grant)};
}

Checked CredentialGuard::check_token(std::string_view text, const Digest& digest,
                                     schemas::Timestamp now) const {
  const auto head = read_token_head(text);
  if (!head) return note(CheckResult::kMalformed);
  const auto* const key = key_for(*head);
  if (key == nullptr) return unknown_key(*head, now);
  if (!key->key.verifies(head->signed_text, head->signature)) return note(CheckResult::kSignature);
  TokenClaims claims;
  switch (read_token_claims(head->payload, settings_.rules, now, claims)) {
    case ClaimsFault::kNone:
      break;
    case ClaimsFault::kMalformed:
      return note(CheckResult::kMalformed);
    case ClaimsFault::kForeign:
      return note(CheckResult::kForeign);
    case ClaimsFault::kTime:
      return note(CheckResult::kTime);
    case ClaimsFault::kExpired:
      return note(CheckResult::kExpired, Verdict::kExpired);
  }
  auto grant = granted_to({std::move(claims.subject), std::move(claims.plan), "jwt:" + key->kid, "",
                           key->key.thumbprint(), std::move(claims.entitlement), claims.issued,
                           claims.expires});
  if (grant == nullptr) return note(CheckResult::kDenied);
  note(CheckResult::kVerified);
  return {Verdict::kGranted, cache_.keep(digest, grant)};
}

// By its name; without one, if only one key is such that it could be meant, under however many
// names. The key says how the token is signed: one that says otherwise is none of this key's.
const TokenKey* CredentialGuard::key_for(const TokenHead& head) const {
  if (settings_.keys == nullptr) return nullptr;
  const TokenKey* found = nullptr;
  for (const auto& key : settings_.keys->keys) {
    if (head.kid ? key.kid != *head.kid || key.kid.empty()
                 : name(key.key.algorithm()) != head.alg) {
      continue;
    }
    if (found == nullptr) found = &key;
    if (found->key.thumbprint() != key.key.thumbprint()) return nullptr;
  }
  return found == nullptr || name(found->key.algorithm()) != head.alg ? nullptr : found;
}

// Nothing is fetched for a token whose key is here, or could not come by URL.
Checked CredentialGuard::unknown_key(const TokenHead& head, schemas::Timestamp now) const {
  const auto* const keys = settings_.keys.get();
  const bool held = keys != nullptr && head.kid &&
                    std::any_of(keys->keys.begin(), keys->keys.end(),
                                [&](const TokenKey& key) { return key.kid == *head.kid; });
  const bool may_come =
      head.kid && !held && (head.alg == "RS256" || head.alg == "ES256" || head.alg == "EdDSA");
  const bool comes = may_come && settings_.demand != nullptr && settings_.demand->ask(now);
  return note(CheckResult::kUnknownKey, comes ? Verdict::kUnknown : Verdict::kRefused);
}

// nullptr: its subject is denied, or its plan is none. Who names a plan that there is not (any
// more) gets nothing: what it would have limited is not known.
std::shared_ptr<const Grant> CredentialGuard::granted_to(CredentialOrigin origin) const {
  const auto denied = [&](const auto& one) { return is_denied(one, origin); };
  if (std::any_of(settings_.denied.begin(), settings_.denied.end(), denied)) return nullptr;
  const Entitlement* plan = nullptr;
  if (!origin.plan.empty()) {
    const auto at = settings_.plans.find(origin.plan);
    if (at == settings_.plans.end()) return nullptr;
    plan = &at->second;
  }
  auto grant = std::make_shared<Grant>(granted(origin.own, plan, settings_.defaults));
  grant->subject = origin.subject;
  grant->plan = origin.plan;
  grant->credential = origin.credential;
  grant->expires = origin.expires;
  grant->origin = std::make_shared<const CredentialOrigin>(std::move(origin));
  return grant;
}

std::shared_ptr<const Grant> CredentialGuard::renewed(const std::shared_ptr<const Grant>& grant,
                                                      schemas::Timestamp now) const {
  if (grant == nullptr || grant->origin == nullptr) return nullptr;
  auto origin = *grant->origin;
  if (!origin.api_key.empty()) {
    const auto* const key =
        settings_.api_keys == nullptr ? nullptr : settings_.api_keys->find(origin.api_key);
    if (key == nullptr || key->digest != origin.key) return nullptr;
    origin = origin_of(*key);
    if (origin.subject != grant->subject || (key->expires && *key->expires <= now)) return nullptr;
  } else if (!origin.certificate.empty()) {
    const auto* const mapped = plan_of({origin.certificate});
    if (mapped == nullptr || *origin.expires <= now) return nullptr;
    origin.plan = mapped->plan;
  } else {
    const auto holds = [&](const auto& keys) { return keys != nullptr && keys->holds(origin.key); };
    if (!holds(settings_.keys) && !holds(settings_.leaving)) return nullptr;
    if (is_over(origin.expires, now)) return nullptr;
  }
  auto fresh = granted_to(std::move(origin));
  return fresh != nullptr && gives_the_same(*fresh, *grant) ? grant : fresh;
}

}  // namespace tickgate::gateway
