// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/key_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/access/base64url.h"
#include "gateway/access/printable_text.h"
#include "gateway/access/strict_json.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostKid = 128;

absl::Status bad_set(std::string_view what) {
  return absl::InvalidArgumentError(schemas::to_absl(what));
}

std::string_view text_of(dom::object jwk, std::string_view name) {
  return text_member(jwk, name).value.value_or("");
}

// Numbers of a JWK: empty where there is none, which no key takes.
std::string bytes_of(dom::object jwk, std::string_view name) {
  return decode_base64url(text_of(jwk, name)).value_or("");
}

absl::StatusOr<SignatureKey> key_of(dom::object jwk, KeySet::From from) {
  const auto kind = text_of(jwk, "kty");
  const auto curve = text_of(jwk, "crv");
  const bool is_secret = kind == "oct";
  if (is_secret && from == KeySet::From::kUrl) return bad_set("a secret must not come by URL");
  if (!is_secret && has_member(jwk, "d")) return bad_set("it is a private key");
  if (kind == "RSA") return SignatureKey::rsa(bytes_of(jwk, "n"), bytes_of(jwk, "e"));
  if (kind == "EC" && curve == "P-256") {
    return SignatureKey::p256(bytes_of(jwk, "x"), bytes_of(jwk, "y"));
  }
  if (kind == "OKP" && curve == "Ed25519") return SignatureKey::ed25519(bytes_of(jwk, "x"));
  if (is_secret) return SignatureKey::hmac(bytes_of(jwk, "k"));
  return bad_set("expected kty RSA, EC with P-256, OKP with Ed25519, or oct");
}

bool may_verify(dom::object jwk) {
  dom::array operations;
  if (!has_member(jwk, "key_ops")) return true;
  if (jwk["key_ops"].get(operations) != simdjson::SUCCESS) return false;
  return std::any_of(operations.begin(), operations.end(), [](dom::element operation) {
    std::string_view text;
    return operation.get(text) == simdjson::SUCCESS && text == "verify";
  });
}

absl::StatusOr<TokenKey> token_key(dom::object jwk, KeySet::From from) {
  const auto kid = text_member(jwk, "kid");
  if (kid.wrong() || (kid.given && !is_printable(*kid.value, kMostKid))) {
    return bad_set("expected a printable kid of at most 128 bytes");
  }
  if (has_member(jwk, "use") && text_of(jwk, "use") != "sig") return bad_set("its use is not sig");
  if (!may_verify(jwk)) return bad_set("its key_ops have no verify");
  auto key = key_of(jwk, from);
  if (!key.ok()) return key.status();
  if (has_member(jwk, "alg") && text_of(jwk, "alg") != name(key->algorithm())) {
    return bad_set(fmt::format("its alg is not {}", name(key->algorithm())));
  }
  return TokenKey{std::string(kid.value.value_or("")), *std::move(key)};
}

// For people: " (kid "a")", and no more of the kid than may be shown.
std::string kid_text(dom::object jwk) {
  const auto kid = text_of(jwk, "kid");
  return is_printable(kid, kMostKid) ? fmt::format(" (kid \"{}\")", kid) : "";
}

bool has_kid(const std::vector<TokenKey>& keys, std::string_view kid) {
  return !kid.empty() && std::any_of(keys.begin(), keys.end(),
                                     [kid](const TokenKey& key) { return key.kid == kid; });
}

}  // namespace

// What is odd with one key is that key's alone: who publishes a set may have kinds in it that are
// not known here, and spell them as he likes.
void KeySet::take(const std::string& text, std::size_t number, From from) {
  StrictJson parsed;
  const bool right = parsed.parse(text);
  secret =
      secret || !right || text_of(parsed.root(), "kty") == "oct" || has_member(parsed.root(), "d");
  auto key = right ? token_key(parsed.root(), from)
                   : absl::StatusOr<TokenKey>(bad_set("no object, one with a name twice, or deep"));
  if (key.ok() && has_kid(keys, key->kid)) key = bad_set("its kid was there before");
  if (key.ok()) return keys.push_back(*std::move(key));
  warnings.push_back(fmt::format("key {}{} is left out: {}", number,
                                 right ? kid_text(parsed.root()) : "",
                                 schemas::to_std(key.status().message())));
}

absl::StatusOr<KeySet> KeySet::parse(std::string_view json, From from) {
  if (json.size() > kMostBytes) return bad_set("larger than 256 KiB");
  std::vector<std::string> items;
  switch (read_list(json, "keys", kMostListed + 1, items)) {
    case ListFault::kNone:
      break;
    case ListFault::kNoObject:
      return bad_set("no JSON object, or one with a name twice");
    case ListFault::kNoList:
      return bad_set("no list named keys");
  }
  KeySet set;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i == kMostListed || set.keys.size() == kMostKeys) {
      set.warnings.push_back(fmt::format("more than {} keys, or {} of use: the others are left out",
                                         kMostListed, kMostKeys));
      break;
    }
    set.take(items[i], i + 1, from);
  }
  if (!set.keys.empty()) return set;
  return bad_set(set.warnings.empty() ? "it has no keys"
                                      : "no usable key: " + set.warnings.front());
}

void KeySet::add(const KeySet& other) {
  const auto is_here = [this](const TokenKey& key) {
    return std::any_of(keys.begin(), keys.end(), [&](const TokenKey& held) {
      return held.kid == key.kid &&
             (!key.kid.empty() || held.key.thumbprint() == key.key.thumbprint());
    });
  };
  for (const auto& key : other.keys) {
    if (!is_here(key)) keys.push_back(key);
  }
}

bool KeySet::holds(const Digest& thumbprint) const {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const TokenKey& key) { return key.key.thumbprint() == thumbprint; });
}

}  // namespace tickgate::gateway
