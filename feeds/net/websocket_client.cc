// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/websocket_client.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "feeds/net/dialer.h"
#include "feeds/net/retry_after.h"

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using Error = boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kUpgradeTime{10'000};
constexpr milliseconds kGoodbyeTime{1'000};
constexpr std::size_t kBehindMessage = 64;
constexpr std::size_t kLeastRoom = std::size_t{64} << 10U;   // for one read
constexpr std::size_t kUsualBuffer = std::size_t{1} << 20U;  // more is given back after use

}  // namespace

// One connection from dialling to the end. Lives as long as an operation of its is under way.
class WebSocketClient::Session {
 public:
  virtual ~Session() = default;
  virtual void send(std::string text) = 0;
  virtual void close() = 0;
};

namespace {

template <class Stream>
class OpenSession;

// The first half: no stream yet. It hands over to an OpenSession of the right kind.
class DialSession final : public WebSocketClient::Session,
                          public std::enable_shared_from_this<DialSession> {
 public:
  DialSession(asio::io_context& io, TlsTrust trust, const ProxyRules& proxies, const Url& url,
              WebSocketClient::Limits limits, WebSocketEvents& events)
      : io_(io),
        url_(url),
        limits_(limits),
        events_(&events),
        dialer_(std::make_shared<Dialer>(io, std::move(trust), proxies, url)) {}

  void start() {
    dialer_->dial([self = shared_from_this()](Dialer::Result result) {
      self->on_dialled(std::move(result));
    });
  }
  void send(std::string text) override {
    if (open_) open_->send(std::move(text));
  }
  void close() override {
    events_ = nullptr;
    if (open_) return open_->close();
    dialer_->cancel();
  }

 private:
  void on_dialled(Dialer::Result result);

  asio::io_context& io_;
  Url url_;
  WebSocketClient::Limits limits_;
  WebSocketEvents* events_;
  std::shared_ptr<Dialer> dialer_;
  std::shared_ptr<WebSocketClient::Session> open_;
};

template <class Stream>
class OpenSession final : public WebSocketClient::Session,
                          public std::enable_shared_from_this<OpenSession<Stream>> {
 public:
  OpenSession(asio::io_context& io, Stream stream, const Url& url, WebSocketClient::Limits limits,
              WebSocketEvents& events)
      : url_(url), limits_(limits), events_(&events), timer_(io), socket_(std::move(stream)) {}

  void start();
  void send(std::string text) override;
  void close() override;

 private:
  void upgrade_done(const Error& error);
  void read();
  void read_done(const Error& error, std::size_t count);
  void message_done();
  void write();
  void write_done(const Error& error);
  void lost(const Error& error);
  void end(ReconnectReason reason, const std::string& detail, seconds retry_after = seconds(0));
  void hang_up();
  void set_timer(milliseconds time, void (OpenSession::*expired)());
  void upgrade_late() { end(ReconnectReason::kTimeout, "no answer to the upgrade request"); }

  auto self() { return this->shared_from_this(); }

  Url url_;
  WebSocketClient::Limits limits_;
  WebSocketEvents* events_;  // null once closed
  asio::steady_timer timer_;
  std::size_t timer_turn_ = 0;
  websocket::stream<Stream> socket_;
  websocket::response_type response_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;    // of buffer_: the message so far
  bool oversized_ = false;  // its end: a message beyond the limit
  std::deque<std::string> unsent_;
  std::size_t unsent_bytes_ = 0;
};

void DialSession::on_dialled(Dialer::Result result) {
  if (events_ == nullptr) return;
  if (result.failure != nullptr) {
    const auto* const failure = result.failure;
    return std::exchange(events_, nullptr)->on_socket_closed({failure->reason, failure->detail});
  }
  const auto go = [&](auto& stream) {
    using Stream = std::decay_t<decltype(stream)>;
    auto session =
        std::make_shared<OpenSession<Stream>>(io_, std::move(stream), url_, limits_, *events_);
    open_ = session;
    session->start();
  };
  if (result.tls) return go(*result.tls);
  go(*result.plain);
}

template <class Stream>
void OpenSession<Stream>::start() {
  // The feed has timers of its own; Beast's count a peer that only pings as idle.
  socket_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                     websocket::stream_base::none(), false});
  socket_.set_option(websocket::stream_base::decorator(
      [](websocket::request_type& request) { request.set(http::field::user_agent, "tickgate"); }));
  socket_.read_message_max(limits_.message_bytes);
  socket_.text(true);
  socket_.control_callback([this](websocket::frame_type, boost::beast::string_view payload) {
    if (events_ != nullptr) events_->on_socket_bytes(payload.size() + 2);
  });
  set_timer(kUpgradeTime, &OpenSession::upgrade_late);
  socket_.async_handshake(response_, url_.authority(), url_.target,
                          [me = self()](const Error& error) { me->upgrade_done(error); });
}

