// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/admin_server.h"

#include <algorithm>

#include "gateway/net/listener.h"
#include "gateway/net/socket_options.h"

namespace tickgate::gateway {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{500};
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::size_t kReadBuffer = 16'384;
constexpr std::uint32_t kSendBuffer = 262'144;  // a scrape fits
// Of one address, before it is told to come back later.
constexpr std::uint32_t kWrongTokensPerMinute = 60;
// A probe is answered beside them.
constexpr Visitors::Limits kVisitors{64, 0, std::size_t{64} << 20U};

}  // namespace

AdminServer::AdminServer(boost::asio::io_context& io)
    : acceptor_(io),
      sweep_timer_(io),
      accept_pause_(io),
      door_("admin", io, counters_, std::make_shared<Visitors>(kVisitors)),
      tries_({0, 0, kWrongTokensPerMinute}),
      read_buffer_(kReadBuffer) {
  rules_.probe_paths = {"/livez", "/readyz"};
  rules_.hosts.emplace();
}

void AdminServer::route(std::string path, Handler handler) {
  route_later(std::move(path), [handler = std::move(handler)](
                                   const HttpRequest&, const Reply& reply) { reply(handler()); });
}

void AdminServer::route_later(std::string path, LaterHandler handler) {
  routes_.emplace_back(std::move(path), std::move(handler));
}

absl::Status AdminServer::listen(const ListenAddress& address) {
  auto status = open_listener(acceptor_, address, /*shared=*/false);
  if (status.ok()) port_ = acceptor_.local_endpoint().port();
  return status;
}

void AdminServer::start() {
  accept();
  sweep();
}

void AdminServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  sweep_timer_.cancel();
  accept_pause_.cancel();
  door_.close();
}

void AdminServer::accept() {
  acceptor_.async_accept(peer_, [this](boost::system::error_code error, Socket socket) {
    if (!acceptor_.is_open()) return;
    if (error) {
      accept_pause_.expires_after(kAcceptPause);
      accept_pause_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) accept();
      });
      return;
    }
    try {
      welcome(std::move(socket));
    } catch (const std::bad_alloc&) {
      counters_.out_of_memory.add();
    }
    accept();
  });
}

void AdminServer::welcome(Socket socket) {
  boost::system::error_code error;
  socket.native_non_blocking(true, error);
  if (error || !door_.make_room(most_)) return;
  set_client_options(socket.native_handle(), {kSendBuffer, kSendBuffer});
  const int descriptor = socket.native_handle();
  auto transport = tls_ == nullptr ? make_plain_transport(descriptor)
                                   : make_tls_transport(descriptor, *tls_->current());
  if (transport == nullptr) return;
  door_.enter(std::make_shared<HttpSession>(static_cast<HttpSessionHost&>(*this), std::move(socket),
                                            std::move(transport), peer_of(peer_)));
}

void AdminServer::sweep() {
  if (!acceptor_.is_open()) return;  // stopped while this was on its way
  const auto now = monotonic_now();
  door_.sweep(now);
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

// A probe is no secret, and those who send it have no way to show anything. Whoever shows nothing
// guesses nothing.
std::optional<HttpRefusal> AdminServer::turns_away(const HttpSession& session,
                                                   const HttpRequest& request) {
  if (!token_.has_value() && !certificate_) return std::nullopt;
  if (std::ranges::find(rules_.probe_paths, request.path) != rules_.probe_paths.end()) {
    return std::nullopt;
  }
  if (certificate_ && session.peer_is_certified()) return std::nullopt;
  if (!token_.has_value() || request.credential.empty()) return HttpRefusal::kUnauthenticated;
  const auto host = host_of(session.peer().address);
  if (!tries_.may_try(host, monotonic_now())) return HttpRefusal::kAddressFailures;
  if (token_->opens(request.credential)) return std::nullopt;
  tries_.failed(host, monotonic_now());
  return HttpRefusal::kUnauthenticated;
}

void AdminServer::on_request(const std::shared_ptr<HttpSession>& session,
                             const HttpRequest& request) {
  if (const auto refusal = turns_away(*session, request)) {
    door_.note(*refusal, *session);
    if (*refusal == HttpRefusal::kAddressFailures) {
      return session->answer(compose_refusal(*refusal, request.head_only));
    }
    const HttpHeader challenge{"WWW-Authenticate", R"(Bearer realm="tickgate admin")"};
    return session->answer(compose_http_response(
        401, kTextType, "this port is for those who show its token or a certificate\n",
        request.head_only, {&challenge, 1}));
  }
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const auto& candidate) {
    return candidate.first == request.path;
  });
  if (route == routes_.end()) {
    std::string known = "no such path; there are:\n";
    for (const auto& [path, handler] : routes_) known.append("  ").append(path).append("\n");
    return session->answer(compose_http_response(404, kTextType, known, request.head_only));
  }
  route->second(request, [asked = std::weak_ptr(session),
                          head_only = request.head_only](const AdminAnswer& answer) {
    const auto asker = asked.lock();
    if (asker == nullptr) return;  // it did not wait
    asker->answer(compose_http_response(answer.status, answer.content_type, answer.body, head_only,
                                        answer.headers));
  });
}

}  // namespace tickgate::gateway
