// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/admin_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "gateway/net/pem_file.h"

namespace tickgate::gateway {
namespace {

bool is_visible(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

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
  return is_same_secret(sha256(credential), digest_);
}

}  // namespace tickgate::gateway
