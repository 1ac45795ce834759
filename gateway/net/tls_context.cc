// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <optional>
#include <utility>

#include "gateway/net/certificate_chain.h"
#include "gateway/net/client_authorities.h"
#include "gateway/net/openssl.h"
#include "gateway/net/pem_file.h"

namespace tickgate::gateway {
namespace {

// So long serves a session ticket, see TicketKeys.
constexpr long kTicketSeconds = TicketKeys::kPeriod.count();
// From here on a certificate's end is worth a warning.
constexpr std::chrono::hours kNearEnd{14 * 24};

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
  // 0-RTT can be replayed by whoever heard it.
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_recv_max_early_data(context, 0);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_num_tickets(context, 1) == 1 &&
         SSL_CTX_set_cipher_list(context,
                                 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") == 1;
}

// The leaf, then what the file holds behind it.
absl::Status use_chain(SSL_CTX* context, const std::string& file, const std::string& text) {
  const auto bio = bio_of(text);
  const auto bad = [&] {
    return bad_file(file, fmt::format("no certificate in PEM form: {}", openssl_error()));
  };
  const CertificatePointer leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return bad();
  while (auto next = next_certificate(bio.get())) {
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return bad();
    next.release();  // the context's now  NOLINT(bugprone-unused-return-value)
  }
  return at_end_of_pem() ? absl::OkStatus() : bad();
}

absl::Status use_key(SSL_CTX* context, const std::string& file, const std::string& text,
                     const std::string& certificate) {
  bool password_asked = false;
  const KeyPointer key(
      PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, no_password, &password_asked));
  // OpenSSL compares key and certificate already here.
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    const auto error = openssl_error();
    return bad_file(file, password_asked ? "the key is encrypted; give one without a password"
                                         : fmt::format("no key for {}: {}", certificate, error));
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return bad_file(file, fmt::format("not the key of {}: {}", certificate, openssl_error()));
  }
  return absl::OkStatus();
}

absl::Status load_files(SSL_CTX* context, const std::string& certificate, const std::string& key,
                        std::vector<std::string>& warnings) {
  const auto chain = read_pem_file(certificate);
  if (!chain.ok()) return chain.status();
  auto secret = read_pem_file(key);
  if (!secret.ok()) return secret.status();
  auto status = use_chain(context, certificate, chain->text);
  if (status.ok()) status = use_key(context, key, secret->text, certificate);
  OPENSSL_cleanse(secret->text.data(), secret->text.size());
  if (secret->others_read) {
    warnings.push_back(fmt::format("{}: anybody on this machine may read this key", key));
  }
  return status;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::load(
    const TlsFiles& files, std::shared_ptr<TicketKeys> tickets, Clock::time_point now) {
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  if (tickets == nullptr) tickets = std::make_shared<TicketKeys>();
  if (!context || !set_policy(context.get()) ||
      !use_ticket_keys(context.get(), std::move(tickets))) {
    return absl::InternalError(fmt::format("TLS cannot be set up: {}", openssl_error()));
  }
  const auto& file = files.certificate;
  std::vector<std::string> warnings;
  auto status = load_files(context.get(), file, files.key, warnings);
  if (status.ok() && !files.client_ca.empty()) {
    status = ask_for_certificates(context.get(), files.client_ca, now, warnings);
  }
  if (!status.ok()) return status;
  const X509* leaf = SSL_CTX_get0_certificate(context.get());
  const auto begins = to_time_point(X509_get0_notBefore(leaf));
  const auto expires = to_time_point(X509_get0_notAfter(leaf));
  if (!begins || !expires) return bad_file(file, "its dates cannot be read");
  if (now >= *expires) return bad_file(file, fmt::format("expired at {}", print_time(*expires)));
  if (now < *begins) {
    return bad_file(file, fmt::format("not valid before {}", print_time(*begins)));
  }
  if (*expires - now < kNearEnd) {
    warnings.push_back(fmt::format("{}: ends at {}", file, print_time(*expires)));
  }
  for (auto& one : chain_warnings(context.get(), file, now)) warnings.push_back(std::move(one));
  return std::shared_ptr<const TlsContext>(
      new TlsContext(context.release(), *expires, std::move(warnings)));
}

std::vector<std::string> TlsFiles::paths() const {
  std::vector<std::string> paths{certificate, key};
  if (!client_ca.empty()) paths.push_back(client_ca);
  return paths;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::optional<absl::Status> TlsContextHolder::poll(TlsContext::Clock::time_point now) {
  tickets_->retire(monotonic_now());
  if (!watch_.changed()) return std::nullopt;
  return reload(now);
}

absl::Status TlsContextHolder::reload(TlsContext::Clock::time_point now) {
  watch_.note_read();
  return load(files_, now);
}

absl::Status TlsContextHolder::use(const TlsFiles& files) {
  FileWatch watch(files.paths());
  watch.note_read();
  auto loaded = load(files, TlsContext::Clock::now());
  if (!loaded.ok()) return loaded;
  files_ = files;
  watch_ = std::move(watch);
  return loaded;
}

absl::Status TlsContextHolder::load(const TlsFiles& files, TlsContext::Clock::time_point now) {
  auto loaded = TlsContext::load(files, tickets_, now);
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
