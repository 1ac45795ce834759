// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "schemas/check.h"
#include "schemas/freed_by.h"

namespace tickgate::gateway {
namespace {

// Fetched once: looking an algorithm up costs more than the digest of a token.
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TICKGATE_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

using Context = std::unique_ptr<EVP_MD_CTX, schemas::FreedBy<EVP_MD_CTX_free>>;

}  // namespace

Digest sha256(std::string_view text) {
  static thread_local const Context context(EVP_MD_CTX_new());
  Digest digest{};
  const bool done = context != nullptr &&
                    EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  TICKGATE_CHECK(done);
  return digest;
}

bool is_same_secret(const Digest& one, const Digest& other) {
  return CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string hex_text(const Digest& digest) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace tickgate::gateway
