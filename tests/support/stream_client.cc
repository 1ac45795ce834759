// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stream_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace tickgate::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};

unsigned byte(const std::string& text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

int StreamClient::Frame::close_code() const {
  if (payload.size() < 2) return 0;
  return static_cast<int>(byte(payload, 0) << 8 | byte(payload, 1));
}

struct StreamClient::Tls {
  ~Tls() {
    SSL_free(session);
    SSL_CTX_free(context);
  }
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* session = SSL_new(context);

  short wanted(int returned) const {
    return SSL_get_error(session, returned) == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
  }
  bool may_go_on(int returned) const {
    const int error = SSL_get_error(session, returned);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
};

StreamClient::StreamClient(std::uint16_t port, StreamOptions options) {
  socket_ = options.socket;
  if (socket_ < 0) socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (options.receive_buffer > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer,
                 sizeof options.receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  EXPECT_EQ(::connect(socket_, any, sizeof address), 0) << "port " << port;
  ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  if (options.tls) shake_hands();
  if (!options.upgrade) return;
  send_raw(kUpgradeRequest);
  const auto response = read_until("\r\n\r\n");
  EXPECT_TRUE(response.starts_with("HTTP/1.1 101")) << response;
}

StreamClient::~StreamClient() {
  tls_.reset();
  ::close(socket_);
}

void StreamClient::shake_hands() {
  tls_ = std::make_unique<Tls>();
  SSL_set_fd(tls_->session, socket_);
  const auto until = Clock::now() + kPatience;
  int returned = 0;
  while ((returned = SSL_connect(tls_->session)) != 1) {
    if (!tls_->may_go_on(returned) || !wait(tls_->wanted(returned), until)) {
      ADD_FAILURE() << "no TLS";
      return;
    }
  }
}

bool StreamClient::wait(short events, Clock::time_point until) const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  pollfd wanted{socket_, events, 0};
  return left.count() >= 0 && ::poll(&wanted, 1, static_cast<int>(left.count())) > 0;
}

void StreamClient::end_sending() {
  if (tls_) SSL_shutdown(tls_->session);
  ::shutdown(socket_, SHUT_WR);
}

void StreamClient::send_frame(int opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(0x80U | payload.size()));
  } else {
    frame.push_back(static_cast<char>(0x80U | 126U));
    frame.push_back(static_cast<char>(payload.size() >> 8U));
    frame.push_back(static_cast<char>(payload.size() & 0xFFU));
  }
  frame.append(4, '\0');  // a mask of zeros leaves the payload as it is
  frame.append(payload);
  send_raw(frame);
}

void StreamClient::send_raw(std::string_view bytes) {
  const auto until = Clock::now() + kPatience;
  while (!bytes.empty()) {
    const int size = static_cast<int>(bytes.size());
    const auto sent = tls_ ? SSL_write(tls_->session, bytes.data(), size)
                           : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const int returned = static_cast<int>(sent);
    const bool again = tls_ ? tls_->may_go_on(returned) : errno == EAGAIN;
    if (!again || !wait(tls_ ? tls_->wanted(returned) : POLLOUT, until)) return;
  }
}

// False: nothing came by then, or the connection has ended.
bool StreamClient::fill(Clock::time_point until) {
  char bytes[65'536];
  while (true) {
    const auto got = tls_ ? SSL_read(tls_->session, bytes, sizeof bytes)
                          : ::recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) {
      buffer_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }
    const bool again = tls_ ? tls_->may_go_on(static_cast<int>(got)) : got < 0 && errno == EAGAIN;
    if (!again) {
      ended_ = true;
      return false;
    }
    if (!wait(POLLIN, until)) return false;
  }
}

std::string StreamClient::read_until(std::string_view end, std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  while (buffer_.find(end) == std::string::npos && fill(until)) {
  }
  const auto found = buffer_.find(end);
  const auto size = found == std::string::npos ? buffer_.size() : found + end.size();
  auto read = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return read;
}

std::optional<StreamClient::Frame> StreamClient::pop_frame() {
  if (buffer_.size() < 2) return std::nullopt;
  std::size_t length = byte(buffer_, 1) & 0x7FU;
  std::size_t header = 2;
  const std::size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (buffer_.size() < header + extra) return std::nullopt;
  if (extra > 0) length = 0;
  for (std::size_t i = 0; i < extra; ++i) length = length << 8U | byte(buffer_, header++);
  if (buffer_.size() < header + length) return std::nullopt;
  EXPECT_EQ(byte(buffer_, 0) & 0xF0U, 0x80U) << "every server frame is whole and has no RSV bit";
  EXPECT_EQ(byte(buffer_, 1) & 0x80U, 0U) << "a server masks nothing";
  Frame frame{static_cast<int>(byte(buffer_, 0) & 0x0FU), buffer_.substr(header, length)};
  buffer_.erase(0, header + length);
  return frame;
}

std::optional<StreamClient::Frame> StreamClient::next(std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  while (true) {
    if (auto frame = pop_frame()) return frame;
    if (!fill(until)) return std::nullopt;
  }
}

std::string StreamClient::next_text_with(std::string_view part,
                                         std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  while (Clock::now() < until) {
    const auto frame =
        next(std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()));
    if (!frame.has_value()) break;
    if (frame->opcode == 9) send_frame(10, frame->payload);
    if (frame->opcode == 1 && frame->payload.find(part) != std::string::npos) return frame->payload;
  }
  ADD_FAILURE() << "no message with " << part << (ended_ ? ": the connection ended" : " in time");
  return {};
}

std::optional<StreamClient::Frame> StreamClient::next_close(std::chrono::milliseconds deadline) {
  const auto until = Clock::now() + deadline;
  while (Clock::now() < until) {
    auto frame = next(std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()));
    if (!frame.has_value() || frame->opcode == 8) return frame;
  }
  return std::nullopt;
}

}  // namespace tickgate::testing
