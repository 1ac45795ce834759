// SPDX-License-Identifier: Apache-2.0
// A WebSocket echo server on the gateway's own request reader, frame reader, composer and
// transports, so that conformance suites made for echo servers can be run against them. One thread,
// epoll.
//
//   ws_echo --port 0 [--path /] [--max-message 16777216] [--tls-cert FILE --tls-key FILE]
//
// Prints "listening on 127.0.0.1:PORT"; SIGTERM or SIGINT ends it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/http/http_request_reader.h"
#include "gateway/net/socket_options.h"
#include "gateway/net/tls_context.h"
#include "gateway/net/transport.h"
#include "gateway/websocket/frame_composer.h"
#include "gateway/websocket/frame_reader.h"

namespace tickgate::gateway {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kHandshakeTime{5'000};  // TLS and request
constexpr milliseconds kGoodbyeTime{1'000};    // from our last byte to the socket's end
constexpr std::size_t kMaxUnsent = 1U << 20U;  // above it nothing is read
constexpr std::size_t kReadSize = 65'536;
constexpr int kReadsInARow = 16;  // then the others have their turn

struct Options {
  std::uint16_t port = 0;
  std::string path = "/";
  std::uint32_t max_message = 16U << 20U;
  std::string certificate;
  std::string key;
};

// One client, from accept to close.
class EchoConnection : public FrameSink {
 public:
  EchoConnection(int descriptor, std::unique_ptr<Transport> transport, const HttpRules& rules,
                 std::uint32_t max_message)
      : descriptor_(descriptor),
        transport_(std::move(transport)),
        request_reader_(std::make_unique<HttpRequestReader>(rules)),
        reader_({max_message, 1U << 20U}),
        deadline_(Clock::now() + kHandshakeTime) {}

  ~EchoConnection() override { ::close(descriptor_); }

  // Does what can be done now. False: it is over, destroy it.
  bool drive(std::span<char> scratch) {
    interest_ = 0;
    again_ = false;
    for (int i = 0; i < kReadsInARow; ++i) {
      if (state_ == State::kTls && !shake_hands()) return !broken_;
      if (!flush()) return false;
      if (unsent() > kMaxUnsent) return true;
      const auto result = transport_->read_some(scratch);
      if (result.status != IoStatus::kOk) return wait_for(result);
      take(scratch.first(result.size));
    }
    again_ = true;
    return flush();
  }

  bool overdue(Clock::time_point now) const { return deadline_ && now > *deadline_; }
  std::uint32_t interest() const { return interest_; }  // EPOLLIN, EPOLLOUT
  bool again() const { return again_; }                 // there may be more without an event

  void on_text(std::string_view text) override { append_frame(out_, Opcode::kText, text); }
  void on_binary(std::string_view bytes) override { append_frame(out_, Opcode::kBinary, bytes); }
  void on_ping(std::string_view payload) override { append_pong(out_, payload); }
  void on_pong(std::string_view) override {}
  void on_close(std::optional<std::uint16_t> code, std::string_view) override {
    append_close_reply(out_, code);
    state_ = State::kLeaving;
  }
  void on_error(CloseReason reason, std::string_view why) override {
    append_close(out_, reason, why);
    state_ = State::kLeaving;
  }

 private:
  // kLeaving: the last bytes are in out_. kGone: they are sent, our side has ended, and what still
  // comes is thrown away, or a reset would overtake them.
  enum class State { kTls, kDoor, kOpen, kLeaving, kGone };

  bool shake_hands() {
    const auto result = transport_->handshake();
    if (result.status == IoStatus::kOk) {
      state_ = State::kDoor;
      return true;
    }
    broken_ = !wait_for(result);
    return false;
  }

  bool wait_for(const IoResult& result) {
    if (result.status == IoStatus::kWantRead) interest_ |= EPOLLIN;
    if (result.status == IoStatus::kWantWrite) interest_ |= EPOLLOUT;
    return result.status == IoStatus::kWantRead || result.status == IoStatus::kWantWrite;
  }

  std::size_t unsent() const { return out_.size() - sent_; }

  bool flush() {
    while (unsent() > 0) {
      const auto result = transport_->write_some(std::span<const char>(out_).subspan(sent_));
      if (result.status != IoStatus::kOk) return wait_for(result);
      sent_ += result.size;
    }
    if (!out_.empty()) out_ = std::string();
    sent_ = 0;
    if (state_ == State::kLeaving) {
      transport_->shutdown();
      state_ = State::kGone;
      deadline_ = Clock::now() + kGoodbyeTime;
    }
    return true;
  }

  void take(std::span<char> bytes) {
    if (state_ == State::kDoor) return take_request(bytes);
    if (state_ == State::kOpen) reader_.feed(bytes, *this);
  }

  void take_request(std::span<const char> bytes) {
    const auto outcome = request_reader_->feed(bytes);
    if (outcome == HttpRequestReader::Outcome::kNeedMore) return;
    if (outcome == HttpRequestReader::Outcome::kRequest) {
      out_ = compose_http_response(404, "text/plain; charset=utf-8", "not found\n",
                                   request_reader_->request().head_only);
    } else {
      out_ = request_reader_->response();
    }
    if (outcome != HttpRequestReader::Outcome::kUpgrade) finish_http_response(out_, false, {});
    const bool upgraded = outcome == HttpRequestReader::Outcome::kUpgrade;
    state_ = upgraded ? State::kOpen : State::kLeaving;
    if (upgraded) deadline_.reset();
    request_reader_.reset();
  }

  int descriptor_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<HttpRequestReader> request_reader_;
  FrameReader reader_;
  std::string out_;
  std::size_t sent_ = 0;
  std::optional<Clock::time_point> deadline_;
  State state_ = State::kTls;
  std::uint32_t interest_ = 0;
  bool again_ = false;
  bool broken_ = false;
};

class EchoServer {
 public:
  EchoServer(const Options& options, std::shared_ptr<const TlsContext> tls)
      : options_(options), tls_(std::move(tls)), scratch_(kReadSize) {
    rules_.stream_path = options.path;
  }

  bool listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(options_.port);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      std::fprintf(stderr, "ws_echo: 127.0.0.1:%u: %s\n", options_.port, std::strerror(errno));
      return false;
    }
    std::printf("listening on 127.0.0.1:%u\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return true;
  }

  void run() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    const int signal = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    poll_ = ::epoll_create1(EPOLL_CLOEXEC);
    watch(EPOLL_CTL_ADD, signal, EPOLLIN);
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);

