// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <cerrno>

#include "gateway/net/transport.h"

namespace tickgate::gateway {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

class PlainTransport final : public Transport {
 public:
  explicit PlainTransport(int descriptor) : descriptor_(descriptor) {}

  IoResult handshake() override { return {}; }

  IoResult read_some(std::span<char> bytes) override {
    ssize_t size = 0;
    do {
      size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    } while (size < 0 && errno == EINTR);
    if (size > 0) return {IoStatus::kOk, static_cast<std::size_t>(size), 0};
    if (size == 0) return {IoStatus::kEof, 0, 0};
    if (would_block(errno)) return {IoStatus::kWantRead, 0, 0};
    return {IoStatus::kError, 0, errno};
  }

  IoResult write_some(std::span<const char> bytes) override {
    if (bytes.empty()) return {};
    ssize_t size = 0;
    do {
      size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (size < 0 && errno == EINTR);
    if (size >= 0) return {IoStatus::kOk, static_cast<std::size_t>(size), 0};
    if (would_block(errno)) return {IoStatus::kWantWrite, 0, 0};
    return {IoStatus::kError, 0, errno};
  }

  std::size_t pending() const override { return 0; }

  void shutdown() override { ::shutdown(descriptor_, SHUT_WR); }

 private:
  int descriptor_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(int descriptor) {
  return std::make_unique<PlainTransport>(descriptor);
}

}  // namespace tickgate::gateway
