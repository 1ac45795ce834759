// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/client_authorities.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include <array>

#include "gateway/net/openssl.h"
#include "gateway/net/pem_file.h"

namespace tickgate::gateway {
namespace {

// Of certificates that a client may make us check: his own, and so many above it.
constexpr int kMostAbove = 4;

// A session that was resumed has its certificate still; so none is resumed that other authorities
// had let in.
bool bind_sessions(ssl_ctx_st* context, const std::string& authorities) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(authorities.data()), authorities.size(),
         digest.data());
  return SSL_CTX_set_session_id_context(context, digest.data(), digest.size()) == 1;
}

}  // namespace

absl::Status ask_for_certificates(ssl_ctx_st* context, const std::string& file,
                                  std::chrono::system_clock::time_point now,
                                  std::vector<std::string>& warnings) {
  const auto read = read_pem_file(file);
  if (!read.ok()) return read.status();
  const auto bio = bio_of(read->text);
  const StorePointer store(X509_STORE_new());
  ERR_clear_error();
  int count = 0;
  while (const auto one = next_certificate(bio.get())) {
    if (X509_STORE_add_cert(store.get(), one.get()) != 1 ||
        SSL_CTX_add_client_CA(context, one.get()) != 1) {
      return bad_file(file, openssl_error());
    }
    ++count;
    const auto ends = to_time_point(X509_get0_notAfter(one.get()));
    if (ends && now >= *ends) {
      warnings.push_back(
          fmt::format("{}: authority {} expired at {}", file, count, print_time(*ends)));
    }
  }
  if (!at_end_of_pem() || count == 0) {
    return bad_file(file, fmt::format("no certificates in PEM form: {}", openssl_error()));
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_verify_depth(context, kMostAbove);
  if (SSL_CTX_set1_verify_cert_store(context, store.get()) != 1 ||
      !bind_sessions(context, read->text)) {
    return bad_file(file, openssl_error());
  }
  return absl::OkStatus();
}

}  // namespace tickgate::gateway
