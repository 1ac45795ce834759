// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/signature_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/access/edwards_point.h"
#include "schemas/freed_by.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kLeastSecret = 32, kMostSecret = 1024;

using schemas::FreedBy;
using PKey = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number(std::string_view text) {
  return Number(BN_bin2bn(bytes(text), static_cast<int>(text.size()), nullptr));
}

absl::Status bad(std::string_view what) {
  return absl::InvalidArgumentError(schemas::to_absl(what));
}

PKey from_params(const char* kind, OSSL_PARAM* params) {
  const PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  PKey owned(key);
  const PKeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (check == nullptr || EVP_PKEY_public_check(check.get()) != 1) return nullptr;
  return owned;
}

// All that is the same for each check is done here, once.
std::shared_ptr<const EVP_MD_CTX> prepare(EVP_PKEY* key, const char* digest) {
  DigestContext context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) !=
          1) {
    return nullptr;
  }
  return {context.release(), EVP_MD_CTX_free};
}

// An integer of DER (X.690, 8.3): no zeros before it but one that keeps it positive.
void append_der_integer(std::string& out, std::string_view value) {
  while (value.size() > 1 && value.front() == '\0') value.remove_prefix(1);
  const bool pad = (static_cast<unsigned char>(value.front()) & 0x80U) != 0;
  out.push_back('\x02');
  out.push_back(static_cast<char>(value.size() + (pad ? 1 : 0)));
  if (pad) out.push_back('\0');
  out.append(value);
}

// r and s as RFC 7518 has them, 32 bytes each, to what OpenSSL reads: at most 72 bytes, so that
// lengths take one byte.
std::string der_signature(std::string_view raw) {
  std::string inner;
  append_der_integer(inner, raw.substr(0, kCoordinateBytes));
  append_der_integer(inner, raw.substr(kCoordinateBytes));
  std::string out = "\x30";
  out.push_back(static_cast<char>(inner.size()));
  return out.append(inner);
}

}  // namespace

std::string_view name(SignatureAlgorithm algorithm) {
  static constexpr std::array<std::string_view, 4> kNames = {"RS256", "ES256", "EdDSA", "HS256"};
  return kNames.at(static_cast<std::size_t>(algorithm));
}

SignatureKey::SignatureKey(SignatureAlgorithm algorithm, std::string_view material)
    : algorithm_(algorithm), thumbprint_(sha256(fmt::format("{} {}", name(algorithm), material))) {}

absl::StatusOr<SignatureKey> SignatureKey::rsa(std::string_view n, std::string_view e) {
  if (n.empty() || e.empty() || n.front() == '\0' || e.front() == '\0') {
    return bad("its numbers have zeros before them, or are empty");
  }
  if (n.size() > 512 || e.size() > 8) return bad("expected 2048 to 4096 bits, e of 64 at most");
  const auto modulus = number(n);
  const auto exponent = number(e);
  const ParamsBuilder builder(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || builder == nullptr) return bad("no memory");
  if (BN_num_bits(modulus.get()) < 2048) return bad("expected 2048 to 4096 bits");
  if (BN_is_odd(exponent.get()) == 0 || BN_is_one(exponent.get())) {
    return bad("expected an odd e, 3 at least");
  }
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const auto key = from_params("RSA", params.get());
  SignatureKey made(SignatureAlgorithm::kRs256, fmt::format("{} {}{}", n.size(), n, e));
  made.prepared_ = prepare(key.get(), "SHA256");
  ERR_clear_error();
  if (made.prepared_ == nullptr) return bad("it is no RSA key");
  return made;
}

absl::StatusOr<SignatureKey> SignatureKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return bad("expected x and y of 32 bytes");
  }
  const auto point = std::string("\x04").append(x).append(y);
  const ParamsBuilder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr) return bad("no memory");
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const auto key = from_params("EC", params.get());
  SignatureKey made(SignatureAlgorithm::kEs256, point);
  made.prepared_ = prepare(key.get(), "SHA256");
  ERR_clear_error();
  if (made.prepared_ == nullptr) return bad("x and y are no point of P-256");
  return made;
}

absl::StatusOr<SignatureKey> SignatureKey::ed25519(std::string_view x) {
  if (x.size() != kCoordinateBytes) return bad("expected x of 32 bytes");
  if (!may_be_ed25519_key(x)) return bad("x is no point of Ed25519 that could be a key");
  const PKey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size()));
  SignatureKey made(SignatureAlgorithm::kEdDsa, x);
  made.prepared_ = prepare(key.get(), nullptr);
  ERR_clear_error();
  if (made.prepared_ == nullptr) return bad("it is no Ed25519 key");
  return made;
}

absl::StatusOr<SignatureKey> SignatureKey::hmac(std::string_view secret) {
  if (secret.size() < kLeastSecret || secret.size() > kMostSecret) {
    return bad("expected k of 32 to 1024 bytes");
  }
  SignatureKey made(SignatureAlgorithm::kHs256, secret);
  made.secret_ = secret;
  return made;
}

bool SignatureKey::verifies_by_hmac(std::string_view text, std::string_view signature) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned int size = 0;
  const auto* const done = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                                bytes(text), text.size(), expected.data(), &size);
  return done != nullptr && signature.size() == size &&
         CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

bool SignatureKey::verifies(std::string_view text, std::string_view signature) const {
  if (algorithm_ == SignatureAlgorithm::kHs256) return verifies_by_hmac(text, signature);
  std::string der;
  if (algorithm_ == SignatureAlgorithm::kEs256) {
    if (signature.size() != 2 * kCoordinateBytes) return false;
    der = der_signature(signature);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  const bool right = context != nullptr &&
                     EVP_MD_CTX_copy_ex(context.get(), prepared_.get()) == 1 &&
                     EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                      bytes(text), text.size()) == 1;
  ERR_clear_error();  // of this thread, whose TLS connections read it
  return right;
}

}  // namespace tickgate::gateway
