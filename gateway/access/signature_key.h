// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "gateway/access/sha256.h"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace tickgate::gateway {

// How a token is signed (RFC 7518, RFC 8037). A key has exactly one, which its kind decides.
enum class SignatureAlgorithm : std::uint8_t { kRs256, kEs256, kEdDsa, kHs256 };
std::string_view name(SignatureAlgorithm algorithm);  // as `alg` has it

// A key by which tokens are verified. Immutable; any thread. The numbers are those of a JWK, as
// bytes.
class SignatureKey {
 public:
  // RSA of 2048 to 4096 bits, its exponent odd and from 3 to 64 bits.
  static absl::StatusOr<SignatureKey> rsa(std::string_view n, std::string_view e);
  // On P-256, each of 32 bytes.
  static absl::StatusOr<SignatureKey> p256(std::string_view x, std::string_view y);
  // Of 32 bytes; see may_be_ed25519_key().
  static absl::StatusOr<SignatureKey> ed25519(std::string_view x);
  // 32 to 1024 bytes that nobody else knows.
  static absl::StatusOr<SignatureKey> hmac(std::string_view secret);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  // Tells this key from every other: what it is made of, under SHA-256.
  const Digest& thumbprint() const { return thumbprint_; }
  // Whether `signature`, in the form of RFC 7518, is this key's of `text`. 3 to 200 us.
  bool verifies(std::string_view text, std::string_view signature) const;

 private:
  SignatureKey(SignatureAlgorithm algorithm, std::string_view material);

  bool verifies_by_hmac(std::string_view text, std::string_view signature) const;

  SignatureAlgorithm algorithm_;
  Digest thumbprint_;
  std::string secret_;                             // of kHs256
  std::shared_ptr<const evp_md_ctx_st> prepared_;  // of the others; copied for each check
};

}  // namespace tickgate::gateway
