// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/dialer.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr milliseconds kResolveTime{5'000};
constexpr milliseconds kConnectTime{5'000};     // over all addresses
constexpr milliseconds kConnectOneTime{1'500};  // of one, while others are left
constexpr milliseconds kTlsTime{5'000};
constexpr milliseconds kTunnelTime{10'000};  // the proxy connects meanwhile
constexpr std::size_t kMostTunnelHead = 16'384;

std::string subject_of(X509* certificate) {
  char text[256] = "none";
  if (certificate != nullptr) {
    X509_NAME_oneline(X509_get_subject_name(certificate), text, sizeof text);
  }
  return text;
}

}  // namespace

absl::StatusOr<TlsTrust> TlsTrust::create(const std::string& ca_file) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  context->set_default_verify_paths(error);
  if (!ca_file.empty()) {
    std::error_code unread;
    const auto found = std::filesystem::status(ca_file, unread);
    if (std::filesystem::exists(found) && !std::filesystem::is_regular_file(found)) {
      return absl::InvalidArgumentError(ca_file + ": not a regular file");  // it might never end
    }
    ERR_clear_error();
    context->load_verify_file(ca_file, error);
    if (error) {
      return absl::InvalidArgumentError(
          fmt::format("{}: no CA certificates: {}", ca_file, error.message()));
    }
  }
  context->set_verify_mode(asio::ssl::verify_peer, error);
  return TlsTrust(std::move(context));
}

Dialer::Dialer(asio::io_context& io, TlsTrust trust, const ProxyRules& proxies, Url url)
    : trust_(std::move(trust)),
      url_(std::move(url)),
      resolver_(io),
      timer_(io),
      stream_(std::make_unique<TlsStream>(io, trust_.context())) {
  if (const auto* const proxy = proxies.for_url(url_)) proxy_ = *proxy;
}

void Dialer::dial(Callback callback) {
  callback_ = std::move(callback);
  if (!url_.tls && !is_loopback(url_.host)) {
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
      self->fail(ReconnectReason::kTls, "without TLS only to this host itself");
    });
    return;
  }
  set_timer(kResolveTime, [this] { fail(ReconnectReason::kDns, "no answer to the name query"); });
  // With a proxy its name is looked up, and the venue's is left to it.
  resolver_.async_resolve(proxy_ ? proxy_->host : url_.host, proxy_ ? proxy_->port : url_.port,
                          [self = shared_from_this()](const Error& error, const auto& results) {
                            self->on_resolved(error, results);
                          });
}

void Dialer::cancel() {
  callback_ = nullptr;
  timer_.cancel();
  resolver_.cancel();
  if (stream_) {
    Error ignored;
    stream_->next_layer().close(ignored);
  }
}

// The families take turns, the resolver's first first: a broken IPv6 does not hide a good IPv4.
void Dialer::on_resolved(const Error& error, const tcp::resolver::results_type& results) {
  if (!callback_) return;
  if (error) {
    return fail(ReconnectReason::kDns,
                proxy_ ? fmt::format("the proxy {}: {}", proxy_->name(), error.message())
                       : error.message());
  }
  std::vector<Endpoint> same, other;
  for (const auto& entry : results) {
    const auto endpoint = entry.endpoint();
    const bool first_kind =
        same.empty() || endpoint.address().is_v6() == same.front().address().is_v6();
    (first_kind ? same : other).push_back(endpoint);
  }
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) endpoints_.push_back(same[i]);
    if (i < other.size()) endpoints_.push_back(other[i]);
  }
  connect_deadline_ = std::chrono::steady_clock::now() + kConnectTime;
  last_error_ = "no address";
  try_next();
}

void Dialer::try_next() {
  const auto left = std::chrono::duration_cast<milliseconds>(connect_deadline_ -
                                                             std::chrono::steady_clock::now());
  if (left.count() <= 0) return fail(ReconnectReason::kTimeout, "no address answered in time");
  if (next_ == endpoints_.size()) {
    return fail(ReconnectReason::kRefused, proxy_ ? "the proxy: " + last_error_ : last_error_);
  }
  const Endpoint endpoint = endpoints_[next_++];
  if (!url_.tls && !endpoint.address().is_loopback()) {
    return fail(ReconnectReason::kTls, "without TLS only to this host itself");
  }
  auto& socket = stream_->next_layer();
  Error ignored;
  socket.close(ignored);
  const bool last = next_ == endpoints_.size();
  const auto attempt = ++attempt_;
  set_timer(last ? left : std::min(left, kConnectOneTime), [this, endpoint] {
    last_error_ = fmt::format("no answer from {}", endpoint.address().to_string());
    try_next();
  });
  socket.async_connect(endpoint, [self = shared_from_this(), attempt](const Error& error) {
    if (self->callback_ && attempt == self->attempt_) self->on_connected(error);
  });
}

void Dialer::on_connected(const Error& error) {
  if (error) {
    last_error_ =
        fmt::format("{}: {}", endpoints_[next_ - 1].address().to_string(), error.message());
    return try_next();
  }
  Error ignored;
  stream_->next_layer().set_option(tcp::no_delay(true), ignored);
  if (proxy_) return open_tunnel();
  connected();
}