    std::array<epoll_event, 64> events{};
    for (;;) {
      const int timeout = again_.empty() ? 100 : 0;
      const int count =
          ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), timeout);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == signal) return;
        descriptor == listener_ ? accept_all() : drive(descriptor);
      }
      for (const int descriptor : std::exchange(again_, {})) drive(descriptor);
      drop_overdue();
    }
  }

 private:
  void watch(int operation, int descriptor, std::uint32_t interest) const {
    epoll_event event{};
    event.events = interest;
    event.data.fd = descriptor;
    ::epoll_ctl(poll_, operation, descriptor, &event);
  }

  void accept_all() {
    for (;;) {
      const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (descriptor < 0) {
        // No descriptor left: the listener stays readable, so do not spin.
        if (errno != EAGAIN) std::this_thread::sleep_for(milliseconds(10));
        return;
      }
      set_client_options(descriptor, {});
      auto transport =
          tls_ ? make_tls_transport(descriptor, *tls_) : make_plain_transport(descriptor);
      if (!transport) {
        ::close(descriptor);
        continue;
      }
      connections_.emplace(
          descriptor, std::make_unique<EchoConnection>(descriptor, std::move(transport), rules_,
                                                       options_.max_message));
      watch(EPOLL_CTL_ADD, descriptor, EPOLLIN);
    }
  }

  void drive(int descriptor) {
    const auto found = connections_.find(descriptor);
    if (found == connections_.end()) return;
    auto& connection = *found->second;
    if (!connection.drive(scratch_)) {
      connections_.erase(found);
      return;
    }
    watch(EPOLL_CTL_MOD, descriptor, connection.interest());
    if (connection.again()) again_.push_back(descriptor);
  }

  void drop_overdue() {
    const auto now = Clock::now();
    if (now < next_sweep_) return;
    next_sweep_ = now + milliseconds(100);
    std::erase_if(connections_, [&](const auto& entry) { return entry.second->overdue(now); });
  }

  Options options_;
  std::shared_ptr<const TlsContext> tls_;
  HttpRules rules_;
  std::vector<char> scratch_;
  int listener_ = -1;
  int poll_ = -1;
  std::map<int, std::unique_ptr<EchoConnection>> connections_;
  std::vector<int> again_;
  Clock::time_point next_sweep_{};
};

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Options> parse_options(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string_view name = arguments[i], value = arguments[i + 1];
    bool good = true;
    if (name == "--port") {
      good = parse_number(value, options.port);
    } else if (name == "--max-message") {
      good = parse_number(value, options.max_message);
    } else if (name == "--path") {
      options.path = value;
    } else if (name == "--tls-cert") {
      options.certificate = value;
    } else if (name == "--tls-key") {
      options.key = value;
    } else {
      good = false;
    }
    if (!good) return std::nullopt;
  }
  if (arguments.size() % 2 != 0 || options.certificate.empty() != options.key.empty()) {
    return std::nullopt;
  }
  return options;
}

int run_program(std::span<char*> arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    std::fputs(
        "usage: ws_echo --port PORT [--path PATH] [--max-message BYTES]\n"
        "               [--tls-cert FILE --tls-key FILE]\n",
        stderr);
    return 2;
  }
  std::shared_ptr<const TlsContext> tls;
  if (!options->certificate.empty()) {
    auto loaded = TlsContext::load({options->certificate, options->key});
    if (!loaded.ok()) {
      std::fprintf(stderr, "ws_echo: %s\n", std::string(loaded.status().message()).c_str());
      return 2;
    }
    tls = *std::move(loaded);
  }
  EchoServer server(*options, std::move(tls));
  if (!server.listen()) return 2;
  server.run();
  return 0;
}

}  // namespace
}  // namespace tickgate::gateway

int main(int argc, char** argv) {
  return tickgate::gateway::run_program(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
}
