// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include "gateway/net/pem_file.h"

namespace tickgate::gateway {
namespace {

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPointer = std::unique_ptr<SSL_CTX, ContextFree>;

// A session ticket serves for an hour; its key is made with the context, so each reload rotates it.
constexpr long kTicketSeconds = 3600;
// From here on a certificate's end is worth a warning.
constexpr std::chrono::hours kNearEnd{14 * 24};

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

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPointer = std::unique_ptr<BIO, BioFree>;
using CertificatePointer = std::unique_ptr<X509, CertificateFree>;
using KeyPointer = std::unique_ptr<EVP_PKEY, KeyFree>;

BioPointer bio_of(const std::string& text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The leaf, then what the file holds behind it.
absl::Status use_chain(SSL_CTX* context, const std::string& file, const std::string& text) {
  const auto bio = bio_of(text);
  const auto bad = [&] {
    return bad_file(file, fmt::format("no certificate in PEM form: {}", openssl_error()));
  };
  const CertificatePointer leaf(PEM_read_bio_X509_AUX(bio.get(), nullptr, no_password, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return bad();
  while (CertificatePointer next{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)}) {
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return bad();
    next.release();  // the context's now  NOLINT(bugprone-unused-return-value)
  }
  const auto last = ERR_peek_last_error();
  if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE) return bad();
  ERR_clear_error();  // the end of the file
  return absl::OkStatus();
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

// Of the clients' certificates; OpenSSL checks purpose, dates and signatures itself.
absl::Status trust_clients(SSL_CTX* context, const std::string& file) {
  const auto authorities = read_pem_file(file);
  if (!authorities.ok()) return authorities.status();
  const auto bio = bio_of(authorities->text);
  int count = 0;
  while (
      const CertificatePointer one{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)}) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), one.get()) != 1 ||
        SSL_CTX_add_client_CA(context, one.get()) != 1) {
      return bad_file(file, openssl_error());
    }
    ++count;
  }
  const auto last = ERR_peek_last_error();
  const bool whole =
      ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (count == 0 || !whole) {
    return bad_file(file, fmt::format("no certificates in PEM form: {}", openssl_error()));
  }
  ERR_clear_error();  // the end of the file
  // Without a name of its own a session that has a client's certificate is not resumed, but failed.
  static constexpr std::array<unsigned char, 8> kName{'t', 'i', 'c', 'k', 'g', 'a', 't', 'e'};
  if (SSL_CTX_set_session_id_context(context, kName.data(), kName.size()) != 1) {
    return bad_file(file, openssl_error());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return absl::OkStatus();
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

// Of what stands behind the leaf: each is to have signed the one before it.
void check_chain(SSL_CTX* context, const std::string& file, TlsContext::Clock::time_point now,
                 std::vector<std::string>& warnings) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  X509* before = SSL_CTX_get0_certificate(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    if (X509_check_issued(one, before) != X509_V_OK ||
        X509_verify(before, X509_get0_pubkey(one)) != 1) {
      warnings.push_back(fmt::format(
          "{}: certificate {} did not sign the one before it; leaf first, then each one's issuer",
          file, i + 2));
    }
    const auto ends = to_time_point(X509_get0_notAfter(one));
    if (ends && now >= *ends) {
      warnings.push_back(
          fmt::format("{}: certificate {} expired at {}", file, i + 2, print_time(*ends)));
    }
    before = one;
  }
  ERR_clear_error();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::load(
    const std::string& certificate_file, const std::string& key_file, Clock::time_point now,
    const std::string& client_ca_file) {
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_policy(context.get())) {
    return absl::InternalError(fmt::format("TLS cannot be set up: {}", openssl_error()));
  }
  std::vector<std::string> warnings;
  if (auto status = load_files(context.get(), certificate_file, key_file, warnings); !status.ok()) {
    return status;
  }
  if (!client_ca_file.empty()) {
    if (auto status = trust_clients(context.get(), client_ca_file); !status.ok()) return status;
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
  if (*expires - now < kNearEnd) {
    warnings.push_back(fmt::format("{}: ends at {}", certificate_file, print_time(*expires)));
  }
  check_chain(context.get(), certificate_file, now, warnings);
  return std::shared_ptr<const TlsContext>(
      new TlsContext(context.release(), *expires, std::move(warnings)));
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::optional<absl::Status> TlsContextHolder::poll(TlsContext::Clock::time_point now) {
  if (!files_.changed()) return std::nullopt;
  return reload(now);
}

absl::Status TlsContextHolder::reload(TlsContext::Clock::time_point now) {
  files_.note_read();
  return load(files_, now);
}

std::vector<std::string> TlsContextHolder::paths(const std::string& certificate_file,
                                                 const std::string& key_file,
                                                 const std::string& client_ca_file) {
  std::vector<std::string> all{certificate_file, key_file};
  if (!client_ca_file.empty()) all.push_back(client_ca_file);
  return all;
}

absl::Status TlsContextHolder::use(const std::string& certificate_file, const std::string& key_file,
                                   const std::string& client_ca_file) {
  FileWatch files(paths(certificate_file, key_file, client_ca_file));
  files.note_read();
  auto loaded = load(files, TlsContext::Clock::now());
  if (loaded.ok()) files_ = std::move(files);
  return loaded;
}

absl::Status TlsContextHolder::load(const FileWatch& files, TlsContext::Clock::time_point now) {
  const auto& all = files.paths();
  auto loaded = TlsContext::load(all[0], all[1], now, all.size() > 2 ? all[2] : std::string());
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