void Dialer::open_tunnel() {
  tunnel_request_ = proxy_->connect_request(url_);
  set_timer(kTunnelTime, [this] {
    fail(ReconnectReason::kTimeout, fmt::format("no answer from the proxy {}", proxy_->name()));
  });
  asio::async_write(stream_->next_layer(), asio::buffer(tunnel_request_),
                    [self = shared_from_this()](const Error& error, std::size_t) {
                      if (!self->callback_) return;
                      if (error) return self->on_tunnel_bytes(error);
                      self->read_tunnel_head();
                    });
}

// What comes is looked at before it is taken, so that nothing behind the head is: it is the
// venue's.
void Dialer::read_tunnel_head() {
  stream_->next_layer().async_receive(
      asio::buffer(peeked_), tcp::socket::message_peek,
      [self = shared_from_this()](const Error& error, std::size_t count) {
        if (!self->callback_) return;
        if (error) return self->on_tunnel_bytes(error);
        const auto known = self->tunnel_head_.size();
        self->tunnel_head_.append(self->peeked_.data(), count);
        const auto end = self->tunnel_head_.find("\r\n\r\n", known < 3 ? 0 : known - 3);
        if (end != std::string::npos) self->tunnel_head_.resize(end + 4);
        const auto taken = asio::buffer(self->peeked_, self->tunnel_head_.size() - known);
        Error failed;
        asio::read(self->stream_->next_layer(), taken, failed);  // they are there: it cannot wait
        if (failed || end != std::string::npos) return self->on_tunnel_bytes(failed);
        if (self->tunnel_head_.size() > kMostTunnelHead) {
          return self->on_tunnel_bytes(asio::error::message_size);
        }
        self->read_tunnel_head();
      });
}

void Dialer::on_tunnel_bytes(const Error& error) {
  const auto status = error ? 0 : status_of_head(tunnel_head_);
  if (status >= 200 && status < 300) return connected();
  std::string why = error         ? error.message()
                    : status == 0 ? "its answer is no HTTP"
                                  : fmt::format("HTTP status {}", status);
  if (status == 407)
    why += proxy_->authorization.empty() ? ", it asks for credentials"
                                         : ", it refuses the credentials";
  fail(ReconnectReason::kRefused, fmt::format("the proxy {}: {}", proxy_->name(), why));
}

void Dialer::connected() {
  if (url_.tls) return handshake();
  Result result;
  result.plain = std::make_unique<TcpSocket>(std::move(stream_->next_layer()));
  finish(std::move(result));
}

void Dialer::handshake() {
  Error ignored;
  asio::ip::make_address(url_.host, ignored);
  const bool is_name = ignored.failed();
  if (is_name) {
    // A macro with an old-style cast inside: the control call that it stands for.
    SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             url_.host.data());
  }
  stream_->set_verify_callback(
      [this](bool trusted, asio::ssl::verify_context& context) {
        return verify(trusted, context.native_handle());
      },
      ignored);
  set_timer(kTlsTime, [this] { fail(ReconnectReason::kTls, "the handshake took too long"); });
  stream_->async_handshake(
      asio::ssl::stream_base::client, [self = shared_from_this()](const Error& error) {
        if (!self->callback_) return;
        if (error) {
          const auto& why = self->certificate_.empty() ? error.message() : self->certificate_;
          return self->fail(ReconnectReason::kTls, why);
        }
        Result result;
        result.tls = std::move(self->stream_);
        // The dialer goes; a renegotiation that would verify again is not in TLS 1.3, and OpenSSL's
        // client refuses it by itself below.
        SSL_set_options(result.tls->native_handle(), SSL_OP_NO_RENEGOTIATION);
        result.tls->set_verify_callback([](bool ok, asio::ssl::verify_context&) { return ok; });
        self->finish(std::move(result));
      });
}

// For each certificate of the chain, the issuer's first: OpenSSL's verdict, then the name.
bool Dialer::verify(bool trusted, X509_STORE_CTX* store) {
  const auto subject = subject_of(X509_STORE_CTX_get_current_cert(store));
  if (!trusted) {
    certificate_ = fmt::format(
        "{}, subject {}", X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)), subject);
    return false;
  }
  asio::ssl::verify_context context(store);
  if (asio::ssl::host_name_verification(url_.host)(true, context)) return true;
  certificate_ = fmt::format("the certificate is not for {}, subject {}", url_.host, subject);
  return false;
}

void Dialer::fail(ReconnectReason reason, std::string detail) {
  failure_ = {reason, std::move(detail)};
  Result result;
  result.failure = &failure_;
  finish(std::move(result));
}

void Dialer::finish(Result result) {
  if (!callback_) return;
  const auto self = shared_from_this();
  const auto callback = std::exchange(callback_, nullptr);
  cancel();
  callback(std::move(result));
}

void Dialer::set_timer(milliseconds time, std::function<void()> expired) {
  timer_.expires_after(time);
  // A timer that has already fired can't be cancelled: its turn tells it that it is too late.
  timer_.async_wait([self = shared_from_this(), expired = std::move(expired),
                     turn = ++timer_turn_](const Error& error) {
    if (!error && self->callback_ && turn == self->timer_turn_) expired();
  });
}

}  // namespace tickgate::feeds
