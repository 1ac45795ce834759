// SPDX-License-Identifier: Apache-2.0
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/tls_context.h"
#include "gateway/net/transport.h"
#include "schemas/freed_by.h"

namespace tickgate::gateway {
namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and a peer that has gone would end the
// process by SIGPIPE. This one does not, and never blocks.
int bio_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int descriptor = *static_cast<const int*>(BIO_get_data(bio));
  const auto sent =
      ::send(descriptor, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const int descriptor = *static_cast<const int*>(BIO_get_data(bio));
  const auto received = ::recv(descriptor, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (received < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_read(bio);
  if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(received);
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // nothing is kept here
}

// Made once for the process and never freed. nullptr if out of memory.
const BIO_METHOD* bio_method() {
  static const BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "client socket");
    if (method != nullptr) {
      BIO_meth_set_write(method, bio_write);
      BIO_meth_set_read(method, bio_read);
      BIO_meth_set_ctrl(method, bio_control);
    }
    return method;
  }();
  return kMethod;
}

// `descriptor` must outlive it.
BIO* make_bio(int& descriptor) {
  BIO* bio = bio_method() != nullptr ? BIO_new(bio_method()) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &descriptor);
  BIO_set_init(bio, 1);
  return bio;
}

using SessionPointer = std::unique_ptr<SSL, schemas::FreedBy<SSL_free>>;

class TlsTransport final : public Transport {
 public:
  TlsTransport(int descriptor, SessionPointer session)
      : descriptor_(descriptor), session_(std::move(session)) {}

  // False if out of memory.
  bool attach() {
    BIO* bio = make_bio(descriptor_);
    if (bio == nullptr) return false;
    SSL_set_bio(session_.get(), bio, bio);
    SSL_set_accept_state(session_.get());
    return true;
  }

  IoResult handshake() override {
    return run([&](std::size_t&) { return SSL_accept(session_.get()); });
  }

  IoResult read_some(std::span<char> bytes) override {
    return run([&](std::size_t& size) {
      return SSL_read_ex(session_.get(), bytes.data(), bytes.size(), &size);
    });
  }

  // OpenSSL takes one record (16 KiB) a call; goes on for as long as the socket takes them.
  IoResult write_some(std::span<const char> bytes) override {
    std::size_t written = 0;
    while (written < bytes.size()) {
      const auto rest = bytes.subspan(written);
      const auto result = run([&](std::size_t& size) {
        return SSL_write_ex(session_.get(), rest.data(), rest.size(), &size);
      });
      if (result.status != IoStatus::kOk) {
        // What failed will fail again, or go on, at the next call.
        return written > 0 ? IoResult{IoStatus::kOk, written, 0} : result;
      }
      written += result.size;
    }
    return {IoStatus::kOk, written, 0};
  }

  std::size_t pending() const override {
    return failed_ ? 0 : static_cast<std::size_t>(std::max(SSL_pending(session_.get()), 0));
  }

  // A session that is resumed has both from its first handshake, which may be long ago.
  bool peer_is_certified() const override {
    if (failed_ || SSL_get_verify_result(session_.get()) != X509_V_OK) return false;
    const auto* const shown = SSL_get0_peer_certificate(session_.get());
    return shown != nullptr && X509_cmp_current_time(X509_get0_notAfter(shown)) > 0;
  }
  bool is_secure() const override { return true; }

  std::optional<PeerCertificate> peer_certificate() const override {
    return peer_certificate_of(session_.get());
  }

  void shutdown() override {
    if (!failed_ && SSL_is_init_finished(session_.get()) == 1) {
      ERR_clear_error();
      SSL_shutdown(session_.get());
      ERR_clear_error();
    }
    ::shutdown(descriptor_, SHUT_WR);
  }

 private:
  // `call` returns 1 on success. OpenSSL's error queue belongs to the thread, that is to all its
  // connections, so it is emptied before and after.
  template <typename Call>
  IoResult run(Call call) {
    if (failed_) return {IoStatus::kError, 0, EPROTO};
    ERR_clear_error();
    errno = 0;
    std::size_t size = 0;
    const int returned = call(size);
    if (returned == 1) return {IoStatus::kOk, size, 0};
    const int system_error = errno;
    const int error = SSL_get_error(session_.get(), returned);
    ERR_clear_error();
    switch (error) {
      case SSL_ERROR_WANT_READ:
        return {IoStatus::kWantRead, 0, 0};
      case SSL_ERROR_WANT_WRITE:
        return {IoStatus::kWantWrite, 0, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {IoStatus::kEof, 0, 0};
      default:
        // After one of these the session must not be used again, not even to shut it down.
        failed_ = true;
        if (error == SSL_ERROR_SYSCALL && system_error == 0) return {IoStatus::kEof, 0, 0};
        return {IoStatus::kError, 0,
                error == SSL_ERROR_SYSCALL && system_error != 0 ? system_error : EPROTO};
    }
  }

  int descriptor_;
  SessionPointer session_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(int descriptor, const TlsContext& context) {
  ERR_clear_error();
  SessionPointer session(SSL_new(context.native()));
  if (!session) return nullptr;
  auto transport = std::make_unique<TlsTransport>(descriptor, std::move(session));
  if (!transport->attach()) return nullptr;
  return transport;
}

}  // namespace tickgate::gateway
