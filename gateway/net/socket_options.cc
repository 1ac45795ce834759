// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace tickgate::gateway {
namespace {

int set(int descriptor, int level, int option, int value) {
  return ::setsockopt(descriptor, level, option, &value, sizeof value) == 0 ? 0 : errno;
}

int to_int(std::uint32_t bytes) {
  return static_cast<int>(std::min<std::uint32_t>(bytes, INT_MAX));
}

}  // namespace

int set_client_options(int descriptor, const SocketOptions& options) {
  int first = 0;
  for (const int error :
       {set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1),
        set(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, to_int(options.notsent_lowat_bytes)),
        set(descriptor, SOL_SOCKET, SO_SNDBUF, to_int(options.send_buffer_bytes))}) {
    if (first == 0) first = error;
  }
  return first;
}

void abort_on_close(int descriptor) {
  const linger reset{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace tickgate::gateway
