// SPDX-License-Identifier: Apache-2.0
#include "tests/load/wire.h"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tickgate::load {

Wire::Result Wire::failed(int error) {
  error_ = error;
  return Result::kFailed;
}

std::string Wire::problem() const {
  if (error_ == 0) {
    const auto verified = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
    if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
    const char* const reason = ERR_reason_error_string(tls_error_);
    return reason == nullptr ? "cut off" : reason;
  }
  std::string text = std::strerror(error_);
  if (error_ == EADDRNOTAVAIL) text.append(": no local port is left, name more by --source");
  return text;
}

void Wire::close() {
  ssl_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Wire::Result Wire::connect(const Destination& destination, std::uint32_t number) {
  const auto& server = destination.server_;
  descriptor_ =
      ::socket(server.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor_ < 0) return failed(errno);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!destination.sources_.empty()) {
    // The port is chosen by connect(), so that each source has all of them for this server.
    ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto& source = destination.sources_[number % destination.sources_.size()];
    const auto* const address = reinterpret_cast<const sockaddr*>(&source.bytes);
    if (::bind(descriptor_, address, source.size) != 0) return failed(errno);
  }
  const auto* const address = reinterpret_cast<const sockaddr*>(&server.bytes);
  if (::connect(descriptor_, address, server.size) == 0) return Result::kDone;
  return errno == EINPROGRESS ? Result::kAgain : failed(errno);
}

Wire::Result Wire::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? Result::kDone : failed(error);
}

Wire::Result Wire::secure(const Destination& destination) {
  if (!ssl_) {
    ssl_.reset(SSL_new(destination.context_.get()));
    SSL_set_fd(ssl_.get(), descriptor_);
    SSL_set_connect_state(ssl_.get());
    auto* const parameters = SSL_get0_param(ssl_.get());
    const auto& host = destination.url_.host;
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1) {
      std::string name = host;  // what SSL_set_tlsext_host_name() does, less its cast
      SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
      X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
    }
  }
  return tls_result(SSL_do_handshake(ssl_.get()));
}

Wire::Result Wire::tls_result(int result) {
  if (result > 0) return Result::kDone;
  const int error = SSL_get_error(ssl_.get(), result);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || wants_write_) return Result::kAgain;
  if (error == SSL_ERROR_ZERO_RETURN) return Result::kClosed;
  const int cause = error == SSL_ERROR_SYSCALL ? errno : 0;
  tls_error_ = ERR_peek_last_error();
  ERR_clear_error();
  return cause == 0 && SSL_is_init_finished(ssl_.get()) != 0 ? Result::kClosed : failed(cause);
}

Wire::Result Wire::read(std::span<char> into, std::size_t& size) {
  size = 0;
  if (ssl_) {
    while (size < into.size()) {
      std::size_t more = 0;
      const int result = SSL_read_ex(ssl_.get(), into.data() + size, into.size() - size, &more);
      if (result != 1) {
        const auto why = tls_result(result);
        return size > 0 ? Result::kDone : why;
      }
      size += more;
    }
    return Result::kDone;
  }
  const auto got = ::recv(descriptor_, into.data(), into.size(), 0);
  if (got == 0) return Result::kClosed;
  if (got < 0) return errno == EAGAIN || errno == EINTR ? Result::kAgain : failed(errno);
  size = static_cast<std::size_t>(got);
  return Result::kDone;
}

Wire::Result Wire::write(std::string_view bytes, std::size_t& size) {
  size = 0;
  if (ssl_) return tls_result(SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size));
  const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR ? Result::kAgain : failed(errno);
  size = static_cast<std::size_t>(sent);
  return Result::kDone;
}

}  // namespace tickgate::load
