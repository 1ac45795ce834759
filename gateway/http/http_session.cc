// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_session.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

// After an answer: how long what the client still sends is read away, so that the answer is not
// lost to a reset.
constexpr std::chrono::seconds kLinger{1};
// For an answer that is made on another thread, and then for each piece of it to be taken: a slow
// phone gets all of it.
constexpr std::chrono::seconds kAnswerTime{10};

}  // namespace

HttpSession::HttpSession(HttpSessionHost& host, Socket socket, std::unique_ptr<Transport> transport,
                         Monotonic deadline)
    : host_(host),
      socket_(std::move(socket)),
      transport_(std::move(transport)),
      reader_(std::make_unique<HttpRequestReader>(host.rules())),
      deadline_(deadline) {}

void HttpSession::start() { step(); }

void HttpSession::answer(std::string response) {
  if (phase_ != Phase::kWaiting || done()) return;
  host_.counters().http_requests.add();
  unsent_ = std::move(response);
  allow_origin(unsent_, reader_->request().origin);
  phase_ = Phase::kAnswering;
  step();
}

void HttpSession::sweep(Monotonic now) {
  if (done() || now < deadline_) return;
  if (phase_ == Phase::kTls || phase_ == Phase::kRequest) {
    host_.counters().handshake_timeouts.add();
  }
  close();
}

void HttpSession::yield() {
  host_.counters().yielded.add();
  close();
}

void HttpSession::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// Goes on until a wait is needed or the session is over.
void HttpSession::step() {
  bool more = true;
  while (more && !done()) {
    switch (phase_) {
      case Phase::kTls:
        more = step_tls();
        break;
      case Phase::kRequest:
        more = step_request();
        break;
      case Phase::kAnswering:
      case Phase::kUpgrading:
        more = step_write();
        break;
      case Phase::kLingering:
        more = step_linger();
        break;
      case Phase::kWaiting:
        return;
    }
  }
}

bool HttpSession::step_tls() {
  const auto result = transport_->handshake();
  if (result.status == IoStatus::kOk) {
    phase_ = Phase::kRequest;
    return true;
  }
  if (result.status == IoStatus::kError || result.status == IoStatus::kEof) {
    host_.counters().tls_failures.add();
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
  switch (reader_->feed(buffer.first(result.size))) {
    case HttpRequestReader::Outcome::kNeedMore:
      return true;
    case HttpRequestReader::Outcome::kRequest:
      phase_ = Phase::kWaiting;
      deadline_ = monotonic_now() + kAnswerTime;
      host_.on_request(shared_from_this(), reader_->request());
      return false;
    case HttpRequestReader::Outcome::kAnswered:
      host_.counters().http_requests.add();
      unsent_ = reader_->response();
      allow_origin(unsent_, reader_->request().origin);
      phase_ = Phase::kAnswering;
      return true;
    case HttpRequestReader::Outcome::kRefused:
      host_.counters().refused[static_cast<std::size_t>(reader_->refusal())].add();
      unsent_ = reader_->response();
      phase_ = Phase::kAnswering;
      return true;
    case HttpRequestReader::Outcome::kUpgrade:
      unsent_ = host_.refuse_upgrade();
      phase_ = unsent_.empty() ? Phase::kUpgrading : Phase::kAnswering;
      if (unsent_.empty()) unsent_ = reader_->response();
      return true;
  }
  return false;
}

bool HttpSession::step_write() {
  while (sent_ < unsent_.size()) {
    const auto result = transport_->write_some(std::span(unsent_).subspan(sent_));
    if (result.status != IoStatus::kOk) {
      wait(result.status);
      return false;
    }
    sent_ += result.size;
    deadline_ = monotonic_now() + kAnswerTime;
  }
  if (phase_ == Phase::kUpgrading) {
    host_.on_upgraded(std::move(socket_), std::move(transport_));
    return false;
  }
  transport_->shutdown();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  phase_ = Phase::kLingering;
  deadline_ = monotonic_now() + kLinger;
  return true;
}

bool HttpSession::step_linger() {
  const auto result = transport_->read_some(host_.read_buffer());
  if (result.status == IoStatus::kOk) return true;
  wait(result.status);
  return false;
}

// `wanted` is what the transport answered; anything but a readiness to wait for ends the session.
void HttpSession::wait(IoStatus wanted) {
  if (wanted != IoStatus::kWantRead && wanted != IoStatus::kWantWrite) return close();
  socket_.async_wait(wanted == IoStatus::kWantRead ? Socket::wait_read : Socket::wait_write,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error) self->step();
                     });
}

}  // namespace tickgate::gateway
