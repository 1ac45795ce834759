// SPDX-License-Identifier: Apache-2.0
#include "tests/support/stream_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tickgate::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kUpgrade =
    "GET /v1/stream HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

unsigned byte(const std::string& text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

int StreamClient::Frame::close_code() const {
  if (payload.size() < 2) return 0;
  return static_cast<int>(byte(payload, 0) << 8 | byte(payload, 1));
}

StreamClient::StreamClient(std::uint16_t port, int receive_buffer) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket interface
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  EXPECT_EQ(::connect(socket_, any, sizeof address), 0) << "port " << port;
  send_raw(kUpgrade);
  const auto until = Clock::now() + std::chrono::seconds(5);
  while (buffer_.find("\r\n\r\n") == std::string::npos && fill(until)) {
  }
  EXPECT_TRUE(buffer_.starts_with("HTTP/1.1 101")) << buffer_;
  buffer_.erase(0, buffer_.find("\r\n\r\n") + 4);
}

StreamClient::~StreamClient() { ::close(socket_); }

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
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool StreamClient::fill(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  pollfd wanted{socket_, POLLIN, 0};
  if (left.count() < 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return false;
  char bytes[65'536];
  const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
  if (got <= 0) {
    ended_ = true;
    return false;
  }
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::optional<StreamClient::Frame> StreamClient::take() {
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
    if (auto frame = take()) return frame;
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
