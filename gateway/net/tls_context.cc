// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <optional>
#include <utility>

namespace tickgate::gateway {
namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextFree>;

// A session ticket serves for an hour; its key is made with the context, so SIGHUP rotates it.
constexpr long kTicketSeconds = 3600;

// The oldest reason in OpenSSL's queue, which is then emptied.
std::string openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(code)) {
    return std::error_code(ERR_GET_REASON(code), std::generic_category()).message();
  }
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : fmt::format("OpenSSL error {}", code);
}

absl::Status bad_file(const std::string& file, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("{}: {}", file, what));
}

// In place of OpenSSL's prompt on the terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

bool set_policy(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Clients go without close_notify every day; a frame says where a message ends, so nothing can
  // be cut off unseen.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, kTicketSeconds);
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 1) == 1 &&
         SSL_CTX_set_cipher_list(context,
                                 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") == 1;
}

absl::Status load_files(SSL_CTX* context, const std::string& certificate, const std::string& key) {
  bool password_asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_password);
  SSL_CTX_set_default_passwd_cb_userdata(context, &password_asked);
  absl::Status status;
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    status = bad_file(certificate, fmt::format("no certificate in PEM form: {}", openssl_error()));
  } else if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    // OpenSSL compares key and certificate already here.
    const auto error = openssl_error();
    status = bad_file(key, password_asked ? "the key is encrypted; give one without a password"
                                          : fmt::format("no key for {}: {}", certificate, error));
  } else if (SSL_CTX_check_private_key(context) != 1) {
    status = bad_file(key, fmt::format("not the key of {}: {}", certificate, openssl_error()));
  }
  // It points to this frame's variable.
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  return status;
}

std::optional<TlsContext::Clock::time_point> to_time_point(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return TlsContext::Clock::from_time_t(timegm(&parts));
}

std::string print_time(TlsContext::Clock::time_point time) {
  const auto seconds = TlsContext::Clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::load(
    const std::string& certificate_file, const std::string& key_file, Clock::time_point now) {
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_policy(context.get())) {
    return absl::InternalError(fmt::format("TLS cannot be set up: {}", openssl_error()));
  }
  if (auto status = load_files(context.get(), certificate_file, key_file); !status.ok()) {
    return status;
  }
  const X509* leaf = SSL_CTX_get0_certificate(context.get());
  const auto begins = to_time_point(X509_get0_notBefore(leaf));
  const auto expires = to_time_point(X509_get0_notAfter(leaf));
  if (!begins || !expires) return bad_file(certificate_file, "its dates cannot be read");
  if (now >= *expires) {
    return bad_file(certificate_file, fmt::format("expired at {}", print_time(*expires)));
  }
  if (now < *begins) {
    return bad_file(certificate_file, fmt::format("not valid before {}", print_time(*begins)));
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release(), *expires));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

absl::Status TlsContextHolder::reload(TlsContext::Clock::time_point now) {
  auto loaded = TlsContext::load(certificate_file_, key_file_, now);
  if (!loaded.ok()) return loaded.status();
  const std::lock_guard lock(mutex_);
  current_ = *std::move(loaded);
  return absl::OkStatus();
}

std::shared_ptr<const TlsContext> TlsContextHolder::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

}  // namespace tickgate::gateway
