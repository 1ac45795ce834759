// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access/api_key.h"
#include "gateway/access/check_counts.h"
#include "gateway/access/guard.h"
#include "gateway/access/key_demand.h"
#include "gateway/access/key_set.h"
#include "gateway/access/token.h"
#include "gateway/access/token_cache.h"

namespace tickgate::gateway {

// All that a guard goes by.
struct GuardSettings {
  // A subject that gets nothing; or nothing by what was issued before then.
  struct Denied {
    std::string subject;
    std::optional<schemas::Timestamp> before;
  };

  // What a certificate of this name gives; an empty plan: the defaults.
  struct CertificatePlan {
    std::string name;
    std::string plan;
  };

  TokenRules rules;
  Entitlement defaults;
  Plans plans;
  std::vector<Denied> denied;
  std::vector<CertificatePlan> certificates;  // the first that fits
  std::shared_ptr<const KeySet> keys;         // null: no token is good
  std::shared_ptr<const KeySet> leaving;      // what they give stays, new ones are refused; or null
  std::shared_ptr<const ApiKeys> api_keys;    // null: there are none
  KeyDemand* demand = nullptr;                // null: no key comes later; outlives the guard
  CheckCounts* counts = nullptr;              // null: nobody counts; outlives the guard
};

// Tokens by their signatures, API keys by their digests, certificates by their names.
class CredentialGuard final : public Guard {
 public:
  explicit CredentialGuard(GuardSettings settings);

  Checked check(std::string_view credential, schemas::Timestamp now) const override;
  Checked check_certificate(const ShownCertificate& shown, schemas::Timestamp now) const override;
  bool awaits_keys() const override {
    return settings_.demand != nullptr && settings_.demand->pending();
  }
  std::shared_ptr<const Grant> renewed(const std::shared_ptr<const Grant>& grant,
                                       schemas::Timestamp now) const override;

 private:
  Checked note(CheckResult result, Verdict verdict = Verdict::kRefused) const;
  Checked check_api_key(std::string_view text, std::string_view id, schemas::Timestamp now) const;
  Checked check_token(std::string_view text, const Digest& digest, schemas::Timestamp now) const;
  const GuardSettings::CertificatePlan* plan_of(const std::vector<std::string>& names) const;
  const TokenKey* key_for(const TokenHead& head) const;
  Checked unknown_key(const TokenHead& head, schemas::Timestamp now) const;
  std::shared_ptr<const Grant> granted_to(CredentialOrigin origin) const;

  GuardSettings settings_;
  mutable TokenCache cache_;
};

}  // namespace tickgate::gateway
