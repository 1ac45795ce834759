// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/admin_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "gateway/net/pem_file.h"

namespace tickgate::gateway {
namespace {

static_assert(SHA256_DIGEST_LENGTH == 32);

bool is_visible(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

AdminToken::Digest AdminToken::digest(std::string_view token) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
  return digest;
}

absl::StatusOr<AdminToken::Loaded> AdminToken::load(const std::string& file) {
  auto read = read_pem_file(file);
  if (!read.ok()) return read.status();
  auto& text = read->text;
  std::string_view token = text;
  if (token.ends_with('\n')) token.remove_suffix(1);
  if (token.ends_with('\r')) token.remove_suffix(1);
  const bool good = token.size() >= kLeast && token.size() <= kMost &&
                    std::all_of(token.begin(), token.end(), is_visible);
  auto loaded = good ? absl::StatusOr<Loaded>(Loaded{AdminToken(token), {}})
                     : absl::InvalidArgumentError(fmt::format(
                           "{}: expected one line, a token of {} to {} visible ASCII characters",
                           file, kLeast, kMost));
  OPENSSL_cleanse(text.data(), text.size());
  if (loaded.ok() && read->others_read) {
    loaded->warning = fmt::format("{}: anybody on this machine may read this token", file);
  }
  return loaded;
}

bool AdminToken::opens(std::string_view credential) const {
  const auto shown = digest(credential);
  return CRYPTO_memcmp(shown.data(), digest_.data(), shown.size()) == 0;
}

}  // namespace tickgate::gateway
