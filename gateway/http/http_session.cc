// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_session.h"

#include <algorithm>
#include <utility>

#include "gateway/net/proxy_header.h"

namespace tickgate::gateway {
namespace {

// After the last answer: how long what the client still sends is read away, so that the answer is
// not lost to a reset.
constexpr std::chrono::seconds kLinger{1};
// For an answer that is made on another thread, and then for each piece of it to be taken: a slow
// phone gets all of it.
constexpr std::chrono::seconds kAnswerTime{10};
// Longer than the minute after which the usual proxies let go of a connection, so that it is they
// who do and no request of theirs meets its end.
constexpr std::chrono::seconds kRest{75};
// For the PROXY header, which a proxy sends with its first packet.
constexpr std::chrono::milliseconds kProxyTime{3'000};
constexpr std::uint32_t kMostRequests = 1'000;
// So little of a session is not counted: what a browser sends as a request's head, and what a probe
// is answered.
constexpr std::size_t kUncounted = 4'096;

}  // namespace

HttpSession::HttpSession(HttpSessionHost& host, Socket socket, std::unique_ptr<Transport> transport,
                         const Peer& peer, Arrival arrival, AddressStay stay)
    : host_(host),
      socket_(std::move(socket)),
      transport_(std::move(transport)),
      reader_(host.rules()),
      deadline_(monotonic_now() + (arrival == Arrival::kProxied
                                       ? std::min(kProxyTime, host.rules().request_time)
                                       : host.rules().request_time)),
      stay_(std::move(stay)),
      peer_(peer),
      arrival_(arrival),
      phase_(arrival == Arrival::kProxied ? Phase::kProxy : Phase::kTls) {}

void HttpSession::turn_away(HttpRefusal refusal) {
  unsent_ = compose_refusal(refusal, false);
  finish_http_response(unsent_, false, {});
  phase_ = Phase::kAnswering;
}

void HttpSession::answer(std::string response) {
  if (phase_ != Phase::kWaiting || done()) return;
  host_.counters().http_requests.add();
  keeps_alive_ = keeps_alive();
  serve_alone([&] { send(std::move(response), Phase::kAnswering); });
  host_.door().run_soon(shared_from_this());
}

void HttpSession::out_of_memory() {
  host_.counters().out_of_memory.add();
  close();
}

bool HttpSession::sweep(Monotonic now) {
  if (done() || now < deadline_) return false;
  if (phase_ == Phase::kProxy || phase_ == Phase::kTls || phase_ == Phase::kRequest) {
    if (place.stay == Stay::kUnnamed || place.stay == Stay::kAsking) {
      host_.door().note(HttpRefusal::kTimeout, *this);
    }
  }
  close();
  return true;
}

// Who came behind the pause is given no more than he would be.
void HttpSession::forgive(Monotonic paused, Monotonic now) {
  const Monotonic most = place.stay == Stay::kUnnamed   ? Monotonic(kProxyTime)
                         : place.stay == Stay::kAsking  ? Monotonic(host_.rules().request_time)
                         : place.stay == Stay::kAsked   ? Monotonic(kAnswerTime)
                         : place.stay == Stay::kResting ? Monotonic(kRest)
                                                        : Monotonic(kLinger);
  deadline_ = std::min(deadline_ + paused, now + most);
}

void HttpSession::close() {
  host_.door().move(*this, Stay::kGone);
  host_.door().visitors().give_back(std::exchange(counted_, 0));
  stay_.end();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void HttpSession::step() {
  bool more = true;
  while (more && !done()) {
    switch (phase_) {
      case Phase::kProxy:
        more = step_proxy();
        break;
      case Phase::kTls:
        more = step_tls();
        break;
      case Phase::kRequest:
        more = step_request();
        break;
      case Phase::kInviting:
      case Phase::kAnswering:
      case Phase::kUpgrading:
        more = step_write();
        break;
      case Phase::kLingering:
        more = step_linger();
        break;
      case Phase::kWaiting:
      case Phase::kParked:
        return;
    }
  }
}

// What is behind the header stays in the socket: it is TLS, or the request.
bool HttpSession::step_proxy() {
  const auto header = read_proxy_header(socket_.native_handle(), unsent_);
  if (header.status == ProxyHeader::Status::kNeedMore) {
    wait(IoStatus::kWantRead);
    return false;
  }
  unsent_ = std::string();
  if (header.status == ProxyHeader::Status::kBad) {
    host_.door().note(HttpRefusal::kProxyHeader, *this);
    close();
    return false;
  }
  if (header.client) peer_ = *header.client;
  phase_ = Phase::kTls;
  deadline_ = monotonic_now() + host_.rules().request_time;
  host_.door().move(*this, Stay::kAsking);
  const auto refusal = enter();
  if (!refusal) return true;
  host_.door().note(*refusal, *this);
  host_.uncount_accept();
  if (transport_->is_secure()) {
    close();
  } else {
    turn_away(*refusal);
  }
  return !done();
}

// nullopt: this address is counted with those that are here.
std::optional<HttpRefusal> HttpSession::enter() {
  auto* const addresses = host_.rules().addresses;
  if (addresses == nullptr) return std::nullopt;
  const auto refusal = addresses->enter(peer_.address, monotonic_now());
  if (refusal) return refusal_of(*refusal);
  stay_ = AddressStay(addresses, peer_.address);
  return std::nullopt;
}

// As it is while it is open.
Peer HttpSession::socket_peer() const {
  boost::system::error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  return error ? peer_ : peer_of(endpoint);
}

// Of a trusted proxy each request has an address of its own; without one it is the proxy's.
void HttpSession::note_forwarded() {
  if (arrival_ != Arrival::kForwarded) return;
  peer_ = forwarded_client(host_.rules().proxies, reader_.request().forwarded, socket_peer());
}

bool HttpSession::step_tls() {
  const auto result = transport_->handshake();
  if (result.status == IoStatus::kOk) {
    phase_ = Phase::kRequest;
    return true;
  }
  if (result.status == IoStatus::kError || result.status == IoStatus::kEof) {
    host_.door().note(HttpRefusal::kTls, *this);
    close();
    return false;
  }
  wait(result.status);
  return false;
}

bool HttpSession::step_request() {
  const auto buffer = host_.read_buffer();
  const auto result = transport_->read_some(buffer);
  if (result.status != IoStatus::kOk) {
    wait(result.status);
    return false;
  }
  if (place.stay == Stay::kResting) {
    host_.door().move(*this, Stay::kAsking);
    deadline_ = monotonic_now() + host_.rules().request_time;
  }
  return take(reader_.feed(buffer.first(result.size)));
}

bool HttpSession::take(HttpRequestReader::Outcome outcome) {
  if (outcome != HttpRequestReader::Outcome::kNeedMore) note_forwarded();
  if (!account()) return refuse(HttpRefusal::kBytes);
  switch (outcome) {
    case HttpRequestReader::Outcome::kNeedMore:
      if (reader_.wants_continue()) {
        return send("HTTP/1.1 100 Continue\r\n\r\n", Phase::kInviting);
      }
      return true;
    case HttpRequestReader::Outcome::kRequest:
      return take_request();
    case HttpRequestReader::Outcome::kAnswered:
      host_.counters().http_requests.add();
      ++requests_;
      keeps_alive_ = keeps_alive();
      send(reader_.response(), Phase::kAnswering);
      host_.door().run_soon(shared_from_this());
      return false;
    case HttpRequestReader::Outcome::kRefused:
      host_.door().note(reader_.refusal(), *this);
      keeps_alive_ = false;
      return send(reader_.response(), Phase::kAnswering);
    case HttpRequestReader::Outcome::kUpgrade:
      return take_upgrade();
  }
  return false;
}

bool HttpSession::take_request() {
  upgrades_ = false;
  const auto& probes = host_.rules().probe_paths;
  const auto& path = reader_.request().path;
  if (std::ranges::find(probes, path) != probes.end()) return hand_over();
  if (const auto refusal = host_.refuse_request()) return refuse(*refusal);
  if (const auto refusal = host_.door().admit(*this)) return refuse(*refusal);
  deadline_ = monotonic_now() + kAnswerTime;
  return ask_who();
}

bool HttpSession::hand_over() {
  ++requests_;
  phase_ = Phase::kWaiting;
  host_.on_request(shared_from_this(), reader_.request());
  return false;
}

bool HttpSession::take_upgrade() {
  upgrades_ = true;
  if (const auto refusal = host_.refuse_upgrade()) return refuse(*refusal);
  if (arrival_ == Arrival::kForwarded) {
    if (const auto refusal = enter()) return refuse(*refusal);
  }
  return ask_who();
}

// Who has shown nothing is to do so in band; so many may be about to.
bool HttpSession::upgrade() {
  if (admission_.guarded && admission_.grant == nullptr) {
    auto counted = host_.checkpoint()->enter_unnamed();
    if (!counted.has_value()) return refuse(HttpRefusal::kUnnamed);
    admission_.place = *std::move(counted);
  }
  return send(reader_.response(), Phase::kUpgrading);
}

bool HttpSession::refuse(HttpRefusal refusal) {
  host_.door().note(refusal, *this);
  const auto& request = reader_.request();
  const auto code =
      refusal == HttpRefusal::kExpired ? ErrorCode::kTokenExpired : ErrorCode::kUnauthenticated;
  unsent_ = status(refusal) == 401 && !upgrades_
                ? compose_unauthenticated(code, words(refusal), true, request.head_only)
                : compose_refusal(refusal, request.head_only);
  finish_http_response(unsent_, false, request.origin);
  reader_ = HttpRequestReader(host_.rules());
  phase_ = Phase::kAnswering;
  keeps_alive_ = false;
  account();  // so little is not counted
  return true;
}

bool HttpSession::keeps_alive() const {
  return reader_.request().keep_alive && requests_ < kMostRequests && host_.keeps_connections();
}

// Too large an answer for what all of them may hold gives way to a small one.
bool HttpSession::send(std::string response, Phase phase) {
  phase_ = phase;
  sent_ = 0;
  unsent_ = std::move(response);
  if (phase != Phase::kAnswering) return true;
  finish_http_response(unsent_, keeps_alive_, reader_.request().origin);
  return account() || refuse(HttpRefusal::kBytes);
}

// False: all visitors together would hold more than they may.
bool HttpSession::account() {
  const auto holds = reader_.held() + unsent_.size();
  const auto counted = holds > kUncounted ? holds - kUncounted : 0;
  auto& visitors = host_.door().visitors();
  if (counted > counted_ && !visitors.take(counted - counted_)) return false;
  if (counted < counted_) visitors.give_back(counted_ - counted);
  counted_ = counted;
  return true;
}

bool HttpSession::step_write() {
  while (sent_ < unsent_.size()) {
    const auto result = transport_->write_some(std::span(unsent_).subspan(sent_));
    if (result.status != IoStatus::kOk) {
      wait(result.status);
      return false;
    }
    sent_ += result.size;
    if (place.stay == Stay::kAsked) deadline_ = monotonic_now() + kAnswerTime;
  }
  return finish_write();
}

bool HttpSession::finish_write() {
  if (phase_ == Phase::kUpgrading) {
    host_.door().move(*this, Stay::kGone);
    host_.door().visitors().give_back(std::exchange(counted_, 0));
    host_.on_upgraded(*this, std::move(socket_), std::move(transport_), std::move(admission_));
    return false;
  }
  unsent_ = std::string();
  sent_ = 0;
  if (phase_ == Phase::kInviting) {
    phase_ = Phase::kRequest;
    return true;
  }
  if (keeps_alive_) return rest();
  transport_->shutdown();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  phase_ = Phase::kLingering;
  deadline_ = monotonic_now() + kLinger;
  host_.door().move(*this, Stay::kLeaving);
  return true;
}

// What came behind the request is the next one; each has a turn of its own, and of a proxy a client
// of its own, who is not known yet.
bool HttpSession::rest() {
  phase_ = Phase::kRequest;
  const auto outcome = reader_.next();
  const auto stay = reader_.empty() ? Stay::kResting : Stay::kAsking;
  const auto now = monotonic_now();
  deadline_ = stay == Stay::kResting ? now + kRest : now + host_.rules().request_time;
  host_.door().move(*this, stay);
  if (done()) return false;
  if (arrival_ == Arrival::kForwarded) peer_ = socket_peer();
  return take(outcome);
}

bool HttpSession::step_linger() {
  const auto result = transport_->read_some(host_.read_buffer());
  if (result.status != IoStatus::kOk) {
    wait(result.status);
    return false;
  }
  host_.door().run_soon(shared_from_this());  // whoever sends on and on has no longer a turn
  return false;
}

// `wanted` is what the transport answered; anything but a readiness to wait for ends the session.
void HttpSession::wait(IoStatus wanted) {
  if (wanted != IoStatus::kWantRead && wanted != IoStatus::kWantWrite) return close();
  socket_.async_wait(wanted == IoStatus::kWantRead ? Socket::wait_read : Socket::wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error) self->host_.door().run_soon(self);
                     });
}

}  // namespace tickgate::gateway