template <class Stream>
void OpenSession<Stream>::upgrade_done(const Error& error) {
  ++timer_turn_;
  if (events_ == nullptr) return hang_up();
  if (error == websocket::error::upgrade_declined) {
    const auto header = response_[http::field::retry_after];
    return end(ReconnectReason::kRefused, fmt::format("HTTP status {}", response_.result_int()),
               parse_retry_after({header.data(), header.size()}, std::chrono::system_clock::now()));
  }
  if (error) return end(ReconnectReason::kRefused, "the upgrade failed: " + error.message());
  events_->on_socket_open();
  if (events_ != nullptr) read();
}

template <class Stream>
void OpenSession<Stream>::read() {
  if (buffer_.size() < used_ + kLeastRoom + kBehindMessage) {
    buffer_.resize(std::max(used_ * 2, used_ + kLeastRoom) + kBehindMessage);
  }
  const auto room = asio::buffer(buffer_.data() + used_, buffer_.size() - used_ - kBehindMessage);
  socket_.async_read_some(
      room, [me = self()](const Error& error, std::size_t count) { me->read_done(error, count); });
}

template <class Stream>
void OpenSession<Stream>::read_done(const Error& error, std::size_t count) {
  if (events_ == nullptr) return;
  if (error) return lost(error);
  used_ += count;
  events_->on_socket_bytes(count);
  if (events_ != nullptr && socket_.is_message_done()) message_done();
  if (events_ != nullptr) read();
}

template <class Stream>
void OpenSession<Stream>::message_done() {
  const auto size = std::exchange(used_, 0);
  std::memset(buffer_.data() + size, 0, kBehindMessage);
  const std::string_view message(buffer_.data(), size);
  socket_.got_binary() ? events_->on_socket_binary(message) : events_->on_socket_text(message);
  if (buffer_.size() > kUsualBuffer && size < kUsualBuffer / 2) {
    buffer_ = std::vector<char>(kUsualBuffer);
  }
}

template <class Stream>
void OpenSession<Stream>::send(std::string text) {
  if (events_ == nullptr) return;
  unsent_bytes_ += text.size();
  unsent_.push_back(std::move(text));
  if (unsent_bytes_ > limits_.unsent_bytes) {
    // Not from within the caller's call.
    asio::post(timer_.get_executor(), [me = self()] {
      if (me->events_ != nullptr) me->end(ReconnectReason::kTimeout, "the venue reads nothing");
    });
    return;
  }
  if (unsent_.size() == 1) write();
}

template <class Stream>
void OpenSession<Stream>::write() {
  socket_.async_write(asio::buffer(unsent_.front()),
                      [me = self()](const Error& error, std::size_t) { me->write_done(error); });
}

template <class Stream>
void OpenSession<Stream>::write_done(const Error& error) {
  if (events_ == nullptr) return;
  if (error) return lost(error);
  unsent_bytes_ -= unsent_.front().size();
  unsent_.pop_front();
  if (!unsent_.empty()) write();
}

// A broken stream: the peer went, or what it sent is no WebSocket.
template <class Stream>
void OpenSession<Stream>::lost(const Error& error) {
  if (error == websocket::error::closed) {
    const auto& reason = socket_.reason();
    return end(ReconnectReason::kClosed,
               fmt::format("the venue closed with {} {}", static_cast<int>(reason.code),
                           std::string_view(reason.reason.data(), reason.reason.size())));
  }
  oversized_ = error == websocket::error::message_too_big;
  const bool protocol = error.category() == make_error_code(websocket::error::closed).category();
  end(protocol ? ReconnectReason::kParseErrors : ReconnectReason::kClosed, error.message());
}

template <class Stream>
void OpenSession<Stream>::end(ReconnectReason reason, const std::string& detail,
                              seconds retry_after) {
  auto* const events = std::exchange(events_, nullptr);
  const auto me = self();
  hang_up();
  if (events != nullptr) events->on_socket_closed({reason, detail, retry_after, oversized_});
}

template <class Stream>
void OpenSession<Stream>::close() {
  if (std::exchange(events_, nullptr) == nullptr) return;
  if (!socket_.is_open()) return hang_up();
  set_timer(kGoodbyeTime, &OpenSession::hang_up);
  socket_.async_close(websocket::close_code::normal,
                      [me = self()](const Error&) { me->hang_up(); });
}

template <class Stream>
void OpenSession<Stream>::hang_up() {
  ++timer_turn_;
  timer_.cancel();
  Error ignored;
  boost::beast::get_lowest_layer(socket_).close(ignored);
}

template <class Stream>
void OpenSession<Stream>::set_timer(milliseconds time, void (OpenSession::*expired)()) {
  timer_.expires_after(time);
  timer_.async_wait([me = self(), expired, turn = ++timer_turn_](const Error& error) {
    if (!error && turn == me->timer_turn_) ((*me).*expired)();
  });
}

}  // namespace

WebSocketClient::WebSocketClient(asio::io_context& io, TlsTrust trust, const ProxyRules& proxies,
                                 const Url& url, Limits limits, WebSocketEvents& events) {
  auto session = std::make_shared<DialSession>(io, std::move(trust), proxies, url, limits, events);
  session_ = session;
  session->start();
}

WebSocketClient::~WebSocketClient() { close(); }

void WebSocketClient::send(std::string text) { session_->send(std::move(text)); }

void WebSocketClient::close() { session_->close(); }

}  // namespace tickgate::feeds
